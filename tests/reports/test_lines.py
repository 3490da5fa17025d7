"""Plain lines of a run."""

from io import StringIO

from tests.reports.bench import ANSWER, HOSTILE, LATENCIES, failed, passed, report, without_case
from voltyard.reports.baseline import Baseline
from voltyard.reports.lines import LineReporter
from voltyard.reports.verdicts import FigureTable, RunReport, Verdict


def lines_of(run: RunReport, baseline: Baseline | None = None, done: int = 0) -> list[str]:
    stream = StringIO()
    reporter = LineReporter(stream, baseline)
    results, run.results = run.results, run.results[:done]
    reporter.began(run)
    for result in results[done:]:
        reporter.running(result.id, result.title)
        run.results.append(result)
        reporter.finished(result)
    reporter.ended(run)
    return stream.getvalue().splitlines()


def test_each_case_is_a_line_and_a_failure_explains_itself() -> None:
    result = failed()
    inapplicable = without_case(Verdict.NOT_APPLICABLE, "no reservations")
    undecided = without_case(Verdict.INCONCLUSIVE, "the link was lost", "TC_011")

    told = lines_of(report(passed(), result, inapplicable, undecided, planned=4))

    assert told == [
        "4 cases against ws://127.0.0.1:9000/ocpp",
        "PASS            TC_001 Cold boot (OCPP 1.6, 1.2 s)",
        "FAIL            TC_003 Regular session (OCPP 1.6, 1.2 s)",
        "    step:     the tag is shown",
        "    expected: Authorize answered Accepted",
        f"    came:     {ANSWER}",
        "    rule:     OCPP 1.6 section 4.1",
        "    seed:     42",
        f"    again:    {result.again}",
        "NOT APPLICABLE  TC_010 Cold boot (OCPP 1.6, 1.2 s): no reservations",
        "INCONCLUSIVE    TC_011 Cold boot (OCPP 1.6, 1.2 s)",
        "    why:      the link was lost",
        "1 passed, 1 failed, 1 inconclusive, 1 not applicable, in 2.5 s",
    ]


def test_a_run_that_goes_on_says_so_and_counts_all() -> None:
    told = lines_of(report(passed("TC_001"), passed("TC_002"), planned=2), done=1)

    assert told[0] == "2 cases against ws://127.0.0.1:9000/ocpp; 1 are played already"
    assert told[1].startswith("PASS            TC_002")
    assert told[-1] == "2 passed, in 2.5 s"


def test_a_run_cut_short_says_so() -> None:
    told = lines_of(report(passed(), is_complete=False, planned=7))

    assert told[-1] == "1 passed; cut short after 1 of 7 cases, in 2.5 s"


def test_with_a_baseline_only_what_changed_is_told() -> None:
    earlier = report(passed("TC_001"), passed("TC_002"), failed("TC_003"), passed("TC_009"))
    now = report(passed("TC_001"), failed("TC_002"), passed("TC_003"), passed("TC_005"))

    told = lines_of(now, Baseline(earlier, "v1.json"))

    assert [line for line in told if not line.startswith(" ")] == [
        "FAIL            TC_002 Regular session (OCPP 1.6, 1.2 s) [newly failing, was pass]",
        "PASS            TC_003 Cold boot (OCPP 1.6, 1.2 s) [newly passing, was fail]",
        "PASS            TC_005 Cold boot (OCPP 1.6, 1.2 s) [new]",
        "3 passed, 1 failed, in 2.5 s",
        "since v1.json: 1 newly failing, 1 newly passing, 1 new, 1 gone, 1 the same",
    ]
    assert told[-1] == "  gone: TC_009 Cold boot (pass)"


def test_no_text_of_a_stranger_reaches_the_terminal_raw() -> None:
    result = failed(HOSTILE, title=HOSTILE, again=HOSTILE, why=HOSTILE)
    inapplicable = without_case(Verdict.NOT_APPLICABLE, HOSTILE)

    told = lines_of(report(result, inapplicable, subject=HOSTILE, planned=2))

    assert all(sign.isprintable() for line in told for sign in line if sign != "\ufffe")


def test_figures_stand_in_columns_before_the_summary() -> None:
    assert lines_of(report(passed(), tables=[LATENCIES]))[1:] == [
        "latency per action",
        "    action     calls    p99",
        "    Authorize  1,200  12 ms",
        "    Heartbeat      7   3 ms",
        "1 passed, in 2.5 s",
    ]


def test_words_in_a_table_stand_to_the_left() -> None:
    rows = [["a", "4 ms", "late"], ["b", "-", "in time, nearly"]]
    table = FigureTable(title="t", columns=["action", "p99", "why"], rows=rows)

    assert lines_of(report(passed(), tables=[table]))[2:5] == [
        "    action   p99  why",
        "    a       4 ms  late",
        "    b          -  in time, nearly",
    ]
