"""JSON reports: read as they were written, refused in place, and gone on with after a kill."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.reports.bench import failed, files_in, passed, report, without_case
from voltyard.kernel.errors import Invalid
from voltyard.reports.json_report import (
    JsonReporter,
    partial_of,
    read_report,
    read_unfinished,
    to_json,
)
from voltyard.reports.verdicts import RunReport, Verdict

RUN_UNTIL_KILLED = """
import sys
from pathlib import Path
from tests.reports.bench import failed, passed, report
from voltyard.reports.outputs import OutputFiles, outputs_of

run = report(is_complete=False)
with outputs_of(run, OutputFiles(json=Path(sys.argv[1])), sys.stderr) as outputs:
    outputs.finished(passed("TC_001"))
    outputs.running("TC_003", "the next")
    outputs.finished(failed("TC_003"))
    outputs.running("TC_004", "never over")
    print("running", flush=True)
    sys.stdin.read()
"""


def write(path: Path, run: RunReport) -> Path:
    path.write_bytes(to_json(run))
    return path


def test_a_report_is_read_as_it_was_written(tmp_path: Path) -> None:
    run = report(passed(), failed(), without_case(Verdict.NOT_APPLICABLE, "no reservations"))

    path = write(tmp_path / "report.json", run)

    assert read_report(path) == run
    assert json.loads(path.read_text())["format"] == 1


@pytest.mark.parametrize(
    ("content", "wrong"),
    [
        ("", "truncated"),
        ("{", "truncated"),
        ("[]", "Expected `object`, got `array`"),
        ("{}", "missing required field `title`"),
        ('{"format": 2}', "its format is 2, and 1 is what can be read"),
        ('{"format": 0}', "its format is 0"),
        ("\x00\x01", "malformed"),
        ('{"x":' * 100_000, "recursion"),
    ],
)
def test_what_is_no_report_is_refused_with_the_file_and_what_is_wrong(
    tmp_path: Path, content: str, wrong: str
) -> None:
    path = tmp_path / "report.json"
    path.write_text(content)

    with pytest.raises(Invalid, match=wrong) as raised:
        read_report(path)
    assert str(raised.value).startswith(f"{path} is not a report of voltyard: ")
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("field", "value", "wrong"),
    [
        ("verdict", "ok", r"Invalid enum value 'ok' - at `\$.results\[0\].verdict`"),
        ("took_s", "1", r"Expected `float`, got `str` - at `\$.results\[0\].took_s`"),
        ("failure", {}, r"missing required field `step` - at `\$.results\[0\].failure`"),
    ],
)
def test_a_wrong_value_is_named_by_its_place(
    tmp_path: Path, field: str, value: object, wrong: str
) -> None:
    told = json.loads(to_json(report(passed())))
    told["results"][0][field] = value
    path = tmp_path / "report.json"
    path.write_text(json.dumps(told))

    with pytest.raises(Invalid, match=wrong):
        read_report(path)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match=r"cannot read .*none.json: No such file"):
        read_report(tmp_path / "none.json")
    with pytest.raises(Invalid, match=r"cannot read .*: Is a directory"):
        read_report(tmp_path)


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_bytes(to_json(report()).replace(b"Conformance", b"Conf\xff"))

    with pytest.raises(Invalid, match="is not a report of voltyard"):
        read_report(path)


def test_a_killed_run_loses_the_running_case_alone(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    process = subprocess.Popen(
        [sys.executable, "-c", RUN_UNTIL_KILLED, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "running\n"

    process.send_signal(signal.SIGKILL)
    process.communicate()

    assert files_in(tmp_path) == ["report.json.partial"]
    run = read_unfinished(path, report().subject)
    assert [one.id for one in run.results] == ["TC_001", "TC_003"]
    assert run.results[1] == failed("TC_003")
    assert not run.is_complete


def test_a_run_goes_on_and_ends_as_one_report(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    undecided = without_case(Verdict.INCONCLUSIVE, "the link was lost", "TC_002")
    first = JsonReporter(path)
    first.began(report(is_complete=False))
    for result in (passed("TC_001"), undecided):
        first.finished(result)

    run = read_unfinished(path, report().subject)
    assert [one.id for one in run.results] == ["TC_001"]
    second = JsonReporter(path)
    second.began(run)
    assert [one.id for one in read_unfinished(path, run.subject).results] == ["TC_001"]
    run.results.append(passed("TC_002"))
    second.finished(run.results[-1])
    run.is_complete = True
    second.ended(run)

    assert read_report(path) == run
    assert files_in(tmp_path) == ["report.json"]


def test_the_last_line_may_be_torn_and_no_other(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    reporter = JsonReporter(path)
    reporter.began(report())
    reporter.finished(passed("TC_001"))
    reporter.finished(passed("TC_002"))
    partial = partial_of(path)
    whole = partial.read_bytes()

    partial.write_bytes(whole[:-20])
    assert [one.id for one in read_unfinished(path, report().subject).results] == ["TC_001"]
    partial.write_bytes(whole.replace(b'"TC_001"', b"1"))
    with pytest.raises(Invalid, match=r"\.partial, line 2 is not a report .*Expected `str`"):
        read_unfinished(path, report().subject)


def test_a_run_against_another_subject_is_not_gone_on_with(tmp_path: Path) -> None:
    path = write(tmp_path / "report.json", report(passed()))

    with pytest.raises(Invalid, match=r"is of ws://127.0.0.1:9000/ocpp, and not of ws://other"):
        read_unfinished(path, "ws://other")


def test_a_subject_with_credentials_is_known_again(tmp_path: Path) -> None:
    run = report(passed(), subject="ws://a:***@host/")
    path = write(tmp_path / "report.json", run)

    assert read_unfinished(path, "ws://a:secret@host/").results == run.results


def test_a_device_is_written_to_without_a_file_beside_it(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)

    reporter = JsonReporter(pipe)
    reporter.began(report())
    reporter.finished(passed())
    assert files_in(tmp_path) == ["pipe"]
    reporter.ended(report(passed()))

    assert json.loads(os.read(reader, 100_000))["results"][0]["id"] == "TC_001"
    os.close(reader)
