"""Outcomes of commands after their answers: firmware, log, reset, triggered message.

A job is a command's row of which something is awaited. It is told by request id where the charger
names one; 1.6 has none for UpdateFirmware and GetDiagnostics, so that of several the latest is
meant, and those before it are given up as superseded. Jobs outlive links and restarts.
"""

from collections.abc import Callable, Iterable, Mapping
from heapq import heapify, heappop, heappush
from typing import Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from voltyard.csms.commands.command_span import CommandSpan
from voltyard.csms.commands.expected_outcomes import ExpectedOutcome, ObservedCall
from voltyard.csms.commands.ticket import CommandTicket
from voltyard.csms.events import CommandSettled
from voltyard.csms.records import Awaited, CommandStored
from voltyard.kernel import limits
from voltyard.kernel.time import Instant, Seconds

_FINAL: Final[Mapping[str, Mapping[str, bool]]] = {
    "firmware": {
        "Installed": True,
        "DownloadFailed": False,
        "InstallationFailed": False,
        "InstallVerificationFailed": False,
        "InvalidSignature": False,
    },
    "publication": {
        "Published": True,
        "DownloadFailed": False,
        "InvalidChecksum": False,
        "PublishFailed": False,
    },
    "log": {
        "Uploaded": True,
        "UploadFailed": False,
        "UploadFailure": False,
        "BadMessage": False,
        "NotSupportedOperation": False,
        "PermissionDenied": False,
        "AcceptedCanceled": False,
    },
}
"""The last words of each version, and whether they are good ones."""

_PATIENCE: Final[Mapping[Awaited, Seconds]] = {
    "firmware": limits.FIRMWARE_OUTCOME_S,
    "publication": limits.FIRMWARE_OUTCOME_S,
    "log": limits.LOG_OUTCOME_S,
    "reset": limits.RESET_OUTCOME_S,
    "message": limits.MESSAGE_OUTCOME_S,
}

_AWAY: Final = "Unavailable"
"""Status of an EVSE while it is reset."""

_BEGUN: Final = frozenset({"accepted", "acceptedCanceled", "scheduled", "answered"})
"""Answers after which something comes. `answered`: those that 1.6 leaves empty."""

_GOES_ALL_THE_SAME: Final = frozenset({"lost", "timeout"})
"""A charger that resets may be gone before its answer."""


RESTARTED: Final = "the server restarted before it came"
MOVED: Final = "its link moved to another server before it came"
"""True of a charger that was released in good order, and of one whose process died."""


class _AwaitedOutcome(Struct, eq=False):
    """A command of which something is awaited."""

    row: CommandStored
    expected_outcome: ExpectedOutcome
    span: CommandSpan | None = None
    untriggered: int = 0
    """message: how many of the kind came meanwhile that were not triggered."""


class OutcomeUpdate(Struct, frozen=True):
    """Rows to be written, and events to be told."""

    rows: tuple[CommandStored, ...] = ()
    events: tuple[CommandSettled, ...] = ()

    def __add__(self, other: "OutcomeUpdate") -> "OutcomeUpdate":
        return OutcomeUpdate(self.rows + other.rows, self.events + other.events)


NO_UPDATE: Final = OutcomeUpdate()


class OutcomeTracker:
    """Tracks the outcomes that are awaited, by charger."""

    def __init__(self, moved: Callable[[Instant | None], None]) -> None:
        """`moved` is told when `expire` has something to do next, whenever that changes."""
        self._moved = moved
        self._by_charger: dict[str, dict[str, _AwaitedOutcome]] = {}
        """By charger, then by command id, in the order they were sent."""
        self._due: list[tuple[Instant, str, str]] = []
        """(moment, charger id, command id), a heap; moments of a job that moved are looked at
        again."""

    def load(
        self, rows: Iterable[CommandStored], now: Instant, cause: str = RESTARTED
    ) -> tuple[CommandStored, ...]:
        """Take over what storage holds, all of it or that of some chargers; the rows of those that
        ended with the link before, for that cause."""
        ended = []
        for row in rows:
            if row.status == "queued":
                ended.append(replace(row, status="lost", error_code="interrupted", due_at=None))
            elif row.awaits is None or row.awaits == "message":
                ended.append(_final(row, cause, None, now))
            else:
                expected_outcome = ExpectedOutcome(
                    kind=row.awaits, request_id=row.request_id, evse_id=_evse_reset(row)
                )
                self._keep(_AwaitedOutcome(row, expected_outcome))
        self._tell()
        return tuple(ended)

    def forget(self, charger_id: str) -> None:
        """Forget what is awaited of a charger that has left."""
        self._by_charger.pop(charger_id, None)
        self._tell()

    def awaits(self, charger_id: str) -> bool:
        """True where something is awaited of that charger."""
        return charger_id in self._by_charger

    def begun(
        self,
        row: CommandStored,
        expected_outcome: ExpectedOutcome | None,
        ticket: CommandTicket,
        now: Instant,
    ) -> OutcomeUpdate:
        """A command has its answer: its row, as it is to be written, with those it puts an end to.
        What it asked for may have come before that: the ticket tells."""
        if expected_outcome is None or ticket.sent_at is None:
            return OutcomeUpdate((row,))
        status = row.status[:1].lower() + row.status[1:]
        if status not in _BEGUN and not (
            expected_outcome.kind == "reset" and status in _GOES_ALL_THE_SAME
        ):
            return OutcomeUpdate((row,))
        row = replace(row, awaits=expected_outcome.kind, request_id=expected_outcome.request_id)
        if ticket.heard_at is not None:
            came = _came(ticket.heard_at - ticket.sent_at)
            return _settled(row, came, True, now, ticket.span)
        told = self._displaced(row, expected_outcome, status, now)
        if ticket.last_status is not None:
            row = replace(row, outcome=ticket.last_status)
            succeeded = _FINAL[expected_outcome.kind].get(ticket.last_status)
            if succeeded is not None:
                return told + _settled(row, ticket.last_status, succeeded, now, ticket.span)
        patience_s = _PATIENCE[expected_outcome.kind]
        if expected_outcome.kind == "reset" and status == "scheduled":
            patience_s = limits.SCHEDULED_RESET_S
        due_at = max(now, expected_outcome.begins_at or now) + patience_s
        row = replace(row, due_at=due_at)
        self._keep(_AwaitedOutcome(row, expected_outcome, ticket.span))
        self._tell()
        return told + OutcomeUpdate((row,))

    def progressed(
        self, charger_id: str, kind: Awaited, request_id: int | None, status: str, now: Instant
    ) -> OutcomeUpdate:
        """A status notification. Idle tells of nothing (it is sent when triggered)."""
        job = self._meant(charger_id, kind, request_id)
        if job is None or status == "Idle":
            return NO_UPDATE
        succeeded = _FINAL[kind].get(status)
        if succeeded is not None:
            return self._end(job, status, succeeded, now)
        job.row = replace(job.row, outcome=status, due_at=now + _PATIENCE[kind])
        return OutcomeUpdate((job.row,))

    def booted(self, charger_id: str, reason: str | None, now: Instant) -> OutcomeUpdate:
        """Take a boot as the outcome of whatever reset was asked for. A BootNotification that was
        triggered (2.x says so) tells of no restart."""
        told = NO_UPDATE
        if reason == "Triggered":
            return told
        for job in self._of(charger_id, "reset"):
            told += self._end(job, _back(job.row, now), True, now)
        return told

    def evse_status(
        self, charger_id: str, evse_id: int, status: str, now: Instant
    ) -> OutcomeUpdate:
        """Take the status of a connector as the outcome of a reset of its EVSE, which is
        Unavailable and then back (2.0.1 B11.FR.08): the charger does not boot for it."""
        told = NO_UPDATE
        for job in self._of(charger_id, "reset"):
            if job.expected_outcome.evse_id != evse_id:
                continue
            if status == _AWAY:
                job.row = replace(job.row, outcome=_AWAY)
                told += OutcomeUpdate((job.row,))
            elif job.row.outcome == _AWAY:
                told += self._end(job, _back(job.row, now), True, now)
        return told

    def heard(self, charger_id: str, message: ObservedCall, now: Instant) -> OutcomeUpdate:
        """Take a CALL as the outcome it may be. Of those that can say whether they were triggered,
        only one that does is what was asked for; of the others the first is, for nothing tells them
        apart."""
        told = NO_UPDATE
        for job in self._of(charger_id, "message"):
            if not message.is_meant(job.expected_outcome):
                continue
            if message.says_triggered is False:
                job.untriggered += 1
            else:
                row = job.row
                sent_at = row.asked_at
                if row.answered_at is not None and row.latency_ms is not None:
                    sent_at = row.answered_at - row.latency_ms / 1000
                told += self._end(job, _came(now - sent_at), True, now)
        return told

    def uploaded(self, charger_id: str, command_id: str, file_id: str) -> CommandStored | None:
        """A file came for that command; its row, where the command is still awaited."""
        job = self._by_charger.get(charger_id, {}).get(command_id)
        if job is None:
            return None
        job.row = replace(job.row, file_id=file_id)
        return job.row

    def expire(
        self,
        now: Instant,
        is_online: Callable[[str], bool],
        is_leaving: Callable[[str], bool] = lambda charger_id: False,
    ) -> OutcomeUpdate:
        """Give up what is overdue, but for what is awaited of chargers that are about to leave:
        whoever has them next does."""
        told = NO_UPDATE
        later: list[tuple[Instant, str, str]] = []
        while self._due and self._due[0][0] <= now:
            _, charger_id, command_id = heappop(self._due)
            job = self._by_charger.get(charger_id, {}).get(command_id)
            if job is None or job.row.due_at is None:
                continue
            if job.row.due_at > now:
                heappush(self._due, (job.row.due_at, charger_id, command_id))
                continue
            if is_leaving(charger_id):
                later.append((now + limits.LEAVING_LOOK_S, charger_id, command_id))
                continue
            outcome, succeeded = _overdue(job, is_online(charger_id), now)
            told += self._end(job, outcome, succeeded, now)
        for entry in later:
            heappush(self._due, entry)
        self._tell()
        return told

    def _meant(
        self, charger_id: str, kind: Awaited, request_id: int | None
    ) -> _AwaitedOutcome | None:
        jobs = self._of(charger_id, kind)
        exact = [job for job in jobs if job.expected_outcome.request_id == request_id]
        if exact:
            return exact[-1]
        # A notification without an id, from a charger that was given one: the latest, most likely.
        return jobs[-1] if jobs and request_id is None else None

    def _displaced(
        self, row: CommandStored, expected_outcome: ExpectedOutcome, status: str, now: Instant
    ) -> OutcomeUpdate:
        """The outcomes that come to their end because this one begins."""
        told = NO_UPDATE
        for job in self._of(row.charger_id, expected_outcome.kind):
            if expected_outcome.kind == "message" or expected_outcome.kind == "reset":
                continue
            if status == "acceptedCanceled":
                told += self._end(job, f"canceled for {row.id}", False, now)
            elif expected_outcome.request_id is None and job.expected_outcome.request_id is None:
                told += self._end(job, f"superseded by {row.id}", None, now)
        own = self._by_charger.get(row.charger_id, {})
        if len(own) >= limits.AWAITED_OUTCOMES:
            told += self._end(next(iter(own.values())), "too much is awaited", None, now)
        return told

    def _of(self, charger_id: str, kind: Awaited) -> list[_AwaitedOutcome]:
        own = self._by_charger.get(charger_id)
        return [job for job in own.values() if job.expected_outcome.kind == kind] if own else []

    def _keep(self, job: _AwaitedOutcome) -> None:
        row = job.row
        assert row.due_at is not None
        self._by_charger.setdefault(row.charger_id, {})[row.id] = job
        heappush(self._due, (row.due_at, row.charger_id, row.id))
        self._sift_if_many()

    def _end(
        self, job: _AwaitedOutcome, outcome: str, succeeded: bool | None, now: Instant
    ) -> OutcomeUpdate:
        row = job.row
        own = self._by_charger[row.charger_id]
        del own[row.id]
        if not own:
            del self._by_charger[row.charger_id]
        self._sift_if_many()
        return _settled(row, outcome, succeeded, now, job.span)

    def _sift_if_many(self) -> None:
        """Let go of the moments of what has ended, or gone."""
        if len(self._due) <= 2 * limits.AWAITED_OUTCOMES * (1 + len(self._by_charger)):
            return
        jobs = [job for own in self._by_charger.values() for job in own.values()]
        self._due = [(job.row.due_at or 0.0, job.row.charger_id, job.row.id) for job in jobs]
        heapify(self._due)

    def _tell(self) -> None:
        self._moved(self._due[0][0] if self._due else None)


def _came(after_s: Seconds) -> str:
    return f"came after {after_s * 1000:.0f} ms"


def _back(row: CommandStored, now: Instant) -> str:
    return f"back after {now - (row.answered_at or row.asked_at):.1f} s"


def _evse_reset(row: CommandStored) -> int | None:
    """The EVSE whose reset that command asked for."""
    if row.awaits != "reset":
        return None
    request = msgspec.json.decode(row.request)
    evse_id = request.get("evse_id") or (request.get("payload") or {}).get("evseId")
    return evse_id if isinstance(evse_id, int) else None


def _overdue(job: _AwaitedOutcome, is_online: bool, now: Instant) -> tuple[str, bool | None]:
    row = job.row
    after_s = now - (row.answered_at or row.asked_at)
    match row.awaits:
        case "reset" if job.expected_outcome.evse_id is not None and row.outcome is None:
            return f"nothing was heard of the EVSE within {after_s:.0f} s", None
        case "reset" if job.expected_outcome.evse_id is not None:
            return f"the EVSE did not come back within {after_s:.0f} s", False
        case "reset" if is_online:
            return f"is connected and did not boot within {after_s:.0f} s", False
        case "reset":
            return f"did not come back within {after_s:.0f} s", False
        case "message" if job.untriggered:
            others = f"; {job.untriggered} came that were not triggered"
            return f"did not come within {after_s:.0f} s{others}", False
        case "message":
            return f"did not come within {after_s:.0f} s", False
        case "log" if row.file_id is not None:
            return "Uploaded", True
        case _:
            last = "nothing was heard" if row.outcome is None else f"{row.outcome}, then nothing"
            return f"{last} within {after_s:.0f} s", None


def _final(row: CommandStored, outcome: str, succeeded: bool | None, now: Instant) -> CommandStored:
    return replace(row, outcome=outcome, outcome_at=now, succeeded=succeeded, due_at=None)


def _settled(
    row: CommandStored,
    outcome: str,
    succeeded: bool | None,
    now: Instant,
    span: CommandSpan | None,
) -> OutcomeUpdate:
    row = _final(row, outcome, succeeded, now)
    if span is not None:
        span.settled(row, now)
    event = CommandSettled(
        organization_id=row.organization_id,
        charger_id=row.charger_id,
        charge_box_id=row.charge_box_id,
        at=now,
        command_id=row.id,
        command=row.command,
        status=row.status,
        outcome=outcome,
        succeeded=succeeded,
    )
    return OutcomeUpdate((row,), (event,))
