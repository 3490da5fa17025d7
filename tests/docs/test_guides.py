"""The guides, walked from them word by word, each against a server of its own."""

import os
import re
from pathlib import Path

import pytest

from tests.docs.walk import Shell, Step, on, steps
from voltyard.csms.refusals.reasons import RefusalReason
from voltyard.testing.processes import ServerProcess

DOCS = Path(__file__).parents[2] / "docs"
GUIDES = (
    "gateway.md",
    "backend.md",
    "charger.md",
    "faults.md",
    "backup.md",
    "security.md",
    "terminal.md",
)
TASKS = (
    "ci.md",
    "conform.md",
    "energy-and-cost.md",
    "field-faults.md",
    "real-charger.md",
    "fleet.md",
    "load.md",
    "record-and-replay.md",
    "smart-charging.md",
    "webhooks.md",
)
KEY = "guide-key"
CHAPTER = re.compile(r"^## (.+)$", re.MULTILINE)


# test_ci_guide.py types ci.md, which begins without a server.
def with_version(step: Step, version: str) -> Step:
    """The step, with that version of OCPP where it is what sets it."""
    return Step(f"ocpp={version}", step.shown) if step.command == "ocpp=1.6" else step


@pytest.mark.service  # typed into bash, asking with curl
@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("name", "version"),
    [
        *((name, "1.6") for name in GUIDES + TASKS if name != "ci.md"),
        ("security.md", "2.0.1"),
    ],
)
def test_every_command_of_a_guide_prints_what_it_shows(
    name: str, version: str, tmp_path: Path
) -> None:
    walked = [with_version(step, version) for step in steps(DOCS / name, version)]
    assert len(walked) > (12 if name in GUIDES else 4)
    shell = Shell(tmp_path, os.environ)
    if name == "fleet.md":  # its server shows certificates that it makes first
        walked.insert(0, Step("VOLTYARD_TOKEN=guide-key .venv/bin/voltyard up", ""))
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


@pytest.mark.parametrize("name", TASKS)
def test_a_task_says_what_one_gets_and_what_to_do_when_it_fails(name: str) -> None:
    text = (DOCS / name).read_text()

    assert re.search(r"^# .+\n\n\*\*What you get:\*\* ", text)
    assert "## When it fails" in text


@pytest.mark.parametrize("name", ["charger.md", "faults.md"])
def test_every_chapter_has_an_example_that_is_executed(name: str) -> None:
    _, *parts = CHAPTER.split((DOCS / name).read_text())
    chapters = dict(zip(parts[::2], parts[1::2], strict=True))

    assert len(chapters) > 5
    assert [title for title, text in chapters.items() if "```console\n$ " not in text] == []


def test_every_reason_of_a_refusal_is_explained() -> None:
    text = (DOCS / "real-charger.md").read_text()

    assert [reason for reason in RefusalReason if f"`{reason}`" not in text] == []
