"""OCTT's cases for a 1.6 charge point: smart charging. Limits are in A per phase at 3 x 230 V."""

from typing import Any

import pytest
from ocpp.v16 import call

from tests.foreign.octt_stage import TAG, Stage, case, charging
from voltyard.catalogue.commands import commands as do
from voltyard.kernel.time import to_rfc3339
from voltyard.physics.vehicle import Vehicle

HUNGRY = Vehicle(
    name="hungry", battery_kwh=500.0, soc_percent=10.0, max_ac_power_w=22_080.0, curve=((0.0, 1.0),)
)
W_PER_A = 690.0


def profile(
    purpose: str = "TxDefaultProfile", limit_a: float = 10.0, stack: int = 0, **fields: Any
) -> dict[str, Any]:
    """A relative profile, or an absolute one where `startSchedule` is given, of one period."""
    start = fields.pop("start", None)
    periods = fields.pop("periods", [{"startPeriod": 0, "limit": limit_a}])
    schedule = {"chargingRateUnit": "A", "chargingSchedulePeriod": periods}
    if "duration" in fields:
        schedule["duration"] = fields.pop("duration")
    if start is not None:
        schedule["startSchedule"] = to_rfc3339(start)
    return {
        "chargingProfileId": fields.pop("id", 1),
        "stackLevel": stack,
        "chargingProfilePurpose": purpose,
        "chargingProfileKind": "Relative" if start is None else "Absolute",
        "chargingSchedule": schedule,
        **fields,
    }


async def sets(stage: Stage, wanted: dict[str, Any], connector: int = 1) -> str:
    return str((await stage.asks(call.SetChargingProfile(connector, wanted))).status)


async def power_is(stage: Stage, amperes: float) -> None:
    """Within the seconds a vehicle takes to follow."""
    for _ in range(300):
        if stage.connector().power_w == pytest.approx(amperes * W_PER_A, rel=0.02):
            return
        await stage.passes(0.1)
    raise AssertionError((stage.connector().power_w, amperes * W_PER_A))


@case(vehicle=HUNGRY, sockets=True)
async def test_TC_056_CS_tx_default_profile(stage: Stage) -> None:
    await stage.booted()
    assert await sets(stage, profile(limit_a=10.0)) == "Accepted"
    await stage.do(do.PlugIn(), do.Swipe(id_tag=TAG))
    await stage.hears_status("Charging")
    await power_is(stage, 10.0)


@case(vehicle=HUNGRY, sockets=True)
async def test_TC_057_CS_tx_profile(stage: Stage) -> None:
    number = await charging(stage)
    wanted = profile("TxProfile", 8.0, transactionId=number)
    assert await sets(stage, wanted) == "Accepted"
    await power_is(stage, 8.0)


@case(sockets=True)
async def test_TC_058_1_CS_tx_profile_without_a_transaction(stage: Stage) -> None:
    await stage.booted()
    assert await sets(stage, profile("TxProfile", 8.0)) == "Rejected"


@case(sockets=True)
async def test_TC_058_2_CS_tx_profile_of_another_transaction(stage: Stage) -> None:
    number = await charging(stage)
    wanted = profile("TxProfile", 8.0, transactionId=number + 1)
    assert await sets(stage, wanted) == "Rejected"


@case(vehicle=HUNGRY, sockets=True)
async def test_TC_059_CS_remote_start_with_a_profile(stage: Stage) -> None:
    await stage.booted()
    await stage.do(do.PlugIn())
    request = call.RemoteStartTransaction(TAG, 1, charging_profile=profile("TxProfile", 9.0))
    assert (await stage.asks(request)).status == "Accepted"
    await stage.hears_status("Charging")
    await power_is(stage, 9.0)


@case(sockets=True)
async def test_TC_060_CS_remote_start_with_a_wrong_profile(stage: Stage) -> None:
    await stage.booted()
    await stage.do(do.PlugIn())
    request = call.RemoteStartTransaction(TAG, 1, charging_profile=profile("TxDefaultProfile"))
    assert (await stage.asks(request)).status == "Rejected"


@case(sockets=True)
async def test_TC_066_CS_composite_schedule(stage: Stage) -> None:
    await stage.booted()
    start = stage.central.clock() - 1.0
    periods = [{"startPeriod": 0, "limit": 12.0}, {"startPeriod": 300, "limit": 8.0}]
    whole = profile("ChargePointMaxProfile", id=1, start=start, periods=periods)
    assert await sets(stage, whole, 0) == "Accepted"
    default = profile("TxDefaultProfile", 10.0, id=2, start=start, duration=86_400)
    assert await sets(stage, default) == "Accepted"
    found = await stage.asks(call.GetCompositeSchedule(1, 600, charging_rate_unit="A"))
    assert found.status == "Accepted"
    told = found.charging_schedule["charging_schedule_period"]
    assert [one["limit"] for one in told] == [10.0, 8.0]
    assert told[0]["start_period"] == 0 and 295 <= told[1]["start_period"] <= 300


@case(sockets=True)
async def test_TC_067_CS_clear_charging_profile(stage: Stage) -> None:
    await stage.booted()
    assert await sets(stage, profile(id=5)) == "Accepted"
    assert (await stage.asks(call.ClearChargingProfile(id=5))).status == "Accepted"
    assert (await stage.asks(call.ClearChargingProfile(id=5))).status == "Unknown"


@case(vehicle=HUNGRY)
async def test_TC_072_CS_stacked_profiles(stage: Stage) -> None:
    await stage.booted()
    start = stage.central.clock()
    lower = profile(limit_a=8.0, id=1, stack=0, start=start, duration=86_400)
    upper = profile(limit_a=14.0, id=2, stack=1, start=start, duration=600)
    for one in (lower, upper):
        assert await sets(stage, one) == "Accepted"
    found = await stage.asks(call.GetCompositeSchedule(1, 1200, charging_rate_unit="A"))
    told = found.charging_schedule["charging_schedule_period"]
    assert [one["limit"] for one in told] == [14.0, 8.0]
    await stage.do(do.PlugIn(), do.Swipe(id_tag=TAG))
    await power_is(stage, 14.0)
    await stage.passes(600)
    await power_is(stage, 8.0)


@case(vehicle=HUNGRY, sockets=True)
async def test_TC_082_CS_tx_default_profile_in_a_transaction(stage: Stage) -> None:
    await charging(stage)
    assert await sets(stage, profile(limit_a=11.0)) == "Accepted"
    await power_is(stage, 11.0)
