"""Cases of OCPP 2.0.1 for a CSMS: more than is due, and faster."""

from typing import Any, Final

from voltyard.conformance.cases.case import Cases, Row
from voltyard.conformance.csms import bursts
from voltyard.conformance.csms.negative_messages import goes_on
from voltyard.conformance.csms.v201.station import Station

CASES = Cases("csms", "2.0.1", bursts.GROUP)

_ORDER: Final = "OCPP 2.0.1 Part 4 section 4.1.1"
_SAMPLES: Final = 400


def _meter_values(station: Station, samples: int) -> dict[str, Any]:
    moments = (station.now(earlier_s=float(samples - number)) for number in range(samples))
    return {
        "evseId": 1,
        "meterValue": [
            {"timestamp": moment, "sampledValue": [{"value": 1000.0}]} for moment in moments
        ],
    }


@CASES.each(
    Row("VY_201_BURST_HEARTBEATS_CSMS", "A burst of heartbeats", action="Heartbeat"),
    Row("VY_201_BURST_METER_VALUES_CSMS", "A burst of meter values", action="MeterValues"),
    requirements=[_ORDER],
    kind="compatibility",
)
async def burst(station: Station, action: str) -> None:
    """A station sends three hundred calls without waiting for answers: each is answered or refused,
    and the station is served as before."""
    await station.ready()
    payload = _meter_values(station, 1) if action == "MeterValues" else {}
    await bursts.burst(station, action, payload)


@CASES.case(
    "VY_201_LONG_METER_VALUES_CSMS",
    "A very long message",
    requirements=["OCPP 2.0.1 Part 2 J01"],
    kind="compatibility",
)
async def long_message(station: Station) -> None:
    """Four hundred meter values in one message are answered or refused."""
    await station.ready()
    station.record.step("The station sends MeterValues")
    await station.link.try_call("MeterValues", _meter_values(station, _SAMPLES))
    await goes_on(station)


CASES.case(
    "VY_201_BURST_GARBAGE_CSMS",
    "A burst of frames that are none",
    requirements=[_ORDER],
    kind="compatibility",
)(bursts.garbage)
