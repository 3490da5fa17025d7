"""The bench of a CSMS under test: its URL, its operator, and the identities that it knows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import Any, Final

from voltyard.conformance.cases.case import Case
from voltyard.conformance.csms.stage import CsmsStage, dialling_to
from voltyard.conformance.csms.v16.station import Station as Station16
from voltyard.conformance.csms.v201.contracts import CONTRACT_PKI
from voltyard.conformance.csms.v201.station import Station as Station201
from voltyard.conformance.operators.operator import DELETE, REGISTER, SET_ID_TAG, Operator
from voltyard.conformance.subject import Subject
from voltyard.conformance.wire.certificates import common_name
from voltyard.conformance.wire.endings import DriverFailed
from voltyard.conformance.wire.record import Record
from voltyard.kernel.errors import Invalid, Unavailable
from voltyard.kernel.time import Seconds
from voltyard.ocpp.endpoint import with_identity
from voltyard.ocpp.versions import by_name
from voltyard.pki.chains import emaid_of
from voltyard.pki.directory import read
from voltyard.ports.links import DialFailed, Dialler, Link

STATIONS: Final[Mapping[str, type[CsmsStage]]] = {"1.6": Station16, "2.0.1": Station201}
"""The stage for each version."""

TLS: Final = "tls"
"""Need of a case: an endpoint for security profile 2."""

CLIENT_CERTIFICATE: Final = "client certificate"
"""Need of a case: a certificate of a charger, for security profile 3."""

_GROUP: Final = "VY-GROUP"
_LONG_AGO: Final = "2020-01-01T00:00:00Z"


async def look_for_csms(url: str, identity: str, dialler: Dialler) -> None:
    """Dial once as that charger, whom the CSMS may turn away. Unavailable where nothing answers."""
    try:
        await dialler.dial(dialling_to(url, identity, by_name("1.6"), None), _Passer())
    except DialFailed as error:
        if "status" not in error.details:
            raise Unavailable(
                f"no CSMS answers at {url}: {error.message}", hint="start it, or mend the URL"
            ) from None


class CsmsBench:
    """A CSMS under test."""

    def __init__(
        self,
        url: str,
        subject: Subject,
        operator: Operator,
        dialler: Dialler,
        *,
        patience_s: Seconds,
        jobs: int,
        run: str,
    ) -> None:
        """`run` is short and new for each run: identities that are registered begin with it.

        Invalid where the operator registers none and the subject names none.
        """
        self._url = url
        self._subject = subject
        self._operator = operator
        self._dialler = dialler
        self._patience_s = patience_s
        self._run = run
        self._count = 0
        self._tls = None if subject.tls is None else subject.tls.settings()
        self._certified = asyncio.Lock()
        self._registers = operator.can(REGISTER)
        if not self._registers and not subject.identities:
            raise Invalid(
                "no identity of a charger that the CSMS under test knows",
                hint="name some in the subject's file (identities), or let the driver register",
            )
        self.jobs = jobs if self._registers else min(jobs, len(subject.identities))
        self._free: asyncio.Queue[str] = asyncio.Queue()
        for identity in subject.identities:
            self._free.put_nowait(identity)

    async def prepare(self) -> None:
        """Look whether a CSMS is there, and make the id tags known, where the operator can.

        Unavailable where nothing answers at the URL, DriverFailed where the driver cannot ask.
        """
        await look_for_csms(self._url, f"{self._run}-0", self._dialler)
        if not self._operator.can(SET_ID_TAG):
            return
        tags = self._subject.tags
        tags.member = tags.member or "06E5D4C3"
        tags.master = tags.master or "09B8A7F6"
        tags.blocked = tags.blocked or "07F6E5D4"
        tags.expired = tags.expired or "08A7F6E5"
        for tag, fields in (
            (tags.accepted, {"status": "Accepted", "parentIdTag": _GROUP}),
            (tags.other, {"status": "Accepted"}),
            (tags.member, {"status": "Accepted", "parentIdTag": _GROUP}),
            (tags.master, {"status": "Accepted", "parentIdTag": tags.master_group}),
            (tags.blocked, {"status": "Blocked"}),
            (tags.expired, {"status": "Expired", "expiryDate": _LONG_AGO}),
        ):
            await self._operator.ask(SET_ID_TAG, "", {"idTag": tag, **fields})
        for emaid in _emaids(self._subject):
            await self._operator.ask(SET_ID_TAG, "", {"idTag": emaid, "status": "Accepted"})

    def lacks(self, case: Case) -> str:
        if self._subject.lacks_profile(case.group):
            return f"the subject does not claim {case.group}"
        if missing := sorted(one for one in case.needs if not self._claims(one)):
            return f"the subject does not claim {', '.join(missing)}"
        if missing := sorted(one for one in case.asks if not self._operator.can(one)):
            return f"the driver cannot ask for {', '.join(missing)}"
        if "register" in case.options and not self._registers:
            return "the driver registers no charger for the case alone"
        return ""

    def _claims(self, feature: str) -> bool:
        name, _, tag = feature.partition(":")
        if name == "tag":
            return getattr(self._subject.tags, tag) is not None
        if feature == "password":
            return self._subject.password is not None
        if feature == CONTRACT_PKI:
            return self._subject.pki is not None
        if feature == TLS:
            return self._tls is not None
        if feature == CLIENT_CERTIFICATE:
            return self._tls is not None and self._tls.client_certificate is not None
        return self._subject.has(feature)

    @asynccontextmanager
    async def stage(self, case: Case, record: Record) -> AsyncIterator[CsmsStage]:
        version = by_name(case.version)
        async with self._identity_of(case) as identity:
            stage = STATIONS[case.version](
                record,
                version,
                self._dialler,
                dialling_to(self._url, identity, version, self._subject.password),
                identity,
                self._subject,
                self._operator,
                self._patience_s,
            )
            if self._subject.tls is not None and self._tls is not None:
                stage.tls_url = with_identity(self._subject.tls.url, identity)
                stage.tls = self._tls
                if CLIENT_CERTIFICATE not in case.needs:
                    stage.tls = replace(self._tls, client_certificate=None, client_key=None)
            try:
                yield stage
            finally:
                await stage.close()

    @asynccontextmanager
    async def _identity_of(self, case: Case) -> AsyncIterator[str]:
        """The identity of the charger that plays the case, for as long as it does."""
        if CLIENT_CERTIFICATE in case.needs:
            async with self._certified, self._registered(self._certified_identity, case):
                yield self._certified_identity
        elif self._registers:
            self._count += 1
            identity = f"{self._run}-{self._count}"
            async with self._registered(identity, case):
                yield identity
        else:
            identity = await self._free.get()
            try:
                yield identity
            finally:
                self._free.put_nowait(identity)

    @property
    def _certified_identity(self) -> str:
        assert self._subject.tls is not None and self._tls is not None
        return self._subject.tls.identity or common_name(self._tls.client_certificate or "")

    @asynccontextmanager
    async def _registered(self, identity: str, case: Case) -> AsyncIterator[None]:
        """A charger that the CSMS knows while the case is played."""
        if not self._registers:
            yield
            return
        fields: dict[str, Any] = {"identity": identity, "version": case.version}
        if self._subject.password is not None:
            fields["password"] = self._subject.password
        fields.update(case.options.get("register", {}))
        await self._operator.ask(REGISTER, identity, fields)
        try:
            yield
        finally:
            if self._operator.can(DELETE):
                # A charger that stays is no reason to doubt the case's verdict.
                with suppress(DriverFailed):
                    await self._operator.ask(DELETE, identity, {"identity": identity})


class _Passer:
    """A user of a link that hangs up at once."""

    def opened(self, link: Link) -> None:
        link.close()

    def received(self, text: str) -> None:
        pass

    def closed(self, code: int, reason: str) -> None:
        pass


def _emaids(subject: Subject) -> list[str]:
    """The contracts of the subject's PKI."""
    if subject.pki is None:
        return []
    pki = read(subject.pki)
    return [emaid_of(pki[name].certificate) for name in pki if name.startswith("contract")]
