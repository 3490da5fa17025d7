"""Lenient decoding keeps what a peer meant, and says what was wrong with it."""

import json
from typing import Any

import pytest

from tests.ocpp.schemas import Message, faults, messages, valid
from voltyard.kernel.seeds import stream
from voltyard.ocpp.lenient import VIOLATIONS_KEPT
from voltyard.ocpp.payload import Payload, to_dict
from voltyard.ocpp.versions import V16, V201, Decoded, Version
from voltyard.ocpp.violations import Kind, ValidationMode, Violation

AT = "2026-11-21T09:00:00Z"


def refused(version: Version, action: str, payload: Any) -> Violation:
    text = json.dumps(payload)
    strict = version.decode_request(action, text)
    lenient = version.decode_request(action, text, ValidationMode.LENIENT)
    assert isinstance(lenient, Violation), lenient
    assert lenient == strict
    return lenient


def kept(version: Version, action: str, payload: Any) -> tuple[dict[str, Any], list[Kind]]:
    text = json.dumps(payload)
    assert isinstance(version.decode_request(action, text), Violation)
    decoded = version.decode_request(action, text, ValidationMode.LENIENT)
    assert isinstance(decoded, Decoded), decoded
    return to_dict(decoded.payload), [violation.kind for violation in decoded.violations]


def status(**fields: Any) -> dict[str, Any]:
    return {"connectorId": 1, "errorCode": "NoError", "status": "Available", **fields}


def meter_values(*samples: Any, **fields: Any) -> dict[str, Any]:
    return {
        "connectorId": 1,
        "meterValue": [{"timestamp": AT, "sampledValue": list(samples)}],
        **fields,
    }


def stop(**fields: Any) -> dict[str, Any]:
    return {"transactionId": 1, "meterStop": 10, "timestamp": AT, **fields}


@pytest.mark.parametrize(
    ("action", "sent", "meant", "kinds"),
    [
        # Null for an optional field (mobilityhouse/ocpp#296).
        ("StatusNotification", status(info=None), status(), [Kind.NULL]),
        # Fields the schema does not know.
        ("StatusNotification", status(x=1, y=None), status(), [Kind.EXTRA, Kind.EXTRA]),
        # Numbers for texts (OpenEVSE#335), and the inverse.
        (
            "MeterValues",
            meter_values({"value": 0}),
            meter_values({"value": "0"}),
            [Kind.WRONG_TYPE],
        ),
        (
            "MeterValues",
            meter_values({"value": 1.25}),
            meter_values({"value": "1.25"}),
            [Kind.WRONG_TYPE],
        ),
        ("Authorize", {"idTag": True}, {"idTag": "true"}, [Kind.WRONG_TYPE]),
        ("StatusNotification", status(connectorId=" 1 "), status(), [Kind.WRONG_TYPE]),
        ("StopTransaction", stop(meterStop="-7"), stop(meterStop=-7), [Kind.WRONG_TYPE]),
        # Fractions of a watt-hour; a text that spells one is wrong twice.
        ("StopTransaction", stop(meterStop=9.6), stop(meterStop=10), [Kind.WRONG_TYPE]),
        ("StopTransaction", stop(meterStop=10.0), stop(), [Kind.WRONG_TYPE]),
        (
            "StopTransaction",
            stop(meterStop="9.6"),
            stop(),
            [Kind.WRONG_TYPE, Kind.WRONG_TYPE],
        ),
        # One object for an array (lbbrhzn/ocpp#1144).
        (
            "MeterValues",
            {"connectorId": 1, "meterValue": {"timestamp": AT, "sampledValue": {"value": "1"}}},
            meter_values({"value": "1"}),
            [Kind.WRONG_TYPE, Kind.WRONG_TYPE],
        ),
        # Nothing sampled (evcc#25708).
        ("MeterValues", meter_values(), meter_values(), [Kind.BAD_COUNT]),
        # Texts that are too long.
        ("Authorize", {"idTag": "x" * 21}, {"idTag": "x" * 21}, [Kind.TOO_LONG]),
        # Enums: another letter case; unknown values of those that describe.
        ("StatusNotification", status(status="available"), status(), [Kind.BAD_ENUM]),
        (
            "StatusNotification",
            status(errorCode="Error"),
            status(errorCode="Error"),
            [Kind.BAD_ENUM],
        ),
        (
            "MeterValues",
            meter_values({"value": "50", "unit": "Hz"}),
            meter_values({"value": "50", "unit": "Hz"}),
            [Kind.BAD_ENUM],
        ),
        # Date-times.
        (
            "StatusNotification",
            status(timestamp="2026-11-21T09:00:00"),
            status(timestamp=AT),
            [Kind.BAD_VALUE],
        ),
        (
            "StatusNotification",
            status(timestamp="2026-11-21 09:00:00.5+02"),
            status(timestamp="2026-11-21T09:00:00.5+02:00"),
            [Kind.BAD_VALUE],
        ),
        (
            "StatusNotification",
            status(timestamp="2026-11-21T09:00:00-0330"),
            status(timestamp="2026-11-21T09:00:00-03:30"),
            [Kind.BAD_VALUE],
        ),
        (
            "StatusNotification",
            status(timestamp="2026-11-21 09:00:00z"),
            status(timestamp="2026-11-21T09:00:00z"),
            [Kind.BAD_VALUE],
        ),
    ],
)
def test_what_was_meant_is_kept_in_1_6(
    action: str, sent: Any, meant: Any, kinds: list[Kind]
) -> None:
    assert kept(V16, action, sent) == (meant, kinds)


NEEDS = {"requestedEnergyTransfer": "DC"}
LIMITS = {"evMaxCurrent": 1, "evMaxVoltage": 1}


@pytest.mark.parametrize(
    ("action", "sent", "meant", "kinds"),
    [
        ("SetMonitoringLevel", {"severity": "9"}, {"severity": 9}, [Kind.WRONG_TYPE]),
        (
            "CostUpdated",
            {"totalCost": "1.5", "transactionId": 7},
            {"totalCost": 1.5, "transactionId": "7"},
            [Kind.WRONG_TYPE, Kind.WRONG_TYPE],
        ),
        (
            "NotifyReport",
            {"requestId": 1, "generatedAt": AT, "seqNo": 0, "tbc": "False"},
            {"requestId": 1, "generatedAt": AT, "seqNo": 0, "tbc": False},
            [Kind.WRONG_TYPE],
        ),
        (
            "NotifyReport",
            {"requestId": 1, "generatedAt": AT, "seqNo": 0, "tbc": True, "x": 1},
            {"requestId": 1, "generatedAt": AT, "seqNo": 0, "tbc": True},
            [Kind.EXTRA],
        ),
        (
            "NotifyEVChargingNeeds",
            {
                "evseId": 1,
                "chargingNeeds": {**NEEDS, "dcChargingParameters": {**LIMITS, "fullSoC": 101}},
            },
            {
                "evseId": 1,
                "chargingNeeds": {**NEEDS, "dcChargingParameters": {**LIMITS, "fullSoC": 101}},
            },
            [Kind.BAD_VALUE],
        ),
        (
            "NotifyEVChargingNeeds",
            {
                "evseId": 1,
                "chargingNeeds": {**NEEDS, "dcChargingParameters": {**LIMITS, "fullSoC": -1}},
            },
            {
                "evseId": 1,
                "chargingNeeds": {**NEEDS, "dcChargingParameters": {**LIMITS, "fullSoC": -1}},
            },
            [Kind.BAD_VALUE],
        ),
        (
            "GetMonitoringReport",
            {"requestId": 1, "monitoringCriteria": ["DeltaMonitoring"] * 4},
            {"requestId": 1, "monitoringCriteria": ["DeltaMonitoring"] * 4},
            [Kind.BAD_COUNT],
        ),
        # What may hold anything holds it, null too, whatever else is wrong.
        (
            "DataTransfer",
            {"vendorId": 1, "data": {"a": None}, "customData": {"vendorId": "x", "b": None}},
            {"vendorId": "1", "data": {"a": None}, "customData": {"vendorId": "x", "b": None}},
            [Kind.WRONG_TYPE],
        ),
        ("DataTransfer", {"vendorId": 1, "data": None}, {"vendorId": "1"}, [Kind.WRONG_TYPE]),
        ("Heartbeat", {"customData": {"a": 1}}, {"customData": {"a": 1}}, [Kind.MISSING]),
    ],
)
def test_what_was_meant_is_kept_in_2_0_1(
    action: str, sent: Any, meant: Any, kinds: list[Kind]
) -> None:
    assert kept(V201, action, sent) == (meant, kinds)


@pytest.mark.parametrize(
    ("version", "action", "sent"),
    [
        (V16, "Authorize", {}),
        (V16, "Authorize", {"idTag": None}),
        (V16, "Authorize", {"idTag": {}}),
        (V16, "Authorize", []),
        (V16, "StatusNotification", status(status="Asleep")),
        (V16, "StatusNotification", status(status=1)),
        (V16, "StatusNotification", status(connectorId="one")),
        (V16, "StatusNotification", status(connectorId=True)),
        (V16, "StatusNotification", status(timestamp="2022-02-29T00:00:00Z")),
        (V16, "StatusNotification", status(timestamp=1795251600)),
        (V16, "MeterValues", {"connectorId": 1, "meterValue": "none"}),
        (V16, "MeterValues", {"connectorId": 1, "meterValue": [1]}),
        (V201, "NotifyReport", {"requestId": 1, "generatedAt": AT, "seqNo": 0, "tbc": "perhaps"}),
        (V201, "NotifyReport", {"requestId": 1, "generatedAt": AT, "seqNo": 0, "tbc": 1}),
        (V201, "Heartbeat", {"customData": "x"}),
        (V201, "CostUpdated", {"totalCost": 10**400, "transactionId": "x"}),
        (V201, "CostUpdated", {"totalCost": "9" * 301, "transactionId": "x"}),
    ],
)
def test_what_cannot_be_told_is_refused_as_in_strict_mode(
    version: Version, action: str, sent: Any
) -> None:
    assert refused(version, action, sent)


def test_a_number_beyond_a_float_is_given_up_on() -> None:
    deep = V201.decode_request(
        "CostUpdated", '{"totalCost":"1","transactionId":"x","x":1e999}', ValidationMode.LENIENT
    )

    assert isinstance(deep, Violation)


def test_an_unknown_field_nested_beyond_all_measure_is_given_up_on() -> None:
    text = '{"x":' + "[" * 200_000 + "]" * 200_000 + "}"

    assert isinstance(V16.decode_request("Heartbeat", text, ValidationMode.LENIENT), Violation)


def test_what_is_sound_is_not_touched() -> None:
    decoded = V16.decode_request("StatusNotification", json.dumps(status()), ValidationMode.LENIENT)

    assert isinstance(decoded, Decoded)
    assert decoded.violations == ()


def test_the_violations_kept_have_a_bound() -> None:
    payload = {f"x{number}": 1 for number in range(100)}

    meant, kinds = kept(V16, "Heartbeat", payload)

    assert meant == {}
    assert len(kinds) == VIOLATIONS_KEPT


def test_a_violation_says_where() -> None:
    decoded = V16.decode_request(
        "MeterValues",
        json.dumps(meter_values({"value": "1"}, {"value": 2})),
        ValidationMode.LENIENT,
    )

    assert isinstance(decoded, Decoded)
    assert decoded.violations == (
        Violation(
            Kind.WRONG_TYPE,
            "$.meterValue[0].sampledValue[1].value",
            "`int`, taken as its text",
        ),
    )


@pytest.mark.parametrize("message", messages(), ids=str)
def test_a_single_fault_is_recorded_or_refused_never_overlooked(message: Message) -> None:
    payload = valid(message.agreed, stream(6, str(message)), full=True)

    for fault in faults(message.agreed, payload):
        decoded = message.version.decode(
            message.kind, json.dumps(fault.payload), ValidationMode.LENIENT
        )

        if isinstance(decoded, Decoded):
            assert isinstance(decoded.payload, Payload)
            assert decoded.violations, (fault.word, fault.path)
            assert fault.word != "missing" or "customData" in fault.path
        else:
            assert fault.word not in ("extra", "null", "too long", "bad count"), fault.path
