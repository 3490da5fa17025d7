"""Needs of vehicles answered, planned for, and the schedules they choose held to the plan."""

from typing import Any

import pytest

from tests.csms.bench import ZULU, Peer, Yard
from voltyard.csms.events import Notified
from voltyard.csms.records import TransactionStored
from voltyard.csms.smart_charging.charging_plans import RENEGOTIATIONS, ChargingPlans
from voltyard.csms.smart_charging.plan import Needs
from voltyard.csms.smart_charging.plan_rows import ChargingPlanForgotten
from voltyard.kernel import limits

AC = {"energyAmount": 20_000, "evMinCurrent": 6, "evMaxCurrent": 32, "evMaxVoltage": 230}
DC = {
    "evMaxCurrent": 300,
    "evMaxVoltage": 400,
    "stateOfCharge": 50,
    "evEnergyCapacity": 80_000,
    "fullSoC": 100,
}
DEPARTURE = "2026-09-21T18:13:20Z"


async def charging() -> tuple[Yard, Peer]:
    """A charger with a transaction that begins at EVSE 1."""
    yard = Yard()
    peer = await yard.booted(subprotocol="ocpp2.0.1")
    await peer.say(
        "TransactionEvent",
        {
            "eventType": "Started",
            "timestamp": ZULU,
            "triggerReason": "CablePluggedIn",
            "seqNo": 0,
            "transactionInfo": {"transactionId": "T1"},
            "evse": {"id": 1, "connectorId": 1},
        },
    )
    return yard, peer


def needs(evse_id: int = 1, **fields: Any) -> dict[str, Any]:
    told = {"requestedEnergyTransfer": "AC_three_phase", "departureTime": DEPARTURE} | fields
    return {"evseId": evse_id, "chargingNeeds": told}


def chosen(limit: float, id: int = 1) -> dict[str, Any]:
    period = {"startPeriod": 0, "limit": limit}
    schedule = {"id": id, "chargingRateUnit": "A", "chargingSchedulePeriod": [period]}
    return {"evseId": 1, "timeBase": ZULU, "chargingSchedule": schedule}


async def test_needs_are_accepted_and_a_plan_follows_for_the_transaction() -> None:
    yard, peer = await charging()

    answer = await peer.say("NotifyEVChargingNeeds", needs(acChargingParameters=AC))

    assert answer == {"status": "Accepted"}
    [[_, _, action, request]] = peer.asked()
    assert (action, request["evseId"]) == ("SetChargingProfile", 1)
    assert request["chargingProfile"] == {
        "id": 95_001,
        "stackLevel": 1,
        "chargingProfilePurpose": "TxProfile",
        "chargingProfileKind": "Absolute",
        "transactionId": "T1",
        "chargingSchedule": [
            {
                "id": 1,
                "startSchedule": "2026-09-21T14:13:20.000Z",
                "duration": 14_400,
                "chargingRateUnit": "A",
                "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 8.1, "numberPhases": 3}],
            }
        ],
    }
    notified = [one.action for one in yard.events if isinstance(one, Notified)]
    assert notified == ["NotifyEVChargingNeeds"]


async def test_dc_lacks_what_its_battery_does() -> None:
    _, peer = await charging()

    await peer.say(
        "NotifyEVChargingNeeds", needs(requestedEnergyTransfer="DC", dcChargingParameters=DC)
    )

    [schedule] = peer.asked()[0][3]["chargingProfile"]["chargingSchedule"]
    assert schedule["chargingRateUnit"] == "W"
    assert schedule["chargingSchedulePeriod"] == [{"startPeriod": 0, "limit": 11_120.0}]


@pytest.mark.parametrize(
    "told",
    [
        needs(2, acChargingParameters=AC),
        needs(),
        needs(acChargingParameters=AC | {"evMaxCurrent": 0}),
    ],
)
async def test_what_cannot_be_planned_for_is_rejected(told: dict[str, Any]) -> None:
    _, peer = await charging()

    assert await peer.say("NotifyEVChargingNeeds", told) == {"status": "Rejected"}

    assert peer.asked() == []


async def test_a_schedule_within_the_plan_is_accepted_and_nothing_follows() -> None:
    yard, peer = await charging()
    await peer.say("NotifyEVChargingNeeds", needs(acChargingParameters=AC))
    await peer.answer({"status": "Accepted"})

    answer = await peer.say("NotifyEVChargingSchedule", chosen(8.0))

    assert (answer, len(peer.asked())) == ({"status": "Accepted"}, 1)
    row = yard.backend.transaction("org_default", "T1")
    known = yard.backend.charging_plans.get(row.id)
    assert known is not None and known.verdict == "within"


async def test_one_that_exceeds_it_is_rejected_and_planned_anew_a_few_times() -> None:
    _, peer = await charging()
    await peer.say("NotifyEVChargingNeeds", needs(acChargingParameters=AC))

    for number in range(1, RENEGOTIATIONS + 2):
        await peer.answer({"status": "Accepted"})
        answer = await peer.say("NotifyEVChargingSchedule", chosen(32.0, number))
        assert answer == {"status": "Rejected"}

    assert len(peer.asked()) == 1 + RENEGOTIATIONS


async def test_a_schedule_of_another_profile_has_won_and_is_accepted() -> None:
    yard, peer = await charging()
    await peer.say("NotifyEVChargingNeeds", needs(acChargingParameters=AC))
    await peer.answer({"status": "Accepted"})

    answer = await peer.say("NotifyEVChargingSchedule", chosen(32.0, 700))

    known = yard.backend.charging_plans.get(yard.backend.transaction("org_default", "T1").id)
    assert answer == {"status": "Accepted"}
    assert known is not None and known.verdict == "another"


async def test_other_needs_are_planned_for_anew() -> None:
    _, peer = await charging()
    await peer.say("NotifyEVChargingNeeds", needs(acChargingParameters=AC))
    await peer.answer({"status": "Accepted"})

    await peer.say(
        "NotifyEVChargingNeeds", needs(acChargingParameters=AC | {"energyAmount": 40_000})
    )

    first, second = [one[3]["chargingProfile"] for one in peer.asked()]
    assert first["id"] == second["id"]
    [schedule] = second["chargingSchedule"]
    assert (schedule["id"], schedule["chargingSchedulePeriod"][0]["limit"]) == (2, 16.2)


async def test_external_limits_are_planned_with_until_they_are_lifted() -> None:
    _, peer = await charging()
    source = {"chargingLimitSource": "EMS"}
    schedule = chosen(7.0)["chargingSchedule"]
    told = {"chargingLimit": source, "chargingSchedule": [schedule]}

    assert await peer.say("NotifyChargingLimit", told) == {}
    await peer.say("NotifyEVChargingNeeds", needs(acChargingParameters=AC))
    await peer.answer({"status": "Accepted"})
    assert await peer.say("ClearedChargingLimit", source) == {}
    await peer.say("NotifyEVChargingNeeds", needs(acChargingParameters=AC))

    limits_sent = [
        one[3]["chargingProfile"]["chargingSchedule"][0]["chargingSchedulePeriod"][0]["limit"]
        for one in peer.asked()
    ]
    assert limits_sent == [7.0, 8.1]


async def test_a_plan_outlasts_a_restart_and_is_held_to_after_it() -> None:
    yard, peer = await charging()
    await peer.say("NotifyEVChargingNeeds", needs(acChargingParameters=AC))
    await peer.answer({"status": "Accepted"})
    await peer.say("NotifyEVChargingSchedule", chosen(8.0))
    id = yard.backend.transaction("org_default", "T1").id
    before = yard.backend.charging_plans.get(id)

    again = yard.restarted()
    known = again.backend.charging_plans.get(id)
    peer = again.connect("CP1", "ocpp2.0.1")
    await peer.boot()
    answer = await peer.say("NotifyEVChargingSchedule", chosen(32.0))

    assert known == before is not None
    assert answer == {"status": "Rejected"}
    [[_, _, action, request]] = peer.asked()
    [schedule] = request["chargingProfile"]["chargingSchedule"]
    assert (action, schedule["id"]) == ("SetChargingProfile", 2)


async def test_a_plan_that_cannot_be_stored_is_not_kept() -> None:
    yard, peer = await charging()
    yard.journal.fail(OSError("the disk is full"))

    kind, *_ = await peer.ask("NotifyEVChargingNeeds", needs(acChargingParameters=AC))

    assert kind == 4
    row = yard.backend.transaction("org_default", "T1")
    assert yard.backend.charging_plans.get(row.id) is None


def test_the_oldest_negotiations_give_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "CHARGING_PLANS", 2)
    plans = ChargingPlans()
    wanted = Needs(
        evse_id=1,
        unit="W",
        watts_per_unit=1.0,
        least=0.0,
        most=1.0,
        energy_wh=None,
        departs_at=None,
        phases=None,
        max_tuples=None,
    )

    changes = [plans.plan(transaction(number), wanted, 0.0) for number in range(3)]

    assert [plans.get(f"txn_{number}") is None for number in range(3)] == [True, False, False]
    gone, _ = changes[-1].records
    assert gone == ChargingPlanForgotten(transaction_id="txn_0")


def transaction(number: int) -> TransactionStored:
    return TransactionStored(
        id=f"txn_{number}",
        organization_id="org_default",
        charger_id="chg_1",
        charge_box_id="CP1",
        version="2.0.1",
        status="in_progress",
        created_at=0.0,
        updated_at=0.0,
    )
