"""OCTT 1.6, central system: the local list, and reservations."""

from typing import Any

import pytest

from tests.api.bench import BOX, Lab
from tests.api.csms.octt.bench import TAG, Station, booted, iso, ok

ENTRIES = [{"idTag": TAG, "idTagInfo": {"status": "Accepted"}}]


@pytest.mark.parametrize(
    "version",
    [
        pytest.param(-1, id="TC_042_1_CSMS"),
        pytest.param(0, id="TC_042_2_CSMS"),
    ],
)
async def test_TC_042_CSMS_the_local_lists_version(lab: Lab, version: int) -> None:
    async with booted(lab, GetLocalListVersion={"listVersion": version}) as station:
        answer = ok(await lab.get(f"/chargers/{BOX}/local-list/version"))

    assert station.asked("GetLocalListVersion") == [{}]
    assert answer["listVersion"] == version


@pytest.mark.parametrize(
    ("update", "status", "told"),
    [
        pytest.param("Full", "NotSupported", "notSupported", id="TC_043_1_CSMS"),
        pytest.param("Full", "Failed", "failed", id="TC_043_3_CSMS"),
        pytest.param("Full", "Accepted", "accepted", id="TC_043_4_CSMS"),
        pytest.param("Differential", "Accepted", "accepted", id="TC_043_5_CSMS"),
    ],
)
async def test_TC_043_CSMS_send_a_local_list(lab: Lab, update: str, status: str, told: str) -> None:
    script = {"SendLocalList": {"status": status}, "GetLocalListVersion": {"listVersion": 1}}
    async with booted(lab, **script) as station:
        body = {"updateType": update, "listVersion": 2, "entries": ENTRIES}
        answer = ok(await lab.put(f"/chargers/{BOX}/local-list", body))

    [asked] = station.asked("SendLocalList")
    assert (asked["updateType"], asked["listVersion"]) == (update, 2)
    assert asked["localAuthorizationList"] == ENTRIES
    assert answer["status"] == told


async def reserve(station: Station, connector: int = 1, **fields: Any) -> Any:
    expiry = iso(station.lab.now + 600)
    body = {"connectorId": connector, "idTag": TAG, "expiryDate": expiry, **fields}
    return await station.ask("reservations", body)


async def reservations(station: Station, **query: Any) -> list[Any]:
    found: list[Any] = ok(await station.lab.get("/reservations", **query))["reservations"]
    return found


@pytest.mark.parametrize(
    ("connector", "reserved"),
    [pytest.param(1, 1, id="TC_046_CSMS"), pytest.param(0, 1, id="TC_049_CSMS")],
)
async def test_TC_046_CSMS_and_TC_049_CSMS_a_reservation_is_used(
    lab: Lab, connector: int, reserved: int
) -> None:
    async with booted(lab, ReserveNow={"status": "Accepted"}) as station:
        made = await reserve(station, connector)
        if connector:
            await station.status("Reserved")
        [before] = await reservations(station)
        await station.charge(reservationId=made["reservationId"], connectorId=reserved)
        [after] = await reservations(station)

    [asked] = station.asked("ReserveNow")
    assert asked["connectorId"] == connector and asked["idTag"] == TAG
    assert asked["reservationId"] == made["reservationId"]
    assert (made["status"], before["status"], after["status"]) == ("accepted", "active", "used")


async def test_TC_047_CSMS_a_reservation_expires(lab: Lab) -> None:
    async with booted(lab, ReserveNow={"status": "Accepted"}) as station:
        await reserve(station)
        await station.status("Reserved")
        lab.now += 601
        lab.backend.tick()
        await station.status("Available")
        [after] = await reservations(station)

    assert after["status"] == "expired"


@pytest.mark.parametrize(
    ("status", "told"),
    [
        pytest.param("Faulted", "faulted", id="TC_048_1_CSMS"),
        pytest.param("Occupied", "occupied", id="TC_048_2_CSMS"),
        pytest.param("Unavailable", "unavailable", id="TC_048_3_CSMS"),
        pytest.param("Rejected", "rejected", id="TC_048_4_CSMS"),
    ],
)
async def test_TC_048_CSMS_a_reservation_is_refused(lab: Lab, status: str, told: str) -> None:
    async with booted(lab, ReserveNow={"status": status}) as station:
        made = await reserve(station)
        active = await reservations(station, status="active")

    assert made["status"] == told
    assert active == []


@pytest.mark.parametrize(
    ("status", "told", "left"),
    [
        pytest.param("Accepted", "accepted", "cancelled", id="TC_051_CSMS"),
        pytest.param("Rejected", "rejected", "active", id="TC_052_CSMS"),
    ],
)
async def test_TC_051_CSMS_and_TC_052_CSMS_cancel_a_reservation(
    lab: Lab, status: str, told: str, left: str
) -> None:
    script = {"ReserveNow": {"status": "Accepted"}, "CancelReservation": {"status": status}}
    async with booted(lab, **script) as station:
        made = await reserve(station)
        path = f"/chargers/{BOX}/reservations/{made['reservationId']}"
        answer = ok(await lab.delete(path))
        [after] = await reservations(station)

    assert station.asked("CancelReservation") == [{"reservationId": made["reservationId"]}]
    assert (answer["status"], after["status"]) == (told, left)


async def test_TC_053_CSMS_a_reservation_is_used_by_another_of_the_group(lab: Lab) -> None:
    async with booted(lab, ReserveNow={"status": "Accepted"}) as station:
        await station.tag(TAG, parentIdTag="GROUP")
        await station.tag("SECOND", parentIdTag="GROUP")
        made = await reserve(station, parentIdTag="GROUP")
        answer = await station.call("Authorize", idTag="SECOND")
        await station.charge("SECOND", reservationId=made["reservationId"])
        [after] = await reservations(station)

    assert station.asked("ReserveNow")[0]["parentIdTag"] == "GROUP"
    assert answer["idTagInfo"] == {"status": "Accepted", "parentIdTag": "GROUP"}
    assert after["status"] == "used"
