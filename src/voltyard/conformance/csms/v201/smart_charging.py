"""Cases of OCPP 2.0.1 for a CSMS: smart charging (block K)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from voltyard.conformance.cases.case import Cases, Row
from voltyard.conformance.csms.v201.answers import ACCEPTED, REJECTED
from voltyard.conformance.csms.v201.operations import ask
from voltyard.conformance.csms.v201.station import EVSES, Station
from voltyard.conformance.wire.message import ReceivedMessage
from voltyard.conformance.wire.tester_link import Answer, GivenError

CASES = Cases("csms", "2.0.1", "SmartCharging")

_DURATION_S: Final = 300
_NUMBERS: Final = ("chargingProfile.id", "chargingProfile.chargingSchedule.0.id", "remoteStartId")
"""Ids that a CSMS may choose itself."""


def _schedule(limit: float, **fields: Any) -> dict[str, Any]:
    period = {"startPeriod": 0, "limit": limit}
    return {"id": 1, "chargingRateUnit": "A", "chargingSchedulePeriod": [period], **fields}


def _profile(station: Station, kind: str = "Absolute", limit: float = 6.0, **fields: Any) -> Any:
    """A profile of that kind; a Relative one has no begin of its own."""
    profile: dict[str, Any] = {
        "id": 1,
        "stackLevel": 0,
        "chargingProfilePurpose": "TxDefaultProfile",
        "chargingProfileKind": kind,
        "chargingSchedule": [_schedule(limit)],
        **fields,
    }
    if kind != "Relative":
        begin = station.now()
        profile["validFrom"] = begin
        profile["validTo"] = station.now(earlier_s=-_DURATION_S)
        profile["chargingSchedule"] = [_schedule(limit, startSchedule=begin, duration=_DURATION_S)]
    return profile


async def _set(
    station: Station,
    profile: dict[str, Any],
    evse: int = 1,
    answer: Answer = ACCEPTED,
    absent: Collection[str] = (),
) -> ReceivedMessage:
    """The operator sets a charging profile; the station answers so."""
    return await ask(
        station,
        "SetChargingProfile",
        {"evseId": evse, "chargingProfile": profile},
        answer,
        numbers=_NUMBERS,
        absent=absent,
    )


@CASES.each(
    Row("TC_K_01_CSMS", "Default profile for an EVSE", purpose="TxDefaultProfile"),
    Row("TC_K_10_CSMS", "Default profile for all EVSEs", purpose="TxDefaultProfile", evse=0),
    Row("TC_K_03_CSMS", "Limit of a station", purpose="ChargingStationMaxProfile", evse=0),
    requirements=["K01.FR.31", "K01.FR.38"],
    asks=["SetChargingProfile"],
)
async def set_profile(station: Station, purpose: str, evse: int = 1) -> None:
    """The operator limits what an EVSE or the whole station takes, for a time.

    Where the limit holds is in the EVSE's number (0 is all), and when in the schedule's start: an
    absolute profile without a start is none.
    """
    await station.ready()
    await _set(station, _profile(station, chargingProfilePurpose=purpose), evse)
    await station.heartbeat()


@CASES.case(
    "TC_K_19_CSMS",
    "A profile that recurs",
    requirements=["K01"],
    asks=["SetChargingProfile"],
)
async def recurring_profile(station: Station) -> None:
    """The operator sets a limit that holds each day anew."""
    await station.ready()
    await _set(station, _profile(station, "Recurring", recurrencyKind="Daily"))
    await station.heartbeat()


@CASES.case(
    "TC_K_60_CSMS",
    "Profile of a transaction",
    requirements=["K01.FR.03", "K01.FR.31"],
    asks=["SetChargingProfile"],
)
async def transaction_profile(station: Station) -> None:
    """The operator limits the session that runs, and the profile names its transaction.

    Without the name, the limit could fall on the next driver's session.
    """
    await station.ready()
    transaction = await station.charge()
    profile = _profile(
        station, "Relative", chargingProfilePurpose="TxProfile", transactionId=transaction.id
    )
    start = "chargingProfile.chargingSchedule.0.startSchedule"
    await _set(station, profile, absent=[start])
    await transaction.updated("ChargingRateChanged")


@CASES.case(
    "TC_K_02_CSMS",
    "Profile of a transaction that is over",
    requirements=["K01"],
    asks=["SetChargingProfile"],
)
async def profile_of_no_transaction(station: Station) -> None:
    """The session has just ended when its profile comes: the station rejects it.

    The CSMS takes that, and goes on. Messages cross; a profile is no order.
    """
    await station.ready()
    transaction = await station.charge()
    await station.finish(transaction)
    profile = _profile(
        station,
        "Relative",
        7.0,
        chargingProfilePurpose="TxProfile",
        transactionId=transaction.id,
    )
    await _set(station, profile, answer=REJECTED)
    await station.heartbeat()


@CASES.case(
    "TC_K_15_CSMS",
    "Profiles are not supported",
    requirements=["K01"],
    asks=["SetChargingProfile"],
)
async def not_supported(station: Station) -> None:
    """The station has no smart charging and answers with an error; the CSMS lives with it."""
    await station.ready()
    await _set(station, _profile(station), answer=GivenError("NotSupported"))
    await station.heartbeat()


@CASES.case(
    "TC_K_04_CSMS",
    "A profile is replaced",
    requirements=["K01"],
    asks=["SetChargingProfile"],
)
async def replace_profile(station: Station) -> None:
    """The operator changes a limit: the profile comes again under the same id.

    A station replaces a profile by its id; under another one it has two that contradict each other.
    """
    await station.ready()
    first = await _set(station, _profile(station, limit=8.0))
    second = await _set(station, _profile(station, limit=6.0))
    second.expect({"chargingProfile.id": first["chargingProfile.id"]})


@CASES.case(
    "TC_K_70_CSMS",
    "Several profiles",
    requirements=["K01"],
    asks=["SetChargingProfile"],
)
async def several_profiles(station: Station) -> None:
    """Two profiles of one purpose stand on two stack levels, each with an id of its own."""
    await station.ready()
    first = await _set(station, _profile(station))
    second = await _set(station, _profile(station, id=2, stackLevel=1))
    if second["chargingProfile.id"] == first["chargingProfile.id"]:
        raise second.broken("an id other than that of the first profile")


# --- clearing -------------------------------------------------------------------------------------


@CASES.case(
    "TC_K_05_CSMS",
    "Clear a profile by its id",
    requirements=["K10.FR.02"],
    asks=["GetChargingProfiles", "ClearChargingProfile"],
)
async def clear_by_id(station: Station) -> None:
    """The operator asks which profiles there are, and clears one of them by its id alone.

    Criteria beside the id could take more profiles away than the one that was meant.
    """
    await station.ready()
    request = await _get(station, {"chargingProfilePurpose": "TxDefaultProfile"}, 1)
    await _report(station, request, 1, _profile(station, id=5))
    await ask(
        station,
        "ClearChargingProfile",
        {"chargingProfileId": 5},
        absent=["chargingProfileCriteria"],
    )
    await station.heartbeat()


@CASES.each(
    Row("TC_K_06_CSMS", "Clear profiles by purpose and level", status="Accepted"),
    Row("TC_K_08_CSMS", "Clear profiles of which there are none", status="Unknown"),
    requirements=["K10.FR.02"],
    asks=["ClearChargingProfile"],
)
async def clear_by_criteria(station: Station, status: str) -> None:
    """The operator clears the profiles of a purpose and a level at one EVSE, if there are any."""
    await station.ready()
    criteria = {"evseId": 1, "chargingProfilePurpose": "TxDefaultProfile", "stackLevel": 0}
    await ask(
        station,
        "ClearChargingProfile",
        {"chargingProfileCriteria": criteria},
        {"status": status},
        absent=["chargingProfileId"],
    )
    await station.heartbeat()


# --- reports --------------------------------------------------------------------------------------


async def _get(
    station: Station, criteria: dict[str, Any], evse: int | None = None
) -> ReceivedMessage:
    """The operator asks for the profiles that fit."""
    fields: dict[str, Any] = {"requestId": 7, "chargingProfile": criteria}
    if evse is not None:
        fields["evseId"] = evse
    absent = [] if evse is not None else ["evseId"]
    return await ask(station, "GetChargingProfiles", fields, absent=absent)


async def _report(
    station: Station,
    request: ReceivedMessage,
    evse: int,
    profile: dict[str, Any],
    *,
    source: str = "CSO",
    more: bool = False,
) -> None:
    """The station reports one profile of an EVSE; `more` are to come."""
    await station.tell(
        "ReportChargingProfiles",
        f"The station reports a profile of EVSE {evse}",
        requestId=request["requestId"],
        chargingLimitSource=source,
        chargingProfile=[profile],
        evseId=evse,
        **({"tbc": True} if more else {}),
    )


_PURPOSE: Final = {"chargingProfilePurpose": "TxDefaultProfile"}
_LEVEL: Final = {"stackLevel": 0}


@CASES.each(
    Row("TC_K_29_CSMS", "Profiles of the station", evse=0, criteria=_PURPOSE),
    Row("TC_K_30_CSMS", "Profiles of an EVSE", evse=1, criteria=_PURPOSE),
    Row("TC_K_32_CSMS", "Profile by its id", evse=None, criteria={"chargingProfileId": [1]}),
    Row("TC_K_33_CSMS", "Profiles of a level", evse=1, criteria=_LEVEL),
    Row("TC_K_34_CSMS", "Profiles of a source", evse=1, criteria={"chargingLimitSource": ["CSO"]}),
    Row("TC_K_35_CSMS", "Profiles of a purpose", evse=1, criteria=_PURPOSE),
    Row(
        "TC_K_36_CSMS",
        "Profiles of a purpose and a level",
        evse=1,
        criteria={**_PURPOSE, **_LEVEL},
    ),
    requirements=["K09.FR.03"],
    asks=["GetChargingProfiles"],
)
async def get_profiles(station: Station, evse: int | None, criteria: dict[str, Any]) -> None:
    """The operator asks for the profiles that fit, and the CSMS takes the report of them.

    What a station has may be other than what it was sent: it drops profiles that are over.
    """
    await station.ready()
    request = await _get(station, criteria, evse)
    await _report(station, request, evse or 0, _profile(station))


@CASES.case(
    "TC_K_31_CSMS",
    "Profiles of all EVSEs",
    requirements=["K09.FR.03"],
    asks=["GetChargingProfiles"],
)
async def get_all_profiles(station: Station) -> None:
    """The operator asks without an EVSE, and a report comes for each of them, in parts."""
    await station.ready()
    request = await _get(station, _PURPOSE)
    for evse in EVSES:
        profile = _profile(station, id=evse)
        await _report(station, request, evse, profile, more=evse != EVSES[-1])


@CASES.each(
    Row("TC_K_43_CSMS", "Composite schedule of an EVSE", evse=1),
    Row("TC_K_44_CSMS", "Composite schedule of the station", evse=0),
    requirements=["K08.FR.01"],
    asks=["GetCompositeSchedule"],
)
async def composite_schedule(station: Station, evse: int) -> None:
    """The operator asks what all profiles come to at one EVSE or the whole station."""
    await station.ready()
    schedule = {
        "evseId": evse,
        "duration": _DURATION_S,
        "scheduleStart": station.now(),
        "chargingRateUnit": "A",
        "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 10.0}],
    }
    await ask(
        station,
        "GetCompositeSchedule",
        {"evseId": evse, "duration": _DURATION_S, "chargingRateUnit": "A"},
        {"status": "Accepted", "schedule": schedule},
    )
    await station.heartbeat()


@CASES.case(
    "TC_K_37_CSMS",
    "Remote start with a profile",
    requirements=["K05.FR.02", "F01.FR.08", "F01.FR.09", "F01.FR.11"],
    asks=["RequestStartTransaction"],
)
async def remote_start_with_a_profile(station: Station) -> None:
    """A remote start brings the profile of its transaction, which has no id yet.

    The limit holds from the first second, and ends with the session.
    """
    await station.ready()
    profile = _profile(station, "Relative", chargingProfilePurpose="TxProfile")
    request = await ask(
        station,
        "RequestStartTransaction",
        {"evseId": 1, "idToken": station.token(), "remoteStartId": 7, "chargingProfile": profile},
        numbers=_NUMBERS,
        absent=["chargingProfile.transactionId"],
    )
    transaction = station.transaction()
    await transaction.started(
        "RemoteStart",
        state="EVConnected",
        tag=station.tags.accepted,
        remote_start_id=request["remoteStartId"],
    )


# --- limits from elsewhere ------------------------------------------------------------------------


async def _limited(station: Station) -> None:
    limit = {"chargingLimitSource": "EMS"}
    schedule = _schedule(10.0, startSchedule=station.now())
    await station.tell("NotifyChargingLimit", chargingLimit=limit, chargingSchedule=[schedule])


@CASES.case("TC_K_48_CSMS", "A limit from elsewhere", requirements=["K12"])
async def external_limit(station: Station) -> None:
    """An energy management system limits the station, which tells the CSMS.

    A CSMS that does not know of the limit plans with power that is not there.
    """
    await station.ready()
    await _limited(station)


@CASES.case(
    "TC_K_52_CSMS",
    "A limit from elsewhere, in a report",
    requirements=["K12"],
    asks=["GetChargingProfiles"],
)
async def external_limit_in_a_report(station: Station) -> None:
    """The limit of an energy management system is among the profiles of the station."""
    await station.ready()
    await _limited(station)
    purpose = "ChargingStationExternalConstraints"
    request = await _get(station, {"chargingProfilePurpose": purpose}, 0)
    profile = _profile(station, chargingProfilePurpose=purpose)
    await _report(station, request, 0, profile, source="EMS")


@CASES.each(
    Row("TC_K_50_CSMS", "A limit from elsewhere is lifted", charging=False),
    Row("TC_K_51_CSMS", "A limit from elsewhere is lifted in a session", charging=True),
    requirements=["K13"],
)
async def external_limit_lifted(station: Station, charging: bool) -> None:
    """The limit ends, and the CSMS is told; a session that runs goes on with more power."""
    await station.ready()
    transaction = await station.charge() if charging else None
    await station.tell("ClearedChargingLimit", chargingLimitSource="EMS")
    if transaction is not None:
        await transaction.updated("ChargingRateChanged")


@CASES.case(
    "TC_K_58_CSMS",
    "A schedule is renegotiated by the CSMS",
    requirements=["K16.FR.06"],
    needs=["ISO15118"],
    asks=["SetChargingProfile"],
)
async def renegotiated(station: Station) -> None:
    """The operator changes the limit of a vehicle of ISO 15118, which keeps to it and says so.

    The station tells the schedule that the vehicle has made of the limit.
    """
    await station.ready()
    transaction = await station.charge()
    profile = _profile(
        station, "Relative", chargingProfilePurpose="TxProfile", transactionId=transaction.id
    )
    request = await _set(station, profile)
    told = await station.call(
        "NotifyEVChargingSchedule",
        timeBase=station.now(),
        evseId=1,
        chargingSchedule=request["chargingProfile.chargingSchedule.0"],
    )
    told.expect(status="Accepted")
    await transaction.updated("ChargingRateChanged")
