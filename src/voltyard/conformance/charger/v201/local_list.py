"""Cases of OCPP 2.0.1 for a charging station: the local authorization list (block D, C13, C14)."""

from __future__ import annotations

from typing import Any

from voltyard.conformance.cases.case import Cases, Row
from voltyard.conformance.charger.v201.authorization import GROUP, goes_on, nothing_authorized
from voltyard.conformance.charger.v201.management_system import ManagementSystem

CASES = Cases("charger", "2.0.1", "LocalAuthListManagement")

_LIST = "LocalAuthListManagement"
_ONLINE = {"LocalAuthListCtrlr.Enabled": "true", "AuthCtrlr.LocalPreAuthorize": "true"}
_OFFLINE = {
    **_ONLINE,
    "AuthCtrlr.LocalAuthorizeOffline": "true",
    "AuthCtrlr.OfflineTxForUnknownIdEnabled": "false",
    "SampledDataCtrlr.TxUpdatedInterval": "0",
}
_OFFLINE_ACTS = ["network_drop", "plug", "swipe", "network_restore"]


def _entry(csms: ManagementSystem, tag: str, **info: Any) -> dict[str, Any]:
    return {"idToken": csms.token(tag), "idTokenInfo": {"status": "Accepted", **info}}


async def _send(
    csms: ManagementSystem,
    version: int,
    entries: list[dict[str, Any]],
    *,
    update: str = "Full",
    status: str = "Accepted",
) -> None:
    lists = {"localAuthorizationList": entries} if entries else {}
    answer = await csms.asks("SendLocalList", versionNumber=version, updateType=update, **lists)
    answer.expect(status=status)


async def _version_is(csms: ManagementSystem, version: int) -> None:
    (await csms.asks("GetLocalListVersion")).expect(versionNumber=version)


async def _listed(csms: ManagementSystem, tag: str, **info: Any) -> None:
    """Boot, and send a list with that token."""
    await csms.booted()
    await _send(csms, 1, [_entry(csms, tag, **info)])


# --- online (C14) ---------------------------------------------------------------------------------


@CASES.case(
    "TC_C_27_CS",
    "Listed, accepted",
    group="Authorization",
    requirements=["C14.FR.02"],
    needs=[_LIST],
    asks=["plug", "swipe"],
    settings=_ONLINE,
)
async def listed_token(csms: ManagementSystem) -> None:
    """A token on the list starts at once, without Authorize."""
    tag = csms.tags.accepted
    await _listed(csms, tag)
    await csms.act("swipe", id_tag=tag)
    await csms.act("plug")
    await csms.hears("TransactionEvent", idToken=csms.token(tag))
    await csms.hears_event(state="Charging")
    csms.never_heard("Authorize")


@CASES.each(
    Row("TC_C_28_CS", "Listed, invalid", status="Invalid"),
    Row("TC_C_29_CS", "Listed, blocked", status="Blocked"),
    Row("TC_C_30_CS", "Listed, expired", status="Expired"),
    group="Authorization",
    requirements=["C14.FR.03"],
    needs=[_LIST],
    asks=["plug", "swipe"],
    settings=_ONLINE,
)
async def listed_refusal(csms: ManagementSystem, status: str) -> None:
    """A token that the list refuses may be good by now: the CSMS is asked."""
    tag = csms.tags.unknown
    csms.infos[tag] = {"status": status}
    await _listed(csms, tag, status=status)
    await csms.act("plug")
    await csms.show(tag)
    await csms.hears("Authorize", idToken=csms.token(tag))
    await csms.passes(2)
    nothing_authorized(csms)


@CASES.case(
    "TC_C_31_CS",
    "Listed as invalid, accepted by the CSMS",
    group="Authorization",
    requirements=["C14.FR.03"],
    needs=[_LIST],
    asks=["plug", "swipe"],
    settings=_ONLINE,
)
async def listed_as_invalid(csms: ManagementSystem) -> None:
    """A token that the list refuses, and the CSMS accepts, charges."""
    tag = csms.tags.accepted
    await _listed(csms, tag, status="Invalid")
    await csms.starts(tag)
    csms.heard_times("Authorize", 1)


@CASES.case(
    "TC_C_58_CS",
    "Listed, LocalAuthListDisablePostAuthorize",
    group="Authorization",
    requirements=["C14.FR.03"],
    needs=[_LIST, "LocalAuthListDisablePostAuthorize"],
    asks=["plug", "swipe"],
    settings={**_ONLINE, "LocalAuthListCtrlr.DisablePostAuthorize": "true"},
)
async def listed_refusal_is_final(csms: ManagementSystem) -> None:
    """A token that the list refuses is refused for good, where the list has the last word."""
    tag = csms.tags.unknown
    await _listed(csms, tag, status="Invalid")
    await csms.act("plug")
    await csms.show(tag)
    await csms.passes(2)
    csms.never_heard("Authorize")
    nothing_authorized(csms)


@CASES.case(
    "TC_C_40_CS",
    "Listed, of the same group",
    group="Authorization",
    requirements=["C09.FR.02", "C09.FR.03", "C09.FR.07"],
    needs=[_LIST],
    asks=["plug", "swipe"],
    settings=_ONLINE,
)
async def listed_of_the_group(csms: ManagementSystem) -> None:
    """A token that the list knows as one of the group ends the transaction, without Authorize."""
    mine, other = csms.tags.accepted, csms.tags.other
    csms.infos = {mine: GROUP, other: GROUP}
    await csms.booted()
    await _send(csms, 1, [_entry(csms, mine, **GROUP), _entry(csms, other, **GROUP)])
    transaction = await csms.starts(mine)
    await csms.act("swipe", id_tag=other)
    stopped = await csms.hears_event(trigger="StopAuthorized", transactionId=transaction)
    stopped.expect(idToken=csms.token(other))
    csms.never_heard("Authorize")


@CASES.case(
    "TC_C_43_CS",
    "Listed, of the same group, invalid",
    group="Authorization",
    requirements=["C09.FR.02", "C09.FR.03", "C09.FR.07"],
    needs=[_LIST],
    asks=["plug", "swipe"],
    settings=_ONLINE,
)
async def listed_as_invalid_of_the_group(csms: ManagementSystem) -> None:
    """A token of the group that the list refuses is asked about, and ends nothing."""
    mine, other = csms.tags.accepted, csms.tags.unknown
    csms.infos = {mine: GROUP, other: {"status": "Invalid", **GROUP}}
    await csms.booted()
    invalid = _entry(csms, other, status="Invalid", **GROUP)
    await _send(csms, 1, [_entry(csms, mine, **GROUP), invalid])
    await csms.starts(mine)
    await csms.show(other)
    await csms.hears("Authorize", idToken=csms.token(other))
    await csms.passes(2)
    goes_on(csms)


# --- offline (C13) --------------------------------------------------------------------------------


@CASES.case(
    "TC_C_21_CS",
    "Listed, offline, accepted",
    group="Authorization",
    requirements=["C13.FR.02"],
    needs=[_LIST],
    asks=[*_OFFLINE_ACTS, "unplug"],
    settings=_OFFLINE,
)
async def listed_offline(csms: ManagementSystem) -> None:
    """A token on the list charges while the station is offline; all of it is told afterwards."""
    tag = csms.tags.accepted
    await _listed(csms, tag)
    await csms.act("network_drop")
    await csms.act("plug")
    await csms.act("swipe", id_tag=tag)
    await csms.passes(1)
    await csms.act("swipe", id_tag=tag)
    await csms.act("unplug")
    await csms.act("network_restore")
    begun = await csms.hears_event("Started")
    begun.expect({"offline": True})
    stopped = await csms.hears_event(trigger="StopAuthorized")
    stopped.expect({"offline": True})
    csms.never_heard("Authorize")


@CASES.each(
    Row("TC_C_22_CS", "Listed, offline, invalid", status="Invalid"),
    Row("TC_C_23_CS", "Listed, offline, blocked", status="Blocked"),
    Row("TC_C_24_CS", "Listed, offline, expired", status="Expired"),
    group="Authorization",
    requirements=["C13.FR.02"],
    needs=[_LIST],
    asks=_OFFLINE_ACTS,
    settings=_OFFLINE,
)
async def listed_refusal_offline(csms: ManagementSystem, status: str) -> None:
    """A token that the list refuses does not charge while the CSMS cannot be asked."""
    await _listed(csms, csms.tags.accepted, status=status)
    await _refused_offline(csms)


async def _refused_offline(csms: ManagementSystem) -> None:
    await csms.act("network_drop")
    await csms.act("plug")
    await csms.show(csms.tags.accepted)
    await csms.passes(1)
    await csms.act("network_restore")
    await csms.hears_status("Occupied")
    await csms.passes(2)
    nothing_authorized(csms)


@CASES.case(
    "TC_C_25_CS",
    "Listed as invalid, cached as accepted, offline",
    group="Authorization",
    requirements=["C13.FR.01", "C14.FR.01"],
    needs=[_LIST, "authorization cache"],
    asks=[*_OFFLINE_ACTS, "unplug"],
    settings={
        **_OFFLINE,
        "AuthCacheCtrlr.Enabled": "true",
        "AuthCtrlr.OfflineTxForUnknownIdEnabled": "true",
    },
)
async def the_list_goes_before_the_cache(csms: ManagementSystem) -> None:
    """The list goes before the cache, and before the rule for unknown tokens."""
    tag = csms.tags.accepted
    await csms.charging()
    await csms.act("swipe", id_tag=tag)
    await csms.leaves()
    await csms.passes(1)
    await _send(csms, 1, [_entry(csms, tag, status="Invalid")])
    before = len(csms.inbox.all("TransactionEvent"))
    await csms.act("network_drop")
    await csms.act("plug")
    await csms.show(tag)
    await csms.passes(1)
    await csms.act("network_restore")
    await csms.hears_status("Occupied")
    await csms.passes(2)
    csms.heard_times("TransactionEvent", before)


# --- the list itself (block D) --------------------------------------------------------------------


@CASES.case(
    "TC_D_01_CS",
    "Send a list, full",
    requirements=["D01.FR.01", "D01.FR.02", "D02.FR.01"],
    needs=[_LIST],
    asks=["plug", "swipe"],
    settings=_ONLINE,
)
async def send_a_list(csms: ManagementSystem) -> None:
    """A full list takes the place of the one before: whoever is no longer on it is asked about."""
    mine, other = csms.tags.accepted, csms.tags.other
    await csms.booted()
    await _send(csms, 1, [_entry(csms, other)])
    await _send(csms, 2, [_entry(csms, mine)])
    await _version_is(csms, 2)
    await csms.starts(mine)
    csms.never_heard("Authorize")
    await csms.act("plug", evse_id=2)
    await csms.act("swipe", id_tag=other, evse_id=2)
    await csms.hears("Authorize", idToken=csms.token(other))


@CASES.case(
    "TC_D_02_CS",
    "Send a list, update",
    requirements=["D01.FR.02", "D01.FR.16"],
    needs=[_LIST],
    asks=["plug", "swipe"],
    settings=_ONLINE,
)
async def update_a_list(csms: ManagementSystem) -> None:
    """An update adds a token and keeps the others."""
    mine, other = csms.tags.accepted, csms.tags.other
    await csms.booted()
    await _send(csms, 1, [_entry(csms, mine)])
    await _send(csms, 2, [_entry(csms, other)], update="Differential")
    await _version_is(csms, 2)
    await csms.starts(mine)
    await csms.starts(other, 2)
    csms.never_heard("Authorize")


@CASES.case(
    "TC_D_03_CS",
    "Send a list, remove",
    requirements=["D01.FR.02", "D01.FR.17"],
    needs=[_LIST],
    asks=["plug", "swipe"],
    settings=_ONLINE,
)
async def remove_from_a_list(csms: ManagementSystem) -> None:
    """An update without an idTokenInfo removes the token: the CSMS is asked about it."""
    mine, other = csms.tags.accepted, csms.tags.other
    await csms.booted()
    await _send(csms, 1, [_entry(csms, mine), _entry(csms, other)])
    await _send(csms, 2, [{"idToken": csms.token(mine)}], update="Differential")
    await _version_is(csms, 2)
    await csms.starts(other)
    csms.never_heard("Authorize")
    await csms.act("plug", evse_id=2)
    await csms.act("swipe", id_tag=mine, evse_id=2)
    await csms.hears("Authorize", idToken=csms.token(mine))


@CASES.case(
    "TC_D_04_CS",
    "Send a list, full and empty",
    requirements=["D01.FR.02", "D01.FR.04"],
    needs=[_LIST],
    asks=["plug", "swipe"],
    settings=_ONLINE,
)
async def empty_a_list(csms: ManagementSystem) -> None:
    """A full list without entries empties the one there was."""
    await _listed(csms, csms.tags.accepted)
    await _send(csms, 2, [])
    await csms.starts()
    csms.heard_times("Authorize", 1)


@CASES.case(
    "TC_D_05_CS",
    "Send a list, empty update",
    requirements=["D01.FR.02", "D01.FR.05"],
    needs=[_LIST],
    asks=["plug", "swipe"],
    settings=_ONLINE,
)
async def update_with_nothing(csms: ManagementSystem) -> None:
    """An update without entries changes the version alone."""
    await _listed(csms, csms.tags.accepted)
    await _send(csms, 2, [], update="Differential")
    await _version_is(csms, 2)
    await csms.starts()
    csms.never_heard("Authorize")


@CASES.case(
    "TC_D_06_CS",
    "Send a list, version mismatch",
    requirements=["D01.FR.19"],
    needs=[_LIST],
    settings=_ONLINE,
)
async def version_mismatch(csms: ManagementSystem) -> None:
    """An update that is not newer than the list is refused, and the list stays."""
    entries = [_entry(csms, csms.tags.accepted)]
    await csms.booted()
    await _send(csms, 5, entries)
    for version in (4, 5):
        await _send(csms, version, entries, update="Differential", status="VersionMismatch")
    await _version_is(csms, 5)


@CASES.case(
    "TC_D_07_CS",
    "The list outlasts a reboot",
    requirements=["D01.FR.10"],
    needs=[_LIST],
    asks=["plug", "swipe"],
    settings=_ONLINE,
)
async def list_outlasts_a_reboot(csms: ManagementSystem) -> None:
    """The list is known after a reset, with its version."""
    await _listed(csms, csms.tags.accepted)
    await csms.reset()
    await csms.booted()
    await _version_is(csms, 1)
    await csms.starts()
    csms.never_heard("Authorize")


@CASES.case(
    "TC_D_08_CS",
    "List version",
    requirements=["D02.FR.01"],
    needs=[_LIST],
    settings=_ONLINE,
)
async def list_version(csms: ManagementSystem) -> None:
    """The version is that of the list that was sent."""
    await csms.booted()
    await _send(csms, 7, [_entry(csms, csms.tags.accepted)])
    await _version_is(csms, 7)


@CASES.case(
    "TC_D_10_CS",
    "List version, not in use",
    requirements=["D02.FR.03"],
    settings={"LocalAuthListCtrlr.Enabled": "false"},
)
async def version_without_lists(csms: ManagementSystem) -> None:
    """A station that uses no list says 0."""
    await csms.booted()
    await _version_is(csms, 0)
