"""schemathesis against a server of its own, in which there is something of every kind."""

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from voltyard.api.app import described
from voltyard.server.server import routers
from voltyard.testing.processes import ServerProcess

HERE = Path(__file__).parent
KEY = "a-key-for-the-fuzzer"
EXAMPLES = 15
"""Of each operation, beside those that the description gives or that follow from its limits."""

MORE = 4
"""`make long` asks so many times as often."""

PHASES = "examples,fuzzing"
"""Of schemathesis. Its phase of boundaries, `coverage`, takes one to five minutes a part: it is
asked of the parts that take less."""

PATIENCE_S = 120.0
SPARE = 3
"""Things of a kind that are there to be deleted."""

LOCATION = {
    "name": "Yard",
    "address": "14 Rue de la Paix",
    "city": "Paris",
    "country": "FR",
    "coordinates": {"latitude": 48.8566, "longitude": 2.3522},
}

GATEWAY = (
    "^/(health(/live|/ready)?|metrics)?$|^/ocpp/(summary|power-history|catalog|templates|events|quirks|personalities)",
    "^/ocpp/chargers",
    "^/ocpp/locations",
    "^/ocpp/commands",
)
BACKEND = (
    "^/api/v1/(summary|nodes|auth|organizations|settings|id-tags|tariffs)",
    "^/api/v1/(transactions|webhooks|events|reservations|files|violations|certificates|refusals|audit-log)",
    "^/api/v1/chargers",
)
"""Paths that are asked of one server, by a regular expression."""

STREAMS = "/stream$"
"""Their answers do not end; tests/server/test_event_stream.py and test_backend_stream.py are about
them."""


def check_part(part: str, directory: Path, config: pytest.Config, phases: str = PHASES) -> None:
    """Ask whatever the description allows, and what it does not, of the operations whose path
    matches; AssertionError with what was found."""
    examples = EXAMPLES * (MORE if config.getoption("long") else 1)
    description = described(routers())
    asked = [path for path in description["paths"] if re.search(part, path)]
    file, aimed = directory / "openapi.json", directory / "aimed.json"
    file.write_text(json.dumps(description))
    with ServerProcess(directory / "data", KEY) as server:
        server.stop()
        server.environment["VOLTYARD_FILES"] = "on"
        server.start()
        there = _things_that_are_there(server)
        command = [
            *(sys.executable, "-m", "schemathesis.cli"),
            *("--config-file", HERE / "schemathesis.toml", "run", file, "--url", server.url),
            *("--header", f"Authorization: Bearer {KEY}"),
            *("--include-path-regex", part, "--exclude-path-regex", STREAMS),
            *("--phases", phases, "--checks", "all", "--max-examples", str(examples)),
            # Wrong keys are few a minute, and a fast machine soon sends more: test_bad_input.py of
            # tests/attack asks each operation with a wrong key, from many addresses.
            *("--exclude-checks", "ignored_auth"),
            *("--seed", "1", "--no-color"),
        ]
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(HERE), os.environ.get("PYTHONPATH", "")]),
            "VOLTYARD_FUZZ_THERE": json.dumps(there),
            "VOLTYARD_FUZZ_AIMED": str(aimed),
        }
        run = subprocess.run(
            command, cwd=directory, env=environment, capture_output=True, text=True, check=False
        )
    assert run.returncode == 0, run.stdout[-20_000:] + run.stderr[-2_000:]
    named = {name for path in asked for name in re.findall(r"{(\w+)}", path)}
    assert named & set(there) <= set(json.loads(aimed.read_text()))


def _things_that_are_there(server: ServerProcess) -> dict[str, list[str]]:
    """Ids by the names that operations call them: first one that stays, then some to delete."""
    headers = {"X-API-Key": KEY}
    there: dict[str, list[str]] = {"ws_url": [server.charger_url]}
    with httpx.Client(base_url=server.url, headers=headers, timeout=PATIENCE_S) as rest:
        for number in range(1 + SPARE):
            for name, made in _one_of_each(rest, server.charger_url, number).items():
                there.setdefault(name, []).append(made)
    return there


def _one_of_each(rest: httpx.Client, backend: str, number: int) -> dict[str, str]:
    def post(path: str, body: Any) -> Any:
        answer = rest.post(path, json=body)
        assert answer.is_success, answer.text
        return answer.json()

    box = f"CP-FUZZ-{number}"
    template = {
        "brand_slug": "wallbox",
        "model_slug": "wallbox-pulsar-plus",
        "connector_type": "Type2",
        "ws_url": backend,
    }
    for identity in (box, f"{box}-1"):
        post("/api/v1/chargers", {"chargeBoxId": identity})
    tag = post("/api/v1/id-tags", {"idTag": f"TAG-{number}"})
    key = post("/api/v1/auth/api-keys", {"name": "fuzz", "scopes": ["read"]})
    hook = post("/api/v1/webhooks", {"url": "http://127.0.0.1:9/", "events": ["*"]})
    file = rest.post("/api/v1/files", params={"name": "fw.bin"}, content=b"firmware").json()
    location = post("/ocpp/locations", LOCATION)
    charger = post("/ocpp/chargers", {**template, "identity": box, "location_id": location["id"]})
    charger_id = charger["charger_id"]
    job = post(
        f"/ocpp/locations/{location['id']}/chargers",
        [{"template": {**template, "identity_prefix": f"{box}-"}, "charger_ids": ["1"]}],
    )
    _wait(rest, job["status_url"], lambda answer: answer["status"] == "READY")
    day = post(f"/ocpp/locations/{location['id']}/days", {})
    rest.delete(f"/ocpp/locations/{location['id']}/days/{day['id']}").raise_for_status()
    _wait(rest, f"/api/v1/chargers/{box}", lambda answer: answer["status"] != "disconnected")
    started = post(
        "/ocpp/commands/start-session",
        {
            "target": {"charger_id": charger_id},
            "event": {"id_tag": tag["idTag"], "connector_id": 1},
        },
    )
    of_box = f"/api/v1/transactions?chargeBoxId={box}"
    transactions = _wait(rest, of_box, lambda answer: answer["transactions"])
    post(f"/api/v1/chargers/{box}/trigger", {"requestedMessage": "Heartbeat"})
    sent = rest.get(f"/api/v1/chargers/{box}/commands").json()["commands"]
    rest.get(f"{backend.replace('ws:', 'http:')}/{box}-unknown")  # which is refused
    refused = rest.get("/api/v1/refusals", params={"chargeBoxId": f"{box}-unknown"}).json()
    return {
        "refusalId": refused["refusals"][0]["id"],
        "charger_id": charger_id,
        "location_id": location["id"],
        "job_id": job["job_id"],
        "day_id": day["id"],
        "command_id": started["results"][0]["command"]["id"],
        "brand_slug": "wallbox",
        "model_slug": "wallbox-pulsar-plus",
        "chargeBoxId": box,
        "commandId": sent[0]["id"],
        "idTag": tag["id"],
        "keyId": key["id"],
        "webhookId": hook["id"],
        "fileId": file["id"],
        "certificateId": "crt_4k2d8s1m0x7c9v3b",
        "transactionId": str(transactions["transactions"][0]["transactionId"]),
    }


def _wait(rest: httpx.Client, path: str, enough: Any) -> Any:
    give_up_at = time.monotonic() + PATIENCE_S
    while not enough(answer := rest.get(path).json()):
        assert time.monotonic() < give_up_at, answer
        time.sleep(0.05)
    return answer
