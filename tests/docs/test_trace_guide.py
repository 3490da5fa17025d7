"""The guide to traces, typed as it stands, against a server of its own."""

import os
from pathlib import Path

import pytest

from tests.docs.walk import Shell, on, steps
from voltyard.kernel import limits
from voltyard.kernel.errors import Unavailable
from voltyard.testing.processes import ServerProcess
from voltyard.traces.formats.reading import LOG_FORMATS
from voltyard.traces.html import built_viewer

GUIDE = Path(__file__).parents[2] / "docs" / "trace.md"


@pytest.mark.service  # typed into bash; the viewer is built by Node
@pytest.mark.timeout(300)
def test_every_command_of_the_guide_prints_what_it_shows(tmp_path: Path) -> None:
    try:
        built_viewer()
    except Unavailable as reason:
        if os.environ.get("CI"):
            pytest.fail(str(reason))
        pytest.skip(str(reason))
    shell = Shell(tmp_path, os.environ)
    with ServerProcess(tmp_path / "data", "guide-key") as server:
        try:
            for step in steps(GUIDE):
                here = on(server, step)
                printed = shell.walk(here)
                assert here.matches(printed), f"\n$ {step.command}\nprinted:\n{printed}"
        finally:
            shell.close()


def test_it_names_the_bounds_and_has_a_row_for_each_format() -> None:
    text = GUIDE.read_text()
    table = text.partition("## Logs that can be read")[2].partition("## Bounds")[0]

    assert f"{limits.TRACE_FRAMES:,} frames of {limits.TRACE_CHARGERS:,} chargers" in text
    assert sum(line.startswith("| ") for line in table.splitlines()) - 2 == len(LOG_FORMATS)
