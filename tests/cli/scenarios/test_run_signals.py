"""Signals in the middle of `voltyard run`: a report of what was played is left."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

_PATIENCE_S = 120.0
QUICK = """name: quick
theme: sessions
title: A cable goes in
steps:
  - do: plug_in
  - expect: {frame: StatusNotification, within: 60 s}
"""
WAITING = """name: waiting
theme: sessions
title: The CSMS never asks
steps:
  - expect: {frame: Reset, within: 300 s}
"""


@pytest.mark.timeout(300)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_leaves_the_report_of_what_was_played(
    tmp_path: Path, number: signal.Signals
) -> None:
    (tmp_path / "quick.yaml").write_text(QUICK)
    (tmp_path / "waiting.yaml").write_text(WAITING)
    report = tmp_path / "report.json"
    csms = subprocess.Popen(
        [sys.executable, "-m", "tests.cli.acceptor"], stdout=subprocess.PIPE, text=True
    )
    assert csms.stdout is not None
    url = f"ws://127.0.0.1:{csms.stdout.readline().strip()}/ocpp"
    words = ["run", "quick.yaml", "waiting.yaml", "--url", url, "--version", "1.6"]
    process = subprocess.Popen(
        [sys.executable, "-m", "voltyard", *words, "--json", str(report)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=tmp_path,
        start_new_session=True,
        preexec_fn=_heed_ctrl_c,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    assert process.stdout is not None
    told = ""
    for line in process.stdout:
        told += line
        if "quick" in line:
            break
    os.killpg(process.pid, number)
    rest, _ = process.communicate(timeout=_PATIENCE_S)
    csms.kill()
    csms.communicate()

    content = json.loads(report.read_text())
    assert process.returncode == 2, told + rest
    assert "Traceback" not in told + rest
    assert [one["verdict"] for one in content["results"]] == ["pass"], content["results"]
    assert content["is_complete"] is False


def _heed_ctrl_c() -> None:
    """A shell has what it starts in the background ignore Ctrl-C, and its children likewise."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
