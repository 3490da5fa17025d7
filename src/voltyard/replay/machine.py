"""Replay of a recorded conversation: the charger's part of it, as a machine.

It sends what the charger sent, in order and no sooner than it did, one call at a time, and answers
what the CSMS asks as the charger did. What the CSMS answers otherwise than before is a difference.
It opens no link and reads no clock: whoever drives it tells the moment and sends what it returns.
"""

from collections import defaultdict, deque
from typing import Any, Literal, TypeAlias

import msgspec
from msgspec import Struct

from voltyard.kernel import limits
from voltyard.kernel.time import Instant, Seconds
from voltyard.ocpp import frames
from voltyard.replay.recording import Exchange, RecordedAnswer, Recording

DifferenceKind: TypeAlias = Literal["answer", "silence", "unexpected", "missing", "closed"]
"""answer: another one than was recorded. silence: none in time. unexpected: the CSMS asked what it
had not; it was told NotSupported. missing: it did not ask what it is to. closed: the link ended."""

_CAUSED = frozenset({"CertificateSigned"})
"""Actions of the CSMS that come of what a charger asks, so that they are expected of it. Any other
may have been an operator's command, of which the CSMS under replay knows nothing."""

_IGNORED = frozenset({"currentTime"})
"""Of answers: what is never the same twice."""


class Difference(Struct, frozen=True, kw_only=True):
    """A difference between replay and recording."""

    what: DifferenceKind
    action: str
    number: int
    """Of the call, from 1, in the order of its side's calls; 0: of none."""
    recorded: Any = None
    given: Any = None


class Replay:
    """One replay. `received`, `tick` and `opened` return the frames to be sent."""

    def __init__(
        self,
        recording: Recording,
        prefix: str,
        rate: float = 1.0,
        *,
        expects_commands: bool = False,
    ) -> None:
        """Message ids are `prefix`, which must be new to the CSMS, and a number. `rate` is how many
        recorded seconds pass in each real one. With `expects_commands` the CSMS is to ask all that
        it had asked, as one that sends commands by itself does."""
        self._expects_commands = expects_commands
        self._calls = recording.calls
        self._prefix = prefix
        self._rate = rate
        self._first_at = self._calls[0].at
        self._asked: dict[str, deque[tuple[int, Exchange]]] = defaultdict(deque)
        for number, exchange in enumerate(recording.asked, 1):
            self._asked[exchange.action].append((number, exchange))
        self._last_at = max(one.at for one in (*recording.calls, *recording.asked))
        self._began_at: Instant | None = None
        self._next = 0
        self._waiting: tuple[str, Instant] | None = None
        """The id of the call under way, and when it is given up."""
        self._transactions: dict[Any, Any] = {}
        """Recorded ids of transactions, and those given now."""
        self.differences: list[Difference] = []
        self.not_asked: list[Difference] = []
        """Commands that the CSMS had sent, and did not send now: perhaps an operator's."""
        self.answered = 0
        """Calls of ours that had an answer."""
        self.asked = 0
        """Calls of the CSMS."""
        self.finished = False

    @property
    def sent(self) -> int:
        """Calls sent so far."""
        return self._next

    @property
    def lasts_s(self) -> Seconds:
        """The time that it takes where the CSMS answers at once."""
        return max(0.0, self._last_at - self._first_at) / self._rate

    def opened(self, now: Instant) -> list[str]:
        """The link is up: time begins."""
        self._began_at = now
        return self.tick(now)

    def deadline(self) -> Instant | None:
        """The moment at which a tick is due; None while only the CSMS can make something happen."""
        if self.finished or self._began_at is None:
            return None
        if self._waiting is not None:
            return self._waiting[1]
        if self._next < len(self._calls):
            return self._due_at(self._calls[self._next].at)
        return self._end_at()

    def tick(self, now: Instant) -> list[str]:
        """Send what is due, give up what has waited too long, or end."""
        due_at = self.deadline()
        if due_at is None or due_at > now:
            return []
        if self._waiting is not None:
            self._waiting = None
            self._differ("silence", self._next, recorded=self._call.answer)
            return self.tick(now)
        if self._next < len(self._calls):
            return [self._send(now)]
        self._end()
        return []

    def received(self, text: str, now: Instant) -> list[str]:
        """A frame of the CSMS."""
        if self.finished:
            return []
        match frames.read(text):
            case frames.Call(id=id, action=action):
                return [self._answer(id, action), *self.tick(now)]
            case frames.CallResult(id=id, payload=payload):
                return self._heard(id, RecordedAnswer(msgspec.json.decode(payload)), now)
            case frames.CallError(id=id, code=code, description=description):
                return self._heard(id, RecordedAnswer(error=code, description=description), now)
            case _:
                return []

    def closed(self, reason: str) -> None:
        """The link is gone, or never came to be. What was not said by then is not."""
        if not self.finished:
            action = self._calls[min(self._next, len(self._calls) - 1)].action
            difference = Difference(what="closed", action=action, number=0, given=reason)
            self.differences.append(difference)
            self.finished = True

    @property
    def _call(self) -> Exchange:
        """The one sent last."""
        return self._calls[self._next - 1]

    def _due_at(self, recorded: Instant) -> Instant:
        assert self._began_at is not None
        return self._began_at + max(0.0, recorded - self._first_at) / self._rate

    def _end_at(self) -> Instant:
        """The end: where the CSMS has still to ask something, a little after it had asked the
        last."""
        patience_s: Seconds = limits.REPLAY_PATIENCE_S if any(self._asked.values()) else 0.0
        return self._due_at(self._last_at if patience_s else self._first_at) + patience_s

    def _send(self, now: Instant) -> str:
        call = self._calls[self._next]
        self._next += 1
        id = f"{self._prefix}-{self._next}"
        self._waiting = (id, now + limits.CALL_TIMEOUT_S)
        return frames.call(id, call.action, self._substituted(call.payload))

    def _heard(self, id: str, answer: RecordedAnswer, now: Instant) -> list[str]:
        if self._waiting is None or self._waiting[0] != id:
            return []  # late, or to nothing of ours
        self._waiting = None
        self.answered += 1
        recorded = self._call.answer
        if recorded is not None:
            self._learn(recorded.payload, answer.payload)
            if not _same(recorded, answer, self._transactions):
                self._differ("answer", self._next, recorded, answer)
        return self.tick(now)

    def _learn(self, recorded: Any, given: Any) -> None:
        """The number of a 1.6 transaction is the CSMS's to give."""
        if not isinstance(recorded, dict) or not isinstance(given, dict):
            return
        if "transactionId" in recorded and "transactionId" in given:
            self._transactions[recorded["transactionId"]] = given["transactionId"]

    def _answer(self, id: str, action: str) -> str:
        self.asked += 1
        if not self._asked[action]:
            difference = Difference(what="unexpected", action=action, number=self.asked)
            self.differences.append(difference)
            return frames.error(id, "NotSupported", "not in the recording")
        _, exchange = self._asked[action].popleft()
        answer = exchange.answer
        if answer is None:
            return frames.error(id, "GenericError", "not answered in the recording")
        if answer.error is not None:
            return frames.error(id, answer.error, answer.description)
        return frames.result(id, self._substituted(answer.payload))

    def _substituted(self, payload: Any) -> Any:
        """A payload with the ids of transactions that are valid now."""
        if isinstance(payload, list):
            return [self._substituted(one) for one in payload]
        if not isinstance(payload, dict):
            return payload
        return {
            name: self._transactions.get(value, value)
            if name == "transactionId" and isinstance(value, int | str)
            else self._substituted(value)
            for name, value in payload.items()
        }

    def _end(self) -> None:
        missing = sorted((one for left in self._asked.values() for one in left), key=_number)
        for number, exchange in missing:
            is_expected = self._expects_commands or exchange.action in _CAUSED
            (self.differences if is_expected else self.not_asked).append(
                Difference(
                    what="missing",
                    action=exchange.action,
                    number=number,
                    recorded=exchange.payload,
                )
            )
        self.finished = True

    def _differ(
        self,
        what: DifferenceKind,
        number: int,
        recorded: RecordedAnswer | None,
        given: RecordedAnswer | None = None,
    ) -> None:
        action = self._call.action
        self.differences.append(
            Difference(
                what=what,
                action=action,
                number=number,
                recorded=_shown(recorded),
                given=_shown(given),
            )
        )


def _number(one: tuple[int, Exchange]) -> int:
    return one[0]


def _same(recorded: RecordedAnswer, given: RecordedAnswer, transactions: dict[Any, Any]) -> bool:
    """True where an answer says what the recorded one did."""
    if recorded.error is not None or given.error is not None:
        return recorded.error == given.error
    return _alike(recorded.payload, given.payload, transactions)


def _alike(recorded: Any, given: Any, transactions: dict[Any, Any]) -> bool:
    if isinstance(recorded, dict) and isinstance(given, dict):
        names = (recorded.keys() | given.keys()) - _IGNORED
        return all(
            name in recorded
            and name in given
            and (
                transactions.get(recorded[name]) == given[name]
                if name == "transactionId" and isinstance(recorded[name], int | str)
                else _alike(recorded[name], given[name], transactions)
            )
            for name in names
        )
    if isinstance(recorded, list) and isinstance(given, list):
        return len(recorded) == len(given) and all(
            _alike(one, other, transactions) for one, other in zip(recorded, given, strict=True)
        )
    return bool(recorded == given)


def _shown(answer: RecordedAnswer | None) -> Any:
    if answer is None or answer.error is None:
        return None if answer is None else answer.payload
    return {"error": answer.error, "description": answer.description}
