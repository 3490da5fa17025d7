"""Chargers of the `ocpp` package against our backend: real socket, real storage, real REST."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus

from tests.foreign.desk import Desk, open_desk
from tests.foreign.peers.charger import ForeignCharger, connected

BOX = "FOREIGN-1"
TAG = "04A1B2C3"


@pytest.fixture
async def desk(sqlite_directory: Path) -> AsyncIterator[Desk]:
    async with open_desk(sqlite_directory) as opened:
        yield opened


@pytest.fixture(params=["1.6", "2.0.1"])
async def charger(request: pytest.FixtureRequest, desk: Desk) -> AsyncIterator[ForeignCharger]:
    """A foreign charger that has booted."""
    await desk.register(BOX)
    async with connected(request.param, desk.charger_url, BOX) as foreign:
        await foreign.boot()
        yield foreign
        assert not foreign.record.errors


def is_16(charger: ForeignCharger) -> bool:
    return hasattr(charger, "settings")


async def ask(desk: Desk, command: str, body: Any = None) -> Any:
    return await desk.post(f"/chargers/{BOX}/{command}", body)


async def test_it_boots_and_is_shown_as_it_is(desk: Desk, charger: ForeignCharger) -> None:
    shown = await desk.until(f"/chargers/{BOX}", isOnline=True)

    assert charger.boot_answer is not None
    assert charger.boot_answer.status == "Accepted"
    assert charger.boot_answer.interval == 300
    assert (shown["vendor"], shown["model"]) == ("Foreign", "Model F")
    assert shown["firmwareVersion"] == "9.9"
    assert {entry["connectorId"]: entry["status"] for entry in shown["connectors"]}[
        1
    ] == "Available"


async def test_it_charges_and_the_transaction_is_on_record(
    desk: Desk, charger: ForeignCharger
) -> None:
    assert (await charger.start_charging(TAG))["status"] == "Accepted"
    [running] = await desk.transactions(BOX, status="in_progress")
    await charger.stop_charging()
    done = await desk.until(f"/transactions/{running['id']}", status="completed")

    assert done["idTag"] == TAG
    assert (done["meterStart"], done["meterStop"]) == (1_000, 1_500)
    assert done["energyDelivered"] == 0.5
    assert done["stopReason"] == "Local"
    assert done["remoteStarted"] is False


async def test_a_remote_start_and_stop_over_rest_are_obeyed(
    desk: Desk, charger: ForeignCharger
) -> None:
    asked = {"chargeBoxId": BOX, "connectorId": 1, "idTag": TAG}
    started = await desk.post("/transactions/start", asked, status=202)
    await charger.record.until(lambda: charger.transaction_id is not None)
    await charger.record.until(lambda: charger.meter_wh == 1_500)
    [running] = await desk.transactions(BOX, status="in_progress")
    stopped = await desk.post(f"/transactions/{running['id']}/stop", status=202)
    done = await desk.until(f"/transactions/{running['id']}", status="completed")

    assert started["status"] == "accepted"
    assert stopped["status"] == "stopping"
    assert done["remoteStarted"] is True
    assert done["stopReason"] == "Remote"


async def test_a_start_that_is_refused_is_an_answer(desk: Desk, charger: ForeignCharger) -> None:
    await charger.start_charging(TAG)

    asked = {"chargeBoxId": BOX, "connectorId": 1, "idTag": TAG}
    refused = await desk.post("/transactions/start", asked, status=202)

    assert refused["status"] == "rejected"


async def test_reset_boots_it_again(desk: Desk, charger: ForeignCharger) -> None:
    answer = await ask(desk, "reset", {"type": "Hard"})

    assert answer["status"] == "accepted"
    assert charger.record.of("Reset")[0]["type"] == ("Hard" if is_16(charger) else "Immediate")


async def test_unlock_hands_on_each_answer(desk: Desk, charger: ForeignCharger) -> None:
    known = await ask(desk, "unlock", {"connectorId": 1})
    unknown = await ask(desk, "unlock", {"connectorId": 9})

    assert known["status"] == "unlocked"
    assert unknown["status"] == ("notSupported" if is_16(charger) else "unknownConnector")


async def test_the_cache_is_cleared(desk: Desk, charger: ForeignCharger) -> None:
    assert (await ask(desk, "cache/clear"))["status"] == "accepted"


async def test_a_trigger_brings_the_message(desk: Desk, charger: ForeignCharger) -> None:
    known = await ask(desk, "trigger", {"requestedMessage": "Heartbeat"})
    unknown = await ask(desk, "trigger", {"requestedMessage": "FirmwareStatusNotification"})
    log = await desk.get(f"/chargers/{BOX}/messages")

    assert (known["status"], unknown["status"]) == ("accepted", "notImplemented")
    assert log["messages"]


async def test_availability_is_changed_and_shown(desk: Desk, charger: ForeignCharger) -> None:
    answer = await ask(desk, "availability", {"connectorId": 1, "type": "Inoperative"})
    again = await ask(desk, "availability", {"connectorId": 1, "type": "Operative"})

    assert (answer["status"], again["status"]) == ("accepted", "accepted")
    await charger.start_charging(TAG)
    busy = await ask(desk, "availability", {"connectorId": 1, "type": "Inoperative"})
    assert busy["status"] == "scheduled"


async def test_configuration_is_read_and_changed(desk: Desk, charger: ForeignCharger) -> None:
    read = await ask(desk, "configuration/get", {"key": ["HeartbeatInterval", "NoSuchKey"]})
    changed = await ask(desk, "configuration/change", {"key": "HeartbeatInterval", "value": "600"})
    refused = await ask(desk, "configuration/change", {"key": "HeartbeatInterval", "value": "soon"})
    after = await ask(desk, "configuration/get", {"key": ["HeartbeatInterval"]})

    [value] = [entry["value"] for entry in read["configurationKey"]]
    assert value == "300"
    assert read["unknownKey"] == ["NoSuchKey"]
    assert (changed["status"], refused["status"]) == ("Accepted", "Rejected")
    assert after["configurationKey"][0]["value"] == "600"


async def test_all_of_the_configuration_is_read(desk: Desk, charger: ForeignCharger) -> None:
    every = await ask(desk, "configuration/get", {})

    expected = len(charger.settings if is_16(charger) else charger.variables)  # type: ignore[union-attr]
    assert len(every["configurationKey"]) == expected


async def test_a_firmware_update_is_handed_on(desk: Desk, charger: ForeignCharger) -> None:
    body = {
        "location": "https://firmware.example.com/v2.bin",
        "retrieveDate": "2026-02-10T14:00:00Z",
        "retries": 3,
        "retryInterval": 60,
    }
    answer = await ask(desk, "firmware/update", body)

    sent = charger.record.of("UpdateFirmware")[0]
    assert answer["status"] == "accepted"
    assert (sent if is_16(charger) else sent["firmware"])["location"] == body["location"]
    assert (sent["retries"], sent["retryInterval"]) == (3, 60)


async def test_diagnostics_name_their_file(desk: Desk, charger: ForeignCharger) -> None:
    answer = await ask(desk, "diagnostics", {"location": "https://uploads.example.com/"})

    assert answer["status"] == "accepted"
    assert answer["fileName"] == ("diagnostics-F-1.zip" if is_16(charger) else "log-F-2.zip")


async def test_data_transfer_is_answered_and_on_record(desk: Desk, charger: ForeignCharger) -> None:
    body = {"vendorId": "Foreign", "messageId": "Show", "data": '{"screen": 1}'}
    known = await ask(desk, "data-transfer", body)
    unknown = await ask(desk, "data-transfer", {"vendorId": "Nobody"})
    history = await desk.get(f"/chargers/{BOX}/data-transfer")

    assert (known["status"], known["responseData"]) == ("Accepted", 'Show:{"screen": 1}')
    assert unknown["status"] == "UnknownVendorId"
    assert history["count"] == 2
    assert {entry["direction"] for entry in history["dataTransfers"]} == {"outgoing"}


async def test_its_local_list_is_what_the_id_tags_are(desk: Desk, charger: ForeignCharger) -> None:
    for number in range(12):
        await desk.post("/id-tags", {"idTag": f"TAG-{number}"}, status=201)
    await desk.patch("/id-tags/TAG-3", {"status": "blocked"})
    path = f"/chargers/{BOX}/local-list"

    answer = await desk.put(path)

    # in three parts, for it takes five entries at a time
    assert (answer["status"], answer["parts"], answer["partsTaken"]) == ("accepted", 3, 3)
    assert (await desk.get(f"{path}/version"))["listVersion"] == answer["listVersion"] == 10
    assert len(charger.local_list) == 12
    assert charger.local_list["TAG-3"] == "Blocked"


async def test_its_local_list_is_changed_and_sent_again_where_that_does_not_fit(
    desk: Desk, charger: ForeignCharger
) -> None:
    path = f"/chargers/{BOX}/local-list"
    ada = {"idTag": "ADA", "idTagInfo": {"status": "Accepted"}}
    bob = {"idTag": "BOB", "idTagInfo": {"status": "Invalid"}}
    await desk.put(path, {"listVersion": 8, "entries": [ada]})
    change = {"updateType": "Differential", "listVersion": 9, "entries": [bob, {"idTag": "ADA"}]}

    changed = await desk.put(path, change)
    assert (changed["status"], charger.local_list) == ("accepted", {"BOB": "Invalid"})
    # a list of the same version does not fit any more
    again = await desk.put(path, {**change, "entries": [ada]})

    assert (again["status"], again["updateType"]) == ("accepted", "Full")
    assert charger.local_list == {"ADA": "Accepted"}


async def test_any_action_can_be_called(desk: Desk, charger: ForeignCharger) -> None:
    answer = await ask(desk, "call", {"action": "GetLocalListVersion", "payload": {}})

    expected = {"listVersion": 7} if is_16(charger) else {"versionNumber": 7}
    assert answer["payload"] == expected


async def test_a_callerror_is_502_with_its_code(desk: Desk, charger: ForeignCharger) -> None:
    body = {"action": "ReserveNow", "payload": {}, "validate": False}
    refused = await desk.post(f"/chargers/{BOX}/call", body, status=502)

    charger.record.errors.clear()  # it was asked for
    assert refused["error"]["code"] == "CHARGER_ERROR"


async def test_a_charger_that_is_gone_is_503(desk: Desk) -> None:
    await desk.register(BOX)

    refused = await desk.post(f"/chargers/{BOX}/reset", {"type": "Soft"}, status=503)

    assert refused["error"]["code"] == "SERVICE_UNAVAILABLE"


async def test_a_charger_that_is_not_registered_gets_404(desk: Desk) -> None:
    with pytest.raises(InvalidStatus, match="404"):
        async with connected("1.6", desk.charger_url, "NOBODY"):
            pass


@pytest.mark.parametrize("password", [None, "wrong-password-wrong"])
async def test_a_wrong_password_gets_401(desk: Desk, password: str | None) -> None:
    await desk.register(BOX)
    await desk.patch(f"/chargers/{BOX}", {"password": "the-right-password"})

    with pytest.raises(InvalidStatus, match="401"):
        async with connected("1.6", desk.charger_url, BOX, password):
            pass
    async with connected("1.6", desk.charger_url, BOX, "the-right-password") as foreign:
        assert (await foreign.boot()).status == "Accepted"


async def test_the_newest_connection_wins(desk: Desk) -> None:
    await desk.register(BOX)

    async with connected("1.6", desk.charger_url, BOX) as old:
        await old.boot()
        async with connected("1.6", desk.charger_url, BOX) as new:
            await new.boot()
            await old._connection.wait_closed()
            shown = await desk.get(f"/chargers/{BOX}")
            assert shown["isOnline"] is True
            answer = await ask(desk, "unlock", {"connectorId": 1})

    assert answer["status"] == "unlocked"
    assert new.record.of("UnlockConnector") and not old.record.of("UnlockConnector")
    await desk.until(f"/chargers/{BOX}", isOnline=False)
