"""The ledger of transactions in memory: open, pending and lately completed ones."""

from collections import OrderedDict
from collections.abc import Hashable, Iterable
from operator import attrgetter
from typing import TypeVar

from voltyard.csms.records import TransactionStored
from voltyard.kernel import limits
from voltyard.kernel.time import HOUR_S, MINUTE_S, Instant, Seconds
from voltyard.kernel.units import WH_PER_KWH


class SequenceNumbers:
    """Sequence numbers seen of one transaction: a run, and those outside it.

    Stations count from 0 or go on where they were (2.0.1 Part 6, TC_E_53): the run begins anywhere.
    """

    __slots__ = ("_apart", "_end", "_start")

    def __init__(self, start: int = 0, end: int = 0) -> None:
        self._start = start
        self._end = end
        self._apart: set[int] = set()

    def __contains__(self, number: int) -> bool:
        return self._start <= number < self._end or number in self._apart

    def add(self, number: int) -> None:
        """Seen now."""
        if number in self:
            return
        if self._start == self._end:
            self._start = self._end = number
        self._apart.add(number)
        while self._end in self._apart:
            self._apart.remove(self._end)
            self._end += 1
        if len(self._apart) > limits.SEQUENCE_GAPS:
            # Numbers that far apart are no sequence; what was seen least lately is let go.
            self._apart.remove(min(self._apart))

    def discard(self, number: int) -> None:
        """Not seen after all. What followed it in the run stays seen."""
        if number in self._apart:
            self._apart.remove(number)
        elif self._start <= number < self._end:
            self._apart.update(range(number + 1, self._end))
            self._end = number


class TransactionLedger:
    """Transactions by their ids, starts, stops, tags and chargers. Beyond the bound the oldest
    completed ones are forgotten."""

    def __init__(self, closed_limit: int = limits.CLOSED_TRANSACTIONS) -> None:
        self._closed_limit = closed_limit
        self._rows: dict[str, TransactionStored] = {}
        self._by_ocpp_id: dict[tuple[str, str], str] = {}
        """(charger id, OCPP id) -> txn id."""
        self._by_start: dict[tuple[object, ...], str] = {}
        self._by_stop: dict[tuple[object, ...], str] = {}
        self._open: dict[str, dict[str, None]] = {}
        """Charger id -> txn ids in progress."""
        self._pending: dict[str, dict[str, None]] = {}
        self._by_tag: dict[tuple[str, str], dict[str, None]] = {}
        """(organization id, tag) -> txn ids in progress."""
        self._by_name: dict[str, dict[str, None]] = {}
        """OCPP id -> txn ids, of any charger."""
        self._of_charger: dict[str, dict[str, None]] = {}
        """Charger id -> all its txn ids."""
        self._closed: OrderedDict[str, None] = OrderedDict()
        """Completed ones, in the order in which they are forgotten."""
        self._seen: dict[str, SequenceNumbers] = {}
        self.highest_number = 0

    def load(self, rows: Iterable[TransactionStored], highest_number: int) -> None:
        """Take over what storage holds: all of it, or that of some chargers."""
        self.highest_number = max(self.highest_number, highest_number)
        for row in rows:
            self.put(row)
            self.highest_number = max(self.highest_number, row.number or 0)

    def __len__(self) -> int:
        return len(self._rows)

    def next_number(self) -> int:
        """A transactionId of 1.6: positive, never given before."""
        self.highest_number += 1
        return self.highest_number

    def put(self, row: TransactionStored) -> None:
        """Add the row, or replace the one of its id."""
        before = self._rows.get(row.id)
        self._rows[row.id] = row
        if before is None:
            self._of_charger.setdefault(row.charger_id, {})[row.id] = None
            self._list(row)
        elif _NAMES(before) != _NAMES(row):
            self._unlist(before)
            self._list(row)
        if row.status == "completed" and (before is None or before.status != "completed"):
            self._closed[row.id] = None
            self._closed.move_to_end(row.id)
            while len(self._closed) > self._closed_limit:
                oldest = self._rows.get(self._closed.popitem(last=False)[0])
                if oldest is not None and oldest.status == "completed":
                    self.remove(oldest)

    def remove(self, row: TransactionStored) -> None:
        """Forget the row of that id."""
        current = self._rows.pop(row.id, None)
        if current is not None:
            self._unlist(current)
            self._seen.pop(row.id, None)
            self._closed.pop(row.id, None)
            _drop(self._of_charger, current.charger_id, row.id)

    def forget(self, charger_id: str) -> None:
        """Forget all of a charger's."""
        for id in list(self._of_charger.get(charger_id, ())):
            self.remove(self._rows[id])

    def ids_of(self, charger_id: str) -> list[str]:
        """The txn ids of all of a charger's that are known here."""
        return list(self._of_charger.get(charger_id, ()))

    def get(self, id: str) -> TransactionStored | None:
        """The row of that txn id."""
        return self._rows.get(id)

    def find(self, organization_id: str, name: str) -> TransactionStored | None:
        """An organization's transaction by its txn id or its OCPP id. Where several chargers use an
        OCPP id, the one the backend gave it to, else the latest."""
        row = self._rows.get(name)
        named = [self._rows[id] for id in self._by_name.get(name, ())] if row is None else [row]
        own = [row for row in named if row.organization_id == organization_id]
        numbered = [row for row in own if row.number is not None]
        best = numbered or own
        return best[-1] if best else None

    def by_ocpp_id(self, charger_id: str, ocpp_id: str) -> TransactionStored | None:
        """A charger's transaction by the id they both use on the wire."""
        return self._of(self._by_ocpp_id.get((charger_id, ocpp_id)))

    def by_start(self, row: TransactionStored) -> TransactionStored | None:
        """The one that began in just this way (1.6: a repeated StartTransaction)."""
        return self._of(self._by_start.get(_start_key(row)))

    def by_stop(self, row: TransactionStored) -> TransactionStored | None:
        """The one that ended in just this way (1.6: a repeated Stop of an unknown id)."""
        keys = (_stop_key(row), _matched_key(row))
        return self._of(next((self._by_stop[key] for key in keys if key in self._by_stop), None))

    def open_at(self, charger_id: str, evse_id: int) -> TransactionStored | None:
        """The one in progress at an EVSE; None where there is none or more than one."""
        rows = [row for row in self.open_of(charger_id) if row.evse_id == evse_id]
        return rows[0] if len(rows) == 1 else None

    def open_of(self, charger_id: str) -> list[TransactionStored]:
        """A charger's transactions in progress."""
        return [self._rows[id] for id in self._open.get(charger_id, ())]

    def pending_of(self, charger_id: str) -> list[TransactionStored]:
        """A charger's remote starts that wait, oldest first."""
        return [self._rows[id] for id in self._pending.get(charger_id, ())]

    def pending(self) -> Iterable[TransactionStored]:
        """All remote starts that wait."""
        return [self._rows[id] for ids in self._pending.values() for id in ids]

    def charging(self, organization_id: str, id_tag: str) -> bool:
        """True where a transaction is in progress for a tag, anywhere in the organization."""
        return (organization_id, id_tag.casefold()) in self._by_tag

    def seen(self, row: TransactionStored) -> SequenceNumbers:
        """The sequence numbers seen of a transaction. After a restart only the highest is known,
        and everything up to it counts as seen."""
        numbers = self._seen.get(row.id)
        if numbers is None:
            numbers = (
                SequenceNumbers() if row.seq_no is None else SequenceNumbers(0, row.seq_no + 1)
            )
            self._seen[row.id] = numbers
        return numbers

    def _of(self, id: str | None) -> TransactionStored | None:
        return None if id is None else self._rows.get(id)

    def _list(self, row: TransactionStored) -> None:
        if row.ocpp_id is not None and row.ocpp_id != UNCONFIRMED_ID:
            self._by_ocpp_id[row.charger_id, row.ocpp_id] = row.id
            self._by_name.setdefault(row.ocpp_id, {})[row.id] = None
        if row.number is not None:
            self._by_start[_start_key(row)] = row.id
        if row.status == "completed":
            if row.number is None:
                self._by_stop[_stop_key(row)] = row.id
            elif _is_matched(row):
                self._by_stop[_matched_key(row)] = row.id
            return
        shelf = self._pending if row.status == "pending" else self._open
        shelf.setdefault(row.charger_id, {})[row.id] = None
        if row.status == "in_progress" and row.id_tag is not None:
            key = (row.organization_id, row.id_tag.casefold())
            self._by_tag.setdefault(key, {})[row.id] = None

    def _unlist(self, row: TransactionStored) -> None:
        if row.ocpp_id is not None:
            self._by_ocpp_id.pop((row.charger_id, row.ocpp_id), None)
            _drop(self._by_name, row.ocpp_id, row.id)
        self._by_start.pop(_start_key(row), None)
        self._by_stop.pop(_matched_key(row) if _is_matched(row) else _stop_key(row), None)
        for shelf in (self._open, self._pending):
            _drop(shelf, row.charger_id, row.id)
        if row.id_tag is not None:
            _drop(self._by_tag, (row.organization_id, row.id_tag.casefold()), row.id)


UNCONFIRMED_ID = "-1"
"""The transactionId of a 1.6 charger whose StartTransaction was never confirmed (errata 3.18)."""


_NAMES = attrgetter(
    "status",
    "number",
    "charger_id",
    "connector_id",
    "id_tag",
    "meter_start_wh",
    "started_at",
    "ocpp_id",
    "meter_stop_wh",
    "stopped_at",
)
"""All that a row is listed by."""

KeyT = TypeVar("KeyT", bound=Hashable)


def _drop(index: dict[KeyT, dict[str, None]], key: KeyT, id: str) -> None:
    """Take an id out of an index, and its key with the last one."""
    ids = index.get(key)
    if ids is not None:
        ids.pop(id, None)
        if not ids:
            del index[key]


def _start_key(row: TransactionStored) -> tuple[object, ...]:
    return (row.charger_id, row.connector_id, row.id_tag, row.meter_start_wh, row.started_at)


def _stop_key(row: TransactionStored) -> tuple[object, ...]:
    return (row.charger_id, row.ocpp_id, row.meter_stop_wh, row.stopped_at)


def _matched_key(row: TransactionStored) -> tuple[object, ...]:
    """Without the id that the Stop named, for the transaction has another."""
    return (row.charger_id, None, row.meter_stop_wh, row.stopped_at, row.stop_id_tag)


def _is_matched(row: TransactionStored) -> bool:
    return any(anomaly.kind == "stop_matched" for anomaly in row.anomalies)


def ocpp_id(row: TransactionStored) -> int | str | None:
    """Under which its charger knows it: in 1.6 a number, also where that names none of ours."""
    if row.number is not None:
        return row.number
    return int(row.ocpp_id) if row.ocpp_id is not None and row.version == "1.6" else row.ocpp_id


def register(value_wh: float | None) -> int | float | None:
    """A reading as it is told: whole numbers without a fraction, as 1.6 has them."""
    return int(value_wh) if value_wh is not None and value_wh == int(value_wh) else value_wh


def energy_delivered_kwh(row: TransactionStored) -> float | None:
    """The energy delivered, as far as it is known, to the watt-hour's thousandth; never negative.

    It is what csms.transactions.delivered_energy makes of the registers: meterStop less meterStart
    where both are sound, else what the readings gained until one did not fit; the anomalies tell
    which. None where the start's register is not known."""
    delivered_wh = row.delivered_wh
    if delivered_wh is None:  # a row of before they were followed
        last_wh = row.meter_stop_wh if row.meter_stop_wh is not None else row.meter_last_wh
        if last_wh is None or row.meter_start_wh is None:
            return None
        delivered_wh = last_wh - row.meter_start_wh
    return round(max(0.0, delivered_wh) / WH_PER_KWH, 6)


def duration_minutes(row: TransactionStored, now: Instant) -> float | None:
    """From its start to its end, or until now while it runs, to the hundredth; never negative."""
    duration_s = _duration_s(row, now)
    return None if duration_s is None else round(duration_s / MINUTE_S, 2)


def power_average_w(row: TransactionStored, now: Instant) -> float | None:
    """The mean of the power samples; where there are none, or they cannot be W, the energy
    delivered over the duration."""
    if row.power_mean_w is not None and _power_is_sound(row):
        return round(row.power_mean_w, 1)
    # While it runs, up to the last register: what has come since is not known yet.
    end = row.metered_at if row.status != "completed" and row.metered_at is not None else now
    energy_kwh, duration_s = energy_delivered_kwh(row), _duration_s(row, end)
    if energy_kwh is None or not duration_s:
        return None
    return round(energy_kwh * WH_PER_KWH * HOUR_S / duration_s, 1)


def power_peak_w(row: TransactionStored) -> float | None:
    """The largest power sample; where there are none, or they cannot be W, the largest that any two
    registers in succession come to."""
    if row.power_peak_w is not None and _power_is_sound(row):
        return round(row.power_peak_w, 1)
    return None if row.register_peak_w is None else round(row.register_peak_w, 1)


def _power_is_sound(row: TransactionStored) -> bool:
    return all(anomaly.kind != "power_kw_as_w" for anomaly in row.anomalies)


def _duration_s(row: TransactionStored, now: Instant) -> Seconds | None:
    end = row.stopped_at if row.status == "completed" else now
    if row.started_at is None or end is None:
        return None
    return max(0.0, end - row.started_at)
