"""Attacks of one who may only read: secrets, wherever they went through the server."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.attack.bench import DialledCharger, Target, client_of, heard, key_of

pytestmark = pytest.mark.settings(files="on")

SECRET = "Qs3cr3tQ"
BOX = "CP-1"
LISTED = (
    *("", "/messages", "/messages/export", "/commands", "/data-transfer", "/connections"),
    "/violations",
)
"""All of the backend that tells what has passed between it and a charger."""
SHARED = ("/chargers", "/events", "/webhooks", "/settings", "/files", "/violations")


@pytest.fixture
async def reader(target: Target, admin: httpx.AsyncClient) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(target, await key_of(admin, "reader", scopes=["read"])) as client:
        yield client


async def told(reader: httpx.AsyncClient) -> str:
    """All that a read key is told."""
    paths = [f"/api/v1/chargers/{BOX}{part}" for part in LISTED]
    answers = [await reader.get(path) for path in (*paths, *(f"/api/v1{one}" for one in SHARED))]
    assert {answer.status_code for answer in answers} <= {200, 404}
    return "\n".join(answer.text for answer in answers)


async def connected(
    target: Target, admin: httpx.AsyncClient, subprotocol: str, **script: Any
) -> DialledCharger:
    made = await admin.post("/api/v1/chargers", json={"chargeBoxId": BOX})
    assert made.is_success, made.text
    charger = await DialledCharger.dial(
        f"{target.server.charger_url}/{BOX}", subprotocol, script=script
    )
    station = {"vendorName": "v", "model": "m"}
    old, new = (
        {"chargePointVendor": "v", "chargePointModel": "m"},
        {"chargingStation": station, "reason": "PowerUp"},
    )
    await charger.call("BootNotification", old if subprotocol == "ocpp1.6" else new)
    return charger


async def test_a_reader_is_told_no_secret_of_a_charger_of_1_6(
    target: Target, admin: httpx.AsyncClient, reader: httpx.AsyncClient
) -> None:
    setting = {"key": "ftpPassword", "readonly": False, "value": SECRET}
    charger = await connected(
        target,
        admin,
        "ocpp1.6",
        ChangeConfiguration={"status": "Accepted"},
        GetConfiguration={"configurationKey": [setting]},
        UpdateFirmware={},
        GetDiagnostics={"fileName": f"log.zip?token={SECRET}"},
        DataTransfer={"status": "Accepted", "data": json.dumps({"pin": SECRET})},
    )
    url = f"ftp://user:{SECRET}@files.example/x"
    box = f"/api/v1/chargers/{BOX}"
    sent = {
        "configuration/change": {"key": "ftpPassword", "value": SECRET},
        "diagnostics": {"location": url},
        "firmware/update": {"location": url, "retrieveDate": "2026-02-10T14:00:00Z"},
        "data-transfer": {"vendorId": "V", "data": f"wifi password={SECRET}"},
    }

    answers = [await admin.post(f"{box}/{path}", json=body) for path, body in sent.items()]
    await admin.get(f"{box}/configuration")
    await charger.call("DataTransfer", {"vendorId": "V", "data": f'{{"pwd":"{SECRET}"}}'})
    charger.send([2, "odd", "DataTransfer", {"vendorId": 5, "data": f"password={SECRET}"}])
    await charger.call("Heartbeat", {})
    await heard(reader, f"{box}/messages", "Heartbeat")

    assert {answer.status_code for answer in answers} <= {200, 201, 202}, answers
    assert json.dumps(charger.asked).count(SECRET) == len(sent)
    assert SECRET not in await told(reader)


async def test_a_reader_is_told_no_secret_of_a_charger_of_2_0_1(
    target: Target, admin: httpx.AsyncClient, reader: httpx.AsyncClient
) -> None:
    charger = await connected(target, admin, "ocpp2.0.1")
    now = "2026-02-10T14:00:00Z"
    report = {
        "component": {"name": "Modem"},
        "variable": {"name": "SimPin"},
        "variableAttribute": [{"type": "Actual", "value": SECRET}],
    }
    event = {"type": "Odd", "timestamp": now, "techInfo": f"ws://u:{SECRET}@backend refused"}

    await charger.call(
        "NotifyReport", {"requestId": 1, "generatedAt": now, "seqNo": 0, "reportData": [report]}
    )
    await charger.call("SecurityEventNotification", event)
    await heard(reader, f"/api/v1/chargers/{BOX}/messages", "SecurityEventNotification")

    shown = await told(reader)
    assert "SimPin" in shown and "techInfo" in shown
    assert SECRET not in shown


async def test_a_reader_is_told_no_secret_of_the_urls_of_an_organization(
    admin: httpx.AsyncClient, reader: httpx.AsyncClient
) -> None:
    hook = f"https://billing.example/hook?token={SECRET}"

    made = await admin.post("/api/v1/webhooks", json={"url": hook, "events": ["*"]})
    await admin.patch("/api/v1/settings", json={"authorizationUrl": hook})

    assert made.status_code == 201, made.text
    assert SECRET not in await told(reader)
    assert SECRET in (await admin.get("/api/v1/webhooks")).text  # an operator sees what is set


async def test_a_reader_is_told_no_token_of_a_file(
    target: Target, admin: httpx.AsyncClient, reader: httpx.AsyncClient
) -> None:
    charger = await connected(target, admin, "ocpp1.6", GetDiagnostics={}, UpdateFirmware={})

    await admin.post(f"/api/v1/chargers/{BOX}/diagnostics", json={})
    slot = charger.asked[-1][1]["location"].rstrip("/").rsplit("/", 1)[-1]
    put = await admin.post("/api/v1/files", params={"name": "fw.bin"}, content=b"firmware")
    token = put.json()["url"].split("/")[-2]
    await heard(reader, f"/api/v1/chargers/{BOX}/messages", "GetDiagnostics")

    shown = await told(reader)
    assert slot not in shown and token not in shown
    assert "/files/down/***/fw.bin" in shown


async def test_the_first_key_is_in_no_log_of_a_start(target: Target, tmp_path: Path) -> None:
    """The output of a container is read by many."""
    target.server.stop()
    del target.server.environment["VOLTYARD_TOKEN"]
    target.server.environment["VOLTYARD_DATA"] = str(tmp_path / "fresh")
    target.server.environment.pop("VOLTYARD_DATABASE_URL", None)

    target.server.start()
    lines = [target.server.output.readline() for _ in range(5)]

    key = (tmp_path / "fresh" / "token").read_text().strip()
    assert any(line.startswith("key") for line in lines)
    assert key and key not in "".join(lines)
