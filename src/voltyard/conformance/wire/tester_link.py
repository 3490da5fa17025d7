"""The tester's end of one link: its calls, its answers, and the judging of what comes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from voltyard.conformance.wire.endings import CaseEnded, Inconclusive
from voltyard.conformance.wire.inbox import Inbox
from voltyard.conformance.wire.message import ReceivedMessage
from voltyard.conformance.wire.record import Record
from voltyard.kernel import ids
from voltyard.kernel.time import Seconds
from voltyard.ocpp import frames
from voltyard.ocpp.frames import Call, CallError, CallResult, Unreadable
from voltyard.ocpp.versions import Decoded, Version
from voltyard.ocpp.violations import Violation, in_words
from voltyard.ports.links import Link

Payload: TypeAlias = dict[str, Any]

_SHOWN_CHARACTERS: Final = 500
_IDENTITY_CHARACTERS: Final = 16
_ID_CHARACTERS: Final = 8


@dataclass(frozen=True)
class GivenError:
    """A CALLERROR: given instead of an answer, or received."""

    code: str
    description: str = ""
    frame: int = -1


SILENCE: Final = GivenError("", "no answer is given")
"""Give no answer at all."""

Answer: TypeAlias = Payload | GivenError | Callable[[ReceivedMessage], Payload | GivenError]
"""The answer to a CALL of the subject."""


class TesterLink:
    """One end of a link in a case; LinkUser of the link's own port.

    What the subject sends is recorded, and held to the schemas of the version: the first violation
    ends the case. `answers` says what each action is answered with; actions without an entry get
    CALLERROR NotImplemented.
    """

    def __init__(
        self,
        record: Record,
        version: Version,
        identity: str,
        *,
        is_charger: bool,
        patience_s: Seconds,
        answers: Mapping[str, Answer],
        inbox: Inbox | None = None,
    ) -> None:
        """`inbox` is shared by the links of one charger under test, which comes and goes."""
        self.record = record
        self.version = version
        self.identity = identity
        self.is_charger = is_charger
        self.patience_s = patience_s
        self.answers: dict[str, Answer] = dict(answers)
        self.judges_schemas = True
        self.link: Link | None = None
        self.ended: str | None = None
        """The close code and reason, once the link is gone."""
        self.inbox = inbox or Inbox(record, patience_s)
        self._results: dict[str, ReceivedMessage | GivenError] = {}
        self._open: dict[str, str] = {}
        self._overdue: frozenset[str] = frozenset()
        # Ids are not used twice for one charger, on whatever link (OCPP-J 1.6, errata).
        self._ids = f"{identity[:_IDENTITY_CHARACTERS]}-{ids.token(ids.SYSTEM, _ID_CHARACTERS)}"
        self._numbers = 0
        self._turn = asyncio.Lock()

    def follow(self, before: TesterLink) -> None:
        """Take the place of another end on the same link: late answers to its calls are dropped."""
        self._overdue = before._overdue.union(before._open)

    @property
    def is_open(self) -> bool:
        """True from the handshake until the link's end."""
        return self.link is not None and self.ended is None

    # --- the link's port --------------------------------------------------------------------------

    def opened(self, link: Link) -> None:
        self.link = link
        self.record.frame(self.identity, self.is_charger, note=f"opened {link.subprotocol or ''}")

    def closed(self, code: int, reason: str) -> None:
        self.ended = f"closed {code} {reason}".rstrip()
        self.record.frame(self.identity, self.is_charger, note=self.ended)

    def received(self, text: str) -> None:
        number = self.record.frame(self.identity, not self.is_charger, text)
        match frames.read(text):
            case Call() as call:
                self._called(call, number)
            case CallResult(id=id, payload=payload):
                self._answered(id, payload, number)
            case CallError(id=id, code=code, description=description):
                self._open.pop(id, None)
                self._results[id] = GivenError(code, description, number)
            case Unreadable(violation=violation):
                self._blame(violation, "a frame of OCPP-J", text, number)
        self.record.changed()

    # --- what the tester says ---------------------------------------------------------------------

    async def call(self, action: str, payload: Payload | None = None) -> ReceivedMessage:
        """Send a CALL; the answer's payload. A CALLERROR, a wrong answer or none fails the case."""
        answer = await self.try_call(action, payload)
        if isinstance(answer, GivenError):
            raise self.record.broken(
                f"an answer to {action}",
                f"CALLERROR {answer.code}: {answer.description}",
                frame=answer.frame,
            )
        return answer

    async def try_call(
        self, action: str, payload: Payload | None = None
    ) -> ReceivedMessage | GivenError:
        """Send a CALL; its answer or the CALLERROR. None in time fails the case."""
        id = self.new_id()
        return await self.try_text(id, action, frames.call(id, action, payload or {}))

    async def try_text(self, id: str, action: str, text: str) -> ReceivedMessage | GivenError:
        """Send a text that should be taken for a CALL of that action with that id; what it is
        answered with. None in time fails the case."""
        async with self._turn:
            return (await self.burst({id: (action, text)}))[0]

    async def burst(
        self, calls: Mapping[str, tuple[str, str]]
    ) -> list[ReceivedMessage | GivenError]:
        """Send texts of CALLs, by their ids with their actions, one behind the other; what each is
        answered with. The case fails where one of them has no answer in time."""
        for id, (action, text) in calls.items():
            self._open[id] = action
            self.send(text)
        actions = " and ".join(dict.fromkeys(action for action, _ in calls.values()))
        words = f"an answer to {actions}" if len(calls) == 1 else f"{len(calls)} answers"
        await self.inbox.awaits(words, lambda: calls.keys() <= self._results.keys(), self._gone)
        return [self._results.pop(id) for id in calls]

    def new_id(self) -> str:
        """A message id that this link has not used yet."""
        self._numbers += 1
        return f"{self._ids}-{self._numbers}"

    def send(self, text: str) -> None:
        """Send any text as a frame."""
        if self.link is None or self.ended:
            raise Inconclusive(f"the link to send on is gone: {self.ended or 'never opened'}")
        self.record.frame(self.identity, self.is_charger, text)
        self.link.send(text)

    # --- what it awaits ---------------------------------------------------------------------------

    async def receive(self, action: str, expected: Payload | None = None) -> ReceivedMessage:
        """The next CALL of that action with those fields (see `Inbox.receive`), on this link."""
        return await self.inbox.receive(action, expected, self._gone)

    def _gone(self) -> str | None:
        return self.ended

    async def until(self, holds: Callable[[], object]) -> None:
        """Wait until that holds. A violation by the subject ends the case meanwhile, and so does
        the end of the link, unless the end is what holds."""
        await self.inbox.until(holds, self._gone)

    async def until_closed(self) -> str:
        """Wait for the subject to end the link; its close code and reason."""
        await self.inbox.awaits("the end of the link", lambda: self.ended is not None)
        return self.ended or ""

    def close(self) -> None:
        """Close the link, where it is open."""
        if self.link is not None and self.ended is None:
            self.link.close()

    def abort(self) -> None:
        """Cut the link without a close frame."""
        if self.link is not None and self.ended is None:
            self.link.abort()

    # --- what comes -------------------------------------------------------------------------------

    def _called(self, call: Call, number: int) -> None:
        payload = bytes(frames.object_of(call.payload))
        message = ReceivedMessage(
            call.action, _object(payload), self.record, number, message_id=call.id
        )
        self.inbox.calls.append(message)
        decoded = self.version.decode_request(call.action, payload) if self.judges_schemas else None
        if isinstance(decoded, Violation):
            self._blame(decoded, f"{call.action} as its schema has it", call.action, number)
            if self.ended is None:
                self.send(frames.error(call.id, "GenericError", in_words(decoded)))
            return
        self.reply(message)

    def reply(self, message: ReceivedMessage) -> None:
        """Answer a CALL as `answers` has it."""
        answer = self.answers.get(message.action, GivenError("NotImplemented"))
        if callable(answer):
            try:
                answer = answer(message)
            except CaseEnded as trouble:
                self.inbox.blame(trouble)
                return
        if answer is SILENCE or self.ended is not None:
            return
        if isinstance(answer, GivenError):
            self.send(frames.error(message.message_id, answer.code, answer.description))
        else:
            self.send(frames.result(message.message_id, answer))

    def _answered(self, id: str, payload: Any, number: int) -> None:
        action = self._open.pop(id, None)
        if action is None:
            if id in self._overdue:
                return
            self.inbox.blame(
                self.record.broken(
                    "an answer to a CALL that was made", f"message id {id[:50]!r}", frame=number
                )
            )
            return
        raw = bytes(frames.object_of(payload))
        if self.judges_schemas:
            decoded = self.version.decode_response(action, raw)
            if not isinstance(decoded, Decoded):
                self._blame(decoded, f"the answer to {action} as its schema has it", action, number)
        self._results[id] = ReceivedMessage(
            action, _object(raw), self.record, number, "CALLRESULT", id
        )

    def _blame(self, violation: Violation, expected: str, came: str, number: int) -> None:
        self.inbox.blame(
            self.record.broken(
                expected,
                f"{came[:_SHOWN_CHARACTERS]}: {in_words(violation)}",
                rule=f"OCPP {self.version.name}, schemas ({violation.kind.value})",
                frame=number,
            )
        )


def _object(raw: bytes) -> Payload:
    found = json.loads(raw)
    return found if isinstance(found, dict) else {}
