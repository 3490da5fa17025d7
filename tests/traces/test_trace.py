"""Logs of several chargers become one trace, in the order of time."""

import pytest

from tests.traces.bench import BOOT_16, BOOT_201, BOOTED, Frame, read, simulation_lines
from voltyard.kernel import limits
from voltyard.kernel.errors import Invalid
from voltyard.traces.trace import trace_of

BEAT: Frame = (0.05, "->", [2, "2", "Heartbeat", {}])


def test_chargers_stand_side_by_side_and_their_frames_are_in_order() -> None:
    one = read(simulation_lines([BOOT_16, BOOTED], "B"))
    other = read(simulation_lines([BEAT], "A"))

    told = trace_of([one, other], "both")

    assert [charger.name for charger in told.chargers] == ["A", "B"]
    assert [frame.charger for frame in told.frames] == [1, 0, 1]
    assert [frame.pair for frame in told.frames] == [2, None, 0]


def test_a_charger_in_two_logs_is_told_apart_by_their_names() -> None:
    mine = read(simulation_lines([BOOT_16, BOOTED], "CP"), name="yard.log")
    theirs = read(simulation_lines([BOOT_201, BOOTED], "CP"), name="steve.log")

    told = trace_of([mine, theirs], "both sides")

    assert [one.name for one in told.chargers] == ["CP (steve.log)", "CP (yard.log)"]
    assert [one.version for one in told.chargers] == ["2.0.1", "1.6"]
    assert [frame.violations for frame in told.frames] == [[], [], [], []]


def test_a_log_without_a_frame_makes_no_trace() -> None:
    with pytest.raises(Invalid, match=r"no frame in log\.txt"):
        trace_of([read(simulation_lines([BEAT]), chargers=frozenset({"other"}))], "none")


def test_more_chargers_or_frames_than_a_trace_has_room_for_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    logs = [read(simulation_lines([BEAT], name)) for name in "ABC"]
    monkeypatch.setattr(limits, "TRACE_CHARGERS", 2)

    with pytest.raises(Invalid, match="3 chargers are more than the 2"):
        trace_of(logs, "many")

    monkeypatch.setattr(limits, "TRACE_FRAMES", 1)
    with pytest.raises(Invalid, match="2 frames are more than the 1"):
        trace_of(logs[:2], "many")
