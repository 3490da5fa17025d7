"""A transaction and its events, in words that are neither version's.

A `TransactionEvent` is one thing that happened to a transaction; a dialect makes a message of it
(2.0.1: a TransactionEvent each; 1.6: StartTransaction, MeterValues, StopTransaction, and nothing
for the rest)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from msgspec import Struct

from voltyard.charger.authorization.id_token import IdToken
from voltyard.charger.evse.meter_value import MeterValue
from voltyard.charger.transactions.kept import KeptTransaction
from voltyard.kernel.time import Instant

TransactionEventType: TypeAlias = Literal["Started", "Updated", "Ended"]

ChargingState: TypeAlias = Literal[
    "Idle", "EVConnected", "Charging", "SuspendedEV", "SuspendedEVSE"
]

TriggerReason: TypeAlias = Literal[
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
    "TxResumed",
]
"""Reason why there is something to tell, in the words of 2.0.1 TriggerReasonEnumType; TxResumed is
2.1's, and other versions have none for it."""

_REACHED: dict[frozenset[str], frozenset[str]] = {}
"""Each combination of points that was ever reached, of which there are few: a set takes 728 bytes,
and all transactions share it."""

METER_VALUE_TRIGGERS = frozenset({"MeterValuePeriodic", "MeterValueClock", "Trigger"})
"""Triggers that tell meter values only: they change no state."""

Reason: TypeAlias = Literal[
    "DeAuthorized",
    "EmergencyStop",
    "EnergyLimitReached",
    "EVDisconnected",
    "GroundFault",
    "HardReset",
    "ImmediateReset",
    "Local",
    "LocalOutOfCredit",
    "MasterPass",
    "Other",
    "OvercurrentFault",
    "PowerLoss",
    "PowerQuality",
    "Reboot",
    "Remote",
    "SOCLimitReached",
    "SoftReset",
    "StoppedByEV",
    "TimeLimitReached",
    "Timeout",
    "UnlockCommand",
]
"""Reason why a transaction ended: the union of both versions' words; each dialect folds those it
lacks."""


@dataclass(slots=True, eq=False)
class Transaction:
    """One transaction, from its begin to its end."""

    id: str
    connector_id: int
    started_at: Instant
    """By the charger's clock."""
    meter_start_wh: float
    id_token: IdToken | None
    """The token that began it, or was authorized first; None before that."""
    wire_id: str | None = None
    """The id that the CSMS knows it by; None until known."""
    seq_no: int = 0
    charging_state: ChargingState = "Idle"
    """The charging state last told."""
    evse_told: bool = False
    """`evse` is in the first event after the vehicle is connected only (2.0.1 E01.FR.16)."""
    remote_start_id: int | None = None
    """To be told in the next event (2.0.1 F01.FR.25)."""
    reservation_id: int | None = None
    """To be told in the next event too (2.0.1 H01.FR.15, 1.6 section 4.8)."""
    token_told: bool = False
    """`idToken` is told once when authorized and once when that ends (2.0.1 E03.FR.01,
    E07.FR.01)."""
    stop_token: IdToken | None = None
    """The token that ended the authorization."""
    reached: frozenset[str] = frozenset()
    """The start and stop points that have been true: only these can end it."""
    reason: Reason | None = None
    """Reason why it is ending, where it still goes on until the vehicle leaves."""
    info_status: str = ""
    """The CSMS's last status of its token."""
    kept: list[MeterValue] = field(default_factory=list)
    """Meter values for its end."""
    waiting_command: str | None = None
    """The command whose outcome is this transaction's confirmation."""
    came: bool = False
    """The vehicle came for it alone, and leaves should the CSMS refuse it."""

    @property
    def has_told_all(self) -> bool:
        """Nothing is owed that the next event would tell beside its values."""
        return (
            self.evse_told
            and self.token_told
            and self.remote_start_id is None
            and self.reservation_id is None
        )

    def reach(self, points: frozenset[str]) -> None:
        """Note start and stop points that are true."""
        if not points <= self.reached:
            reached = self.reached | points
            self.reached = _REACHED.setdefault(reached, reached)

    def is_of_another(self, token: IdToken | None) -> bool:
        """True where another token than that began it."""
        return self.id_token is not None and token is not None and self.id_token.key != token.key

    def confirm(self, wire_id: str | None, status: str) -> None:
        """The CSMS has taken its begin, given it an id where it does, and judged its token."""
        if wire_id is not None:
            self.wire_id = wire_id
        self.info_status = status

    def may_go_on(self, connected: bool) -> bool:
        """True where it may be authorized: it never was, or that ended with the cable that is back
        now (2.0.1 E09.FR.01)."""
        return self.reason is None or (self.reason == "EVDisconnected" and connected)

    def go_on(self) -> None:
        """Somebody has been authorized again while it was ending with the vehicle."""
        if self.reason is not None:
            self.reason = None
            self.token_told = False

    def resume(self) -> None:
        """Go on after a power loss: its state is to be told anew."""
        self.charging_state = "Idle"

    def stop_with(self, token: IdToken | None) -> None:
        """Note the token that ends the authorization."""
        self.stop_token = token

    def await_confirmation(self, command_id: str, *, came: bool) -> None:
        """Let a command wait for its confirmation; the vehicle may have `came` for it alone."""
        self.waiting_command, self.came = command_id, came

    @classmethod
    def restored(cls, kept: KeptTransaction) -> Transaction:
        """A transaction that was remembered."""
        return cls(
            kept.id,
            kept.connector_id,
            kept.started_at,
            kept.meter_start_wh,
            kept.id_token,
            wire_id=kept.wire_id,
            seq_no=kept.seq_no,
            evse_told=kept.evse_told,
            token_told=kept.token_told,
            reached=frozenset(kept.reached),
            kept=list(kept.kept),
        )

    def remembered(self) -> KeptTransaction:
        """The transaction as a snapshot keeps it."""
        return KeptTransaction(
            id=self.id,
            wire_id=self.wire_id,
            connector_id=self.connector_id,
            started_at=self.started_at,
            meter_start_wh=self.meter_start_wh,
            id_token=self.id_token,
            seq_no=self.seq_no,
            evse_told=self.evse_told,
            token_told=self.token_told,
            reached=tuple(sorted(self.reached)),
            kept=tuple(self.kept),
        )


class TransactionEvent(Struct, frozen=True, kw_only=True, gc=False):
    """One event of a transaction, of which a dialect makes a message."""

    event_type: TransactionEventType
    trigger: TriggerReason
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
    meter_stop_wh: float = 0.0
    """Of its end: the register as displayed."""
    readings: tuple[MeterValue, ...] = ()
    id_token: IdToken | None = None
    reason: Reason | None = None
    remote_start_id: int | None = None
    reservation_id: int | None = None
    phases: int | None = None
    cable_a: float | None = None
    """Rating of the cable that was brought; told once, with the EVSE."""
