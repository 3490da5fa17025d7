"""Every case for a charger, played on our own over real sockets, with real files."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from voltyard.cli.main import app
from voltyard.testing.processes import free_port

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1_200)]


@pytest.mark.parametrize(("version", "cases"), [("1.6", 100), ("2.0.1", 300)])
def test_each_case_passes_over_sockets(version: str, cases: int, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    listen = f"ws://127.0.0.1:{free_port()}/ocpp"
    command = ["conform", "charger", "--listen", listen, "--version", version, "--jobs", "12"]
    result = CliRunner().invoke(app, [*command, "--stretch", "4", "--json", str(report)])
    found = json.loads(report.read_text())["results"]
    wrong = {one["id"]: one["why"] or one["failure"] for one in found if one["verdict"] != "pass"}

    assert wrong == {}, result.output[-2_000:]
    assert result.exit_code == 0
    assert len(found) > cases
