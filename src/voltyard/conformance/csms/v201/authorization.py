"""Cases of OCPP 2.0.1 for a CSMS: authorization (block C)."""

from __future__ import annotations

from typing import Any, Final

from voltyard.conformance.cases.case import Cases, Row
from voltyard.conformance.csms.v201.local_list import listed, send_list
from voltyard.conformance.csms.v201.station import Station
from voltyard.conformance.csms.v201.transaction import StationTransaction
from voltyard.conformance.wire.message import Expected, one_of

CASES = Cases("csms", "2.0.1", "Authorization")

_UNKNOWN: Final = one_of("Invalid", "Unknown")


@CASES.each(
    Row("TC_C_02_CSMS", "Authorize, unknown", tag="unknown", status=_UNKNOWN),
    Row("TC_C_06_CSMS", "Authorize, blocked", needs=["tag:blocked"], tag="blocked"),
    Row("TC_C_07_CSMS", "Authorize, expired", needs=["tag:expired"], tag="expired"),
    requirements=["C01.FR.07"],
)
async def a_token_that_may_not_charge(
    station: Station, tag: str, status: str | Expected = ""
) -> None:
    """A token that may not charge is told so, by Authorize and by TransactionEvent alike.

    A station may have started all the same, from a list or a cache: then the answer makes it stop.
    """
    shown: str = getattr(station.tags, tag)
    status = status or tag.capitalize()
    await station.ready()
    await station.authorize(shown, status)
    transaction = await station.plug_in()
    await transaction.updated("Authorized", tag=shown, status=status)
    await transaction.ended("Deauthorized", "DeAuthorized")


@CASES.case("TC_C_08_CSMS", "Authorization cache, accepted", requirements=["C12.FR.03"])
async def cached(station: Station) -> None:
    """A token in the station's cache starts a session without Authorize, and the CSMS checks it.

    The answer to the transaction's event is the only one that the station gets.
    """
    await station.ready()
    transaction = await station.plug_in()
    await transaction.updated("Authorized", tag=station.tags.accepted)
    await transaction.updated("ChargingStateChanged", state="Charging")
    await station.finish(transaction)


@CASES.case("TC_C_20_CSMS", "Authorization cache, invalid", requirements=["C12.FR.03"])
async def cached_as_invalid(station: Station) -> None:
    """A token that the cache has as invalid is accepted by the CSMS, which knows it better.

    The station asks before it turns a driver away; the CSMS must not answer by what it once said.
    """
    await station.ready()
    transaction = await station.plug_in()
    await station.authorize()
    await transaction.updated("Authorized", tag=station.tags.accepted)


@CASES.each(
    Row("TC_C_37_CSMS", "Clear the cache, accepted", status="Accepted"),
    Row("TC_C_38_CSMS", "Clear the cache, rejected", status="Rejected"),
    requirements=["C11.FR.01", "C11.FR.02"],
    asks=["ClearCache"],
)
async def clear_cache(station: Station, status: str) -> None:
    """The operator has the station forget the tokens that it knows; it may be unable to."""
    await station.ready()
    await station.asked("ClearCache", answer={"status": status})
    await station.heartbeat()


# --- groups ---------------------------------------------------------------------------------------


@CASES.case(
    "TC_C_39_CSMS",
    "Group of tokens",
    requirements=["C01.FR.06", "C09.FR.02", "C09.FR.03"],
    needs=["tag:member"],
)
async def group(station: Station) -> None:
    """One token starts a transaction and another of its group ends it.

    Only the CSMS knows the groups: the station compares what both answers say.
    """
    assert station.tags.member is not None
    await station.ready()
    transaction = await station.plug_in()
    first = await station.authorize()
    await transaction.updated("Authorized", tag=station.tags.accepted)
    await transaction.updated("ChargingStateChanged", state="Charging")
    other = await station.authorize(station.tags.member)
    path = "idTokenInfo.groupIdToken.idToken"
    other.expect({path: first[path]})
    await station.finish(transaction, tag=station.tags.member)


@CASES.case(
    "TC_C_40_CSMS",
    "Group of tokens in the local list",
    requirements=["C09.FR.02", "C09.FR.03"],
    needs=["LocalAuthListManagement", "tag:member"],
    asks=["SendLocalList"],
)
async def group_in_the_local_list(station: Station) -> None:
    """A list with a group's tokens lets one start a transaction and another end it.

    Their answers are not asked for: the CSMS takes both tokens from the transaction's events.
    """
    assert station.tags.member is not None
    await station.ready()
    entries = [listed(station.token(tag), group="VY-GROUP") for tag in _group(station)]
    await send_list(station, "Full", entries)
    transaction = await station.plug_in()
    await transaction.updated("Authorized", tag=station.tags.accepted)
    await transaction.updated("ChargingStateChanged", state="Charging")
    await station.finish(transaction, tag=station.tags.member)


@CASES.case(
    "TC_C_43_CSMS",
    "Group of tokens in the local list, invalid",
    requirements=["C09.FR.02", "C09.FR.03"],
    needs=["LocalAuthListManagement", "tag:member"],
    asks=["SendLocalList"],
)
async def invalid_in_the_local_list(station: Station) -> None:
    """A list has a token of the group as invalid: it does not end the transaction of another.

    The status that the CSMS lists has to come with the group; alone, the group would open.
    """
    await station.ready()
    accepted, member = (station.token(tag) for tag in _group(station))
    entries = [
        listed(accepted, group="VY-GROUP"),
        listed(member, group="VY-GROUP", status="Invalid"),
    ]
    await send_list(station, "Full", entries)
    transaction = await station.charge()
    await transaction.metered()
    await station.finish(transaction)


def _group(station: Station) -> tuple[str, str]:
    return station.tags.accepted, station.tags.member or ""


# --- master pass ----------------------------------------------------------------------------------


@CASES.each(
    Row("TC_C_47_CSMS", "Master pass with a display, all transactions", ended=2),
    Row("TC_C_48_CSMS", "Master pass with a display, one transaction", ended=1),
    Row("TC_C_49_CSMS", "Master pass without a display", ended=2),
    requirements=["C01.FR.06", "C16.FR.01"],
    needs=["tag:master"],
)
async def master_pass(station: Station, ended: int) -> None:
    """A master pass ends transactions of others: those chosen on the display, or all.

    The station knows the pass by the group that the CSMS names in its answer.
    """
    await station.ready()
    running = [await station.charge(), await station.charge(station.tags.other, 2)]
    answer = await station.authorize(station.tags.master)
    answer.expect({"idTokenInfo.groupIdToken.idToken": station.tags.master_group})
    for transaction in running[:ended]:
        await _end_by_master_pass(station, transaction)
    for transaction in running[ended:]:
        await station.finish(transaction, tag=station.tags.other)


async def _end_by_master_pass(station: Station, transaction: StationTransaction) -> None:
    fields: dict[str, Any] = {"tag": station.tags.master, "state": "EVConnected"}
    await transaction.ended("StopAuthorized", "MasterPass", **fields)
    await station.status("Available", transaction.evse)
