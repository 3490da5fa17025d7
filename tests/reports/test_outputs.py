"""All outputs of a run at once, however it ends."""

import contextlib
import io
import os
from pathlib import Path
from typing import Any

import pytest

from tests.reports.bench import LATENCIES, failed, files_in, frame, passed, report, without_case
from voltyard.kernel import limits
from voltyard.kernel.errors import Invalid
from voltyard.reports.json_report import read_report, to_json
from voltyard.reports.outputs import OutputFiles, RunOutputs, outputs_of
from voltyard.reports.verdicts import Result, RunReport, Verdict


class TerminalStream(io.StringIO):
    def isatty(self) -> bool:
        return True


def files(folder: Path, *names: str) -> OutputFiles:
    return OutputFiles(**{name: folder / f"report.{name}" for name in names})


def play(outputs: RunOutputs, *results: Result) -> None:
    with outputs:
        for result in results:
            outputs.running(result.id, result.title)
            outputs.finished(result)
        outputs.complete()


def test_a_run_writes_every_file_that_was_asked_for(tmp_path: Path) -> None:
    stream = io.StringIO()
    run = report(is_complete=False, took_s=0.0)
    outputs = outputs_of(run, files(tmp_path, "junit", "json"), stream)

    play(outputs, passed(), failed())

    assert outputs.exit_code == 1
    assert files_in(tmp_path) == ["report.json", "report.junit"]
    written = read_report(tmp_path / "report.json")
    assert written == run
    assert written.is_complete
    assert written.results == [passed(), failed()]
    assert b"<failure" in (tmp_path / "report.junit").read_bytes()
    assert "1 passed, 1 failed" in stream.getvalue()


@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit, RuntimeError])
def test_a_run_that_is_cut_short_leaves_what_was_played(
    tmp_path: Path, stop: type[BaseException]
) -> None:
    run = report(is_complete=False, planned=5)
    outputs = outputs_of(run, files(tmp_path, "junit", "json"), io.StringIO())

    with pytest.raises(stop), outputs:
        outputs.finished(passed())
        outputs.running("TC_002", "never over")
        raise stop

    assert outputs.exit_code == 2
    written = read_report(tmp_path / "report.json")
    assert [one.id for one in written.results] == ["TC_001"]
    assert not written.is_complete
    assert b"cut short after 1 of 5 cases" in (tmp_path / "report.junit").read_bytes()


@pytest.mark.parametrize("name", ["junit", "json"])
def test_a_file_that_cannot_be_written_is_told_before_the_run(tmp_path: Path, name: str) -> None:
    named: dict[str, Any] = {"junit": tmp_path / "a", "json": tmp_path / "b"}
    named[name] = tmp_path / "none" / "report"

    with pytest.raises(Invalid, match=r"cannot write .*none/report: No such file") as raised:
        outputs_of(report(), OutputFiles(**named), io.StringIO())
    assert "\n" not in str(raised.value)
    assert files_in(tmp_path) == []


def test_one_file_for_two_reports_is_refused(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("report")
    both = OutputFiles(junit=tmp_path / "report", json=tmp_path / "link")

    with pytest.raises(Invalid, match="two reports would be written to one file"):
        outputs_of(report(), both, io.StringIO())


def test_a_file_that_fails_at_the_end_does_not_take_the_others_with_it(tmp_path: Path) -> None:
    folder = tmp_path / "gone"
    folder.mkdir()
    asked = OutputFiles(json=folder / "report.json", junit=tmp_path / "report.xml")
    outputs = outputs_of(report(), asked, io.StringIO())

    def play_and_lose() -> None:
        with outputs:
            outputs.finished(passed())
            for path in folder.iterdir():
                path.unlink()
            folder.rmdir()

    with pytest.raises(Invalid, match=r"cannot write .*gone/report.json"):
        play_and_lose()
    assert b"TC_001" in (tmp_path / "report.xml").read_bytes()


def test_a_reader_that_is_gone_does_not_take_the_files_with_it(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)

    stream = os.fdopen(writer, "w")

    with (
        pytest.raises(BrokenPipeError),
        outputs_of(report(), files(tmp_path, "json"), stream) as outputs,
    ):
        outputs.finished(passed())
    with contextlib.suppress(BrokenPipeError):
        stream.close()

    assert [one.id for one in read_report(tmp_path / "report.json").results] == ["TC_001"]


def test_regressions_alone_decide_where_there_is_a_baseline(tmp_path: Path) -> None:
    earlier = tmp_path / "before.json"
    earlier.write_bytes(to_json(report(failed(), passed("TC_004"))))
    asked = OutputFiles(baseline=earlier, json=earlier)

    known = outputs_of(report(is_complete=False), asked, io.StringIO())
    play(known, failed(), passed("TC_004"))
    assert known.report.exit_code == 1
    assert known.exit_code == 0
    assert [one.before for one in read_report(earlier).results] == [Verdict.FAIL, Verdict.PASS]
    assert read_report(earlier).baseline == str(earlier)

    worse = outputs_of(report(is_complete=False), OutputFiles(baseline=earlier), io.StringIO())
    play(worse, failed(), failed("TC_004"))
    assert worse.exit_code == 1


def test_a_baseline_that_is_no_report_is_told_before_the_run(tmp_path: Path) -> None:
    (tmp_path / "before.json").write_text("{}")

    with pytest.raises(Invalid, match=r"before.json is not a report"):
        outputs_of(report(), OutputFiles(baseline=tmp_path / "before.json"), io.StringIO())


def test_a_run_that_goes_on_has_the_results_of_both(tmp_path: Path) -> None:
    run = report(passed("TC_001"), is_complete=False, took_s=100.0)

    play(outputs_of(run, files(tmp_path, "json"), io.StringIO()), passed("TC_002"))

    written = read_report(tmp_path / "report.json")
    assert [one.id for one in written.results] == ["TC_001", "TC_002"]
    assert 100.0 <= written.took_s < 200.0


def test_results_are_kept_within_the_bounds_of_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "REPORT_FRAMES", 250)
    run: RunReport = report(passed("TC_000", frames=[frame()] * 100))
    outputs = outputs_of(run, OutputFiles(), io.StringIO())

    play(outputs, *(passed(f"TC_{n}", frames=[frame()] * 100) for n in (1, 2)))

    kept = [len(one.frames) for one in run.results]
    assert kept == [100, 100, limits.REPORT_FRAMES_LAST]
    assert run.results[2].frames_left_out == 50


@pytest.mark.parametrize(
    ("terminal", "term", "is_live"),
    [(True, "xterm", True), (True, "dumb", False), (False, "xterm", False)],
)
def test_a_terminal_has_a_table_and_a_pipe_has_lines(
    monkeypatch: pytest.MonkeyPatch, terminal: bool, term: str, is_live: bool
) -> None:
    monkeypatch.setenv("TERM", term)
    stream = TerminalStream() if terminal else io.StringIO()

    play(outputs_of(report(planned=1), OutputFiles(), stream), passed())

    assert ("PASS" not in stream.getvalue()) is is_live
    assert ("\x1b[?25l" in stream.getvalue()) is is_live


def test_a_question_pauses_a_table_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    stream = TerminalStream()
    with outputs_of(report(), OutputFiles(), stream) as outputs, outputs.paused():
        assert stream.getvalue().count("\x1b[?25h") == 1
    with outputs_of(report(), OutputFiles(), io.StringIO()) as outputs, outputs.paused():
        outputs.finished(without_case(Verdict.INCONCLUSIVE, "w"))


def test_figures_that_come_at_the_end_are_in_every_output(tmp_path: Path) -> None:
    stream = io.StringIO()
    run = report(is_complete=False)
    with outputs_of(run, files(tmp_path, "json", "junit"), stream) as outputs:
        outputs.finished(passed())
        run.tables.append(LATENCIES)
        outputs.complete()

    assert read_report(tmp_path / "report.json").tables == [LATENCIES]
    assert b"Authorize  1,200  12 ms" in (tmp_path / "report.junit").read_bytes()
    assert "Authorize  1,200  12 ms" in stream.getvalue()
