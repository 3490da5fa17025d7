"""`voltyard fleet`, as it is typed, against a backend on a real socket."""

import asyncio
import json
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from voltyard.cli.fleet.order import FleetOrder, chargers_of
from voltyard.cli.main import app
from voltyard.csms.backend import Backend
from voltyard.csms.records import ChargerStored, Contents
from voltyard.kernel.errors import Invalid, VoltyardError
from voltyard.network.links.picows_links import PicowsDoor
from voltyard.organizations.organization import DEFAULT_ORGANIZATION_ID
from voltyard.runtimes.parsing import NO_FAULTS
from voltyard.simulation.virtual_journal import VirtualJournal

pytestmark = pytest.mark.slow


@pytest.fixture
async def csms() -> AsyncIterator[tuple[Backend, str]]:
    """A backend that knows YARD-00001 to YARD-00003."""
    loop = asyncio.get_running_loop()
    backend, door = Backend(VirtualJournal(), lambda: 1.7e9 + loop.time()), PicowsDoor()
    rows = [
        ChargerStored(
            id=f"chg_{number}",
            organization_id=DEFAULT_ORGANIZATION_ID,
            charge_box_id=f"YARD-{number:05d}",
            registered_at=0.0,
        )
        for number in (1, 2, 3)
    ]
    backend.load(Contents(chargers=rows))
    await door.open("127.0.0.1", 0, backend.gate)
    yield backend, f"ws://127.0.0.1:{door.port}/ocpp"
    await backend.close()
    await door.close()


async def fleet(*arguments: str, interrupt_when: str | None = None) -> tuple[int, str]:
    """Exit code and output; interrupted once its output has that in it."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "voltyard", "fleet", *arguments,
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


async def test_a_fleet_connects_in_both_versions(csms: tuple[Backend, str]) -> None:
    backend, url = csms

    code, output = await fleet(
        "--url", url, "--count", "3", "--version", "mixed", "--seconds", "2", "--idle"
    )

    assert code == 0
    assert "3 of 3 connected, 3 accepted" in output
    assert "frames/s, 1 s left\n" in output
    rows = [charger.row for charger in backend.chargers(DEFAULT_ORGANIZATION_ID)]
    assert [row.version for row in rows] == ["1.6", "2.0.1", "1.6"]
    assert not backend.chargers(DEFAULT_ORGANIZATION_ID, online=True)


async def test_with_json_the_time_that_is_left_is_told_beside_it(
    csms: tuple[Backend, str],
) -> None:
    _, url = csms

    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "voltyard", "fleet", "--url", url, "--count", "1"),
        *("--seconds", "7", "--idle", "--json"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    output, errors = await process.communicate()

    lines = [json.loads(line) for line in output.splitlines()]
    assert process.returncode == 0
    assert 0.0 < lines[0]["left_s"] < 7.0
    assert lines[-1]["left_s"] < lines[0]["left_s"]
    assert re.fullmatch(rb"fleet: 1 of 1 connected, 0 charging, \d s left\n", errors)


async def test_it_fails_where_not_all_are_accepted_in_time(csms: tuple[Backend, str]) -> None:
    _, url = csms

    code, output = await fleet("--url", url, "--count", "4", "--seconds", "2")

    assert code == 1
    assert "3 of 4 connected, 3 accepted" in output
    assert "HTTP 404 (is the charger registered there" in output


async def test_ctrl_c_stops_it_cleanly(csms: tuple[Backend, str]) -> None:
    backend, url = csms

    code, output = await fleet("--url", url, "--count", "2", interrupt_when="2 of 2 connected")

    assert code == 0
    assert "Traceback" not in output
    assert not backend.chargers(DEFAULT_ORGANIZATION_ID, online=True)


def refused(*arguments: str) -> VoltyardError:
    result = CliRunner().invoke(app, ["fleet", *arguments])
    assert isinstance(result.exception, VoltyardError), result.output
    return result.exception


@pytest.mark.parametrize("url", ["http://csms/ocpp", "ws://", "csms"])
def test_a_url_that_is_none_is_refused(url: str) -> None:
    assert "--url" in str(refused("--url", url))


def test_tags_and_prefixes_too_long_for_ocpp_are_refused() -> None:
    url = "ws://127.0.0.1:9/ocpp"

    assert isinstance(refused("--url", url, "--tag", "x" * 21), Invalid)
    assert isinstance(refused("--url", url, "--prefix", "x" * 41), Invalid)


def test_more_chargers_than_open_files_are_refused() -> None:
    error = refused("--url", "ws://127.0.0.1:9/ocpp", "--count", "10000000")

    assert "ulimit" in str(error)
    assert "--workers" in str(error)


def test_a_version_nobody_speaks_is_refused() -> None:
    result = CliRunner().invoke(app, ["fleet", "--url", "ws://x/y", "--version", "3.0"])

    assert result.exit_code == 2
    assert "2.0.1" in result.output


async def test_a_fleet_with_quirks_and_a_personality(
    csms: tuple[Backend, str], tmp_path: Path
) -> None:
    _, url = csms
    file = tmp_path / "faults.json"
    file.write_text('{"quirks": ["resends"], "network": {"latency_ms": 20}}')

    code, output = await fleet(
        "--url", url, "--count", "2", "--idle", "--personality", "teison",
        "--quirk", "short-offset:hours=5", "--faults", str(file),
        interrupt_when="2 accepted",
    )  # fmt: skip

    assert code == 0, output
    assert "2 of 2 connected" in output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--quirk", "no-pomg"], "did you mean no-pong?"),
        (["--quirk", "flapping:speed=3"], "there is no 'speed'"),
        (["--personality", "wallbx"], "did you mean wallbox?"),
        (["--personality", "foxess"], "OCPP 2.0.1 only"),
        (["--quirk", "old-shapes"], "OCPP 2.0.1 only"),
        (["--faults", "/nowhere.json"], "cannot read"),
    ],
)
def test_faults_that_cannot_be_are_refused(arguments: list[str], said: str) -> None:
    result = CliRunner().invoke(app, ["fleet", "--url", "ws://127.0.0.1:9/ocpp", *arguments])

    assert isinstance(result.exception, VoltyardError)
    assert said in str(result.exception)


@pytest.mark.parametrize("options", [("--rate", "60"), ("--rate", "0", "--peer-agrees")])
def test_a_rate_that_cannot_be_is_refused(options: tuple[str, ...]) -> None:
    result = CliRunner().invoke(app, ["fleet", "--url", "ws://127.0.0.1:9/ocpp", *options])

    assert isinstance(result.exception, Invalid)


async def test_a_fleet_is_fast_where_the_csms_agrees(csms: tuple[Backend, str]) -> None:
    _, url = csms

    code, output = await fleet(
        "--url", url, "--count", "3", "--seconds", "4", "--rate", "60", "--peer-agrees",
        "--kind", "public", "--vehicles", "honda-e", "--unknown-tags", "0.1",
    )  # fmt: skip

    assert code == 0, output
    assert "3 of 3 connected, 3 accepted" in output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--password-file", "PASSWORDS"], "has 1 passwords for 2 chargers"),
        (["--password-file", "PASSWORDS", "--password", "x"], "choose one"),
        (["--password-file", "/nowhere"], "cannot read /nowhere"),
        (["--ca", "PASSWORDS"], "for a --url of wss://"),
        (["--cert", "PASSWORDS"], "--cert and --key go together"),
        (["--url", "wss://csms/ocpp", "--ca", "PASSWORDS"], "--ca: no certificates in PEM"),
    ],
)
def test_credentials_that_cannot_be_are_refused(
    arguments: list[str], said: str, tmp_path: Path
) -> None:
    (tmp_path / "PASSWORDS").write_text("a-password\n\n")
    given = [one.replace("PASSWORDS", str(tmp_path / "PASSWORDS")) for one in arguments]

    error = refused("--url", "ws://127.0.0.1:9/ocpp", "--count", "2", *given)

    assert said in str(error)


def test_each_charger_has_its_own_password(tmp_path: Path) -> None:
    (tmp_path / "passwords").write_text("first\nsecond\nmore\n")

    specs = chargers_of(an_order(count=2, password_file=tmp_path / "passwords")).specs

    assert [spec.password for spec in specs] == ["first", "second"]


def an_order(**more: Any) -> FleetOrder:
    nothing = dict.fromkeys(field.name for field in fields(FleetOrder))
    plain = {
        "url": "ws://csms/ocpp",
        "version": "1.6",
        "seed": 7,
        "prefix": "YARD-",
        "connectors": 1,
        "tags": (),
        "rate": 1.0,
        "validation": "lenient",
        "sample_s": 10,
        "quirks": (),
    }
    return FleetOrder(**{**nothing, **plain, **more})


@pytest.mark.parametrize("content", ["quirks:\n  - resends\n", '{"quirks": ["resends"]}'])
def test_faults_are_read_from_yaml_and_json(content: str, tmp_path: Path) -> None:
    (tmp_path / "faults").write_text(content)

    chargers = chargers_of(an_order(count=1, faults=tmp_path / "faults"))

    assert chargers.faults["1.6"] != NO_FAULTS


@pytest.mark.parametrize("content", ["a: [", "\x00", "just words", "!!python/object:os.system {}"])
def test_a_file_that_is_neither_is_refused(content: str, tmp_path: Path) -> None:
    (tmp_path / "faults.yaml").write_text(content)

    with pytest.raises(Invalid):
        chargers_of(an_order(count=1, faults=tmp_path / "faults.yaml"))


async def test_what_a_csms_refuses_is_counted_and_told_by_the_exit_code() -> None:
    acceptor = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.cli.acceptor", "refusing"),
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert acceptor.stdout is not None
    try:
        port = int(await acceptor.stdout.readline())
        code, output = await fleet(
            *("--url", f"ws://127.0.0.1:{port}/ocpp", "--count", "3", "--seconds", "6"),
            *("--rate", "60", "--peer-agrees", "--json"),
        )
    finally:
        acceptor.kill()
        await acceptor.wait()

    last = json.loads(output.splitlines()[-1])
    assert code == 1
    assert last["is_over"] is True
    assert last["refused_tags"]["Invalid"] > 0
    assert last["call_errors"]["StatusNotification InternalError"] >= 3
    assert last["completed"] == 0
