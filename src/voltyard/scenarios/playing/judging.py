"""Judge of conditions: waits for them within their bounds, and says what came instead."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

import msgspec

from voltyard.charger.state import ChargerState
from voltyard.kernel.time import Instant, Seconds
from voltyard.scenarios.form.durations import duration_s
from voltyard.scenarios.form.form import WITHIN, Condition, Occurrence
from voltyard.scenarios.playing import conditions
from voltyard.scenarios.playing.comparing import mismatch
from voltyard.scenarios.playing.conditions import Met
from voltyard.scenarios.playing.timeline import ChargerTimeline
from voltyard.scenarios.playing.wording import condition_worded, occurrence_worded

Found = TypeVar("Found")
_LOOK_S: Final[Seconds] = 15.0
"""Longest time between two looks at a state: power and charge change without anything happening."""


class NotMet(Exception):
    """A condition that was not met in its bounds."""

    def __init__(self, expected: str, came: str, frame: int | None = None) -> None:
        super().__init__(came)
        self.expected = expected
        self.came = came
        self.frame = frame


@dataclass(slots=True)
class Place:
    """A branch's place on a charger's timeline."""

    act: int = 0
    """Index of the first entry after the last act began."""
    cursor: int = 0
    """Index of the first entry that no wait of this branch has taken."""


class Judge:
    """Judges conditions on one charger, from a place of its timeline on."""

    def __init__(
        self,
        timeline: ChargerTimeline,
        state: Callable[[], ChargerState],
        now: Callable[[], Instant],
        speed: float,
        place: Place,
    ) -> None:
        self._timeline = timeline
        self._state = state
        self._now = now
        self._speed = speed
        self._place = place

    async def wait(self, condition: Condition) -> Met:
        """Wait for something; NotMet where it does not come in time. What came is taken: the next
        wait looks behind it."""
        until = self._now() + duration_s(condition.within or WITHIN)
        is_since_act = condition.since == "act"
        begin = max(self._place.cursor, self._place.act) if is_since_act else 0
        if conditions.is_level(condition):
            return await self._level(condition, begin, until)
        if condition.after is not None:
            begin = await self._after(condition.after, begin, until)
        scan = _Scan(condition, self._timeline, begin, int(condition.times or 1))
        met = await self._until(scan, until)
        if met is None:
            raise self._missing(condition, begin)
        assert met.index is not None
        self._place.cursor = max(self._place.cursor, met.index + 1)
        return met

    async def expect(self, condition: Condition) -> Met | None:
        """Judge what came since the act, and where there is a bound what comes within it. NotMet
        where it is not as expected."""
        now = self._now()
        until = now if condition.within is None else now + duration_s(condition.within)
        begin = self._place.act if condition.since == "act" else 0
        if conditions.is_level(condition):
            return await self._level(condition, len(self._timeline.entries), until)
        if condition.after is not None:
            begin = await self._after(condition.after, begin, until)
            if condition.within is not None:
                until = self._timeline.entries[begin - 1].at + duration_s(condition.within)
        if condition.before is not None:
            end = await self._before(condition, begin, until)
            return self._counted(condition, begin, end)
        if condition.times is not None:
            most = int(condition.times)
            # One too many ends the wait; else the whole window has to pass.
            await self._until(_Scan(condition, self._timeline, begin, most + 1, until), until)
            return self._counted(condition, begin, self._end(until, condition))
        met = await self._until(_Scan(condition, self._timeline, begin, 1), until)
        if met is None or (condition.within is not None and met.at > until):
            raise self._missing(condition, begin)
        return met

    def _end(self, until: Instant, condition: Condition) -> int:
        entries = self._timeline.entries
        if condition.within is None:
            return len(entries)
        return sum(1 for entry in entries if entry.at <= until)

    async def _level(self, condition: Condition, begin: int, until: Instant) -> Met:
        def look() -> Met | None:
            if condition.status is not None and (met := scan()) is not None:
                return met
            state = self._state()
            if conditions.state_mismatch(condition, state) is None:
                return Met(state.at, msgspec.to_builtins(state))
            return None

        scan = _Scan(condition, self._timeline, begin, 1)
        met = await self._until(look, until, looks=condition.state is not None)
        if met is None:
            wrong = conditions.state_mismatch(condition, self._state())
            raise NotMet(condition_worded(condition), wrong or "it came too late")
        return met

    async def _after(self, one: Occurrence, begin: int, until: Instant) -> int:
        met = await self._until(_Scan(one, self._timeline, begin, 1), until)
        if met is None:
            raise NotMet(occurrence_worded(one), "it did not come", self._last_frame())
        assert met.index is not None
        return met.index + 1

    async def _before(self, condition: Condition, begin: int, until: Instant) -> int:
        assert condition.before is not None
        met = await self._until(_Scan(condition.before, self._timeline, begin, 1), until)
        if met is None:
            raise NotMet(occurrence_worded(condition.before), "it did not come", self._last_frame())
        assert met.index is not None
        return met.index

    def _counted(self, condition: Condition, begin: int, end: int) -> Met | None:
        """The first of those that fit, where they are as many as they should be."""
        entries = self._timeline.entries
        indices = conditions.fitting(condition, entries, begin, end)
        wanted = condition.times
        if wanted is None and not indices:
            raise self._missing(condition, begin)
        if wanted is not None and len(indices) != int(wanted):
            if not indices:
                raise self._missing(condition, begin)
            last = entries[indices[-1]].frame
            raise NotMet(condition_worded(condition), f"it came {_times(len(indices))}", last)
        return conditions.met_by(entries[indices[0]], indices[0]) if indices else None

    async def _until(
        self, look: Callable[[], Found | None], until: Instant, *, looks: bool = False
    ) -> Found | None:
        """The first that `look` finds, at each change until that moment; None where it does not."""
        while (seen := look()) is None:
            left_s = until - self._now()
            if left_s <= 0.0:
                return None
            if looks:
                left_s = min(left_s, _LOOK_S)
            await self._timeline.change(left_s / self._speed)
        return seen

    def _missing(self, condition: Condition, begin: int) -> NotMet:
        """The complaint about something that did not come: the nearest that did."""
        entries = self._timeline.entries
        for index in range(len(entries) - 1, begin - 1, -1):
            entry = entries[index]
            if conditions.is_about(condition, entry):
                wrong = mismatch(condition.where, entry.data) or "it came too late"
                return NotMet(condition_worded(condition), wrong, entry.frame)
        return NotMet(condition_worded(condition), "it did not come", self._last_frame())

    def _last_frame(self) -> int | None:
        frames = (entry.frame for entry in reversed(self._timeline.entries))
        return next((one for one in frames if one is not None), None)


class _Scan:
    """Looks for the nth entry that fits, each entry once."""

    def __init__(
        self,
        one: Occurrence,
        timeline: ChargerTimeline,
        begin: int,
        times: int,
        until: Instant | None = None,
    ) -> None:
        self._one = one
        self._timeline = timeline
        self._next = begin
        self._left = times
        self._until = until

    def __call__(self) -> Met | None:
        entries = self._timeline.entries
        while self._next < len(entries):
            index = self._next
            self._next += 1
            entry = entries[index]
            if self._until is not None and entry.at > self._until:
                continue
            if conditions.fits(self._one, entry):
                self._left -= 1
                if self._left <= 0:
                    return conditions.met_by(entry, index)
        return None


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
