"""Signals in the middle of a run: a report of what was played is left, and `--resume` goes on."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from voltyard.testing.processes import free_port

_PATIENCE_S = 120.0
CASES = ("--cases", "TC_003_CS", "--cases", "TC_047_CS")
"""One that is over at once, and one that waits for a reservation to expire."""


def started(*arguments: str) -> subprocess.Popen[str]:
    """A command in a process group of its own, as a shell begins it."""
    return subprocess.Popen(
        [sys.executable, "-m", "voltyard", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )


def ended_by(process: subprocess.Popen[str], number: int, after: str) -> tuple[int, str]:
    """Exit code and output of a command whose whole group got a signal after that was printed."""
    assert process.stdout is not None
    told = ""
    for line in process.stdout:
        told += line
        if after in line:
            break
    os.killpg(process.pid, number)
    rest, _ = process.communicate(timeout=_PATIENCE_S)
    return process.returncode, told + rest


def verdicts(report: Path) -> dict[str, Any]:
    content = json.loads(report.read_text())
    found = {one["id"]: one["verdict"] for one in content["results"]}
    return {**found, "is_complete": content["is_complete"]}


def conform(listen: str, *arguments: str) -> Sequence[str]:
    return ("conform", "charger", "--listen", listen, "--jobs", "1", *CASES, *arguments)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_gets_a_signal_leaves_its_report_and_goes_on(
    tmp_path: Path, number: signal.Signals
) -> None:
    listen = f"ws://127.0.0.1:{free_port()}/ocpp"
    report, whole = tmp_path / "report.json", tmp_path / "whole.json"
    junit = tmp_path / "report.xml"
    files = ("--json", str(report), "--junit", str(junit))
    code, told = ended_by(started(*conform(listen, *files)), number, after="TC_003_CS")

    assert code == 2, told
    assert "stopped: the reports have what was played; --resume goes on" in told
    assert "Traceback" not in told
    assert verdicts(report) == {"TC_003_CS": "pass", "is_complete": False}
    assert "TC_003_CS" in junit.read_text() and "the run is complete" in junit.read_text()

    again = started(*conform(listen, "--resume", str(report), "--json", str(whole)))
    printed, _ = again.communicate(timeout=_PATIENCE_S)
    assert again.returncode == 0, printed
    assert verdicts(whole) == {"TC_003_CS": "pass", "TC_047_CS": "pass", "is_complete": True}
