"""Each threshold becomes a result, and a generator that was too slow judges nobody."""

from voltyard.load.figures import LoadFigures, LoadSample
from voltyard.load.judgement import judge, tables
from voltyard.load.plans.durations import duration_text
from voltyard.load.thresholds import read_threshold
from voltyard.reports.verdicts import Result, RunReport, Verdict

THRESHOLDS = ("Heartbeat.p99 < 50ms", "errors < 1%", "Authorize.p99 < 1s")


def figures(latency_s: float = 0.01) -> LoadFigures:
    found = LoadFigures(is_complete=True, wanted=1, connected=1, took_s=60.0, cpu_share=0.4)
    for _ in range(100):
        found.of("Heartbeat").answered(latency_s)
    return found


def judged(found: LoadFigures) -> dict[str, Result]:
    results = judge(
        tuple(map(read_threshold, THRESHOLDS)), found, version="1.6", began_at=0.0, seed=7, again=""
    )
    return {one.id: one for one in results}


def verdicts(found: LoadFigures) -> list[Verdict]:
    return [one.verdict for one in judged(found).values()]


def exit_code(found: LoadFigures, *thresholds: str) -> int:
    results = [one for id, one in judged(found).items() if id in thresholds]
    report = RunReport(
        title="", subject="", command="", tool="", began_at=0.0, is_complete=True, results=results
    )
    return report.exit_code


def test_a_threshold_passes_fails_or_has_nothing_to_judge() -> None:
    assert verdicts(figures()) == [Verdict.PASS, Verdict.PASS, Verdict.INCONCLUSIVE]
    assert verdicts(figures(0.06)) == [Verdict.FAIL, Verdict.PASS, Verdict.INCONCLUSIVE]


def test_a_failure_says_what_was_expected_and_what_came() -> None:
    failure = judged(figures(0.06))["Heartbeat.p99 < 50ms"].failure

    assert failure is not None
    assert (failure.expected, failure.came) == ("Heartbeat.p99 < 50ms", "60.0 ms of 100 calls")


def test_the_exit_code_is_that_of_the_thresholds() -> None:
    assert exit_code(figures(), "Heartbeat.p99 < 50ms", "errors < 1%") == 0
    assert exit_code(figures(0.06), *THRESHOLDS) == 1
    assert exit_code(figures(), *THRESHOLDS) == 2


def test_a_generator_that_was_late_makes_all_of_it_inconclusive() -> None:
    found = figures(0.06)
    for _ in range(10):
        found.lag.add(0.001)
    found.lag.add(0.4)

    assert verdicts(found) == [Verdict.INCONCLUSIVE] * 3
    assert "400 ms late" in judged(found)["errors < 1%"].why
    assert "40%" in judged(found)["errors < 1%"].why


def test_a_run_that_was_stopped_is_inconclusive_and_a_bug_of_ours_an_error() -> None:
    stopped, broken = figures(), figures()
    stopped.is_complete = False
    broken.broken.append("L-1: AssertionError: oh")

    assert verdicts(stopped) == [Verdict.INCONCLUSIVE] * 3
    assert verdicts(broken) == [Verdict.ERROR] * 3


def test_the_tables_tell_of_actions_errors_dials_the_generator_and_time() -> None:
    found = figures()
    found.of("connect").answered(0.002)
    found.of("Authorize").failed("InternalError", 0.5)
    found.refused_dials["HTTP 503"] = 2
    for second in range(200):
        found.timeline.add(LoadSample(float(second), "hold 200s", 1, 1, second, 0))

    by_title = {one.title: one for one in tables(found)}

    assert [row[0] for row in by_title["Latencies"].rows] == [
        "connect",
        "Authorize",
        "Heartbeat",
        "all",
    ]
    assert by_title["Latencies"].rows[2][:4] == ["Heartbeat", "100", "0", "10.0 ms"]
    assert by_title["Errors"].rows == [["Authorize", "InternalError", "1"]]
    assert by_title["Refused dials"].rows == [["HTTP 503", "2"]]
    assert by_title["Generator"].rows[2] == ["share of a processor", "40%"]
    timeline = by_title["Chargers connected"].rows
    assert len(timeline) <= 21
    assert timeline[0][0], timeline[-1][0] == ("0 s", "199 s")


def test_a_latency_is_told_with_three_digits_at_most() -> None:
    told = [duration_text(one) for one in (0.0, 0.000_812, 0.004_21, 0.9996, 1.054, 31.0, 120.0)]

    assert told == ["0.00 us", "812 us", "4.21 ms", "1.00 s", "1.05 s", "31.0 s", "120 s"]
