"""Cases of OCPP 2.0.1 for a charging station: authorization, groups and the master pass (C01, C09,
C15, C16)."""

from __future__ import annotations

from voltyard.conformance.cases.case import Cases, Row
from voltyard.conformance.charger.v201.management_system import ManagementSystem
from voltyard.conformance.subject import SEVERAL_EVSES
from voltyard.conformance.wire.message import one_of

CASES = Cases("charger", "2.0.1", "Authorization")

GROUP = {"groupIdToken": {"idToken": "VY-GROUP", "type": "Central"}}
"""Fields of an idTokenInfo by which tokens belong together."""

MASTERS = {"groupIdToken": {"idToken": "VY-MASTERS", "type": "Central"}}
_MASTER_PASS = {"AuthCtrlr.MasterPassGroupId": "VY-MASTERS"}


def nothing_authorized(csms: ManagementSystem) -> None:
    """The case fails where a transaction was authorized, or energy flowed."""
    for one in csms.inbox.all("TransactionEvent"):
        wrong = one.get("transactionInfo.chargingState") == "Charging"
        if wrong or one["triggerReason"] == "Authorized":
            raise one.broken("no TransactionEvent of an authorization, or of energy")


def goes_on(csms: ManagementSystem) -> None:
    """The case fails where a transaction was stopped, or its authorization ended."""
    for one in csms.inbox.all("TransactionEvent"):
        if one["triggerReason"] in ("StopAuthorized", "Deauthorized") or (
            one["eventType"] == "Ended"
        ):
            raise one.broken("a transaction that goes on")


@CASES.each(
    Row("TC_C_02_CS", "Local start, invalid", status="Invalid"),
    Row("TC_C_06_CS", "Local start, blocked", status="Blocked"),
    Row("TC_C_07_CS", "Local start, expired", status="Expired"),
    Row("TC_C_56_CS", "Local start, unknown", status="Unknown"),
    requirements=["C01.FR.02"],
    asks=["plug", "swipe"],
)
async def refused_token(csms: ManagementSystem, status: str) -> None:
    """A token that the CSMS does not accept starts nothing, whatever the reason is."""
    tag = csms.tags.unknown
    csms.infos[tag] = {"status": status}
    await csms.booted()
    await csms.act("plug")
    await csms.show(tag)
    asked = await csms.hears("Authorize")
    asked.expect(idToken=csms.token(tag))
    await csms.passes(2)
    nothing_authorized(csms)


@CASES.case(
    "TC_C_05_CS",
    "Local start, invalid, cable lock",
    requirements=["C01.FR.02"],
    asks=["plug", "swipe", "unplug"],
)
async def cable_of_a_refused_token(csms: ManagementSystem) -> None:
    """A driver whose token was refused can take the cable away: nothing holds it."""
    tag = csms.tags.unknown
    csms.infos[tag] = {"status": "Invalid"}
    await csms.booted()
    await csms.act("plug")
    await csms.hears_status("Occupied")
    await csms.show(tag)
    await csms.hears("Authorize")
    await csms.leaves()
    nothing_authorized(csms)


@CASES.case(
    "TC_C_04_CS",
    "Local stop, another token",
    requirements=["C01.FR.02", "C01.FR.03"],
    asks=["plug", "swipe"],
)
async def another_token_stops_nothing(csms: ManagementSystem) -> None:
    """A stranger's token, accepted as it may be, does not end the transaction; one's own does."""
    transaction = await csms.charging()
    await csms.show(csms.tags.other)
    await csms.passes(2)
    goes_on(csms)
    await csms.act("swipe", id_tag=csms.tags.accepted)
    stopped = await csms.hears_event(trigger="StopAuthorized", transactionId=transaction)
    stopped.expect(idToken=csms.token())


@CASES.case(
    "TC_C_39_CS",
    "A token of the same group",
    requirements=["C09.FR.02", "C09.FR.03", "C09.FR.05"],
    asks=["plug", "swipe"],
)
async def a_token_of_the_group_stops(csms: ManagementSystem) -> None:
    """A token of the same group ends the transaction: two drivers may share the vehicle."""
    mine, other = csms.tags.accepted, csms.tags.other
    csms.infos = {mine: GROUP, other: GROUP}
    transaction = await csms.charging()
    await csms.act("swipe", id_tag=other)
    await csms.hears("Authorize", idToken=csms.token(other))
    stopped = await csms.hears_event(trigger="StopAuthorized", transactionId=transaction)
    stopped.expect(idToken=csms.token(other))


@CASES.case(
    "TC_C_42_CS",
    "A token of the same group, invalid",
    requirements=["C09.FR.11"],
    asks=["plug", "swipe"],
)
async def an_invalid_token_of_the_group(csms: ManagementSystem) -> None:
    """To be of the group is not enough: a token that is not accepted ends nothing."""
    mine, other = csms.tags.accepted, csms.tags.other
    csms.infos = {mine: GROUP, other: {"status": "Invalid", **GROUP}}
    await csms.charging()
    await csms.show(other)
    await csms.hears("Authorize", idToken=csms.token(other))
    await csms.passes(2)
    goes_on(csms)


# --- the master pass ------------------------------------------------------------------------------


@CASES.case(
    "TC_C_45_CS",
    "The master pass starts nothing",
    requirements=["C16.FR.03"],
    needs=["master pass"],
    asks=["plug", "swipe"],
    settings={**_MASTER_PASS, "TxCtrlr.TxStartPoint": "Authorized"},
)
async def the_master_pass_starts_nothing(csms: ManagementSystem) -> None:
    """The master pass is for ending what others began, and charges nothing itself."""
    csms.infos[csms.tags.other] = MASTERS
    await csms.booted()
    await csms.show(csms.tags.other)
    await csms.hears("Authorize", idToken=csms.token(csms.tags.other))
    await csms.act("plug")
    await csms.passes(3)
    nothing_authorized(csms)


@CASES.each(
    Row("TC_C_47_CS", "The master pass, all transactions chosen"),
    Row("TC_C_49_CS", "The master pass, no user interface"),
    requirements=["C16.FR.01", "C16.FR.02"],
    needs=["master pass", SEVERAL_EVSES],
    asks=["plug", "swipe"],
    settings=_MASTER_PASS,
    evses=3,
)
async def the_master_pass_stops_all(csms: ManagementSystem) -> None:
    """The master pass, shown at a free EVSE, ends every transaction."""
    master = csms.tags.unknown
    csms.infos[master] = MASTERS
    await csms.booted()
    free = csms.subject.evses
    running = {await csms.starts(f"0400000{evse}", evse) for evse in range(1, free)}
    await csms.act("swipe", id_tag=master, evse_id=free)
    await csms.hears("Authorize", idToken=csms.token(master))
    while running:
        ended = await csms.hears_event(stoppedReason="MasterPass")
        running.discard(ended["transactionInfo.transactionId"])


@CASES.case(
    "TC_C_48_CS",
    "The master pass, one transaction chosen",
    requirements=["C16.FR.01"],
    needs=["master pass", SEVERAL_EVSES],
    asks=["plug", "swipe"],
    settings=_MASTER_PASS,
)
async def the_master_pass_stops_one(csms: ManagementSystem) -> None:
    """The master pass, shown for one transaction, ends that one; the others go on."""
    master = csms.tags.unknown
    csms.infos[master] = MASTERS
    first, second = await csms.charging(), await csms.starts(csms.tags.other, 2)
    await csms.act("swipe", id_tag=master)
    await csms.hears("Authorize", idToken=csms.token(master))
    await csms.hears_event(stoppedReason="MasterPass", transactionId=first)
    await csms.passes(2)
    for one in csms.events(second):
        if one["triggerReason"] == "StopAuthorized" or one["eventType"] == "Ended":
            raise one.broken("a transaction that goes on")


# --- offline --------------------------------------------------------------------------------------


@CASES.case(
    "TC_C_26_CS",
    "Offline, unknown token",
    requirements=["C15.FR.02", "C15.FR.06", "C15.FR.08", "C13.FR.04"],
    asks=["network_drop", "plug", "swipe", "network_restore"],
    settings={
        "AuthCtrlr.LocalAuthorizeOffline": "true",
        "AuthCtrlr.OfflineTxForUnknownIdEnabled": "true",
        "TxCtrlr.StopTxOnInvalidId": "false",
        "TxCtrlr.MaxEnergyOnInvalidId": "0",
        "SampledDataCtrlr.TxUpdatedInterval": "0",
    },
)
async def unknown_token_offline(csms: ManagementSystem) -> None:
    """Whoever charges unknown while the station is offline is judged when it is back: the CSMS
    refuses the token, and energy ceases to flow."""
    tag = csms.tags.accepted
    csms.infos[tag] = {"status": "Invalid"}
    await csms.booted()
    await csms.act("network_drop")
    await csms.act("plug")
    await csms.act("swipe", id_tag=tag)
    await csms.passes(1)
    await csms.act("network_restore")
    begun = await csms.hears_event("Started")
    begun.expect(offline=True)
    suspended = await csms.hears_event("Updated", state="SuspendedEVSE")
    suspended.expect(triggerReason=one_of("ChargingStateChanged", "Deauthorized"))
