"""`voltyard conform --driver prompt`: a person at a terminal, played by the test."""

import json
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.cli.conform.terminal import Terminal
from voltyard.testing.processes import ServerProcess, free_port

_PATIENCE_S = 60.0


def subject(directory: Path, text: str) -> str:
    path = directory / "subject.yaml"
    path.write_text(text)
    return str(path)


def verdicts(report: Path) -> dict[str, tuple[str, str]]:
    results: list[dict[str, Any]] = json.loads(report.read_text())["results"]
    return {one["id"]: (one["verdict"], one["why"]) for one in results}


@pytest.mark.timeout(300)
def test_an_operator_at_the_terminal_is_told_what_the_csms_is_to_send(
    server: ServerProcess, tmp_path: Path
) -> None:
    """Done by REST here, as a person would do it on a page; skipped; and tried in vain."""
    report = tmp_path / "report.json"
    terminal = Terminal(
        [
            "conform",
            "csms",
            "--url",
            server.charger_url,
            "--driver",
            "prompt",
            "--cases",
            "TC_013",
            "--cases",
            "TC_017_1",
            "--cases",
            "TC_061",
            "--cases",
            "TC_001",
            "--subject",
            subject(tmp_path, "identities: [HAND-1, HAND-2]\n"),
            "--jobs",
            "4",
            "--json",
            str(report),
        ],
        {},
    )
    asked = []
    with server.client() as rest:
        for identity in ("HAND-1", "HAND-2"):
            rest.post("/api/v1/chargers", json={"chargeBoxId": identity})
        for question in terminal.questions():
            asked.append(question)
            if "send Reset to" in question:
                body = {"type": "Hard"}
                answer = rest.post(f"/api/v1/chargers/{named(question)}/reset", json=body)
                assert answer.is_success, answer.text
                terminal.reply("")
            elif "UnlockConnector" in question:
                terminal.reply("what?")
                assert terminal.question()
                terminal.reply("s")
            else:
                terminal.reply("f")
    code = terminal.end()

    assert [re.sub("HAND-[12]", "HAND", one) for one in asked] == [
        "Have the CSMS send Reset to HAND with type Hard",
        "Have the CSMS send UnlockConnector to HAND with connectorId 1",
        "Have the CSMS send ClearCache to HAND",
    ]
    found = verdicts(report)
    assert found["TC_013_CSMS"] == ("pass", "")
    assert found["TC_001_CSMS"] == ("pass", "")
    assert found["TC_017_1_CSMS"] == (
        "not applicable",
        f"skipped by the person asked: {asked[1]}",
    )
    assert found["TC_061_CSMS"] == (
        "inconclusive",
        f"the person asked could not do it: {asked[2]}",
    )
    assert code == 2, terminal.told


@pytest.mark.timeout(300)
def test_an_attendant_at_the_terminal_is_told_what_to_do_at_the_charger(
    server: ServerProcess, tmp_path: Path
) -> None:
    report, port = tmp_path / "report.json", free_port()
    terminal = Terminal(
        [
            "conform",
            "charger",
            "--listen",
            f"ws://127.0.0.1:{port}/ocpp",
            "--driver",
            "prompt",
            "--cases",
            "TC_003",
            "--cases",
            "TC_010",
            "--cases",
            "TC_041",
            "--subject",
            subject(tmp_path, "identities: [HAND-9]\nevses: 2\n"),
            "--json",
            str(report),
        ],
        {},
    )
    asked = []
    with server.client() as rest:
        for question in terminal.questions():
            asked.append(question)
            if "Have the charger" in question:
                make(rest, question)
            elif question.startswith("Take the cable out"):
                command(rest, "unplug-connector", {})
            elif "Plug a vehicle in" in question:
                command(rest, "plug-connector", {"evse_id": 1})
            elif "Show the card" in question:
                command(rest, "swipe", {"id_tag": "04A1B2C3"})
            elif "Bring about the fault" in question:
                terminal.reply("s")
                continue
            terminal.reply("")
    terminal.end()

    found = verdicts(report)
    assert found["TC_003_CS"][0] == "pass", (found, terminal.told)
    assert found["TC_010_CS"][0] == "pass", (found, terminal.told)
    assert found["TC_041_CS"][0] == "not applicable"
    assert asked[:3] == [
        f"Have the charger HAND-9 connect to ws://127.0.0.1:{port}/ocpp/HAND-9 with OCPP 1.6, "
        "with no vehicle plugged in",
        "Plug a vehicle in (evse_id 1, connector_id 1)",
        "Show the card 04A1B2C3 (evse_id 1, connector_id 1)",
    ]


def named(question: str) -> str:
    """The charger that a question names."""
    found = re.search("HAND-[0-9]", question)
    assert found is not None, question
    return found[0]


def make(rest: httpx.Client, question: str) -> None:
    """A charger of the gateway that dials what the question names."""
    url = re.search(r"ws://\S+", question)
    assert url is not None
    body = {
        "identity": "HAND-9",
        "ws_url": url[0].rpartition("/")[0],
        "register": False,
        "ocpp_version": "OCPP1.6",
        "number_of_connectors": 2,
    }
    answer = rest.post("/ocpp/chargers", json=body)
    assert answer.is_success, answer.text


def command(rest: httpx.Client, name: str, event: dict[str, Any]) -> None:
    body = {"target": {"charger_id": "HAND-9"}, "event": event}
    answer = rest.post(f"/ocpp/commands/{name}", json=body)
    assert answer.is_success, answer.text
    batch = {"batch_id": answer.json()["batch_id"]}
    give_up_at = time.monotonic() + _PATIENCE_S
    while time.monotonic() < give_up_at:
        [one] = rest.get("/ocpp/commands", params=batch).json()["data"]
        if one["status"] in ("completed", "failed"):
            return
        time.sleep(0.05)


def test_without_a_terminal_nobody_can_be_asked(tmp_path: Path) -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "voltyard",
            "conform",
            "charger",
            "--driver",
            "prompt",
            "--listen",
            f"ws://127.0.0.1:{free_port()}/ocpp",
            "--subject",
            subject(tmp_path, "identities: [HAND-1]\n"),
        ],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_PATIENCE_S,
        check=False,
    )

    assert done.returncode == 2
    assert "there is no terminal" in done.stderr and "http:FILE" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_charger_has_to_be_named(tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    terminal = Terminal(
        [
            "conform",
            "charger",
            "--listen",
            f"ws://127.0.0.1:{free_port()}/ocpp",
            "--driver",
            "prompt",
            "--json",
            str(report),
        ],
        {},
    )
    assert list(terminal.questions()) == []

    assert terminal.end() == 2
    assert "no identity of the charger under test" in terminal.told
