"""Other people's CSMSs under test: `voltyard conform csms` with an HTTP driver of a few lines."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.foreign.peers.npm import NPM, strict_csms
from tests.foreign.verdicts import compare, program, reasons, stored, typed, until_answered
from voltyard.reports.verdicts import Verdict
from voltyard.testing.processes import free_port

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "conform"
TOKEN = "a-token-of-the-example"


@pytest.fixture
def example() -> Iterator[tuple[list[str], dict[str, str]]]:
    """The CSMS of the example, on the package `ocpp`: the command's arguments and environment."""
    port, api_port = free_port(), free_port()
    command: list[str | Path] = [sys.executable, EXAMPLE / "csms.py", "--token", TOKEN]
    ports = ["--port", str(port), "--api-port", str(api_port)]
    with program([*command, *ports], lines=2):
        api = f"http://127.0.0.1:{api_port}"
        until_answered(api)
        driver = f"http:{EXAMPLE / 'driver.yaml'}"
        arguments = ["csms", "--url", f"ws://127.0.0.1:{port}", "--driver", driver]
        yield [*arguments, "--version", "1.6"], {"CSMS_API": api, "CSMS_TOKEN": TOKEN}


def test_the_driver_of_the_example_has_at_most_30_lines_and_is_what_the_guide_shows() -> None:
    text = (EXAMPLE / "driver.yaml").read_text()

    assert len(text.splitlines()) <= 30
    assert f"```yaml\n{text}```" in (ROOT / "docs" / "conform.md").read_text()


@pytest.mark.timeout(300)
def test_a_csms_on_the_ocpp_package_has_its_stored_verdicts(
    example: tuple[list[str], dict[str, str]], tmp_path: Path
) -> None:
    arguments, environment = example
    report = tmp_path / "report.json"
    found = compare("csms-of-ocpp", arguments, environment, report)
    why = reasons(report)

    # It lets tags charge that it does not know, and speaks no word of the security extension.
    assert found["TC_003_CSMS"] is found["TC_012_CSMS"] is found["TC_023_3_CSMS"] is Verdict.PASS
    assert found["TC_023_1_CSMS"] is found["TC_037_3_CSMS"] is Verdict.FAIL
    assert why["TC_023_1_CSMS"] == "idTagInfo.status of the answer to Authorize is 'Invalid'"
    assert found["TC_077_CSMS"] is Verdict.FAIL
    assert why["TC_077_CSMS"] == "an answer to SecurityEventNotification"
    # Its API has no reservations, and no place for a profile where it starts a session.
    assert why["TC_046_CSMS"] == "the driver cannot ask for ReserveNow"
    no_place = "the driver's RemoteStartTransaction has no place for chargingProfile"
    assert why["TC_059_CSMS"] == no_place


@pytest.mark.timeout(300)
def test_a_failure_that_was_there_before_is_no_regression(
    example: tuple[list[str], dict[str, str]],
) -> None:
    arguments, environment = example
    chosen = [*arguments, "--cases", "TC_064"]

    assert typed(chosen, environment)[0] == 1
    code, told = typed([*chosen, "--baseline", stored("csms-of-ocpp")], environment)
    assert code == 0
    assert "FAIL" not in told and "1 failed" in told


@pytest.mark.timeout(300)
def test_a_token_that_the_api_refuses_is_told_with_its_answer(
    example: tuple[list[str], dict[str, str]],
) -> None:
    arguments, environment = example
    code, told = typed(arguments, {**environment, "CSMS_TOKEN": "another"})

    assert code == 2
    assert "was answered 401" in told and "the token is wrong" in told


@pytest.mark.service
@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("version", "verdicts", "least"),
    [("1.6", "csms-of-ocpp-rpc", 85), ("2.0.1", "csms-of-ocpp-rpc-201", 180)],
)
def test_a_csms_on_ocpp_rpc_has_its_stored_verdicts(
    version: str, verdicts: str, least: int, tmp_path: Path
) -> None:
    """It validates both ways against OCA's schemas."""
    subject = tmp_path / "subject.yaml"
    subject.write_text("password: correct-horse-battery\n")
    with strict_csms() as (url, api):
        driver = f"http:{NPM / 'driver.yaml'}"
        arguments = ["csms", "--url", url, "--driver", driver, "--version", version]
        found = compare(
            verdicts,
            [*arguments, "--subject", str(subject)],
            {"CSMS_API": api},
            tmp_path / "report.json",
        )

    assert list(found.values()).count(Verdict.PASS) >= least
