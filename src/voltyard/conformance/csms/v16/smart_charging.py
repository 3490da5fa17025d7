"""Cases of OCPP 1.6 for a CSMS: charging profiles."""

from typing import Any, Final

from voltyard.conformance.cases.case import Cases
from voltyard.conformance.csms.v16.station import ACCEPTED, Station

CASES = Cases("csms", "1.6", "SmartCharging")

_SET: Final = "OCPP 1.6 section 5.16"
_SCHEDULE: Final = {
    "chargingRateUnit": "A",
    "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 6.0}, {"startPeriod": 60, "limit": 8.1}],
}


def _profile(purpose: str, **fields: Any) -> dict[str, Any]:
    return {
        "chargingProfileId": 1,
        "stackLevel": 0,
        "chargingProfilePurpose": purpose,
        "chargingProfileKind": "Relative",
        "chargingSchedule": _SCHEDULE,
        **fields,
    }


@CASES.case("TC_056_CSMS", "Default profile", requirements=[_SET], asks=["SetChargingProfile"])
async def default_profile(station: Station) -> None:
    """The operator sets a limit for every transaction, with fractions of an ampere."""
    await station.ready()
    fields = {"connectorId": 1, "csChargingProfiles": _profile("TxDefaultProfile")}
    await station.asked("SetChargingProfile", fields, answer=ACCEPTED)


@CASES.case(
    "TC_057_CSMS", "Profile of a transaction", requirements=[_SET], asks=["SetChargingProfile"]
)
async def transaction_profile(station: Station) -> None:
    """The operator limits the running transaction, which the profile names."""
    await station.ready()
    number = await station.charge()
    fields = {
        "connectorId": 1,
        "csChargingProfiles": _profile("TxProfile", transactionId=number),
    }
    await station.asked("SetChargingProfile", fields, answer=ACCEPTED)


@CASES.case(
    "TC_059_CSMS",
    "Remote start with a profile",
    requirements=["OCPP 1.6 section 5.11"],
    asks=["RemoteStartTransaction"],
)
async def remote_start_with_a_profile(station: Station) -> None:
    """A remote start brings the profile of its transaction, without a transaction's id."""
    await station.ready()
    fields = {
        "connectorId": 1,
        "idTag": station.tags.accepted,
        "chargingProfile": _profile("TxProfile"),
    }
    await station.asked("RemoteStartTransaction", fields, answer=ACCEPTED)


@CASES.case(
    "TC_066_CSMS",
    "Composite schedule",
    requirements=["OCPP 1.6 section 5.7"],
    asks=["GetCompositeSchedule"],
)
async def composite_schedule(station: Station) -> None:
    """The operator asks what all profiles come to, and takes the schedule."""
    await station.ready()
    answer = {
        "status": "Accepted",
        "connectorId": 1,
        "scheduleStart": station.now(),
        "chargingSchedule": {**_SCHEDULE, "duration": 300},
    }
    fields = {"connectorId": 1, "duration": 300, "chargingRateUnit": "A"}
    await station.asked("GetCompositeSchedule", fields, answer=answer)
    await station.call("Heartbeat")


@CASES.case(
    "TC_067_CSMS",
    "Clear a charging profile",
    requirements=["OCPP 1.6 section 5.5"],
    asks=["SetChargingProfile", "ClearChargingProfile"],
)
async def clear_charging_profile(station: Station) -> None:
    """The operator clears a profile by its id, and those that fit a description."""
    await station.ready()
    fields = {"connectorId": 1, "csChargingProfiles": _profile("TxDefaultProfile")}
    await station.asked("SetChargingProfile", fields, answer=ACCEPTED)
    await station.asked("ClearChargingProfile", {"id": 1}, answer=ACCEPTED)
    described = {
        "connectorId": 1,
        "chargingProfilePurpose": "TxDefaultProfile",
        "stackLevel": 0,
    }
    await station.asked("ClearChargingProfile", described, answer=ACCEPTED)
