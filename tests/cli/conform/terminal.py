"""A command on a terminal, and the person there, played by a test."""

import contextlib
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

_PATIENCE_S = 60.0
_NOTICED_S = 5.0
OF_A_PERSON = re.compile(r"(?:^|\n)([^\n]+?)\r?\n  \[Enter\] done[^\n]*> $")
"""A question of `--driver prompt`."""


class Terminal:
    """A command on a terminal, whose questions are read one by one."""

    def __init__(
        self,
        arguments: list[str],
        environment: dict[str, str],
        asked: re.Pattern[str] = OF_A_PERSON,
    ) -> None:
        """`asked` is how a question ends what was printed; its group is the question."""
        self._reading, writing = pty.openpty()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "voltyard", *arguments],
            stdin=writing,
            stdout=writing,
            stderr=writing,
            env={**os.environ, "TERM": "xterm-256color", "COLUMNS": "200", **environment},
            start_new_session=True,
        )
        os.close(writing)
        self._question = asked
        self.told = ""
        self._asked = 0

    def question(self) -> str:
        """The next question; empty once the command has ended."""
        give_up_at = time.monotonic() + _PATIENCE_S
        while time.monotonic() < give_up_at:
            new = self.told[self._asked :]
            if (found := self._question.search(_plain(new))) is not None:
                self._asked = len(self.told)
                return found[1]
            if not select.select([self._reading], [], [], 1.0)[0]:
                continue
            try:
                self.told += os.read(self._reading, 4_096).decode(errors="replace")
            except OSError:  # the other side is closed
                return ""
        raise AssertionError(self.told)

    def questions(self) -> Iterator[str]:
        while question := self.question():
            yield question

    def reply(self, text: str) -> None:
        os.write(self._reading, f"{text}\n".encode())

    def interrupt(self) -> None:
        """Ctrl-C, until it ends. Python sees a signal that comes a moment before it begins to read
        a line only once the line is there; a person presses the keys again."""
        give_up_at = time.monotonic() + _PATIENCE_S
        while time.monotonic() < give_up_at:
            os.killpg(self._process.pid, signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(timeout=_NOTICED_S)
                return

    def end(self) -> int:
        code = self._process.wait(timeout=_PATIENCE_S)
        with contextlib.suppress(OSError):
            os.close(self._reading)
        return code


def _plain(text: str) -> str:
    """The text without a terminal's control sequences."""
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)
