"""Transactions over REST: asked for, begun, metered, stopped, listed, closed by hand."""

from typing import Any

import pytest

from tests.api.bench import BOX, Lab, ScriptedCharger
from tests.api.csms.bench import begin, end, metered
from voltyard.organizations.organization import DEFAULT_ORGANIZATION_ID


async def test_a_whole_1_6_transaction(lab: Lab) -> None:
    charger = await lab.connect("1.6")
    number = await begin(lab, charger)
    lab.now += 60
    running = (await lab.get(f"/transactions/{number}")).json()
    lab.now += 5370
    await end(lab, charger, number, 15250, "2026-02-10T15:30:30Z")

    body = (await lab.get(f"/transactions/{number}")).json()

    assert (running["status"], running["durationMinutes"]) == ("in_progress", 1.0)
    assert (running["meterStop"], running["stopTime"]) == (None, None)
    assert body.pop("id").startswith("txn_")
    assert body == {
        "transactionId": number,
        "chargeBoxId": BOX,
        "connectorId": 1,
        "evseId": 1,
        "idTag": "DEADBEEF",
        "status": "completed",
        "meterStart": 1000,
        "meterStop": 15250,
        "energyDelivered": 14.25,
        "durationMinutes": 90.5,
        "averagePower": 9447.5,
        "peakPower": 9447.5,
        "startTime": "2026-02-10T14:00:00.000Z",
        "stopTime": "2026-02-10T15:30:30.000Z",
        "stopReason": "Local",
        "remoteStarted": False,
        "ocppVersion": "1.6",
        "chargingState": None,
        "anomalies": [],
        "cost": None,
    }


async def test_a_transaction_that_is_told_of_late_has_the_times_that_the_charger_tells(
    lab: Lab,
) -> None:
    charger = await lab.connect("1.6")
    lab.now += 3600
    assert charger.link is not None
    charger.link.abort()
    await charger.until(lambda: charger.is_closed)
    again = ScriptedCharger({})
    await lab.dial(again)
    number = await begin(lab, again)
    running = (await lab.get(f"/transactions/{number}")).json()

    await end(lab, again, number, 1500, "2026-02-10T14:30:00Z")

    body = (await lab.get(f"/transactions/{number}")).json()
    assert (running["startTime"], running["durationMinutes"]) == ("2026-02-10T14:00:00.000Z", 60.0)
    assert (body["stopTime"], body["durationMinutes"]) == ("2026-02-10T14:30:00.000Z", 30.0)


async def test_a_2_0_1_transaction_has_the_chargers_own_id(lab: Lab) -> None:
    charger = await lab.connect("2.0.1")
    event = {
        "eventType": "Started",
        "timestamp": "2026-02-10T14:00:00Z",
        "triggerReason": "Authorized",
        "seqNo": 0,
        "transactionInfo": {"transactionId": "tx-abc", "chargingState": "Charging"},
        "idToken": {"idToken": "DEADBEEF", "type": "ISO14443"},
        "evse": {"id": 2, "connectorId": 1},
        "meterValue": [
            {
                "timestamp": "2026-02-10T14:00:00Z",
                "sampledValue": [{"value": 1.5, "unitOfMeasure": {"unit": "kWh"}}],
            }
        ],
    }
    await lab.call(charger, "TransactionEvent", event)

    body = (await lab.get("/transactions/tx-abc")).json()
    same = (await lab.get(f"/transactions/{body['id']}")).json()

    assert body == same
    assert (body["transactionId"], body["evseId"], body["connectorId"]) == ("tx-abc", 2, 1)
    assert (body["meterStart"], body["chargingState"]) == (1500, "Charging")


async def test_a_transaction_is_found_by_either_id(lab: Lab) -> None:
    charger = await lab.connect("1.6")
    number = await begin(lab, charger)

    by_number = (await lab.get(f"/transactions/{number}")).json()
    by_id = (await lab.get(f"/transactions/{by_number['id']}")).json()

    assert by_id == by_number
    assert (await lab.get("/transactions/999999")).status_code == 404
    assert (await lab.get("/transactions/txn_nowhere")).status_code == 404


async def test_a_remote_start_waits_until_the_charger_has_begun(lab: Lab) -> None:
    charger = await lab.connect("1.6", {"RemoteStartTransaction": {"status": "Accepted"}})
    asked = {"chargeBoxId": BOX, "connectorId": 1, "idTag": "DEADBEEF"}

    response = await lab.post("/transactions/start", asked)

    body = response.json()
    assert response.status_code == 202
    assert charger.asked == [("RemoteStartTransaction", {"connectorId": 1, "idTag": "DEADBEEF"})]
    wanted = {"chargeBoxId": BOX, "connectorId": 1, "status": "accepted"}
    assert {name: body[name] for name in wanted} == wanted
    assert {"message", "note"} < set(body)
    pending = (await lab.get("/transactions", status="pending")).json()["transactions"]
    assert [(one["id"], one["transactionId"]) for one in pending] == [(body["id"], None)]
    assert (await lab.post(f"/transactions/{body['id']}/stop")).status_code == 409

    number = await begin(lab, charger)

    begun = (await lab.get(f"/transactions/{number}")).json()
    assert (begun["id"], begun["remoteStarted"]) == (body["id"], True)


async def test_the_older_form_of_a_remote_start(lab: Lab) -> None:
    charger = await lab.connect("2.0.1", {"RequestStartTransaction": {"status": "Rejected"}})

    response = await lab.post(
        f"/chargers/{BOX}/remote-start", {"connectorId": 1, "evseId": 1, "idTag": "DEADBEEF"}
    )

    assert (response.status_code, response.json()["status"]) == (202, "rejected")
    assert charger.asked[0][0] == "RequestStartTransaction"
    assert (await lab.get("/transactions")).json()["pagination"]["total"] == 0


async def test_a_remote_start_needs_neither_connector_nor_tag(lab: Lab) -> None:
    charger = await lab.connect("1.6", {"RemoteStartTransaction": {"status": "Rejected"}})

    response = await lab.post("/transactions/start", {"chargeBoxId": BOX})

    assert response.status_code == 202
    assert response.json()["connectorId"] is None
    assert charger.asked == [("RemoteStartTransaction", {"idTag": "REMOTE"})]


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/transactions/start", {"connectorId": 1}, "chargeBoxId"),
        ("/transactions/start", {"chargeBoxId": BOX, "connectorId": "1"}, "connectorId"),
        ("/transactions/start", {"chargeBoxId": BOX, "idTag": ""}, "idTag"),
        (f"/chargers/{BOX}/remote-start", {"connectorId": 1}, "idTag"),
    ],
)
async def test_a_remote_start_of_the_wrong_shape_reaches_nobody(
    lab: Lab, path: str, body: Any, field: str
) -> None:
    charger = await lab.connect("1.6")

    response = await lab.post(path, body)

    assert response.status_code == 400
    assert [one["field"] for one in response.json()["error"]["details"]] == [field]
    assert charger.asked == []


async def test_a_charging_profile_of_the_wrong_shape_reaches_nobody(lab: Lab) -> None:
    charger = await lab.connect("1.6")

    response = await lab.post(
        "/transactions/start",
        {"chargeBoxId": BOX, "idTag": "DEADBEEF", "chargingProfile": {"stackLevel": "high"}},
    )

    assert (response.status_code, response.json()["error"]["code"]) == (400, "VALIDATION_ERROR")
    assert charger.asked == []


@pytest.mark.parametrize(("word", "status"), [("Accepted", "stopping"), ("Rejected", "rejected")])
async def test_a_remote_stop_brings_the_chargers_word(lab: Lab, word: str, status: str) -> None:
    charger = await lab.connect("1.6", {"RemoteStopTransaction": {"status": word}})
    number = await begin(lab, charger)

    response = await lab.post(f"/transactions/{number}/stop")

    body = response.json()
    assert response.status_code == 202
    assert charger.asked == [("RemoteStopTransaction", {"transactionId": number})]
    wanted = {"transactionId": number, "chargeBoxId": BOX, "status": status}
    assert {name: body[name] for name in wanted} == wanted


async def test_stopping_an_unknown_transaction_is_404_and_without_link_503(lab: Lab) -> None:
    charger = await lab.connect("1.6")
    number = await begin(lab, charger)
    assert charger.link is not None
    charger.link.close()
    await charger.until(lambda: charger.is_closed)

    assert (await lab.post("/transactions/424242/stop")).status_code == 404
    assert (await lab.post(f"/transactions/{number}/stop")).status_code == 503


@pytest.mark.parametrize("query", ["", "?async=true"])
async def test_stopping_a_transaction_that_is_over_says_so_and_sends_nothing(
    lab: Lab, query: str
) -> None:
    charger = await lab.connect("1.6", {"RemoteStopTransaction": {"status": "Accepted"}})
    number = await begin(lab, charger)
    await end(lab, charger, number, 3000, "2026-02-10T14:03:00Z")
    own_id = (await lab.get(f"/transactions/{number}")).json()["id"]

    for name in (number, own_id):
        response = await lab.post(f"/transactions/{name}/stop{query}")

        error = response.json()["error"]
        assert (response.status_code, error["code"]) == (409, "CONFLICT")
        assert f"transaction {name} is over (nothing was sent" in error["message"]
        (details,) = error["details"]
        assert (details["status"], details["stopTime"]) == ("completed", "2026-02-10T14:03:00.000Z")
    assert charger.asked == []
    assert (await lab.get(f"/chargers/{BOX}/commands")).json()["commands"] == []


async def test_one_that_an_operator_closed_may_run_on_and_is_stopped(lab: Lab) -> None:
    charger = await lab.connect("1.6", {"RemoteStopTransaction": {"status": "Accepted"}})
    number = await begin(lab, charger)
    await lab.post(f"/transactions/{number}/close")

    assert (await lab.post(f"/transactions/{number}/stop")).status_code == 202
    await end(lab, charger, number, 3000, "2026-02-10T14:03:00Z")
    assert (await lab.post(f"/transactions/{number}/stop")).status_code == 409
    assert len(charger.asked) == 1


async def test_a_stop_of_no_known_transaction_keeps_its_number_a_number(lab: Lab) -> None:
    charger = await lab.connect("1.6")
    await end(lab, charger, -1, 3000, "2026-02-10T14:03:00Z")

    (listed,) = (await lab.get("/transactions")).json()["transactions"]
    stopped = await lab.get("/events", event="transaction.stopped")

    assert listed["transactionId"] == -1
    assert stopped.json()["events"][0]["data"]["transactionId"] == -1
    assert (await lab.get("/transactions/-1")).json()["id"] == listed["id"]


async def test_transactions_are_listed_newest_first_and_filtered(lab: Lab) -> None:
    first = await lab.connect("1.6", box="B-1")
    second = await lab.connect("1.6", box="B-2")
    one = await begin(lab, first, idTag="ANNA")
    lab.now += 60
    two = await begin(lab, second, idTag="BERT")
    lab.now += 60
    three = await begin(lab, first, idTag="BERT", connectorId=2)
    await end(lab, first, one, 2000, "2026-02-10T14:03:00Z")

    async def listed(**query: Any) -> list[int]:
        found = (await lab.get("/transactions", **query)).json()["transactions"]
        return [transaction["transactionId"] for transaction in found]

    assert await listed() == [three, two, one]
    assert await listed(limit=1, offset=1) == [two]
    assert await listed(chargeBoxId="B-1") == [three, one]
    assert await listed(status="in_progress") == await listed(status="active") == [three, two]
    assert await listed(status="completed") == [one]
    assert await listed(idTag="BERT") == await listed(idTag="bert") == [three, two]
    assert await listed(**{"from": "2026-02-10T14:01:00Z"}) == [three, two]
    assert await listed(to="2026-02-10T14:01:00Z") == [two, one]
    assert (await lab.get("/transactions", status="ended")).status_code == 400
    assert (await lab.get("/transactions", **{"from": "yesterday"})).status_code == 400


async def test_meter_values_are_a_time_series(lab: Lab) -> None:
    charger = await lab.connect("1.6")
    number = await begin(lab, charger)
    for minute, value in ((1, "1100"), (2, "1200")):
        at = f"2026-02-10T14:0{minute}:00Z"
        power = {"value": "6000.5", "measurand": "Power.Active.Import", "unit": "W", "phase": "L1"}
        await lab.call(
            charger, "MeterValues", metered(number, at, {"value": value, "unit": "Wh"}, power)
        )

    everything = (await lab.get(f"/transactions/{number}/meter-values")).json()
    power = await lab.get(
        f"/transactions/{number}/meter-values", measurand="Power.Active.Import", limit=1
    )
    phase = await lab.get(f"/transactions/{number}/meter-values", phase="L2")

    assert everything["transactionId"] == number
    assert everything["pagination"]["total"] == 4
    assert [one["value"] for one in everything["meterValues"]] == [1100, 6000.5, 1200, 6000.5]
    assert everything["meterValues"][0] == {
        "timestamp": "2026-02-10T14:01:00.000Z",
        "measurand": "Energy.Active.Import.Register",
        "value": 1100.0,
        "unit": "Wh",
        "context": "Sample.Periodic",
        "phase": None,
        "location": None,
    }
    assert [one["unit"] for one in power.json()["meterValues"]] == ["W"]
    assert power.json()["pagination"] == {"total": 2, "limit": 1, "offset": 0}
    late = {"from": "2026-02-10T14:02:00Z", "unit": "Wh"}
    series = (await lab.get(f"/transactions/{number}/meter-values", **late)).json()
    assert [one["value"] for one in series["meterValues"]] == [1200]
    assert phase.json()["meterValues"] == []


async def test_what_cannot_be_is_told_with_the_transaction(lab: Lab) -> None:
    charger = await lab.connect("1.6")
    number = await begin(lab, charger, meterStart=9000)
    for minute, value in ((1, "9100"), (2, "0")):
        at = f"2026-02-10T14:0{minute}:00Z"
        await lab.call(charger, "MeterValues", metered(number, at, {"value": value}))

    body = (await lab.get(f"/transactions/{number}")).json()
    await lab.database.flush()
    (listed,) = (await lab.get("/transactions")).json()["transactions"]

    assert (body["energyDelivered"], body["peakPower"]) == (0.1, 6000.0)
    assert body["anomalies"] == [
        {
            "kind": "register_zero",
            "at": "2026-02-10T14:02:00.000Z",
            "detail": "0 Wh after 9100 Wh",
            "count": 1,
        }
    ]
    assert listed == body


async def test_an_operator_closes_a_transaction_whose_charger_is_gone(lab: Lab) -> None:
    charger = await lab.connect("1.6")
    number = await begin(lab, charger)
    lab.now += 600

    closed = await lab.post(f"/transactions/{number}/close", {"meterStop": 3000})
    again = await lab.post(f"/transactions/{number}/close", {})

    body = closed.json()
    assert (closed.status_code, body["status"], body["meterStop"]) == (200, "completed", 3000)
    assert body["stopReason"] == "Other"
    assert (again.status_code, again.json()["error"]["code"]) == (409, "CONFLICT")
    assert charger.asked == []


async def test_another_organizations_transactions_are_not_there(lab: Lab) -> None:
    other = await lab.keys.add_organization("other")
    _, theirs = await lab.keys.add(other.id, "theirs", ["operate"])
    charger = await lab.connect("1.6")
    number = await begin(lab, charger)

    assert (await lab.get(f"/transactions/{number}", key=theirs)).status_code == 404
    assert (await lab.get("/transactions", key=theirs)).json()["transactions"] == []
    for path in ("stop", "close"):
        response = await lab.post(f"/transactions/{number}/{path}", key=theirs)
        assert response.status_code == 404
    assert charger.asked == []


@pytest.mark.alone
async def test_a_transaction_whose_charger_is_at_another_process_is_asked_for_there(
    lab: Lab,
) -> None:
    charger = await lab.connect("1.6")
    number = await begin(lab, charger)
    there = await lab.get(f"/transactions/{number}")

    async def hand_over(charger: Any) -> None:
        await lab.database.flush()

    await lab.backend.release(DEFAULT_ORGANIZATION_ID, BOX, hand_over, to="n1")

    elsewhere = [
        await lab.get(f"/transactions/{number}"),
        await lab.get(f"/transactions/{number}/charging-plan"),
        await lab.get(f"/transactions/{number}/meter-values"),
        await lab.post(f"/transactions/{number}/close"),
        await lab.post(f"/transactions/{number}/stop"),
        await lab.get(f"/chargers/{BOX}"),
    ]

    assert there.status_code == 200
    assert [one.status_code for one in elsewhere] == [503] * 6
    assert {one.json()["error"]["code"] for one in elsewhere} == {"SERVICE_UNAVAILABLE"}
