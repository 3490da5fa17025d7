"""Cases of OCPP 2.0.1 for a charging station: local transactions, cables pulled at the vehicle, and
the status of transactions (E02, E03, E09, E10, E14)."""

from __future__ import annotations

from voltyard.conformance.attendants.own import FIXED_CABLE
from voltyard.conformance.cases.case import Cases, Row
from voltyard.conformance.charger.v201.authorization import nothing_authorized
from voltyard.conformance.charger.v201.management_system import ManagementSystem
from voltyard.conformance.wire.message import ABSENT, PRESENT

CASES = Cases("charger", "2.0.1", "Transactions")


# --- local starts ---------------------------------------------------------------------------------


@CASES.case(
    "TC_E_03_CS",
    "Local start, cable first",
    requirements=["E02.FR.01", "E02.FR.05", "E02.FR.13", "E01.FR.16", "C01.FR.02"],
    asks=["plug", "swipe"],
    settings={"TxCtrlr.TxStartPoint": "EVConnected"},
)
async def cable_first(csms: ManagementSystem) -> None:
    """Cable, token, energy: each is told once, in events of one transaction."""
    await csms.booted()
    await csms.act("plug")
    begun = await csms.hears_event("Started", "CablePluggedIn", "EVConnected")
    transaction = begun["transactionInfo.transactionId"]
    await csms.act("swipe", id_tag=csms.tags.accepted)
    await csms.hears("Authorize", idToken=csms.token())
    granted = await csms.hears_event("Updated", "Authorized", transactionId=transaction)
    granted.expect(idToken=csms.token(), evse=ABSENT)
    charging = await csms.hears_event("Updated", "ChargingStateChanged", "Charging")
    charging.expect({"transactionInfo.transactionId": transaction, "idToken": ABSENT})
    for number, one in enumerate(csms.events(transaction), begun["seqNo"]):
        one.expect(seqNo=number)


@CASES.case(
    "TC_E_04_CS",
    "Local start, authorization first",
    requirements=["E03.FR.01", "E03.FR.06", "E03.FR.12", "E01.FR.16", "C01.FR.02"],
    asks=["plug", "swipe"],
    settings={"TxCtrlr.TxStartPoint": "Authorized"},
)
async def authorization_first(csms: ManagementSystem) -> None:
    """Token, cable, energy: the EVSE is told with the cable, not before."""
    await csms.booted()
    await csms.act("swipe", id_tag=csms.tags.accepted)
    await csms.hears("Authorize", idToken=csms.token())
    begun = await csms.hears_event("Started", "Authorized")
    transaction = begun["transactionInfo.transactionId"]
    await csms.act("plug")
    plugged = await csms.hears_event("Updated", "CablePluggedIn", transactionId=transaction)
    plugged.expect(
        {
            "evse.id": 1,
            "evse.connectorId": PRESENT,
            "transactionInfo.chargingState": "EVConnected",
        }
    )
    await csms.hears_event("Updated", "ChargingStateChanged", "Charging")


@CASES.case(
    "TC_E_05_CS",
    "Local start, authorization first, no cable in time",
    requirements=["E03.FR.01", "E03.FR.05", "E03.FR.06", "E03.FR.12", "C01.FR.02"],
    asks=["plug", "swipe"],
    settings={
        "TxCtrlr.TxStartPoint": "Authorized",
        "TxCtrlr.TxStopPoint": "Authorized",
        "TxCtrlr.EVConnectionTimeOut": "3",
        "AuthCacheCtrlr.Enabled": "false",
        "AuthCtrlr.LocalPreAuthorize": "false",
    },
)
async def no_cable_in_time(csms: ManagementSystem) -> None:
    """No cable comes in time: the authorization ends, and the EVSE is ready for another driver."""
    await csms.booted()
    await csms.act("swipe", id_tag=csms.tags.accepted)
    ended = await csms.hears_event("Ended", "EVConnectTimeout")
    ended.expect({"transactionInfo.stoppedReason": "Timeout"})
    await csms.act("swipe", id_tag=csms.tags.accepted)
    await csms.heard_until("Authorize", 2)
    await csms.act("plug")
    charging = await csms.hears_event(state="Charging")
    first, second = (one["transactionInfo.transactionId"] for one in (ended, charging))
    if first == second:
        raise charging.broken("a transactionId that was not used before", rule="E01.FR.08")


@CASES.case(
    "TC_E_38_CS",
    "Local start, vehicle not ready",
    requirements=["E03.FR.13"],
    asks=["plug", "swipe", "ev_stops_energy"],
    settings={"TxCtrlr.TxStartPoint": "EVConnected"},
)
async def vehicle_not_ready(csms: ManagementSystem) -> None:
    """A vehicle that takes no energy yet is told of as SuspendedEV."""
    await csms.booted()
    await csms.act("plug")
    await csms.act("ev_stops_energy")
    await csms.act("swipe", id_tag=csms.tags.accepted)
    await csms.hears_event("Updated", "ChargingStateChanged", "SuspendedEV")


@CASES.case(
    "TC_E_52_CS",
    "Local start, DisableRemoteAuthorization",
    requirements=["C01.FR.02", "C01.FR.05"],
    needs=["DisableRemoteAuthorization"],
    asks=["plug", "swipe"],
    settings={"AuthCtrlr.DisableRemoteAuthorization": "true"},
)
async def without_remote_authorization(csms: ManagementSystem) -> None:
    """An unknown token starts nothing where the CSMS is not to be asked."""
    await csms.booted()
    await csms.act("plug")
    await csms.show(csms.tags.accepted)
    await csms.passes(2)
    csms.never_heard("Authorize")
    nothing_authorized(csms)


# --- cables pulled at the vehicle -----------------------------------------------------------------


def _pulled(stops: bool, unlocks: bool) -> dict[str, str]:
    return {
        "TxCtrlr.TxStopPoint": "Authorized",
        "TxCtrlr.StopTxOnEVSideDisconnect": str(stops).lower(),
        "OCPPCommCtrlr.UnlockOnEVSideDisconnect": str(unlocks).lower(),
    }


_PULLED_ACTS = ["plug", "swipe", "pull_cable_at_ev"]


@CASES.case(
    "TC_E_24_CS",
    "Cable pulled at the vehicle, unlock",
    requirements=["E09.FR.01", "E09.FR.02", "E09.FR.04"],
    asks=[*_PULLED_ACTS, "unplug"],
    settings=_pulled(True, True),
)
async def pulled_and_unlocked(csms: ManagementSystem) -> None:
    """The authorization ends with the connection, and the cable can be taken away."""
    await csms.charging()
    await csms.act("pull_cable_at_ev")
    await csms.hears_event(trigger="EVCommunicationLost", state="Idle")
    await csms.leaves()


@CASES.case(
    "TC_E_25_CS",
    "Cable pulled at the vehicle, stay locked",
    requirements=["E09.FR.01", "E09.FR.03", "E09.FR.04"],
    asks=[*_PULLED_ACTS, "unplug"],
    settings=_pulled(True, False),
)
async def pulled_and_locked(csms: ManagementSystem) -> None:
    """The authorization ends with the connection, and the cable stays until the driver's card."""
    await csms.charging()
    await csms.act("pull_cable_at_ev")
    await csms.hears_event(trigger="EVCommunicationLost", state="Idle")
    await csms.act("swipe", id_tag=csms.tags.accepted)
    await csms.leaves()


@CASES.case(
    "TC_E_26_CS",
    "Cable pulled at the vehicle, suspend",
    requirements=["E10.FR.01", "E10.FR.03"],
    asks=_PULLED_ACTS,
    settings=_pulled(False, False),
)
async def pulled_and_suspended(csms: ManagementSystem) -> None:
    """The transaction is suspended while the cable is out at the vehicle, and goes on after."""
    transaction = await csms.charging()
    await csms.act("pull_cable_at_ev")
    await csms.hears_event("Updated", "EVCommunicationLost", "Idle")
    await csms.act("plug")
    await csms.hears_event("Updated", "CablePluggedIn", "EVConnected")
    charging = await csms.hears_event("Updated", "ChargingStateChanged", "Charging")
    charging.expect({"transactionInfo.transactionId": transaction})


@CASES.case(
    "TC_E_27_CS",
    "Fixed cable pulled at the vehicle, time-out",
    requirements=["E10.FR.02", "E10.FR.03"],
    needs=[FIXED_CABLE],
    asks=_PULLED_ACTS,
    settings={**_pulled(False, False), "TxCtrlr.EVConnectionTimeOut": "3"},
)
async def pulled_and_timed_out(csms: ManagementSystem) -> None:
    """A fixed cable that is not put back in time ends the authorization."""
    await csms.charging()
    await csms.act("pull_cable_at_ev")
    await csms.hears_event("Updated", "EVCommunicationLost", "Idle")
    ended = await csms.hears_event("Ended", "EVConnectTimeout")
    ended.expect({"transactionInfo.stoppedReason": "Timeout"})


# --- the status of transactions -------------------------------------------------------------------


async def _status(
    csms: ManagementSystem, transaction: str | None, *, ongoing: bool | None, queued: bool
) -> None:
    asked = {} if transaction is None else {"transactionId": transaction}
    answer = await csms.asks("GetTransactionStatus", **asked)
    answer.expect(ongoingIndicator=ABSENT if ongoing is None else ongoing, messagesInQueue=queued)


@CASES.case("TC_E_28_CS", "Status of an unknown transaction", requirements=["E14.FR.01"])
async def status_of_an_unknown_transaction(csms: ManagementSystem) -> None:
    """A transaction that the station does not know is not going on, and has nothing to tell."""
    await csms.booted()
    await _status(csms, "b3b1f3a2-0000-4000-8000-000000000000", ongoing=False, queued=False)


@CASES.case(
    "TC_E_30_CS",
    "Status of a transaction that goes on",
    requirements=["E14.FR.02", "E14.FR.05"],
    asks=["plug", "swipe"],
)
async def status_of_a_transaction(csms: ManagementSystem) -> None:
    """A transaction that goes on is said to, and all that happened has been told."""
    transaction = await csms.charging()
    await csms.passes(1)
    await _status(csms, transaction, ongoing=True, queued=False)


@CASES.case(
    "TC_E_32_CS",
    "Status of a transaction that is over",
    requirements=["E14.FR.03", "E14.FR.05"],
    asks=["plug", "swipe", "unplug"],
)
async def status_of_an_ended_transaction(csms: ManagementSystem) -> None:
    """A transaction that is over, and was told whole, has nothing left to tell."""
    transaction = await csms.charging()
    await csms.act("swipe", id_tag=csms.tags.accepted)
    await csms.leaves()
    await csms.hears_event("Ended", transactionId=transaction)
    await csms.passes(1)
    await _status(csms, transaction, ongoing=False, queued=False)


@CASES.case("TC_E_34_CS", "Status of the queue, empty", requirements=["E14.FR.06", "E14.FR.08"])
async def status_of_an_empty_queue(csms: ManagementSystem) -> None:
    """Without a transactionId the queue alone is spoken of."""
    await csms.booted()
    await _status(csms, None, ongoing=None, queued=False)


@CASES.each(
    Row("TC_E_29_CS", "Status of a transaction that goes on, with messages", named=True),
    Row("TC_E_33_CS", "Status of the queue, with messages", named=False),
    requirements=["E14.FR.02", "E14.FR.04", "E14.FR.06", "E14.FR.07"],
    asks=["plug", "swipe", "network_drop", "network_restore"],
    settings={"SampledDataCtrlr.TxUpdatedInterval": "1"},
)
async def status_with_messages(csms: ManagementSystem, named: bool) -> None:
    """While events of a time offline wait to be sent, the station says so."""
    transaction = await csms.charging()
    await _goes_offline_and_back(csms, ends=False)
    wanted = transaction if named else None
    await _status(csms, wanted, ongoing=True if named else None, queued=True)
    await _takes_the_queue(csms)


@CASES.case(
    "TC_E_31_CS",
    "Status of a transaction that is over, with messages",
    requirements=["E14.FR.03", "E14.FR.04"],
    asks=["plug", "swipe", "unplug", "network_drop", "network_restore"],
    settings={"SampledDataCtrlr.TxUpdatedInterval": "1"},
)
async def status_of_an_ended_transaction_with_messages(csms: ManagementSystem) -> None:
    """A transaction that ended offline is over, though the CSMS has not been told all of it."""
    transaction = await csms.charging()
    await _goes_offline_and_back(csms, ends=True)
    await _status(csms, transaction, ongoing=False, queued=True)
    await _takes_the_queue(csms)
    await csms.hears_event("Ended", transactionId=transaction)


async def _goes_offline_and_back(csms: ManagementSystem, *, ends: bool) -> None:
    """Events wait afterwards, as the CSMS has not answered the first of them yet."""
    await csms.act("network_drop")
    await csms.passes(3)
    if ends:
        await csms.act("swipe", id_tag=csms.tags.accepted)
        await csms.act("unplug")
    csms.hold("TransactionEvent")
    await csms.act("network_restore")
    await csms.linked()


async def _takes_the_queue(csms: ManagementSystem) -> None:
    """Answer what was held; the events that come then are of the time offline."""
    csms.release("TransactionEvent")
    told = await csms.hears_event()
    told.expect(offline=True)
