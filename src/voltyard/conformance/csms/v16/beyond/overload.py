"""Cases of OCPP 1.6 for a CSMS: more than is due, and faster."""

from typing import Any, Final

from voltyard.conformance.cases.case import Cases, Row
from voltyard.conformance.csms import bursts
from voltyard.conformance.csms.negative_messages import goes_on
from voltyard.conformance.csms.v16.station import Station

CASES = Cases("csms", "1.6", bursts.GROUP)

_ORDER: Final = "OCPP-J 1.6 section 4.1.1"
_SAMPLES: Final = 400


def _meter_values(station: Station, samples: int) -> dict[str, Any]:
    return {
        "connectorId": 1,
        "meterValue": [
            {
                "timestamp": station.now(earlier_s=float(samples - number)),
                "sampledValue": [{"value": str(1000 + number), "unit": "Wh"}],
            }
            for number in range(samples)
        ],
    }


@CASES.each(
    Row("VY_16_BURST_HEARTBEATS_CSMS", "A burst of heartbeats", action="Heartbeat"),
    Row("VY_16_BURST_METER_VALUES_CSMS", "A burst of meter values", action="MeterValues"),
    requirements=[_ORDER],
    kind="compatibility",
)
async def burst(station: Station, action: str) -> None:
    """A charger sends three hundred calls without waiting for answers: each is answered or refused,
    and the charger is served as before.

    It may have one call outstanding at a time; those that empty a queue at once do not keep to it.
    """
    await station.ready()
    payload = _meter_values(station, 1) if action == "MeterValues" else {}
    await bursts.burst(station, action, payload)


@CASES.case(
    "VY_16_LONG_METER_VALUES_CSMS",
    "A very long message",
    requirements=["OCPP 1.6 section 4.7"],
    kind="compatibility",
)
async def long_message(station: Station) -> None:
    """Four hundred meter values in one message, some 30 KB, are answered or refused."""
    await station.ready()
    station.record.step("The station sends MeterValues")
    await station.link.try_call("MeterValues", _meter_values(station, _SAMPLES))
    await goes_on(station)


CASES.case(
    "VY_16_BURST_GARBAGE_CSMS",
    "A burst of frames that are none",
    requirements=[_ORDER],
    kind="compatibility",
)(bursts.garbage)
