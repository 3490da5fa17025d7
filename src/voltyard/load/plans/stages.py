"""Stages of a load run, as data and as they are written: `ramp 100 over 30s`, `hold 1m`."""

import re
from typing import Final, TypeAlias

from msgspec import Struct

from voltyard.kernel import limits
from voltyard.kernel.errors import Invalid
from voltyard.kernel.time import Seconds
from voltyard.load.plans.durations import DURATION_PATTERN, read_duration
from voltyard.load.plans.names import meant


class RampStage(Struct, frozen=True):
    """Chargers come one after another until there are so many, or leave."""

    chargers: int
    lasts_s: Seconds


class HoldStage(Struct, frozen=True):
    """Nothing changes."""

    lasts_s: Seconds


class StormStage(Struct, frozen=True):
    """All links are cut, and all chargers dial again at once, at its beginning."""

    lasts_s: Seconds


class BlackoutStage(Struct, frozen=True):
    """All chargers are without power; it returns to all at once, at its end."""

    lasts_s: Seconds


class RollingStage(Struct, frozen=True):
    """Groups of chargers lose their links and dial again, one group after another."""

    groups: int
    lasts_s: Seconds


Stage: TypeAlias = RampStage | HoldStage | StormStage | BlackoutStage | RollingStage

FORMS: Final = (
    "ramp CHARGERS over TIME",
    "hold TIME",
    "storm TIME",
    "blackout TIME",
    "rolling GROUPS over TIME",
)
"""Forms of the stages, for people."""

_COUNTED: Final[dict[str, type[RampStage | RollingStage]]] = {
    "ramp": RampStage,
    "rolling": RollingStage,
}
_PLAIN: Final[dict[str, type[HoldStage | StormStage | BlackoutStage]]] = {
    "hold": HoldStage,
    "storm": StormStage,
    "blackout": BlackoutStage,
}
STAGE_PATTERN: Final = (
    rf"^((ramp|rolling) [0-9]+ over {DURATION_PATTERN}|(hold|storm|blackout) {DURATION_PATTERN})$"
)


def read_stage(text: str) -> Stage:
    """The stage that a text means. Invalid where it means none."""
    words = text.split()
    name = words[0] if words else ""
    if name in _PLAIN and len(words) == 2:
        return _PLAIN[name](read_duration(words[1]))
    if name in _COUNTED and len(words) == 4 and words[2] == "over":
        if not re.fullmatch("[0-9]{1,9}", words[1]):
            raise Invalid(f"{words[1]!r} in {text!r} is no number")
        return _COUNTED[name](int(words[1]), read_duration(words[3]))
    if name in _PLAIN or name in _COUNTED:
        form = next(one for one in FORMS if one.startswith(name))
        raise Invalid(f"the stage {text!r} cannot be read", hint=f"write {form!r}")
    known = [*_COUNTED, *_PLAIN]
    raise Invalid(f"there is no stage {text!r}", hint=meant(name, known) or "; ".join(FORMS))


def stage_text(stage: Stage) -> str:
    """The stage as it is written."""
    match stage:
        case RampStage(chargers=number, lasts_s=lasts_s):
            return f"ramp {number} over {lasts_s:g}s"
        case RollingStage(groups=number, lasts_s=lasts_s):
            return f"rolling {number} over {lasts_s:g}s"
        case _:
            name = next(name for name, kind in _PLAIN.items() if isinstance(stage, kind))
            return f"{name} {stage.lasts_s:g}s"


def check_stages(stages: tuple[Stage, ...]) -> None:
    """Invalid where they begin without a charger, or go beyond a bound."""
    if not stages or not isinstance(stages[0], RampStage) or not stages[0].chargers:
        raise Invalid("the first stage has to bring chargers", hint="such as 'ramp 100 over 30s'")
    if len(stages) > limits.LOAD_STAGES:
        raise Invalid(f"a load run has {limits.LOAD_STAGES} stages at most")
    if most_chargers(stages) > limits.LOAD_CHARGERS:
        raise Invalid(
            f"{most_chargers(stages)} chargers are more than one load run has: "
            f"{limits.LOAD_CHARGERS}",
            hint="start several, each with its own --prefix",
        )
    if length_s(stages) > limits.LOAD_S:
        raise Invalid(f"the stages last longer than {limits.LOAD_S / 3_600:g} h together")
    for stage in stages:
        if isinstance(stage, RollingStage) and not stage.groups:
            raise Invalid("a rolling stage has one group at least")


def most_chargers(stages: tuple[Stage, ...]) -> int:
    """The number of chargers at the highest."""
    return max(one.chargers for one in stages if isinstance(one, RampStage))


def length_s(stages: tuple[Stage, ...]) -> Seconds:
    """The time that they last together."""
    return sum(one.lasts_s for one in stages)
