"""A Voltyard server, and its workers, in processes of their own: started, killed, started again."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import IO, Self

import httpx

from voltyard.bus.local_server import free_port
from voltyard.kernel.time import Seconds

_PATIENCE_S: Seconds = 120.0
_POLL_S: Seconds = 0.02


def _limited(open_files: int | None) -> list[str]:
    """The beginning of a command that may open so many files."""
    return [] if open_files is None else ["sh", "-c", f'ulimit -n {open_files}; exec "$@"', "-"]


class ServerProcess:
    """`voltyard up` on free ports of loopback; its data outlives it. A context manager."""

    def __init__(
        self,
        data: Path,
        key: str = "a-key-for-tests",
        *arguments: str,
        database_url: str | None = None,
        open_files: int | None = None,
    ) -> None:
        """`open_files` is its hard limit of those."""
        self._open_files = open_files
        self.key = key
        self._data = data
        self.port = free_port()
        self.ocpp_port = free_port()
        self.arguments = arguments
        """Of the next start; so too the environment."""
        self.environment = {
            **os.environ,
            "VOLTYARD_TOKEN": key,
            "VOLTYARD_DATA": str(data),
            "VOLTYARD_PORT": str(self.port),
            "VOLTYARD_OCPP_PORT": str(self.ocpp_port),
        }
        if database_url is not None:
            self.environment["VOLTYARD_DATABASE_URL"] = database_url
        self._process: subprocess.Popen[str] | None = None
        self._errors: IO[str] | None = None

    @property
    def url(self) -> str:
        """The URL at which REST answers."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def charger_url(self) -> str:
        """The endpoint chargers dial."""
        return f"ws://127.0.0.1:{self.ocpp_port}/ocpp"

    @property
    def bus_url(self) -> str:
        """The bus that workers dial, with their password; once it has started, and where the bus
        is its own."""
        return (self._data / "bus" / "worker-url").read_text().strip()

    @property
    def pid(self) -> int:
        """Its process id."""
        assert self._process is not None
        return self._process.pid

    @property
    def output(self) -> IO[str]:
        """Its standard output."""
        assert self._process is not None and self._process.stdout is not None
        return self._process.stdout

    def client(self) -> httpx.Client:
        """A client with its key."""
        headers = {"Authorization": f"Bearer {self.key}"}
        return httpx.Client(base_url=self.url, headers=headers, timeout=_PATIENCE_S)

    def start(self) -> None:
        """Start it and wait until it answers; where it does not, it is ended: AssertionError."""
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115 - closed with the process
        self._process = subprocess.Popen(
            [*_limited(self._open_files), sys.executable, "-m", "voltyard", "up", *self.arguments],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
        )
        try:
            self._wait_until_it_answers(self._process)
        except BaseException:
            self.kill()
            raise

    def _wait_until_it_answers(self, process: subprocess.Popen[str]) -> None:
        give_up_at = time.monotonic() + _PATIENCE_S
        while time.monotonic() < give_up_at:
            assert process.poll() is None, f"the server ended: {self._last_words()}"
            if self._answers():
                return
            time.sleep(_POLL_S)
        raise AssertionError(f"no answer within {_PATIENCE_S:.0f} s: {self._last_words()}")

    def _answers(self) -> bool:
        """By the standard library: it is asked tens of times, in vain but for the last."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=_PATIENCE_S)
        try:
            connection.request("GET", "/health")
            return connection.getresponse().status == 200
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()

    def said(self) -> str:
        """The text it has written to stderr so far, which is its log."""
        assert self._errors is not None
        file = self._errors.fileno()
        # The server writes where this file stands: reading it must not move that.
        return os.pread(file, os.fstat(file).st_size, 0).decode(errors="replace")

    def _last_words(self) -> str:
        return self.said()[-2000:]

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
        if self._errors is not None:
            self._errors.close()
        self._process = None
        return code

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self.kill()


class WorkerProcess:
    """`voltyard worker`, started. A context manager that kills it where it has not ended."""

    def __init__(
        self,
        name: str,
        bus_url: str,
        *,
        environment: Mapping[str, str] | None = None,
        open_files: int | None = None,
    ) -> None:
        """`environment` is what it is told beside where to dial, and as whom; `open_files` is its
        hard limit of those."""
        told = {
            "VOLTYARD_BUS_URL": bus_url,
            "VOLTYARD_WORKER_NAME": name,
        }
        self._process = subprocess.Popen(
            [*_limited(open_files), sys.executable, "-m", "voltyard", "worker"],
            env={**os.environ, **(environment or {}), **told},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )

    def stop(self) -> int:
        """Ask it to end, and wait; its exit code."""
        self._process.terminate()
        return self.ended()

    def ended(self) -> int:
        """Its exit code, once it has ended."""
        return self._process.wait(timeout=_PATIENCE_S)

    def said(self) -> str:
        """The text it has written to stderr; once it has ended."""
        assert self._process.stderr is not None
        return self._process.stderr.read()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        assert self._process.stderr is not None
        self._process.stderr.close()
