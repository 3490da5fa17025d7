"""The span of a command: its CALLs with their answers, its result and, later, its outcome."""

from typing import Final, Literal

from voltyard.csms.commands.results import BackendCommandResult
from voltyard.csms.records import CommandStored, MessageLogged
from voltyard.kernel import limits
from voltyard.kernel.errors import VoltyardError
from voltyard.kernel.time import Instant
from voltyard.ports.spans import Span, SpanEvent

_ANSWERS: Final = {
    "result": "CALLRESULT",
    "error": "CALLERROR",
    "timeout": "time-out",
    "lost": "link lost",
}
"""Names of the ends of a CALL, by its outcome in the message log."""

_WORD_CHARACTERS: Final = 50
"""Longest status or error code: OCPP's own are shorter, and a charger may write any."""


class CommandSpan:
    """A span that is told when the command has its result, and another one at its outcome.

    Of what is sent it has action and message id alone.
    """

    __slots__ = ("_about", "_events", "_last", "_name", "_span")

    def __init__(
        self, parent: Span, command_id: str, command: str, charge_box_id: str, begun_at: Instant
    ) -> None:
        self._span = parent.begin(begun_at)
        self._name = command
        self._about: dict[str, str | int | bool] = {
            "voltyard.command.id": command_id,
            "voltyard.command": command,
            "ocpp.charge_box_id": charge_box_id,
        }
        self._events: list[SpanEvent] = []
        self._last: dict[str, str | int | bool] = {}

    def called(
        self,
        call: MessageLogged,
        outcome: Literal["result", "error", "timeout", "lost"],
        now: Instant,
    ) -> None:
        """Note a CALL that has come to its end, now. Only the first have an event each."""
        action, which = _word(call.action), {"ocpp.message_id": _word(call.message_id)}
        self._last = {"ocpp.action": action, **which, "ocpp.version": call.version}
        if call.error_code is not None:
            self._last["ocpp.error_code"] = _word(call.error_code)
        if len(self._events) < 2 * limits.SPAN_CALLS:
            self._events.append(SpanEvent(f"CALL {action}", call.at, which))
            self._events.append(SpanEvent(_ANSWERS[outcome], now, {}))

    def finished(
        self, status: str, result: BackendCommandResult | VoltyardError, now: Instant
    ) -> None:
        """Tell of it with its result; `status` is that of a failure."""
        is_failure = isinstance(result, VoltyardError)
        shown = status if isinstance(result, VoltyardError) else _word(result.status)
        self._span.end(
            f"command {self._name}",
            now,
            {**self._about, **self._last, "voltyard.command.status": shown},
            kind="client",
            events=self._events,
            failure=status if is_failure else "",
        )

    def settled(self, row: CommandStored, now: Instant) -> None:
        """Tell of its outcome, which the row has."""
        attributes: dict[str, str | int | bool] = {
            **self._about,
            "voltyard.command.outcome": row.outcome or "",
        }
        if row.succeeded is not None:
            attributes["voltyard.command.succeeded"] = row.succeeded
        self._span.begin(row.answered_at or row.asked_at).end(
            f"outcome {self._name}",
            now,
            attributes,
            failure="failed" if row.succeeded is False else "",
        )


def _word(text: str | None) -> str:
    return (text or "")[:_WORD_CHARACTERS]
