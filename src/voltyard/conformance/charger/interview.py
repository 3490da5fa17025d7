"""The interview of a charger that dials: its boot, and its settings or its device model."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from voltyard.conformance.attendants.attendant import NoAttendant
from voltyard.conformance.cases.case import Case
from voltyard.conformance.charger.bench import STAGES
from voltyard.conformance.charger.features_shown import (
    ShownFeature,
    evses_of_report,
    features_of_configuration,
    features_of_report,
)
from voltyard.conformance.charger.reception import Reception, identity_of
from voltyard.conformance.charger.stage import ChargerStage
from voltyard.conformance.charger.v16.central_system import CentralSystem
from voltyard.conformance.charger.v201.management_system import ManagementSystem
from voltyard.conformance.subject import Subject
from voltyard.conformance.wire.basic_credentials import basic_credentials
from voltyard.conformance.wire.endings import ExpectationBroken, Inconclusive
from voltyard.conformance.wire.record import Record
from voltyard.conformance.wire.tester_link import TesterLink
from voltyard.kernel.errors import Unavailable
from voltyard.kernel.time import Seconds
from voltyard.ocpp.versions import by_name
from voltyard.ports.clock import Clock
from voltyard.ports.links import Barred, Handshake

_BOOT: Final[Mapping[str, tuple[str, str, str]]] = {
    "1.6": ("chargePointVendor", "chargePointModel", "firmwareVersion"),
    "2.0.1": (
        "chargingStation.vendorName",
        "chargingStation.model",
        "chargingStation.firmwareVersion",
    ),
}
"""Fields of a boot: vendor, model, firmware."""


@dataclass(frozen=True, kw_only=True)
class ChargerAccount:
    """Facts about a charger, found out from its handshake and its answers."""

    identity: str
    version: str
    password: str | None
    """The password that its handshake carried (HTTP Basic)."""
    booted_as: str
    """Vendor, model and firmware; empty where it sent no boot."""
    evses: int | None = None
    evses_shown_by: str
    features: list[ShownFeature] = field(default_factory=list)


class Interview:
    """One charger, the first that dials, is asked; others are turned away."""

    def __init__(
        self,
        clock: Clock,
        *,
        version: str | None,
        patience_s: Seconds,
        told: Callable[[str], None],
    ) -> None:
        """`version` is the one it has to speak, None: any. `told` gets a line for each advance."""
        self.reception = Reception(self._receive)
        self._version = version
        self._patience_s = patience_s
        self._told = told
        self._record = Record(clock)
        self._stage: ChargerStage | None = None
        self._refusal = ""

    async def account(self, wait_s: Seconds) -> ChargerAccount:
        """The account of the charger that dials within that time. Unavailable where none does,
        CaseEnded where it does not answer as OCPP has it."""
        stage = await self._dialled(wait_s)
        version = stage.version.name
        booted_as = await self._booted_as(stage)
        try:
            told = await (_ask_16(stage) if isinstance(stage, CentralSystem) else _ask_201(stage))
        except (LookupError, TypeError, AttributeError, ValueError) as error:
            raise Inconclusive(
                f"{stage.identity} told of itself in no form of OCPP: {error}"
            ) from None
        finally:
            stage.links[-1].close()
        shown = basic_credentials(stage.handshakes[-1].authorization)
        return ChargerAccount(
            identity=stage.identity,
            version=version,
            password=None if shown is None else shown[1].decode(errors="replace"),
            booted_as=booted_as,
            **told,
        )

    async def _dialled(self, wait_s: Seconds) -> ChargerStage:
        try:
            async with asyncio.timeout(wait_s):
                await self._record.until(lambda: self._stage is not None)
        except TimeoutError:
            why = f" ({self._refusal})" if self._refusal else ""
            raise Unavailable(
                f"no charger has dialled within {wait_s:g} s{why}",
                hint="set its CSMS URL, and look whether it reaches this machine",
            ) from None
        assert self._stage is not None
        return self._stage

    async def _booted_as(self, stage: ChargerStage) -> str:
        try:
            boot = await stage.hears("BootNotification")
        except ExpectationBroken:
            stage.inbox.check()
            self._told("it sent no BootNotification, and is asked all the same")
            return ""
        told = [boot.get(path) for path in _BOOT[stage.version.name]]
        name = " ".join(one for one in told if isinstance(one, str) and one)
        self._told(f"it booted as {name}")
        return name

    def _receive(self, handshake: Handshake) -> TesterLink | Barred:
        identity = identity_of(handshake)
        if self._stage is not None:
            return Barred(503, "another charger is asked now")
        version = self._spoken(handshake)
        if not identity or version is None:
            offered = ", ".join(handshake.subprotocols) or "no version"
            self._refusal = f"{identity or 'one without an identity'} did, and offered {offered}"
            self._told(f"turned away: {self._refusal}")
            return Barred(400, "it has to say its identity, and a version that is spoken here")
        case = Case(
            id="init",
            title="Interview",
            role="charger",
            version=version,
            group="",
            play=_no_play,
            purpose="",
        )
        stage = STAGES[version](
            case, self._record, by_name(version), Subject(), NoAttendant(), self._patience_s
        )
        stage.identity = identity
        self._told(f"{identity} has dialled with OCPP {version}")
        self.reception.expect(identity, lambda again: _lenient(stage.receive(again)))
        self._stage = stage
        return _lenient(stage.receive(handshake))

    def _spoken(self, handshake: Handshake) -> str | None:
        """The version that the charger would rather speak, of those that it may."""
        for subprotocol in handshake.subprotocols:
            version = subprotocol.removeprefix("ocpp")
            if version in STAGES and self._version in (None, version):
                return version
        return None


def _lenient(end: TesterLink | Barred) -> TesterLink | Barred:
    """A fault in a message is for the cases to find."""
    if isinstance(end, TesterLink):
        end.judges_schemas = False
    return end


async def _no_play() -> None:
    """An interview plays nothing."""


async def _ask_16(central: CentralSystem) -> dict[str, Any]:
    settings, _ = await central.settings()
    number = settings.get("NumberOfConnectors", "")
    return {
        "evses": int(number) if number.isdigit() and int(number) else None,
        "evses_shown_by": "NumberOfConnectors",
        "features": features_of_configuration(settings),
    }


async def _ask_201(csms: ChargerStage) -> dict[str, Any]:
    assert isinstance(csms, ManagementSystem)
    report = await csms.base_report("FullInventory")
    return {
        "evses": evses_of_report(report),
        "evses_shown_by": "the EVSEs of GetBaseReport FullInventory",
        "features": features_of_report(report),
    }
