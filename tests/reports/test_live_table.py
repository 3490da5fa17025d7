"""The live table, as a terminal gets it."""

import io

import pytest
from rich.console import Console

from tests.reports.bench import HOSTILE, failed, passed, report, without_case
from voltyard.kernel import limits
from voltyard.reports.baseline import Baseline
from voltyard.reports.live_table import LiveTable
from voltyard.reports.verdicts import Verdict


class Terminal:
    """A terminal of 100 columns; what it was sent, and what it shows of a table."""

    def __init__(self) -> None:
        self.stream = io.StringIO()
        self.console = Console(
            file=self.stream, width=100, force_terminal=True, markup=False, emoji=False
        )

    @property
    def sent(self) -> str:
        return self.stream.getvalue()

    def seen(self, table: LiveTable) -> str:
        page = Console(width=100, file=io.StringIO(), markup=False, emoji=False)
        with page.capture() as captured:
            page.print(table.picture())
        return captured.get()


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    return Terminal()


def test_it_shows_progress_counts_and_what_is_running(terminal: Terminal) -> None:
    table = LiveTable(terminal.console)
    table.began(report(passed("TC_000"), planned=10))
    table.running("TC_001", "Cold boot")
    table.running("TC_002", "Warm boot")
    table.finished(passed("TC_001"))
    table.finished(without_case(Verdict.NOT_APPLICABLE, "no reservations"))

    seen = terminal.seen(table)
    table.ended(report(is_complete=False))

    assert "Conformance of a CSMS: ws://127.0.0.1:9000/ocpp" in seen
    assert "3 of 10" in seen
    assert "2 passed, 1 not applicable" in seen
    assert "TC_002  Warm boot" in seen
    assert "TC_001" not in seen


def test_failures_stay_above_it_as_they_come_and_the_summary_below(terminal: Terminal) -> None:
    table = LiveTable(terminal.console)
    run = report(passed(), failed(), planned=2)
    table.began(report(planned=2))
    table.finished(run.results[0])
    assert "TC_001" not in terminal.sent

    table.finished(run.results[1])
    assert "TC_003 Regular session" in terminal.sent
    assert "expected: Authorize answered Accepted" in terminal.sent
    table.ended(run)

    assert terminal.sent.rstrip().endswith("1 passed, 1 failed, in 2.5 s\x1b[0m")
    assert "\x1b[1;31m" in terminal.sent


def test_no_color_is_heeded(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    plain = Terminal()
    table = LiveTable(plain.console)
    table.began(report(planned=2))
    table.finished(failed())
    table.ended(report(failed()))

    assert "TC_003" in plain.sent
    assert "\x1b[31m" not in plain.sent
    assert ";31m" not in plain.sent


def test_with_a_baseline_what_changed_stays(terminal: Terminal) -> None:
    table = LiveTable(terminal.console, Baseline(report(failed(), failed("TC_004")), "v1.json"))
    run = report(failed(), passed("TC_004"), planned=2)
    table.began(report(planned=2))
    for result in run.results:
        table.finished(result)
    table.ended(run)

    assert "TC_003" not in terminal.sent
    assert "[newly passing, was fail]" in terminal.sent
    assert "since v1.json: 1 newly passing, 1 the same" in terminal.sent


def test_of_many_running_cases_some_are_named(terminal: Terminal) -> None:
    table = LiveTable(terminal.console)
    for n in range(limits.REPORT_CASES_RUNNING + 4):
        table.running(f"TC_{n}", "t")

    seen = terminal.seen(table)

    assert seen.count("running") == limits.REPORT_CASES_RUNNING
    assert "and 4 more" in seen


def test_a_question_has_the_terminal_to_itself(terminal: Terminal) -> None:
    table = LiveTable(terminal.console)
    table.began(report(planned=2))
    with table.paused():
        before = terminal.sent
        table.running("TC_001", "Cold boot")
        assert terminal.sent == before
    table.ended(report(is_complete=False))

    assert "cut short" in terminal.sent
    assert terminal.sent.count("\x1b[?25l") == terminal.sent.count("\x1b[?25h") == 2


def test_no_text_of_a_stranger_reaches_the_terminal_raw(terminal: Terminal) -> None:
    table = LiveTable(terminal.console)
    table.began(report(subject=HOSTILE, planned=1))
    table.running(HOSTILE, HOSTILE)
    seen = terminal.seen(table)
    table.finished(failed(HOSTILE, title=HOSTILE, again=HOSTILE))
    table.ended(report(is_complete=False))

    for text in (seen, terminal.sent):
        assert "\x1b[2J" not in text
        assert "\u202e" not in text
        assert "\\x1b[2J" in text
