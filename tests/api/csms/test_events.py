"""GET /api/v1/events and its stream: what happened, told as the REST resources show it."""

from typing import Any

from tests.api.bench import BOX, Lab

AT = "2026-02-10T14:00:00Z"


async def charge(lab: Lab, charger: Any) -> int:
    start = {"connectorId": 1, "idTag": "TAG", "meterStart": 100, "timestamp": AT}
    started = await lab.call(charger, "StartTransaction", start)
    number = int(started["transactionId"])
    await lab.call(
        charger, "StopTransaction", {"transactionId": number, "meterStop": 1100, "timestamp": AT}
    )
    return number


async def told(lab: Lab, **query: Any) -> list[dict[str, Any]]:
    answer = await lab.get("/events", **query)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["events"])


async def test_a_transaction_is_told_as_it_is_shown(lab: Lab) -> None:
    charger = await lab.connect()
    number = await charge(lab, charger)

    shown = (await lab.get(f"/transactions/{number}")).json()
    stopped, started, *_ = await told(lab)

    assert stopped["event"] == "transaction.stopped"
    assert stopped["data"] == shown
    assert started["event"] == "transaction.started"
    assert started["data"] == {
        **shown,
        "status": "in_progress",
        "meterStop": None,
        "energyDelivered": 0.0,
        "stopTime": None,
        "stopReason": None,
    }
    assert stopped["timestamp"] == "2026-02-10T14:00:00.000Z"
    assert stopped["id"].startswith("evt_")


async def test_events_are_filtered_by_charger_name_and_time(lab: Lab) -> None:
    await charge(lab, await lab.connect())
    lab.now += 60
    await lab.connect(box="CP-2")

    async def names(**query: Any) -> list[str]:
        return [one["event"] for one in await told(lab, **query)]

    assert await names(chargeBoxId="CP-2") == ["charger.boot", "charger.connected"]
    assert await names(chargeBoxId=BOX, event="transaction.*") == [
        "transaction.stopped",
        "transaction.started",
    ]
    assert await names(event=["charger.boot", "transaction.stopped"]) == [
        "charger.boot",
        "transaction.stopped",
        "charger.boot",
    ]
    assert await names(to="2026-02-10T14:00:30Z", limit=1) == ["transaction.stopped"]
    assert len(await names(**{"from": "2026-02-10T14:00:30Z"})) == 2


async def test_an_unknown_name_is_400_with_those_there_are(lab: Lab) -> None:
    for path in ("/events", "/events/stream"):
        answer = await lab.get(path, event="charger.eaten")

        assert answer.status_code == 400
        (detail,) = answer.json()["error"]["details"]
        assert detail["field"] == "event.0"
        assert "transaction.started" in detail["message"]


async def test_a_charger_that_never_was_is_404(lab: Lab) -> None:
    for path in ("/events", "/events/stream"):
        assert (await lab.get(path, chargeBoxId="nobody")).status_code == 404


async def test_another_organization_is_told_nothing(lab: Lab) -> None:
    await lab.connect()
    other = (await lab.post("/organizations", {"name": "other"})).json()["id"]
    body = {"name": "theirs", "scopes": ["read"], "organizationId": other}
    theirs = (await lab.post("/auth/api-keys", body)).json()["key"]

    answer = await lab.get("/events", key=theirs)
    foreign = await lab.get("/events", key=theirs, chargeBoxId=BOX)

    assert answer.json()["events"] == []
    assert foreign.status_code == 404
