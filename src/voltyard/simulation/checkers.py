"""Invariants of chargers and backend, checked whatever drivers, network and mains do.

The checks know both sides and trust neither: what a charger says is compared with what it said
before, and with what the backend made of it.
"""

from collections.abc import Mapping

from voltyard.charger.charger import Charger
from voltyard.charger.description.events import (
    ChargerEvent,
    ConnectionChanged,
    MessageDropped,
    StatusChanged,
    TransactionConfirmed,
    TransactionEnded,
    TransactionStarted,
)
from voltyard.csms.records import TransactionStored
from voltyard.kernel.time import MINUTE_S, Instant, Seconds, to_rfc3339
from voltyard.simulation.agreed_schedules import deviation

STUCK_S: Seconds = 20 * MINUTE_S
"""An accepted, connected charger that has had something queued for so long is stuck. Longer than
the retries of one message may take (1.6: 60 s and 120 s), and then some."""

METER_STEP_WH = 1.0
"""Energies that differ by less than a step of the meter are equal."""

STATUSES_16: Mapping[str, str] = {
    "Available": "Preparing Charging SuspendedEV SuspendedEVSE Reserved Unavailable Faulted",
    "Preparing": "Available Charging SuspendedEV SuspendedEVSE Finishing Faulted",
    "Charging": "Available SuspendedEV SuspendedEVSE Finishing Unavailable Faulted",
    "SuspendedEV": "Available Charging SuspendedEVSE Finishing Unavailable Faulted",
    "SuspendedEVSE": "Available Charging SuspendedEV Finishing Unavailable Faulted",
    "Finishing": "Available Preparing Unavailable Faulted",
    "Reserved": "Available Preparing Unavailable Faulted",
    "Unavailable": "Available Preparing Charging SuspendedEV SuspendedEVSE Faulted",
    "Faulted": (
        "Available Preparing Charging SuspendedEV SuspendedEVSE Finishing Reserved Unavailable"
    ),
}
"""OCPP 1.6 section 4.9: which status may follow which. Written down anew: the charger's own table
would agree with itself."""

STATUSES_201: Mapping[str, str] = {
    "Available": "Occupied Reserved Unavailable Faulted",
    "Occupied": "Available Unavailable Faulted",
    "Reserved": "Available Occupied Unavailable Faulted",
    "Unavailable": "Available Occupied Reserved Faulted",
    "Faulted": "Available Occupied Reserved Unavailable",
}
"""The same in OCPP 2.0.1's five words."""

_INTERNAL_ERROR = "1011"


class InvariantBroken(Exception):
    """A broken invariant: a bug, in the yard or in the backend."""

    def __init__(self, at: Instant, charger: str, what: str) -> None:
        super().__init__(f"{to_rfc3339(at)} {charger}: {what}")
        self.at = at
        self.charger = charger
        self.what = what


class TransactionAccount:
    """A transaction as its charger knows it."""

    __slots__ = ("charger", "ended", "started", "wire_id")

    def __init__(self, charger: str, started: TransactionStarted) -> None:
        self.charger = charger
        self.started = started
        self.wire_id: str | None = None
        self.ended: TransactionEnded | None = None


class InvariantChecks:
    """Checks every invariant; raises InvariantBroken at the first violation."""

    def __init__(self, versions: Mapping[str, str], excused: frozenset[str] = frozenset()) -> None:
        """`versions` has each charger's OCPP version, by identity. `excused` are those that tell
        untruths on purpose: of them only what is inside has to hold, not what the backend makes of
        it."""
        self._excused = excused
        self._tables = {
            identity: _table(STATUSES_16 if version == "1.6" else STATUSES_201)
            for identity, version in versions.items()
        }
        self._versions = versions
        self._registers: dict[str, tuple[float, ...]] = {}
        self._waiting_since: dict[str, Instant] = {}
        self._statuses: dict[tuple[str, int, int], tuple[str, str]] = {}
        self._running: dict[tuple[str, int, int], str] = {}
        self.accounts: dict[str, TransactionAccount] = {}
        """Every transaction, by its charger's id of it."""
        self._by_wire_id: dict[tuple[str, str], TransactionAccount] = {}
        self._closed: dict[str, TransactionStored] = {}
        self.steps = 0
        self.agreed = 0
        """Steps at which a vehicle charged, or could, by a schedule that it had agreed to."""

    def transaction_at(self, key: str, evse_id: int) -> str | None:
        """The OCPP id of the transaction that runs at a charger's EVSE, once it has one."""
        for (charger, evse, _), transaction in self._running.items():
            if (charger, evse) == (key, evse_id):
                return self.accounts[transaction].wire_id
        return None

    # --- the charger ---------------------------------------------------------------------------

    def stepped(self, key: str, charger: Charger, now: Instant) -> None:
        """A charger has made a step: its registers, its queue."""
        self.steps += 1
        registers = tuple([evse.meter.register_wh for evse in charger.evses])
        before = self._registers.get(key)
        if registers != before:
            self._registers[key] = registers
            if before is not None and any(map(float.__lt__, registers, before)):
                raise InvariantBroken(now, key, f"a register fell from {before} to {registers} Wh")
        if charger.profile_limits.negotiating:
            self._check_schedules(key, charger, now)
        self._check_queue(key, charger, now)

    def _check_schedules(self, key: str, charger: Charger, now: Instant) -> None:
        """The plan equals the meter."""
        for evse in charger.evses:
            self.agreed += evse.negotiation is not None and evse.negotiation.stage == "agreed"
            if wrong := deviation(charger, evse):
                raise InvariantBroken(now, key, f"EVSE {evse.id}: {wrong}")

    def _check_queue(self, key: str, charger: Charger, now: Instant) -> None:
        if key in self._excused or not len(charger.outbox) or not charger.context.online:
            self._waiting_since.pop(key, None)
            return
        since = self._waiting_since.setdefault(key, now)
        if now - since > STUCK_S:
            raise InvariantBroken(
                now, key, f"{len(charger.outbox)} messages stay queued since {to_rfc3339(since)}"
            )

    def happened(self, key: str, event: ChargerEvent) -> None:
        """A charger has reported an event other than a frame."""
        match event:
            case StatusChanged():
                self._check_status(key, event)
            case TransactionStarted():
                self._check_start(key, event)
            case TransactionConfirmed():
                account = self.accounts[event.transaction]
                account.wire_id = event.transaction_id
                self._by_wire_id[key, event.transaction_id] = account
            case TransactionEnded():
                self._check_end(key, event)
            case MessageDropped() if key not in self._excused:
                raise InvariantBroken(event.at, key, f"{event.action} was given up: {event.reason}")
            case ConnectionChanged(connected=False) if event.reason.startswith(_INTERNAL_ERROR):
                raise InvariantBroken(event.at, key, f"the backend failed: {event.reason}")

    def _check_status(self, key: str, event: StatusChanged) -> None:
        place = (key, event.evse_id, event.connector_id)
        before, error = self._statuses.get(place, ("Available", "NoError"))
        # A warning comes or goes under one status; several have the code OtherError.
        warns = event.status == before and {event.error_code, error} != {"NoError"}
        if not warns and event.status not in self._tables[key][before]:
            raise InvariantBroken(
                event.at, key, f"connector {place[1:]} went from {before} to {event.status}"
            )
        self._statuses[place] = event.status, event.error_code

    def _check_start(self, key: str, event: TransactionStarted) -> None:
        place = (key, event.evse_id, event.connector_id)
        if place in self._running:
            raise InvariantBroken(
                event.at, key, f"a second transaction began at connector {place[1:]}"
            )
        if event.transaction in self.accounts:
            raise InvariantBroken(event.at, key, f"transaction {event.transaction} began twice")
        self._running[place] = event.transaction
        account = self.accounts[event.transaction] = TransactionAccount(key, event)
        if self._versions[key] != "1.6":
            account.wire_id = event.transaction
            self._by_wire_id[key, event.transaction] = account

    def _check_end(self, key: str, event: TransactionEnded) -> None:
        place = (key, event.evse_id, event.connector_id)
        if self._running.pop(place, None) != event.transaction:
            raise InvariantBroken(
                event.at, key, f"transaction {event.transaction} ended without a start"
            )
        if event.meter_stop_wh < event.meter_start_wh:
            raise InvariantBroken(
                event.at, key, f"transaction {event.transaction} gave energy back"
            )
        self.accounts[event.transaction].ended = event

    # --- the backend ---------------------------------------------------------------------------

    def closed(self, row: TransactionStored, at: Instant) -> None:
        """The backend has completed a transaction."""
        if row.charge_box_id in self._excused:
            return
        if row.id in self._closed:
            raise InvariantBroken(
                at, row.charge_box_id, f"transaction {row.id} was completed twice"
            )
        self._closed[row.id] = row
        account = self._by_wire_id.get((row.charge_box_id, row.ocpp_id or ""))
        if account is not None:
            self._compare(account, row, at)

    def _compare(self, account: TransactionAccount, row: TransactionStored, at: Instant) -> None:
        ended = account.ended
        if ended is None:
            raise InvariantBroken(at, account.charger, f"{row.id} is over only at the backend")
        for name, ours, theirs in (
            ("start", ended.meter_start_wh, row.meter_start_wh),
            ("stop", ended.meter_stop_wh, row.meter_stop_wh),
        ):
            # One that begins with a card has no EVSE yet, and no register; it may end at once.
            if theirs is None and name == "start" and ended.meter_stop_wh == ours:
                continue
            if theirs is None or abs(ours - theirs) >= METER_STEP_WH:
                raise InvariantBroken(
                    at,
                    account.charger,
                    f"the meter at the {name} of {row.id} is {ours} Wh, the backend has {theirs}",
                )

    # --- at the end ----------------------------------------------------------------------------

    def settled(self, chargers: Mapping[str, Charger], at: Instant) -> None:
        """Everybody is online and has had time: nothing is queued, all accounts agree."""
        for key, charger in chargers.items():
            if key in self._excused:
                continue
            if at - self._waiting_since.get(key, at) > MINUTE_S:
                raise InvariantBroken(at, key, f"{len(charger.outbox)} messages stay queued")
            if not charger.context.online:
                raise InvariantBroken(at, key, "it is not online though nothing keeps it")
        rows = {(row.charge_box_id, row.ocpp_id): row for row in self._closed.values()}
        if len(rows) != len(self._closed):
            raise InvariantBroken(at, "the backend", "one transaction has two rows")
        for account in self.accounts.values():
            row = rows.pop((account.charger, account.wire_id), None)
            if account.ended is None or account.charger in self._excused:
                continue
            if row is None:
                name = account.started.transaction
                raise InvariantBroken(at, account.charger, f"the backend never completed {name}")
            self._compare(account, row, at)
        for row in rows.values():
            raise InvariantBroken(at, row.charge_box_id, f"{row.id} is nobody's transaction")


def _table(statuses: Mapping[str, str]) -> dict[str, frozenset[str]]:
    return {status: frozenset(following.split()) for status, following in statuses.items()}
