"""Clients that generators make of openapi.json, through a whole session on a running server."""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.foreign.generators import (
    SESSIONS,
    generated_python,
    npm_modules,
    run,
    typed_and_compiled,
)
from voltyard.testing.processes import ServerProcess

pytestmark = [pytest.mark.service, pytest.mark.timeout(300)]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess]:
    with ServerProcess(tmp_path / "data") as running:
        yield running


def arguments(server: ServerProcess) -> list[str | Path]:
    return [server.url, server.key, server.charger_url]


def test_a_python_client_is_generated_whole_and_charges(
    tmp_path: Path, server: ServerProcess
) -> None:
    said = generated_python(tmp_path)
    program = [sys.executable, SESSIONS / "session.py", *arguments(server)]
    printed = run(program, tmp_path, PYTHONPATH=str(tmp_path))

    assert "WARNING" not in said and "will not be generated" not in said
    assert printed == "PY-1 has charged\n"


def test_a_typescript_client_compiles_strictly_and_charges(
    tmp_path: Path, server: ServerProcess
) -> None:
    npm_modules(tmp_path)
    shutil.copy(SESSIONS / "session.ts", tmp_path)
    typed_and_compiled(tmp_path, "session.ts")
    printed = run(["node", "session.js", *arguments(server)], tmp_path)

    assert printed == "TS-1 has charged\n"
