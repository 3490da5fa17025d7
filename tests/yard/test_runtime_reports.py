"""Reports of runtimes, and the counts of them."""

from tests.fakes.journals import RecordingJournal
from voltyard.yard.runtime_reports import RuntimeReports


def reported(*connected: bool) -> dict[str, int]:
    reports = RuntimeReports(RecordingJournal(), lambda: 0.0)
    for number, one in enumerate(connected):
        reports.happened("dep_1", {"type": "connection", "at": float(number), "connected": one})
    return reports.dials


def test_a_dial_that_fails_is_no_link_that_is_lost() -> None:
    assert reported(False, False, True) == {"connected": 1, "failed": 2, "lost": 0}


def test_a_link_is_lost_once_and_the_dials_after_it_fail() -> None:
    assert reported(True, False, False) == {"connected": 1, "failed": 1, "lost": 1}
