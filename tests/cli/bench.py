"""Commands of the terminal, typed in this process, in a pipe and on a terminal."""

import contextlib
import json
import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from itertools import count
from typing import Any, NamedTuple

import pytest
from typer.main import get_command

from voltyard.cli.main import app, run
from voltyard.testing.processes import ServerProcess

_NUMBERS = count(1)


def commands(group: Any, *before: str) -> Iterator[tuple[str, ...]]:
    """The names of every command, those of its groups before it."""
    for name, one in group.commands.items():
        yield from commands(one, *before, name) if hasattr(one, "commands") else [(*before, name)]


BUILT = get_command(app)
COMMANDS = [*commands(BUILT)]


class Typed(NamedTuple):
    """What came of a command."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Shell:
    """A shell whose environment names a server."""

    def __init__(
        self,
        monkeypatch: pytest.MonkeyPatch,
        capfd: pytest.CaptureFixture[str],
        server: ServerProcess,
    ) -> None:
        self._monkeypatch = monkeypatch
        self._capfd = capfd
        self.server = server

    def __call__(self, *arguments: str) -> Typed:
        """Type a command whose output is a pipe."""
        self._monkeypatch.setattr(sys, "argv", ["voltyard", *arguments])
        self._capfd.readouterr()
        try:
            run()
            code = 0
        except SystemExit as ended:
            code = int(ended.code or 0)
        said = self._capfd.readouterr()
        return Typed(code, said.out, said.err)

    def done(self, *arguments: str) -> Typed:
        """Likewise; it has to succeed."""
        typed = self(*arguments)
        assert typed.code == 0, typed
        return typed

    def charger(self, version: str = "1.6") -> str:
        """A charger that is connected to the server's own backend, and its identity."""
        identity = f"T-{os.getpid()}-{next(_NUMBERS)}"
        with self.server.client() as client:
            answer = client.post("/api/v1/chargers", json={"chargeBoxId": identity})
            assert answer.is_success, answer.text
        made = self.done(
            *("chargers", "new", identity, "--version", version),
            *("--csms", self.server.charger_url, "--brand", "wallbox"),
            *("--model", "wallbox-pulsar-plus", "--connector", "Type2", "--json"),
        )
        assert made.json["connection"]["connected"] is True
        return identity


def on_terminal(*arguments: str, **environment: str) -> tuple[int, str]:
    """Exit code and output of a command on a terminal, 200 columns wide."""
    reading, writing = pty.openpty()
    given = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    process = subprocess.Popen(
        [sys.executable, "-m", "voltyard", *arguments],
        stdin=writing,
        stdout=writing,
        stderr=writing,
        env={**given, "TERM": "xterm-256color", "COLUMNS": "200", **environment},
    )
    os.close(writing)
    told = b""
    with contextlib.suppress(OSError):  # a terminal whose other side is closed ends so
        while part := os.read(reading, 4_096):
            told += part
    code = process.wait(timeout=120)
    os.close(reading)
    return code, told.decode()
