"""The guides to CI and to the pytest plugin, typed word by word, from an empty folder."""

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.docs.walk import Shell, Step, on, steps
from tests.testing.bench import plugin_path
from voltyard.testing.processes import ServerProcess

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A reader's, with the plugin; those of this environment that a reader has not are left out."""
    addopts = "-p no:schemathesis -p no:hypothesispytest -p no:asyncio -p no:timeout"
    kept = {name: text for name, text in os.environ.items() if "VOLTYARD" not in name}
    return {**kept, "PYTHONPATH": plugin_path(tmp_path / "site"), "PYTEST_ADDOPTS": addopts}


def walk(guide: str, here: Path, environment: Mapping[str, str]) -> Iterator[tuple[Step, str]]:
    """Each step and what it printed; the server that the guide starts is one on free ports."""
    (here / "data").mkdir(parents=True)
    (here / "project").mkdir()
    shell = Shell(here / "project", environment)
    server = ServerProcess(here / "data", "guide-key")
    with ExitStack() as stack:
        stack.callback(shell.close)
        for step in steps(DOCS / guide):
            typed = on(server, step)
            if "voltyard up" in step.command:
                stack.enter_context(server)
                shown = step.shown.splitlines()
                yield typed, "".join(server.output.readline() for _ in shown)
            else:
                yield typed, shell.walk(typed)


@pytest.mark.service  # typed into bash, asking with curl
@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize(("guide", "least"), [("ci.md", 9), ("testing.md", 9)])
def test_every_command_of_the_guide_prints_what_it_shows(
    guide: str, least: int, tmp_path: Path, environment: dict[str, str]
) -> None:
    walked = 0
    for step, printed in walk(guide, tmp_path / "walk", environment):
        walked += 1
        assert step.matches(printed), f"\n$ {step.command}\n{step.shown}\nprinted:\n{printed}"

    assert walked >= least
