"""Cases of OCPP 2.0.1 for a CSMS: meter values (block J)."""

from __future__ import annotations

from typing import Any, Final

from voltyard.conformance.cases.case import Cases, Row
from voltyard.conformance.csms.v201.station import EVSES, Station
from voltyard.conformance.csms.v201.transaction import METER_STEP_WH, StationTransaction

CASES = Cases("csms", "2.0.1", "MeterValues")

_TIMES: Final = 3
_SIGNED: Final = {
    "signedMeterData": "T0NNRnx7IkZWIjoiMS4wIn18eyJTRCI6IjMwNDUifQ==",
    "signingMethod": "ECDSA-secp256r1-SHA256",
    "encodingMethod": "OCMF",
    "publicKey": "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE",
}


async def _aligned(station: Station, evse: int) -> None:
    """The station tells of a reading on the clock, outside of transactions."""
    reading = station.transaction(evse).reading("Sample.Clock")
    await station.tell(
        "MeterValues",
        f"The station reads the meter of EVSE {evse} on the clock",
        evseId=evse,
        meterValue=[reading],
    )


@CASES.case("TC_J_01_CSMS", "Readings on the clock, no transaction", requirements=["J01.FR.18"])
async def aligned_without_transaction(station: Station) -> None:
    """An idle station tells of its meters at fixed times: the main one (EVSE 0) and each EVSE's.

    The CSMS answers each of them, whatever it makes of it: a station repeats what is not answered.
    """
    await station.ready()
    for _ in range(_TIMES):
        for evse in (0, *EVSES):
            await _aligned(station, evse)


@CASES.case("TC_J_02_CSMS", "Readings on the clock, a transaction runs", requirements=["J01.FR.18"])
async def aligned_in_transaction(station: Station) -> None:
    """While one EVSE charges, its readings come in its transaction, and all others by MeterValues.

    The CSMS takes both, side by side.
    """
    await station.ready()
    transaction = await station.charge()
    for _ in range(_TIMES):
        for evse in (0, *EVSES[1:]):
            await _aligned(station, evse)
        await transaction.metered("MeterValueClock")
    await station.finish(transaction)


def _readings(transaction: StationTransaction, context: str, signed: bool) -> list[dict[str, Any]]:
    """The readings that the end of a transaction brings: some in between, and the last."""
    more = {"signedMeterValue": _SIGNED} if signed else {}
    readings = []
    for one in (context, context, "Transaction.End"):
        transaction.meter_wh += METER_STEP_WH
        readings.append(transaction.reading(one, **more))
    return readings


@CASES.each(
    Row("TC_J_03_CSMS", "Readings on the clock, at the end", context="Sample.Clock"),
    Row("TC_J_10_CSMS", "Sampled readings, at the end", context="Sample.Periodic"),
    Row("TC_J_04_CSMS", "Signed readings on the clock", context="Sample.Clock", signed=True),
    Row("TC_J_11_CSMS", "Signed sampled readings", context="Sample.Periodic", signed=True),
    requirements=["J01.FR.18", "J01.FR.21", "J02.FR.19", "J02.FR.21"],
)
async def readings_at_the_end(station: Station, context: str, signed: bool = False) -> None:
    """The end of a transaction brings readings of its whole time, signed where the law wants it.

    The last event of a session must not be lost for what it carries: it has the energy to be paid.
    """
    await station.ready()
    transaction = await station.charge()
    await transaction.updated("StopAuthorized", state="EVConnected", tag=station.tags.accepted)
    readings = _readings(transaction, context, signed)
    await transaction.ended("EVCommunicationLost", state="Idle", meterValue=readings)
    await station.status("Available")


@CASES.case("TC_J_07_CSMS", "Reading at the start, EVSE known", requirements=["J02.FR.19"])
async def reading_at_the_start(station: Station) -> None:
    """The first event of a transaction brings the meter's reading: energy is counted from there."""
    await station.ready()
    await station.plug_in()


@CASES.case("TC_J_08_CSMS", "Reading at the start, EVSE not known yet", requirements=["J02.FR.19"])
async def reading_after_the_start(station: Station) -> None:
    """A card starts a transaction before a cable is in: the EVSE and its meter come later.

    A CSMS that wants both in the first event loses all sessions that begin with the card.
    """
    await station.ready()
    await station.authorize()
    transaction = station.transaction()
    await transaction.event(
        "Started", "Authorized", state="Idle", evse=False, tag=station.tags.accepted
    )
    await station.status("Occupied")
    begin = transaction.reading("Transaction.Begin")
    await transaction.updated("CablePluggedIn", state="EVConnected", meterValue=[begin])
    await transaction.updated("ChargingStateChanged", state="Charging")
    await station.finish(transaction)


@CASES.case("TC_J_09_CSMS", "Sampled readings, a transaction runs", requirements=["J02.FR.19"])
async def sampled_in_transaction(station: Station) -> None:
    """A transaction tells of its meter time and again; each event is answered."""
    await station.ready()
    transaction = await station.charge()
    for _ in range(_TIMES):
        await transaction.metered()
