"""Stages are read as they are written, and bounded."""

import re

import pytest

from voltyard.kernel import limits
from voltyard.kernel.errors import Invalid
from voltyard.load.plans.stages import (
    FORMS,
    STAGE_PATTERN,
    BlackoutStage,
    HoldStage,
    RampStage,
    RollingStage,
    Stage,
    StormStage,
    check_stages,
    length_s,
    most_chargers,
    read_stage,
    stage_text,
)


@pytest.mark.parametrize(
    ("text", "stage"),
    [
        ("ramp 100 over 30s", RampStage(100, 30.0)),
        ("hold 1.5m", HoldStage(90.0)),
        ("storm 500ms", StormStage(0.5)),
        ("blackout 1h", BlackoutStage(3_600.0)),
        ("rolling 5 over 2m", RollingStage(5, 120.0)),
    ],
)
def test_a_stage_is_read_and_written(text: str, stage: Stage) -> None:
    assert read_stage(text) == stage
    assert read_stage(stage_text(stage)) == stage
    assert re.fullmatch(STAGE_PATTERN, text)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("rmp 10 over 1s", "did you mean ramp?"),
        ("ramp 10", "write 'ramp CHARGERS over TIME'"),
        ("hold", "write 'hold TIME'"),
        ("hold 10", "'10' is no duration"),
        ("ramp -1 over 1s", "'-1' in 'ramp -1 over 1s' is no number"),
        ("", "; ".join(FORMS)),
    ],
)
def test_what_is_no_stage_is_refused_with_a_hint(text: str, told: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_stage(text)

    assert told in str(refused.value)
    assert not re.fullmatch(STAGE_PATTERN, text)


@pytest.mark.parametrize(
    ("stages", "told"),
    [
        ((), "has to bring chargers"),
        ((HoldStage(1.0), RampStage(1, 1.0)), "has to bring chargers"),
        ((RampStage(0, 1.0),), "has to bring chargers"),
        ((RampStage(limits.LOAD_CHARGERS + 1, 1.0),), "more than one load run has"),
        ((RampStage(1, 1.0), HoldStage(limits.LOAD_S)), "last longer than"),
        ((RampStage(1, 1.0), RollingStage(0, 1.0)), "one group at least"),
        ((RampStage(1, 1.0),) * (limits.LOAD_STAGES + 1), "stages at most"),
    ],
)
def test_stages_beyond_a_bound_are_refused(stages: tuple[Stage, ...], told: str) -> None:
    with pytest.raises(Invalid, match=told):
        check_stages(stages)


def test_stages_have_a_length_and_a_height() -> None:
    stages = (RampStage(3, 1.0), RampStage(7, 2.0), RampStage(2, 3.0))
    check_stages(stages)

    assert (most_chargers(stages), length_s(stages)) == (7, 6.0)
