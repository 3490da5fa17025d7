"""What may differ from the catalogue, at one charger and in a bulk: it reaches the charger, is read
back, and is changed."""

import json
from typing import Any

import pytest

from tests.api.gateway.bench import CHARGER, Gateway, GatewayBench, job_of
from voltyard.testing.certificates import RootAuthority

TEMPLATE = {
    name: CHARGER[name] for name in ("brand_slug", "model_slug", "connector_type", "ws_url")
}

OPTIONS: dict[str, Any] = {
    "number_of_connectors": 4,
    "connectors_per_evse": 2,
    "settings": {"HeartbeatInterval": 77},
    "serial_number": "SN-1",
    "charge_box_serial_number": "BOX-1",
    "iccid": "8949000000000000001",
    "imsi": "262010000000001",
    "meter_type": "MID 3P",
    "meter_serial_number": "M-77",
    "firmware_version": "9.1",
    "meter_start_wh": 1_000,
    "basic_auth_password": "a-password-of-it",
    "security_profile": 1,
    "security_events": False,
    "validation": "strict",
    "readers": [[1, 2]],
    "seed": 5,
}


def told(charger: dict[str, Any]) -> dict[str, Any]:
    """Of what a runtime was told, what OPTIONS says."""
    evses = charger["evses"]
    return {
        "number_of_connectors": sum(len(evse["connectors"]) for evse in evses),
        "connectors_per_evse": len(evses[0]["connectors"]),
        "settings": {name: int(value) for name, value in charger["settings"].items()},
        "basic_auth_password": charger["password"],
    } | {name: charger[name] for name in OPTIONS if name in charger and name != "settings"}


async def test_options_reach_the_charger_and_are_read_back(gateway: Gateway) -> None:
    charger_id = await gateway.charger(**OPTIONS)

    shown = (await gateway.get(f"/ocpp/chargers/{charger_id}")).json()

    assert told(gateway.provider.running[charger_id].charger) == OPTIONS
    assert (shown["security_events"], shown["connectors_per_evse"]) == (False, 2)
    assert "a-password-of-it" not in str(shown)


async def test_every_option_of_a_charger_is_one_of_a_bulk(gateway: Gateway) -> None:
    location_id = await gateway.location()
    group = {
        "template": {**TEMPLATE, "identity_prefix": "B-", **OPTIONS},
        "charger_ids": ["1", "2"],
    }

    answer = await gateway.post(f"/ocpp/locations/{location_id}/chargers", [group])

    assert answer.status_code == 202, answer.text
    job = await job_of(gateway, answer.json()["status_url"])
    made = [one["charger_id"] for one in job["results"]["created"]]
    assert len(made) == 2
    for charger_id in made:
        assert told(gateway.provider.running[charger_id].charger) == OPTIONS
    assert "a-password-of-it" not in str(job)


async def test_security_events_are_switched_later(gateway: Gateway) -> None:
    charger_id = await gateway.charger()

    answer = await gateway.put(f"/ocpp/chargers/{charger_id}", {"security_events": True})

    assert answer.json()["security_events"] is True
    await gateway.settled()
    assert gateway.provider.running[charger_id].charger["security_events"] is True


@pytest.mark.parametrize("said", [{"connectors_per_evse": 3}, {"connectors_per_evse": 9}])
async def test_connectors_that_do_not_divide_are_refused(
    gateway: Gateway, said: dict[str, int]
) -> None:
    body = {**CHARGER, "number_of_connectors": 4, **said}

    answer = await gateway.post("/ocpp/chargers", body)

    assert answer.status_code in (400, 422)
    assert "connectors_per_evse" in answer.text
    assert (await gateway.get("/ocpp/chargers")).json()["total"] == 0


async def test_a_local_controller_is_one_of_2_0_1(gateway: Gateway) -> None:
    asked = {"local_controller": True}

    refused = await gateway.post("/ocpp/chargers", {**CHARGER, **asked})
    charger_id = await gateway.charger(**asked, ocpp_version="OCPP2.0.1")
    changed = await gateway.put(f"/ocpp/chargers/{charger_id}", {"ocpp_version": "OCPP1.6J"})

    assert (refused.status_code, changed.status_code) == (400, 400)
    assert "ocpp_version OCPP2.0.1" in refused.text
    assert gateway.provider.running[charger_id].charger["local_controller"] is True
    shown = (await gateway.get(f"/ocpp/chargers/{charger_id}")).json()
    assert (shown["local_controller"], shown["ocpp_version"]) == (True, "OCPP2.0.1")


VENDOR_SETTINGS: list[dict[str, Any]] = [
    {
        "name": "Led.Colour",
        "instance": "Left",
        "key": "LedLeft",
        "value": "blue",
        "type": "OptionList",
        "values": ["blue", "red"],
        "needs_reboot": True,
    },
    {"name": "Fan.Speed", "value": 40, "type": "integer", "minimum": 10, "maximum": 90},
    {"name": "Service.Pin", "value": "1234", "access": "WriteOnly"},
]


async def test_vendor_settings_reach_the_charger_and_are_read_back(gateway: Gateway) -> None:
    charger_id = await gateway.charger(vendor_settings=VENDOR_SETTINGS)

    told = gateway.provider.running[charger_id].charger["vendor_settings"]
    assert told == [VENDOR_SETTINGS[0], {**VENDOR_SETTINGS[1], "value": "40"}, VENDOR_SETTINGS[2]]
    shown = (await gateway.get(f"/ocpp/chargers/{charger_id}")).json()
    assert shown["vendor_settings"][:2] == told[:2]
    assert shown["vendor_settings"][2] == {"name": "Service.Pin", "access": "WriteOnly"}

    await gateway.put(f"/ocpp/chargers/{charger_id}", shown)

    await gateway.settled()
    assert gateway.provider.running[charger_id].charger["vendor_settings"] == told


MODEL: list[dict[str, Any]] = [
    {
        "component": {"name": "Fan", "evse": {"id": 1}},
        "variable": {"name": "Speed", "instance": "Day"},
        "variableAttribute": [{"type": "Actual", "value": "40", "mutability": "ReadWrite"}],
        "variableCharacteristics": {"dataType": "integer", "supportsMonitoring": False},
    }
]


async def test_what_a_bulk_s_chargers_have_from_their_factory_is_there_after_a_restart(
    yard: GatewayBench, gateway: Gateway
) -> None:
    root = RootAuthority().ca
    made = {
        "vendor_settings": VENDOR_SETTINGS,
        "device_model": MODEL,
        "certificates": [{"type": "MORootCertificate", "certificate": root}],
    }
    location_id = await gateway.location()
    group = {"template": {**TEMPLATE, **made}, "charger_ids": ["B-1", "B-2"]}
    answer = await gateway.post(f"/ocpp/locations/{location_id}/chargers", [group])
    assert answer.status_code == 202, answer.text
    job = await job_of(gateway, answer.json()["status_url"])
    ids = [one["charger_id"] for one in job["results"]["created"]]
    told = {one: dict(gateway.provider.running[one].charger) for one in ids}
    await gateway.yard.close()

    again = await yard.open()

    await again.settled()
    assert len(told) == 2
    for charger_id, charger in told.items():
        assert again.provider.running[charger_id].charger == charger
        assert charger["certificates"] == [{"use": "MORootCertificate", "pem": root}]
        assert [one["name"] for one in charger["vendor_settings"]] == [
            one["name"] for one in VENDOR_SETTINGS
        ]
        assert json.loads(charger["device_model"]) == MODEL
    await yard.close(again)


async def test_a_device_model_is_given_at_creation_read_changed_and_taken_back(
    gateway: Gateway,
) -> None:
    charger_id = await gateway.charger(device_model=MODEL)
    url = f"/ocpp/chargers/{charger_id}/device-model"

    assert json.loads(gateway.provider.running[charger_id].charger["device_model"]) == MODEL
    assert (await gateway.get(f"/ocpp/chargers/{charger_id}")).json()["has_device_model"] is True
    assert (await gateway.get(url)).json() == MODEL
    other = {"replaces": True, "reportData": MODEL}
    changed = await gateway.put(url, other)
    assert changed.json()["has_device_model"] is True
    assert (await gateway.get(url)).json() == other
    assert (await gateway.delete(url)).status_code == 204
    assert (await gateway.get(url)).json() == {"replaces": False, "reportData": []}
    assert (await gateway.get(f"/ocpp/chargers/{charger_id}")).json()["has_device_model"] is False
    await gateway.settled()
    assert "device_model" not in gateway.provider.running[charger_id].charger
