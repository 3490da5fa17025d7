"""The span of a queued command: its way to the charger, the carrying out, and its result."""

from typing import Final

from voltyard.kernel import limits
from voltyard.kernel.time import Instant
from voltyard.ports.runtimes import LoggedFrame
from voltyard.ports.spans import Span, SpanEvent
from voltyard.yard.commands.command import PROXY, CommandStatus, QueuedCommand

_NAMES: Final = {
    ("cp_to_csms", "call"): "CALL",
    ("csms_to_cp", "result"): "CALLRESULT",
    ("csms_to_cp", "error"): "CALLERROR",
}
"""Names of the frames that a charger's own calls lead to, by direction and kind."""

_WORD_CHARACTERS: Final = 50
"""Longest action or error code: OCPP's own are shorter, and a CSMS or a caller may write any."""


class QueuedCommandSpan:
    """A span that is told, with one of the carrying out below it, when the command has its result.

    Its listeners (a ports.runtimes.CarryingOut, and one to frames) only note what they hear. Of
    frames it has action and message id alone.
    """

    __slots__ = ("_events", "_span", "_times", "_worker")

    def __init__(self, request: Span, command: QueuedCommand, queued_at: Instant) -> None:
        """The command was written down by `queued_at`."""
        self._span = request.begin(command.created_at)
        self._events = [SpanEvent("queued", queued_at, {})]
        self._times: tuple[Instant, Instant] | None = None
        self._worker = ""

    def delivered(self, now: Instant) -> None:
        """Note that it is handed over."""
        self._events.append(SpanEvent("delivered", now, {}))

    def carried_out(self, got_at: Instant, done_at: Instant, worker: str = "") -> None:
        """See ports.runtimes.CarryingOut."""
        self._times, self._worker = (got_at, done_at), worker

    def framed(self, frame: LoggedFrame, now: Instant) -> None:
        """Note a CALL of the charger's, or the answer to one. Only the first are noted."""
        name = _NAMES.get((frame.direction, frame.kind))
        if name is not None and len(self._events) < 2 * limits.SPAN_CALLS:
            which = {"ocpp.message_id": _word(frame.message_id)}
            self._events.append(SpanEvent(f"{name} {_word(frame.action)}", now, which))

    def settled(self, command: QueuedCommand) -> None:
        """Tell of it with its result, which the command has."""
        begun_at = max(command.created_at, command.delivered_at or command.created_at)
        # A clock that was put back meanwhile would have it end before what it led to.
        ended_at = max(begun_at, command.finished_at or begun_at)
        about: dict[str, str | int | bool] = {
            "voltyard.command.id": command.id,
            "voltyard.command": command.verb,
            "ocpp.charge_box_id": command.identity,
        }
        if self._times is not None:
            self._tell_times(command, self._times, begun_at, ended_at)
        if command.verb == PROXY:
            about["ocpp.action"] = _word(command.event_type)
        is_completed = command.status is CommandStatus.COMPLETED
        code = str(command.status) if command.error is None else _word(command.error.code)
        self._span.end(
            f"command {command.verb}",
            ended_at,
            {**about, "voltyard.command.status": str(command.status)},
            events=self._events,
            failure="" if is_completed else code,
        )

    def _tell_times(
        self,
        command: QueuedCommand,
        times: tuple[Instant, Instant],
        earliest: Instant,
        latest: Instant,
    ) -> None:
        got_at, done_at = within(times, earliest, latest)
        attributes: dict[str, str | int | bool] = {"ocpp.charge_box_id": command.identity}
        if self._worker:
            attributes["voltyard.worker"] = self._worker
            # The end is what was moved where the begin could stay.
            moved_s = max(got_at - times[0], done_at - times[1], key=abs)
            attributes["voltyard.worker.clock_moved_ms"] = round(moved_s * 1_000)
        self._span.begin(got_at).end(f"runtime {command.verb}", done_at, attributes)


def within(
    times: tuple[Instant, Instant], earliest: Instant, latest: Instant
) -> tuple[Instant, Instant]:
    """Begin and end by another clock, moved together by as little as brings them between these two
    moments of ours; cut to them where they are further apart."""
    begun_at, ended_at = times
    took_s = max(0.0, ended_at - begun_at)
    moved = max(earliest, min(begun_at, latest - took_s))
    return moved, min(moved + took_s, latest)


def _word(text: str) -> str:
    return text[:_WORD_CHARACTERS]
