"""`voltyard up --demo`, as it is typed."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from voltyard.testing.processes import free_port

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

KEPT = re.compile(r"^key       kept in (\S+)$", re.MULTILINE)


def shown(
    directory: Path, *arguments: str, ocpp_port: int = 0, **environment: str
) -> subprocess.CompletedProcess[str]:
    """A demo of so short a time that no session is whole when it is over."""
    command = [sys.executable, "-m", "voltyard", "up", "--demo", "--seconds", "4", *arguments]
    return subprocess.run(
        [*command, "--port", "0", "--ocpp-port", str(ocpp_port)],
        cwd=directory,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_short_demo_lets_its_drivers_leave_and_succeeds(tmp_path: Path) -> None:
    run = shown(tmp_path)

    assert (run.returncode, run.stderr) == (0, "")
    told = re.search(
        r"completed sessions: (\d) over OCPP1\.6, (\d) over OCPP2\.0\.1\n$", run.stdout
    )
    assert told is not None
    assert run.stdout.count(" leaves with ") == int(told[1]) + int(told[2])
    assert int(told[1]) and int(told[2])
    assert [entry.name for entry in tmp_path.iterdir()] == ["demo-data"]


def test_a_second_demo_in_a_directory_that_was_named_goes_on_there(
    tmp_path: Path,
) -> None:
    port = free_port()  # its chargers dial where they did
    first = shown(tmp_path, "--data", "kept", ocpp_port=port)
    second = shown(tmp_path, "--data", "kept", ocpp_port=port)

    assert all(KEPT.findall(run.stdout) == ["kept/token"] for run in (first, second))
    assert (tmp_path / "kept" / "token").read_text().strip() not in first.stdout + second.stdout
    assert "transaction 1, OCPP1.6" in first.stdout
    assert "transaction 1, OCPP1.6" not in second.stdout
    assert "OCPP1.6)" in second.stdout
    assert [entry.name for entry in tmp_path.iterdir()] == ["kept"]


def test_a_key_that_was_given_is_printed_nowhere(tmp_path: Path) -> None:
    run = shown(tmp_path, VOLTYARD_TOKEN="a-key-of-my-own")

    assert run.returncode == 0
    assert "a-key-of-my-own" not in run.stdout + run.stderr
