"""A command whose reader goes away ends, without a traceback."""

import os
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest

from voltyard.cli.output import LogStream, until_unread


def unread(*arguments: str, lines: int, directory: Path) -> tuple[int, str]:
    """Exit code and standard error of a command whose reader is gone after so many lines."""
    with subprocess.Popen(
        [sys.executable, "-m", "voltyard", *arguments],
        cwd=directory,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        for _ in range(lines):
            process.stdout.readline()
        process.stdout.close()
        said = process.stderr.read()
    return process.returncode, said


@pytest.mark.parametrize(
    "arguments",
    [
        ("--help",),
        ("--version",),
        ("simulate", "--chargers", "1", "--hours", "1"),
        ("up", "--port", "0", "--ocpp-port", "0"),
    ],
    ids=lambda arguments: arguments[0],
)
@pytest.mark.slow
def test_a_command_that_is_never_read_ends_quietly(
    arguments: tuple[str, ...], tmp_path: Path
) -> None:
    assert unread(*arguments, lines=0, directory=tmp_path) == (1, "")


@pytest.mark.slow
def test_a_demo_ends_quietly_when_its_reader_has_seen_enough(tmp_path: Path) -> None:
    arguments = ("up", "--demo", "--port", "0", "--ocpp-port", "0")

    assert unread(*arguments, lines=10, directory=tmp_path) == (1, "")


def test_another_failure_is_not_taken_for_it() -> None:
    def fail() -> None:
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        until_unread(fail)


def test_log_lines_that_cannot_be_written_raise_nothing() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    log = LogStream(os.fdopen(writer, "w", buffering=1))

    log.write("lost\n")
    log.flush()


def test_log_lines_are_written() -> None:
    file = StringIO()

    LogStream(file).write("kept\n")

    assert file.getvalue() == "kept\n"
