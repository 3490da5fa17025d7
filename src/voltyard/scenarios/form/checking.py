"""Checks of a scenario beyond the types of its fields; a problem names its place in the form."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, TypeAlias, get_args

import msgspec

from voltyard.charger.description.events import ChargerEvent
from voltyard.kernel import limits
from voltyard.kernel.errors import Invalid
from voltyard.ocpp.versions import by_name
from voltyard.runtimes import parsing
from voltyard.scenarios.form import commands
from voltyard.scenarios.form.durations import duration_s
from voltyard.scenarios.form.form import VERBS, Condition, Occurrence, Scenario, ScenarioStep, Where
from voltyard.scenarios.form.substitution import names_in
from voltyard.scenarios.playing.comparing import as_comparison, compiled

Path: TypeAlias = tuple[str | int, ...]

EVENTS: Final = frozenset(str(one.__struct_config__.tag) for one in get_args(ChargerEvent)) - {
    "frame"
}
STATUSES: Final = frozenset(
    (
        *("Available", "Preparing", "Charging", "SuspendedEVSE", "SuspendedEV", "Finishing"),
        *("Reserved", "Unavailable", "Faulted", "Occupied"),
    )
)
_OCCURRENCES: Final = ("frame", "event", "status", "state", "transaction")
_BUILT_IN: Final = frozenset({"version", "identity", "number", "round"})
_DURATIONS: Final = ("within",)


class FormProblem(Exception):
    """A mistake in a scenario, and the keys and indices that lead to it."""

    def __init__(self, path: Path, message: str) -> None:
        super().__init__(message)
        self.path = path
        self.message = message


def check(scenario: Scenario, *, is_row: bool = False) -> None:
    """FormProblem where the scenario cannot be played. Of a row, parameters have their values."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]*", scenario.name):
        raise FormProblem(("name",), "a name has small letters, digits and hyphens")
    if not scenario.steps:
        raise FormProblem(("steps",), "a scenario has steps")
    if not scenario.versions:
        raise FormProblem(("versions",), "a scenario is for one version or more")
    if len(scenario.rows) > limits.SCENARIO_ROWS:
        raise FormProblem(("rows",), f"a scenario has {limits.SCENARIO_ROWS} rows at most")
    _check_duration(scenario.timeout, ("timeout",))
    _check_duration(scenario.csms.heartbeat, ("csms", "heartbeat"))
    try:
        scenario.chargers.identity.format(n=1)
    except (KeyError, IndexError, ValueError):
        raise FormProblem(
            ("chargers", "identity"), "an identity has {n} for its number, such as CP-{n:03d}"
        ) from None
    checker = _Checker(scenario, is_row)
    checker.check_names()
    checker.check_steps(scenario.steps, ("steps",))
    if not checker.judges:
        raise FormProblem(("steps",), "a scenario expects or waits for something")


def _check_duration(text: str, path: Path) -> None:
    if "${" in text:
        return
    try:
        duration_s(text)
    except ValueError as error:
        raise FormProblem(path, str(error)) from None


class _Checker:
    """Walks over the steps of a scenario."""

    def __init__(self, scenario: Scenario, is_row: bool) -> None:
        self._scenario = scenario
        self._is_row = is_row
        self._steps = 0
        self.judges = False
        self._actions = frozenset(
            action for version in scenario.versions for action in by_name(version).actions
        )

    def check_names(self) -> None:
        """Each `${name}` stands for something in each row."""
        scenario = self._scenario
        saved = {name for step, _ in _walk(scenario.steps, ("steps",)) for name in step.save}
        known = _BUILT_IN | saved | set(scenario.parameters)
        rows = [set(row) for row in scenario.rows]
        known |= set.intersection(*rows) if rows else set()
        for step, path in _walk(scenario.steps, ("steps",)):
            for name in names_in(_own(step)):
                if name not in known:
                    guess = commands.nearest(name, frozenset(known))
                    raise FormProblem(path, f"${{{name}}} stands for nothing{guess}")

    def check_steps(self, steps: Iterable[ScenarioStep], path: Path) -> None:
        for number, step in enumerate(steps):
            self._steps += 1
            if self._steps > limits.SCENARIO_STEPS:
                raise FormProblem(path, f"a scenario has {limits.SCENARIO_STEPS} steps at most")
            self._check_step(step, (*path, number))

    def _check_step(self, step: ScenarioStep, path: Path) -> None:
        if step.version is not None and step.version not in self._scenario.versions:
            if self._is_row:
                return
            raise FormProblem((*path, "version"), "the scenario is not for this version")
        verbs = [verb for verb in VERBS if getattr(step, verb) is not None]
        if len(verbs) != 1:
            told = " and ".join(verbs) if verbs else "none"
            raise FormProblem(path, f"a step has one of {', '.join(VERBS)}; this has {told}")
        verb = verbs[0]
        self.judges |= bool(step.answer or step.refused)
        for name, with_verbs in _BELONGS.items():
            if getattr(step, name) and verb not in with_verbs:
                spelt = "with" if name == "arguments" else name
                raise FormProblem((*path, spelt), f"{spelt} does not go with {verb}")
        for jsonpath in step.save.values():
            self._check_path(jsonpath, (*path, "save"))
        self._check_where(step.answer, (*path, "answer"))
        match verb:
            case "do":
                self._check_command(step, "do", commands.PHYSICAL, path)
            case "ask":
                self._check_command(step, "ask", commands.OF_THE_CSMS, path)
            case "faults":
                self._check_faults(step.faults or {}, (*path, "faults"))
            case "wait_for" | "expect":
                self.judges = True
                condition: Condition = getattr(step, verb)
                self._check_condition(condition, (*path, verb))
            case "repeat":
                assert step.repeat is not None
                self._check_count(step.repeat.times, (*path, "repeat", "times"))
                self.check_steps(step.repeat.steps, (*path, "repeat", "steps"))
            case _:
                self.check_steps(getattr(step, verb), (*path, verb))

    def _check_command(
        self, step: ScenarioStep, verb: str, known: Mapping[str, Any], path: Path
    ) -> None:
        name = getattr(step, verb)
        if "${" in name:
            return
        if name not in known:
            raise FormProblem(
                (*path, verb), f"there is no command {name!r}{commands.nearest(name, known)}"
            )
        fields = commands.physical_fields(name) if verb == "do" else commands.csms_fields(name)
        for key in step.arguments:
            if key not in fields:
                guess = commands.nearest(key, fields)
                told = f"; it has {', '.join(sorted(fields))}" if fields and not guess else guess
                raise FormProblem((*path, "with", key), f"{name} has no field {key!r}{told}")
        if self._is_row and verb == "do" and not any(names_in(step.arguments)):
            try:
                commands.physical_command(name, step.arguments, self._scenario.versions[0])
            except Invalid as error:
                raise FormProblem((*path, "with"), str(error)) from None

    def _check_faults(self, faults: Mapping[str, Any], path: Path) -> None:
        if any(names_in(faults)):
            return
        for version in self._scenario.versions:
            try:
                parsing.faults(faults, version)
            except Invalid as error:
                raise FormProblem(path, str(error)) from None

    def _check_condition(self, condition: Condition, path: Path) -> None:
        self._check_occurrence(condition, path)
        if condition.within is not None:
            _check_duration(condition.within, (*path, "within"))
        if condition.times is not None:
            self._check_count(condition.times, (*path, "times"))
        for name in ("after", "before"):
            inner = getattr(condition, name)
            if inner is not None:
                self._check_occurrence(inner, (*path, name))
                if _is_level(inner):
                    raise FormProblem(
                        (*path, name),
                        f"{name} is a frame, an event, or a transaction's start or end",
                    )
        bounded = condition.times is not None or condition.before is not None
        if bounded and _is_level(condition):
            raise FormProblem(path, "a state has no number of times; count frames or events")
        if path[-1] == "wait_for" and (condition.before or condition.times == 0):
            raise FormProblem(path, "that something does not come is for expect, not for wait_for")

    def _check_occurrence(self, one: Occurrence, path: Path) -> None:
        named = [name for name in _OCCURRENCES if getattr(one, name) is not None]
        if not named:
            raise FormProblem(
                path,
                "a wait is for something, never for a time alone: name a frame, an event, a "
                "status, a state or a transaction",
            )
        if len(named) > 1:
            raise FormProblem(path, f"name one of {' and '.join(named)}")
        if one.frame is not None and "${" not in one.frame and one.frame not in self._actions:
            guess = commands.nearest(one.frame, self._actions)
            spoken = " and ".join(self._scenario.versions)
            raise FormProblem((*path, "frame"), f"OCPP {spoken} has no action {one.frame!r}{guess}")
        if one.frame is None and (one.kind != "call" or one.by is not None):
            raise FormProblem(path, "kind and by are of a frame")
        if one.event is not None and "${" not in one.event and one.event not in EVENTS:
            raise FormProblem(
                (*path, "event"),
                f"a charger has no event {one.event!r}{commands.nearest(one.event, EVENTS)}",
            )
        if one.status is not None and "${" not in one.status and one.status not in STATUSES:
            raise FormProblem(
                (*path, "status"),
                f"there is no status {one.status!r}{commands.nearest(one.status, STATUSES)}",
            )
        self._check_where(one.where, (*path, "where"))
        self._check_where(one.state or {}, (*path, "state"))

    def _check_where(self, where: Where, path: Path) -> None:
        for jsonpath, wanted in where.items():
            self._check_path(jsonpath, (*path, jsonpath))
            comparison = as_comparison(wanted)
            if msgspec.to_builtins(comparison) == {}:
                raise FormProblem((*path, jsonpath), "this compares with nothing")
            if isinstance(comparison.matches, str):
                try:
                    re.compile(comparison.matches)
                except re.error as error:
                    raise FormProblem(
                        (*path, jsonpath, "matches"), f"this is no regular expression: {error}"
                    ) from None

    def _check_path(self, jsonpath: str, path: Path) -> None:
        if "${" in jsonpath:
            return
        try:
            compiled(jsonpath)
        except ValueError as error:
            raise FormProblem(path, str(error)) from None

    def _check_count(self, count: int | str, path: Path) -> None:
        if isinstance(count, str):
            if self._is_row or "${" not in count:
                raise FormProblem(path, f"{count!r} is no whole number")
        elif not 0 <= count <= limits.SCENARIO_TIMES:
            raise FormProblem(path, f"from 0 to {limits.SCENARIO_TIMES}")


_BELONGS: Final[Mapping[str, tuple[str, ...]]] = {
    "arguments": ("do", "ask"),
    "refused": ("do", "ask"),
    "answer": ("do", "ask"),
    "save": ("do", "ask", "wait_for", "expect"),
}


def _is_level(one: Occurrence) -> bool:
    return one.status is not None or one.state is not None or one.transaction in ("none", "running")


def _walk(steps: Iterable[ScenarioStep], path: Path) -> Iterator[tuple[ScenarioStep, Path]]:
    """Each step with its place, those within others too."""
    for number, step in enumerate(steps):
        here = (*path, number)
        yield step, here
        for verb in ("together", "for_each_charger", "steps"):
            yield from _walk(getattr(step, verb) or (), (*here, verb))
        if step.repeat is not None:
            yield from _walk(step.repeat.steps, (*here, "repeat", "steps"))


def _own(step: ScenarioStep) -> Any:
    """A step as plain data, without the steps within it."""
    inner = {"together": None, "for_each_charger": None, "steps": None, "repeat": None}
    return msgspec.to_builtins(msgspec.structs.replace(step, **inner))
