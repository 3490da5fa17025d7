"""Block K: charging profiles, external limits, and vehicles that negotiate schedules."""

from typing import Any

from .stage import TAG, Stage
from .story import Story

DEFAULT = {
    "id": 3,
    "stackLevel": 0,
    "chargingProfilePurpose": "TxDefaultProfile",
    "chargingProfileKind": "Relative",
    "chargingSchedule": [
        {
            "id": 1,
            "chargingRateUnit": "A",
            "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 8.1}],
        }
    ],
}
"""8.1 A: a limit that is no multiple of 0.1 in binary floats."""


async def profiles(here: Stage) -> None:
    """K01, K08 to K10."""
    await here.charging()
    await here.accepts("SetChargingProfile", evse_id=1, charging_profile=DEFAULT)
    limited = await here.until(
        lambda state: state["connectors"][0]["limit_source"] == "TxDefaultProfile"
    )
    await here.accepts(
        "GetChargingProfiles",
        request_id=9,
        charging_profile={"chargingProfilePurpose": "TxDefaultProfile"},
    )
    reported = await here.pages("ReportChargingProfiles", 9)
    composite = await here.accepts(
        "GetCompositeSchedule", evse_id=1, duration=600, charging_rate_unit="A"
    )
    await here.accepts("ClearChargingProfile", charging_profile_id=3)
    none = await here.told(
        "GetChargingProfiles", request_id=10, charging_profile={"chargingProfileId": [3]}
    )

    assert limited["connectors"][0]["current_a"] == 8.1
    [profile] = reported[0]["chargingProfile"]
    assert profile["chargingSchedule"] == DEFAULT["chargingSchedule"]
    [period] = composite["schedule"]["charging_schedule_period"]
    assert period["limit"] == 8.1
    assert none["status"] == "NoProfiles"


async def external_limit(here: Stage) -> None:
    """K11 to K13."""
    await here.charging()
    await here.does("external-limit", source="SO", limit=4_140, is_grid_critical=True)
    notified = await here.hears("NotifyChargingLimit")
    changed = await here.hears("TransactionEvent", triggerReason="ChargingRateChanged")
    composite = await here.accepts(
        "GetCompositeSchedule", evse_id=0, duration=60, charging_rate_unit="W"
    )
    await here.does("clear-external-limit", source="SO")
    cleared = await here.hears("ClearedChargingLimit")

    assert notified["chargingLimit"] == {"chargingLimitSource": "SO", "isGridCritical": True}
    assert notified["chargingSchedule"][0]["chargingSchedulePeriod"][0]["limit"] == 4_140
    assert changed["eventType"] == "Updated"
    assert composite["schedule"]["charging_schedule_period"][0]["limit"] == 4_140
    assert cleared["chargingLimitSource"] == "SO"


TELLS_SCHEDULES = {"SmartChargingCtrlr.NotifyChargingLimitWithSchedules": "true"}


def tx_profile(transaction_id: str, limit: float, id: int) -> dict[str, Any]:
    """A TxProfile of one limit."""
    return {
        **DEFAULT,
        "id": id,
        "chargingProfilePurpose": "TxProfile",
        "transactionId": transaction_id,
        "chargingSchedule": [
            {
                "id": 1,
                "chargingRateUnit": "A",
                "chargingSchedulePeriod": [{"startPeriod": 0, "limit": limit}],
            }
        ],
    }


async def negotiation(here: Stage) -> None:
    """K15 to K17: needs, a profile, the vehicle's schedule; then each side has it anew."""
    needs = {"energy_kwh": 30, "departure_in_seconds": 7_200}
    await here.does("start-session", id_tag=TAG, charging_needs=needs)
    told = await here.hears("NotifyEVChargingNeeds")
    started = await here.hears("TransactionEvent", eventType="Started")
    transaction_id = started["transactionInfo"]["transactionId"]
    waiting = await here.state()
    await here.accepts(
        "SetChargingProfile", evse_id=1, charging_profile=tx_profile(transaction_id, 10, 20)
    )
    await here.hears("NotifyEVChargingSchedule")
    await here.until(lambda state: state["connectors"][0]["current_a"] == 10)

    await here.accepts(  # K16: the CSMS has the vehicle negotiate anew
        "SetChargingProfile", evse_id=1, charging_profile=tx_profile(transaction_id, 8, 20)
    )
    anew = await here.hears("NotifyEVChargingSchedule", count=2)
    await here.until(lambda state: state["connectors"][0]["current_a"] == 8)

    await here.does("charging-needs", charging_needs={"energy_kwh": 5})  # K17: the vehicle does
    other = await here.hears("NotifyEVChargingNeeds", count=2)
    await here.accepts(
        "SetChargingProfile", evse_id=1, charging_profile=tx_profile(transaction_id, 12, 20)
    )
    await here.hears("NotifyEVChargingSchedule", count=3)
    await here.does("ev-ends-session")

    assert told["chargingNeeds"]["acChargingParameters"]["energyAmount"] == 30_000
    assert waiting["connectors"][0]["power_w"] == 0
    assert anew["chargingSchedule"]["chargingSchedulePeriod"][0]["limit"] <= 8
    assert other["chargingNeeds"]["acChargingParameters"]["energyAmount"] == 5_000
    assert (await here.ended())["transactionInfo"]["stoppedReason"] == "StoppedByEV"


STORIES = (
    Story(
        "K: profiles limit a transaction",
        profiles,
        (
            "SetChargingProfile",
            "GetChargingProfiles",
            "GetCompositeSchedule",
            "ClearChargingProfile",
        ),
        hears=("ReportChargingProfiles",),
    ),
    Story(
        "K: a grid operator limits the charger",
        external_limit,
        ("GetCompositeSchedule",),
        hears=("NotifyChargingLimit", "ClearedChargingLimit"),
        charger={"settings": TELLS_SCHEDULES},
    ),
    Story(
        "K: a vehicle negotiates its schedule, three times",
        negotiation,
        ("SetChargingProfile",),
        hears=("NotifyEVChargingNeeds", "NotifyEVChargingSchedule"),
    ),
)
