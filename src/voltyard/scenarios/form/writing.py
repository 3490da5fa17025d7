"""Scenarios written in Python: short ways to make the steps of the one form."""

from typing import Any

from voltyard.scenarios.form.form import Condition, Repeat, ScenarioStep, Version


def do(
    command: str,
    /,
    *,
    charger: int | None = None,
    version: Version | None = None,
    refused: bool = False,
    **arguments: Any,
) -> ScenarioStep:
    """A physical command, with its fields."""
    return ScenarioStep(
        do=command, arguments=arguments, charger=charger, version=version, refused=refused
    )


def ask(
    command: str,
    /,
    *,
    charger: int | None = None,
    version: Version | None = None,
    refused: bool = False,
    **arguments: Any,
) -> ScenarioStep:
    """A command of the CSMS, with its fields."""
    return ScenarioStep(
        ask=command, arguments=arguments, charger=charger, version=version, refused=refused
    )


def faults(*, charger: int | None = None, **faults: Any) -> ScenarioStep:
    """Quirks and network conditions from here on; nothing: none."""
    return ScenarioStep(faults=faults, charger=charger)


def wait_for(
    *,
    charger: int | None = None,
    version: Version | None = None,
    save: dict[str, str] | None = None,
    **condition: Any,
) -> ScenarioStep:
    """A wait for something, with the fields of a condition."""
    return ScenarioStep(
        wait_for=Condition(**condition), charger=charger, version=version, save=save or {}
    )


def expect(
    *,
    charger: int | None = None,
    version: Version | None = None,
    save: dict[str, str] | None = None,
    **condition: Any,
) -> ScenarioStep:
    """An expectation, with the fields of a condition."""
    return ScenarioStep(
        expect=Condition(**condition), charger=charger, version=version, save=save or {}
    )


def repeat(times: int, *steps: ScenarioStep) -> ScenarioStep:
    """Steps, so often."""
    return ScenarioStep(repeat=Repeat(times=times, steps=list(steps)))


def together(*branches: ScenarioStep) -> ScenarioStep:
    """Branches side by side."""
    return ScenarioStep(together=list(branches))


def in_order(*steps: ScenarioStep) -> ScenarioStep:
    """Steps in their order, as one branch of `together`."""
    return ScenarioStep(steps=list(steps))


def for_each_charger(*steps: ScenarioStep) -> ScenarioStep:
    """Steps that each charger takes at its own pace."""
    return ScenarioStep(for_each_charger=list(steps))
