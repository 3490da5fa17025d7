"""The bench of a charger under test: the tester's door, the attendant, and what is declared."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Final

import structlog
from msgspec.structs import replace as replace_fields

from voltyard.conformance.attendants.attendant import Attendant
from voltyard.conformance.cases.case import TLS, Case
from voltyard.conformance.charger.reception import Reception
from voltyard.conformance.charger.stage import ChargerStage
from voltyard.conformance.charger.stays import Stay
from voltyard.conformance.charger.tls_door import DoorCertificates, TlsDoor, open_tls_door
from voltyard.conformance.charger.v16.central_system import CentralSystem
from voltyard.conformance.charger.v201.management_system import ManagementSystem
from voltyard.conformance.subject import Subject
from voltyard.conformance.wire.endings import CaseEnded
from voltyard.conformance.wire.record import Record
from voltyard.kernel.time import Seconds
from voltyard.ocpp.versions import by_name
from voltyard.ports.file_folders import FileFolders
from voltyard.ports.links import Barred, Handshake

log = structlog.get_logger()

_LOOPBACK: Final = "127.0.0.1"

STAGES: Final[Mapping[str, type[ChargerStage]]] = {
    "1.6": CentralSystem,
    "2.0.1": ManagementSystem,
}
"""The stage for each version."""

_OF_A_FRESH_CHARGER: Final = {"evses", "password"}
"""Options of a case that are the subject's, where it is made for the case."""


class ChargerBench:
    """A charger under test, or a maker of chargers that are."""

    tls_door: TlsDoor | None = None
    """The door at `url`, where that is wss://."""

    def __init__(
        self,
        url: str,
        subject: Subject,
        attendant: Attendant,
        *,
        patience_s: Seconds,
        folders: FileFolders | None = None,
        certificates: DoorCertificates | None = None,
    ) -> None:
        """`url` is the endpoint that chargers dial, without an identity: the door there has
        `reception.gate`. `folders` serves files to them. With `certificates`, chargers that are
        made for a case find a door with TLS."""
        self._url = url
        self._subject = subject
        self._attendant = attendant
        self._patience_s = patience_s
        self._folders = folders
        self._left: dict[str, ChargerStage] = {}
        """By identity: the last case of a charger that stays, where it is not undone yet."""
        self._stays: dict[str, Stay] = {}
        self._certificates = certificates
        self.reception = Reception(_turn_away)

    @property
    def jobs(self) -> int:
        """Cases at a time; one, where a case changes the certificate of a door that all share."""
        return self._attendant.jobs if self._attendant.is_fresh or not self.tls_door else 1

    def lacks(self, case: Case) -> str:
        if self._subject.lacks_profile(case.group):
            return f"the subject does not claim {case.group}"
        if missing := sorted(one for one in case.needs if not self._subject.has(one)):
            return f"the subject does not claim {', '.join(missing)}"
        if TLS in case.options and not self._has_tls:
            return "the charger does not dial a wss:// endpoint"
        if case.options.get("files") and self._folders is None:
            return "there is no file server"
        if (
            case.options.get("firmware")
            and self._subject.firmware is None
            and not self._attendant.is_fresh
        ):
            return "the subject declares no firmware that the charger can install"
        return self._attendant.lacks(case)

    @property
    def _has_tls(self) -> bool:
        has = self._certificates if self._attendant.is_fresh else self.tls_door
        return has is not None

    @asynccontextmanager
    async def stage(self, case: Case, record: Record) -> AsyncIterator[ChargerStage]:
        identity = self._attendant.identity(case)
        if identity in self._left:
            await self._put_right(identity)
        stage = self._stage(case, record, identity)
        is_cancelled = False
        self.reception.expect(identity, stage.receive)
        try:
            async with self._endpoint(case, stage) as url:
                stage.url = url
                stage.was_connected = self.reception.take_over(identity) is not None
                await self._attendant.begin(identity, case, url)
                if not self._attendant.is_fresh:
                    self._left[identity] = stage
                    await stage.begin_anew(self._stays.setdefault(identity, Stay()))
                yield stage
        except asyncio.CancelledError:
            is_cancelled = True
            raise
        finally:
            stage.end()
            if identity in self._left and not is_cancelled:
                await self._put_right(identity)
            await self._attendant.end(identity)
            if self._attendant.is_fresh:
                self.reception.dismiss(identity)

    @asynccontextmanager
    async def _endpoint(self, case: Case, stage: ChargerStage) -> AsyncIterator[str]:
        """The URL that the charger dials in this case."""
        if not self._attendant.is_fresh:
            stage.attach(self.tls_door)
            try:
                yield self._url
            finally:
                stage.detach()
        elif TLS in case.options and self._certificates is not None:
            async with open_tls_door(self._certificates, self.reception.gate, _LOOPBACK) as door:
                stage.attach(door)
                yield f"wss://{_LOOPBACK}:{door.port}/ocpp"
        else:
            yield self._url

    def _stage(self, case: Case, record: Record, identity: str) -> ChargerStage:
        subject = self._subject
        if self._attendant.is_fresh:
            own = {name: case.options[name] for name in _OF_A_FRESH_CHARGER & case.options.keys()}
            subject = replace_fields(subject, **own)
        stage = STAGES[case.version](
            case,
            record,
            by_name(case.version),
            subject,
            self._attendant,
            self._patience_s,
            self._folders,
        )
        stage.identity = identity
        stage.url = self._url
        return stage

    # --- chargers that stay -----------------------------------------------------------------------

    async def _put_right(self, identity: str) -> None:
        """Undo what the last case has left at a charger that stays, which is served meanwhile, and
        until the next case."""
        left = self._left.pop(identity)
        record = Record(left.record.clock)
        between = self._stage(_between(left.case), record, identity)
        self.reception.expect(identity, between.receive)
        self.reception.take_over(identity)
        try:
            await between.put_right(left, self._stays[identity])
        except CaseEnded as error:
            log.warning("charger_not_put_right", charger=identity, reason=str(error))
        except asyncio.CancelledError:
            self._left[identity] = left
            raise


def _between(case: Case) -> Case:
    """A case without options, for a charger that waits for its next one."""
    return replace(case, id="between cases", options={})


def _turn_away(handshake: Handshake) -> Barred:
    return Barred(503, "no case is played with this charger now")
