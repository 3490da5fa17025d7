"""CALLs to one charger: one outstanding, the rest queued, none ever sent twice."""

from collections import deque
from collections.abc import Callable
from typing import Any, Literal, TypeAlias

from msgspec import Struct

from voltyard.csms.commands.control import RawCall
from voltyard.csms.commands.parts.command_parts import CommandInParts, in_parts
from voltyard.csms.commands.parts.configuration_reading import (
    KEYS_AT_ONCE,
    max_keys_of,
)
from voltyard.csms.commands.results import (
    BackendCommandResult,
    ConfigurationResult,
    RawCallResult,
)
from voltyard.csms.commands.ticket import CommandTicket
from voltyard.csms.dialect import CsmsDialect, NextNumber, ReportExpected
from voltyard.csms.records import Verdict
from voltyard.csms.requests import ReportPart
from voltyard.csms.session.effects import Effect, FinishCommand, Store, Transmit
from voltyard.csms.session.message_log import MessageLog
from voltyard.kernel import limits
from voltyard.kernel.errors import (
    NoAnswer,
    NotConnected,
    OutcomeUnknown,
    Overfull,
    PeerError,
    VoltyardError,
)
from voltyard.kernel.time import Instant, earliest
from voltyard.ocpp import rpc
from voltyard.ocpp.payload import Payload, Untyped, to_dict
from voltyard.ocpp.rpc import Rpc

OnFinished: TypeAlias = Callable[
    [CommandTicket, BackendCommandResult | VoltyardError, Instant, list[Effect]], None
]


class MessageIds:
    """Message ids that no other connection of any charger has used, since `prefix` is unique
    (OCPP-J 1.6 errata, section 4.1.4)."""

    __slots__ = ("_count", "_prefix", "last")

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._count = 0
        self.last = ""

    def __call__(self) -> str:
        self._count += 1
        self.last = f"{self._prefix}-{self._count}"
        return self.last


class _Report(Struct):
    """A report that comes in parts, for a command."""

    ticket: CommandTicket
    due_at: Instant
    items: list[Any]
    parts: int = 0


class Calls:
    """Sends commands, and gives each its one result through `finish`."""

    __slots__ = (
        "_dialect",
        "_finish",
        "_ids",
        "_log",
        "_most",
        "_number",
        "_outstanding",
        "_reports",
        "_rpc",
        "_waiting",
        "released",
    )

    def __init__(
        self,
        dialect: CsmsDialect,
        rpc: Rpc,
        ids: MessageIds,
        log: MessageLog,
        number: NextNumber,
        finish: OnFinished,
    ) -> None:
        self._dialect = dialect
        self._rpc = rpc
        self._ids = ids
        self._log = log
        self._number = number
        self._finish = finish
        self._waiting: deque[CommandTicket] = deque()
        self._outstanding: CommandTicket | None = None
        self._most: dict[str, int] = {}
        """By the settings that say how many one message may have, so far as they were asked
        for."""
        self._reports: dict[int, _Report] = {}
        """By request id."""
        self.released: frozenset[str] = frozenset()
        """Messages that a charger still pending may send, since it was asked to."""

    def deadline(self) -> Instant | None:
        """The moment at which `expire` has something to do."""
        due_at = self._rpc.due_at
        if not self._reports:
            return due_at
        return earliest(due_at, *(report.due_at for report in self._reports.values()))

    def send(self, ticket: CommandTicket, now: Instant, out: list[Effect]) -> None:
        """Send it once its turn comes. One that never will be sent leaves no trace."""
        if len(self._waiting) >= limits.CHARGER_COMMANDS:
            full = Overfull("too many commands wait for this charger", waiting=len(self._waiting))
            self.unsent(ticket, full, now, out)
            return
        try:
            self.translate(ticket)
        except VoltyardError as error:
            self.unsent(ticket, error, now, out)
            return
        self._waiting.append(ticket)
        self._next(now, out)

    def translate(self, ticket: CommandTicket) -> None:
        """Put the command into the version's words, once. Invalid where it has none for it."""
        if ticket.request is None:
            ticket.request = self._dialect.request(ticket.command, self._number)

    def unsent(
        self, ticket: CommandTicket, error: VoltyardError, now: Instant, out: list[Effect]
    ) -> None:
        """Finish a command that never goes out."""
        if ticket.is_recorded:
            self._finish(ticket, error, now, out)
        else:
            out.append(FinishCommand(ticket, error))

    @property
    def outstanding(self) -> CommandTicket | None:
        """The command that is sent and not answered."""
        return self._outstanding

    @property
    def are_idle(self) -> bool:
        """No command is under way."""
        return self._outstanding is None and not self._waiting and not self._reports

    def withdraw(self, ticket: CommandTicket) -> None:
        """Withdraw a command: it is not sent if it has not been."""
        if ticket in self._waiting:
            self._waiting.remove(ticket)

    def give_up(self, why: VoltyardError, now: Instant, out: list[Effect]) -> None:
        """Give up what waits, which is never sent; what is sent may still be answered."""
        while self._waiting:
            self._finish(self._waiting.popleft(), why, now, out)

    def answered(
        self, event: rpc.ResultReceived, text: str, now: Instant, out: list[Effect]
    ) -> None:
        """A CALLRESULT."""
        ticket: CommandTicket = event.token
        self._outstanding = None
        found = event.violations
        judged: Verdict = "lenient" if found else "valid"
        self._logged(ticket, text, "result", now, out, verdict=judged, violations=found)
        self.released |= self._dialect.released(event.request, event.response)
        try:
            result = self._outcome(ticket, event)
        except Exception as error:
            # A lenient reading lets pass what no dialect can make sense of, an empty result say.
            result = PeerError(
                "the charger's answer makes no sense",
                code=rpc.INVALID_ANSWER,
                description=repr(error),
                payload={},
            )
        if ticket.parts is not None:
            self._read(ticket, ticket.parts, result, now, out)
        elif isinstance(result, ReportExpected):
            # No entry any more: all parts came before the answer.
            report = self._reports.get(result.request_id)
            if report is not None:
                report.due_at = now + ticket.timeout_s
        else:
            self._forget_report(ticket)
            self._finish(ticket, result, now, out)
        self._next(now, out)

    def refused(self, event: rpc.CallRefused, text: str, now: Instant, out: list[Effect]) -> None:
        """A CALLERROR, or an answer that cannot be accepted."""
        ticket: CommandTicket = event.token
        self._outstanding = None
        found, invalid = event.violation, event.violation is not None
        self._logged(
            ticket,
            text,
            "error",
            now,
            out,
            error_code=event.code,
            verdict="refused" if invalid else "valid",
            violations=() if found is None else (found,),
        )
        self._forget_report(ticket)
        if ticket.parts is not None and ticket.parts.asks_for_most:
            self._most[self._most_setting(ticket.parts)] = KEYS_AT_ONCE
            self._go_on(ticket, now, out)
            return
        what = "an answer that breaks its schema" if invalid else f"CALLERROR {event.code}"
        error = PeerError(
            f"the charger answered {event.action} with {what}",
            hint=self._dialect.advice(event.action, event.code),
            code=event.code,
            description=event.description,
            payload=event.details,
        )
        self._finish(ticket, error, now, out)
        self._next(now, out)

    def _read(
        self,
        ticket: CommandTicket,
        parts: CommandInParts,
        result: BackendCommandResult | ReportExpected | VoltyardError,
        now: Instant,
        out: list[Effect],
    ) -> None:
        """The answer to a part of a command, or how many a part may have."""
        if parts.asks_for_most:
            setting, most = self._most_setting(parts), KEYS_AT_ONCE
            if isinstance(result, ConfigurationResult):
                most = max_keys_of(result, setting)
            self._most[setting] = most
            self._go_on(ticket, now, out)
            return
        assert not isinstance(result, ReportExpected)
        whole = result if isinstance(result, VoltyardError) else parts.take(result)
        if whole is None:
            self._go_on(ticket, now, out)
            return
        ticket.sent_at = parts.first_sent_at
        self._finish(ticket, whole, now, out)

    def _go_on(self, ticket: CommandTicket, now: Instant, out: list[Effect]) -> None:
        """Send the next part of a command, before any other."""
        self._waiting.appendleft(ticket)
        self._next(now, out)

    def collect(self, part: ReportPart, now: Instant, out: list[Effect]) -> None:
        """A part of a report; the last one makes the result."""
        report = self._reports.get(part.request_id)
        if report is None:
            return
        report.parts += 1
        report.due_at = now + report.ticket.timeout_s
        report.items.extend(part.items)
        if part.is_last:
            del self._reports[part.request_id]
            result = self._dialect.whole_report(report.ticket.command, tuple(report.items))
            self._finish(report.ticket, result, now, out)
        elif report.parts >= limits.REPORT_PARTS:
            del self._reports[part.request_id]
            self._finish(report.ticket, Overfull("the report has too many parts"), now, out)

    def expire(self, now: Instant, out: list[Effect]) -> None:
        """Give up what is overdue."""
        late = self._rpc.expire(now)
        if late is not None:
            ticket: CommandTicket = late.token
            self._outstanding = None
            self._logged(ticket, None, "timeout", now, out)
            self._forget_report(ticket)
            self._finish(ticket, _no_answer(ticket), now, out)
            self._next(now, out)
        for id, report in list(self._reports.items()):
            if report.due_at <= now:
                del self._reports[id]
                self._finish(report.ticket, _no_answer(report.ticket), now, out)

    def end(self, why: str, now: Instant, out: list[Effect]) -> None:
        """The link is gone: everything fails at once. What was sent may have been acted on."""
        self._rpc.drop()
        sent = {report.ticket.id: report.ticket for report in self._reports.values()}
        self._reports.clear()
        if self._outstanding is not None:
            ticket, self._outstanding = self._outstanding, None
            self._logged(ticket, None, "lost", now, out)
            sent[ticket.id] = ticket
        for ticket in sent.values():
            lost = OutcomeUnknown(f"{why} before its answer came", commandId=ticket.id)
            self._finish(ticket, lost, now, out)
        self.give_up(NotConnected(f"{why} before it was sent"), now, out)

    def _next(self, now: Instant, out: list[Effect]) -> None:
        """Send the first that waits, if none is outstanding."""
        if self._outstanding is not None or not self._waiting:
            return
        ticket = self._waiting.popleft()
        assert ticket.request is not None
        request = ticket.request
        ticket.parts = ticket.parts or in_parts(ticket.command)
        if ticket.parts is not None:
            setting = self._most_setting(ticket.parts)
            part = ticket.parts.next(self._most.get(setting), setting, now)
            request = self._dialect.request(part, self._number)
        text = self._rpc.call(request, now, timeout_s=ticket.timeout_s, token=ticket)
        assert text is not None
        ticket.text, ticket.message_id, ticket.sent_at = text, self._ids.last, now
        self._outstanding = ticket
        report = self._dialect.expected_report(ticket.request)
        if report is not None:
            # Before its answer, for the first part may overtake that.
            self._reports[report] = _Report(ticket, now + 2 * ticket.timeout_s, [])
        out.append(Transmit(text))

    def _outcome(
        self, ticket: CommandTicket, event: rpc.ResultReceived
    ) -> BackendCommandResult | ReportExpected | VoltyardError:
        command = ticket.command if ticket.parts is None else ticket.parts.sent
        if not isinstance(command, RawCall):
            return self._dialect.outcome(command, event.request, event.response)
        return RawCallResult(
            action=command.action,
            payload=_content(event.response),
            latency_ms=round(event.latency_s * 1000, 3),
        )

    def _most_setting(self, parts: CommandInParts) -> str:
        return parts.most_setting or self._dialect.max_keys_setting

    def _forget_report(self, ticket: CommandTicket) -> None:
        assert ticket.request is not None
        due = self._dialect.expected_report(ticket.request)
        if due is not None:
            self._reports.pop(due, None)

    def _logged(
        self,
        ticket: CommandTicket,
        response: str | None,
        outcome: Literal["result", "error", "timeout", "lost"],
        now: Instant,
        out: list[Effect],
        **found: Any,
    ) -> None:
        request = ticket.request
        assert request is not None
        if isinstance(request, Untyped):
            action = request.action
        else:
            action = self._dialect.version.action_of(type(request)).name
        record = self._log.outgoing(
            ticket, action=action, response=response, outcome=outcome, now=now, **found
        )
        if ticket.span is not None:
            ticket.span.called(record, outcome, now)
        out.append(Store((record,)))


def _no_answer(ticket: CommandTicket) -> NoAnswer:
    return NoAnswer(
        f"no answer within {ticket.timeout_s:g} s",
        hint="the charger is connected; it may still act on the command",
    )


def _content(response: Payload) -> dict[str, Any]:
    """A CALLRESULT's payload as plain JSON."""
    if isinstance(response, Untyped):
        content = response.content
        return content if isinstance(content, dict) else {"content": content}
    return to_dict(response)
