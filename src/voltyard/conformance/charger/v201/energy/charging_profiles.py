"""Charging profiles of OCPP 2.0.1 as the tester's CSMS sends, asks for and judges them."""

from __future__ import annotations

from typing import Any, Final

from voltyard.conformance.charger.v201.management_system import ManagementSystem
from voltyard.conformance.wire.endings import Inconclusive
from voltyard.conformance.wire.message import MISSING, ReceivedMessage, one_of

SMART_CHARGING: Final = "SmartCharging"
"""Need of a case."""

METERED: Final = {
    "SampledDataCtrlr.TxUpdatedMeasurands": "Current.Import",
    "SampledDataCtrlr.TxUpdatedInterval": "2",
}
"""Settings with which the meter shows what the vehicle draws."""

_INACCURACY: Final = 1.05
"""Factor by which a meter may be wrong, and a vehicle beside its limit."""

_SLOW_S: Final = 10
"""A station may take so long to answer, and its schedule begins when it does."""


def profile(
    purpose: str = "TxDefaultProfile",
    limit_a: float = 8.0,
    *,
    id: int = 1,
    stack: int = 0,
    kind: str | None = None,
    periods: list[tuple[int, float]] | None = None,
    unit: str = "A",
    schedule: dict[str, Any] | None = None,
    **fields: Any,
) -> dict[str, Any]:
    """A profile of one period, or of the `periods` that begin so many seconds after its start;
    absolute where its schedule has a start, else relative."""
    schedule = schedule or {}
    return {
        "id": id,
        "stackLevel": stack,
        "chargingProfilePurpose": purpose,
        "chargingProfileKind": kind or ("Absolute" if "startSchedule" in schedule else "Relative"),
        "chargingSchedule": [
            {
                "id": id,
                "chargingRateUnit": unit,
                "chargingSchedulePeriod": [
                    {"startPeriod": start_s, "limit": limit}
                    for start_s, limit in periods or [(0, limit_a)]
                ],
                **schedule,
            }
        ],
        **fields,
    }


def station_profile(csms: ManagementSystem, limit_a: float, **fields: Any) -> dict[str, Any]:
    """A limit of the whole station, which has to have a start (K01.FR.38)."""
    schedule = {"startSchedule": csms.now(-1.0)}
    return profile("ChargingStationMaxProfile", limit_a, schedule=schedule, **fields)


async def install(
    csms: ManagementSystem, wanted: dict[str, Any], evse: int = 1, *, status: str = "Accepted"
) -> None:
    """Set a profile, which is answered with that status."""
    answer = await csms.asks("SetChargingProfile", evseId=evse, chargingProfile=wanted)
    answer.expect(status=status)


async def clear(
    csms: ManagementSystem, *, status: str = "Accepted", id: int | None = None, **criteria: Any
) -> None:
    """Clear a profile by its id, or those that meet the criteria."""
    wanted: dict[str, Any] = {"chargingProfileId": id} if id is not None else {}
    if criteria:
        wanted["chargingProfileCriteria"] = criteria
    (await csms.asks("ClearChargingProfile", **wanted)).expect(status=status)


async def reported(
    csms: ManagementSystem, evse: int | None = None, **criteria: Any
) -> dict[int, tuple[int, dict[str, Any]]]:
    """The profiles that meet the criteria, by their ids, with the EVSE of each."""
    request_id = csms.number()
    wanted = {"requestId": request_id, "chargingProfile": criteria}
    if evse is not None:
        wanted["evseId"] = evse
    answer = await csms.asks("GetChargingProfiles", **wanted)
    answer.expect(status=one_of("Accepted", "NoProfiles"))
    found: dict[int, tuple[int, dict[str, Any]]] = {}
    more = answer["status"] == "Accepted"
    while more:
        page = await csms.hears("ReportChargingProfiles")
        page.expect(requestId=request_id, rule="K09.FR.01")
        page.expect(chargingLimitSource="CSO")
        for one in page["chargingProfile"]:
            if one["id"] in found:
                raise page.broken(f"profile {one['id']} once")
            found[one["id"]] = (page["evseId"], one)
        more = page.get("tbc") is True
    return found


async def all_reported(csms: ManagementSystem) -> dict[int, tuple[int, dict[str, Any]]]:
    """Every profile that the CSMS has set."""
    return await reported(csms, chargingLimitSource=["CSO"])


async def expect_installed(csms: ManagementSystem, *ids: int) -> None:
    """The case fails unless these profiles are installed, and no others."""
    found = await all_reported(csms)
    if set(found) != set(ids):
        raise csms.record.broken(f"profiles {sorted(ids)}", f"profiles {sorted(found)}")


# --- the composite schedule -----------------------------------------------------------------------


async def composite(
    csms: ManagementSystem, evse: int = 1, *, duration_s: int = 600, **fields: Any
) -> ReceivedMessage:
    """The answer to GetCompositeSchedule, in amperes where no unit is said."""
    wanted = {"evseId": evse, "duration": duration_s, "chargingRateUnit": "A", **fields}
    return await csms.asks("GetCompositeSchedule", **wanted)


async def expect_schedule(
    csms: ManagementSystem, *expected: tuple[int, float | None], evse: int = 1
) -> None:
    """The case fails unless the composite schedule of ten minutes has these periods: when each
    begins, and its limit in amperes. None stands for what the station allows by itself, which is
    more than any other of them."""
    answer = await composite(csms, evse)
    answer.expect({"status": "Accepted", "schedule.evseId": evse, "schedule.chargingRateUnit": "A"})
    answer.expect({"schedule.duration": one_of(600, MISSING)}, rule="K08.FR.02")
    periods = answer["schedule.chargingSchedulePeriod"]
    most_a = max((limit for _, limit in expected if limit is not None), default=0.0)
    words = "limits of " + ", then ".join(
        f"{'more' if limit is None else format(limit, 'g')} A from {start_s} s on"
        for start_s, limit in expected
    )
    if len(periods) != len(expected):
        raise answer.broken(words)
    for one, (start_s, limit) in zip(periods, expected, strict=True):
        if one["limit"] <= most_a if limit is None else one["limit"] != limit:
            raise answer.broken(words)
        earliest_s = max(0, start_s - _SLOW_S) if start_s else 0
        if not earliest_s <= one["startPeriod"] <= start_s + (1 if start_s else 0):
            raise answer.broken(words)


# --- what is drawn --------------------------------------------------------------------------------


def _amperes(event: ReceivedMessage) -> float:
    """The highest current of any phase in the sampled values of an event."""
    return max(
        (
            float(sampled["value"])
            for one in event.payload.get("meterValue", [])
            for sampled in one["sampledValue"]
            if sampled.get("measurand") == "Current.Import"
        ),
        default=-1.0,
    )


async def _sample(csms: ManagementSystem) -> tuple[ReceivedMessage, float]:
    event = await csms.hears_event("Updated", "MeterValuePeriodic")
    drawn_a = _amperes(event)
    if drawn_a < 0:
        raise event.broken("a Current.Import")
    return event, drawn_a


async def draws_at_most(csms: ManagementSystem, limit_a: float) -> None:
    """The vehicle draws within the limit soon, and stays there for three samples."""
    for _ in range(10):
        event, drawn_a = await _sample(csms)
        if 0 < drawn_a <= limit_a * _INACCURACY:
            break
    for _ in range(3):
        if not 0 < drawn_a <= limit_a * _INACCURACY:
            raise event.broken(f"a Current.Import of up to {limit_a:g} A", f"{drawn_a:g} A")
        event, drawn_a = await _sample(csms)


async def draws_more_than(csms: ManagementSystem, limit_a: float) -> None:
    """Wait for a vehicle that draws more than it will be allowed, or has been; one that draws less
    of itself proves nothing."""
    for _ in range(10):
        _, drawn_a = await _sample(csms)
        if drawn_a > limit_a * _INACCURACY:
            return
    raise Inconclusive(f"the vehicle draws no more than {limit_a:g} A")
