"""What docs/charger.md types, walked word by word against a server of its own."""

import os
from pathlib import Path

import pytest
from walk import Shell, on, steps

from voltyard.testing.process import ServerProcess

DOCUMENT = Path(__file__).parents[2] / "docs" / "charger.md"


@pytest.mark.service  # typed into bash, asking with curl
@pytest.mark.timeout(300)
def test_every_command_of_the_charger_guide_prints_what_it_shows(tmp_path: Path) -> None:
    started, *walked = steps(DOCUMENT)
    assert "VOLTYARD_FILES=on .venv/bin/voltyard up" in started.command
    assert len(walked) > 30
    shell = Shell(tmp_path, os.environ)
    with ServerProcess(tmp_path / "data", "guide-key") as server:
        server.stop()
        server.environment["VOLTYARD_FILES"] = "on"
        server.start()
        try:
            for step in walked:
                here = on(server, step)
                printed = shell.walk(here)
                assert here.matches(printed), (
                    f"\n$ {step.command}\n{step.shown}\nprinted:\n{printed}"
                )
        finally:
            shell.close()
