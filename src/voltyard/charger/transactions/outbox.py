"""Transaction messages on their way: in order, kept while offline, retried, bounded.

OCPP 1.6 sections 3.7.1 and 3.7.2 with errata 3.18; 2.0.1 Part 2 E04, E12 and E13. Only the head is
ever under way, so a failing message holds back the rest until it is given up.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from voltyard.charger.connection.call_purposes import TRANSACTION_MESSAGE
from voltyard.charger.connection.wire import ChargerWire
from voltyard.charger.context import ChargerContext
from voltyard.charger.description.events import MessageDropped
from voltyard.charger.security.security_events import SecurityEvents
from voltyard.charger.transactions.kept import KeptMessage, TransactionPart
from voltyard.charger.variables.standard.communication import (
    MESSAGE_ATTEMPT_INTERVAL,
    MESSAGE_ATTEMPTS,
)
from voltyard.kernel import limits
from voltyard.kernel.time import Instant
from voltyard.ocpp.payload import Payload, to_json
from voltyard.ocpp.versions import Decoded

UNCONFIRMED = "-1"
"""The wire id of a transaction whose StartTransaction was given up (1.6 errata 3.18)."""


class QueuedMessage(Struct, gc=False):
    """One message that waits or is under way."""

    part: TransactionPart
    transaction: str
    """The charger's own id of the transaction."""
    payload: Payload
    offline: bool
    """True where it was made, or still waited, while there was no connection."""
    attempts: int = 0
    id: str | None = None
    """The message id it keeps, where its version lets it."""
    queued_at: Instant = 0.0
    """Moment when it was queued, or taken up from a snapshot."""


class TransactionOutbox:
    """The queue of one charger's transaction messages."""

    __slots__ = (
        "_context",
        "_limit",
        "_queue",
        "_security_events",
        "_under_way",
        "_wire",
        "retry_at",
        "wire_ids",
    )

    def __init__(
        self,
        context: ChargerContext,
        wire: ChargerWire,
        security_events: SecurityEvents,
        limit: int = limits.OUTBOX_MESSAGES,
    ) -> None:
        self._context = context
        self._wire = wire
        self._security_events = security_events
        self._limit = limit
        self._queue: list[QueuedMessage] = []  # a deque takes 760 bytes, and is mostly empty
        self._under_way = False
        self.retry_at: Instant | None = None
        """Moment when the head, which has failed, may be sent again; a link that is lost and found
        changes nothing about that."""
        self.wire_ids: dict[str, str] = {}
        """The id on the wire of each transaction with messages to come; empty where ids are
        ours."""

    def __len__(self) -> int:
        return len(self._queue)

    @property
    def full(self) -> bool:
        """True where not even the begin of a further transaction has a place: begins and ends fill
        it."""
        if len(self._queue) < self._limit:
            return False
        return all(entry.part != "middle" for entry in self._queue)

    @property
    def head(self) -> QueuedMessage | None:
        """The message that is under way, or the next to be."""
        return self._queue[0] if self._queue else None

    def holds(self, transaction: str | None = None) -> bool:
        """True where a message waits, of that transaction or of any (2.0.1
        GetTransactionStatus)."""
        if transaction is None:
            return bool(self._queue)
        return any(entry.transaction == transaction for entry in self._queue)

    def add(self, part: TransactionPart, transaction: str, payload: Payload) -> None:
        """Queue a message and send it if its turn has come."""
        overfull = len(self._queue) >= self._limit
        if overfull and not self._thin_out() and part == "middle":
            self._report_dropped(payload, "the outbox is full")
            return
        context = self._context
        self._queue.append(
            QueuedMessage(part, transaction, payload, not context.online, queued_at=context.now)
        )
        self._context.remember()
        self.send()

    def _thin_out(self) -> bool:
        """Make room: every second middle message goes (2.0.1 E04.FR.07), but the one under way."""
        self._security_events.notice_once("MemoryExhaustion", "the outbox is full")
        kept: list[QueuedMessage] = []
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
        context = self._context
        if self._under_way or not self._queue or not context.online:
            return
        if self.retry_at is not None and context.now < self.retry_at:
            return
        self.retry_at = None
        entry = self._queue[0]
        if entry.id is None and context.dialect.retries_keep_id:
            entry.id = self._wire.new_id()
            context.remember()  # before it can arrive: after a kill it is sent again under its id
        wire_id = self.wire_ids.get(entry.transaction)
        payload = context.dialect.with_wire_id(entry.payload, wire_id, entry.offline)
        if self._wire.call(payload, TRANSACTION_MESSAGE, entry.id):
            entry.attempts += 1
            self._under_way = True

    def deadline(self) -> Instant | None:
        """The moment at which the head may be sent again."""
        return self.retry_at if self._context.online and not self._under_way else None

    # --- what becomes of the head --------------------------------------------------------------

    def confirmed(self, wire_id: str | None) -> QueuedMessage:
        """The CSMS has it. `wire_id` is what it calls a transaction just begun."""
        entry = self._queue.pop(0)
        self._under_way = False
        if wire_id is not None:
            self.wire_ids[entry.transaction] = wire_id
        if entry.part == "end":
            self.wire_ids.pop(entry.transaction, None)
        self._context.remember()
        return entry

    def failed(self, why: str) -> str:
        """The CSMS did not process it: try again later, or give it up. The transaction it was of.

        The wait is the interval times the number of transmissions made (1.6 section 3.7.1).
        """
        context = self._context
        self._under_way = False
        entry = self._queue[0]
        if entry.attempts < context.settings.number(MESSAGE_ATTEMPTS):
            interval_s = context.settings.number(MESSAGE_ATTEMPT_INTERVAL)
            self.retry_at = context.now + interval_s * entry.attempts
            return entry.transaction
        self._queue.pop(0)
        if entry.part == "start" and context.dialect.names_transactions_on_confirmation:
            self.wire_ids[entry.transaction] = UNCONFIRMED
        if entry.part == "end":
            self.wire_ids.pop(entry.transaction, None)
        self._report_dropped(entry.payload, why)
        context.remember()
        return entry.transaction

    def disconnected(self) -> None:
        """The link is gone. What was under way was not refused, so it is no failed attempt."""
        if self._under_way:
            self._queue[0].attempts -= 1
            self._under_way = False
        for entry in self._queue:
            entry.offline = True

    def _report_dropped(self, payload: Payload, reason: str) -> None:
        context = self._context
        context.report(
            MessageDropped(
                at=context.now, action=context.dialect.action_name(payload), reason=reason
            )
        )

    # --- memory --------------------------------------------------------------------------------

    def entries(self) -> tuple[QueuedMessage, ...]:
        """The messages that wait, in order."""
        return tuple(self._queue)

    def kept(self) -> tuple[KeptMessage, ...]:
        """The messages that wait, as a snapshot keeps them."""
        return tuple(
            KeptMessage(
                part=entry.part,
                transaction=entry.transaction,
                action=self._context.dialect.action_name(entry.payload),
                payload=to_json(entry.payload),
                offline=entry.offline,
                attempts=entry.attempts,
                id=entry.id,
            )
            for entry in self._queue
        )

    def restore(
        self,
        kept: tuple[KeptMessage, ...],
        wire_ids: dict[str, str],
        retry_at: Instant | None,
    ) -> None:
        """Take up what was remembered, so far as the present version can read it."""
        self._queue = list(self._readable(kept))
        self.retry_at = retry_at if self._queue else None
        self.wire_ids = dict(wire_ids)

    def _readable(self, kept: tuple[KeptMessage, ...]) -> Iterator[QueuedMessage]:
        version = self._context.dialect.version
        for one in kept:
            decoded: Any = version.decode_request(one.action, one.payload)
            if isinstance(decoded, Decoded):
                yield QueuedMessage(
                    one.part,
                    one.transaction,
                    decoded.payload,
                    True,
                    one.attempts,
                    one.id,
                    self._context.now,
                )
