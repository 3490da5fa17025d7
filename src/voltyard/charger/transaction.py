"""A transaction, and what happens in it, in words no version owns.

A `Note` is one thing that happened to a transaction; a dialect makes a message of it (2.0.1: a
TransactionEvent each; 1.6: StartTransaction, MeterValues, StopTransaction, and nothing for the
rest).
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct

from voltyard.charger.authorization import IdToken
from voltyard.charger.metering import Reading
from voltyard.kernel.time import Instant

Step: TypeAlias = Literal["Started", "Updated", "Ended"]

ChargingState: TypeAlias = Literal[
    "Idle", "EVConnected", "Charging", "SuspendedEV", "SuspendedEVSE"
]

Trigger: TypeAlias = Literal[
    "Authorized",
    "CablePluggedIn",
    "ChargingRateChanged",
    "ChargingStateChanged",
    "Deauthorized",
    "EnergyLimitReached",
    "EVCommunicationLost",
    "EVConnectTimeout",
    "MeterValueClock",
    "MeterValuePeriodic",
    "TimeLimitReached",
    "Trigger",
    "UnlockCommand",
    "StopAuthorized",
    "EVDeparted",
    "EVDetected",
    "RemoteStop",
    "RemoteStart",
    "AbnormalCondition",
    "ResetCommand",
]
"""Why there is something to tell, in the words of 2.0.1 TriggerReasonEnumType."""

VALUES = frozenset({"MeterValuePeriodic", "MeterValueClock", "Trigger"})
"""What tells meter values only: it changes no state."""

Reason: TypeAlias = Literal[
    "DeAuthorized",
    "EmergencyStop",
    "EnergyLimitReached",
    "EVDisconnected",
    "GroundFault",
    "HardReset",
    "ImmediateReset",
    "Local",
    "MasterPass",
    "Other",
    "OvercurrentFault",
    "PowerLoss",
    "PowerQuality",
    "Reboot",
    "Remote",
    "SoftReset",
    "StoppedByEV",
    "TimeLimitReached",
    "Timeout",
    "UnlockCommand",
]
"""Why a transaction ended: the union of both versions' words; each dialect folds those it lacks."""


class Transaction:
    """One transaction, from its begin to its end."""

    __slots__ = (
        "came",
        "charging_state",
        "connector_id",
        "evse_told",
        "id",
        "id_token",
        "info_status",
        "kept",
        "meter_start_wh",
        "reached",
        "reason",
        "remote_start_id",
        "reservation_id",
        "seq_no",
        "started_at",
        "stop_token",
        "token_told",
        "waiting_command",
        "wire_id",
    )

    def __init__(
        self,
        id: str,
        connector_id: int,
        started_at: Instant,
        meter_start_wh: float,
        id_token: IdToken | None,
    ) -> None:
        self.id = id
        self.connector_id = connector_id
        self.started_at = started_at
        """By the charger's clock."""
        self.meter_start_wh = meter_start_wh
        self.id_token = id_token
        """Who began it, or who was authorized first; None while nobody was."""
        self.wire_id: str | None = None
        """What the CSMS calls it; None until known."""
        self.seq_no = 0
        self.charging_state: ChargingState = "Idle"
        """As last told."""
        self.evse_told = False
        """`evse` is in the first event after the vehicle is connected only (2.0.1 E01.FR.16)."""
        self.remote_start_id: int | None = None
        """To be told in the next event (2.0.1 F01.FR.25)."""
        self.reservation_id: int | None = None
        """To be told in the next event too (2.0.1 H01.FR.15, 1.6 section 4.8)."""
        self.token_told = False
        """`idToken` is told once when authorized and once when that ends (2.0.1 E03.FR.01,
        E07.FR.01)."""
        self.stop_token: IdToken | None = None
        """Who ended the authorization."""
        self.reached: frozenset[str] = frozenset()
        """The start and stop points that have been true: only these can end it."""
        self.reason: Reason | None = None
        """Why it is ending, where it still goes on until the vehicle leaves."""
        self.info_status = ""
        """What the CSMS last said of its token."""
        self.kept: list[Reading] = []
        """Meter values for its end."""
        self.waiting_command: str | None = None
        """The command whose outcome is this transaction's confirmation."""
        self.came = False
        """The vehicle came for it alone, and leaves should the CSMS refuse it."""


class Note(Struct, frozen=True, kw_only=True):
    """One thing that happened to a transaction."""

    step: Step
    trigger: Trigger
    at: Instant
    """By the charger's clock."""
    transaction: Transaction
    evse_id: int
    connector_id: int
    connector_number: int
    """Counted through all EVSEs, as 1.6 does."""
    seq_no: int
    charging_state: ChargingState
    state_changed: bool
    tell_evse: bool
    register_wh: float
    """As displayed."""
    readings: tuple[Reading, ...] = ()
    id_token: IdToken | None = None
    reason: Reason | None = None
    remote_start_id: int | None = None
    reservation_id: int | None = None
    phases: int | None = None
    cable_a: float | None = None
    """What the cable that was brought can carry; told once, with the EVSE."""
