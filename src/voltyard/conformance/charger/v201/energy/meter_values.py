"""Cases of OCPP 2.0.1 for a charging station: clock-aligned and sampled meter values (block J)."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, Final, NamedTuple

from voltyard.conformance.cases.case import Cases
from voltyard.conformance.charger.v201.management_system import ManagementSystem
from voltyard.conformance.wire.message import MISSING, ReceivedMessage
from voltyard.kernel.time import from_rfc3339

CASES = Cases("charger", "2.0.1", "MeterValues")

_REGISTER: Final = "Energy.Active.Import.Register"
_POWER: Final = "Power.Active.Import"
_INTERVAL_S: Final = 10
_INEXACT_S: Final = 1.0
"""A clock of the station may stray so far from the mark of a clock-aligned value."""

_ALIGNED: Final = {
    "AlignedDataCtrlr.Interval": str(_INTERVAL_S),
    "AlignedDataCtrlr.Measurands": _REGISTER,
    "SampledDataCtrlr.TxUpdatedInterval": "0",
}


class _Sample(NamedTuple):
    """One value of a message."""

    message: ReceivedMessage
    at: float
    context: str
    measurand: str
    value: float


def _samples(message: ReceivedMessage) -> list[_Sample]:
    """The samples of a MeterValues or TransactionEvent, but for registers of single phases. Context
    and measurand have defaults (SampledValueType)."""
    meter_values: list[dict[str, Any]] = message.payload.get("meterValue", [])
    return [
        _Sample(
            message,
            from_rfc3339(one["timestamp"]),
            sampled.get("context", "Sample.Periodic"),
            sampled.get("measurand", _REGISTER),
            sampled["value"],
        )
        for one in meter_values
        for sampled in one["sampledValue"]
        if "phase" not in sampled or sampled.get("measurand", _REGISTER) != _REGISTER
    ]


def _expect(message: ReceivedMessage, context: str, measurands: set[str]) -> list[_Sample]:
    """The samples of that context in a message. The case fails unless they are of exactly these
    measurands."""
    found = [one for one in _samples(message) if one.context == context]
    if {one.measurand for one in found} != measurands:
        raise message.broken(f"{context} values of {', '.join(sorted(measurands))}")
    return found


def _expect_on_the_mark(found: list[_Sample]) -> None:
    """The case fails unless they were taken at multiples of the interval from midnight."""
    for one in found:
        beside_s = (one.at + _INEXACT_S) % _INTERVAL_S
        if beside_s > 2 * _INEXACT_S:
            raise one.message.broken(f"a timestamp at a multiple of {_INTERVAL_S} s from midnight")


def _expect_apart(first: _Sample, second: _Sample, interval_s: float) -> None:
    apart_s = second.at - first.at
    if abs(apart_s - interval_s) > 2 * _INEXACT_S:
        raise second.message.broken(f"{interval_s:g} s after the one before", f"{apart_s:g} s")


# --- clock-aligned --------------------------------------------------------------------------------


@CASES.case(
    "TC_J_01_CS",
    "Clock-aligned values without a transaction",
    requirements=["J01.FR.02", "J01.FR.05", "J01.FR.06", "J01.FR.14", "J01.FR.17"],
    settings=_ALIGNED,
)
async def aligned_while_idle(csms: ManagementSystem) -> None:
    """Every EVSE's meter is read on the mark: grid operators compare these values of a region."""
    await csms.booted()
    for evse in range(1, csms.subject.evses + 1):
        read = [
            _expect(
                await csms.inbox.receive("MeterValues", {"evseId": evse}),
                "Sample.Clock",
                {_REGISTER},
            )
            for _ in range(2)
        ]
        for found in read:
            _expect_on_the_mark(found)
        _expect_apart(read[0][0], read[1][0], _INTERVAL_S)


def _clock_values(csms: ManagementSystem, evse: int, transaction: str) -> list[_Sample]:
    """Clock-aligned values of an EVSE that have come after what was read: in MeterValues, or in
    events of its transaction."""
    messages = [one for one in csms.inbox.since("MeterValues") if one["evseId"] == evse]
    messages += [
        one
        for one in csms.inbox.since("TransactionEvent")
        if one.fits(
            {
                "triggerReason": "MeterValueClock",
                "transactionInfo.transactionId": transaction,
                "eventType": "Updated",
            }
        )
    ]
    return [
        sample
        for one in messages
        for sample in _samples(one)
        if (sample.context, sample.measurand) == ("Sample.Clock", _REGISTER)
    ]


@CASES.case(
    "TC_J_02_CS",
    "Clock-aligned values in a transaction",
    requirements=["J01.FR.14", "J01.FR.22", "J02.FR.16"],
    asks=["plug", "swipe"],
    settings=_ALIGNED,
)
async def aligned_in_a_transaction(csms: ManagementSystem) -> None:
    """While somebody charges the values go on, in MeterValues or with the transaction."""
    transaction = await csms.charging()
    csms.record.step("Two clock-aligned values come")
    await csms.inbox.awaits(
        "two clock-aligned values of EVSE 1",
        lambda: len(_clock_values(csms, 1, transaction)) >= 2,
    )
    first, second = _clock_values(csms, 1, transaction)[:2]
    _expect_on_the_mark([first, second])
    _expect_apart(first, second, _INTERVAL_S)
    if second.value < first.value:
        raise second.message.broken(
            f"a register of at least {first.value}", f"{second.value}", rule="J02.FR.16"
        )


@CASES.case(
    "TC_J_03_CS",
    "Clock-aligned values at the end",
    requirements=["E07.FR.08", "J02.FR.18"],
    asks=["plug", "swipe", "unplug"],
    settings={
        "AlignedDataCtrlr.TxEndedInterval": str(_INTERVAL_S),
        "AlignedDataCtrlr.TxEndedMeasurands": _REGISTER,
    },
)
async def aligned_at_the_end(csms: ManagementSystem) -> None:
    """The end of a transaction has the values of each mark that it has seen: bills rest on them."""
    transaction = await csms.charging()
    await csms.passes(2.5 * _INTERVAL_S)
    ended = await _ends(csms, transaction)
    found = _expect(ended, "Sample.Clock", {_REGISTER})
    if len(found) < 2:
        raise ended.broken("a value for each mark")
    _expect_on_the_mark(found)
    for first, second in pairwise(found):
        _expect_apart(first, second, _INTERVAL_S)


async def _ends(csms: ManagementSystem, transaction: str) -> ReceivedMessage:
    """The driver ends the transaction and takes the cable out; its last event."""
    await csms.act("swipe", id_tag=csms.tags.accepted)
    await csms.act("unplug")
    return await csms.hears_event("Ended", transactionId=transaction)


@CASES.case(
    "TC_J_06_CS",
    "No clock-aligned values in a transaction",
    requirements=["J01.FR.19", "J01.FR.20"],
    needs=["AlignedDataCtrlr.SendDuringIdle"],
    asks=["plug", "swipe", "unplug"],
    settings={**_ALIGNED, "AlignedDataCtrlr.SendDuringIdle": "true"},
)
async def aligned_only_while_idle(csms: ManagementSystem) -> None:
    """A station that is set so sends the values only between transactions."""
    transaction = await csms.charging()
    csms.inbox.skip()
    await csms.passes(2.5 * _INTERVAL_S)
    csms.hears_nothing("MeterValues", "J01.FR.20")
    if found := _clock_values(csms, 1, transaction):
        raise found[0].message.broken("no clock-aligned values", rule="J01.FR.19")
    await _ends(csms, transaction)
    _expect_on_the_mark(
        _expect(await csms.hears("MeterValues", evseId=1), "Sample.Clock", {_REGISTER})
    )


# --- sampled --------------------------------------------------------------------------------------


@CASES.case(
    "TC_J_07_CS",
    "Sampled values at the start",
    requirements=["E02.FR.09", "J02.FR.22"],
    asks=["plug", "swipe"],
    settings={"SampledDataCtrlr.TxStartedMeasurands": _REGISTER},
)
async def sampled_at_the_start(csms: ManagementSystem) -> None:
    """The first event of a transaction has the register at its begin: the energy is counted from
    there."""
    await csms.booted()
    await csms.act("plug")
    await csms.act("swipe", id_tag=csms.tags.accepted)
    started = await csms.hears_event("Started")
    _expect(started, "Transaction.Begin", {_REGISTER})


@CASES.case(
    "TC_J_08_CS",
    "Sampled values at the start, EVSE not known yet",
    requirements=["E01.FR.17", "E02.FR.21", "J02.FR.22"],
    asks=["plug", "swipe"],
    settings={
        "SampledDataCtrlr.TxStartedMeasurands": _REGISTER,
        "TxCtrlr.TxStartPoint": "Authorized",
    },
)
async def sampled_once_the_evse_is_known(csms: ManagementSystem) -> None:
    """A card may begin a transaction before it is known at which EVSE: the values of its begin come
    when energy flows."""
    await csms.booted()
    await csms.act("swipe", id_tag=csms.tags.accepted)
    started = await csms.hears_event("Started")
    if started.get("evse") is not MISSING:  # a reader of one EVSE
        _expect(started, "Transaction.Begin", {_REGISTER})
        return
    if _samples(started):
        raise started.broken("no meter values without an EVSE")
    await csms.act("plug")
    charging = await csms.hears_event("Updated", state="Charging")
    transaction = started["transactionInfo.transactionId"]
    if not any(
        one.context == "Transaction.Begin" and one.measurand == _REGISTER
        for event in csms.events(transaction)
        for one in _samples(event)
    ):
        raise charging.broken("a value of the begin by the time that energy flows")


@CASES.case(
    "TC_J_09_CS",
    "Sampled values in a transaction",
    requirements=["J02.FR.02", "J02.FR.03", "J02.FR.04", "J02.FR.10", "J02.FR.11", "J02.FR.16"],
    asks=["plug", "swipe"],
    settings={
        "SampledDataCtrlr.TxUpdatedInterval": str(_INTERVAL_S),
        "SampledDataCtrlr.TxUpdatedMeasurands": f"{_REGISTER},{_POWER}",
    },
)
async def sampled_in_a_transaction(csms: ManagementSystem) -> None:
    """While somebody charges samples come at the interval that was set, of what was set: drivers
    watch them."""
    transaction = await csms.charging()
    read: list[_Sample] = []
    for _ in range(3):
        told = await csms.hears_event("Updated", "MeterValuePeriodic", transactionId=transaction)
        found = _expect(told, "Sample.Periodic", {_REGISTER, _POWER})
        read += [one for one in found if one.measurand == _REGISTER][:1]
    for first, second in pairwise(read):
        _expect_apart(first, second, _INTERVAL_S)
        if second.value < first.value:
            raise second.message.broken(f"a register of at least {first.value}", rule="J02.FR.16")


@CASES.case(
    "TC_J_10_CS",
    "Sampled values at the end",
    requirements=["E07.FR.08", "J02.FR.16", "J02.FR.22"],
    asks=["plug", "swipe", "unplug"],
    settings={
        "SampledDataCtrlr.TxEndedInterval": str(_INTERVAL_S),
        "SampledDataCtrlr.TxEndedMeasurands": _REGISTER,
        "SampledDataCtrlr.TxUpdatedInterval": "0",
    },
)
async def sampled_at_the_end(csms: ManagementSystem) -> None:
    """The end of a transaction has its samples: of the begin, of each interval, and of the end."""
    transaction = await csms.charging()
    await csms.passes(3.5 * _INTERVAL_S)
    ended = await _ends(csms, transaction)
    [begun] = _expect(ended, "Transaction.Begin", {_REGISTER})
    between = _expect(ended, "Sample.Periodic", {_REGISTER})
    [over] = _expect(ended, "Transaction.End", {_REGISTER})
    if len(between) < 3:
        raise ended.broken("a sample for each interval")
    for first, second in pairwise(between):
        _expect_apart(first, second, _INTERVAL_S)
    values = [one.value for one in (begun, *between, over)]
    if values != sorted(values):
        raise ended.broken("a register that rises", rule="J02.FR.16")
