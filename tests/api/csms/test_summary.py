"""Totals of the backend over REST."""

from tests.api.bench import BOX, Lab

NOTHING = {
    "chargers": {"total": 0, "online": 0, "offline": 0, "byRegistration": {}},
    "connectors": {"total": 0, "byStatus": {}},
    "transactions": {"active": 0},
    "refusals": {"identities": 0, "count": 0, "byReason": {}, "lastAt": None},
}


async def test_a_backend_without_chargers_has_totals_of_nothing(lab: Lab) -> None:
    found = (await lab.get("/summary")).json()

    assert found.pop("at").startswith("2026-02-10T14:00:00")
    assert found == NOTHING


async def test_the_totals_follow_what_chargers_report(lab: Lab) -> None:
    await lab.register("AWAY")
    charger = await lab.connect()
    for connector_id, status in ((0, "Available"), (1, "Preparing"), (2, "Faulted")):
        said = {"connectorId": connector_id, "errorCode": "NoError", "status": status}
        await lab.call(charger, "StatusNotification", said)
    began = {"connectorId": 1, "idTag": "TAG", "meterStart": 0, "timestamp": "2026-02-10T14:00:00Z"}
    await lab.call(charger, "StartTransaction", began)

    found = (await lab.get("/summary")).json()
    listed = (await lab.get("/chargers")).json()["chargers"]

    assert found["chargers"] == {
        "total": 2,
        "online": 1,
        "offline": 1,
        "byRegistration": {"accepted": 1, "unknown": 1},
    }
    assert found["connectors"] == {"total": 2, "byStatus": {"Preparing": 1, "Faulted": 1}}
    assert found["transactions"] == {"active": 1}
    seen = {one["chargeBoxId"]: one["connectors"] for one in listed}
    assert seen["AWAY"] == []
    assert [(one["connectorId"], one["status"]) for one in seen[BOX]] == [
        (1, "Preparing"),
        (2, "Faulted"),
    ]


async def test_the_totals_are_of_the_own_organization_alone(lab: Lab) -> None:
    await lab.connect()
    other = await lab.keys.add_organization("other")
    _, theirs = await lab.keys.add(other.id, "theirs", ["read"])

    found = (await lab.get("/summary", key=theirs)).json()

    del found["at"]
    assert found == NOTHING
