"""Cases of OCPP 2.0.1 for a charging station: schedules negotiated with a vehicle that speaks ISO
15118 (K15, K16, K17), and the end of its session (E15)."""

from __future__ import annotations

from typing import Any, Final

from voltyard.conformance.cases.case import Cases
from voltyard.conformance.charger.v201.energy.charging_profiles import (
    METERED,
    draws_at_most,
    install,
    profile,
)
from voltyard.conformance.charger.v201.management_system import ManagementSystem
from voltyard.conformance.wire.message import MISSING, PRESENT, ReceivedMessage, one_of

CASES = Cases("charger", "2.0.1", "SmartCharging")

_ISO_15118: Final = "ISO15118"
_ACCEPTED: Final = {"NotifyEVChargingNeeds": {"status": "Accepted"}}
_NEEDS: Final = {"energy_kwh": 20.0, "departure_in_seconds": 7200}
_LONGEST_S: Final = 86_400
"""No schedule goes on for longer than a day (ISO 15118-2)."""
_ID: Final = 7
_LIMIT_A: Final = 8.0
_OTHER_A: Final = 7.0
_OFFLINE_A: Final = 9.0


# --- what a station tells -------------------------------------------------------------------------


async def _authorized(csms: ManagementSystem) -> str:
    """Plug in a vehicle that tells its needs, and show the card; the transaction's id."""
    await csms.act("plug", charging_needs=_NEEDS)
    await csms.act("swipe", id_tag=csms.tags.accepted)
    event = await csms.hears_event(trigger="Authorized")
    event.expect(eventType=one_of("Started", "Updated"))
    transaction: str = event["transactionInfo.transactionId"]
    return transaction


async def _needs(csms: ManagementSystem) -> None:
    """The station tells the needs of the vehicle at EVSE 1, with parameters of AC or of DC."""
    told = await csms.hears("NotifyEVChargingNeeds")
    told.expect(evseId=1)
    mode = told["chargingNeeds.requestedEnergyTransfer"]
    ac, dc = _present_unless(mode == "DC"), _present_unless(mode != "DC")
    told.expect(
        {"chargingNeeds.acChargingParameters": ac, "chargingNeeds.dcChargingParameters": dc},
        rule="K15.FR.06",
    )
    _expect_sound(told)


def _present_unless(absent: bool) -> Any:
    return MISSING if absent else PRESENT


def _expect_sound(told: ReceivedMessage) -> None:
    """The case fails unless the vehicle wants some energy, and takes some current."""
    needs = told["chargingNeeds"]
    ac, dc = needs.get("acChargingParameters"), needs.get("dcChargingParameters")
    if ac is not None and not (
        ac["energyAmount"] > 0
        and 0 <= ac["evMinCurrent"] <= ac["evMaxCurrent"]
        and ac["evMaxCurrent"] > 0
        and ac["evMaxVoltage"] > 0
    ):
        raise told.broken("energy, currents and a voltage of a vehicle")
    if dc is not None and not (dc["evMaxCurrent"] > 0 and dc["evMaxVoltage"] > 0):
        raise told.broken("a current and a voltage of a vehicle")


async def _set(csms: ManagementSystem, transaction: str, limit_a: float) -> None:
    """The TxProfile of the transaction limits the vehicle."""
    await install(csms, profile("TxProfile", limit_a, id=_ID, transactionId=transaction))


async def _schedule(csms: ManagementSystem, limit_a: float | None, rule: str) -> None:
    """The station tells the vehicle's schedule, which is within the limit: of the schedule of the
    TxProfile, where there is one."""
    told = await csms.hears("NotifyEVChargingSchedule")
    _expect_within(told, limit_a, rule)
    if limit_a is not None:
        told.expect({"chargingSchedule.id": _ID}, rule=rule)


def _expect_within(told: ReceivedMessage, limit_a: float | None, rule: str) -> None:
    told.expect(evseId=1)
    periods = told["chargingSchedule.chargingSchedulePeriod"]
    if periods[0]["startPeriod"] != 0:
        raise told.broken("a schedule from its timeBase on", rule=rule)
    duration_s = told.get("chargingSchedule.duration")
    if duration_s is not MISSING and not 0 < duration_s <= _LONGEST_S:
        raise told.broken(f"a schedule of {_LONGEST_S} s at most", rule=rule)
    if limit_a is None:
        return
    told.expect({"chargingSchedule.chargingRateUnit": "A"}, rule=rule)
    if any(period["limit"] > limit_a for period in periods):
        raise told.broken(f"a schedule within {limit_a:g} A", rule=rule)


# --- the cases ------------------------------------------------------------------------------------


@CASES.case(
    "TC_K_53_CS",
    "A schedule is negotiated",
    requirements=["K15.FR.01", "K15.FR.06", "K15.FR.09", "K15.FR.10"],
    needs=[_ISO_15118],
    asks=["plug", "swipe"],
    settings=METERED,
    answers=_ACCEPTED,
)
async def negotiated(csms: ManagementSystem) -> None:
    """The vehicle tells its needs before it charges, the CSMS sends a limit, and the vehicle's
    schedule keeps to it, as the meter does.

    A CSMS that plans the load of a site counts on what the vehicle has agreed to.
    """
    await csms.booted()
    transaction = await _authorized(csms)
    await _needs(csms)
    await _set(csms, transaction, _LIMIT_A)
    await _schedule(csms, _LIMIT_A, "K15.FR.09")
    await csms.hears_event(trigger="ChargingStateChanged", state="Charging")
    await draws_at_most(csms, _LIMIT_A)


@CASES.case(
    "TC_K_54_CS",
    "The CSMS has no schedule",
    requirements=["K15.FR.04", "K15.FR.10"],
    needs=[_ISO_15118],
    asks=["plug", "swipe"],
)
async def rejected(csms: ManagementSystem) -> None:
    """The CSMS cannot plan for the vehicle: it charges all the same, by what the station allows."""
    await csms.booted()
    await _authorized(csms)
    await _needs(csms)
    await _schedule(csms, None, "K15.FR.10")
    await csms.hears_event(trigger="ChargingStateChanged", state="Charging")


@CASES.case(
    "TC_K_56_CS",
    "A schedule is negotiated offline",
    requirements=["K15.FR.14", "K15.FR.15"],
    needs=[_ISO_15118],
    asks=["plug", "swipe", "network_drop", "network_restore"],
    settings={
        "AuthCtrlr.LocalAuthorizeOffline": "true",
        "AuthCtrlr.OfflineTxForUnknownIdEnabled": "true",
    },
)
async def negotiated_offline(csms: ManagementSystem) -> None:
    """Without a CSMS the vehicle is offered the default profile, and the CSMS hears of its schedule
    when the link is back.

    The limit of a site holds while its network is down.
    """
    await csms.booted()
    await install(csms, profile(limit_a=_OFFLINE_A))
    await csms.act("network_drop")
    await csms.act("plug", charging_needs=_NEEDS)
    await csms.act("swipe", id_tag=csms.tags.accepted)
    before = len(csms.handshakes)
    await csms.act("network_restore")
    await csms.reconnected(before)
    event = await csms.hears_event(state="Charging")
    event.expect(offline=True, rule="E04.FR.03")
    await csms.heard_until("NotifyEVChargingSchedule", 1)  # before or after the events
    _expect_within(csms.inbox.all("NotifyEVChargingSchedule")[0], _OFFLINE_A, "K15.FR.15")
    csms.never_heard("NotifyEVChargingNeeds")


@CASES.case(
    "TC_K_57_CS",
    "The vehicle renegotiates",
    requirements=["K17.FR.01", "K17.FR.06", "K17.FR.09", "K17.FR.10"],
    needs=[_ISO_15118],
    asks=["plug", "swipe", "charging_needs"],
    settings=METERED,
    answers=_ACCEPTED,
)
async def renegotiated_by_the_vehicle(csms: ManagementSystem) -> None:
    """The vehicle that charges has other needs, and the schedule is negotiated anew."""
    await csms.booted()
    transaction = await _authorized(csms)
    await _needs(csms)
    await _set(csms, transaction, _LIMIT_A)
    await _schedule(csms, _LIMIT_A, "K15.FR.09")
    await csms.hears_event(state="Charging")
    await csms.act("charging_needs", charging_needs={"energy_kwh": 30.0})
    await _needs(csms)
    await _set(csms, transaction, _OTHER_A)
    await _schedule(csms, _OTHER_A, "K17.FR.09")
    await draws_at_most(csms, _OTHER_A)


@CASES.case(
    "TC_K_58_CS",
    "The CSMS renegotiates",
    requirements=["K16.FR.01", "K16.FR.02", "K16.FR.04", "K16.FR.05", "K16.FR.09"],
    needs=[_ISO_15118],
    asks=["plug", "swipe"],
    settings=METERED,
    answers=_ACCEPTED,
)
async def renegotiated_by_the_csms(csms: ManagementSystem) -> None:
    """The CSMS sends another limit, the vehicle agrees to it, and tells no needs again."""
    await csms.booted()
    transaction = await _authorized(csms)
    await _needs(csms)
    await _set(csms, transaction, _LIMIT_A)
    await _schedule(csms, _LIMIT_A, "K15.FR.09")
    await csms.hears_event(state="Charging")
    await _set(csms, transaction, _OTHER_A)
    await _schedule(csms, _OTHER_A, "K16.FR.04")
    await draws_at_most(csms, _OTHER_A)
    csms.hears_nothing("NotifyEVChargingNeeds", "K16.FR.09")


@CASES.case(
    "TC_E_46_CS",
    "The vehicle ends its session",
    requirements=["E15.FR.01", "E15.FR.04"],
    needs=[_ISO_15118],
    asks=["plug", "swipe", "ev_ends_session"],
    settings={"TxCtrlr.TxStopPoint": "Authorized,PowerPathClosed"},
    group="Transactions",
)
async def ended_by_the_vehicle(csms: ManagementSystem) -> None:
    """The vehicle ends its session over ISO 15118, and the transaction ends with it.

    A driver who has stopped in the car does not pay for what the next one takes.
    """
    await csms.booted()
    await _authorized(csms)
    await csms.hears_event(state="Charging")
    await csms.act("ev_ends_session")
    ended = await csms.hears_event("Ended")
    ended.expect(
        {"triggerReason": "StopAuthorized", "transactionInfo.stoppedReason": "StoppedByEV"},
        rule="E15.FR.04",
    )
