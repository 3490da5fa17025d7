"""Connectors: their states, and the literal table of transitions between them (1.6 section 4.9).

The states are OCPP 1.6's nine (section 4.9 with its errata); a version that knows fewer folds them.
The table is the specification's matrix, cell names included, and docs/charger.md draws its diagram
from it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from msgspec import Struct

from voltyard.catalogue.faults import FAULTS, DisabledPart, FaultType, SessionEffect
from voltyard.charger.description.specification import ConnectorSpec
from voltyard.charger.evse.kept import KeptFault
from voltyard.kernel.errors import WrongState
from voltyard.kernel.time import Instant, earliest


class ChargePointStatus(Enum):
    """The states of a connector, in OCPP 1.6's words (ChargePointStatus)."""

    AVAILABLE = "Available"
    PREPARING = "Preparing"
    CHARGING = "Charging"
    SUSPENDED_EV = "SuspendedEV"
    SUSPENDED_EVSE = "SuspendedEVSE"
    FINISHING = "Finishing"
    RESERVED = "Reserved"
    UNAVAILABLE = "Unavailable"
    FAULTED = "Faulted"


OF_CHARGING_STATE = {
    # A transaction goes on where the cable was pulled at the vehicle: 1.6 section 4.9 says
    # SuspendedEV.
    "Idle": ChargePointStatus.SUSPENDED_EV,
    "EVConnected": ChargePointStatus.PREPARING,
    "Charging": ChargePointStatus.CHARGING,
    "SuspendedEV": ChargePointStatus.SUSPENDED_EV,
    "SuspendedEVSE": ChargePointStatus.SUSPENDED_EVSE,
}
"""Statuses of a connector whose vehicle charges, by the charging state."""


_A, _B, _C, _D, _E, _F, _G, _H, _I = ChargePointStatus

NEXT: Mapping[ChargePointStatus, Mapping[ChargePointStatus, str]] = {
    _A: {_B: "A2", _C: "A3", _D: "A4", _E: "A5", _G: "A7", _H: "A8", _I: "A9"},
    _B: {_A: "B1", _C: "B3", _D: "B4", _E: "B5", _F: "B6", _I: "B9"},
    _C: {_A: "C1", _D: "C4", _E: "C5", _F: "C6", _H: "C8", _I: "C9"},
    _D: {_A: "D1", _C: "D3", _E: "D5", _F: "D6", _H: "D8", _I: "D9"},
    _E: {_A: "E1", _C: "E3", _D: "E4", _F: "E6", _H: "E8", _I: "E9"},
    _F: {_A: "F1", _B: "F2", _H: "F8", _I: "F9"},
    _G: {_A: "G1", _B: "G2", _H: "G8", _I: "G9"},
    _H: {_A: "H1", _B: "H2", _C: "H3", _D: "H4", _E: "H5", _I: "H9"},
    _I: {
        _A: "I1",
        _B: "I2",
        _C: "I3",
        _D: "I4",
        _E: "I5",
        _F: "I6",
        _G: "I7",
        _H: "I8",
    },
}
"""From, to: the cell of the specification's matrix. What is not here cannot happen."""

DETOUR: Mapping[tuple[ChargePointStatus, ChargePointStatus], ChargePointStatus] = {
    (_A, _F): _B,  # a process comes back with the cable in and its transaction ended (A2, B6)
    (_B, _H): _A,  # put out of service: the intended use ends first (B1, A8); see `transition_path`
    (_F, _C): _B,  # the user begins anew without unplugging (F2, then B3 to B5)
    (_F, _D): _B,
    (_F, _E): _B,
    (_G, _C): _B,  # the reserved identity is presented where its cable is in (G2, then B3 to B5)
    (_G, _D): _B,
    (_G, _E): _B,
    (_G, _F): _B,
    (_B, _G): _A,  # whoever came for a reservation has not plugged in; a use ends at the last place
    (_C, _G): _A,  # that is free for a reservation (B1, C1, D1, E1, F1 or H1, then A7)
    (_D, _G): _A,
    (_E, _G): _A,
    (_F, _G): _A,
    (_H, _G): _A,
}
"""Where there is no direct way: what lies between. Nothing else may be asked of
`Connector.move`."""


class ActiveFault(Struct, frozen=True):
    """A fault that is active at a connector."""

    fault: FaultType
    vendor_error_code: str | None = None
    info: str | None = None
    recover_at: Instant | None = None
    """When it mends by itself (true time)."""


@dataclass(slots=True, eq=False)
class Connector:
    """One socket or cable: state, faults, availability, and what was last reported of it."""

    id: int
    spec: ConnectorSpec
    state: ChargePointStatus = ChargePointStatus.AVAILABLE
    operative: bool = True
    """The availability that ChangeAvailability last asked for; persists."""
    broken: tuple[ActiveFault, ...] = ()
    """Its faults: what stops it first, then what suspends, then warnings; the newest first."""
    faulted: bool = False
    """One of them stops it."""
    suspended: bool = False
    """One of them suspends it."""
    noticed: tuple[ActiveFault, ...] = ()
    """The faults that 2.x's CSMS has been told of apart from the status."""
    info: str | None = None
    """A remark on the state, e.g. that the cable was pulled at the vehicle."""
    reported: tuple[str, ...] | None = None
    """Status, and error codes where the version has them, as the CSMS was last told; None
    where it must be told."""
    shown: tuple[str, str, str] = ("Available", "NoError", "")
    """Status and error codes last reported to whoever listens at the charger."""
    report_at: Instant | None = None
    """When a change will be old enough to be reported (MinimumStatusDuration)."""

    @property
    def error(self) -> str:
        """The error code as it is reported: one, of its worst fault."""
        return self.broken[0].fault.error_code if self.broken else "NoError"

    @property
    def vendor_error_code(self) -> str | None:
        """The vendorErrorCode beside the error code."""
        return self.broken[0].vendor_error_code if self.broken else None

    @property
    def fault_info(self) -> str | None:
        """The info beside the error code, in words."""
        return self.broken[0].info if self.broken else None

    @property
    def recover_at(self) -> Instant | None:
        """The moment at which the first of its faults mends by itself."""
        soonest = None
        for one in self.broken:
            soonest = earliest(soonest, one.recover_at)
        return soonest

    def lacks(self, part: DisabledPart) -> bool:
        """True where a fault keeps that part from working."""
        return any(one.fault.disables == part for one in self.broken)

    def set_operative(self, operative: bool) -> None:
        """ChangeAvailability wants it in service, or out of it."""
        self.operative = operative

    def broken_but(self, effect: SessionEffect) -> tuple[ActiveFault, ...]:
        """The faults that are not of that effect."""
        return tuple(one for one in self.broken if one.fault.effect != effect)

    def set_faults(self, broken: tuple[ActiveFault, ...]) -> None:
        """Have these faults, the newest first, and no others."""
        self.broken = tuple(sorted(broken, key=lambda one: _GRAVITY[one.fault.effect]))
        self.faulted = any(one.fault.effect == "stops" for one in broken)
        self.suspended = any(one.fault.effect == "suspends" for one in broken)

    def remark(self, info: str | None) -> None:
        """Have a remark on the state, or none."""
        self.info = info

    # --- what is told of it --------------------------------------------------------------------

    def show(self, shown: tuple[str, str, str]) -> bool:
        """Show status and error codes to whoever listens; True where they are others than
        before."""
        if self.shown == shown:
            return False
        self.shown = shown
        self.report_at = None  # what has changed has yet to last
        return True

    def report_after(self, at: Instant | None) -> None:
        """The CSMS is to be told then of what has changed; None: there is nothing to tell."""
        self.report_at = at

    def note_reported(self, news: tuple[str, ...] | None) -> None:
        """The CSMS has been told that much; None: it must be told anew."""
        self.reported = news

    def note_noticed(self, faults: tuple[ActiveFault, ...]) -> None:
        """The CSMS has been told of these faults apart from the status."""
        self.noticed = faults

    # --- memory --------------------------------------------------------------------------------

    def kept_faults(self) -> tuple[KeptFault, ...]:
        """Its faults as a snapshot keeps them."""
        return tuple(
            KeptFault(
                connector_id=self.id,
                name=one.fault.name,
                vendor_error_code=one.vendor_error_code,
                info=one.info,
                recover_at=one.recover_at,
            )
            for one in self.broken
        )

    def restored_faults(self, kept: Sequence[KeptFault]) -> tuple[ActiveFault, ...]:
        """The faults of its own that were remembered and are still in the catalogue."""
        return tuple(
            ActiveFault(FAULTS[one.name], one.vendor_error_code, one.info, one.recover_at)
            for one in kept
            if one.connector_id == self.id and one.name in FAULTS
        )

    def move(self, to: ChargePointStatus) -> str:
        """Change the state; the cell of the move. WrongState, and nothing changed, where there is
        none."""
        cell = NEXT[self.state].get(to)
        if cell is None:
            raise WrongState(
                f"a connector that is {self.state.value} cannot become {to.value}",
                connector_id=self.id,
                state=self.state.value,
                wanted=to.value,
            )
        self.state = to
        return cell


_GRAVITY: Mapping[SessionEffect, int] = {"stops": 0, "suspends": 1, "warns": 2}


def transition_path(
    start: ChargePointStatus, end: ChargePointStatus, *, plugged: bool = False
) -> tuple[ChargePointStatus, ...]:
    """The states to pass from one to another, the last included; empty where they are the same."""
    if start is end:
        return ()
    if plugged and (start, end) == (_B, _H):
        return (_F, end)  # it is not Available with a cable in (B6, F8)
    detour = DETOUR.get((start, end))
    return (end,) if detour is None else (detour, end)
