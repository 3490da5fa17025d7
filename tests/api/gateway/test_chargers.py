"""Chargers over REST: created, provisioned, looked at, changed, stopped, deleted."""

import asyncio
import re
from types import SimpleNamespace
from typing import Any, cast

import pytest

from tests.api.gateway.bench import CHARGER, Gateway, GatewayBench
from voltyard.kernel.errors import Invalid


async def status_of(gateway: Gateway, charger_id: str) -> dict[str, Any]:
    answer = await gateway.get(f"/ocpp/chargers/{charger_id}/status")
    assert answer.status_code == 200
    return dict(answer.json())


async def test_a_new_charger_is_accepted_at_once_and_then_ready(gateway: Gateway) -> None:
    gateway.provider.gate = asyncio.Event()  # what is done behind the answer has to wait

    answer = await gateway.post("/ocpp/chargers", CHARGER)

    accepted = answer.json()
    assert answer.status_code == 202
    assert re.fullmatch(r"dep-[0-9a-z]+", accepted["charger_id"])
    assert re.fullmatch(r"wfr_[0-9a-z]+", accepted["workflow_run_id"])
    assert accepted["identity"] == "CP-TEST-001"
    assert accepted["status"] == "PROVISIONING"
    assert accepted["status_url"] == f"/ocpp/chargers/{accepted['charger_id']}/status"

    assert (await gateway.get(accepted["status_url"])).json()["status"] == "PROVISIONING"
    gateway.provider.gate.set()
    await gateway.settled()
    settled = (await gateway.get(accepted["status_url"])).json()
    assert settled["status"] == "READY"
    assert settled["error"] is None
    assert settled["provisioned_at"] is not None


async def test_the_provider_is_asked_for_what_the_catalogue_says(gateway: Gateway) -> None:
    charger_id = await gateway.charger()

    assert gateway.provider.running[charger_id].charger == {
        "identity": "CP-TEST-001",
        "version": "1.6",
        "csms_url": "ws://127.0.0.1:9/ocpp",
        "vendor": "Wall Box Chargers",
        "model": "PLP1-0-2-4",
        "seed": gateway.provider.running[charger_id].charger["seed"],
        "evses": [
            {
                "connectors": [
                    {
                        "type": "Type2",
                        "current": "AC",
                        "phases": 3,
                        "voltage_v": 230.0,
                        "max_current_a": 32.0,
                        "max_power_w": 22_000.0,
                        "has_lock": True,
                    }
                ]
            }
        ],
        "settings": {},
    }


async def test_what_is_said_beyond_the_catalogue_reaches_the_charger_and_is_read_back(
    gateway: Gateway,
) -> None:
    said = {
        "ocpp_version": "OCPP2.0.1",
        "number_of_connectors": 2,
        "settings": {"HeartbeatInterval": 30, "AuthEnabled": True, "A.B": {"value": "c"}},
        "vendor": "ACME",
        "model": "DC-50",
        "serial_number": "SN-1",
        "firmware_version": "2.4.1",
        "rating": {"max_power_w": 11_000, "max_current_a": 16},
        "cable_lock": False,
        "basic_auth_password": "a-secret-of-16-ch",
        "meter_start_wh": 12_345,
        "vehicle": {"battery_kwh": 40, "soc": 20},
        "seed": 7,
    }

    charger_id = await gateway.charger(**said)

    charger = gateway.provider.running[charger_id].charger
    assert charger["version"] == "2.0.1"
    assert (charger["vendor"], charger["model"]) == ("ACME", "DC-50")
    assert charger["serial_number"] == "SN-1"
    assert charger["firmware_version"] == "2.4.1"
    assert charger["password"] == "a-secret-of-16-ch"
    assert charger["meter_start_wh"] == 12_345
    assert charger["seed"] == 7
    assert charger["settings"] == {"HeartbeatInterval": "30", "AuthEnabled": "true", "A.B": "c"}
    assert charger["vehicle"]["battery_kwh"] == 40
    assert charger["vehicle"]["soc_percent"] == 20
    assert len(charger["evses"]) == 2
    connector = charger["evses"][0]["connectors"][0]
    assert connector["max_power_w"] == 11_000
    assert connector["max_current_a"] == 16
    assert connector["has_lock"] is False
    shown = (await gateway.get(f"/ocpp/chargers/{charger_id}")).json()
    assert shown["vendor_name"] == "ACME"
    assert shown["model"] == "DC-50"
    assert shown["number_of_connectors"] == 2
    assert shown["max_charging_power"] == 11_000
    assert shown["serial_number"] == "SN-1"
    assert shown["rating"] == {"max_power_w": 11_000, "max_current_a": 16}
    assert "basic_auth_password" not in shown
    assert shown["has_basic_auth_password"] is True
    assert "a-secret" not in str(shown)


async def test_one_charger_is_shown_as_the_contract_has_it(gateway: Gateway) -> None:
    charger_id = await gateway.charger()

    shown = (await gateway.get(f"/ocpp/chargers/{charger_id}")).json()

    example = {
        "id": charger_id,
        "identity": "CP-TEST-001",
        "name": "Bay A01",
        "vendor_name": "Wallbox",
        "model": "Pulsar Plus",
        "ocpp_version": "OCPP1.6",
        "number_of_connectors": 1,
        "max_charging_power": 22000,
        "connector_type": "Type2",
    }
    assert example.items() <= shown.items()


@pytest.mark.parametrize("path", ["", "/status", "/state", "/configuration", "/logs", "/trace"])
async def test_the_identity_does_wherever_the_id_does(gateway: Gateway, path: str) -> None:
    await gateway.charger("CP TEST/001".replace("/", "-"))

    answer = await gateway.get(f"/ocpp/chargers/CP%20TEST-001{path}")

    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("brand_slug", "acme", "no brand 'acme'"),
        ("model_slug", "roadrunner", "no model 'roadrunner'"),
        ("connector_type", "CCS9", "not a known connector type"),
        ("connector_type", "CCS2", "Pulsar Plus has no connector_type 'CCS2' (it has Type2)"),
        ("ocpp_version", "OCPP1.5", "not an OCPP version"),
        ("ocpp_version", "OCPP2.1", "not an OCPP version"),
        ("ws_url", "http://csms.example", "not the URL of a CSMS"),
        ("ws_url", "ws://", "not the URL of a CSMS"),
        ("ws_url", "ws://host:port/", "not the URL of a CSMS"),
        ("ws_url", "ws://host/ocpp#top", "ws_url holds a fragment"),
        ("ws_url", "ws://host/ocpp#", "ws_url holds a fragment"),
        ("ws_url", "ws://host/oc pp", "ws_url holds characters"),
        ("identity", "a:b", "is no identity"),
        ("identity", "a/b", "is no identity"),
        ("identity", " ", "is no identity"),
        ("identity", "a\nb", "is no identity"),
        ("location_id", "nowhere", "no location 'nowhere'"),
        ("vehicle", "broomstick", "no vehicle 'broomstick'"),
        ("vehicle", {"wheels": 3}, "not a vehicle"),
        ("vehicle", {"soc": 200}, "vehicle.soc: expected a number <= 100"),
        ("vehicle", {"soc": "much"}, "vehicle.soc: expected a number, got `str`"),
        ("vehicle", {"curve": [[50, 1], [10, 1]]}, "must rise"),
    ],
)
async def test_bad_data_is_400_says_why_and_leaves_nothing(
    gateway: Gateway, field: str, value: Any, reason: str
) -> None:
    answer = await gateway.post("/ocpp/chargers", {**CHARGER, field: value})

    assert answer.status_code == 400
    assert reason in answer.json()["detail"]
    assert (await gateway.get("/ocpp/chargers")).json()["total"] == 0
    assert gateway.provider.history == []


async def test_an_identity_too_long_for_its_version_is_400(gateway: Gateway) -> None:
    long = {**CHARGER, "identity": "A" * 49}

    assert (await gateway.post("/ocpp/chargers", long)).status_code == 202
    answer = await gateway.post(
        "/ocpp/chargers", {**long, "identity": "B" * 49, "ocpp_version": "OCPP2.0.1"}
    )
    assert answer.status_code == 400


@pytest.mark.parametrize(
    "said",
    [
        {"identity": ""},
        {"number_of_connectors": 0},
        {"security_profile": 4},
        {"tls": "trust me"},
        {"tls": {"ca": "x" * 65_537}},
        {"tls": {"client_key": ""}},
        {"rate": 10},
        {"rating": {"phases": 4}},
        {"ws_url": ""},
        {"identity": None},
        {"settings": "HeartbeatInterval"},
    ],
)
async def test_fields_out_of_shape_are_422_and_named(
    gateway: Gateway, said: dict[str, Any]
) -> None:
    answer = await gateway.post("/ocpp/chargers", {**CHARGER, **said})

    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"][0] == "body"
    assert (await gateway.get("/ocpp/chargers")).json()["total"] == 0


async def test_an_identity_that_is_taken_is_409(gateway: Gateway) -> None:
    await gateway.charger()

    answer = await gateway.post("/ocpp/chargers", CHARGER)

    assert answer.status_code == 409
    assert "CP-TEST-001" in answer.json()["detail"]
    assert (await gateway.get("/ocpp/chargers")).json()["total"] == 1


async def test_two_organizations_may_use_the_same_identity(gateway: Gateway) -> None:
    await gateway.charger()
    gateway.key = await gateway.stranger()

    answer = await gateway.post("/ocpp/chargers", CHARGER)

    assert answer.status_code == 202


async def test_what_cannot_run_has_failed_and_says_where(gateway: Gateway) -> None:
    gateway.provider.unavailable = [Invalid("this charger can never run")]

    charger_id = await gateway.charger()

    status = await status_of(gateway, charger_id)
    assert status["status"] == "FAILED"
    assert status["error"]["code"] == "invalid"
    assert status["error"]["step"] == "start"
    assert status["error"]["retryable"] is False
    assert status["provisioned_at"] is None


async def test_a_setting_that_cannot_have_its_value_is_named_at_once(gateway: Gateway) -> None:
    bad = {"settings": {"HeartbeatInterval": 30, "WebSocketPingInterval": "often"}}

    answer = await gateway.post("/ocpp/chargers", {**CHARGER, **bad})

    assert answer.status_code == 400
    assert "WebSocketPingInterval cannot be 'often'" in answer.json()["detail"]
    assert (await gateway.get("/ocpp/chargers")).json()["total"] == 0

    charger_id = await gateway.charger()
    answer = await gateway.put(f"/ocpp/chargers/{charger_id}", bad)

    assert answer.status_code == 400
    await gateway.settled()
    assert gateway.provider.running[charger_id].charger["settings"] == {}


async def test_start_charger_tries_again_what_failed(gateway: Gateway) -> None:
    gateway.provider.unavailable = [Invalid("not today")]
    charger_id = await gateway.charger()

    answer = await gateway.post(f"/ocpp/chargers/{charger_id}/start-charger", {})

    assert answer.status_code == 202
    await gateway.settled()
    assert (await status_of(gateway, charger_id))["status"] == "READY"
    assert charger_id in gateway.provider.running


async def test_one_that_is_not_to_start_is_ready_and_does_not_run(gateway: Gateway) -> None:
    charger_id = await gateway.charger(start=False)

    status = await status_of(gateway, charger_id)
    assert (status["status"], status["desired_count"]) == ("READY", 0)
    assert gateway.provider.running == {}
    assert (await gateway.get(f"/ocpp/chargers/{charger_id}/state")).status_code == 409


async def test_lists_are_cut_into_pages(gateway: Gateway) -> None:
    ids = [await gateway.charger(f"CP-{number}") for number in range(3)]

    page = (await gateway.get("/ocpp/chargers", page=2, limit=2)).json()

    assert (page["total"], page["page"], page["limit"]) == (3, 2, 2)
    assert [one["id"] for one in page["data"]] == ids[2:]


@pytest.mark.parametrize("params", [{"page": 0}, {"limit": 0}, {"limit": 101}, {"page": "x"}])
async def test_a_page_out_of_bounds_is_422(gateway: Gateway, params: dict[str, Any]) -> None:
    assert (await gateway.get("/ocpp/chargers", **params)).status_code == 422


async def test_a_list_may_be_of_one_location(gateway: Gateway) -> None:
    location_id = await gateway.location()
    there = await gateway.charger("CP-1", location_id=location_id, location_name="Hub")
    await gateway.charger("CP-2")

    page = (await gateway.get("/ocpp/chargers", location_id=location_id)).json()

    assert [one["id"] for one in page["data"]] == [there]
    assert page["data"][0]["location_name"] == "Hub"


async def test_a_charger_that_is_changed_while_it_is_made_is_ready_only_as_changed(
    gateway: Gateway,
) -> None:
    starts = asyncio.Semaphore(0)
    gateway.provider.gate = cast(Any, SimpleNamespace(wait=starts.acquire))
    charger_id = (await gateway.post("/ocpp/chargers", CHARGER)).json()["charger_id"]
    await gateway.settled()

    await gateway.put(f"/ocpp/chargers/{charger_id}", {"ws_url": "ws://127.0.0.1:9/other"})
    starts.release()
    await gateway.settled()

    path = f"/ocpp/chargers/{charger_id}/status"
    assert gateway.provider.running[charger_id].charger["csms_url"] == "ws://127.0.0.1:9/ocpp"
    assert (await gateway.get(path)).json()["status"] == "PROVISIONING"
    starts.release()
    await gateway.settled()
    assert gateway.provider.running[charger_id].charger["csms_url"] == "ws://127.0.0.1:9/other"
    assert (await gateway.get(path)).json()["status"] == "READY"
    events = (await gateway.get("/ocpp/events?types=provisioning.succeeded")).json()
    assert len(events["data"]) == 1


async def test_a_change_touches_only_what_is_given_and_the_charger_takes_it_up(
    gateway: Gateway,
) -> None:
    charger_id = await gateway.charger()
    before = (await gateway.get(f"/ocpp/chargers/{charger_id}")).json()

    answer = await gateway.put(
        f"/ocpp/chargers/{charger_id}",
        {"ws_url": "wss://other.example/x", "ocpp_version": "OCPP2.0.1", "serial_number": "S2"},
    )

    assert answer.status_code == 200
    after = answer.json()
    assert after["ws_url"] == "wss://other.example/x"
    assert after["ocpp_version"] == "OCPP2.0.1"
    assert after["name"] == before["name"]
    assert after["updated_at"] > before["updated_at"]
    await gateway.settled()
    running = gateway.provider.running[charger_id].charger
    assert (running["csms_url"], running["version"]) == ("wss://other.example/x", "2.0.1")
    assert running["serial_number"] == "S2"


async def test_a_new_name_does_not_disturb_the_charger(gateway: Gateway) -> None:
    charger_id = await gateway.charger()
    gateway.provider.history.clear()

    answer = await gateway.put(f"/ocpp/chargers/{charger_id}", {"charge_point_name": "Bay B"})

    assert answer.json()["name"] == "Bay B"
    await gateway.settled()
    assert gateway.provider.history == []
    cleared = await gateway.put(f"/ocpp/chargers/{charger_id}", {"name": None, "ws_url": None})
    assert cleared.json()["name"] is None
    assert cleared.json()["ws_url"] == CHARGER["ws_url"]


@pytest.mark.parametrize(
    "said",
    [
        {"ws_url": "ftp://x"},
        {"ocpp_version": "3"},
        {"location_id": "nowhere"},
        {"connector_type": "CHAdeMO"},
    ],
)
async def test_a_bad_change_is_400_and_changes_nothing(
    gateway: Gateway, said: dict[str, Any]
) -> None:
    charger_id = await gateway.charger()
    before = (await gateway.get(f"/ocpp/chargers/{charger_id}")).json()

    answer = await gateway.put(f"/ocpp/chargers/{charger_id}", {**said, "name": "New"})

    assert answer.status_code == 400
    assert (await gateway.get(f"/ocpp/chargers/{charger_id}")).json() == before


async def test_a_connector_is_one_of_the_models_in_any_spelling(gateway: Gateway) -> None:
    charger_id = await gateway.charger(
        brand_slug="abb", model_slug="terra-184", connector_type="cCCS2"
    )

    taken = await gateway.put(f"/ocpp/chargers/{charger_id}", {"connector_type": "chademo"})
    refused = await gateway.put(f"/ocpp/chargers/{charger_id}", {"connector_type": "Type2"})

    assert (taken.status_code, refused.status_code) == (200, 400)
    assert "connector_type 'Type2'" in refused.json()["detail"]
    assert (await gateway.get(f"/ocpp/chargers/{charger_id}")).json()["connector_type"] == "chademo"


async def test_a_stopped_charger_keeps_its_version_while_it_owes_a_transaction(
    gateway: Gateway,
) -> None:
    charger_id = await gateway.charger()
    gateway.provider.memory = b'{"transaction": 1}'
    await gateway.post(f"/ocpp/chargers/{charger_id}/stop-charger")
    await gateway.settled()

    refused = await gateway.put(f"/ocpp/chargers/{charger_id}", {"ocpp_version": "OCPP2.0.1"})
    renamed = await gateway.put(f"/ocpp/chargers/{charger_id}", {"name": "Bay 9"})

    assert (refused.status_code, renamed.status_code) == (409, 200)
    assert "was stopped in a transaction" in refused.json()["detail"]
    assert renamed.json()["ocpp_version"] == "OCPP1.6"
    gateway.provider.memory = b"{}"
    for verb in ("start-charger", "stop-charger"):
        await gateway.post(f"/ocpp/chargers/{charger_id}/{verb}")
        await gateway.settled()
    changed = await gateway.put(f"/ocpp/chargers/{charger_id}", {"ocpp_version": "OCPP2.0.1"})
    assert changed.status_code == 200


CREDENTIALS = ["ws://CP-1:s3cret@csms/ocpp", "wss://:s3cret@csms", "http://CP-1:s3cret@csms"]


@pytest.mark.parametrize("url", CREDENTIALS)
async def test_credentials_in_the_url_are_refused_and_not_repeated(
    gateway: Gateway, url: str
) -> None:
    charger_id = await gateway.charger()

    created = await gateway.post("/ocpp/chargers", {**CHARGER, "identity": "B", "ws_url": url})
    changed = await gateway.put(f"/ocpp/chargers/{charger_id}", {"ws_url": url})

    for answer in (created, changed):
        assert answer.status_code == 400
        detail = answer.json()["detail"]
        assert "ws_url" in detail and "basic_auth_password" in detail
        assert "s3cret" not in detail


async def test_what_is_wrong_with_a_url_is_said_without_it(gateway: Gateway) -> None:
    answer = await gateway.post("/ocpp/chargers", {**CHARGER, "ws_url": "http://h?token=s3cret"})

    assert answer.status_code == 400
    assert "s3cret" not in answer.json()["detail"]


async def test_a_host_that_nobody_knows_is_no_reason_to_refuse(gateway: Gateway) -> None:
    charger_id = await gateway.charger(ws_url="wss://nobody.invalid/ocpp?tenant=1")

    status = (await gateway.get(f"/ocpp/chargers/{charger_id}/status")).json()
    assert (status["status"], status["error"]) == ("READY", None)


async def test_deleting_stops_the_runtime_and_frees_the_identity(gateway: Gateway) -> None:
    charger_id = await gateway.charger()

    answer = await gateway.delete(f"/ocpp/chargers/{charger_id}")

    assert (answer.status_code, answer.content) == (204, b"")
    assert gateway.provider.running == {}
    assert (await gateway.get(f"/ocpp/chargers/{charger_id}")).status_code == 404
    assert (await gateway.post("/ocpp/chargers", CHARGER)).status_code == 202


async def test_deleting_in_the_middle_of_provisioning_leaves_nothing_running(
    gateway: Gateway,
) -> None:
    gateway.provider.gate = asyncio.Event()
    answer = await gateway.post("/ocpp/chargers", CHARGER)
    charger_id = answer.json()["charger_id"]
    await gateway.settled()

    deleting = asyncio.create_task(gateway.delete(f"/ocpp/chargers/{charger_id}"))
    await gateway.settled()
    gateway.provider.gate.set()

    assert (await deleting).status_code == 204
    await gateway.settled()
    assert gateway.provider.running == {}
    assert (await gateway.get(f"/ocpp/chargers/{charger_id}/status")).status_code == 404


@pytest.mark.parametrize(
    ("verb", "event_type", "count", "did"),
    [
        ("stop-charger", "stop_charger", 0, "stop"),
        ("start-charger", "start_charger", 1, "start"),
        ("reset-charger", "restart_charger", 1, "restart"),
        ("restart-charger", "restart_charger", 1, "restart"),
    ],
)
async def test_a_runtime_is_started_stopped_and_restarted(
    gateway: Gateway, verb: str, event_type: str, count: int, did: str
) -> None:
    charger_id = await gateway.charger()

    answer = await gateway.post(f"/ocpp/chargers/{charger_id}/{verb}", {})

    assert answer.status_code == 202
    queued = answer.json()
    assert re.fullmatch(r"[0-9a-f]{12}", queued["id"])
    assert queued["event_type"] == event_type
    assert queued["ocpp_version"] == "ocpp1.6"
    assert queued["payload"] == {
        "provider": "fake",
        "runtime_kind": "memory",
        "service_name": charger_id,
        "desired_count": count,
        "status": "ACTIVE",
    }
    await gateway.settled()
    assert gateway.provider.history[-1] == (did, charger_id)
    status = await status_of(gateway, charger_id)
    assert (status["status"], status["desired_count"]) == ("READY", count)
    command = (await gateway.get(f"/ocpp/commands/{queued['id']}")).json()
    assert command["status"] == "completed"


@pytest.mark.parametrize("body", [b"", b"{}", b'{"key": "value"}', b"null"])
async def test_a_lifecycle_request_needs_no_body(gateway: Gateway, body: bytes) -> None:
    charger_id = await gateway.charger()

    headers = {"Authorization": f"Bearer {gateway.key}"}
    if body:
        headers["Content-Type"] = "application/json"
    answer = await gateway.client.post(
        f"/ocpp/chargers/{charger_id}/stop-charger", content=body, headers=headers
    )

    assert answer.status_code == 202


async def test_a_stopped_charger_comes_back_with_its_memory(gateway: Gateway) -> None:
    charger_id = await gateway.charger()
    assert gateway.provider.snapshots[charger_id] is None

    await gateway.post(f"/ocpp/chargers/{charger_id}/stop-charger")
    await gateway.post(f"/ocpp/chargers/{charger_id}/start-charger")
    await gateway.settled()

    assert gateway.provider.snapshots[charger_id] == b'{"memory":1}'


async def test_restarting_a_stopped_charger_starts_it(gateway: Gateway) -> None:
    charger_id = await gateway.charger(start=False)

    await gateway.post(f"/ocpp/chargers/{charger_id}/reset-charger")
    await gateway.settled()

    assert charger_id in gateway.provider.running


async def test_state_and_settings_are_the_runtimes(gateway: Gateway) -> None:
    charger_id = await gateway.charger()

    state = (await gateway.get(f"/ocpp/chargers/{charger_id}/state")).json()
    settings = (await gateway.get(f"/ocpp/chargers/{charger_id}/configuration")).json()

    assert state["charger_id"] == charger_id
    assert state["connectors"][0]["status"] == "Available"
    assert state["at"] == "2026-02-10T14:00:00.000Z"
    assert settings["settings"] == {"HeartbeatInterval": {"value": "300", "readonly": False}}


async def test_the_connection_is_told_apart_from_provisioning(gateway: Gateway) -> None:
    charger_id = await gateway.charger()
    event = {"type": "connection", "at": 1_770_732_000.0, "connected": True, "reason": ""}

    assert (await status_of(gateway, charger_id))["connection"] is None
    gateway.yard.reports.happened(charger_id, event)

    connection = (await status_of(gateway, charger_id))["connection"]
    assert connection == {"connected": True, "since": "2026-02-10T14:00:00.000Z", "reason": ""}


async def test_a_charger_without_a_link_tells_why_and_since_when(gateway: Gateway) -> None:
    charger_id = await gateway.charger()
    lost = {"type": "connection", "at": 1_770_732_000.0, "connected": False, "reason": "1012"}
    refused = {"type": "connection", "at": 1_770_732_009.0, "connected": False, "reason": "refused"}

    gateway.yard.reports.happened(charger_id, lost)
    gateway.yard.reports.happened(charger_id, refused)

    connection = (await status_of(gateway, charger_id))["connection"]
    assert connection == {
        "connected": False,
        "since": "2026-02-10T14:00:00.000Z",
        "reason": "refused",
    }


async def test_a_runtime_that_broke_has_failed(gateway: Gateway) -> None:
    charger_id = await gateway.charger()

    gateway.yard.reports.broke(charger_id, "ZeroDivisionError: a secret of the inside")
    await gateway.settled()

    status = await status_of(gateway, charger_id)
    assert status["status"] == "FAILED"
    assert status["error"]["code"] == "runtime_ended"
    assert "secret" not in status["error"]["message"]


async def test_what_ran_runs_again_after_a_restart_of_the_server(yard: GatewayBench) -> None:
    first = await yard.open()
    running = await first.charger("CP-1")
    stopped = await first.charger("CP-2")
    await first.post(f"/ocpp/chargers/{stopped}/stop-charger")
    first.provider.gate = asyncio.Event()
    caught = (await first.post("/ocpp/chargers", {**CHARGER, "identity": "CP-3"})).json()
    await yard.close(first)

    second = await yard.open()
    await second.settled()

    assert set(second.provider.running) == {running, caught["charger_id"]}
    assert second.provider.snapshots[running] == b'{"memory":1}'
    assert (await status_of(second, caught["charger_id"]))["status"] == "READY"
    assert (await status_of(second, stopped))["desired_count"] == 0
    await yard.close(second)


async def test_a_charger_whose_process_ended_is_no_longer_connected(gateway: Gateway) -> None:
    away, connected = await gateway.charger("CP-1"), await gateway.charger("CP-2")
    reports = gateway.yard.reports
    opened = {"type": "connection", "at": 1.0, "connected": True, "reason": ""}
    reports.happened(connected, opened)

    for charger_id in (away, connected):
        reports.interrupted(charger_id, "its worker ended")
    await gateway.settled()

    assert (await status_of(gateway, away))["connection"] is None
    connection = (await status_of(gateway, connected))["connection"]
    assert (connection["connected"], connection["reason"]) == (False, "its worker ended")
    told = (await gateway.get("/ocpp/events?types=connection.lost,connection.failed")).json()
    assert [(one["type"], one["identity"]) for one in told["data"]] == [("connection.lost", "CP-2")]
