"""The helper that starts servers for tests: one that does not answer is not left behind."""

from pathlib import Path

import pytest

from voltyard.testing import processes
from voltyard.testing.processes import ServerProcess

pytestmark = pytest.mark.slow


def test_a_server_that_ends_while_starting_says_why(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="no-such-option"):
        ServerProcess(tmp_path, "a-key", "--no-such-option").start()


def test_a_server_that_does_not_answer_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[processes.subprocess.Popen[str]] = []

    class Popen(processes.subprocess.Popen[str]):
        def __init__(self, *arguments: object, **named: object) -> None:
            super().__init__(*arguments, **named)  # type: ignore[call-overload]
            started.append(self)

    monkeypatch.setattr(processes.subprocess, "Popen", Popen)
    monkeypatch.setattr(processes, "_PATIENCE_S", 0.0)
    with pytest.raises((AssertionError, processes.subprocess.TimeoutExpired)):
        ServerProcess(tmp_path, "a-key").start()
    assert started[0].wait(timeout=30) != 0
