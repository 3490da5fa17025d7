"""`voltyard load`, as it is typed, against a backend on a real socket."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from xml.etree import ElementTree

import jsonschema_rs
import pytest
from typer.testing import CliRunner

from voltyard.cli.load.running import command_line
from voltyard.cli.main import app
from voltyard.csms.backend import Backend
from voltyard.csms.records import ChargerStored, Contents
from voltyard.kernel.errors import Invalid
from voltyard.network.links.picows_links import PicowsDoor
from voltyard.organizations.organization import DEFAULT_ORGANIZATION_ID
from voltyard.reports.json_report import read_report
from voltyard.reports.verdicts import Verdict
from voltyard.simulation.virtual_journal import VirtualJournal

KNOWN = 6
HELD = {Verdict.PASS, Verdict.INCONCLUSIVE}
"""The second where this machine was too slow to keep its schedule."""


@pytest.fixture
async def csms() -> AsyncIterator[str]:
    """The URL of a backend that knows LOAD-00001 to LOAD-00006."""
    loop = asyncio.get_running_loop()
    backend, door = Backend(VirtualJournal(), lambda: 1.7e9 + loop.time()), PicowsDoor()
    rows = [
        ChargerStored(
            id=f"chg_{number}",
            organization_id=DEFAULT_ORGANIZATION_ID,
            charge_box_id=f"LOAD-{number:05d}",
            registered_at=0.0,
        )
        for number in range(1, KNOWN + 1)
    ]
    backend.load(Contents(chargers=rows))
    await door.open("127.0.0.1", 0, backend.gate)
    yield f"ws://127.0.0.1:{door.port}/ocpp"
    await backend.close()
    await door.close()


async def load(*arguments: str, interrupt_when: str | None = None) -> tuple[int, str]:
    """Exit code and output; interrupted once its output has that in it."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "voltyard", "load", *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    assert process.stdout is not None
    output = ""
    async for line in process.stdout:
        output += line.decode()
        if interrupt_when is not None and interrupt_when in output:
            process.send_signal(signal.SIGINT)
            interrupt_when = None
    return await process.wait(), output


@pytest.mark.slow
async def test_stages_are_played_on_real_links_and_reported(csms: str, tmp_path: Path) -> None:
    code, output = await load(
        *("--url", csms, "--version", "mixed"),
        *("--stages", "ramp 6 over 1s, hold 1s, storm 2s, blackout 1s, hold 12s"),
        *("--rate", "Heartbeat=12", "--rate", "DataTransfer=6"),
        *("--threshold", "all.p99 < 60s", "--threshold", "connected >= 100%"),
        *("--json", str(tmp_path / "run.json"), "--junit", str(tmp_path / "run.xml")),
    )

    report = read_report(tmp_path / "run.json")
    assert {one.verdict for one in report.results} <= HELD, output
    assert code == report.exit_code
    assert report.is_complete
    assert "6 of 6 connected" in output
    rows = {row[0]: row for row in report.tables[0].rows}
    assert 6 < int(rows["connect"][1]) <= 18
    assert 6 < int(rows["BootNotification"][1]) <= 12
    assert int(rows["Heartbeat"][1]) > 12
    assert report.tables[-2].title == "Chargers connected"
    cases = ElementTree.parse(tmp_path / "run.xml").findall(".//testcase")
    assert len(cases) == 2


@pytest.mark.slow
async def test_a_threshold_that_is_broken_or_chargers_that_are_refused_fail_the_run(
    csms: str, tmp_path: Path
) -> None:
    code, output = await load(
        *("--url", csms, "--stages", f"ramp {KNOWN + 2} over 1s, hold 2s"),
        *("--json", str(tmp_path / "run.json")),
        *("--threshold", "connected >= 100% at end", "--threshold", "refused_dials < 1"),
    )

    report = read_report(tmp_path / "run.json")
    assert code == report.exit_code != 0
    assert not {one.verdict for one in report.results} & {Verdict.PASS}
    assert "Refused dials" in output
    assert "6 of 8" in output


@pytest.mark.slow
async def test_ctrl_c_leaves_the_report_of_what_was_measured(csms: str, tmp_path: Path) -> None:
    code, output = await load(
        *("--url", csms, "--stages", "ramp 3 over 1s, hold 1h", "--rate", "Heartbeat=3"),
        *("--json", str(tmp_path / "run.json")),
        interrupt_when="3 of 3 connected",
    )

    report = read_report(tmp_path / "run.json")
    assert code == 2
    assert not report.is_complete
    assert {one.verdict for one in report.results} == {Verdict.INCONCLUSIVE}
    assert "cut short" in output
    assert next(row for row in report.tables[0].rows if row[0] == "BootNotification")[1] == "3"


@pytest.mark.slow
async def test_the_knee_is_searched_for_up_to_the_first_that_fails(
    csms: str, tmp_path: Path
) -> None:
    code, output = await load(
        *("--url", csms, "--stages", "ramp 2 over 1s, hold 1s", "--find-knee", "chargers"),
        *("--threshold", "connected >= 100%", "--json", str(tmp_path / "run.json")),
    )

    report = read_report(tmp_path / "run.json")
    (result,) = report.results
    assert code == report.exit_code
    assert result.verdict in HELD, output
    if result.verdict is Verdict.PASS:
        assert "the knee is between 6 and 7 chargers" in output
        assert [row[0] for row in report.tables[0].rows] == ["2", "4", "6", "7", "8"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--url", "ws://192.0.2.1/ocpp"], "say --i-own 192.0.2.1 where it is yours"),
        (["--url", "ws://192.0.2.1/ocpp", "--i-own", "192.0.2.2"], "--i-own names 192.0.2.2"),
        (["--url", "http://127.0.0.1/"], "--url"),
        (["--url", "ws://127.0.0.1:9/", "--threshold", "erors < 1%"], "did you mean errors"),
        (["--url", "ws://127.0.0.1:9/", "--json", "/none/x.json"], "cannot write /none/x.json"),
        (["--url", "ws://127.0.0.1:9/", "--find-knee", "rate"], "needs calls"),
        ([], "no CSMS is named"),
    ],
)
def test_what_cannot_be_is_refused_before_a_charger_dials(arguments: list[str], told: str) -> None:
    result = CliRunner().invoke(app, ["load", *arguments])

    assert isinstance(result.exception, Invalid)
    assert told in str(result.exception)


def test_the_schema_is_printed() -> None:
    result = CliRunner().invoke(app, ["load", "--schema"])

    assert result.exit_code == 0
    schema = json.loads(result.output)
    assert jsonschema_rs.validator_for(schema).is_valid({"stages": ["hold 1s"]})
    assert not jsonschema_rs.validator_for(schema).is_valid({"stages": ["hold"]})


def test_the_command_is_told_without_passwords() -> None:
    typed = ["/bin/voltyard", "load", "--password", "geheim", "--url", "ws://u:geheim@h/", "a b"]

    told = command_line(typed)

    assert "geheim" not in told
    assert told.startswith("voltyard load --password '***' --url ")
    assert told.endswith("'a b'")
    assert "geheim" not in command_line(["voltyard", "--password=geheim"])
