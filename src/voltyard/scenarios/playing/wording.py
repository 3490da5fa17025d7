"""Steps and conditions in words, for reports."""

from typing import Any

import msgspec

from voltyard.scenarios.form.form import Condition, Occurrence, ScenarioStep, Where
from voltyard.scenarios.playing.comparing import as_comparison, worded

_SHOWN_CHARS = 160


def step_worded(step: ScenarioStep) -> str:
    """A step in one line."""
    if step.title:
        return step.title
    if step.do is not None:
        return f"do {step.do}{_arguments(step)}" + (", to be refused" if step.refused else "")
    if step.ask is not None:
        return f"ask {step.ask}{_arguments(step)}" + (", to fail" if step.refused else "")
    if step.faults is not None:
        return f"faults {_json(step.faults)}" if step.faults else "no faults any more"
    if step.wait_for is not None:
        return f"wait for {condition_worded(step.wait_for)}"
    if step.expect is not None:
        return f"expect {condition_worded(step.expect)}"
    return "steps"


def condition_worded(one: Condition) -> str:
    """A condition in one line."""
    times = ""
    if one.times is not None:
        times = "no " if one.times == 0 else "exactly once " if one.times == 1 else ""
        times = times or f"{one.times} times "
    parts = [times + occurrence_worded(one)]
    if one.before is not None:
        parts.append(f"before {occurrence_worded(one.before)}")
    if one.within is not None:
        parts.append(f"within {one.within}")
    if one.after is not None:
        parts.append(f"after {occurrence_worded(one.after)}")
    return " ".join(parts)


def occurrence_worded(one: Occurrence) -> str:
    """An occurrence in words."""
    if one.state is not None:
        return f"a state in which {_where(one.state)}"
    if one.frame is not None:
        kind = {"call": "", "result": ".conf", "error": " (CALLERROR)"}[one.kind]
        sender = f" of the {one.by}" if one.by else ""
        named = f"{one.frame}{kind}{sender}"
    elif one.event is not None:
        named = f"the event {one.event}"
    elif one.status is not None:
        named = f"status {one.status} of EVSE {one.evse}"
    else:
        named = {
            "none": "no transaction",
            "running": "a running transaction",
            "started": "the start of a transaction",
            "ended": "the end of a transaction",
        }[str(one.transaction)] + f" at EVSE {one.evse}"
    return f"{named} with {_where(one.where)}" if one.where else named


def _where(where: Where) -> str:
    return " and ".join(f"{path} {worded(as_comparison(one))}" for path, one in where.items())


def _arguments(step: ScenarioStep) -> str:
    return f" {_json(step.arguments)}" if step.arguments else ""


def _json(value: Any) -> str:
    text = msgspec.json.encode(value).decode()
    return text if len(text) <= _SHOWN_CHARS else f"{text[:_SHOWN_CHARS]}..."
