"""The guides, walked from them word by word, each against a server of its own."""

import os
import re
from pathlib import Path

import pytest

from tests.docs.walk import Shell, on, steps
from voltyard.testing.processes import ServerProcess

DOCS = Path(__file__).parents[2] / "docs"
GUIDES = ("gateway.md", "backend.md", "charger.md", "faults.md", "backup.md", "security.md")
KEY = "guide-key"
CHAPTER = re.compile(r"^## (.+)$", re.MULTILINE)


@pytest.mark.service  # typed into bash, asking with curl
@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", GUIDES)
def test_every_command_of_a_guide_prints_what_it_shows(name: str, tmp_path: Path) -> None:
    walked = list(steps(DOCS / name))
    assert len(walked) > 12
    shell = Shell(tmp_path, os.environ)
    starting = ServerProcess(tmp_path / "data", KEY)
    starting.environment |= re.findall(r"(VOLTYARD_(?!TOKEN)\w+)=(\S+)", walked[0].command)
    with starting as server:
        first = on(server, walked[0])
        assert "voltyard up" in first.command
        assert first.matches("".join(server.output.readline() for _ in first.shown.splitlines()))
        try:
            for step in walked[1:]:
                here = on(server, step)
                printed = shell.walk(here)
                assert here.matches(printed), (
                    f"\n$ {step.command}\n{step.shown}\nprinted:\n{printed}"
                )
        finally:
            shell.close()


@pytest.mark.parametrize("name", ["charger.md", "faults.md"])
def test_every_chapter_has_an_example_that_is_executed(name: str) -> None:
    _, *parts = CHAPTER.split((DOCS / name).read_text())
    chapters = dict(zip(parts[::2], parts[1::2], strict=True))

    assert len(chapters) > 5
    assert [title for title, text in chapters.items() if "```console\n$ " not in text] == []
