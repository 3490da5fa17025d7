"""Cases of OCPP 2.0.1 for a charging station: charging profiles that are set (K01, K02, K05)."""

from __future__ import annotations

from typing import Any

from voltyard.conformance.cases.case import Cases, Row
from voltyard.conformance.charger.v201.energy.charging_profiles import (
    METERED,
    SMART_CHARGING,
    all_reported,
    clear,
    draws_at_most,
    draws_more_than,
    expect_installed,
    expect_schedule,
    install,
    profile,
    station_profile,
)
from voltyard.conformance.charger.v201.management_system import ManagementSystem
from voltyard.conformance.wire.endings import NotApplicable

CASES = Cases("charger", "2.0.1", "SmartCharging")

_OFF = {"SmartChargingCtrlr.Enabled": "false"}
_CAN_BE_SET = "SmartChargingCtrlr.Enabled can be set"


# --- limits that are kept -------------------------------------------------------------------------


@CASES.case(
    "TC_K_01_CS",
    "TxDefaultProfile of an EVSE",
    requirements=["K01.FR.07", "K01.FR.10", "K01.FR.15", "K01.FR.51", "K08.FR.06"],
    needs=[SMART_CHARGING],
    asks=["plug", "swipe"],
    settings=METERED,
)
async def default_profile_of_an_evse(csms: ManagementSystem) -> None:
    """A limit for every transaction of an EVSE holds there from the start, and nowhere else."""
    await csms.booted()
    await install(csms, profile(limit_a=8.0))
    await expect_schedule(csms, (0, 8.0))
    for evse in range(2, csms.subject.evses + 1):
        await expect_schedule(csms, (0, None), evse=evse)
    await csms.starts()
    await draws_at_most(csms, 8.0)


@CASES.case(
    "TC_K_10_CS",
    "TxDefaultProfile of all EVSEs",
    requirements=["K01.FR.07", "K01.FR.14", "K08.FR.06"],
    needs=[SMART_CHARGING],
    asks=["plug", "swipe"],
    settings=METERED,
)
async def default_profile_of_all_evses(csms: ManagementSystem) -> None:
    """A default for EVSE 0 holds at each of them, and is one profile, not one for each."""
    await csms.booted()
    await install(csms, profile(limit_a=8.0), 0)
    for evse in range(1, csms.subject.evses + 1):
        await expect_schedule(csms, (0, 8.0), evse=evse)
    await expect_installed(csms, 1)
    await csms.starts()
    await draws_at_most(csms, 8.0)


@CASES.case(
    "TC_K_03_CS",
    "ChargingStationMaxProfile",
    requirements=["K01.FR.07", "K04.FR.03", "K04.FR.05", "K08.FR.03", "K08.FR.04"],
    needs=[SMART_CHARGING],
    asks=["plug", "swipe"],
    settings=METERED,
)
async def station_limit(csms: ManagementSystem) -> None:
    """The station as a whole stays below its limit: a fuse of the building depends on it."""
    await csms.booted()
    await install(csms, station_profile(csms, 10.0), 0)
    await expect_schedule(csms, (0, 10.0), evse=0)
    await csms.starts()
    await draws_at_most(csms, 10.0)


@CASES.case(
    "TC_K_60_CS",
    "TxProfile in a transaction",
    requirements=["K01.FR.04", "K02.FR.04", "K02.FR.05"],
    needs=[SMART_CHARGING],
    asks=["plug", "swipe", "unplug"],
    settings=METERED,
)
async def profile_of_a_transaction(csms: ManagementSystem) -> None:
    """A profile of the running transaction goes before the default, and goes with the
    transaction."""
    transaction = await csms.charging()
    await install(csms, profile(limit_a=10.0, id=1))
    await draws_at_most(csms, 10.0)
    await install(csms, profile("TxProfile", 7.0, id=2, transactionId=transaction))
    await draws_at_most(csms, 7.0)
    await csms.act("swipe", id_tag=csms.tags.accepted)
    await csms.act("unplug")
    await csms.hears_event("Ended", transactionId=transaction)
    await expect_installed(csms, 1)


@CASES.case(
    "TC_K_28_CS",
    "TxDefaultProfile in a transaction",
    requirements=["K01.FR.15", "K01.FR.32"],
    needs=[SMART_CHARGING],
    asks=["plug", "swipe"],
    settings=METERED,
)
async def default_profile_in_a_transaction(csms: ManagementSystem) -> None:
    """A limit for every transaction holds for the running one, too, which goes on."""
    transaction = await csms.charging()
    await draws_more_than(csms, 8.0)
    await install(csms, profile(limit_a=8.0))
    await draws_at_most(csms, 8.0)
    for one in csms.events(transaction):
        if one["eventType"] == "Ended":
            raise one.broken("a transaction that goes on", rule="K01.FR.32")


@CASES.case(
    "TC_K_09_CS",
    "Clear a TxDefaultProfile in a transaction",
    requirements=["K10.FR.03", "K10.FR.05"],
    needs=[SMART_CHARGING],
    asks=["plug", "swipe"],
    settings=METERED,
)
async def default_profile_cleared_in_a_transaction(csms: ManagementSystem) -> None:
    """A limit that is cleared no longer holds for whoever charges: the vehicle draws more."""
    await csms.charging()
    await draws_more_than(csms, 7.0)
    await install(csms, profile(limit_a=7.0))
    await draws_at_most(csms, 7.0)
    await clear(csms, id=1)
    await draws_more_than(csms, 7.0)


@CASES.case(
    "TC_K_04_CS",
    "Replace a profile by its id",
    requirements=["K01.FR.05"],
    needs=[SMART_CHARGING],
)
async def replaced(csms: ManagementSystem) -> None:
    """A profile of an id that is there takes the place of the other, whatever else it says."""
    await csms.booted()
    await install(csms, profile(limit_a=10.0, stack=0))
    await install(csms, profile(limit_a=6.0, stack=1))
    await expect_schedule(csms, (0, 6.0))
    [(_, found)] = (await all_reported(csms)).values()
    if found["stackLevel"] != 1:
        raise csms.record.broken("stack level 1", str(found), rule="K01.FR.05")


@CASES.case(
    "TC_K_13_CS",
    "Profiles outlast a reboot",
    requirements=["K01.FR.27"],
    needs=[SMART_CHARGING],
)
async def outlasts_a_reboot(csms: ManagementSystem) -> None:
    """Limits hold after a restart, too, before the CSMS could set them anew."""
    await csms.booted()
    await install(csms, profile(limit_a=8.0))
    await install(csms, station_profile(csms, 20.0, id=2), 0)
    await csms.reset()
    await csms.hears("BootNotification")
    await expect_installed(csms, 1, 2)
    await expect_schedule(csms, (0, 8.0))


# --- limits in time -------------------------------------------------------------------------------


@CASES.case(
    "TC_K_19_CS",
    "Recurring profile",
    requirements=["K01.FR.13", "K01.FR.40"],
    needs=[SMART_CHARGING],
)
async def recurring(csms: ManagementSystem) -> None:
    """A daily limit holds at its time of the day, and at no other."""
    await csms.booted()
    yesterday = {"startSchedule": csms.now(120.0 - 86_400.0), "duration": 240}
    await install(
        csms,
        profile(limit_a=6.0, kind="Recurring", recurrencyKind="Daily", schedule=yesterday),
    )
    await expect_schedule(csms, (0, None), (120, 6.0), (360, None))


@CASES.each(
    Row("TC_K_21_CS", "Profile that is valid later", field="validFrom"),
    Row("TC_K_22_CS", "Profile that is valid no longer", field="validTo"),
    requirements=["K01.FR.36", "K01.FR.37"],
    needs=[SMART_CHARGING],
)
async def valid_for_a_time(csms: ManagementSystem, field: str) -> None:
    """A profile limits while it is valid, not before and not after."""
    await csms.booted()
    valid: dict[str, Any] = {field: csms.now(300.0)}
    await install(csms, profile(limit_a=6.0, **valid))
    periods = [(0, None), (300, 6.0)] if field == "validFrom" else [(0, 6.0), (300, None)]
    await expect_schedule(csms, *periods)


@CASES.case(
    "TC_K_23_CS",
    "Schedule that starts later",
    requirements=["K01.FR.11", "K01.FR.12", "K01.FR.30", "K01.FR.40"],
    needs=[SMART_CHARGING],
)
async def starts_later(csms: ManagementSystem) -> None:
    """A schedule limits from its start on, period after period, until its duration is over."""
    await csms.booted()
    later = {"startSchedule": csms.now(120.0), "duration": 360}
    periods = [(0, 8.0), (120, 6.0), (400, 7.0)]
    await install(csms, profile(periods=periods, schedule=later))
    await expect_schedule(csms, (0, None), (120, 8.0), (240, 6.0), (480, None))


# --- profiles that are refused --------------------------------------------------------------------


@CASES.case(
    "TC_K_02_CS",
    "TxProfile without a transaction",
    requirements=["K01.FR.09"],
    needs=[SMART_CHARGING],
)
async def transaction_profile_without_one(csms: ManagementSystem) -> None:
    """A profile of a transaction is refused where none is running."""
    await csms.booted()
    wanted = profile("TxProfile", transactionId="VY-NO-TRANSACTION")
    await install(csms, wanted, status="Rejected")
    await expect_installed(csms)


@CASES.each(
    Row("TC_K_16_CS", "TxProfile of an unknown transaction", transaction="VY-OTHER"),
    Row("TC_K_11_CS", "TxProfile for all EVSEs", evse=0),
    requirements=["K01.FR.16", "K01.FR.33"],
    needs=[SMART_CHARGING],
    asks=["plug", "swipe"],
)
async def wrong_transaction_profile(
    csms: ManagementSystem, evse: int = 1, transaction: str = ""
) -> None:
    """A TxProfile is for one transaction, at the EVSE where it runs; any other is refused."""
    runs = await csms.charging()
    wanted = profile("TxProfile", 6.0, transactionId=transaction or runs)
    await install(csms, wanted, evse, status="Rejected")
    await expect_installed(csms)


@CASES.case(
    "TC_K_14_CS",
    "Profile for an EVSE that is not there",
    requirements=["K01.FR.28"],
    needs=[SMART_CHARGING],
)
async def unknown_evse(csms: ManagementSystem) -> None:
    """A profile for an EVSE that is not there is refused, not kept for nothing."""
    await csms.booted()
    await install(csms, profile(), csms.subject.evses + 7, status="Rejected")
    await expect_installed(csms)


async def unsupported_unit(csms: ManagementSystem) -> str:
    """The rate unit that the station does not have. NotApplicable where it has both."""
    has = await csms.get_variable("SmartChargingCtrlr.RateUnit")
    for unit in ("A", "W"):
        if unit not in has.split(","):
            return unit
    raise NotApplicable("the station has both rate units")


@CASES.case(
    "TC_K_12_CS",
    "Profile with a unit that is not supported",
    requirements=["K01.FR.26"],
    needs=[SMART_CHARGING],
    spec={"settings": {"SmartChargingCtrlr.RateUnit": "A"}},
)
async def wrong_unit(csms: ManagementSystem) -> None:
    """A station that counts in amperes cannot keep a limit in watts, or the other way round."""
    await csms.booted()
    unit = await unsupported_unit(csms)
    await install(csms, profile(limit_a=6_000.0, unit=unit), status="Rejected")
    await expect_installed(csms)


@CASES.case(
    "TC_K_15_CS",
    "Smart charging is not supported",
    requirements=["K01.FR.29"],
    needs=[_CAN_BE_SET],
    settings=_OFF,
)
async def not_supported(csms: ManagementSystem) -> None:
    """A station without smart charging says so by an error: no CSMS may count on its limits."""
    await csms.booted()
    error = await csms.is_refused("SetChargingProfile", evseId=1, chargingProfile=profile())
    if error.code not in ("NotSupported", "NotImplemented"):
        raise csms.record.broken(
            "CALLERROR NotSupported or NotImplemented", error.code, frame=error.frame
        )


# --- remote start ---------------------------------------------------------------------------------


async def _start_with(csms: ManagementSystem, wanted: dict[str, Any]) -> None:
    await csms.act("plug")
    await csms.remote_start(chargingProfile=wanted)
    await csms.hears_event(state="Charging")


@CASES.case(
    "TC_K_37_CS",
    "Remote start with a profile",
    requirements=["K05.FR.02", "K05.FR.03"],
    needs=[SMART_CHARGING],
    asks=["plug"],
    settings=METERED,
)
async def remote_start_with_a_profile(csms: ManagementSystem) -> None:
    """The profile that a remote start brings limits the transaction that comes of it."""
    await csms.booted()
    await _start_with(csms, profile("TxProfile", 9.0))
    await draws_at_most(csms, 9.0)
    [(evse, found)] = (await all_reported(csms)).values()
    if (evse, found["chargingProfilePurpose"]) != (1, "TxProfile"):
        raise csms.record.broken("the TxProfile at EVSE 1", str(found))


@CASES.case(
    "TC_K_38_CS",
    "Remote start, the profile is ignored",
    requirements=["K05.FR.04", "F02.FR.20"],
    needs=[_CAN_BE_SET],
    asks=["plug"],
    settings=_OFF,
)
async def profile_is_ignored(csms: ManagementSystem) -> None:
    """A station without smart charging starts all the same: the driver shall not wait in vain."""
    await csms.booted()
    await _start_with(csms, profile("TxProfile", 9.0))
