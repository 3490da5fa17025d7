"""The record of one case: its steps, and every frame on its links."""

import asyncio
from collections.abc import Callable

from voltyard.conformance.wire.endings import ExpectationBroken
from voltyard.ports.clock import Clock
from voltyard.reports.verdicts import BrokenExpectation, Frame, Step


class Record:
    """Steps and frames in their order. `rule` is what a broken expectation names by default."""

    def __init__(self, clock: Clock, rule: str = "") -> None:
        self.clock = clock
        self.rule = rule
        self.steps: list[Step] = []
        self.frames: list[Frame] = []
        self._changed = asyncio.Event()

    def step(self, text: str) -> None:
        """Begin a step; `text` says in a sentence what is done or awaited."""
        self.steps.append(Step(at=self.clock(), text=text, frame=len(self.frames)))

    def frame(self, identity: str, by_charger: bool, text: str = "", note: str = "") -> int:
        """Add a frame, or a note about the link; its number."""
        self.frames.append(
            Frame(at=self.clock(), identity=identity, by_charger=by_charger, text=text, note=note)
        )
        self.changed()
        return len(self.frames) - 1

    def changed(self) -> None:
        """Wake those who wait in `until`."""
        self._changed.set()

    async def until(self, holds: Callable[[], object]) -> None:
        """Wait until that holds; looked at again at each change. No bound of its own."""
        while not holds():
            self._changed.clear()
            await self._changed.wait()

    def broken(
        self, expected: str, came: str, *, rule: str = "", frame: int | None = None
    ) -> ExpectationBroken:
        """The error to raise where the subject did otherwise."""
        step = self.steps[-1].text if self.steps else "The case begins"
        return ExpectationBroken(
            BrokenExpectation(
                step=step, expected=expected, came=came, rule=rule or self.rule, frame=frame
            )
        )
