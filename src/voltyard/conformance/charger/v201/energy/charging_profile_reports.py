"""Cases of OCPP 2.0.1 for a charging station: profiles cleared and reported, and the composite
schedule (K08, K09, K10)."""

from __future__ import annotations

from typing import Any

from voltyard.conformance.cases.case import Cases, Row
from voltyard.conformance.charger.v201.energy.charging_profiles import (
    SMART_CHARGING,
    clear,
    composite,
    expect_installed,
    expect_schedule,
    install,
    profile,
    reported,
    station_profile,
)
from voltyard.conformance.charger.v201.energy.smart_charging import unsupported_unit
from voltyard.conformance.charger.v201.management_system import ManagementSystem
from voltyard.conformance.subject import SEVERAL_EVSES

CASES = Cases("charger", "2.0.1", "SmartCharging")


# --- clearing -------------------------------------------------------------------------------------


async def _three(csms: ManagementSystem) -> None:
    """Boot; TxDefaultProfiles 1 and 2 at levels 0 and 1 of EVSE 1, and 3 of the whole station."""
    await csms.booted()
    await install(csms, profile(id=1, stack=0))
    await install(csms, profile(id=2, stack=1))
    await install(csms, station_profile(csms, 20.0, id=3), 0)


@CASES.case(
    "TC_K_05_CS", "Clear a profile by its id", requirements=["K10.FR.03"], needs=[SMART_CHARGING]
)
async def clear_by_id(csms: ManagementSystem) -> None:
    """The profile of that id is gone, the others stay."""
    await _three(csms)
    await clear(csms, id=2)
    await expect_installed(csms, 1, 3)


@CASES.case(
    "TC_K_06_CS",
    "Clear a profile by purpose and level",
    requirements=["K10.FR.04"],
    needs=[SMART_CHARGING],
)
async def clear_by_criteria(csms: ManagementSystem) -> None:
    """Only a profile that meets all criteria is gone."""
    await _three(csms)
    await clear(csms, chargingProfilePurpose="TxDefaultProfile", stackLevel=0)
    await expect_installed(csms, 2, 3)


@CASES.case(
    "TC_K_07_CS",
    "Clear profiles, none meets the criteria",
    requirements=["K10.FR.01", "K10.FR.04"],
    needs=[SMART_CHARGING],
)
async def clear_unknown_criteria(csms: ManagementSystem) -> None:
    """The answer is Unknown, and all profiles stay, where none meets all criteria."""
    await _three(csms)
    await clear(
        csms, chargingProfilePurpose="ChargingStationMaxProfile", stackLevel=1, status="Unknown"
    )
    await expect_installed(csms, 1, 2, 3)


@CASES.case(
    "TC_K_08_CS",
    "Clear a profile, none is there",
    requirements=["K10.FR.01"],
    needs=[SMART_CHARGING],
)
async def clear_nothing(csms: ManagementSystem) -> None:
    """The answer is Unknown where there is no profile at all."""
    await csms.booted()
    await clear(csms, id=1, status="Unknown")


@CASES.case(
    "TC_K_24_CS",
    "Clear several profiles by purpose and level",
    requirements=["K10.FR.04"],
    needs=[SMART_CHARGING, SEVERAL_EVSES],
)
async def clear_several(csms: ManagementSystem) -> None:
    """All profiles that meet the criteria are gone, at whichever EVSE."""
    await csms.booted()
    await install(csms, profile(id=1, stack=0), 1)
    await install(csms, profile(id=2, stack=0), 2)
    await install(csms, profile(id=3, stack=1), 1)
    await clear(csms, chargingProfilePurpose="TxDefaultProfile", stackLevel=0)
    await expect_installed(csms, 3)


# --- reports --------------------------------------------------------------------------------------

_CSO = {"chargingLimitSource": ["CSO"]}
_DEFAULT = {"chargingProfilePurpose": "TxDefaultProfile"}


@CASES.each(
    Row("TC_K_29_CS", "Profiles of the station", evse=0, criteria=_CSO, ids={1, 2}),
    Row("TC_K_30_CS", "Profiles of an EVSE", evse=1, criteria=_CSO, ids={3, 4}),
    Row("TC_K_31_CS", "Profiles of any EVSE", evse=None, criteria=_DEFAULT, ids={2, 3, 4}),
    Row(
        "TC_K_32_CS",
        "Profiles by their ids",
        evse=None,
        criteria={"chargingProfileId": [1, 4]},
        ids={1, 4},
    ),
    Row("TC_K_33_CS", "Profiles by level", evse=1, criteria={"stackLevel": 1}, ids={3}),
    Row(
        "TC_K_34_CS",
        "Profiles by source",
        evse=1,
        criteria={"chargingLimitSource": ["CSO", "EMS"]},
        ids={3, 4},
    ),
    Row("TC_K_35_CS", "Profiles by purpose", evse=1, criteria=_DEFAULT, ids={3, 4}),
    Row(
        "TC_K_36_CS",
        "Profiles by purpose and level",
        evse=1,
        criteria={**_DEFAULT, "stackLevel": 2},
        ids={4},
    ),
    requirements=["K09.FR.01", "K09.FR.02", "K09.FR.04", "K09.FR.05", "K09.FR.06"],
    needs=[SMART_CHARGING],
)
async def report(
    csms: ManagementSystem, evse: int | None, criteria: dict[str, Any], ids: set[int]
) -> None:
    """Exactly the profiles that were asked for are reported, at their EVSE, as they were set.

    A CSMS that has lost its own records rebuilds them from this report.
    """
    await csms.booted()
    wanted = {
        1: (0, station_profile(csms, 20.0, id=1)),
        2: (0, profile(id=2, stack=0)),
        3: (1, profile(id=3, stack=1, limit_a=12.0)),
        4: (1, profile(id=4, stack=2, periods=[(0, 10.0), (60, 9.5)])),
    }
    for at, one in wanted.values():
        await install(csms, one, at)
    found = await reported(csms, evse, **criteria)
    if set(found) != ids:
        raise csms.record.broken(f"profiles {sorted(ids)}", f"profiles {sorted(found)}")
    for id, (at, one) in found.items():
        if at != wanted[id][0]:
            raise csms.record.broken(f"profile {id} at EVSE {wanted[id][0]}", f"at EVSE {at}")
        if _essence(one) != _essence(wanted[id][1]):
            raise csms.record.broken(f"profile {id} as it was set", str(one))


def _essence(one: dict[str, Any]) -> list[Any]:
    """The fields of a profile that may not change."""
    [schedule] = one["chargingSchedule"]
    periods = [
        (period["startPeriod"], float(period["limit"]))
        for period in schedule["chargingSchedulePeriod"]
    ]
    names = ("stackLevel", "chargingProfilePurpose", "chargingProfileKind")
    return [*(one[name] for name in names), schedule["chargingRateUnit"], periods]


# --- the composite schedule -----------------------------------------------------------------------


@CASES.case(
    "TC_K_39_CS",
    "Composite schedule without profiles",
    requirements=["K08.FR.02"],
    needs=[SMART_CHARGING],
)
async def composite_of_nothing(csms: ManagementSystem) -> None:
    """Without a profile the schedule has what the station can give, for the whole time."""
    await csms.booted()
    await expect_schedule(csms, (0, None))


@CASES.case(
    "TC_K_40_CS",
    "Composite schedule of stacked profiles",
    requirements=["K01.FR.17", "K08.FR.02", "K08.FR.06"],
    needs=[SMART_CHARGING],
)
async def composite_of_a_stack(csms: ManagementSystem) -> None:
    """Of profiles of one purpose the one of the highest level counts, while it has a period, even
    where it allows more."""
    await csms.booted()
    start = csms.now(-1.0)
    lower = {"startSchedule": start, "duration": 86_400}
    upper = {"startSchedule": start, "duration": 301}
    await install(csms, profile(limit_a=7.0, id=1, stack=0, schedule=lower))
    await install(csms, profile(limit_a=11.0, id=2, stack=1, schedule=upper))
    await expect_schedule(csms, (0, 11.0), (300, 7.0))


@CASES.case(
    "TC_K_41_CS",
    "Composite schedule of several purposes",
    requirements=["K08.FR.02", "K08.FR.04", "K08.FR.06", "SC.01"],
    needs=[SMART_CHARGING],
)
async def composite_of_purposes(csms: ManagementSystem) -> None:
    """Of several purposes the lowest limit counts at each moment: each of them protects something
    else."""
    await csms.booted()
    start = {"startSchedule": csms.now(-1.0)}
    periods = [(0, 12.0), (301, 8.0)]
    station = profile("ChargingStationMaxProfile", id=1, periods=periods, schedule=start)
    await install(csms, station, 0)
    await install(csms, profile(limit_a=10.0, id=2, schedule={**start, "duration": 86_400}))
    await expect_schedule(csms, (0, 10.0), (300, 8.0))


@CASES.case(
    "TC_K_42_CS",
    "Composite schedule in a unit that is not supported",
    requirements=["K08.FR.07"],
    needs=[SMART_CHARGING],
    spec={"settings": {"SmartChargingCtrlr.RateUnit": "A"}},
)
async def composite_in_another_unit(csms: ManagementSystem) -> None:
    """A station tells of no limits in a unit in which it cannot keep them."""
    await csms.booted()
    unit = await unsupported_unit(csms)
    (await composite(csms, chargingRateUnit=unit)).expect(status="Rejected")


@CASES.case(
    "TC_K_47_CS",
    "Composite schedule of an unknown EVSE",
    requirements=["K08.FR.05"],
    needs=[SMART_CHARGING],
)
async def composite_of_an_unknown_evse(csms: ManagementSystem) -> None:
    """There is no schedule of an EVSE that is not there."""
    await csms.booted()
    (await composite(csms, csms.subject.evses + 7)).expect(status="Rejected")
