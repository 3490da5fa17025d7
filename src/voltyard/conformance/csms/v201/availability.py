"""Cases of OCPP 2.0.1 for a CSMS: availability (block G)."""

from __future__ import annotations

from typing import Any, Final

from voltyard.conformance.cases.case import Cases, Row
from voltyard.conformance.csms.v201.events import notify_event
from voltyard.conformance.csms.v201.operations import ask
from voltyard.conformance.csms.v201.station import EVSES, Station

CASES = Cases("csms", "2.0.1", "Availability")

_PLACES: Final[dict[str, dict[str, Any]]] = {
    "station": {},
    "EVSE": {"evse": {"id": 1}},
    "connector": {"evse": {"id": 1, "connectorId": 1}},
}
_NOT_NAMED: Final = {"station": ["evse"], "EVSE": ["evse.connectorId"], "connector": []}
_STATUSES: Final = {"Inoperative": "Unavailable", "Operative": "Available"}


async def _change(station: Station, place: str, to: str, status: str) -> None:
    """The operator changes the availability of that place; the station answers so."""
    await ask(
        station,
        "ChangeAvailability",
        {"operationalStatus": to, **_PLACES[place]},
        {"status": status},
        absent=_NOT_NAMED[place],
    )


@CASES.each(
    Row("TC_G_03_CSMS", "An EVSE becomes inoperative", place="EVSE", to="Inoperative"),
    Row("TC_G_04_CSMS", "An EVSE becomes operative", place="EVSE", to="Operative"),
    Row("TC_G_05_CSMS", "A station becomes inoperative", place="station", to="Inoperative"),
    Row("TC_G_06_CSMS", "A station becomes operative", place="station", to="Operative"),
    Row("TC_G_07_CSMS", "A connector becomes inoperative", place="connector", to="Inoperative"),
    Row("TC_G_08_CSMS", "A connector becomes operative", place="connector", to="Operative"),
    requirements=["G03", "G04"],
    asks=["ChangeAvailability"],
)
async def change_availability(station: Station, place: str, to: str) -> None:
    """The operator takes a place out of service, or back, and no more than that place.

    The place is told by what is left out: without an EVSE the whole station is meant, without a
    connector the whole EVSE. One field too many or too few closes the wrong place.
    """
    await station.ready()
    evses = EVSES if place == "station" else EVSES[:1]
    if to == "Operative":
        for evse in evses:
            await station.status("Unavailable", evse)
    await _change(station, place, to, "Accepted")
    for evse in evses:
        await station.status(_STATUSES[to], evse)


@CASES.each(
    Row("TC_G_11_CSMS", "An EVSE in use becomes inoperative", place="EVSE"),
    Row("TC_G_14_CSMS", "A station in use becomes inoperative", place="station"),
    Row("TC_G_17_CSMS", "A connector in use becomes inoperative", place="connector"),
    requirements=["G03", "G04"],
    asks=["ChangeAvailability"],
)
async def change_in_use(station: Station, place: str) -> None:
    """The operator takes a place out of service at which a vehicle charges: it is Scheduled.

    The session goes on to its end, and the CSMS goes on taking what is told of it; only then the
    connector is Unavailable.
    """
    await station.ready()
    transaction = await station.charge()
    await _change(station, place, "Inoperative", "Scheduled")
    if place == "station":
        await station.status("Unavailable", EVSES[1])
    await transaction.metered()
    await transaction.updated("StopAuthorized", state="EVConnected", tag=station.tags.accepted)
    await transaction.ended("EVCommunicationLost", state="Idle")
    await station.status("Unavailable")


@CASES.case("TC_G_20_CSMS", "Lock failure", requirements=["G05.FR.03"])
async def lock_failure(station: Station) -> None:
    """The lock of a connector does not hold, and no session begins; the CSMS takes the event.

    An operator who is not told cannot send anybody to mend it.
    """
    await station.ready()
    lock = {"name": "ConnectorPlugRetentionLock", "evse": {"id": 1, "connectorId": 1}}
    await notify_event(station, lock, "Problem", "true")
    await station.heartbeat()
