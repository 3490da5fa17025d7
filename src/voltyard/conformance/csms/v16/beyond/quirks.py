"""Cases of OCPP 1.6 for a CSMS: the misbehaviours of chargers in the field (docs/faults.md)."""

from collections.abc import Sequence
from typing import Any, Final

from voltyard.conformance.cases.case import Cases, Row
from voltyard.conformance.csms import misbehaviours
from voltyard.conformance.csms.misbehaviours import NOW, goes_on
from voltyard.conformance.csms.v16.station import Station

CASES = Cases("csms", "1.6", misbehaviours.GROUP)

_OK: Final = {"connectorId": 1, "errorCode": "NoError", "status": "Available"}
_BOOT: Final = {"chargePointVendor": "Voltyard", "chargePointModel": "Conformance"}


def _status(**fields: Any) -> tuple[str, dict[str, Any]]:
    return "StatusNotification", {**_OK, **fields}


def _meter(*samples: dict[str, Any], timestamp: str = NOW, **fields: Any) -> tuple[str, Any]:
    sampled = {"timestamp": timestamp, "sampledValue": list(samples or ({"value": "1000"},))}
    return "MeterValues", {"connectorId": 1, "meterValue": [sampled], **fields}


def _start(**fields: Any) -> tuple[str, dict[str, Any]]:
    started = {"connectorId": 1, "idTag": "VY-QUIRK", "meterStart": 1000, "timestamp": NOW}
    return "StartTransaction", {**started, **fields}


_ENERGY: Final = "Energy.Active.Import.Register"


@CASES.each(
    Row("VY_16_Q30_CSMS", "Times without a zone", sent=[_status(timestamp="2026-01-05T10:00:00")]),
    Row("VY_16_Q31_CSMS", "Offsets of hours", sent=[_status(timestamp="2026-01-05T10:00:00+02")]),
    Row(
        "VY_16_Q33_CSMS",
        "1970 until the first time is told",
        sent=[
            _status(timestamp="1970-01-01T00:00:05Z"),
            _meter(timestamp="1970-01-01T00:00:06Z"),
        ],
    ),
    Row(
        "VY_16_Q34_CSMS",
        "A date that no calendar has",
        sent=[_status(timestamp="2026-02-29T10:00:00Z"), _start(timestamp="2026-02-29T10:00:00Z")],
    ),
    Row(
        "VY_16_Q37_CSMS",
        "Times that go back",
        sent=[_meter(), _meter(timestamp="2025-01-05T10:00:00Z"), _meter()],
    ),
    Row(
        "VY_16_Q40_CSMS",
        "Null for absent fields",
        sent=[_status(info=None, timestamp=None), ("BootNotification", {**_BOOT, "iccid": None})],
    ),
    Row(
        "VY_16_Q41_CSMS",
        "Numbers for texts, and texts for numbers",
        sent=[_meter({"value": 1000}), _status(connectorId="1"), _start(meterStart="1000")],
    ),
    Row("VY_16_Q42_CSMS", "Fractions of Wh", sent=[_start(meterStart=1000.5)]),
    Row(
        "VY_16_Q43_CSMS",
        "An object for an array",
        sent=[
            (
                "MeterValues",
                {
                    "connectorId": 1,
                    "meterValue": {"timestamp": NOW, "sampledValue": {"value": "1000"}},
                },
            )
        ],
    ),
    Row(
        "VY_16_Q44_CSMS",
        "Empty samples",
        sent=[
            (
                "MeterValues",
                {"connectorId": 1, "meterValue": [{"timestamp": NOW, "sampledValue": []}]},
            ),
            ("MeterValues", {"connectorId": 1, "meterValue": []}),
        ],
    ),
    Row(
        "VY_16_Q45_CSMS",
        "Values that are in no list",
        sent=[
            _status(errorCode="Error"),
            _meter({"value": "20", "measurand": "Temperature", "unit": "Celcius "}),
            _status(status="available"),
        ],
    ),
    Row(
        "VY_16_Q46_CSMS",
        "Texts that are too long",
        sent=[_status(info="x" * 60), ("Authorize", {"idTag": "A" * 21})],
    ),
    Row(
        "VY_16_Q47_CSMS",
        "Texts that end in NUL",
        sent=[
            ("BootNotification", {**_BOOT, "chargePointSerialNumber": "SN-1\x00\x00"}),
            ("Authorize", {"idTag": "04A1B2\x00"}),
        ],
    ),
    Row("VY_16_Q49_CSMS", "JSON in a text", sent=[_status(info='{"code": "a\\"b", "n": 1}')]),
    Row("VY_16_Q50_CSMS", "Properties that are not known", sent=[_status(vendorField="x")]),
    Row(
        "VY_16_Q71_CSMS",
        "Transactions that cannot be",
        sent=[_meter(transactionId=9223372036854775807), _meter(transactionId=0)],
    ),
    Row(
        "VY_16_Q79_CSMS",
        "Statuses out of order",
        sent=[_status(status=status) for status in ("Charging", "Available", "Finishing")],
    ),
    Row(
        "VY_16_Q86_CSMS",
        "kWh that are labelled Wh, and kW",
        sent=[
            _meter({"value": "1.234", "measurand": _ENERGY, "unit": "Wh"}),
            _meter({"value": "7.4", "measurand": "Power.Active.Import", "unit": "kW"}),
            _meter({"value": "1.234", "measurand": _ENERGY, "unit": "kWh"}),
        ],
    ),
    Row(
        "VY_16_Q87_CSMS",
        "A register that drops to 0",
        sent=[
            _meter({"value": value, "measurand": _ENERGY}) for value in ("5000", "0", "5100", "")
        ],
    ),
    Row("VY_16_Q88_CSMS", "Meter values without a transaction", sent=[_meter(), _meter()]),
    requirements=["OCPP-J 1.6 section 4.2"],
    kind="compatibility",
)
async def sends_what_it_should_not(
    station: Station, sent: Sequence[tuple[str, dict[str, Any]]]
) -> None:
    """Each message is answered, with a result or with a CALLERROR that names the fault, and the
    charger is served as before.

    It is in the field, and its next message is as good as anybody's.
    """
    await station.ready()
    await misbehaviours.send_each(station, sent)
    await station.finish(await station.charge())


CASES.each(
    Row("VY_16_Q01_CSMS", "No subprotocol", words="without a subprotocol", subprotocols=()),
    Row(
        "VY_16_Q02_CSMS",
        "A subprotocol that does not exist",
        words="with an odd subprotocol",
        subprotocols=("ocpp2.0.1.1",),
    ),
    Row(
        "VY_16_Q03_CSMS",
        "A probe in another version",
        words="with OCPP 2.0.1 for a moment",
        subprotocols=("ocpp2.0.1",),
    ),
    Row("VY_16_Q05_CSMS", "An odd path", words="at an odd path", end="/"),
    Row(
        "VY_16_Q07_CSMS",
        "Another form of password",
        needs=["password"],
        words="with another password",
        password="0000000000000000",
    ),
    requirements=["OCPP-J 1.6 section 3.1"],
    kind="compatibility",
)(misbehaviours.odd_handshake)


@CASES.case(
    "VY_16_Q20_CSMS",
    "A status before the boot",
    requirements=["OCPP 1.6 section 4.2"],
    kind="compatibility",
)
async def status_before_the_boot(station: Station) -> None:
    """A charger that reports its status before it boots is answered, and boots after it."""
    await station.connect()
    station.record.step("The station sends StatusNotification before it boots")
    await station.link.try_call("StatusNotification", dict(_OK))
    await station.ready()
    await goes_on(station)


@CASES.case(
    "VY_16_Q26_CSMS",
    "A refused message again and again",
    requirements=["OCPP 1.6 section 3.7.1"],
    kind="compatibility",
)
async def repeats_what_was_refused(station: Station) -> None:
    """A message that meets a CALLERROR is sent twenty times; each time it is answered."""
    await station.ready()
    for _ in range(20):
        station.record.step("The station sends StopTransaction without a meter value")
        await station.link.try_call(
            "StopTransaction", {"transactionId": 1, "timestamp": station.now()}
        )
    await goes_on(station)


@CASES.case(
    "VY_16_Q85_CSMS",
    "An end below the start",
    requirements=["OCPP 1.6 section 4.10"],
    kind="compatibility",
)
async def end_below_the_start(station: Station) -> None:
    """A meter counts from the start of the session: it ends below where it began, and is ended."""
    await station.ready()
    number = (await station.start(meterStart=1_000_000))["transactionId"]
    await station.stop(number, meterStop=500)
    await station.status("Available")
