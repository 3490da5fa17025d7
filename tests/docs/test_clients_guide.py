"""docs/clients.md: the Python client as it is typed there, the TypeScript one as it is written."""

import os
import re
from pathlib import Path

import pytest

from tests.docs.walk import Shell, on, steps
from tests.foreign.generators import SESSIONS, npm_modules, run, typed_and_compiled
from voltyard.testing.processes import ServerProcess

pytestmark = [pytest.mark.service, pytest.mark.timeout(300)]

GUIDE = Path(__file__).parents[2] / "docs" / "clients.md"
KEY = "guide-key"


def test_the_python_client_is_generated_and_used_as_shown(tmp_path: Path) -> None:
    walked = list(steps(GUIDE))
    shell = Shell(tmp_path, os.environ)
    with ServerProcess(tmp_path / "data", KEY) as server:
        try:
            for step in walked[1:]:
                here = on(server, step)
                printed = shell.walk(here)
                assert here.matches(printed), f"$ {here.command}\n{printed}"
        finally:
            shell.close()

    assert len(walked) == 7 and walked[0].command.endswith("voltyard up")


def test_the_typescript_client_compiles_and_runs_as_shown(tmp_path: Path) -> None:
    npm_modules(tmp_path)
    [program] = re.findall(r"^```ts\n(.*?)^```$", GUIDE.read_text(), re.MULTILINE | re.DOTALL)
    with ServerProcess(tmp_path / "data", KEY) as server, server.client() as client:
        client.post("/api/v1/chargers", json={"chargeBoxId": "CP-1"}).raise_for_status()
        here = program.replace("8080", str(server.port))
        (tmp_path / "registered.ts").write_text(here)
        typed_and_compiled(tmp_path, "registered.ts")
        printed = run(["node", "registered.js"], tmp_path)

    assert printed == "CP-1 offline\n"


def test_the_sessions_that_the_guide_names_are_those_that_are_driven() -> None:
    named = re.findall(r"\]\(\.\./(\S+)\)", GUIDE.read_text())

    assert [GUIDE.parents[1] / one for one in named] == [
        SESSIONS / "session.py",
        SESSIONS / "session.ts",
    ]
