"""Chargers on the package `ocpp` under test, each made and moved by an HTTP driver."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.foreign.verdicts import compare, program, reasons, until_answered
from voltyard.reports.verdicts import Verdict
from voltyard.testing.processes import free_port

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

EXAMPLE = Path(__file__).parents[2] / "examples" / "conform"
TOKEN = "a-token-of-the-example"


@pytest.fixture
def environment() -> Iterator[dict[str, str]]:
    """The environment of the driver, while the program that makes chargers runs."""
    port = free_port()
    command = [sys.executable, EXAMPLE / "charger.py", "--token", TOKEN, "--api-port", str(port)]
    with program(command, lines=0):
        api = f"http://127.0.0.1:{port}"
        until_answered(api)
        yield {"CHARGER_API": api, "CHARGER_TOKEN": TOKEN}


def test_the_driver_of_the_example_is_what_the_guide_shows() -> None:
    text = (EXAMPLE / "charger-driver.yaml").read_text()

    assert f"```yaml\n{text}```" in (EXAMPLE.parents[1] / "docs" / "conform.md").read_text()


def test_chargers_on_the_ocpp_package_have_their_stored_verdicts(
    environment: dict[str, str], tmp_path: Path
) -> None:
    report = tmp_path / "report.json"
    arguments = [
        *("charger", "--listen", f"ws://127.0.0.1:{free_port()}/ocpp", "--version", "1.6"),
        *("--driver", f"http:{EXAMPLE / 'charger-driver.yaml'}"),
        *("--subject", str(EXAMPLE / "charger-subject.yaml")),
        *("--jobs", "16", "--stretch", "0.3"),
    ]
    found = compare("chargers-of-ocpp", arguments, environment, report)
    why = reasons(report)

    for id in ("TC_003_CS", "TC_010_CS", "TC_012_CS", "TC_015_CS", "TC_023_4_CS", "TC_068_CS"):
        assert found[id] is Verdict.PASS, id
    # It has no cache, forgets a transaction that the power fails in, and starts at connector 0.
    assert why["TC_007_1_CS"] == "Authorize 1 times"
    assert "reason='PowerLoss'" in why["TC_032_2_CS"]
    assert found["TC_027_CS"] is Verdict.FAIL
    # Its API has no faults; its subject claims no reservations.
    assert why["TC_041_CS"] == "the driver cannot clear_fault, inject_fault"
    assert why["TC_047_CS"] == "the subject does not claim Reservation"
