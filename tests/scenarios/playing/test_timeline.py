"""Recorder of a row: its bounds."""

import pytest

from voltyard.charger.charger import Charger
from voltyard.charger.description.specification import ChargerSpec
from voltyard.scenarios.playing.timeline import Recorder, TooMuch


def stepped(recorder: Recorder) -> None:
    recorder.follow("A")
    recorder.stepped("A", Charger(ChargerSpec(identity="A"), 0.0), 0.0)


async def test_a_row_that_takes_too_long_ends() -> None:
    recorder = Recorder(most_s=-1.0)

    stepped(recorder)

    with pytest.raises(TooMuch, match="took longer"):
        recorder.failure.result()


async def test_a_row_in_real_time_has_its_own_timeout() -> None:
    recorder = Recorder()

    stepped(recorder)

    assert not recorder.failure.done()


async def test_a_charger_that_breaks_ends_the_row() -> None:
    recorder = Recorder()

    recorder.broke("A", ValueError("a bug"))

    with pytest.raises(TooMuch, match="the simulated charger A broke: ValueError: a bug"):
        recorder.failure.result()
