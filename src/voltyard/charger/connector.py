"""What a connector can be, and how it may get from one state to another: one literal table.

The states are OCPP 1.6's nine (section 4.9 with its errata); a version that knows fewer folds them.
The table is the specification's matrix, cell names included, and docs/charger.md draws its diagram
from it.
"""

from collections.abc import Mapping
from enum import Enum

from voltyard.charger.specification import ConnectorSpec
from voltyard.kernel.errors import WrongState
from voltyard.kernel.time import Instant


class State(Enum):
    """What a connector is, in OCPP 1.6's words."""

    AVAILABLE = "Available"
    PREPARING = "Preparing"
    CHARGING = "Charging"
    SUSPENDED_EV = "SuspendedEV"
    SUSPENDED_EVSE = "SuspendedEVSE"
    FINISHING = "Finishing"
    RESERVED = "Reserved"
    UNAVAILABLE = "Unavailable"
    FAULTED = "Faulted"


_A, _B, _C, _D, _E, _F, _G, _H, _I = State

NEXT: Mapping[State, Mapping[State, str]] = {
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

DETOUR: Mapping[tuple[State, State], State] = {
    (_A, _F): _B,  # a process comes back with the cable in and its transaction ended (A2, B6)
    (_B, _H): _A,  # put out of service with a cable in: the intended use ends first (B1, A8)
    (_F, _C): _B,  # the user begins anew without unplugging (F2, then B3 to B5)
    (_F, _D): _B,
    (_F, _E): _B,
}
"""Where there is no direct way: what lies between. Nothing else may be asked of
`Connector.move`."""


class Connector:
    """One socket or cable: its state, its faults, its availability, and what the CSMS knows of
    it."""

    __slots__ = (
        "error_code",
        "fault_info",
        "id",
        "info",
        "operative",
        "report_at",
        "reported",
        "shown",
        "spec",
        "state",
        "vendor_error_code",
    )

    def __init__(self, id: int, spec: ConnectorSpec) -> None:
        self.id = id
        self.spec = spec
        self.state = State.AVAILABLE
        self.operative = True
        """What ChangeAvailability last wanted of it; persists."""
        self.error_code: str | None = None
        """Of the fault it has, an OCPP 1.6 ChargePointErrorCode."""
        self.vendor_error_code: str | None = None
        self.fault_info: str | None = None
        self.info: str | None = None
        """A remark on the state, e.g. that the cable was pulled at the vehicle."""
        self.reported: tuple[str, str] | None = None
        """Status and error code the CSMS was last told, in its words; None where it must be
        told."""
        self.shown = ("Available", "NoError")
        """Status and error code last reported to whoever listens at the charger."""
        self.report_at: Instant | None = None
        """When a change will be old enough to be reported (MinimumStatusDuration)."""

    @property
    def error(self) -> str:
        """The error code as it is reported."""
        return self.error_code or "NoError"

    def move(self, to: State) -> str:
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


def way(start: State, end: State) -> tuple[State, ...]:
    """The states to pass from one to another, the last included; empty where they are the same."""
    if start is end:
        return ()
    detour = DETOUR.get((start, end))
    return (end,) if detour is None else (detour, end)
