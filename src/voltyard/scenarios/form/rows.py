"""Rows of a scenario: what is played, with the values of its parameters in place."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from voltyard.scenarios.form.checking import FormProblem, check
from voltyard.scenarios.form.form import NO_PARAMETERS, Parameter, Scenario, ScenarioStep, Version
from voltyard.scenarios.form.substitution import UnknownName, substituted

_LATER = frozenset({"identity", "number", "round"})


class ScenarioRow(Struct, frozen=True, kw_only=True):
    """One play of a scenario."""

    scenario: Scenario
    """Without rows and parameters; of one version."""
    version: Version
    number: int | None
    """Of the row in the table, from 1."""
    values: dict[str, Parameter]

    @property
    def id(self) -> str:
        """Its name among the results of its version."""
        several = f"[{self.number}]" if self.number is not None else ""
        return f"{self.scenario.name}{several}"


def rows_of(
    scenario: Scenario, given: Mapping[str, Parameter] = NO_PARAMETERS
) -> Iterator[ScenarioRow]:
    """The rows of a scenario, in each of its versions. FormProblem where one cannot be played."""
    check(scenario)
    later = _LATER | {name for step in _steps(scenario.steps) for name in step.save}
    table = scenario.rows or [{}]
    for version in scenario.versions:
        for number, row in enumerate(table, 1):
            values: dict[str, Parameter] = {**scenario.parameters, **row, **given}
            plain = msgspec.to_builtins(
                msgspec.structs.replace(scenario, rows=[], parameters={}, versions=(version,))
            )
            try:
                plain = substituted(plain, {**values, "version": version}, later)
                one = msgspec.convert(plain, Scenario)
            except (UnknownName, msgspec.ValidationError) as error:
                raise FormProblem(("rows", number - 1), str(error)) from None
            check(msgspec.structs.replace(one, parameters=values), is_row=True)
            yield ScenarioRow(
                scenario=one,
                version=version,
                number=number if scenario.rows else None,
                values=values,
            )


def _steps(steps: list[ScenarioStep]) -> Iterator[ScenarioStep]:
    for step in steps:
        yield step
        inner: list[Any] = [step.together, step.for_each_charger, step.steps]
        inner.append(step.repeat.steps if step.repeat else None)
        for branch in inner:
            yield from _steps(branch or [])
