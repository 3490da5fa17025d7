"""`voltyard replay`, as it is typed, against a backend on a real socket."""

import asyncio
import json
import os
import re
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from voltyard.cli.main import app
from voltyard.csms.backend import Backend
from voltyard.csms.records import ChargerStored, Contents
from voltyard.kernel.errors import Invalid
from voltyard.network.links.picows_links import PicowsDoor
from voltyard.organizations.organization import DEFAULT_ORGANIZATION_ID
from voltyard.simulation.virtual_journal import VirtualJournal

BOOT = {"chargePointVendor": "V", "chargePointModel": "M"}


def log(folder: Path, status: str) -> Path:
    """A charger that boots, is answered so, and beats ten minutes later."""
    frames = [
        ("00:00", "cp_to_csms", [2, "1", "BootNotification", BOOT]),
        ("00:01", "csms_to_cp", [3, "1", {"status": status, "currentTime": "t", "interval": 300}]),
        ("10:00", "cp_to_csms", [2, "2", "Heartbeat", {}]),
    ]
    lines = [
        json.dumps(
            {
                "timestamp": f"2026-01-05T09:{at}Z",
                "direction": direction,
                "message": json.dumps(frame),
            }
        )
        for at, direction, frame in frames
    ]
    file = folder / "frames.ndjson"
    file.write_text("\n".join(lines))
    return file


@pytest.fixture
async def url() -> AsyncIterator[str]:
    """Of a backend that knows METAL-1."""
    loop = asyncio.get_running_loop()
    backend, door = Backend(VirtualJournal(), lambda: 1.7e9 + loop.time()), PicowsDoor()
    row = ChargerStored(
        id="chg_1",
        organization_id=DEFAULT_ORGANIZATION_ID,
        charge_box_id="METAL-1",
        registered_at=0.0,
    )
    backend.load(Contents(chargers=[row]))
    await door.open("127.0.0.1", 0, backend.gate)
    yield f"ws://127.0.0.1:{door.port}/ocpp"
    await backend.close()
    await door.close()


async def replay(*arguments: str) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "voltyard", "replay", *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    output, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, output.decode()


@pytest.mark.slow
async def test_what_goes_as_recorded_is_0(url: str, tmp_path: Path) -> None:
    arguments = "--url", url, "--identity", "METAL-1", "--rate", "600"

    code, output = await replay(str(log(tmp_path, "Accepted")), *arguments)

    assert output == "2 of 2 calls sent, 2 answered, 0 asked by the CSMS; 0 differences\n"
    assert code == 0


@pytest.mark.slow
async def test_what_takes_longer_tells_how_far_it_is_and_the_time_that_is_left(
    url: str, tmp_path: Path
) -> None:
    arguments = "--url", url, "--identity", "METAL-1", "--rate", "100"  # ten minutes in 6 s

    code, output = await replay(str(log(tmp_path, "Accepted")), *arguments)

    assert code == 0
    assert re.search(r"^replay: 1 of 2 calls, \d s left$", output, re.MULTILINE)


@pytest.mark.slow
async def test_what_differs_is_shown_and_1(url: str, tmp_path: Path) -> None:
    arguments = "--url", url, "--identity", "METAL-1", "--rate", "600"

    code, output = await replay(str(log(tmp_path, "Rejected")), *arguments)

    assert "BootNotification #1: answered otherwise\n  recorded: {" in output
    assert '"status":"Rejected"' in output
    assert '"status":"Accepted"' in output
    assert code == 1


@pytest.mark.slow
async def test_what_differs_is_in_the_document_of_json(url: str, tmp_path: Path) -> None:
    arguments = "--url", url, "--identity", "METAL-1", "--rate", "600", "--json"

    code, output = await replay(str(log(tmp_path, "Rejected")), *arguments)

    told = json.loads(output)
    (difference,) = told.pop("differences")
    assert code == 1
    assert told == {"calls": 2, "sent": 2, "answered": 2, "asked": 0, "not_asked": []}
    assert (difference["what"], difference["action"]) == ("answer", "BootNotification")
    assert difference["recorded"]["status"] == "Rejected"
    assert difference["given"]["status"] == "Accepted"


@pytest.mark.slow
async def test_an_operators_command_in_the_log_is_listed_and_0(url: str, tmp_path: Path) -> None:
    recorded = log(tmp_path, "Accepted")
    asked = {
        "timestamp": "2026-01-05T09:01:00Z",
        "direction": "csms_to_cp",
        "message": '[2,"o","Reset",{"type":"Soft"}]',
    }
    recorded.write_text(f"{recorded.read_text()}\n{json.dumps(asked)}")
    arguments = str(recorded), "--url", url, "--identity", "METAL-1", "--rate", "600"

    code, output = await replay(*arguments)
    demanded, _ = await replay(*arguments, "--commands")

    assert "Reset #1: not asked for; an operator's command?\n" in output
    assert output.endswith("0 asked by the CSMS; 1 not asked for, 0 differences\n")
    assert (code, demanded) == (0, 1)


@pytest.mark.slow
async def test_a_csms_that_does_not_let_it_in_is_2(url: str, tmp_path: Path) -> None:
    code, output = await replay(str(log(tmp_path, "Accepted")), "--url", url)

    assert code == 2
    assert "404" in output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--url", "http://host"], "url"),
        (["--url", "ws://host", "--rate", "0"], "rate"),
        (["--url", "ws://host", "--version", "1.5"], "version"),
    ],
)
def test_what_cannot_be_is_refused(arguments: list[str], said: str, tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["replay", str(log(tmp_path, "Accepted")), *arguments])

    assert isinstance(result.exception, Invalid)
    assert said in str(result.exception)


def test_a_file_that_is_not_there_is_refused() -> None:
    result = CliRunner().invoke(app, ["replay", "/nowhere.ndjson", "--url", "ws://host"])

    assert isinstance(result.exception, Invalid)
    assert "/nowhere.ndjson" in str(result.exception)
