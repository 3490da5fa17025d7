"""Transactions: start, meter values, end, and the recognition of replays.

A charger repeats what it got no answer to, across links and restarts, so everything here may come
twice. A repetition gets the answer of the first time and changes nothing; its row is written once
more, because the first writing may be what failed.

Changes take effect in memory at once and are taken back by `undo` when they cannot be stored.
"""

from collections.abc import Callable, Iterable
from heapq import heapify, heappop, heappush
from random import Random
from typing import Any, Literal, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from voltyard.csms.authorization.decisions import TagDecision
from voltyard.csms.records import MeterValuesLogged, Record, TransactionForgotten, TransactionStored
from voltyard.csms.registry import RegisteredCharger
from voltyard.csms.requests import (
    MeterValue,
    MeterValues,
    StartTransaction,
    StopTransaction,
    TransactionEvent,
)
from voltyard.csms.transactions.delivered_energy import begun_late, followed, noted, stopped
from voltyard.csms.transactions.ledger import TransactionLedger
from voltyard.csms.transactions.meter_values import last_register_wh, register_at_wh
from voltyard.kernel import ids, limits
from voltyard.kernel.time import Instant

_SIFT = 1_000
"""From so many on, what has begun or gone is looked for among what is to be forgotten in time."""

TransactionChangeKind: TypeAlias = Literal["started", "updated", "stopped", "corrected", "repeated"]


TransactionNumbers: TypeAlias = Callable[[], int]
"""The next transactionId of 1.6: positive, never given before. Unavailable where there is none
now."""

Pricing: TypeAlias = Callable[
    [TransactionStored | None, TransactionStored, Instant | None], TransactionStored
]
"""The row with its cost, from the row before, the row after a change, and the moment of the change
by the charger's clock (None: an operator's)."""


class TransactionChange(Struct, frozen=True):
    """A change of a transaction. Each starts once and stops once: what its charger says of an end
    that is known already corrects it."""

    kind: TransactionChangeKind
    before: TransactionStored | None
    after: TransactionStored
    records: tuple[Record, ...]
    seq_no: int | None = None


class Transactions:
    """All chargers' transactions."""

    def __init__(
        self,
        ledger: TransactionLedger,
        random: Random,
        moved: Callable[[Instant | None], None],
        price: Pricing = lambda before, after, at: after,
        numbers: TransactionNumbers | None = None,
    ) -> None:
        """`moved` is told when `expire` has something to do next, whenever that changes; `price`
        has each row's cost. Without `numbers` they go on from the ledger's highest."""
        self._price = price
        self.ledger = ledger
        self._number = ledger.next_number if numbers is None else numbers
        self._random = random
        self._moved = moved
        self._expiries: list[tuple[Instant, str]] = []
        """(moment, txn id) of what is pending, a heap; also of what is so no more."""
        self._sift_at = _SIFT

    def load(self, rows: Iterable[TransactionStored], highest_number: int) -> None:
        """Take over what storage holds: all of it, or that of some chargers."""
        rows = list(rows)
        self.ledger.load(rows, highest_number)
        for row in rows:
            if row.status == "pending":
                self._await(row)
        self._tell()

    def forget(self, charger_id: str) -> None:
        """Forget all of a charger that has left."""
        self.ledger.forget(charger_id)
        self._tell()

    # --- numbered by the backend: OCPP 1.6 -----------------------------------------------------

    def started_alike(
        self, charger: RegisteredCharger, request: StartTransaction
    ) -> TransactionStored | None:
        """The transaction that this very StartTransaction began when it came before."""
        return self.ledger.by_start(self._row(charger, "", request.at, **_start_of(request)))

    def start_transaction(
        self,
        charger: RegisteredCharger,
        version: str,
        request: StartTransaction,
        tag: TagDecision,
        now: Instant,
    ) -> TransactionChange:
        """A transaction begins; it gets its number. Unavailable where there is none, and nothing is
        changed."""
        known = self.started_alike(charger, request)
        if known is not None:
            return _repeated(known)
        before = self._awaited(charger, request)
        number = self._number()
        start = {
            **_start_of(request),
            "status": "in_progress",
            "number": number,
            "ocpp_id": str(number),
            "id_tag_status": tag.status,
            "meter_last_wh": request.meter_start_wh,
            "delivered_wh": 0.0,
            "metered_at": request.at,
            "updated_at": now,
        }
        if before is None:
            after = self._row(charger, version, now, id=self._new_id(), **start)
        else:
            after = replace(before, **start)
        return self._put("started", before, after, at=request.at)

    def closed(
        self, charger: RegisteredCharger, version: str, request: StopTransaction, now: Instant
    ) -> TransactionChange:
        """A transaction ends. One that is unknown, or another charger's, is kept as all we know,
        unless it can only be that of an open transaction (facts: Q70, Q72)."""
        end = {
            "status": "completed",
            "meter_stop_wh": request.meter_stop_wh,
            "meter_last_wh": request.meter_stop_wh,
            "stopped_at": request.at,
            "stop_id_tag": request.id_tag,
            "stop_reason": request.reason,
            "updated_at": now,
        }
        named = self.ledger.by_ocpp_id(charger.row.id, str(request.number))
        if named is not None:
            if named.status == "completed" and not is_closed_by_hand(named):
                return _repeated(named)
            if named.status == "completed":
                row = _reopened(named, request.at)
                ended = _ended(charger, row, request, end)
                return self._put("corrected", named, *ended, at=request.at)
            ended = _ended(charger, named, request, end)
            return self._put("stopped", named, *ended, at=request.at)
        alone = self._row(
            charger, version, now, id=self._new_id(), ocpp_id=str(request.number), **end
        )
        known = self.ledger.by_stop(alone)
        if known is not None:
            return _repeated(known)
        before = self._meant(charger, request)
        if before is not None:
            detail = (
                f"StopTransaction named {request.number}; only this one has its tag and register"
            )
            row = noted(before, "stop_matched", request.at, detail)
            return self._put("stopped", before, *_ended(charger, row, request, end), at=request.at)
        detail = f"StopTransaction named {request.number}, of which nothing is known"
        alone = noted(alone, "start_missing", request.at, detail)
        logged = _logged(charger, alone, request.readings)
        return self._put("stopped", None, alone, logged, at=request.at)

    def _meant(
        self, charger: RegisteredCharger, request: StopTransaction
    ) -> TransactionStored | None:
        """The open transaction that a Stop without its number can only be of: same charger, same
        tag, begun before, with no register above the stop's. None where that leaves a doubt."""
        if request.id_tag is None:
            return None
        found = [
            row
            for row in self.ledger.open_of(charger.row.id)
            if row.number is not None
            and (row.id_tag or "").casefold() == request.id_tag.casefold()
            and row.started_at is not None
            and row.started_at <= request.at
            and (row.meter_start_wh or 0.0) + (row.delivered_wh or 0.0) <= request.meter_stop_wh
        ]
        return found[0] if len(found) == 1 else None

    # --- named by the charger: OCPP 2.x --------------------------------------------------------

    def told(
        self,
        charger: RegisteredCharger,
        version: str,
        request: TransactionEvent,
        tag: TagDecision | None,
        now: Instant,
    ) -> TransactionChange:
        """A TransactionEvent; events may be late, repeated, or the first we hear of it."""
        known = self.ledger.by_ocpp_id(charger.row.id, request.ocpp_id)
        if known is not None and self.is_repeated(known, request):
            return _repeated(known)
        before = known or self._promised(charger, request)
        row = before or self._row(charger, version, now, id=self._new_id())
        kind = _kind_of(row, request)
        if request.kind == "Ended" and is_closed_by_hand(row):
            row = _reopened(row, request.at)
        row = replace(row, status=_status_after(row, request), ocpp_id=request.ocpp_id)
        late = row.seq_no is not None and request.seq_no < row.seq_no
        after = replace(row, updated_at=now, **_told(row, request, tag))
        after = _metered_too(after, request, late=late)
        # By the row as it was: a new one has seen nothing yet.
        self.ledger.seen(row).add(request.seq_no)
        logged = _logged(charger, after, request.readings)
        return self._put(kind, before, after, logged, request.seq_no, at=request.at)

    def is_repeated(self, row: TransactionStored, request: TransactionEvent) -> bool:
        """True where this very TransactionEvent has come before."""
        if request.seq_no not in self.ledger.seen(row):
            return False
        # A station that miscounts must still be able to end its transaction.
        return not (request.kind == "Ended" and row.status != "completed")

    # --- both ----------------------------------------------------------------------------------

    def meter_values(
        self, charger: RegisteredCharger, request: MeterValues, now: Instant
    ) -> TransactionChange | tuple[Record, ...]:
        """Meter values. Those of no known transaction are kept as the charger's."""
        row = self._metered_row(charger, request)
        if row is None:
            return _logged_apart(charger, request, None)
        records = _logged_apart(charger, request, row)
        # What comes after the end is kept, and changes nothing (facts: Q76).
        changes = followed(row, request.readings) if row.status != "completed" else None
        if not changes:
            return records
        after = replace(row, updated_at=now, **changes)
        return self._put("updated", row, after, records, at=after.metered_at)

    def _metered_row(
        self, charger: RegisteredCharger, request: MeterValues
    ) -> TransactionStored | None:
        if request.transaction_number not in (None, _UNCONFIRMED):
            return self.ledger.by_ocpp_id(charger.row.id, str(request.transaction_number))
        # Some chargers never name the transaction (facts: Q88), or were never told its number
        # (errata 3.18): what is open there is meant.
        return self.ledger.open_at(charger.row.id, request.evse_id) if request.evse_id else None

    def confirm(self, change: TransactionChange) -> None:
        """A change is durable. A repetition may be so although what it repeats was not, and had
        been taken back."""
        if self.ledger.get(change.after.id) is None:
            self.ledger.put(change.after)

    def undo(self, change: TransactionChange) -> None:
        """Take a change back that could not be stored, unless another has followed it."""
        if change.kind == "repeated" or self.ledger.get(change.after.id) is not change.after:
            return
        if change.seq_no is not None:
            self.ledger.seen(change.after).discard(change.seq_no)
        if change.before is None:
            self.ledger.remove(change.after)
        else:
            self.ledger.put(change.before)

    # --- remote starts -------------------------------------------------------------------------

    def expect(
        self,
        charger: RegisteredCharger,
        version: str,
        *,
        id_tag: str,
        evse_id: int | None,
        connector_id: int | None,
        remote_start_id: int | None,
        now: Instant,
    ) -> tuple[TransactionStored, tuple[Record, ...]]:
        """A remote start was accepted: its transaction will come, or be forgotten in time."""
        row = self._row(
            charger,
            version,
            now,
            id=self._new_id(),
            status="pending",
            id_tag=id_tag,
            evse_id=evse_id,
            connector_id=connector_id,
            remote_started=True,
            remote_start_id=remote_start_id,
        )
        waiting = self.ledger.pending_of(charger.row.id)
        overdue = waiting[: max(0, len(waiting) + 1 - limits.PENDING_STARTS)]
        self.ledger.put(row)
        self._await(row)
        self._tell()
        return row, (row, *(self._forgotten(old) for old in overdue))

    def expire(
        self, now: Instant, is_leaving: Callable[[str], bool] = lambda charger_id: False
    ) -> list[Record]:
        """Forget what has waited long enough, but for that of chargers that are about to leave:
        whoever has them next does."""
        records: list[Record] = []
        later: list[tuple[Instant, str]] = []
        while self._expiries and self._expiries[0][0] <= now:
            row = self.ledger.get(heappop(self._expiries)[1])
            if row is None or row.status != "pending":
                continue
            if is_leaving(row.charger_id):
                later.append((now + limits.LEAVING_LOOK_S, row.id))
            else:
                records.append(self._forgotten(row))
        for entry in later:
            heappush(self._expiries, entry)
        self._tell()
        return records

    def _await(self, row: TransactionStored) -> None:
        heappush(self._expiries, (row.created_at + limits.PENDING_START_S, row.id))
        self._sift_if_many()

    def _sift_if_many(self) -> None:
        """Let go of what has begun, or gone, before its time."""
        if len(self._expiries) <= self._sift_at:
            return
        waiting = self.ledger.pending()
        self._expiries = [(row.created_at + limits.PENDING_START_S, row.id) for row in waiting]
        heapify(self._expiries)
        self._sift_at = max(_SIFT, 2 * len(self._expiries))

    def _tell(self) -> None:
        self._moved(self._expiries[0][0] if self._expiries else None)

    def _forgotten(self, row: TransactionStored) -> Record:
        self.ledger.remove(row)
        return TransactionForgotten(id=row.id)

    def _awaited(
        self, charger: RegisteredCharger, request: StartTransaction
    ) -> TransactionStored | None:
        """The remote start that this transaction comes of: same tag, and no other connector."""
        for row in self.ledger.pending_of(charger.row.id):
            same_tag = (row.id_tag or "").casefold() == request.id_tag.casefold()
            if same_tag and row.connector_id in (None, request.connector_id):
                return row
        return None

    def _promised(
        self, charger: RegisteredCharger, request: TransactionEvent
    ) -> TransactionStored | None:
        """The same by the remoteStartId that the charger gives back."""
        if request.remote_start_id is None:
            return None
        for row in self.ledger.pending_of(charger.row.id):
            if row.remote_start_id == request.remote_start_id:
                return row
        return None

    # --- by hand -------------------------------------------------------------------------------

    def closed_by_hand(
        self, row: TransactionStored, meter_stop_wh: float | None, reason: str, now: Instant
    ) -> TransactionChange:
        """The operator ends one whose charger is gone; the register is the last one seen. Should
        the charger come back and end it, what it says counts."""
        stop_wh = row.meter_last_wh if meter_stop_wh is None else meter_stop_wh
        after = replace(
            noted(row, "closed_by_hand", now, _closing(meter_stop_wh)),
            status="completed",
            meter_stop_wh=stop_wh,
            delivered_wh=_by_hand(row, meter_stop_wh),
            stopped_at=now,
            stop_reason=reason,
            updated_at=now,
        )
        return self._put("stopped", row, after)

    def _put(
        self,
        kind: TransactionChangeKind,
        before: TransactionStored | None,
        after: TransactionStored,
        records: tuple[Record, ...] = (),
        seq_no: int | None = None,
        *,
        at: Instant | None = None,
    ) -> TransactionChange:
        after = self._price(before, after, at)
        self.ledger.put(after)
        return TransactionChange(kind, before, after, (after, *records), seq_no)

    def _new_id(self) -> str:
        return ids.prefixed("txn_", self._random)

    def _row(
        self, charger: RegisteredCharger, version: str, now: Instant, **fields: Any
    ) -> TransactionStored:
        about = charger.row
        values = {"id": "", "status": "in_progress", "updated_at": now, **fields}
        return TransactionStored(
            organization_id=about.organization_id,
            charger_id=about.id,
            charge_box_id=about.charge_box_id,
            version=version,
            created_at=now,
            **values,
        )


def _repeated(row: TransactionStored) -> TransactionChange:
    return TransactionChange("repeated", row, row, (row,))


_UNCONFIRMED = -1


def _ended(
    charger: RegisteredCharger,
    row: TransactionStored,
    request: StopTransaction,
    end: dict[str, Any],
) -> tuple[TransactionStored, tuple[Record, ...]]:
    """The row with its end, and the readings that came with it."""
    row = replace(row, **followed(row, request.readings))
    row = replace(row, **stopped(row, request.meter_stop_wh, request.at))
    row = replace(row, **end)
    return row, _logged(charger, row, request.readings)


def _closing(meter_stop_wh: float | None) -> str:
    return "as last read" if meter_stop_wh is None else f"at {meter_stop_wh:g} Wh"


def is_closed_by_hand(row: TransactionStored) -> bool:
    """True where an operator's word is all there is of its end."""
    kinds = {anomaly.kind for anomaly in row.anomalies}
    return "closed_by_hand" in kinds and "stop_after_close" not in kinds


def _reopened(row: TransactionStored, at: Instant) -> TransactionStored:
    """One that was closed by hand, with what its readings told, for its own end to follow."""
    start_wh, last_wh = row.meter_start_wh, row.meter_last_wh
    told_wh = row.delivered_wh
    if start_wh is not None and last_wh is not None and row.meter_stop_wh != last_wh:
        told_wh = max(0.0, last_wh - start_wh)  # the operator's register is no reading
    request = "StopTransaction" if row.version == "1.6" else "Ended"
    detail = f"{request} after it was closed by hand at {row.meter_stop_wh or 0.0:g} Wh"
    return noted(replace(row, delivered_wh=told_wh), "stop_after_close", at, detail)


def _by_hand(row: TransactionStored, meter_stop_wh: float | None) -> float | None:
    """An operator's register is taken as it is."""
    if meter_stop_wh is None or row.meter_start_wh is None:
        return row.delivered_wh
    return max(0.0, meter_stop_wh - row.meter_start_wh)


def _metered_too(
    row: TransactionStored, request: TransactionEvent, *, late: bool
) -> TransactionStored:
    """A row of 2.x, its start known if it is, with what the event's readings say. An operator's end
    stands until the charger's own comes, as in 1.6 (facts: Q76)."""
    if not is_closed_by_hand(row):
        row = replace(row, **followed(row, request.readings, late=late))
    row = replace(row, **begun_late(row))
    if request.kind == "Ended":
        row = replace(row, **stopped(row, row.meter_stop_wh, request.at))
    return row


def _start_of(request: StartTransaction) -> dict[str, Any]:
    return {
        "evse_id": request.connector_id,
        "connector_id": request.connector_id,
        "id_tag": request.id_tag,
        "meter_start_wh": request.meter_start_wh,
        "started_at": request.at,
        "reservation_id": request.reservation_id,
    }


def _kind_of(row: TransactionStored, request: TransactionEvent) -> TransactionChangeKind:
    """By what is known of the transaction so far, for a station may say the same twice under two
    numbers."""
    if request.kind == "Started" and row.started_at is None:
        return "started"
    if request.kind == "Ended":
        return "corrected" if row.status == "completed" else "stopped"
    return "updated"


def _status_after(
    row: TransactionStored, request: TransactionEvent
) -> Literal["in_progress", "completed"]:
    return "completed" if request.kind == "Ended" or row.status == "completed" else "in_progress"


def _told(
    row: TransactionStored, request: TransactionEvent, tag: TagDecision | None
) -> dict[str, Any]:
    """The fields that an event changes; what is known already gives way only to newer events."""
    newer = row.seq_no is None or request.seq_no >= row.seq_no
    changes: dict[str, Any] = {"seq_no": request.seq_no if newer else row.seq_no}
    if request.charging_state is not None and newer:
        changes["charging_state"] = request.charging_state
    for field in ("evse_id", "connector_id", "reservation_id", "remote_start_id"):
        value = getattr(request, field)
        if value is not None and (getattr(row, field) is None or newer):
            changes[field] = value
    if request.remote_start_id is not None or request.trigger == "RemoteStart":
        changes["remote_started"] = True
    if request.kind == "Started":
        changes["started_at"] = request.at
    changes |= _told_tag(row, request, tag)
    changes |= _told_energy(row, request, newer)
    if request.kind == "Ended":
        changes["stopped_at"] = request.at
        changes["stop_reason"] = request.stop_reason
    return changes


def _told_tag(
    row: TransactionStored, request: TransactionEvent, tag: TagDecision | None
) -> dict[str, Any]:
    """The first tag starts; any other, or one presented at the end, stops."""
    if request.id_tag is None:
        return {}
    starts = row.id_tag is None or row.status == "pending" or row.id_tag_status is None
    if starts and request.trigger != "StopAuthorized":
        return {
            "id_tag": request.id_tag,
            "id_tag_type": request.id_tag_type,
            "id_tag_status": tag.status if tag else None,
        }
    if (
        request.kind == "Ended"
        or request.trigger == "StopAuthorized"
        or request.id_tag != row.id_tag
    ):
        return {"stop_id_tag": request.id_tag}
    return {}


def _told_energy(row: TransactionStored, request: TransactionEvent, newer: bool) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    begin_wh = register_at_wh(request.readings, "Transaction.Begin")
    last_wh = last_register_wh(request.readings)
    if begin_wh is None and request.kind == "Started":
        begin_wh = last_wh
    if begin_wh is not None and row.meter_start_wh is None:
        changes["meter_start_wh"] = begin_wh
    if request.kind == "Ended":
        end_wh = register_at_wh(request.readings, "Transaction.End")
        known_wh = last_wh if last_wh is not None else row.meter_last_wh
        changes["meter_stop_wh"] = end_wh if end_wh is not None else known_wh
    return changes


def _logged(
    charger: RegisteredCharger, row: TransactionStored, readings: Iterable[MeterValue]
) -> tuple[Record, ...]:
    return tuple(
        MeterValuesLogged(
            organization_id=row.organization_id,
            charger_id=charger.row.id,
            transaction_id=row.id,
            reported_transaction_id=row.ocpp_id,
            evse_id=row.evse_id or 0,
            connector_id=row.connector_id,
            at=reading.at,
            samples=reading.samples,
        )
        for reading in readings
    )


def _logged_apart(
    charger: RegisteredCharger, request: MeterValues, row: TransactionStored | None
) -> tuple[Record, ...]:
    number = request.transaction_number
    return tuple(
        MeterValuesLogged(
            organization_id=charger.row.organization_id,
            charger_id=charger.row.id,
            transaction_id=row.id if row else None,
            reported_transaction_id=None if number is None else str(number),
            evse_id=request.evse_id,
            connector_id=request.connector_id,
            at=reading.at,
            samples=reading.samples,
        )
        for reading in request.readings
    )
