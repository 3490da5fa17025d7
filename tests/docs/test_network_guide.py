"""The walk of the guide to networks, word by word: a server and nodes, one of which is killed."""

import os
import re
from pathlib import Path

import pytest

from tests.docs.walk import Shell, Step, steps
from voltyard.testing.processes import free_port

NETWORK = Path(__file__).parents[2] / "docs" / "network.md"
DATABASE = "postgresql://voltyard:PASSWORD@localhost/voltyard"
PORTS = ("4222", "8080", "8081", "8082", "9000")


def here(step: Step, names: dict[str, str]) -> Step:
    """The step, with the ports and the database of this run."""
    named = re.compile("|".join(map(re.escape, names)))
    command, shown = (
        named.sub(lambda found: names[found[0]], text) for text in (step.command, step.shown)
    )
    return Step(command, shown)


@pytest.mark.service  # typed into bash, on PostgreSQL, with a NATS server of its own
@pytest.mark.timeout(300)
def test_every_command_of_the_walk_prints_what_it_shows(
    tmp_path: Path, empty_postgres: str
) -> None:
    walked = list(steps(NETWORK))
    assert any("kill -9" in step.command for step in walked)
    names = {DATABASE: empty_postgres, **{port: str(free_port()) for port in PORTS}}
    unsaid = {"VOLTYARD_PORT": names["8080"], "VOLTYARD_OCPP_PORT": names["9000"]}
    shell = Shell(tmp_path, os.environ | unsaid)
    try:
        for step in walked:
            printed = shell.walk(here(step, names))
            assert here(step, names).matches(printed), (
                f"\n$ {step.command}\n{step.shown}\nprinted:\n{printed}"
            )
    finally:
        shell.close()
