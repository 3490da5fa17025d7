"""The yard's chargers at our own backend, on a real wire, driven through both REST APIs."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from tests.server.both_halves import VERSIONS, House, at_both_versions, box
from voltyard.testing.processes import ServerProcess

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with (
        ServerProcess(tmp_path_factory.mktemp("house")) as server,
        server.client() as client,
    ):
        yield House(server, client)


# --- the seed requests -------------------------------------------------------------------------


@pytest.mark.slow
def test_unplug_connector_takes_one_charger_some_and_all_of_a_location(house: House) -> None:
    location = house.post(
        "/ocpp/locations",
        {
            "name": "Hub",
            "address": "14 Rue de la Paix",
            "city": "Paris",
            "country": "FR",
            "coordinates": {"latitude": 48.8566, "longitude": 2.3522},
        },
    )["id"]
    here = {"location_id": location, "number_of_connectors": 2}
    old = house.charger("HUB-1", "OCPP1.6", **here)
    new = house.charger("HUB-2", "OCPP2.0.1", **here)
    second = {"evse_id": 2, "connector_id": 1}

    for target, unplugged in (
        ({"charger_id": old}, {old: "ocpp1.6"}),
        ({"location_id": location, "charger_ids": [new]}, {new: "ocpp2.0.1"}),
        ({"location_id": location}, {old: "ocpp1.6", new: "ocpp2.0.1"}),
    ):
        for identity in ("HUB-1", "HUB-2"):
            house.settled(house.queue("plug-connector", identity, **second))
        answer = house.client.post(
            "/ocpp/commands/unplug-connector", json={"target": target, "event": second}
        )

        assert answer.status_code == 202
        posted = answer.json()
        assert (posted["targeted_count"], posted["queued_count"]) == (len(unplugged),) * 2
        assert (posted["failed_count"], posted["failed"]) == (0, [])
        assert {one["charger_id"] for one in posted["results"]} == set(unplugged)
        for one in posted["results"]:
            command = one["command"]
            assert command == {
                "id": command["id"],
                "event_type": "unplug",
                "ocpp_version": unplugged[one["charger_id"]],
                "payload": second,
            }
            assert house.settled(command["id"])["status"] == "completed"


@at_both_versions
def test_the_backends_commands_answer_as_published(house: House, version: str) -> None:
    identity = box("ASKED", version)
    house.charger(identity, version)
    said = {"chargeBoxId": identity}
    interval = {"key": "HeartbeatInterval", "value": "600"}

    def ask(command: str, body: Any) -> Any:
        return house.post(f"/api/v1/chargers/{identity}/{command}", body)

    assert ask("unlock", {"connectorId": 1}) == {
        "message": "Connector unlocked successfully",
        **said,
        "connectorId": 1,
        "status": "unlocked",
    }
    assert ask("cache/clear", {}) == {
        "message": "Cache cleared successfully",
        **said,
        "status": "accepted",
    }
    assert ask("configuration/change", interval) == {
        **said,
        **interval,
        "status": "Accepted",
        "message": "Configuration changed successfully",
    }
    read = ask("configuration/get", {"key": ["HeartbeatInterval"]})
    (setting,) = read["configurationKey"]
    assert (setting["key"], setting["value"], read["unknownKey"]) == (*interval.values(), [])
    assert ask("trigger", {"requestedMessage": "Heartbeat"})["status"] == "accepted"
    assert ask("availability", {"connectorId": 0, "type": "Operative"})["status"] == "accepted"
    assert ask("reset", {"type": "Soft"}) == {
        "message": "Soft reset accepted by charger",
        **said,
        "type": "Soft",
        "status": "accepted",
    }


@at_both_versions
def test_the_data_transfer_history_tells_both_directions(house: House, version: str) -> None:
    identity = box("VENDOR", version)
    house.charger(identity, version)
    sent = {"vendorId": "MyVendor", "messageId": "GetDisplayMessage", "data": '{"screen": 1}'}

    answer = house.post(f"/api/v1/chargers/{identity}/data-transfer", sent)
    message = {
        "action": "data_transfer",
        "ocpp_version": version.lower(),
        "payload": {"vendor_id": "Yard", "message_id": "Hello", "data": "from the charger"},
    }
    body = {"target": {"charger_id": identity}, "event": message}
    house.settled(house.post("/ocpp/commands/proxy-message", body)["id"])

    history = house.until(
        lambda: (
            found
            if (found := house.get(f"/api/v1/chargers/{identity}/data-transfer"))["count"] == 2
            else None
        )
    )
    incoming, outgoing = history["dataTransfers"]
    assert (incoming["direction"], incoming["vendorId"], incoming["data"]) == (
        "incoming",
        "Yard",
        "from the charger",
    )
    assert outgoing["direction"] == "outgoing"
    assert {name: outgoing[name] for name in sent} == sent
    assert outgoing["responseStatus"] == answer["status"] == "UnknownVendorId"


# --- sessions ----------------------------------------------------------------------------------


@at_both_versions
@pytest.mark.parametrize("bound", [{"duration_seconds": 1}, {"target_energy_kwh": 0.004}])
def test_a_session_ends_by_itself_and_the_cable_is_out(
    house: House, version: str, bound: dict[str, Any]
) -> None:
    identity = box("-".join(bound).upper().replace("_", "-"), version)
    house.charger(identity, version)

    house.done("start-session", identity, id_tag="TAG-1", **bound)

    ended = house.ended(identity)
    assert (ended["idTag"], ended["stopReason"]) == ("TAG-1", "Local")
    wanted_kwh = bound.get("target_energy_kwh", 0.0)
    assert wanted_kwh <= ended["energyDelivered"] < wanted_kwh + 0.02
    house.until(lambda: house.connector(identity)["status"] == "Available")


@at_both_versions
def test_the_supply_and_the_vehicle_suspend_a_session_each_in_its_name(
    house: House, version: str
) -> None:
    identity = box("SUSPEND", version)
    house.charger(identity, version)
    house.done("start-session", identity, id_tag="TAG-1")

    def becomes(state: str) -> None:
        house.until(lambda: house.connector(identity)["transaction"]["charging_state"] == state)

    becomes("Charging")
    for command, event, state in (
        ("power-update", {"power_w": 0}, "SuspendedEVSE"),
        ("power-update", {"power_w": 7_400}, "Charging"),
        ("ev-stops-energy", {}, "SuspendedEV"),
        ("ev-requests-energy", {}, "Charging"),
    ):
        house.done(command, identity, **event)
        becomes(state)
    house.done("stop-session", identity)
    assert house.ended(identity)["stopReason"] == "Local"


@at_both_versions
def test_a_remote_start_needs_no_further_command_where_a_vehicle_is_plugged(
    house: House, version: str
) -> None:
    identity = box("REMOTE", version)
    house.charger(identity, version)
    house.done("plug-connector", identity)

    house.post(
        "/api/v1/transactions/start", {"chargeBoxId": identity, "connectorId": 1, "idTag": "TAG-1"}
    )
    house.until(lambda: [t["status"] for t in house.transactions(identity)] == ["in_progress"])
    begun = house.transactions(identity)[0]
    house.post(f"/api/v1/transactions/{begun['transactionId']}/stop")

    ended = house.ended(identity)
    assert (ended["remoteStarted"], ended["stopReason"]) == (True, "Remote")


# --- interruptions -----------------------------------------------------------------------------


@at_both_versions
@pytest.mark.slow
def test_stop_charger_takes_the_power_but_not_the_memory(house: House, version: str) -> None:
    identity = box("POWER", version)
    deployment = house.charger(identity, version)
    house.done("start-session", identity, id_tag="TAG-1")
    house.until(lambda: house.transactions(identity))

    stopped = house.post(f"/ocpp/chargers/{identity}/stop-charger", {})

    assert (stopped["event_type"], stopped["ocpp_version"]) == ("stop_charger", version.lower())
    assert stopped["payload"] == {
        "provider": "inline",
        "runtime_kind": "in_process",
        "service_name": deployment,
        "desired_count": 0,
        "status": "ACTIVE",
    }
    assert house.settled(stopped["id"])["status"] == "completed"
    house.until(lambda: not house.is_online(identity))
    assert house.transactions(identity)[0]["status"] == "in_progress"
    house.settled(house.post(f"/ocpp/chargers/{identity}/start-charger", {})["id"])
    assert house.ended(identity)["stopReason"] == "PowerLoss"


@at_both_versions
def test_what_is_asked_while_offline_is_done_in_order_and_told_afterwards(
    house: House, version: str
) -> None:
    identity = box("OFFLINE", version)
    house.charger(identity, version)
    house.done("network-drop", identity)
    house.until(lambda: not house.is_online(identity))

    asked = [
        house.queue("plug-connector", identity),
        house.queue("start-transaction", identity, id_tag="TAG-1"),
        house.queue("stop-transaction", identity),
        house.queue("unplug-connector", identity),
    ]
    assert house.transactions(identity) == []
    house.done("network-restore", identity)

    assert [house.settled(one)["status"] for one in asked] == ["completed"] * 4
    assert house.ended(identity)["idTag"] == "TAG-1"
    assert len(house.transactions(identity)) == 1
    house.until(lambda: house.get(f"/ocpp/chargers/{identity}/state")["queue_length"] == 0)


@pytest.mark.slow
@at_both_versions
def test_a_fault_by_name_is_told_ends_the_transaction_and_mends(house: House, version: str) -> None:
    identity = box("FAULT", version)
    house.charger(identity, version)
    house.done("start-session", identity, id_tag="TAG")
    body = {"target": {"charger_id": identity}, "event": {"fault_type": "weak signal"}}

    warned = house.post("/ocpp/commands/inject-fault", body)
    body["event"] = {"fault_type": "RCD.Tripped", "recover_after_s": 3}
    broken = house.post("/ocpp/commands/inject-fault", body)

    assert warned["effect"] == "warns"
    assert warned["status"] == ("Charging" if version == "OCPP1.6" else "Occupied")
    assert (broken["effect"], broken["status"]) == ("stops", "Faulted")
    told = "Other" if version == "OCPP1.6" else "GroundFault"
    assert house.ended(identity)["stopReason"] == told
    house.until(lambda: house.connector(identity)["status"] != "Faulted")
    assert house.get(f"/ocpp/chargers/{identity}/state")["faults"] == ["WeakSignal"]


@pytest.mark.slow
@at_both_versions
def test_a_stopped_charger_keeps_its_version_until_it_has_ended_its_transaction(
    house: House, version: str
) -> None:
    identity = box("OWES", version)
    house.charger(identity, version)
    house.done("start-session", identity, id_tag="TAG")
    house.settled(house.post(f"/ocpp/chargers/{identity}/stop-charger", {})["id"])
    other = {"ocpp_version": next(one for one in VERSIONS if one != version)}

    refused = house.client.put(f"/ocpp/chargers/{identity}", json=other)
    house.post(f"/ocpp/chargers/{identity}/start-charger", {})
    house.ended(identity)
    house.until(lambda: house.get(f"/ocpp/chargers/{identity}/state")["queue_length"] == 0)
    taken = house.client.put(f"/ocpp/chargers/{identity}", json=other)

    assert (refused.status_code, taken.status_code) == (409, 200)


def test_another_version_is_taken_up_by_a_running_charger(house: House) -> None:
    house.charger("CHANGED", "OCPP1.6")

    house.client.put("/ocpp/chargers/CHANGED", json={"ocpp_version": "OCPP2.0.1"})

    house.until(lambda: house.get("/api/v1/chargers/CHANGED")["ocppVersion"] == "2.0.1")
    house.until(lambda: house.is_accepted("CHANGED"))


def test_a_version_is_not_changed_in_the_middle_of_a_transaction(house: House) -> None:
    house.charger("BUSY", "OCPP1.6")
    house.settled(house.queue("start-session", "BUSY", id_tag="TAG"))

    refused = house.client.put("/ocpp/chargers/BUSY", json={"ocpp_version": "OCPP2.0.1"})

    assert refused.status_code == 409
    assert "in a transaction" in refused.json()["detail"]
    assert house.get("/ocpp/chargers/BUSY")["ocpp_version"] == "OCPP1.6"
    house.settled(house.queue("stop-session", "BUSY"))
    house.until(lambda: house.get("/ocpp/chargers/BUSY/state")["queue_length"] == 0)
    accepted = house.client.put("/ocpp/chargers/BUSY", json={"ocpp_version": "OCPP2.0.1"})
    assert accepted.status_code == 200


def test_another_csms_is_dialled_and_where_it_is_not_there_the_status_says_so(
    house: House,
) -> None:
    house.charger("MOVED", "OCPP1.6")

    house.client.put("/ocpp/chargers/MOVED", json={"ws_url": "ws://127.0.0.1:1/ocpp"})

    house.until(lambda: not house.is_online("MOVED"))
    status = house.until(
        lambda: (
            found
            if "refused"
            in ((found := house.get("/ocpp/chargers/MOVED/status"))["connection"] or {}).get(
                "reason", ""
            )
            else None
        )
    )
    assert (status["status"], status["connection"]["connected"]) == ("READY", False)


def test_a_deleted_charger_leaves_its_identity(house: House) -> None:
    former = house.charger("AGAIN", "OCPP1.6")

    assert house.client.delete("/ocpp/chargers/AGAIN").status_code == 204
    house.until(lambda: not house.is_online("AGAIN"))
    assert house.client.get(f"/ocpp/chargers/{former}").status_code == 404
    house.client.delete("/api/v1/chargers/AGAIN").raise_for_status()

    assert house.charger("AGAIN", "OCPP2.0.1") != former


@pytest.mark.parametrize("identity", ["CP 1", "Zürich", "a%2Fb", "🔌", "x" * 48])
def test_any_identity_that_is_taken_can_connect_and_be_addressed(
    house: House, identity: str
) -> None:
    path = quote(identity, safe="")
    house.post("/api/v1/chargers", {"chargeBoxId": identity})
    body = {
        "identity": identity,
        "brand_slug": "wallbox",
        "model_slug": "wallbox-pulsar-plus",
        "connector_type": "Type2",
        "ws_url": house.server.charger_url,
    }
    house.post("/ocpp/chargers", body)
    house.until(lambda: house.is_accepted(path))

    assert house.post(f"/api/v1/chargers/{path}/unlock", {"connectorId": 1})["status"] == "unlocked"
