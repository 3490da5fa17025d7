"""A place reserved over the backend's API is kept by the yard's charger, used, and known to be."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.server.both_halves import House, at_both_versions, box
from voltyard.testing.processes import ServerProcess

pytestmark = [pytest.mark.timeout(600), pytest.mark.slow]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with (
        ServerProcess(tmp_path_factory.mktemp("reserving")) as server,
        server.client() as client,
    ):
        yield House(server, client)


def reserve(house: House, identity: str, **more: Any) -> Any:
    until = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    body = {"connectorId": 1, "idTag": "OWNER", "expiryDate": until} | more
    return house.post(f"/api/v1/chargers/{identity}/reservations", body)


def kept(house: House, identity: str) -> list[str]:
    """What the backend knows of the charger's reservations, the newest first."""
    found = house.get("/api/v1/reservations", chargeBoxId=identity)["reservations"]
    return [one["status"] for one in found]


@at_both_versions
def test_a_reserved_place_is_kept_used_and_told(house: House, version: str) -> None:
    identity = box("RESERVE", version)
    house.charger(identity, version)

    answer = reserve(house, identity)

    assert answer["status"] == "accepted"
    house.until(lambda: house.connector(identity)["status"] == "Reserved")
    [shown] = house.get(f"/ocpp/chargers/{identity}/state")["reservations"]
    assert (shown["id"], shown["id_tag"]) == (answer["reservationId"], "OWNER")
    refused = house.settled(house.queue("start-session", identity, id_tag="STRANGER"))
    assert refused["status"] == "failed"
    assert kept(house, identity) == ["active"]

    house.done("start-session", identity, id_tag="OWNER")

    house.until(lambda: kept(house, identity) == ["used"])
    assert house.get(f"/ocpp/chargers/{identity}/state")["reservations"] == []


@at_both_versions
def test_a_cancelled_place_is_anybodys(house: House, version: str) -> None:
    identity = box("CANCEL", version)
    house.charger(identity, version)
    number = reserve(house, identity)["reservationId"]

    path = f"/api/v1/chargers/{identity}/reservations/{number}"
    assert house.client.delete(path).raise_for_status().json()["status"] == "accepted"

    house.until(lambda: house.connector(identity)["status"] == "Available")
    assert kept(house, identity) == ["cancelled"]
    assert house.client.delete(path).json()["status"] == "rejected"
    house.done("start-session", identity, id_tag="STRANGER")
