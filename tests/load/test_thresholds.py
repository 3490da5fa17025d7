"""Thresholds are read strictly, and judge figures."""

import pytest

from voltyard.kernel.errors import Invalid
from voltyard.load.figures import LoadFigures
from voltyard.load.thresholds import read_threshold


def figures() -> LoadFigures:
    """A hundred heartbeats of 1 to 100 ms, and one boot that failed after 5 s."""
    found = LoadFigures(wanted=200, connected=199)
    for number in range(1, 101):
        found.of("Heartbeat").answered(number / 1_000)
    found.of("BootNotification").failed("InternalError", 5.0)
    found.refused_dials["HTTP 503"] = 3
    return found


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("Heartbeat.p50 < 51ms", True),
        ("Heartbeat.p50 < 50ms", False),
        ("Heartbeat.p95<=0.096s", True),
        ("Heartbeat.p99 > 98ms", True),
        ("Heartbeat.max <= 100ms", True),
        ("Heartbeat.max < 100ms", False),
        ("Heartbeat.mean < 51ms", True),
        ("BootNotification.errors < 100%", False),
        ("Heartbeat.errors <= 0%", True),
        ("all.max >= 5s", True),
        ("all.p99 < 101ms", True),
        ("errors < 1%", True),
        ("errors < 0.99%", False),
        ("connected >= 99.5% at end", True),
        ("connected > 99.5%", False),
        ("refused_dials < 4", True),
        ("refused_dials < 3", False),
    ],
)
def test_a_threshold_holds_or_does_not(text: str, holds: bool) -> None:
    threshold = read_threshold(text)

    value = threshold.reading(figures()).value

    assert value is not None
    assert threshold.holds(value) is holds


def test_what_was_not_called_has_no_reading() -> None:
    reading = read_threshold("Authorize.p99 < 1s").reading(figures())

    assert (reading.value, reading.text) == (None, "Authorize was not called")


def test_a_reading_says_what_came() -> None:
    assert read_threshold("errors < 1%").reading(figures()).text == "0.99 % (1 of 101 calls failed)"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("BootNotificaton.p99 < 1s", "did you mean BootNotification"),
        ("connectd >= 99%", "did you mean connected"),
        ("Heartbeat.p98 < 1s", "did you mean p99"),
        ("Heartbeat.p99 < 500", "no duration"),
        ("Heartbeat.p99 < 5 s", "cannot be read"),
        ("Heartbeat.errors < 10ms", "no share"),
        ("Heartbeat < 1s", "there is p50"),
        ("errors.p99 < 1%", "write errors"),
        ("errors < 101%", "no share"),
        ("errors = 1%", "cannot be read"),
        ("errors < 1% at end", "'at end' is for 'connected'"),
        ("refused_dials < 1%", "no number"),
        ("", "cannot be read"),
        ("RemoteStopTransaction.p99 < 1s", "there is no metric"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_hint(text: str, told: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_threshold(text)

    assert told in str(refused.value)
