"""A Voltyard server in a process of its own, to be started, killed and started again."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import IO

import httpx

from voltyard.kernel.time import Seconds

_PATIENCE_S: Seconds = 20.0
_POLL_S: Seconds = 0.02


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class ServerProcess:
    """`voltyard up` on free ports of loopback; its data outlives it. A context manager."""

    def __init__(self, data: Path, key: str = "a-key-for-tests", *arguments: str) -> None:
        self.key = key
        self.port = free_port()
        self.ocpp_port = free_port()
        self._arguments = arguments
        self._environment = {
            **os.environ,
            "VOLTYARD_TOKEN": key,
            "VOLTYARD_DATA": str(data),
            "VOLTYARD_PORT": str(self.port),
            "VOLTYARD_OCPP_PORT": str(self.ocpp_port),
        }
        self._process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        """Where REST answers."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def charger_url(self) -> str:
        """The endpoint chargers dial."""
        return f"ws://127.0.0.1:{self.ocpp_port}/ocpp"

    @property
    def output(self) -> IO[str]:
        """What it prints."""
        assert self._process is not None and self._process.stdout is not None
        return self._process.stdout

    def client(self) -> httpx.Client:
        """A client with its key."""
        return httpx.Client(base_url=self.url, headers={"Authorization": f"Bearer {self.key}"})

    def start(self) -> None:
        """Start it and wait until it answers; AssertionError where it does not."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "voltyard", "up", *self._arguments],
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        give_up_at = time.monotonic() + _PATIENCE_S
        while time.monotonic() < give_up_at:
            assert self._process.poll() is None, "the server ended while starting"
            try:
                httpx.get(f"{self.url}/health").raise_for_status()
                return
            except httpx.HTTPError:
                time.sleep(_POLL_S)
        raise AssertionError(f"the server did not answer within {_PATIENCE_S:.0f} s")

    def kill(self) -> None:
        """End it as a power cut would: SIGKILL, nothing is said good-bye to."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """Ask it to end, and wait; its exit code."""
        return self._end(signal.SIGTERM)

    def _end(self, number: signal.Signals) -> int:
        assert self._process is not None
        self._process.send_signal(number)
        code = self._process.wait(timeout=_PATIENCE_S)
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._process = None
        return code

    def __enter__(self) -> "ServerProcess":
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process is not None:
            self.kill()
