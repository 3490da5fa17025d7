"""`voltyard conform` without a server: what is chosen, and what cannot be run."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from voltyard.cli.main import app
from voltyard.kernel.errors import NotFound, VoltyardError
from voltyard.testing.processes import free_port

NOTHING_THERE = "ws://127.0.0.1:1/ocpp"


def run(*arguments: str) -> tuple[int, str]:
    """Exit code and output of a command; an error of ours is raised, as the entry point has it."""
    result = CliRunner().invoke(app, ["conform", *arguments])
    if isinstance(result.exception, VoltyardError):
        raise result.exception
    return result.exit_code, result.output


def test_list_has_each_case_with_its_purpose() -> None:
    code, output = run("list", "csms", "--version", "1.6", "--json")
    cases = json.loads(output)

    assert code == 0
    assert {case["role"] for case in cases} == {"csms"}
    assert all(case["purpose"] and case["id"].endswith("_CSMS") for case in cases)


def test_an_unknown_case_is_told_with_the_nearest_ids() -> None:
    with pytest.raises(NotFound) as refused:
        run("csms", "--url", NOTHING_THERE, "--cases", "TC_003_CSM")

    assert "TC_003_CSMS" in refused.value.advice


def test_a_url_at_which_nothing_answers_is_no_verdict(tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    code, output = run(
        "csms",
        "--url",
        NOTHING_THERE,
        "--driver",
        "none",
        "--json",
        str(report),
        "--subject",
        str(subject(tmp_path, "identities: [CP-1]\n")),
    )

    assert code == 2
    assert f"no CSMS answers at {NOTHING_THERE}" in output
    assert json.loads(report.read_text())["results"] == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param("tags: {accepted: [1}\n", "1:", id="no YAML"),
        pytest.param("identitys: [CP-1]\n", "identitys", id="an unknown key"),
        pytest.param("evses: two\n", "evses", id="a wrong type"),
        pytest.param("tls: {url: wss://h, ca: 5}\n", "1:25: tls.ca: ", id="a file that is none"),
        pytest.param("firmware: {file: none.bin}\n", "none.bin is no file", id="no such file"),
    ],
)
def test_a_subject_that_cannot_be_read_is_told_with_its_place(
    tmp_path: Path, text: str, told: str
) -> None:
    path = subject(tmp_path, text)
    with pytest.raises(VoltyardError) as refused:
        run("csms", "--url", NOTHING_THERE, "--subject", str(path))

    assert str(path) in refused.value.message
    assert told in refused.value.message


@pytest.mark.parametrize("driver", ["sap", "http:", "http:/nowhere.yaml", "python:nowhere:Driver"])
def test_a_driver_that_is_not_there(driver: str) -> None:
    code, output = run("csms", "--url", NOTHING_THERE, "--driver", driver)

    assert code == 2
    assert "voltyard: " in output and "Traceback" not in output


def subject(directory: Path, text: str) -> Path:
    path = directory / "subject.yaml"
    path.write_text(text)
    return path


def test_a_run_that_was_cut_short_goes_on_where_it_was(tmp_path: Path) -> None:
    listen = f"ws://127.0.0.1:{free_port()}/ocpp"
    report, whole = tmp_path / "report.json", tmp_path / "whole.json"
    first, _ = run("charger", "--listen", listen, "--cases", "TC_003", "--json", str(report))
    code, output = run(
        *("charger", "--listen", listen, "--cases", "TC_003", "--cases", "TC_010"),
        *("--resume", str(report), "--json", str(whole)),
    )

    assert (first, code) == (0, 0), output
    results = json.loads(whole.read_text())["results"]
    assert [(one["id"], one["verdict"]) for one in results] == [
        ("TC_003_CS", "pass"),
        ("TC_010_CS", "pass"),
    ]


def test_a_charger_that_does_otherwise_fails_its_case(tmp_path: Path) -> None:
    """A subject with one EVSE more than there is: the report of that one never comes."""
    listen = f"ws://127.0.0.1:{free_port()}/ocpp"
    code, output = run(
        *("charger", "--listen", listen, "--cases", "TC_001", "--stretch", "0.1"),
        *("--subject", str(subject(tmp_path, "evses: 3\n"))),
    )

    assert code == 1
    assert "FAIL" in output
    assert "connectorId" in output


def test_files_come_from_and_go_to_a_server_beside_the_endpoint(tmp_path: Path) -> None:
    listen, port = f"ws://127.0.0.1:{free_port()}/ocpp", free_port()
    report = tmp_path / "report.json"
    code, output = run(
        *("charger", "--listen", listen, "--files-port", str(port), "--json", str(report)),
        *("--cases", "TC_044_2", "--cases", "TC_045_1", "--cases", "TC_081"),
    )

    assert code == 0, output
    text = report.read_text()
    assert f"http://127.0.0.1:{port}/" in text
    assert "GET absent.bin: 404" in text
    assert "GET firmware.bin: 200" in text
    assert "PUT diagnostics-" in text


def test_a_port_for_files_that_is_taken_is_told() -> None:
    port = free_port()
    listen = f"ws://127.0.0.1:{port}/ocpp"
    code, output = run(
        "charger", "--listen", listen, "--files-port", str(port), "--cases", "TC_001"
    )

    assert code == 2
    assert "--files-port: cannot listen on 127.0.0.1" in output


def test_a_charger_is_tested_over_tls_and_the_root_to_trust_is_written(tmp_path: Path) -> None:
    listen, root = f"wss://127.0.0.1:{free_port()}/ocpp", tmp_path / "root.pem"
    code, output = run(
        *("charger", "--listen", listen, "--write-root", str(root)),
        *("--cases", "TC_003", "--cases", "TC_083"),
    )

    assert code == 0, output
    assert "2 passed" in output
    assert root.read_text().startswith("-----BEGIN CERTIFICATE-----")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--tls-certificate", "{folder}/nothing.pem"], "go together"),
        (["--client-ca", "{folder}/nothing.pem"], "--client-ca"),
        (["--client-ca", "{folder}/text.pem"], "--client-ca"),
        (["--write-root", "{folder}/nowhere/root.pem"], "--write-root"),
    ],
)
def test_a_file_of_tls_that_cannot_be_used_is_told_with_its_option(
    tmp_path: Path, options: list[str], told: str
) -> None:
    (tmp_path / "text.pem").write_text("no certificate")
    given = [option.format(folder=tmp_path) for option in options]
    listen = f"wss://127.0.0.1:{free_port()}/ocpp"

    code, output = run("charger", "--listen", listen, "--cases", "TC_003", *given)

    assert code == 2
    assert told in output and "Traceback" not in output
