"""Progress on standard error."""

import pytest

from voltyard.cli.display.progress import Progress, span


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(0.2, "1 s"), (40, "40 s"), (60, "1 min"), (200, "3 min 20 s"), (7_500, "2 h 5 min")],
)
def test_a_time_is_told_for_people(seconds: float, told: str) -> None:
    assert span(seconds) == told


def test_what_is_soon_done_says_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    with Progress("chargers") as progress:
        for number in range(10):
            progress.at(number, 10)

    assert capfd.readouterr() == ("", "")


def test_what_takes_longer_tells_how_far_it_is_and_the_time_that_is_left(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    moments = iter([100.0, 110.0, 111.0])
    monkeypatch.setattr("time.monotonic", lambda: next(moments))

    with Progress("chargers") as progress:
        progress.at(25, 100)
        progress.at(26, 100)  # a second later is too soon for another line

    assert capfd.readouterr().err == "chargers: 25 of 100, 30 s left\n"
