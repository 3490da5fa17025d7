"""`voltyard up`, as it is typed: the first key is for a terminal's eyes."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def printed(data: Path, *, on_terminal: bool) -> str:
    """All that a server prints that was never started before."""
    command = [sys.executable, "-m", "voltyard", "up", "--seconds", "1", "--data", str(data)]
    reading, writing = pty.openpty() if on_terminal else os.pipe()
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    environment.pop("VOLTYARD_TOKEN", None)
    run = subprocess.Popen(
        [*command, "--port", "0", "--ocpp-port", "0"],
        stdout=writing,
        stderr=writing,
        env=environment,
    )
    os.close(writing)
    told = b""
    try:
        while part := os.read(reading, 4_096):
            told += part
    except OSError:
        """A terminal whose other side is closed ends so."""
    assert run.wait() == 0, told.decode()
    os.close(reading)
    return told.decode()


def test_the_first_key_is_printed_to_a_terminal(tmp_path: Path) -> None:
    told = printed(tmp_path / "data", on_terminal=True)

    key = (tmp_path / "data" / "token").read_text().strip()
    assert f"/#key={key}" in told
    assert f"key       {key}  (shown once; kept in {tmp_path / 'data' / 'token'})" in told


def test_anywhere_else_the_file_is_named_that_has_the_first_key(tmp_path: Path) -> None:
    told = printed(tmp_path / "data", on_terminal=False)

    key = (tmp_path / "data" / "token").read_text().strip()
    assert key not in told
    assert f"key       kept in {tmp_path / 'data' / 'token'}" in told
