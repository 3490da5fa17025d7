"""The README's tour, walked from it word by word, against a server of its own."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.walk import SHELLS, Shell, on, steps
from voltyard.testing.processes import ServerProcess

README = Path(__file__).parents[2] / "README.md"
STEPS = list(steps(README))
KEY = "tour-key"


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """The server of the tour's first command."""
    with ServerProcess(tmp_path_factory.mktemp("data"), KEY) as server:
        yield server


def test_the_first_command_prints_what_the_readme_shows(server: ServerProcess) -> None:
    first = STEPS[0]
    assert "voltyard up" in first.command
    printed = "".join(server.output.readline() for _ in first.shown.splitlines())
    assert on(server, first).matches(printed), printed


@pytest.mark.service  # the tour is typed into a shell, and asks with curl
@pytest.mark.parametrize("name", SHELLS)
def test_every_further_command_prints_what_the_readme_shows(
    name: str, server: ServerProcess, tmp_path: Path
) -> None:
    shell = Shell(tmp_path, os.environ, name)
    try:
        for step in STEPS[1:]:
            here = on(server, step)
            printed = shell.walk(here)
            assert here.matches(printed), f"\n$ {step.command}\n{step.shown}\nprinted:\n{printed}"
    finally:
        shell.close()


def test_the_tour_has_not_shrunk_to_nothing() -> None:
    assert len(STEPS) > 8


def test_nothing_in_the_tour_means_something_else_to_zsh() -> None:
    for step in STEPS:
        bare = re.sub(r"'[^']*'|\"[^\"]*\"", "", step.command)
        assert not re.search(r"[*?\[\]!#]", bare), step.command  # patterns, history, comments
