"""Cases of OCPP 2.0.1 for a CSMS: the misbehaviours of chargers in the field (docs/faults.md)."""

from collections.abc import Sequence
from typing import Any, Final

from voltyard.conformance.cases.case import Cases, Row
from voltyard.conformance.csms import misbehaviours
from voltyard.conformance.csms.misbehaviours import NOW
from voltyard.conformance.csms.v201.station import MODEL, Station

CASES = Cases("csms", "2.0.1", misbehaviours.GROUP)


def _status(**fields: Any) -> tuple[str, dict[str, Any]]:
    sound = {"timestamp": NOW, "connectorStatus": "Available", "evseId": 1, "connectorId": 1}
    return "StatusNotification", {**sound, **fields}


def _meter(*samples: dict[str, Any], timestamp: str = NOW) -> tuple[str, dict[str, Any]]:
    sampled = {"timestamp": timestamp, "sampledValue": list(samples or ({"value": 1000.0},))}
    return "MeterValues", {"evseId": 1, "meterValue": [sampled]}


def _event(**fields: Any) -> tuple[str, dict[str, Any]]:
    started = {
        "eventType": "Started",
        "timestamp": NOW,
        "triggerReason": "CablePluggedIn",
        "seqNo": 0,
        "transactionInfo": {"transactionId": "VY-QUIRK"},
        "evse": {"id": 1, "connectorId": 1},
    }
    return "TransactionEvent", {**started, **fields}


def _boot(**fields: Any) -> tuple[str, dict[str, Any]]:
    station = {**MODEL, **fields}
    return "BootNotification", {"reason": "PowerUp", "chargingStation": station}


_OLD_STATUS: Final = {"connectorId": 1, "errorCode": "NoError", "status": "Available"}


@CASES.each(
    Row(
        "VY_201_Q04_CSMS",
        "Messages in the shape of 1.6",
        sent=[("StatusNotification", _OLD_STATUS), ("Authorize", {"idTag": "04A1B2C3"})],
    ),
    Row("VY_201_Q30_CSMS", "Times without a zone", sent=[_status(timestamp="2026-01-05T10:00:00")]),
    Row("VY_201_Q31_CSMS", "Offsets of hours", sent=[_status(timestamp="2026-01-05T10:00:00+02")]),
    Row(
        "VY_201_Q33_CSMS",
        "1970 until the first time is told",
        sent=[_status(timestamp="1970-01-01T00:00:05Z"), _meter(timestamp="1970-01-01T00:00:06Z")],
    ),
    Row(
        "VY_201_Q34_CSMS",
        "A date that no calendar has",
        sent=[_status(timestamp="2026-02-29T10:00:00Z"), _event(timestamp="2026-02-29T10:00:00Z")],
    ),
    Row(
        "VY_201_Q37_CSMS",
        "Times that go back",
        sent=[_meter(), _meter(timestamp="2025-01-05T10:00:00Z"), _meter()],
    ),
    Row(
        "VY_201_Q40_CSMS",
        "Null for absent fields",
        sent=[_event(offline=None, idToken=None), _boot(modem=None, serialNumber=None)],
    ),
    Row(
        "VY_201_Q41_CSMS",
        "Numbers for texts, and texts for numbers",
        sent=[_meter({"value": "1000"}), _status(evseId="1"), _boot(serialNumber=1)],
    ),
    Row(
        "VY_201_Q43_CSMS",
        "An object for an array",
        sent=[
            (
                "MeterValues",
                {"evseId": 1, "meterValue": {"timestamp": NOW, "sampledValue": {"value": 1}}},
            )
        ],
    ),
    Row(
        "VY_201_Q44_CSMS",
        "Empty samples",
        sent=[
            ("MeterValues", {"evseId": 1, "meterValue": [{"timestamp": NOW, "sampledValue": []}]}),
            ("MeterValues", {"evseId": 1, "meterValue": []}),
        ],
    ),
    Row(
        "VY_201_Q45_CSMS",
        "Values that are in no list",
        sent=[_status(connectorStatus="Charging"), _event(triggerReason="Plugged")],
    ),
    Row(
        "VY_201_Q46_CSMS",
        "Texts that are too long",
        sent=[
            _boot(serialNumber="x" * 60),
            ("Authorize", {"idToken": {"idToken": "A" * 37, "type": "ISO14443"}}),
        ],
    ),
    Row("VY_201_Q47_CSMS", "Texts that end in NUL", sent=[_boot(serialNumber="SN-1\x00\x00")]),
    Row("VY_201_Q50_CSMS", "Properties that are not known", sent=[_status(vendorField="x")]),
    Row(
        "VY_201_Q79_CSMS",
        "Statuses out of order",
        sent=[_status(connectorStatus=one) for one in ("Occupied", "Faulted", "Reserved")],
    ),
    Row(
        "VY_201_Q87_CSMS",
        "A register that drops to 0",
        sent=[_meter({"value": value}) for value in (5000.0, 0.0, 5100.0)],
    ),
    requirements=["OCPP 2.0.1 Part 4 section 4.2"],
    kind="compatibility",
)
async def sends_what_it_should_not(
    station: Station, sent: Sequence[tuple[str, dict[str, Any]]]
) -> None:
    """Each message is answered, with a result or with a CALLERROR that names the fault, and the
    station is served as before.

    It is in the field, and its next message is as good as anybody's.
    """
    await station.ready()
    await misbehaviours.send_each(station, sent)
    await station.finish(await station.charge())


CASES.each(
    Row("VY_201_Q01_CSMS", "No subprotocol", words="without a subprotocol", subprotocols=()),
    Row(
        "VY_201_Q02_CSMS",
        "A subprotocol that does not exist",
        words="with an odd subprotocol",
        subprotocols=("ocpp2.0.1.1",),
    ),
    Row(
        "VY_201_Q03_CSMS",
        "A probe in another version",
        words="with OCPP 1.6 for a moment",
        subprotocols=("ocpp1.6",),
    ),
    Row("VY_201_Q05_CSMS", "An odd path", words="at an odd path", end="/"),
    Row(
        "VY_201_Q07_CSMS",
        "Another form of password",
        needs=["password"],
        words="with another password",
        password="0000000000000000",
    ),
    requirements=["OCPP 2.0.1 Part 4 section 3.1"],
    kind="compatibility",
)(misbehaviours.odd_handshake)


@CASES.case(
    "VY_201_Q20_CSMS",
    "A status before the boot",
    requirements=["OCPP 2.0.1 Part 2 B01"],
    kind="compatibility",
)
async def status_before_the_boot(station: Station) -> None:
    """A station that reports its status before it boots is answered, and boots after it."""
    await station.connect()
    station.record.step("The station sends StatusNotification before it boots")
    action, payload = _status(timestamp=station.now())
    await station.link.try_call(action, payload)
    await station.ready()
    await misbehaviours.goes_on(station)
