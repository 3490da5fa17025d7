"""Cases of OCPP 2.0.1 for a charging station: the authorization cache (C10, C11, C12)."""

from __future__ import annotations

from typing import Any

from voltyard.conformance.cases.case import Cases, Row
from voltyard.conformance.charger.v201.authorization import (
    GROUP,
    MASTERS,
    goes_on,
    nothing_authorized,
)
from voltyard.conformance.charger.v201.management_system import ManagementSystem

CASES = Cases("charger", "2.0.1", "Authorization")

_CACHE = "authorization cache"
"""Need of a case."""

_CACHED = {
    "AuthCacheCtrlr.Enabled": "true",
    "AuthCtrlr.LocalPreAuthorize": "true",
    "SampledDataCtrlr.TxUpdatedInterval": "0",
}
_ACTS = ["plug", "swipe", "unplug"]


async def _cache(csms: ManagementSystem, tag: str, **info: Any) -> None:
    """Have the station ask about a token, and keep the answer; the EVSE is free afterwards."""
    csms.infos[tag] = info
    await csms.act("plug")
    await csms.hears_status("Occupied")
    await csms.show(tag)
    await csms.hears("Authorize", idToken=csms.token(tag))
    if info.get("status", "Accepted") == "Accepted" and "VY-MASTERS" not in str(info):
        await csms.hears_event(state="Charging")
        await csms.act("swipe", id_tag=tag)
        await csms.hears_event(trigger="StopAuthorized")
    await csms.leaves()


async def _charges_unasked(csms: ManagementSystem, tag: str) -> None:
    """The card starts a transaction that charges, without Authorize."""
    asked = len(csms.inbox.all("Authorize"))
    await csms.act("plug")
    await csms.act("swipe", id_tag=tag)
    await csms.hears("TransactionEvent", idToken=csms.token(tag))
    await csms.hears_event(state="Charging")
    csms.heard_times("Authorize", asked)


@CASES.each(
    Row("TC_C_08_CS", "Cached, accepted"),
    Row("TC_C_33_CS", "Cached by the answer to Authorize"),
    requirements=["C10.FR.01", "C10.FR.04", "C12.FR.02", "C12.FR.06"],
    needs=[_CACHE],
    asks=_ACTS,
    settings=_CACHED,
)
async def cached_token(csms: ManagementSystem) -> None:
    """A token that the CSMS has accepted before starts at once, and it is not asked again."""
    await csms.booted()
    await _cache(csms, csms.tags.accepted)
    await _charges_unasked(csms, csms.tags.accepted)


@CASES.each(
    Row("TC_C_09_CS", "Cached, invalid", status="Invalid"),
    Row("TC_C_10_CS", "Cached, blocked", status="Blocked"),
    Row("TC_C_11_CS", "Cached, expired", status="Expired"),
    requirements=["C10.FR.03", "C12.FR.05"],
    needs=[_CACHE],
    asks=_ACTS,
    settings=_CACHED,
)
async def cached_refusal(csms: ManagementSystem, status: str) -> None:
    """A token that was refused before may be good by now: the CSMS is asked again."""
    tag = csms.tags.unknown
    await csms.booted()
    await _cache(csms, tag, status=status)
    await csms.act("plug")
    await csms.show(tag)
    await csms.hears("Authorize", idToken=csms.token(tag))
    await csms.passes(2)
    nothing_authorized(csms)


@CASES.case(
    "TC_C_12_CS",
    "Cached as invalid, accepted now",
    requirements=["C10.FR.03", "C12.FR.05"],
    needs=[_CACHE],
    asks=_ACTS,
    settings=_CACHED,
)
async def accepted_by_now(csms: ManagementSystem) -> None:
    """A token that was refused before, and is accepted now, charges."""
    tag = csms.tags.unknown
    await csms.booted()
    await _cache(csms, tag, status="Invalid")
    csms.infos.clear()
    await csms.starts(tag)
    csms.heard_times("Authorize", 2)


@CASES.case(
    "TC_C_13_CS",
    "Cached, no cable yet",
    requirements=["C12.FR.02", "C12.FR.04"],
    needs=[_CACHE],
    asks=_ACTS,
    settings=_CACHED,
)
async def cached_before_the_cable(csms: ManagementSystem) -> None:
    """A token in the cache is authorized before the cable is there, without Authorize."""
    tag = csms.tags.accepted
    await csms.booted()
    await _cache(csms, tag)
    await csms.act("swipe", id_tag=tag)
    await csms.act("plug")
    await csms.hears("TransactionEvent", idToken=csms.token(tag))
    await csms.hears_event(state="Charging")
    csms.heard_times("Authorize", 1)


@CASES.case(
    "TC_C_14_CS",
    "Cached, of the master pass",
    requirements=["C12.FR.09", "C16.FR.03"],
    needs=[_CACHE, "master pass"],
    asks=_ACTS,
    settings={**_CACHED, "AuthCtrlr.MasterPassGroupId": "VY-MASTERS"},
)
async def cached_master_pass(csms: ManagementSystem) -> None:
    """A master pass in the cache starts nothing, and ends what another began."""
    master = csms.tags.other
    await csms.booted()
    await _cache(csms, master, **MASTERS)
    nothing_authorized(csms)
    transaction = await csms.starts()
    await csms.act("swipe", id_tag=master)
    stopped = await csms.hears_event(trigger="StopAuthorized", transactionId=transaction)
    stopped.expect({"idToken": csms.token(master), "transactionInfo.stoppedReason": "MasterPass"})


# --- judged when the station is back --------------------------------------------------------------


def _judged(stops: bool, energy_wh: int) -> dict[str, str]:
    return {
        **_CACHED,
        "AuthCtrlr.LocalAuthorizeOffline": "true",
        "TxCtrlr.StopTxOnInvalidId": str(stops).lower(),
        "TxCtrlr.MaxEnergyOnInvalidId": str(energy_wh),
    }


async def _refused_afterwards(csms: ManagementSystem) -> None:
    """Start offline by the cache; the CSMS refuses the token when the station is back."""
    tag = csms.tags.accepted
    await csms.booted()
    await _cache(csms, tag)
    csms.infos[tag] = {"status": "Invalid"}
    await csms.act("network_drop")
    await csms.act("plug")
    await csms.act("swipe", id_tag=tag)
    await csms.passes(2)
    await csms.act("network_restore")
    begun = await csms.hears("TransactionEvent", idToken=csms.token(tag))
    begun.expect(offline=True)


_OFFLINE_ACTS = [*_ACTS, "network_drop", "network_restore"]


@CASES.case(
    "TC_C_15_CS",
    "Cached, refused afterwards, some energy",
    requirements=["C12.FR.02", "C12.FR.04", "C15.FR.07"],
    needs=[_CACHE, "MaxEnergyOnInvalidId"],
    asks=_OFFLINE_ACTS,
    settings=_judged(False, 10_000),
)
async def refused_with_some_energy(csms: ManagementSystem) -> None:
    """The driver is still given so much energy, and the transaction goes on."""
    await _refused_afterwards(csms)
    await csms.passes(3)
    for one in csms.inbox.since("TransactionEvent"):
        if one["triggerReason"] == "Deauthorized" or one["eventType"] == "Ended":
            raise one.broken("a transaction that goes on")
        if one.get("transactionInfo.chargingState") == "SuspendedEVSE":
            raise one.broken("energy until MaxEnergyOnInvalidId has been given")


@CASES.each(
    Row("TC_C_16_CS", "Cached, refused afterwards, stop"),
    requirements=["C12.FR.02", "C12.FR.04", "C15.FR.04"],
    needs=[_CACHE],
    asks=_OFFLINE_ACTS,
    settings=_judged(True, 0),
)
async def refused_and_stopped(csms: ManagementSystem) -> None:
    """The authorization ends as soon as the CSMS has refused the token."""
    await _refused_afterwards(csms)
    stopped = await csms.hears_event(trigger="Deauthorized")
    if stopped["eventType"] == "Ended":
        stopped.expect({"transactionInfo.stoppedReason": "DeAuthorized"})


CASES.each(
    Row("TC_C_18_CS", "Cached, refused afterwards, stop in spite of the energy allowed"),
    requirements=["C12.FR.02", "C12.FR.04", "C15.FR.04"],
    needs=[_CACHE, "MaxEnergyOnInvalidId"],
    asks=_OFFLINE_ACTS,
    settings=_judged(True, 500),
)(refused_and_stopped)


@CASES.case(
    "TC_C_17_CS",
    "Cached, refused afterwards, no energy",
    requirements=["C12.FR.02", "C12.FR.04", "C15.FR.06"],
    needs=[_CACHE],
    asks=_OFFLINE_ACTS,
    settings=_judged(False, 0),
)
async def refused_without_energy(csms: ManagementSystem) -> None:
    """The transaction goes on, without energy."""
    await _refused_afterwards(csms)
    await csms.hears_event("Updated", state="SuspendedEVSE")
    await csms.passes(2)
    for one in csms.inbox.since("TransactionEvent"):
        if one["eventType"] == "Ended":
            raise one.broken("a transaction that goes on")


# --- how it is kept -------------------------------------------------------------------------------


@CASES.case(
    "TC_C_57_CS",
    "Cached, AuthCacheDisablePostAuthorize",
    requirements=["C10.FR.03", "C12.FR.05"],
    needs=[_CACHE, "AuthCacheDisablePostAuthorize"],
    asks=_ACTS,
    settings={**_CACHED, "AuthCacheCtrlr.DisablePostAuthorize": "true"},
)
async def cached_refusal_is_final(csms: ManagementSystem) -> None:
    """A token that the cache refuses is refused for good, where the cache has the last word."""
    tag = csms.tags.unknown
    await csms.booted()
    await _cache(csms, tag, status="Invalid")
    csms.infos.clear()
    await csms.act("plug")
    await csms.show(tag)
    await csms.passes(2)
    csms.heard_times("Authorize", 1)
    nothing_authorized(csms)


@CASES.case(
    "TC_C_32_CS",
    "The cache outlasts a reboot",
    requirements=["C10.FR.02"],
    needs=[_CACHE],
    asks=_ACTS,
    settings=_CACHED,
)
async def cache_outlasts_a_reboot(csms: ManagementSystem) -> None:
    """Tokens in the cache are known after a reset."""
    await csms.booted()
    await _cache(csms, csms.tags.accepted)
    await csms.reset()
    await csms.booted()
    await _charges_unasked(csms, csms.tags.accepted)


@CASES.case(
    "TC_C_34_CS",
    "Cached by the answer to TransactionEvent",
    requirements=["C10.FR.05", "C12.FR.06"],
    needs=[_CACHE],
    asks=_ACTS,
    settings={**_CACHED, "TxCtrlr.StopTxOnInvalidId": "true"},
)
async def cached_by_a_transaction(csms: ManagementSystem) -> None:
    """The answer to a TransactionEvent changes the cache: the CSMS is asked the next time."""
    tag = csms.tags.accepted
    await csms.booted()
    await _cache(csms, tag)
    csms.infos[tag] = {"status": "Invalid"}
    await csms.act("plug")
    await csms.act("swipe", id_tag=tag)
    await csms.hears_event(trigger="Deauthorized")
    await csms.show(tag)  # releases the cable, where the station keeps it
    await csms.leaves()
    asked = len(csms.inbox.all("Authorize"))
    await csms.act("plug")
    await csms.show(tag)
    await csms.heard_until("Authorize", asked + 1)


@CASES.case(
    "TC_C_36_CS",
    "LocalPreAuthorize is false",
    requirements=["C10.FR.11"],
    needs=[_CACHE],
    asks=_ACTS,
    settings={**_CACHED, "AuthCtrlr.LocalPreAuthorize": "false"},
)
async def without_local_pre_authorize(csms: ManagementSystem) -> None:
    """Without LocalPreAuthorize the CSMS is asked, whatever the cache says."""
    tag = csms.tags.accepted
    await csms.booted()
    await _cache(csms, tag)
    csms.infos[tag] = {"status": "Invalid"}
    await csms.act("plug")
    await csms.show(tag)
    await csms.hears("Authorize", idToken=csms.token(tag))


@CASES.case(
    "TC_C_37_CS",
    "Clear the cache",
    requirements=["C11.FR.01", "C11.FR.02", "C11.FR.03"],
    needs=[_CACHE],
    asks=_ACTS,
    settings=_CACHED,
)
async def clear_the_cache(csms: ManagementSystem) -> None:
    """A token that was in the cache is asked about again once the cache is cleared."""
    tag = csms.tags.accepted
    await csms.booted()
    await _cache(csms, tag)
    (await csms.asks("ClearCache")).expect(status="Accepted")
    await csms.starts(tag)
    csms.heard_times("Authorize", 2)


@CASES.case(
    "TC_C_38_CS",
    "Clear the cache, rejected",
    requirements=["C11.FR.01", "C11.FR.04"],
    needs=[_CACHE],
    settings={**_CACHED, "AuthCacheCtrlr.Enabled": "false"},
)
async def clear_a_cache_that_is_not_used(csms: ManagementSystem) -> None:
    """A station that uses no cache has none to clear."""
    await csms.booted()
    (await csms.asks("ClearCache")).expect(status="Rejected")


@CASES.case(
    "TC_C_46_CS",
    "Cached, past its lifetime",
    requirements=["C10.FR.08"],
    needs=[_CACHE, "AuthCacheLifeTime"],
    asks=_ACTS,
    settings={**_CACHED, "AuthCacheCtrlr.LifeTime": "3"},
)
async def past_its_lifetime(csms: ManagementSystem) -> None:
    """A token that was not used for so long is asked about again."""
    tag = csms.tags.accepted
    await csms.booted()
    await _cache(csms, tag)
    await csms.passes(5)
    await csms.starts(tag)
    csms.heard_times("Authorize", 2)


# --- groups ---------------------------------------------------------------------------------------


@CASES.case(
    "TC_C_41_CS",
    "Cached, of the same group",
    requirements=["C09.FR.02", "C09.FR.03", "C09.FR.07"],
    needs=[_CACHE],
    asks=_ACTS,
    settings=_CACHED,
)
async def cached_of_the_group(csms: ManagementSystem) -> None:
    """A token that the cache knows as one of the group ends the transaction, without Authorize."""
    mine, other = csms.tags.accepted, csms.tags.other
    await csms.booted()
    await _cache(csms, mine, **GROUP)
    await _cache(csms, other, **GROUP)
    await _charges_unasked(csms, mine)
    await csms.act("swipe", id_tag=other)
    stopped = await csms.hears_event(trigger="StopAuthorized")
    stopped.expect(idToken=csms.token(other))
    csms.heard_times("Authorize", 2)


@CASES.case(
    "TC_C_44_CS",
    "Cached, of the same group, invalid",
    requirements=["C09.FR.02", "C09.FR.03", "C09.FR.07"],
    needs=[_CACHE],
    asks=_ACTS,
    settings=_CACHED,
)
async def cached_as_invalid_of_the_group(csms: ManagementSystem) -> None:
    """A token of the group that was refused is asked about again, and ends nothing."""
    mine, other = csms.tags.accepted, csms.tags.unknown
    await csms.booted()
    await _cache(csms, other, status="Invalid", **GROUP)
    csms.infos[mine] = GROUP
    await csms.starts(mine)
    await csms.show(other)
    await csms.hears("Authorize", idToken=csms.token(other))
    await csms.passes(2)
    goes_on(csms)
