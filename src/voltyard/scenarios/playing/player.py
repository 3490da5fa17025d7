"""Player of one row: takes its steps, waits and judges, and says how it ended."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from voltyard.charger.effects import Done, Failed
from voltyard.charger.state import ChargerState
from voltyard.kernel.errors import VoltyardError
from voltyard.reports.verdicts import BrokenExpectation, Step
from voltyard.runtimes import parsing
from voltyard.runtimes.host.host import Host
from voltyard.scenarios.form.commands import PHYSICAL, physical_command, with_moments
from voltyard.scenarios.form.durations import duration_s
from voltyard.scenarios.form.form import ScenarioStep
from voltyard.scenarios.form.rows import ScenarioRow
from voltyard.scenarios.form.substitution import substituted
from voltyard.scenarios.playing.comparing import found, mismatch
from voltyard.scenarios.playing.conditions import Met
from voltyard.scenarios.playing.driver_asker import UnknownToDriver
from voltyard.scenarios.playing.judging import Judge, NotMet, Place
from voltyard.scenarios.playing.stage import Asker
from voltyard.scenarios.playing.timeline import ChargerTimeline, Recorder
from voltyard.scenarios.playing.wording import step_worded

_SHOWN_CHARS: Final = 300
_CSMS: Final = "the CSMS has to be asked for this, and there is no way to ask it"


class StoryBroken(Exception):
    """The subject did other than was expected."""

    def __init__(self, failure: BrokenExpectation) -> None:
        super().__init__(failure.came)
        self.failure = failure


class Undecided(Exception):
    """The story did not come to what it judges."""


class NotAskable(Exception):
    """The CSMS cannot be asked to do what the story needs."""


@dataclass(slots=True)
class Member:
    """A charger that takes part."""

    key: str
    number: int
    timeline: ChargerTimeline
    saved: dict[str, Any] = field(default_factory=dict)
    kept_away: bool = False
    """The story itself has cut its network or its power."""


Places = dict[str, Place]


class Player:
    """Plays the steps of one row on a host."""

    def __init__(
        self, row: ScenarioRow, host: Host, recorder: Recorder, asker: Asker | None, speed: float
    ) -> None:
        self._row = row
        self._host = host
        self._recorder = recorder
        self._asker = asker
        self._speed = speed
        self.steps: list[Step] = []
        self._members: list[Member] = []

    async def play(self, keys: Iterable[str]) -> None:
        """Take all steps; StoryBroken, Undecided or NotAskable where it ends before that."""
        self._members = [
            Member(key, number, self._recorder.follow(key)) for number, key in enumerate(keys, 1)
        ]
        places = {one.key: Place() for one in self._members}
        await self._take(self._row.scenario.steps, tuple(self._members), places, {})

    async def _take(
        self,
        steps: list[ScenarioStep],
        who: tuple[Member, ...],
        places: Places,
        values: Mapping[str, Any],
    ) -> None:
        for step in steps:
            if step.version is None or step.version == self._row.version:
                await self._step(step, who, places, values)

    async def _step(
        self, step: ScenarioStep, who: tuple[Member, ...], places: Places, values: Mapping[str, Any]
    ) -> None:
        who = self._chosen(step, who)
        if step.repeat is not None:
            for number in range(1, int(step.repeat.times) + 1):
                await self._take(step.repeat.steps, who, places, {**values, "round": number})
        elif step.steps is not None:
            await self._take(step.steps, who, places, values)
        elif step.together is not None:
            await self._together(step.together, who, places, values)
        elif step.for_each_charger is not None:
            inner = step.for_each_charger
            await _all(self._take(inner, (one,), places, values) for one in who)
        else:
            await _all(self._act(step, one, places[one.key], values) for one in who)

    async def _together(
        self,
        branches: list[ScenarioStep],
        who: tuple[Member, ...],
        places: Places,
        values: Mapping[str, Any],
    ) -> None:
        """Branches side by side, each with a place of its own; the furthest one holds then."""
        copies = [
            {key: Place(one.act, one.cursor) for key, one in places.items()} for _ in branches
        ]
        await _all(
            self._take([branch], who, copy, values)
            for branch, copy in zip(branches, copies, strict=True)
        )
        for key, place in places.items():
            ends = [copy[key] for copy in copies]
            place.cursor = max(end.cursor for end in ends)
            place.act = max(end.act for end in ends)

    def _chosen(self, step: ScenarioStep, who: tuple[Member, ...]) -> tuple[Member, ...]:
        if step.charger is None:
            return who
        number = step.charger
        if not isinstance(number, int) or not 1 <= number <= len(self._members):
            raise Undecided(f"there is no charger {number}: there are {len(self._members)}")
        return (self._members[number - 1],)

    async def _act(
        self, step: ScenarioStep, member: Member, place: Place, values: Mapping[str, Any]
    ) -> None:
        step = self._filled(step, member, values)
        told = step_worded(step)
        if len(self._members) > 1:
            told = f"{member.key}: {told}"
        now = self._host.now(member.key)
        self.steps.append(Step(at=now, text=told, frame=len(self._recorder.frames)))
        if step.do is not None or step.ask is not None or step.faults is not None:
            place.act = len(member.timeline.entries)
        if step.do is not None:
            came = await self._do(step, told, member)
        elif step.ask is not None:
            came = await self._ask(step, told, member)
        elif step.faults is not None:
            faults = parsing.faults(step.faults, self._row.version)
            self._host.misbehave(member.key, faults)
            return
        else:
            came = await self._judged(step, told, member, self._judge(member, place))
        for name, path in step.save.items():
            values_found = found(path, came)
            if not values_found:
                raise self._broken(told, f"a value at {path} to be saved", f"{came}")
            member.saved[name] = values_found[0]

    def _filled(
        self, step: ScenarioStep, member: Member, values: Mapping[str, Any]
    ) -> ScenarioStep:
        """The step with what was saved, and the charger's own names, in place."""
        plain = msgspec.to_builtins(step)
        own = {"identity": member.key, "number": member.number, "version": self._row.version}
        try:
            filled = substituted(plain, {**own, **member.saved, **values})
            return msgspec.convert(filled, ScenarioStep)
        except (ValueError, msgspec.ValidationError) as error:
            raise Undecided(f"{step_worded(step)}: {error}") from None

    async def _do(self, step: ScenarioStep, told: str, member: Member) -> Any:
        assert step.do is not None
        arguments = with_moments(step.arguments, self._host.now(member.key))
        command = physical_command(step.do, arguments, self._row.version)
        _note_absence(member, step.do, bool(arguments.get("seconds")))
        outcome = await self._bounded(self._host.ask(member.key, command), told)
        match outcome:
            case Failed(reason, message):
                if step.refused:
                    return {"code": reason, "message": message}
                raise self._broken(told, "the charger does it", f"{reason}: {message}")
            case Done():
                result = msgspec.to_builtins(outcome.result) or {}
                self._check_answer(step, told, result)
                return result
        raise AssertionError(f"unknown outcome {outcome!r}")

    def _check_answer(self, step: ScenarioStep, told: str, result: Any) -> None:
        if step.refused:
            raise self._broken(told, "it is refused", f"it was done: {result}")
        wrong = mismatch(step.answer, result)
        if wrong is not None:
            raise self._broken(told, "the answer fits", wrong)

    async def _ask(self, step: ScenarioStep, told: str, member: Member) -> Any:
        assert step.ask is not None
        if self._asker is None:
            raise NotAskable(f"{step.ask}: {_CSMS}")
        arguments = with_moments(step.arguments, self._host.now(member.key))
        try:
            result = await self._bounded(self._asker.ask(member.key, step.ask, arguments), told)
        except UnknownToDriver as error:
            raise NotAskable(f"{step.ask}: {error.message}") from None
        except VoltyardError as error:
            if step.refused:
                return {"code": error.code, "message": error.message, **error.details}
            raise self._broken(told, "the charger is asked and answers", str(error)) from None
        self._check_answer(step, told, result)
        return result

    async def _bounded(self, coming: Any, told: str) -> Any:
        """The result of a command, within the row's own bound."""
        try:
            bound_s = duration_s(self._row.scenario.timeout) / self._speed
            async with asyncio.timeout(bound_s):
                return await coming
        except TimeoutError:
            raise Undecided(f"{told}: it did not end within {self._row.scenario.timeout}") from None

    def _judge(self, member: Member, place: Place) -> Judge:
        def state() -> ChargerState:
            return self._host.charger(member.key).state(self._host.now(member.key))

        return Judge(member.timeline, state, lambda: self._host.now(member.key), self._speed, place)

    async def _judged(self, step: ScenarioStep, told: str, member: Member, judge: Judge) -> Any:
        try:
            if step.wait_for is not None:
                met: Met | None = await judge.wait(step.wait_for)
            else:
                assert step.expect is not None
                met = await judge.expect(step.expect)
        except NotMet as missed:
            is_wait = step.wait_for is not None
            if is_wait and not member.timeline.connected and not member.kept_away:
                raise Undecided(f"{told}: {member.key} was not connected to the CSMS") from None
            condition = step.wait_for or step.expect
            assert condition is not None
            raise self._broken(
                told, missed.expected, missed.came, frame=missed.frame, rule=condition.rule
            ) from None
        return None if met is None else met.data

    def _broken(
        self, told: str, expected: str, came: str, *, frame: int | None = None, rule: str = ""
    ) -> StoryBroken:
        rule = rule or "; ".join(self._row.scenario.requirements)
        if frame is not None and (text := self._recorder.frames[frame].text):
            came = f"{came}, in {text[:_SHOWN_CHARS]}"
        return StoryBroken(
            BrokenExpectation(step=told, expected=expected, came=came, rule=rule, frame=frame)
        )


_CUTS: Final = frozenset({"network_drop", "power_cut"})
_RETURNS: Final = frozenset({"network_restore", "power_restore"})


def _note_absence(member: Member, name: str, is_for_a_while: bool) -> None:
    """Note that a charger is away by the story's own will."""
    tag = str(PHYSICAL[name].__struct_config__.tag)
    if tag in _CUTS:
        member.kept_away = not is_for_a_while
    elif tag in _RETURNS:
        member.kept_away = False


async def _all(coming: Iterable[Coroutine[Any, Any, None]]) -> None:
    """Wait for all of them; the first that fails ends the others."""
    tasks = [asyncio.ensure_future(one) for one in coming]
    try:
        if len(tasks) == 1:
            await tasks[0]
        else:
            await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
