"""A server that the tests of the terminal ask, and commands as they are typed."""

import os
import signal
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import typer.testing

from tests.cli.bench import Shell
from voltyard.testing.processes import ServerProcess


@pytest.fixture(scope="session", autouse=True)
def built_once() -> Iterator[None]:
    """Commands are made of their functions once, where typer makes all of them for each that is
    typed: it takes 50 ms, and has no setting."""
    once = cache(typer.main.get_command)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(typer.main, "get_command", once)
        patch.setattr(typer.testing, "_get_command", once)
        yield


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server of its own for this process of tests."""
    with ServerProcess(tmp_path_factory.mktemp("terminal") / "data") as one:
        yield one


@pytest.fixture
def shell(
    server: ServerProcess,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> Shell:
    """Commands typed with that server's address and key in the environment."""
    monkeypatch.setenv("VOLTYARD_URL", server.url)
    monkeypatch.setenv("VOLTYARD_TOKEN", server.key)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "settings"))
    monkeypatch.setenv("HOME", str(tmp_path))
    return Shell(monkeypatch, capfd, server)


@pytest.fixture
def as_before() -> Iterator[None]:
    """The process's own habits, which commands beside a server's data change, put back."""
    mask, handler = os.umask(0o022), signal.getsignal(signal.SIGTERM)
    os.umask(mask)
    yield
    os.umask(mask)
    signal.signal(signal.SIGTERM, handler)
