"""Idempotency of requests with a key: done once, and answered the same when repeated."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from msgspec import structs

from voltyard.kernel import limits
from voltyard.kernel.errors import Conflict, Invalid
from voltyard.kernel.time import Instant
from voltyard.ports.clock import Clock
from voltyard.yard.keyed_answers import AnswerNote, KeyedAnswer, KeyedRequest
from voltyard.yard.repositories import AnswerRepository

T = TypeVar("T")


class KeyReused(Invalid):
    """An idempotency key that was sent before with another request."""

    hint = "send a new key with each new request, and the same one only to repeat it"


class Idempotency:
    """Carries out a request with a key once, and repeats its answer for limits.ANSWERS_S."""

    def __init__(self, answers: AnswerRepository, clock: Clock) -> None:
        self._answers = answers
        self._clock = clock
        self._under_way: dict[tuple[str, str], str] = {}
        """Fingerprints, by organization and key."""

    async def answer(
        self,
        question: KeyedRequest,
        work: Callable[[AnswerNote[T]], Awaitable[T]],
        told: Callable[[T], str],
    ) -> tuple[KeyedAnswer, bool]:
        """The answer, and whether it was given before. `work` makes something, and keeps the note
        of it in the same commit; `told` is the answer's body. KeyReused where the key came with
        another request, Conflict while that one is being done."""
        place = (question.organization_id, question.key)
        if place in self._under_way:
            _check(question, self._under_way[place])
            raise Conflict(
                "the request that came first with this key is still being done",
                hint="ask again in a moment",
            )
        self._under_way[place] = question.fingerprint
        try:
            now = self._clock()
            kept = await self._answers.find(*place, since=now - limits.ANSWERS_S)
            if kept is None:
                return await self._first(question, now, work, told), False
            _check(question, kept.fingerprint)
            return kept, True
        finally:
            del self._under_way[place]

    async def prune(self) -> None:
        """Forget the answers that are too old or too many."""
        oldest = self._clock() - limits.ANSWERS_S
        await self._answers.prune(oldest, limits.ANSWERS, limits.ANSWERS_CHARS)

    async def _first(
        self,
        question: KeyedRequest,
        now: Instant,
        work: Callable[[AnswerNote[T]], Awaitable[T]],
        told: Callable[[T], str],
    ) -> KeyedAnswer:
        noted: list[tuple[T, KeyedAnswer]] = []

        def note(made: T) -> KeyedAnswer:
            answer = KeyedAnswer(**structs.asdict(question), body=told(made), created_at=now)
            noted.append((made, answer))
            return answer

        made = await work(note)
        if noted and noted[-1][0] is made:
            return noted[-1][1]
        answer = note(made)  # it has come further since, or there was nothing to be kept with
        await self._answers.keep(answer)
        return answer


def _check(question: KeyedRequest, fingerprint: str) -> None:
    if question.fingerprint != fingerprint:
        raise KeyReused("this key came first with another request")
