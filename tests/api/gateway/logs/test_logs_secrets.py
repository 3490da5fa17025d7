"""Who only reads is told no secret of a simulated charger, wherever it went."""

import json

from tests.api.gateway.bench import Gateway
from voltyard.charger.description.events import Framed
from voltyard.organizations.organization import DEFAULT_ORGANIZATION_ID

SECRET = "Qs3cr3tQ"


async def test_a_reader_is_told_no_secret(gateway: Gateway) -> None:
    _, reader = await gateway.keys.add(DEFAULT_ORGANIZATION_ID, "reader", ["read"])
    charger_id = await gateway.charger(
        ws_url=f"wss://csms.test/ocpp?token={SECRET}",
        basic_auth_password=f"{SECRET}-long-enough",
        settings={"AuthorizationKey": f"{SECRET}-long-enough"},
        vendor_settings=[{"name": "WifiPSK", "value": SECRET}],
    )
    reports = gateway.yard.reports
    text = json.dumps([2, "1", "UpdateFirmware", {"location": f"ftp://u:{SECRET}@files.test/"}])
    frame = Framed(
        at=1.0,
        direction="csms_to_cp",
        kind="call",
        action="UpdateFirmware",
        message_id="1",
        text=text,
        latency_s=None,
        verdict="valid",
    )
    reports.framed(charger_id, frame)
    changed = {"type": "setting", "at": 1.0, "name": "ftpPassword", "value": SECRET}
    reports.happened(charger_id, changed)
    lost = {"type": "connection", "at": 1.0, "connected": False, "reason": f"ws://u:{SECRET}@h: no"}
    reports.happened(charger_id, lost)
    await gateway.post(
        "/ocpp/commands/configuration",
        {
            "target": {"charger_id": charger_id},
            "event": {"configuration": {"ftpPassword": SECRET, "simPin": SECRET}},
        },
    )
    await gateway.settled()

    paths = [
        "/ocpp/chargers",
        f"/ocpp/chargers/{charger_id}",
        f"/ocpp/chargers/{charger_id}/status",
        f"/ocpp/chargers/{charger_id}/logs",
        f"/ocpp/chargers/{charger_id}/logs/export",
        f"/ocpp/chargers/{charger_id}/trace",
        f"/ocpp/chargers/{charger_id}/device-model",
        "/ocpp/commands",
        "/ocpp/events",
    ]
    answers = [await gateway.send("GET", path, key=reader) for path in paths]

    assert {answer.status_code for answer in answers} == {200}
    assert [answer.url.path for answer in answers if SECRET in answer.text] == []
    heard = "".join(answer.text for answer in answers)
    assert "ftpPassword" in heard and "files.test" in heard and "setting.changed" in heard
