"""The inbox of a case: the subject's CALLs in their order, over however many links."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from voltyard.conformance.wire.endings import CaseEnded
from voltyard.conformance.wire.message import ReceivedMessage
from voltyard.conformance.wire.record import Record
from voltyard.kernel.time import Seconds

_SHOWN_CHARACTERS: Final = 500


def _stays() -> str | None:
    return None


class Inbox:
    """CALLs that came, of which a case has read up to some place."""

    def __init__(self, record: Record, patience_s: Seconds) -> None:
        """`patience_s` bounds each wait."""
        self.calls: list[ReceivedMessage] = []
        """Every CALL, in order."""
        self._record = record
        self._patience_s = patience_s
        self._read = 0
        self._limits: set[asyncio.Timeout] = set()
        self._is_patient = False
        self._trouble: CaseEnded | None = None

    async def receive(
        self,
        action: str,
        expected: dict[str, Any] | None = None,
        gone: Callable[[], str | None] = _stays,
    ) -> ReceivedMessage:
        """The next CALL of that action with those fields (see `ReceivedMessage.expect`). Those
        before it are passed over. None in time fails the case, and so does what `gone` says."""
        words = action if not expected else f"{action} with {_words(expected)}"
        return await self.receive_one(
            words, lambda one: one.action == action and one.fits(expected or {}), gone
        )

    async def receive_one(
        self,
        words: str,
        is_it: Callable[[ReceivedMessage], bool],
        gone: Callable[[], str | None] = _stays,
    ) -> ReceivedMessage:
        """The next CALL for which that holds, likewise; `words` is how a report calls it."""
        found: list[tuple[int, ReceivedMessage]] = []

        def came() -> bool:
            found[:] = [
                (number, one)
                for number, one in enumerate(self.calls[self._read :], self._read + 1)
                if is_it(one)
            ][:1]
            return bool(found)

        await self.awaits(words, came, gone)
        self._read = found[0][0]
        return found[0][1]

    def skip(self) -> None:
        """Pass over the CALLs that have come so far."""
        self._read = len(self.calls)

    def begin_at(self, frame: int) -> None:
        """Forget the CALLs before that frame."""
        self.calls[:] = [one for one in self.calls if one.frame >= frame]
        self._read = 0

    def since(self, action: str) -> list[ReceivedMessage]:
        """The CALLs of that action after those that `receive` has come to."""
        return [one for one in self.calls[self._read :] if one.action == action]

    def all(self, action: str) -> list[ReceivedMessage]:
        """Every CALL of that action."""
        return [one for one in self.calls if one.action == action]

    def blame(self, trouble: CaseEnded) -> None:
        """End the case so, at its next wait; the first trouble counts."""
        self._trouble = self._trouble or trouble
        self._record.changed()

    def check(self) -> None:
        """End the case where there is trouble."""
        if self._trouble is not None:
            raise self._trouble

    async def awaits(
        self, words: str, holds: Callable[[], object], gone: Callable[[], str | None] = _stays
    ) -> None:
        """Wait until that holds, with patience; `words` says for what."""
        seen = len(self._record.frames)
        try:
            async with asyncio.timeout(None if self._is_patient else self._patience_s) as limit:
                self._limits.add(limit)
                try:
                    await self.until(holds, gone)
                finally:
                    self._limits.discard(limit)
        except TimeoutError:
            came = [one.text or one.note for one in self._record.frames[seen:]]
            raise self._record.broken(
                f"{words} within {self._patience_s:g} s",
                "; ".join(came)[:_SHOWN_CHARACTERS] or "nothing",
            ) from None

    @contextmanager
    def patient(self) -> Iterator[None]:
        """Waits are not bounded while this lasts; after it they have their whole time."""
        self._is_patient = True
        for limit in self._limits:
            limit.reschedule(None)
        try:
            yield
        finally:
            self._is_patient = False
            ends_at = asyncio.get_running_loop().time() + self._patience_s
            for limit in self._limits:
                limit.reschedule(ends_at)

    async def until(
        self, holds: Callable[[], object], gone: Callable[[], str | None] = _stays
    ) -> None:
        """Wait until that holds. A violation by the subject ends the case meanwhile, and so does
        what `gone` says of the link."""
        await self._record.until(
            lambda: bool(holds()) or self._trouble is not None or gone() is not None
        )
        self.check()
        if not holds():
            raise self._record.broken("the link stays open", gone() or "")


def _words(expected: dict[str, Any]) -> str:
    return ", ".join(
        f"{path}={getattr(value, 'words', None) or repr(value)}" for path, value in expected.items()
    )
