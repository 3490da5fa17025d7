"""The warm server of a test run: one process, on free ports, for all tests of one worker."""

import contextlib
import json
import os
import selectors
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Final

from voltyard.kernel.errors import Unavailable
from voltyard.kernel.time import Seconds

_PATIENCE_S: Final[Seconds] = 120.0
"""A cold start takes seconds; this bounds a hang."""
_PROCESS: Final = "voltyard.testing.lab.warm_server_process"
_LAST_BYTES: Final = 2_000


class WarmServer:
    """A server in a process of its own, which ends with this one. A context manager."""

    def __init__(self, directory: Path) -> None:
        """`directory` is empty, and holds its data and its log."""
        self._directory = directory
        self._log = directory / "server.log"
        self._process: subprocess.Popen[bytes] | None = None
        self.url = ""
        """The URL of REST."""
        self.charger_url = ""
        """The URL that chargers of the default organization dial, but for their identity."""
        self.key = ""
        """An admin's key."""

    def start(self) -> None:
        """Start it and wait until it answers. Unavailable, with the end of its log, where it does
        not."""
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", _PROCESS, str(self._directory / "data")],
                cwd=self._directory,  # -m looks there first: a folder `voltyard` must not be found
                env=_environment(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for the tests, which still ask it for frames
            )
        try:
            address = json.loads(self._first_line(self._process))
        except BaseException:
            self.close()
            raise
        self.url, self.key = address["url"], address["key"]
        self.charger_url = address["charger_url"]

    @property
    def pid(self) -> int:
        """Its process id."""
        assert self._process is not None
        return self._process.pid

    def _first_line(self, process: subprocess.Popen[bytes]) -> bytes:
        assert process.stdout is not None
        give_up_at = time.monotonic() + _PATIENCE_S
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            if selector.select(give_up_at - time.monotonic()) and (
                line := process.stdout.readline()
            ):
                return line
        raise Unavailable(f"the server of the tests did not start: {self._last_words()}")

    def _last_words(self) -> str:
        return self._log.read_bytes()[-_LAST_BYTES:].decode(errors="replace").strip()

    def close(self) -> None:
        """Let it end; what it kept is the caller's to delete."""
        process, self._process = self._process, None
        if process is None:
            return
        assert process.stdin is not None and process.stdout is not None
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()
        try:
            process.wait(timeout=_PATIENCE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()

    def __enter__(self) -> "WarmServer":
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _environment() -> dict[str, str]:
    """The environment of this process, without settings of another server."""
    return {name: text for name, text in os.environ.items() if not name.startswith("VOLTYARD_")}
