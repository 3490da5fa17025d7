"""The guide to traces with OpenTelemetry, typed as it stands, with a receiver of our own."""

import os
import re
import time
from pathlib import Path

import pytest

from tests.docs.walk import Shell, on, steps
from tests.server.otlp_receiver import OtlpReceiver
from voltyard.config.config import Config
from voltyard.kernel import limits
from voltyard.testing.processes import ServerProcess

GUIDE = Path(__file__).parents[2] / "docs" / "monitoring.md"
TRACES = GUIDE.read_text().partition("\n## Traces\n")[2].partition("\n## ")[0]
NAMES = re.findall(r"^- `([^`]+)`", TRACES, re.MULTILINE)
"""Spans that it says there are, in the order of its two traces."""
TRACE_ID = re.compile(r"^x-trace-id: ([0-9a-f]{32})", re.MULTILINE)
PATIENCE_S = 120.0


@pytest.mark.service  # typed into bash, asking with curl
@pytest.mark.timeout(600)
def test_what_it_types_leads_to_the_traces_that_it_describes(tmp_path: Path) -> None:
    first, *walked = steps(GUIDE)
    receiver, shell = OtlpReceiver(), Shell(tmp_path, os.environ)
    starting = ServerProcess(tmp_path / "data", "guide-key")
    starting.environment |= re.findall(r"(VOLTYARD_(?!TOKEN)\w+)=(\S+)", first.command)
    assert starting.environment["VOLTYARD_SPANS_URL"] == "http://127.0.0.1:4318"
    starting.environment["VOLTYARD_SPANS_URL"] = receiver.url
    ids: list[str] = []
    with starting as server:
        try:
            here = on(server, first)
            assert here.matches("".join(server.output.readline() for _ in here.shown.splitlines()))
            for step in walked:
                here = on(server, step)
                printed = shell.walk(here)
                assert here.matches(printed), f"\n$ {step.command}\nprinted:\n{printed}"
                ids += TRACE_ID.findall(printed)
            give_up_at = time.monotonic() + PATIENCE_S
            while (seen := [list(receiver.spans(one)) for one in ids]) and sum(map(len, seen)) < 6:
                assert time.monotonic() < give_up_at, seen
                time.sleep(0.05)
        finally:
            shell.close()
            receiver.close()

    assert [set(names) for names in seen] == [set(NAMES[:3]), set(NAMES[3:])]


def test_it_names_the_bounds_and_the_share() -> None:
    assert f"the first {limits.SPAN_COMMANDS} commands" in TRACES
    assert f"up to {limits.SPANS_WAITING:,} spans wait" in TRACES
    assert "a tenth by default" in TRACES and Config().spans_share == 0.1
