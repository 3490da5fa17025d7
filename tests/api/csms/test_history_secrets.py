"""Who only reads is told no secret, wherever it went through the server."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.api.bench import BOX, Lab, ScriptedCharger
from voltyard.organizations.organization import DEFAULT_ORGANIZATION_ID
from voltyard.storage.csms.files import Files

SECRET = "Qs3cr3tQ"
LISTED = (
    f"/chargers/{BOX}",
    f"/chargers/{BOX}/messages",
    f"/chargers/{BOX}/messages/export",
    f"/chargers/{BOX}/commands",
    f"/chargers/{BOX}/data-transfer",
    f"/chargers/{BOX}/connections",
    f"/chargers/{BOX}/violations",
    "/chargers",
    "/events",
    "/webhooks",
    "/settings",
    "/files",
    "/violations",
)
"""All of the backend that tells of what has passed."""


@pytest.fixture
async def reader(lab: Lab) -> AsyncIterator[str]:
    _, text = await lab.keys.add(DEFAULT_ORGANIZATION_ID, "reader", ["read"])
    yield text


async def told(lab: Lab, key: str) -> str:
    """All that a key is told."""
    await lab.database.writer.flush()
    answers = [await lab.get(path, key) for path in LISTED]
    assert [answer.status_code for answer in answers if answer.status_code not in (200, 404)] == []
    return "\n".join(answer.text for answer in answers)


async def charger_of(lab: Lab, version: str, **script: Any) -> ScriptedCharger:
    return await lab.connect(version, script)


async def test_a_reader_is_told_no_secret_of_a_charger_of_1_6(lab: Lab, reader: str) -> None:
    setting = {"key": "ftpPassword", "readonly": False, "value": SECRET}
    charger = await charger_of(
        lab,
        "1.6",
        ChangeConfiguration={"status": "Accepted"},
        GetConfiguration={"configurationKey": [setting]},
        UpdateFirmware={},
        GetDiagnostics={"fileName": f"log.zip?token={SECRET}"},
        DataTransfer={"status": "Accepted", "data": json.dumps({"pin": SECRET})},
    )
    url = f"ftp://user:{SECRET}@files.example/x"
    box = f"/chargers/{BOX}"

    answers = [
        await lab.post(f"{box}/configuration", {"key": "ftpPassword", "value": SECRET}),
        await lab.post(f"{box}/diagnostics", {"location": url}),
        await lab.post(
            f"{box}/firmware", {"location": url, "retrieveDate": "2026-02-10T14:00:00Z"}
        ),
        await lab.post(
            f"{box}/data-transfer", {"vendorId": "V", "data": f"wifi password={SECRET}"}
        ),
    ]
    await lab.call(charger, "DataTransfer", {"vendorId": "V", "data": f'{{"pwd":"{SECRET}"}}'})
    charger.send([2, "odd", "DataTransfer", {"vendorId": 5, "data": f"password={SECRET}"}])
    await lab.call(charger, "Heartbeat", {})

    assert SECRET in json.dumps(charger.asked)
    assert SECRET not in await told(lab, reader)
    assert any(answer.status_code == 200 for answer in answers)


async def test_a_reader_is_told_no_secret_of_a_charger_of_2_0_1(lab: Lab, reader: str) -> None:
    charger = await charger_of(lab, "2.0.1")
    attribute = {"type": "Actual", "value": SECRET}

    await lab.call(
        charger,
        "NotifyReport",
        {
            "requestId": 1,
            "generatedAt": "2026-02-10T14:00:00Z",
            "seqNo": 0,
            "reportData": [
                {
                    "component": {"name": "Modem"},
                    "variable": {"name": "SimPin"},
                    "variableAttribute": [attribute],
                }
            ],
        },
    )
    await lab.call(
        charger,
        "SecurityEventNotification",
        {
            "type": "Odd",
            "timestamp": "2026-02-10T14:00:00Z",
            "techInfo": f"ws://u:{SECRET}@backend refused",
        },
    )

    heard = await told(lab, reader)
    assert "SimPin" in heard and "techInfo" in heard
    assert SECRET not in heard


async def test_a_reader_is_told_no_secret_of_the_urls_of_an_organization(
    lab: Lab, reader: str
) -> None:
    hook = f"https://billing.example/hook?token={SECRET}"

    made = await lab.post("/webhooks", {"url": hook, "events": ["*"]})
    await lab.patch("/settings", {"authorizationUrl": hook})

    assert made.status_code == 201, made.text
    assert SECRET not in await told(lab, reader)
    assert SECRET in (await lab.get("/webhooks")).text  # an operator can see what is set


async def test_a_reader_is_told_no_token_of_a_file(lab: Lab, reader: str, tmp_path: Path) -> None:
    files = Files(lab.database, tmp_path / "kept", "http://lab", lambda: lab.now)
    files.load()
    app: Any = lab.client._transport.app  # type: ignore[attr-defined]
    app.state.csms = replace(app.state.csms, files=files)
    charger = await charger_of(lab, "1.6", GetDiagnostics={}, UpdateFirmware={})
    await lab.post(f"/chargers/{BOX}/diagnostics", {})
    slot = charger.asked[-1][1]["location"].rstrip("/").rsplit("/", 1)[-1]
    row = await files.put(DEFAULT_ORGANIZATION_ID, "fw.bin", _bytes(b"firmware"))
    assert row.token is not None

    heard = await told(lab, reader)

    assert slot not in heard and row.token not in heard
    assert "http://lab/files/down/***/fw.bin" in heard
    assert row.token in (await lab.get("/files")).text


async def _bytes(content: bytes) -> AsyncIterator[bytes]:
    yield content
