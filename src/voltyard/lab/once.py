"""What is asked with a key is done once; asked again, the first answer is given again."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from msgspec import structs

from voltyard.kernel import limits
from voltyard.kernel.errors import Conflict, Invalid
from voltyard.kernel.time import Instant
from voltyard.lab.answers import Answer, Note, Question
from voltyard.lab.repositories import Answers
from voltyard.ports import Clock

T = TypeVar("T")


class KeyReused(Invalid):
    """The key was sent before, with something else to be done."""

    hint = "send a new key with each new request, and the same one only to repeat it"


class Once:
    """Does what is asked with a key once, and answers the same for limits.ANSWERS_S."""

    def __init__(self, answers: Answers, clock: Clock) -> None:
        self._answers = answers
        self._clock = clock
        self._under_way: dict[tuple[str, str], str] = {}
        """Fingerprints, by organization and key."""

    async def answer(
        self,
        question: Question,
        work: Callable[[Note[T]], Awaitable[T]],
        told: Callable[[T], str],
    ) -> tuple[Answer, bool]:
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
        question: Question,
        now: Instant,
        work: Callable[[Note[T]], Awaitable[T]],
        told: Callable[[T], str],
    ) -> Answer:
        noted: list[tuple[T, Answer]] = []

        def note(made: T) -> Answer:
            answer = Answer(**structs.asdict(question), body=told(made), created_at=now)
            noted.append((made, answer))
            return answer

        made = await work(note)
        if noted and noted[-1][0] is made:
            return noted[-1][1]
        answer = note(made)  # it has come further since, or there was nothing to be kept with
        await self._answers.keep(answer)
        return answer


def _check(question: Question, fingerprint: str) -> None:
    if question.fingerprint != fingerprint:
        raise KeyReused("this key came first with another request")
