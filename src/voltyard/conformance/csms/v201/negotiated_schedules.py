"""Cases of OCPP 2.0.1 for a CSMS: schedules negotiated with vehicles that speak ISO 15118 (K15 to
K17)."""

from __future__ import annotations

from typing import Any, Final

from voltyard.conformance.cases.case import Cases
from voltyard.conformance.csms.v201.operations import ask
from voltyard.conformance.csms.v201.station import Station
from voltyard.conformance.csms.v201.transaction import StationTransaction
from voltyard.conformance.wire.message import PRESENT, Expected, ReceivedMessage, one_of

CASES = Cases("csms", "2.0.1", "SmartCharging")

_ISO_15118: Final = "ISO15118"
_TUPLES: Final = 10
_MOST_A: Final = 32
_TOO_MUCH_A: Final = 4 * _MOST_A
_DEPARTS_S: Final = 7200.0
_SCHEDULES: Final = Expected("one to three schedules", lambda found: _is_list(found, 3))
_PERIODS: Final = Expected(f"one to {_TUPLES} periods", lambda found: _is_list(found, _TUPLES))
_SCHEDULE: Final = "chargingProfile.chargingSchedule.0"


def _is_list(found: Any, most: int) -> bool:
    return isinstance(found, list) and 1 <= len(found) <= most


# --- what the station tells, and what it is sent --------------------------------------------------


async def _needs(station: Station, energy_wh: int = 20_000) -> None:
    """The station tells the needs of a vehicle, for which the CSMS will plan."""
    parameters = {
        "energyAmount": energy_wh,
        "evMinCurrent": 6,
        "evMaxCurrent": _MOST_A,
        "evMaxVoltage": 230,
    }
    answer = await station.call(
        "NotifyEVChargingNeeds",
        evseId=1,
        maxScheduleTuples=_TUPLES,
        chargingNeeds={
            "requestedEnergyTransfer": "AC_three_phase",
            "departureTime": station.now(earlier_s=-_DEPARTS_S),
            "acChargingParameters": parameters,
        },
    )
    answer.expect(status=one_of("Accepted", "Processing"), rule="K15.FR.03, K15.FR.05")


async def _planned(station: Station, transaction: StationTransaction) -> ReceivedMessage:
    """The CSMS sends the profile that it has planned."""
    station.record.step("The CSMS sends SetChargingProfile")
    request = await station.link.receive("SetChargingProfile")
    request.expect(
        {
            "evseId": 1,
            "chargingProfile.chargingProfilePurpose": "TxProfile",
            "chargingProfile.transactionId": transaction.id,
            "chargingProfile.chargingSchedule": _SCHEDULES,
        },
        rule="K15.FR.07",
    )
    if request["chargingProfile.chargingProfileKind"] != "Relative":
        request.expect({f"{_SCHEDULE}.startSchedule": PRESENT}, rule="K01.FR.41")
    for number in range(len(request["chargingProfile.chargingSchedule"])):
        periods = f"chargingProfile.chargingSchedule.{number}.chargingSchedulePeriod"
        request.expect({periods: _PERIODS, f"{periods}.0.startPeriod": 0}, rule="K15.FR.07")
    return request


async def _chosen(
    station: Station, request: ReceivedMessage, status: str = "Accepted", **changes: Any
) -> None:
    """The vehicle has chosen the schedule that it was offered, or one with other limits; the CSMS
    answers with that status."""
    offered = request[_SCHEDULE]
    periods = [{**period, **changes} for period in offered["chargingSchedulePeriod"]]
    answer = await station.call(
        "NotifyEVChargingSchedule",
        timeBase=offered.get("startSchedule") or station.now(),
        evseId=1,
        chargingSchedule={**offered, "chargingSchedulePeriod": periods},
    )
    answer.expect(status=status, rule="K15.FR.11, K15.FR.12")


async def _authorized(station: Station) -> StationTransaction:
    """A vehicle is plugged in, and its driver authorized."""
    await station.ready()
    transaction = await station.plug_in()
    await station.authorize()
    await transaction.updated("Authorized", tag=station.tags.accepted)
    return transaction


async def _negotiated(station: Station) -> StationTransaction:
    """A vehicle charges by a schedule that it has agreed to."""
    transaction = await _authorized(station)
    await _needs(station)
    await _chosen(station, await _planned(station, transaction))
    await transaction.updated("ChargingStateChanged", state="Charging")
    return transaction


# --- the cases ------------------------------------------------------------------------------------


@CASES.case(
    "TC_K_53_CSMS",
    "A schedule is negotiated",
    requirements=["K15.FR.02", "K15.FR.03", "K15.FR.05", "K15.FR.07", "K15.FR.11"],
    needs=[_ISO_15118],
)
async def negotiated(station: Station) -> None:
    """A vehicle tells its needs, the CSMS plans for it, and takes the schedule that it chooses.

    Once they agree, the CSMS leaves the vehicle alone.
    """
    await _negotiated(station)
    await station.heartbeat()
    if again := station.link.inbox.since("SetChargingProfile"):
        raise again[0].broken("no other SetChargingProfile")


@CASES.case(
    "TC_K_55_CSMS",
    "A schedule exceeds its limits",
    requirements=["K15.FR.12", "K15.FR.13", "K16.FR.07", "K16.FR.08"],
    needs=[_ISO_15118],
)
async def schedule_exceeds_limits(station: Station) -> None:
    """A schedule above the limits is rejected, and negotiated anew: the load of a site depends on
    it."""
    transaction = await _authorized(station)
    await _needs(station)
    planned = await _planned(station, transaction)
    await _chosen(station, planned, "Rejected", limit=_TOO_MUCH_A)
    await _chosen(station, await _planned(station, transaction))
    await transaction.updated("ChargingStateChanged", state="Charging")


@CASES.case(
    "TC_K_57_CSMS",
    "The vehicle renegotiates",
    requirements=["K17.FR.02", "K17.FR.03", "K17.FR.05", "K17.FR.07", "K17.FR.11"],
    needs=[_ISO_15118],
)
async def renegotiated_by_the_vehicle(station: Station) -> None:
    """The vehicle has other needs while it charges, and is planned for anew."""
    transaction = await _negotiated(station)
    await _needs(station, 30_000)
    await _chosen(station, await _planned(station, transaction))


@CASES.case(
    "TC_K_59_CSMS",
    "The CSMS renegotiates, and the vehicle tells its needs",
    requirements=["K16.FR.06", "K17.FR.02", "K17.FR.03", "K17.FR.07"],
    needs=[_ISO_15118],
    asks=["SetChargingProfile"],
)
async def renegotiated_with_needs(station: Station) -> None:
    """The operator sends a profile, upon which the vehicle tells its needs again, and is planned
    for anew."""
    transaction = await _negotiated(station)
    schedule = {
        "id": 70,
        "chargingRateUnit": "A",
        "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 8.0}],
    }
    profile = {
        "id": 7,
        "stackLevel": 0,
        "chargingProfilePurpose": "TxProfile",
        "chargingProfileKind": "Relative",
        "transactionId": transaction.id,
        "chargingSchedule": [schedule],
    }
    numbers = ("chargingProfile.id", "chargingProfile.chargingSchedule.0.id")
    fields = {"evseId": 1, "chargingProfile": profile}
    await ask(station, "SetChargingProfile", fields, numbers=numbers)
    await _needs(station)
    await _chosen(station, await _planned(station, transaction))
