"""The display of a charger: the messages it holds, and those that it shows at a moment.

2.0.1 Part 2 block O. A charger has one display for all its EVSEs.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from voltyard.charger.context import ChargerContext
from voltyard.charger.display.display_message import DisplayMessage, MessagePriority, MessageState
from voltyard.charger.evse.evse import Evse
from voltyard.charger.evse.statuses import Statuses
from voltyard.charger.transactions.lifecycle import TransactionLifecycle
from voltyard.kernel import limits
from voltyard.kernel.time import Instant


class Display:
    """The messages of one charger's display."""

    __slots__ = ("_context", "_evses", "_messages", "_statuses", "_transactions")

    def __init__(
        self,
        context: ChargerContext,
        evses: tuple[Evse, ...],
        statuses: Statuses,
        transactions: TransactionLifecycle,
    ) -> None:
        self._context = context
        self._evses = evses
        self._statuses = statuses
        self._transactions = transactions
        self._messages: dict[int, DisplayMessage] = {}
        """By id, the newest last."""

    def take(self, message: DisplayMessage) -> bool:
        """Take a message, in place of the one of the same id (O06). A second one AlwaysFront takes
        the place of the first (MessagePriorityEnumType). False where there are too many."""
        messages = {one.id: one for one in self.messages() if one.id != message.id}
        if message.priority == "AlwaysFront":
            messages = {id: one for id, one in messages.items() if one.priority != message.priority}
        if len(messages) >= limits.DISPLAY_MESSAGES:
            return False
        self._messages = {**messages, message.id: message}
        return True

    def clear(self, id: int) -> bool:
        """Remove a message; False where there is none of that id (O05)."""
        if not any(one.id == id for one in self.messages()):
            return False
        del self._messages[id]
        return True

    def matching(
        self,
        ids: Collection[int] | None = None,
        priority: MessagePriority | None = None,
        state: MessageState | None = None,
    ) -> list[DisplayMessage]:
        """The messages that meet whatever is said (O03, O04)."""
        return [
            one
            for one in self.messages()
            if (ids is None or one.id in ids)
            and priority in (None, one.priority)
            and state in (None, one.state)
        ]

    def messages(self, at: Instant | None = None) -> list[DisplayMessage]:
        """The messages, but for those that are over: their end has come, or their transaction has
        ended (O01.FR.07, O02.FR.02). `at` is a moment by the charger's clock, else that of the
        step."""
        if self._messages:
            now = self._context.time if at is None else at
            held = {id: one for id, one in self._messages.items() if self._holds(one, now)}
            self._messages = held
        return list(self._messages.values())

    def _holds(self, message: DisplayMessage, now: Instant) -> bool:
        if message.ends_at is not None and message.ends_at <= now:
            return False
        transaction = message.transaction_id
        return transaction is None or self._transactions.find(transaction) is not None

    def shown(self, at: Instant) -> list[DisplayMessage]:
        """The messages that the display shows now, one after another: the one AlwaysFront, else
        those InFront, else those of the NormalCycle."""
        states = self._states()
        due = [
            one
            for one in self.messages(at)
            if (one.starts_at is None or one.starts_at <= at)
            and (one.state is None or one.state in states)
        ]
        priorities: tuple[MessagePriority, ...] = ("AlwaysFront", "InFront", "NormalCycle")
        for priority in priorities:
            if first := [one for one in due if one.priority == priority]:
                return first
        return []

    def _states(self) -> set[MessageState]:
        """The states that the charger is in: Charging where any EVSE charges, Idle where it is in
        none of the others."""
        found: set[MessageState] = set()
        if any(evse.transaction is not None for evse in self._evses):
            found.add("Charging")
        if any(connector.faulted for evse in self._evses for connector in evse.connectors):
            found.add("Faulted")
        if self._is_unavailable():
            found.add("Unavailable")
        return found or {"Idle"}

    def _is_unavailable(self) -> bool:
        word = self._context.dialect.status_word
        return all(
            word(evse, connector) == "Unavailable"
            for evse in self._evses
            for connector in evse.connectors
        )

    # --- memory --------------------------------------------------------------------------------

    def kept(self) -> tuple[DisplayMessage, ...]:
        """The messages as they are kept over a power cut or a reset (O01.FR.13)."""
        return tuple(self._messages.values())

    def restore(self, messages: Sequence[DisplayMessage]) -> None:
        """Take up what was remembered."""
        self._messages = {one.id: one for one in messages}
