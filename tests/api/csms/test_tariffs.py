"""Tariffs over REST, and the costs of transactions in both versions of OCPP."""

import asyncio
from typing import Any

import pytest

from tests.api.bench import BOX, Lab
from tests.api.csms.bench import begin, end, metered
from voltyard.storage.csms.backend_records import load_contents

PLAIN = {"name": "Plain", "currency": "EUR", "elements": [{"energyPrice": "0.45"}]}
DAY_AND_NIGHT = {
    "name": "By day and night",
    "currency": "EUR",
    "timeZone": "Europe/Berlin",
    "elements": [
        {"startTime": "16:00", "endTime": "06:00", "energyPrice": "0.20"},
        {"energyPrice": "0.50", "idlePrice": "3"},
    ],
    "startFee": "0.35",
    "taxes": [{"name": "VAT", "percent": "19"}],
}


async def added(lab: Lab, **fields: Any) -> dict[str, Any]:
    response = await lab.post("/tariffs", fields)
    assert response.status_code == 201, response.text
    body: dict[str, Any] = response.json()
    return body


async def cost_of(lab: Lab, number: int | str) -> Any:
    return (await lab.get(f"/transactions/{number}")).json()["cost"]


async def test_a_new_tariff_is_as_the_contract_has_it(lab: Lab) -> None:
    tariff = await added(lab, **PLAIN, isDefault=True)

    assert tariff.pop("id").startswith("tar_")
    assert tariff == {
        "name": "Plain",
        "currency": "EUR",
        "timeZone": "UTC",
        "elements": [
            {
                "startTime": None,
                "endTime": None,
                "daysOfWeek": [],
                "energyPrice": "0.45",
                "chargingPrice": "0",
                "idlePrice": "0",
            }
        ],
        "startFee": "0",
        "energyStepWh": 1,
        "timeStepSeconds": 1,
        "minCost": None,
        "maxCost": None,
        "taxes": [],
        "tellsRunningCost": True,
        "message": None,
        "isDefault": True,
        "chargeBoxIds": [],
        "idTags": [],
        "createdAt": "2026-02-10T14:00:00.000Z",
        "updatedAt": "2026-02-10T14:00:00.000Z",
    }


async def test_a_tariff_is_listed_changed_and_deleted(lab: Lab) -> None:
    tariff = await added(lab, **DAY_AND_NIGHT)
    path = f"/tariffs/{tariff['id']}"
    assert (await lab.get(path)).json() == tariff
    assert (await lab.get("/tariffs")).json()["tariffs"] == [tariff]

    lab.now += 1
    changed = (await lab.patch(path, {"maxCost": "60", "chargeBoxIds": [BOX]})).json()

    assert changed == {
        **tariff,
        "maxCost": "60",
        "chargeBoxIds": [BOX],
        "updatedAt": "2026-02-10T14:00:01.000Z",
    }
    assert (await lab.delete(path)).json() == {"message": "Tariff deleted", "id": tariff["id"]}
    assert (await lab.get(path)).status_code == 404
    assert (await lab.get("/tariffs")).json()["tariffs"] == []


@pytest.mark.parametrize(
    "fields",
    [
        {"currency": "Euro"},
        {"elements": [{"energyPrice": 0.45}]},  # a float is no amount
        {"elements": [{"energyPrice": "-1"}]},
        {"elements": [{"energyPrice": "1e3"}]},
        {"elements": [{"startTime": "24:00"}]},
        {"elements": [{"startTime": "06:00", "endTime": "06:00"}]},
        {"timeZone": "Europe/Atlantis"},
        {"timeZone": "../../etc/passwd"},
        {"minCost": "2", "maxCost": "1"},
        {"energyStepWh": 0},
    ],
)
async def test_what_cannot_be_is_refused(lab: Lab, fields: dict[str, Any]) -> None:
    assert (await lab.post("/tariffs", {**PLAIN, **fields})).status_code == 400
    assert (await lab.get("/tariffs")).json()["pagination"]["total"] == 0


@pytest.mark.parametrize(
    "assigned", [{"isDefault": True}, {"chargeBoxIds": [BOX]}, {"idTags": ["deadbeef"]}]
)
async def test_nobody_has_two_tariffs(lab: Lab, assigned: dict[str, Any]) -> None:
    await added(lab, **PLAIN, isDefault=True, chargeBoxIds=[BOX], idTags=["DEADBEEF"])
    other = await added(lab, **PLAIN)

    assert (await lab.post("/tariffs", {**PLAIN, **assigned})).status_code == 409
    refused = await lab.patch(f"/tariffs/{other['id']}", assigned)

    assert refused.status_code == 409
    assert (await lab.get(f"/tariffs/{other['id']}")).json() == other


async def test_a_1_6_transaction_has_its_cost(lab: Lab) -> None:
    tariff = await added(lab, **DAY_AND_NIGHT, isDefault=True)
    charger = await lab.connect("1.6")
    # 14:00 to 15:30 UTC: in Berlin the cheaper price holds from 16:00, an hour into it.
    number = await begin(lab, charger)
    register = {"measurand": "Energy.Active.Import.Register", "value": "11000", "unit": "Wh"}
    await lab.call(charger, "MeterValues", metered(number, "2026-02-10T14:30:00Z", register))
    running = await cost_of(lab, number)
    await end(lab, charger, number, 21000, "2026-02-10T15:30:00Z")

    assert running == {
        "tariffId": tariff["id"],
        "currency": "EUR",
        "total": "6.37",
        "net": "5.35",
        "tax": "1.02",
        "startFee": "0.35",
        "energy": "5.00",
        "chargingTime": "0.00",
        "idleTime": "0.00",
        "isFinal": False,
    }
    # 10 kWh until 14:30, 5 kWh until 15:00, and 5 kWh at the night's price: 5 + 2.5 + 1 + 0.35.
    final = await cost_of(lab, number)
    assert (final["net"], final["tax"], final["total"]) == ("8.85", "1.68", "10.53")
    assert final["isFinal"] is True
    event = (await lab.get("/events", event="transaction.stopped")).json()["events"][0]
    assert event["data"]["cost"] == {
        "tariffId": tariff["id"],
        "total": "10.53",
        "currency": "EUR",
        "isFinal": True,
    }


def _event(kind: str, seq_no: int, at: str, wh: int, **fields: Any) -> dict[str, Any]:
    value = {"timestamp": at, "sampledValue": [{"value": wh}]}
    info = {"transactionId": "t-1", **fields.pop("info", {})}
    return {
        "eventType": kind,
        "timestamp": at,
        "triggerReason": fields.pop("trigger", "MeterValuePeriodic"),
        "seqNo": seq_no,
        "transactionInfo": info,
        "meterValue": [value],
        **fields,
    }


async def test_tc_i_02_the_answer_to_the_end_has_the_total_cost(lab: Lab) -> None:
    element = {"energyPrice": "0.45", "chargingPrice": "1", "idlePrice": "6"}
    await added(lab, **{**PLAIN, "elements": [element]}, chargeBoxIds=[BOX])
    charger = await lab.connect("2.0.1")
    token = {"idToken": "DEADBEEF", "type": "Central"}
    evse = {"id": 1, "connectorId": 1}
    charging = {"chargingState": "Charging"}
    begun = _event("Started", 0, "2026-02-10T14:00:00Z", 0, evse=evse, idToken=token, info=charging)
    answer = await lab.call(charger, "TransactionEvent", begun)
    assert "totalCost" not in answer
    full = {"chargingState": "SuspendedEV"}
    event = _event("Updated", 1, "2026-02-10T15:00:00Z", 10_000, info=full)
    assert "totalCost" not in await lab.call(charger, "TransactionEvent", event)
    assert (await cost_of(lab, "t-1"))["total"] == "5.50"

    ended = _event("Ended", 2, "2026-02-10T15:30:00Z", 10_000, info={"stoppedReason": "Local"})
    answer = await lab.call(charger, "TransactionEvent", ended)

    assert answer["totalCost"] == 8.5
    assert await lab.call(charger, "TransactionEvent", ended) == answer  # a repetition
    cost = await cost_of(lab, "t-1")
    assert (cost["energy"], cost["chargingTime"], cost["idleTime"]) == ("4.50", "1.00", "3.00")


async def test_i01_an_accepted_driver_is_told_the_tariff(lab: Lab) -> None:
    await added(lab, **PLAIN, isDefault=True, message="0.45 EUR/kWh")
    await lab.post("/id-tags", {"idTag": "DEADBEEF"})
    await lab.post("/id-tags", {"idTag": "BLOCKED", "status": "blocked"})
    charger = await lab.connect("2.0.1")
    token = {"idToken": "DEADBEEF", "type": "Central"}
    answer = await lab.call(charger, "Authorize", {"idToken": token})
    begun = _event("Started", 0, "2026-02-10T14:00:00Z", 0, idToken=token)
    event = await lab.call(charger, "TransactionEvent", begun)
    blocked = {"idToken": "BLOCKED", "type": "Central"}
    refused = await lab.call(charger, "Authorize", {"idToken": blocked})

    told = {"format": "UTF8", "content": "0.45 EUR/kWh"}
    assert answer["idTokenInfo"]["personalMessage"] == told
    assert event["idTokenInfo"]["personalMessage"] == told
    assert "personalMessage" not in refused["idTokenInfo"]


def _running() -> list[dict[str, Any]]:
    """Two readings, a kWh apart, of a transaction that charges, and a third without more."""
    charging = {"chargingState": "Charging"}
    return [
        _event("Started", 0, "2026-02-10T14:00:00Z", 0, info=charging),
        _event("Updated", 1, "2026-02-10T14:10:00Z", 1_000),
        _event("Updated", 2, "2026-02-10T14:20:00Z", 2_000),
        _event("Updated", 3, "2026-02-10T14:30:00Z", 2_000),
    ]


async def test_tc_i_01_the_running_cost_is_told_whenever_it_has_changed(lab: Lab) -> None:
    await added(lab, **PLAIN, isDefault=True)
    charger = await lab.connect("2.0.1", {"CostUpdated": {}})

    for event in _running():
        await lab.call(charger, "TransactionEvent", event)
    await charger.until(lambda: len(charger.asked) == 2)

    assert charger.asked == [
        ("CostUpdated", {"totalCost": 0.45, "transactionId": "t-1"}),
        ("CostUpdated", {"totalCost": 0.9, "transactionId": "t-1"}),
    ]


async def test_in_the_history_the_running_cost_has_a_name_of_its_own(lab: Lab) -> None:
    await added(lab, **PLAIN, isDefault=True)
    charger = await lab.connect("2.0.1", {"CostUpdated": {}})
    for event in _running():
        await lab.call(charger, "TransactionEvent", event)
    await charger.until(lambda: len(charger.asked) == 2)

    async with asyncio.timeout(60):
        while True:
            answer = await lab.get(f"/chargers/{BOX}/commands", command="cost-updated")
            rows = answer.json()["commands"]
            if [row["status"] for row in rows] == ["accepted"] * 2:
                break
            await asyncio.sleep(0.01)

    costs = {row["request"]["totalCost"] for row in rows}
    assert costs == {0.45, 0.9}


async def test_the_running_cost_is_not_told_where_the_tariff_says_so(lab: Lab) -> None:
    await added(lab, **PLAIN, isDefault=True, tellsRunningCost=False)
    charger = await lab.connect("2.0.1", {"CostUpdated": {}})

    for event in _running():
        await lab.call(charger, "TransactionEvent", event)

    assert charger.asked == []
    assert (await cost_of(lab, "t-1"))["total"] == "0.90"


async def test_without_a_tariff_there_is_no_cost(lab: Lab) -> None:
    charger = await lab.connect("1.6")
    number = await begin(lab, charger)
    await added(lab, **PLAIN, isDefault=True)
    await end(lab, charger, number, 2000, "2026-02-10T15:00:00Z")

    assert await cost_of(lab, number) is None


async def test_the_tag_s_tariff_goes_before_the_charger_s_and_that_before_the_default(
    lab: Lab,
) -> None:
    default = await added(lab, **PLAIN, isDefault=True)
    of_charger = await added(lab, **PLAIN, chargeBoxIds=[BOX])
    of_tag = await added(lab, **PLAIN, idTags=["DEADBEEF"])
    charger = await lab.connect("1.6")

    for tag, tariff in (("deadBEEF", of_tag), ("OTHER", of_charger)):
        number = await begin(lab, charger, idTag=tag)
        assert (await cost_of(lab, number))["tariffId"] == tariff["id"]
    await lab.delete(f"/tariffs/{of_charger['id']}")
    number = await begin(lab, charger, idTag="THIRD")
    assert (await cost_of(lab, number))["tariffId"] == default["id"]


async def test_a_transaction_keeps_the_terms_it_began_with(lab: Lab) -> None:
    tariff = await added(lab, **PLAIN, isDefault=True)
    charger = await lab.connect("1.6")
    number = await begin(lab, charger)
    await lab.patch(f"/tariffs/{tariff['id']}", {"elements": [{"energyPrice": "9"}]})
    await lab.delete(f"/tariffs/{tariff['id']}")
    await end(lab, charger, number, 2000, "2026-02-10T15:00:00Z")

    assert (await cost_of(lab, number))["total"] == "0.45"


async def test_an_operator_s_end_counts_its_energy_until_the_charger_s_own_comes(lab: Lab) -> None:
    element = {"energyPrice": "1", "idlePrice": "6"}
    await added(lab, **{**PLAIN, "elements": [element]}, isDefault=True)
    charger = await lab.connect("1.6")
    number = await begin(lab, charger)
    lab.now += 7200
    await lab.post(f"/transactions/{number}/close", {"meterStop": 3000})
    by_hand = await cost_of(lab, number)
    await end(lab, charger, number, 4000, "2026-02-10T14:30:00Z")

    assert (by_hand["energy"], by_hand["idleTime"]) == ("2.00", "0.00")
    assert (await cost_of(lab, number))["total"] == "3.00"


async def test_a_driver_who_comes_after_the_cable_has_the_tariff_of_the_tag(lab: Lab) -> None:
    await added(lab, **PLAIN, isDefault=True)
    of_tag = await added(lab, **PLAIN, idTags=["DEADBEEF"])
    charger = await lab.connect("2.0.1")
    plugged = _event("Started", 0, "2026-02-10T14:00:00Z", 0, trigger="CablePluggedIn")
    await lab.call(charger, "TransactionEvent", plugged)
    token = {"idToken": "DEADBEEF", "type": "Central"}
    event = _event("Updated", 1, "2026-02-10T14:01:00Z", 0, trigger="Authorized", idToken=token)
    await lab.call(charger, "TransactionEvent", event)

    assert (await cost_of(lab, "t-1"))["tariffId"] == of_tag["id"]


@pytest.mark.alone
async def test_tariffs_and_costs_are_there_after_a_restart(lab: Lab) -> None:
    tariff = await added(lab, **DAY_AND_NIGHT, isDefault=True, idTags=["A"])
    charger = await lab.connect("1.6")
    number = await begin(lab, charger)

    contents = await lab.database.read(load_contents)

    assert [row.id for row in contents.tariffs] == [tariff["id"]]
    assert contents.tariffs[0].id_tags == ("A",)
    (row,) = contents.transactions
    assert row.number == number and row.cost[0].tariff_id == tariff["id"]
    assert str(row.cost[0].terms.start_fee) == "0.35"
