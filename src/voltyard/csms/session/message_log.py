"""The message log: every CALL with its answer, and the frames that belong to none."""

from collections.abc import Iterable
from typing import Literal

from msgspec.structs import replace

from voltyard.csms.commands.ticket import CommandTicket
from voltyard.csms.records import MessageLogged, Verdict
from voltyard.csms.registry import RegisteredCharger
from voltyard.csms.session.call_counts import UNKNOWN_ACTION, CallCounts
from voltyard.kernel import limits
from voltyard.kernel.masked_text import masked_text
from voltyard.kernel.time import Instant
from voltyard.ocpp.secrets import masked
from voltyard.ocpp.versions import Version
from voltyard.ocpp.violations import Violation


class MessageLog:
    """Makes the log's records of one session. `prefix` is unique among sessions."""

    __slots__ = ("_actions", "_blank", "_count", "_prefix", "_tally")

    def __init__(
        self, charger: RegisteredCharger, version: Version, prefix: str, call_counts: CallCounts
    ) -> None:
        self._prefix = prefix
        self._count = 0
        self._tally = call_counts
        self._actions = version.actions
        # All that stays the same. To fill in the rest is several times faster than to name every
        # field each time: a call of more than 15 keywords goes by way of a dictionary.
        self._blank = MessageLogged(
            id="",
            organization_id=charger.row.organization_id,
            charger_id=charger.row.id,
            charge_box_id=charger.row.charge_box_id,
            version=version.name,
            direction="incoming",
            at=0.0,
            message_id=None,
            action=None,
            request=None,
            outcome="none",
        )

    def incoming(
        self,
        *,
        at: Instant,
        request: str,
        message_id: str | None,
        action: str | None,
        response: str | None,
        answered_at: Instant | None,
        outcome: Literal["result", "error", "lost", "none"],
        error_code: str | None = None,
        violations: Iterable[Violation] = (),
    ) -> MessageLogged:
        """A charger's CALL, or a frame of it that could not be read as one."""
        self._count += 1
        record = replace(
            self._blank,
            id=f"msg_{self._prefix}{self._count}",
            at=at,
            message_id=message_id,
            action=action,
            request=_cut(request),
            response=None if response is None else _cut(response),
            answered_at=answered_at,
            latency_ms=None if answered_at is None else round((answered_at - at) * 1000, 3),
            outcome=outcome,
            error_code=error_code,
        )
        if answered_at is not None:
            self._tally.answers.add(answered_at - at)
        if not violations:
            self._tell("incoming", action, outcome, "valid")
            return record
        judged: Verdict = "lenient" if error_code is None else "refused"
        self._tell("incoming", action, outcome, judged)
        return replace(record, verdict=judged, violations=violation_texts(violations))

    def stray(self, *, at: Instant, text: str, message_id: str | None, why: str) -> MessageLogged:
        """An answer to nothing."""
        self._count += 1
        self._tell("incoming", None, "none", "refused")
        return replace(
            self._blank,
            id=f"msg_{self._prefix}{self._count}",
            at=at,
            message_id=message_id,
            action=None,
            request=None,
            response=_cut(text),
            outcome="none",
            verdict="refused",
            violations=(f"stray $: {why}",),
        )

    def outgoing(
        self,
        ticket: CommandTicket,
        *,
        action: str,
        response: str | None,
        outcome: Literal["result", "error", "timeout", "lost"],
        now: Instant,
        error_code: str | None = None,
        verdict: Verdict = "valid",
        violations: Iterable[Violation] = (),
    ) -> MessageLogged:
        """A CALL of ours; the verdict is on its answer."""
        assert ticket.sent_at is not None
        self._count += 1
        self._tell("outgoing", action, outcome, verdict)
        if response is not None:
            self._tally.charger_answers.add(now - ticket.sent_at)
        return replace(
            self._blank,
            id=f"msg_{self._prefix}{self._count}",
            direction="outgoing",
            at=ticket.sent_at,
            message_id=ticket.message_id,
            action=action,
            request=_cut(ticket.text or ""),
            response=None if response is None else _cut(response),
            answered_at=None if response is None else now,
            latency_ms=None if response is None else round((now - ticket.sent_at) * 1000, 3),
            outcome=outcome,
            error_code=error_code,
            verdict=verdict,
            violations=violation_texts(violations),
        )

    def _tell(self, direction: str, action: str | None, outcome: str, verdict: str) -> None:
        # Whatever a peer calls an action must not become a series of its own.
        known = action if action is not None and action in self._actions else UNKNOWN_ACTION
        self._tally.count(direction, known, outcome, verdict)


def violation_texts(violations: Iterable[Violation]) -> tuple[str, ...]:
    """Violations as the log writes them."""
    return tuple([masked_text(f"{one.kind.value} {one.path}: {one.message}") for one in violations])


def _cut(text: str) -> str:
    most = limits.LOGGED_FRAME_CHARS  # what is cut away need not be looked through
    return masked(text, most)[:most]


def missing_messages(last: MessageLogged, count: int) -> MessageLogged:
    """The log's word that so many messages are missing, of which that is the last."""
    return replace(
        last,
        message_id=None,
        action=None,
        request=None,
        response=None,
        answered_at=None,
        latency_ms=None,
        outcome="missing",
        error_code=None,
        verdict="valid",
        violations=(f"{count} messages are missing here: the database did not keep up",),
        missing=count,
    )
