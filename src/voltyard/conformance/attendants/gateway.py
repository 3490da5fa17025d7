"""The attendant of chargers that a Voltyard gateway simulates, asked over REST."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

import httpx

from voltyard.catalogue.commands.commands import BY_TAG
from voltyard.catalogue.commands.declaration import asked_by, body_fields
from voltyard.conformance.attendants.own import FIXED_CABLE
from voltyard.conformance.cases.case import TLS, Case
from voltyard.conformance.subject import Subject
from voltyard.conformance.wire.endings import DriverFailed
from voltyard.kernel.time import Seconds

_LOOKS_S: Seconds = 0.05
"""Time between two looks at a command that is under way."""

_OF_A_SPEC: Final = frozenset({"resets_evses", "security_profile"})
"""Fields of a ChargerSpec that REST has by the same names."""

_SHOWN_CHARACTERS: Final = 300
_VERSIONS: Final = {"1.6": "OCPP1.6", "2.0.1": "OCPP2.0.1", "2.1": "OCPP2.1"}


class GatewayChargers:
    """A new charger of the gateway for each case, deleted when it is over."""

    is_fresh = True

    def __init__(
        self,
        client: httpx.AsyncClient,
        subject: Subject,
        *,
        time_out_s: Seconds,
        jobs: int,
        run: str,
    ) -> None:
        """`client` has the gateway's URL and key, and is closed with this; `run` is short and new
        for each run: the chargers' identities begin with it."""
        self.jobs = jobs
        self._client = client
        self._subject = subject
        self._time_out_s = time_out_s
        self._run = run
        self._count = 0

    def lacks(self, case: Case) -> str:
        """Parts of a charger's making that REST has no field for."""
        if TLS in case.options:
            return "a charger of the gateway does not trust the tester's certificates"
        spec: Mapping[str, Any] = case.options.get("spec", {})
        if missing := sorted(spec.keys() - _OF_A_SPEC):
            return f"the gateway cannot make a charger with {', '.join(missing)}"
        return ""

    def identity(self, case: Case) -> str:
        self._count += 1
        return f"{self._run}-{self._count}"

    async def begin(self, identity: str, case: Case, url: str) -> None:
        body = {
            "identity": identity,
            "ws_url": url,
            "register": False,
            "ocpp_version": _VERSIONS[case.version],
            "number_of_connectors": case.options.get("evses", self._subject.evses),
            "basic_auth_password": case.options.get("password", self._subject.password),
            "settings": dict(case.options.get("settings", {})),
            "cable_lock": FIXED_CABLE not in case.needs,
            **case.options.get("spec", {}),
        }
        await self._ask("POST", "/ocpp/chargers", "making a charger", json=body)

    async def act(self, identity: str, act: str, fields: Mapping[str, Any]) -> None:
        command = BY_TAG.get(act)
        rest = None if command is None else asked_by(command)
        if command is None or rest is None:
            raise DriverFailed(f"the gateway has no command {act}")
        names = {part.of: part.name for part in body_fields(command)}
        body = {
            "target": {"charger_id": identity},
            "event": {names.get(name, name): value for name, value in fields.items()},
        }
        answer = await self._ask("POST", f"/ocpp/commands/{rest.path}", act, json=body)
        if not rest.has_own_route:
            await self._done(act, identity, str(answer.get("batch_id")))

    async def _done(self, act: str, identity: str, batch: str) -> None:
        """Wait until a queued command is over. DriverFailed where it failed."""
        query = {"charger_id": identity, "batch_id": batch}
        with suppress(TimeoutError):
            async with asyncio.timeout(self._time_out_s):
                while True:
                    listed = await self._ask("GET", "/ocpp/commands", act, params=query)
                    commands = listed.get("data", [])
                    if all(one["status"] == "completed" for one in commands) and commands:
                        return
                    for one in commands:
                        if one["status"] in ("failed", "expired"):
                            raise DriverFailed(f"{act} {one['status']}: {one.get('error')}")
                    await asyncio.sleep(_LOOKS_S)
        raise DriverFailed(f"{act} was not over within {self._time_out_s:g} s")

    async def displayed(self, identity: str) -> list[str]:
        path = f"/ocpp/chargers/{identity}/state"
        state = (await self._ask("GET", path, "looking at the display"))["data"]
        return [one["content"] for one in state["display_messages"] if one["is_shown"]]

    async def end(self, identity: str) -> None:
        # A charger that stays is no reason to doubt the case's verdict.
        with suppress(DriverFailed):
            await self._ask("DELETE", f"/ocpp/chargers/{identity}", "deleting a charger")

    async def close(self) -> None:
        await self._client.aclose()

    async def _ask(self, method: str, path: str, what: str, **given: Any) -> Any:
        """The JSON of an answer. DriverFailed, with the answer, where there is none."""
        try:
            answer = await self._client.request(method, path, **given)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            told = f"{type(error).__name__} {error}".rstrip()
            raise DriverFailed(f"{method} {path} for {what}: {told}") from None
        if not answer.is_success:
            raise DriverFailed(
                f"{method} {path} for {what} was answered {answer.status_code}: "
                f"{answer.text[:_SHOWN_CHARACTERS]}"
            )
        return answer.json() if answer.content else {}
