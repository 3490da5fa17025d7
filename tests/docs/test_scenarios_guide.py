"""The guide to scenarios, typed as it stands; it needs no server."""

import os
import re
from pathlib import Path

import pytest

from tests.docs.walk import Shell, steps
from voltyard.scenarios.form.form import VERBS, Comparison

GUIDE = Path(__file__).parents[2] / "docs" / "scenarios.md"


@pytest.mark.service  # typed into bash
@pytest.mark.timeout(300)
def test_every_command_of_the_guide_prints_what_it_shows(tmp_path: Path) -> None:
    walked = list(steps(GUIDE))
    assert len(walked) > 6
    shell = Shell(tmp_path, os.environ)
    try:
        for step in walked:
            printed = shell.walk(step)
            assert step.matches(printed), f"\n$ {step.command}\nprinted:\n{printed}"
    finally:
        shell.close()


def test_it_names_every_step_and_every_comparison() -> None:
    text = GUIDE.read_text()

    assert [one for one in VERBS if f"`{one}`" not in text] == []
    assert [
        one for one in Comparison.__struct_encode_fields__ if not re.search(rf"`{one}(`|: )", text)
    ] == []
