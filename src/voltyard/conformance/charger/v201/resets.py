"""Cases of OCPP 2.0.1 for a charging station: resets, and what outlasts them (B11, B12)."""

from __future__ import annotations

from voltyard.conformance.cases.case import Cases, Row
from voltyard.conformance.charger.v201.management_system import ManagementSystem
from voltyard.conformance.subject import SEVERAL_EVSES
from voltyard.conformance.wire.message import ABSENT

CASES = Cases("charger", "2.0.1", "Provisioning")

WHOLE_STATION = "reset of the whole station only"
"""Need of a case: an EVSE cannot be reset by itself (EVSE.AllowReset is false)."""

SINGLE_EVSE = "reset of an EVSE"
"""Need of a case: an EVSE can be reset by itself (EVSE.AllowReset is true)."""


async def _boots_again(csms: ManagementSystem, reason: str = "RemoteReset") -> None:
    (await csms.hears("BootNotification")).expect(reason=reason, rule="B01.FR.03")


@CASES.case(
    "TC_B_20_CS",
    "Reset on idle, without a transaction",
    requirements=["B11.FR.01", "B11.FR.03", "B11.FR.04", "B01.FR.03"],
)
async def reset_on_idle(csms: ManagementSystem) -> None:
    """A station on which nothing runs is reset at once, and boots anew."""
    await csms.booted()
    await csms.reset("OnIdle")
    await _boots_again(csms)
    await csms.hears_every_status()


@CASES.case(
    "TC_B_21_CS",
    "Reset on idle, with a transaction",
    requirements=["B12.FR.01", "B12.FR.03"],
    asks=["plug", "swipe", "unplug"],
)
async def reset_waits_for_the_transaction(csms: ManagementSystem) -> None:
    """A reset on idle is scheduled while a driver charges, and done when the transaction ends."""
    transaction = await csms.charging()
    await csms.reset("OnIdle", status="Scheduled")
    await csms.passes(3)
    csms.heard_times("BootNotification", 1)
    await csms.act("swipe", id_tag=csms.tags.accepted)
    ended = await csms.hears_event("Ended", transactionId=transaction)
    if ended.get("transactionInfo.stoppedReason") == "ImmediateReset":
        raise ended.broken("a transaction that the driver ended")
    await _boots_again(csms, "ScheduledReset")
    await csms.hears_status("Occupied")


@CASES.case(
    "TC_B_22_CS",
    "Immediate reset with a transaction",
    requirements=["B12.FR.02", "B12.FR.04", "E07.FR.03", "B01.FR.03"],
    asks=["plug", "swipe"],
)
async def immediate_reset(csms: ManagementSystem) -> None:
    """An immediate reset ends the transaction, tells so before the boot or after it, and boots."""
    transaction = await csms.charging()
    await csms.reset("Immediate")
    await csms.heard_until("BootNotification", 2)
    ended = await csms.hears_event("Ended", transactionId=transaction)
    ended.expect(
        {
            "triggerReason": "ResetCommand",
            "transactionInfo.stoppedReason": "ImmediateReset",
            "transactionInfo.chargingState": "EVConnected",
            "idToken": ABSENT,
        }
    )
    csms.check_order(transaction)
    csms.inbox.all("BootNotification")[1].expect(reason="RemoteReset", rule="B01.FR.03")


@CASES.case(
    "TC_B_41_CS",
    "Reset on idle, with several transactions",
    requirements=["B12.FR.01", "B12.FR.03", "E07.FR.03"],
    needs=[SEVERAL_EVSES],
    asks=["plug", "swipe"],
)
async def reset_waits_for_every_transaction(csms: ManagementSystem) -> None:
    """The reset is done when the last transaction has ended, and not before."""
    first = await csms.charging()
    second = await csms.starts(csms.tags.other, 2)
    await csms.reset("OnIdle", status="Scheduled")
    await csms.act("swipe", id_tag=csms.tags.accepted, evse_id=1)
    await csms.hears_event("Ended", transactionId=first)
    await csms.passes(3)
    csms.heard_times("BootNotification", 1)
    await csms.act("swipe", id_tag=csms.tags.other, evse_id=2)
    await csms.hears_event("Ended", transactionId=second)
    await _boots_again(csms, "ScheduledReset")


@CASES.case(
    "TC_B_23_CS",
    "Unavailable outlasts a reset",
    requirements=["B11.FR.01", "B11.FR.02", "B11.FR.03"],
)
async def unavailable_outlasts_a_reset(csms: ManagementSystem) -> None:
    """An EVSE that is out of service stays so over a reset, the others do not."""
    await csms.booted()
    await csms.change_availability("Inoperative", id=1)
    await csms.hears_status("Unavailable")
    await csms.reset()
    await _boots_again(csms)
    await csms.hears_status("Unavailable")
    for evse in range(2, csms.subject.evses + 1):
        await csms.hears_status("Available", evse)
    await csms.change_availability("Operative", id=1)
    await csms.hears_status("Available")


@CASES.case(
    "TC_B_24_CS",
    "Reserved outlasts a reset",
    requirements=["B11.FR.01", "B11.FR.03", "B11.FR.05"],
    needs=["Reservation"],
)
async def reserved_outlasts_a_reset(csms: ManagementSystem) -> None:
    """An EVSE that is reserved stays so over a reset: the driver counts on it."""
    await csms.booted()
    await csms.reserve()
    await csms.hears_status("Reserved")
    await csms.reset()
    await _boots_again(csms)
    await csms.hears_status("Reserved")


async def _is_back(csms: ManagementSystem, status: str) -> None:
    """EVSE 1 is out of service and comes back; the station does not boot for it (B11.FR.08)."""
    await csms.hears_status("Unavailable")
    await csms.hears_status(status)
    csms.heard_times("BootNotification", 1)


async def _goes_on(csms: ManagementSystem, transaction: str) -> None:
    """The transaction at another EVSE has neither ended nor is it forgotten."""
    for one in csms.inbox.all("TransactionEvent"):
        ended = one["eventType"] == "Ended"
        if ended and one.get("transactionInfo.transactionId") == transaction:
            raise one.broken("a transaction of another EVSE that goes on")
    answer = await csms.asks("GetTransactionStatus", transactionId=transaction)
    answer.expect(ongoingIndicator=True)


@CASES.case(
    "TC_B_25_CS",
    "Reset of an EVSE, without a transaction",
    requirements=["B11.FR.01", "B11.FR.08", "B11.FR.10"],
    needs=[SINGLE_EVSE],
)
async def reset_of_one_evse(csms: ManagementSystem) -> None:
    """An EVSE at which nothing runs is reset at once, by itself."""
    await csms.booted()
    await csms.reset("OnIdle", evseId=1)
    await _is_back(csms, "Available")


@CASES.case(
    "TC_B_26_CS",
    "Reset of an EVSE on idle, with a transaction",
    requirements=["B12.FR.01", "B12.FR.07"],
    needs=[SINGLE_EVSE, SEVERAL_EVSES],
    asks=["plug", "swipe"],
)
async def reset_of_one_evse_waits(csms: ManagementSystem) -> None:
    """The reset is done when the transaction of that EVSE has ended; that of another goes on."""
    first = await csms.charging()
    second = await csms.starts(csms.tags.other, 2)
    await csms.reset("OnIdle", evseId=1, status="Scheduled")
    await csms.passes(3)
    await csms.act("swipe", id_tag=csms.tags.accepted, evse_id=1)
    ended = await csms.hears_event("Ended", transactionId=first)
    if ended.get("transactionInfo.stoppedReason") == "ImmediateReset":
        raise ended.broken("a transaction that the driver ended")
    await _is_back(csms, "Occupied")
    await _goes_on(csms, second)


@CASES.case(
    "TC_B_27_CS",
    "Immediate reset of an EVSE with a transaction",
    requirements=["B12.FR.02", "B12.FR.08"],
    needs=[SINGLE_EVSE, SEVERAL_EVSES],
    asks=["plug", "swipe"],
)
async def immediate_reset_of_one_evse(csms: ManagementSystem) -> None:
    """An immediate reset ends the transaction of that EVSE, and of no other."""
    first = await csms.charging()
    second = await csms.starts(csms.tags.other, 2)
    await csms.reset("Immediate", evseId=1)
    ended = await csms.hears_event("Ended", transactionId=first)
    ended.expect(
        {
            "triggerReason": "ResetCommand",
            "transactionInfo.stoppedReason": "ImmediateReset",
            "idToken": ABSENT,
        }
    )
    await _is_back(csms, "Occupied")
    await _goes_on(csms, second)


@CASES.each(
    Row("TC_B_28_CS", "Reset of an EVSE, not supported"),
    Row("TC_B_29_CS", "Reset of an EVSE in a transaction, not supported", charging=True),
    requirements=["B11.FR.09", "B12.FR.09"],
    needs=[WHOLE_STATION],
    asks=["plug", "swipe"],
    spec={"resets_evses": False},
)
async def reset_of_an_evse(csms: ManagementSystem, charging: bool = False) -> None:
    """A station that cannot reset one EVSE refuses to, and whoever charges there goes on."""
    await (csms.charging() if charging else csms.booted())
    await csms.reset("Immediate" if not charging else "OnIdle", evseId=1, status="Rejected")
    await csms.passes(3)
    csms.heard_times("BootNotification", 1)
    for one in csms.inbox.all("TransactionEvent"):
        if one["eventType"] == "Ended":
            raise one.broken("a transaction that goes on")
