"""Cases of OCPP 2.0.1 for a charging station: transactions offline, and events that fail (E08, E11,
E12, E13)."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from voltyard.conformance.cases.case import Cases, Row
from voltyard.conformance.charger.v201.authorization import GROUP
from voltyard.conformance.charger.v201.management_system import ManagementSystem
from voltyard.conformance.wire.message import PRESENT, ReceivedMessage
from voltyard.conformance.wire.tester_link import SILENCE, GivenError

CASES = Cases("charger", "2.0.1", "Transactions")

_ACTS = ["plug", "swipe", "network_drop", "network_restore"]
_QUIET = {"SampledDataCtrlr.TxUpdatedInterval": "0"}


@CASES.case(
    "TC_E_40_CS",
    "Connection lost in a transaction",
    requirements=["E11.FR.01", "E11.FR.02", "E11.FR.06"],
    asks=_ACTS,
    settings={"SampledDataCtrlr.TxUpdatedInterval": "2"},
)
async def connection_lost(csms: ManagementSystem) -> None:
    """Meter values of a time offline are told afterwards, in order, as of then."""
    transaction = await csms.charging()
    await csms.passes(1)
    await csms.act("network_drop")
    began = csms.clock()
    await csms.passes(7)
    await csms.act("network_restore")
    last = ""
    for _ in range(3):
        told = await csms.hears_event("Updated", transactionId=transaction)
        told.expect({"offline": True, "meterValue": PRESENT})
        if not last < told["timestamp"] <= csms.now():
            raise told.broken("timestamps of the time offline, in order")
        last = told["timestamp"]
    if csms.clock() - began < 6:
        raise csms.record.broken("no event before the connection was back", last)
    numbers = [one["seqNo"] for one in csms.events(transaction)]
    if numbers != list(range(numbers[0], numbers[0] + len(numbers))):
        raise csms.record.broken("seqNo without a gap", str(numbers))


@CASES.case(
    "TC_E_43_CS",
    "Transaction offline",
    requirements=["E12.FR.01", "E12.FR.02", "E12.FR.06"],
    asks=[*_ACTS, "unplug"],
    settings={
        **_QUIET,
        "AuthCtrlr.LocalAuthorizeOffline": "true",
        "AuthCtrlr.OfflineTxForUnknownIdEnabled": "true",
    },
)
async def transaction_offline(csms: ManagementSystem) -> None:
    """A transaction that began and ended offline is told whole, in order."""
    await csms.booted()
    await csms.act("network_drop")
    await csms.act("plug")
    await csms.act("swipe", id_tag=csms.tags.accepted)
    await csms.passes(2)
    await csms.act("swipe", id_tag=csms.tags.accepted)
    await csms.act("unplug")
    await csms.act("network_restore")
    ended = await csms.hears_event("Ended")
    transaction = ended["transactionInfo.transactionId"]
    csms.check_order(transaction)
    for one in csms.events(transaction):
        one.expect(offline=True)
    begun = csms.events(transaction)[0]
    if not begun["timestamp"] < ended["timestamp"] <= csms.now():
        raise ended.broken("timestamps of the time offline, in order")


@CASES.each(
    Row("TC_E_44_CS", "Stop offline", by_group=False),
    Row("TC_E_45_CS", "Stop offline, by another of the group", by_group=True),
    requirements=["E08.FR.01", "E08.FR.02", "E08.FR.04", "E08.FR.05", "E08.FR.06", "E08.FR.07"],
    asks=[*_ACTS, "unplug"],
    settings={
        **_QUIET,
        "LocalAuthListCtrlr.Enabled": "true",
        "AuthCtrlr.LocalAuthorizeOffline": "true",
    },
)
async def stopped_offline(csms: ManagementSystem, by_group: bool) -> None:
    """A transaction that was stopped offline is told of afterwards, once."""
    mine, other = csms.tags.accepted, csms.tags.other
    await csms.booted()
    if by_group:
        csms.infos = {mine: GROUP, other: GROUP}
        entry: dict[str, Any] = {
            "idToken": csms.token(other),
            "idTokenInfo": {"status": "Accepted", **GROUP},
        }
        answer = await csms.asks(
            "SendLocalList",
            versionNumber=1,
            updateType="Full",
            localAuthorizationList=[entry],
        )
        answer.expect(status="Accepted")
    transaction = await csms.starts()
    await csms.passes(1)
    await csms.act("network_drop")
    await csms.act("swipe", id_tag=other if by_group else mine)
    await csms.act("unplug")
    await csms.act("network_restore")
    ended = await csms.hears_event("Ended", transactionId=transaction)
    ended.expect(offline=True)
    await csms.passes(1)
    csms.check_order(transaction)


# --- events that fail -----------------------------------------------------------------------------

_ATTEMPTS = 3
_INTERVAL_S = 2
_TIMEOUT_S = 3


@CASES.each(
    Row("TC_E_41_CS", "Event without an answer, given up", fails=SILENCE, times=_ATTEMPTS),
    Row("TC_E_42_CS", "Event without an answer, answered at last", fails=SILENCE, times=1),
    Row(
        "TC_E_50_CS",
        "Event refused, given up",
        fails=GivenError("InternalError"),
        times=_ATTEMPTS,
    ),
    Row(
        "TC_E_51_CS",
        "Event refused, answered at last",
        fails=GivenError("InternalError"),
        times=1,
    ),
    requirements=["E13.FR.01", "E13.FR.02", "E13.FR.03", "E13.FR.04"],
    asks=["plug", "swipe"],
    settings={
        **_QUIET,
        "OCPPCommCtrlr.MessageAttempts[TransactionEvent]": str(_ATTEMPTS),
        "OCPPCommCtrlr.MessageAttemptInterval[TransactionEvent]": str(_INTERVAL_S),
        "OCPPCommCtrlr.MessageTimeout[Default]": str(_TIMEOUT_S),
    },
)
async def event_that_fails(csms: ManagementSystem, fails: GivenError, times: int) -> None:
    """An event that fails is sent again, each time after a longer wait, and no more often than
    MessageAttempts says; those that follow wait for it."""
    sound, came = csms.script["TransactionEvent"], list[tuple[float, int]]()

    def answer(request: ReceivedMessage) -> Any:
        came.append((csms.clock(), request["seqNo"]))
        sent = [seq_no for _, seq_no in came if seq_no == came[0][1]]
        first = request["seqNo"] == came[0][1]
        return fails if first and len(sent) <= times else _of(sound, request)

    csms.script["TransactionEvent"] = answer
    await csms.booted()
    await csms.act("plug")
    await csms.act("swipe", id_tag=csms.tags.accepted)
    await csms.hears_event("Updated", state="Charging")
    await csms.passes(_INTERVAL_S * (_ATTEMPTS + 1) + _TIMEOUT_S)
    tries = [at for at, seq_no in came if seq_no == came[0][1]]
    expected = min(times + 1, _ATTEMPTS)
    if len(tries) != expected:
        raise csms.record.broken(f"{expected} attempts", f"{len(tries)} were made")
    waits = _TIMEOUT_S if fails is SILENCE else 0
    for number, (before, after) in enumerate(pairwise(tries), 1):
        if after - before < waits + _INTERVAL_S * number - 0.5:
            raise csms.record.broken(
                f"{waits + _INTERVAL_S * number} s before attempt {number + 1}",
                f"{after - before:.1f} s",
                rule="E13.FR.02",
            )


def _of(answer: Any, request: ReceivedMessage) -> Any:
    return answer(request) if callable(answer) else answer
