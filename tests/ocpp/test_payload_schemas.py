"""Strict decoding and the official schemas, checked by a foreign validator, give one verdict.

Where they deliberately do not, the difference has a test of its own, at the end.
"""

import json
from copy import deepcopy
from functools import cache
from random import Random
from typing import Any

import jsonschema_rs
import pytest

from tests.ocpp.schemas import Message, faults, messages, valid
from voltyard.kernel.seeds import stream
from voltyard.ocpp.versions import V16, V201, Decoded, Version
from voltyard.ocpp.violations import Violation

VALID_PER_MESSAGE = 30
SPOILT_PER_MESSAGE = 60

JUNK: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    101,
    1.5,
    10**30,
    "",
    "Accepted",
    "x" * 51,
    "é" * 37,
    "2026-11-21T09:00:00",
    "2026-11-21",
    "2026-11-21T24:00:00Z",
    "2026-11-21T09:00:00+0100",
    "2016-12-30T22:59:60Z",
    [],
    [None],
    [{}],
    {},
    {"vendorId": "x"},
    {"value": 1},
)


@cache
def judge(message: Message) -> Any:
    """The foreign validator."""
    return jsonschema_rs.validator_for(message.agreed, validate_formats=True)


def accepts(message: Message, payload: Any) -> bool:
    decoded = message.version.decode(message.kind, json.dumps(payload))
    assert isinstance(decoded, (Decoded, Violation))
    return isinstance(decoded, Decoded)


def places(payload: Any) -> list[tuple[Any, Any]]:
    """Every container of a payload with each of its keys."""
    found = []
    items = payload.items() if isinstance(payload, dict) else enumerate(payload)
    for key, inner in items:
        found.append((payload, key))
        if isinstance(inner, (dict, list)):
            found.extend(places(inner))
    return found


def spoilt(payload: Any, random: Random) -> Any:
    """The payload after one to three careless changes; some leave it valid."""
    copy = deepcopy(payload)
    for _ in range(random.randint(1, 3)):
        spots = places(copy)
        if not spots:
            copy = {random.choice(["customData", "status", "x"]): random.choice(JUNK)}
            continue
        container, key = random.choice(spots)
        match random.randint(0, 3):
            case 0 if isinstance(container, dict):
                del container[key]
            case 1 if isinstance(container, dict):
                container[random.choice(["customData", "x", "status", "Type"])] = "x"
            case 2 if isinstance(container[key], list):
                container[key] = container[key] * random.choice([0, 2, 5])
            case _:
                container[key] = deepcopy(random.choice(JUNK))
    return copy


@pytest.mark.parametrize("message", messages(), ids=str)
def test_the_verdicts_agree(message: Message) -> None:
    foreign = judge(message)
    random = stream(3, str(message))
    verdicts = set()

    for _ in range(VALID_PER_MESSAGE):
        payload = valid(message.agreed, random)
        assert foreign.is_valid(payload)
        assert accepts(message, payload), payload
    for _ in range(SPOILT_PER_MESSAGE):
        payload = spoilt(valid(message.agreed, random), random)
        verdict = foreign.is_valid(payload)
        assert accepts(message, payload) == verdict, payload
        verdicts.add(verdict)

    assert False in verdicts


@pytest.mark.parametrize("message", messages(), ids=str)
def test_what_counts_as_a_fault_is_one_to_the_schema_too(message: Message) -> None:
    foreign = judge(message)
    payload = valid(message.agreed, stream(4, str(message)), full=True)

    passed = [
        (fault.word, fault.path)
        for fault in faults(message.agreed, payload)
        if foreign.is_valid(fault.payload)
    ]
    assert not passed


# The differences.


def verdict(version: Version, action: str, payload: str) -> bool:
    return isinstance(version.decode_request(action, payload), Decoded)


def by_schema(version: Version, action: str, payload: str) -> bool:
    schema = next(
        message.schema
        for message in messages()
        if (message.version, message.action, message.half) == (version, action, "request")
    )
    validator = jsonschema_rs.validator_for(schema, validate_formats=True)
    return bool(validator.is_valid(json.loads(payload)))


STOP = (
    '{"meterStop":1,"timestamp":"2026-11-21T09:00:00Z","transactionId":1,"transactionData":'
    '[{"timestamp":"2026-11-21T09:00:00Z","sampledValue":[%s]}]}'
)
PROFILE = (
    '{"connectorId":1,"csChargingProfiles":{"chargingProfileId":1,"stackLevel":0,'
    '"chargingProfilePurpose":"TxProfile","chargingProfileKind":"Absolute","chargingSchedule":'
    '{"chargingRateUnit":"A","chargingSchedulePeriod":[{"startPeriod":0,"limit":16.05}]}}}'
)
CONNECTOR = '{"connectorId":%d,"errorCode":"NoError","status":"Available"}'
START = '{"connectorId":1,"idTag":"T","meterStart":%d,"timestamp":"2026-11-21T09:00:00Z"}'
STATUS = '{"timestamp":"%s","connectorStatus":"Available","evseId":1,"connectorId":1}'
READING = (
    '{"evseId":1,"meterValue":[{"timestamp":"2026-11-21T09:00:00Z","sampledValue":[{"value":%s}]}]}'
)


@pytest.mark.parametrize(
    ("version", "action", "payload", "ours"),
    [
        # An integer has no fraction in OCPP; drafts 6 and later let 1.0 be one.
        (V201, "SetMonitoringLevel", '{"severity":1.0}', False),
        # A multiple of 0.1 cannot be told in binary floats: 8.1 would be refused as well.
        (V16, "SetChargingProfile", PROFILE, True),
        # Chargers get locations that are no URI to a purist; they fail when used.
        (V16, "GetDiagnostics", '{"location":"ftp://a b"}', True),
        # One MeterValue and one UnitOfMeasure, as in the specification: see tools/message_names.py.
        (V16, "StopTransaction", STOP % '{"value":"50","unit":"Hertz"}', True),
        (V16, "StopTransaction", STOP % "", False),
        # Beyond the range of a double.
        (V201, "MeterValues", READING % f"{10**400}", False),
        # OCPP's integer has 32 bits (2.0.1 Part 2, 2.1.3; xs:int in the WSDL of 1.6).
        (V16, "StatusNotification", CONNECTOR % 2**63, False),
        (V16, "StatusNotification", CONNECTOR % 2**31, False),
        (V16, "StartTransaction", START % 10**20, False),
        (V201, "MeterValues", (READING % 1).replace('"evseId":1', '"evseId":2147483648'), False),
        # There was no year 0, and the calendar here has none.
        (V201, "StatusNotification", STATUS % "0000-01-01T00:00:00Z", False),
    ],
)
def test_a_deliberate_difference(version: Version, action: str, payload: str, ours: bool) -> None:
    assert verdict(version, action, payload) is ours
    assert by_schema(version, action, payload) is not ours


def test_8_1_ampere_is_a_limit() -> None:
    assert verdict(V16, "SetChargingProfile", PROFILE.replace("16.05", "8.1"))
