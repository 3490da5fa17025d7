"""The attendant over HTTP: a YAML file maps acts to requests of what moves the charger.

    url: ${ROBOT_URL}
    acts:
      plug: {post: /arm/plug, body: {outlet: $connector_id}}
      swipe: {post: /arm/card, body: {uid: $id_tag}}

The form of the file is that of conformance.mapped_requests. Where the acts have `begin` (identity,
url, version, settings, evses, password) each case gets a charger of its own, made by it, and `end`
removes it; without, there is one charger, which is there all the time. Before a case that one is
asked to be as it was, by the act `restore`, where the file has it.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

import httpx

from voltyard.catalogue.commands.commands import BY_TAG
from voltyard.conformance.attendants.acts import whole_act
from voltyard.conformance.attendants.attendant import lacks_for_one_charger, the_charger
from voltyard.conformance.cases.case import TLS, Case
from voltyard.conformance.mapped_requests import HttpMapping, MappedRequests, names_in
from voltyard.conformance.subject import Subject
from voltyard.conformance.wire.endings import DriverFailed
from voltyard.kernel.time import Seconds

BEGIN: Final = "begin"
END: Final = "end"
RESTORE: Final = "restore"


def known_acts() -> list[str]:
    """Names that the acts of a mapping may have."""
    return [BEGIN, END, RESTORE, *BY_TAG]


class HttpAttendant:
    """Acts over HTTP, as the mapping says."""

    def __init__(
        self,
        mapping: HttpMapping,
        environment: Mapping[str, str],
        subject: Subject,
        *,
        time_out_s: Seconds,
        jobs: int,
        run: str,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """`run` is short and new for each run: identities of chargers that are made begin with it.

        Invalid where the charger is there all the time and the subject does not name it.
        """
        self._acts = mapping.acts
        self._subject = subject
        self._run = run
        self._count = 0
        self.is_fresh = BEGIN in mapping.acts
        self.jobs = jobs if self.is_fresh else 1
        self._identity = "" if self.is_fresh else the_charger(subject)
        self._requests = MappedRequests(
            mapping, environment, time_out_s=time_out_s, transport=transport
        )

    def lacks(self, case: Case) -> str:
        if missing := sorted(one for one in case.asks if one not in self._acts):
            return f"the driver cannot {', '.join(missing)}"
        if not self.is_fresh:
            return lacks_for_one_charger(case, self._subject)
        if TLS in case.options:
            return "the driver's begin has no place for certificates"
        made = names_in(self._acts[BEGIN])
        wanted = {"settings", "evses", "password"}.intersection(case.options)
        wanted.update(case.options.get("spec", {}))
        if "payload" not in made and (missing := sorted(wanted - made)):
            return f"the driver's begin has no place for {', '.join(missing)}"
        return ""

    def identity(self, case: Case) -> str:
        if not self.is_fresh:
            return self._identity
        self._count += 1
        return f"{self._run}-{self._count}"

    async def begin(self, identity: str, case: Case, url: str) -> None:
        fields = {
            "url": url,
            "version": case.version,
            "settings": dict(case.options.get("settings", {})),
            "evses": case.options.get("evses", self._subject.evses),
            "password": case.options.get("password", self._subject.password),
            **case.options.get("spec", {}),
        }
        fields = {name: value for name, value in fields.items() if value is not None}
        await self._send(BEGIN if self.is_fresh else RESTORE, identity, fields)

    async def act(self, identity: str, act: str, fields: Mapping[str, Any]) -> None:
        if act not in self._acts:
            raise DriverFailed(f"the driver has no act {act}")
        await self._send(act, identity, whole_act(act, fields))

    async def end(self, identity: str) -> None:
        # A charger that stays is no reason to doubt the case's verdict.
        with suppress(DriverFailed):
            await self._send(END, identity, {})

    async def close(self) -> None:
        await self._requests.close()

    async def _send(self, act: str, identity: str, fields: Mapping[str, Any]) -> None:
        request = self._acts.get(act)
        if request is not None:
            await self._requests.send(act, request, identity, fields)
