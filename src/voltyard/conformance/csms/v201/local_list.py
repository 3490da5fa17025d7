"""Cases of OCPP 2.0.1 for a CSMS: local authorization list management (block D)."""

from __future__ import annotations

from typing import Any, Final

from voltyard.conformance.cases.case import Cases, Row
from voltyard.conformance.csms.v201.station import Station
from voltyard.conformance.wire.message import ABSENT, at_least

CASES = Cases("csms", "2.0.1", "LocalAuthListManagement")

_VERSION: Final = 2


def listed(token: dict[str, Any], *, status: str = "Accepted", group: str = "") -> dict[str, Any]:
    """An entry of a list, with the group of its token where there is one."""
    info: dict[str, Any] = {"status": status}
    if group:
        info["groupIdToken"] = {"idToken": group, "type": "Central"}
    return {"idToken": token, "idTokenInfo": info}


async def send_list(
    station: Station, update: str, entries: list[dict[str, Any]], *, installed: int = 0
) -> None:
    """The operator sends a list with those entries, which the station takes; it has version
    `installed` before."""
    station.answer("GetLocalListVersion", {"versionNumber": installed})
    fields: dict[str, Any] = {"versionNumber": installed + 1, "updateType": update}
    if entries:
        fields["localAuthorizationList"] = entries
    request = await station.asked(
        "SendLocalList",
        fields,
        expected={
            "updateType": update,
            "versionNumber": at_least(1),
            "localAuthorizationList": entries or ABSENT,
        },
    )
    station.answer("GetLocalListVersion", {"versionNumber": request["versionNumber"]})
    await station.heartbeat()


@CASES.case(
    "TC_D_01_CSMS",
    "Send a list, full",
    requirements=["D01.FR.01", "D01.FR.06"],
    asks=["SendLocalList"],
)
async def full_list(station: Station) -> None:
    """The operator sends a list that takes the place of the one before.

    With it the station can let drivers charge while it is offline.
    """
    await station.ready()
    tokens = (station.token(), station.token(station.tags.other))
    await send_list(station, "Full", [listed(token) for token in tokens])


@CASES.case(
    "TC_D_02_CSMS",
    "Send a list, differential with entries to put",
    requirements=["D01.FR.01", "D01.FR.15"],
    asks=["SendLocalList"],
)
async def added_to_a_list(station: Station) -> None:
    """The operator puts one entry more into a list; an entry with a status is put."""
    await station.ready()
    token = station.token(station.tags.other)
    await send_list(station, "Differential", [listed(token)], installed=_VERSION)


@CASES.case(
    "TC_D_03_CSMS",
    "Send a list, differential with entries to remove",
    requirements=["D01.FR.01", "D01.FR.16"],
    asks=["SendLocalList"],
)
async def removed_from_a_list(station: Station) -> None:
    """The operator takes an entry out of a list: it comes without a status."""
    await station.ready()
    entry = {"idToken": station.token(station.tags.other)}
    await send_list(station, "Differential", [entry], installed=_VERSION)


@CASES.case(
    "TC_D_04_CSMS",
    "Send a list, full and empty",
    requirements=["D01.FR.04"],
    asks=["SendLocalList"],
)
async def empty_list(station: Station) -> None:
    """The operator clears the list by a full one without entries.

    The field is left out then: an empty array is not in the schema.
    """
    await station.ready()
    await send_list(station, "Full", [], installed=_VERSION)


@CASES.each(
    Row("TC_D_08_CSMS", "Version of the list", version=_VERSION),
    Row("TC_D_09_CSMS", "Version of the list, none there", version=0),
    requirements=["D02.FR.01", "D02.FR.02", "D02.FR.03"],
    asks=["GetLocalListVersion"],
)
async def list_version(station: Station, version: int) -> None:
    """The operator reads the list's version, which is 0 where there is no list."""
    await station.ready()
    await station.asked("GetLocalListVersion", answer={"versionNumber": version})
    await station.heartbeat()
