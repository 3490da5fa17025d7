"""Transaction messages on their way: in order, kept while offline, retried, bounded.

OCPP 1.6 sections 3.7.1 and 3.7.2 with errata 3.18; 2.0.1 Part 2 E04, E12 and E13. Only the head is
ever under way, so a failing message holds back the rest until it is given up.
"""

from __future__ import annotations

from collections import deque
from typing import Literal, TypeAlias

from msgspec import Struct

from voltyard.charger import standard
from voltyard.charger.core import Core
from voltyard.charger.events import MessageDropped
from voltyard.charger.purposes import TRANSACTION
from voltyard.charger.wire import Wire
from voltyard.kernel import limits
from voltyard.kernel.time import Instant
from voltyard.ocpp.payload import Payload

Part: TypeAlias = Literal["start", "middle", "end"]

UNCONFIRMED = "-1"
"""The wire id of a transaction whose StartTransaction was given up (1.6 errata 3.18)."""


class Entry(Struct):
    """One message that waits or is under way."""

    part: Part
    transaction: str
    """The charger's own id of the transaction."""
    payload: Payload
    offline: bool
    """It was made, or still waited, while there was no connection."""
    attempts: int = 0
    id: str | None = None
    """The message id it keeps, where its version lets it."""


class Outbox:
    """The queue of one charger."""

    __slots__ = ("_core", "_limit", "_queue", "_under_way", "_wire", "retry_at", "wire_ids")

    def __init__(self, core: Core, wire: Wire, limit: int = limits.OUTBOX_MESSAGES) -> None:
        self._core = core
        self._wire = wire
        self._limit = limit
        self._queue: deque[Entry] = deque()
        self._under_way = False
        self.retry_at: Instant | None = None
        """When the head, which has failed, may be sent again; a link that is lost and found
        changes nothing about that."""
        self.wire_ids: dict[str, str] = {}
        """The id on the wire of each transaction with messages to come; empty where ids are
        ours."""

    def __len__(self) -> int:
        return len(self._queue)

    @property
    def full(self) -> bool:
        """Whether not even the begin of a further transaction has a place: begins and ends fill
        it."""
        if len(self._queue) < self._limit:
            return False
        return all(entry.part != "middle" for entry in self._queue)

    def holds(self, transaction: str | None = None) -> bool:
        """Whether a message waits, of that transaction or of any (2.0.1 GetTransactionStatus)."""
        if transaction is None:
            return bool(self._queue)
        return any(entry.transaction == transaction for entry in self._queue)

    def add(self, part: Part, transaction: str, payload: Payload) -> None:
        """Queue a message and send it if its turn has come."""
        overfull = len(self._queue) >= self._limit
        if overfull and not self._thin_out() and part == "middle":
            self._report_dropped(payload, "the outbox is full")
            return
        self._queue.append(Entry(part, transaction, payload, not self._core.online))
        self._core.remember()
        self.send()

    def _thin_out(self) -> bool:
        """Make room: every second middle message goes (2.0.1 E04.FR.07), but the one under way."""
        self._core.security_events.notice_once("MemoryExhaustion", "the outbox is full")
        kept: deque[Entry] = deque()
        doomed = True
        for index, entry in enumerate(self._queue):
            if entry.part != "middle" or (index == 0 and self._under_way):
                kept.append(entry)
                continue
            if doomed:
                self._report_dropped(entry.payload, "the outbox is full")
            else:
                kept.append(entry)
            doomed = not doomed
        thinned = len(kept) < len(self._queue)
        self._queue = kept
        return thinned

    def send(self) -> None:
        """Send the head, if there is one, nothing is under way and no retry is waited for."""
        core = self._core
        if self._under_way or not self._queue or not core.online:
            return
        if self.retry_at is not None and core.now < self.retry_at:
            return
        self.retry_at = None
        entry = self._queue[0]
        if entry.id is None and core.dialect.retries_keep_id:
            entry.id = self._wire.new_id()
            core.remember()  # before it can arrive: after a kill it is sent again under its id
        wire_id = self.wire_ids.get(entry.transaction)
        payload = core.dialect.addressed(entry.payload, wire_id, entry.offline)
        if self._wire.call(payload, TRANSACTION, entry.id):
            entry.attempts += 1
            self._under_way = True

    def deadline(self) -> Instant | None:
        """When the head may be sent again."""
        return self.retry_at if self._core.online and not self._under_way else None

    # --- what becomes of the head --------------------------------------------------------------

    def confirmed(self, wire_id: str | None) -> Entry:
        """The CSMS has it. `wire_id` is what it calls a transaction just begun."""
        entry = self._queue.popleft()
        self._under_way = False
        if wire_id is not None:
            self.wire_ids[entry.transaction] = wire_id
        if entry.part == "end":
            self.wire_ids.pop(entry.transaction, None)
        self._core.remember()
        return entry

    def failed(self, why: str) -> str:
        """The CSMS did not process it: try again later, or give it up. The transaction it was of.

        The wait is the interval times the number of transmissions made (1.6 section 3.7.1).
        """
        core = self._core
        self._under_way = False
        entry = self._queue[0]
        if entry.attempts < core.settings.number(standard.MESSAGE_ATTEMPTS):
            interval_s = core.settings.number(standard.MESSAGE_ATTEMPT_INTERVAL)
            self.retry_at = core.now + interval_s * entry.attempts
            return entry.transaction
        self._queue.popleft()
        if entry.part == "start" and core.dialect.names_transactions_on_confirmation:
            self.wire_ids[entry.transaction] = UNCONFIRMED
        if entry.part == "end":
            self.wire_ids.pop(entry.transaction, None)
        self._report_dropped(entry.payload, why)
        core.remember()
        return entry.transaction

    def disconnected(self) -> None:
        """The link is gone. What was under way was not refused, so it is no failed attempt."""
        if self._under_way:
            self._queue[0].attempts -= 1
            self._under_way = False
        for entry in self._queue:
            entry.offline = True

    def _report_dropped(self, payload: Payload, reason: str) -> None:
        core = self._core
        core.report(
            MessageDropped(at=core.now, action=core.dialect.action_name(payload), reason=reason)
        )

    # --- memory --------------------------------------------------------------------------------

    def entries(self) -> tuple[Entry, ...]:
        """What waits, in order."""
        return tuple(self._queue)

    def restore(
        self, entries: list[Entry], wire_ids: dict[str, str], retry_at: Instant | None
    ) -> None:
        """Take up what was remembered."""
        self._queue = deque(entries)
        self.retry_at = retry_at if entries else None
        self.wire_ids = dict(wire_ids)
