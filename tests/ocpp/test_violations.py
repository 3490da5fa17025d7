"""Every fault has a kind, and every kind a code in every version."""

import msgspec
import pytest

from voltyard.ocpp.versions import V16, V201, VERSIONS, Version
from voltyard.ocpp.violations import Kind, Violation, not_json, of_validation

CODES_16 = {
    "NotImplemented",
    "NotSupported",
    "InternalError",
    "ProtocolError",
    "SecurityError",
    "FormationViolation",
    "PropertyConstraintViolation",
    "OccurenceConstraintViolation",
    "TypeConstraintViolation",
    "GenericError",
}
CODES_201 = {
    "FormatViolation",
    "GenericError",
    "InternalError",
    "MessageTypeNotSupported",
    "NotImplemented",
    "NotSupported",
    "OccurrenceConstraintViolation",
    "PropertyConstraintViolation",
    "ProtocolError",
    "RpcFrameworkError",
    "SecurityError",
    "TypeConstraintViolation",
}


@pytest.mark.parametrize("version", VERSIONS, ids=repr)
def test_every_kind_has_a_code(version: Version) -> None:
    assert set(version.errors) == set(Kind)


def test_the_codes_are_those_of_the_specifications_and_all_of_them() -> None:
    assert set(V16.errors.values()) == CODES_16
    assert set(V201.errors.values()) == CODES_201


@pytest.mark.parametrize(
    ("action", "payload", "kind", "path"),
    [
        ("Authorize", "{}", Kind.MISSING, "$.idToken"),
        ("Authorize", '{"idToken":{"idToken":"x"}}', Kind.MISSING, "$.idToken.type"),
        ("Heartbeat", '{"x":1}', Kind.EXTRA, "$.x"),
        ("Heartbeat", '{" - at `$.y`":1}', Kind.EXTRA, "$. - at `$.y`"),
        ("Heartbeat", '{"Expected `str`, got `int`":1}', Kind.EXTRA, None),
        ("SetMonitoringLevel", '{"severity":"9"}', Kind.WRONG_TYPE, "$.severity"),
        ("SetMonitoringLevel", '{"severity":9.5}', Kind.WRONG_TYPE, "$.severity"),
        ("SetMonitoringLevel", '{"severity":null}', Kind.NULL, "$.severity"),
        ("SetMonitoringLevel", "[]", Kind.NOT_OBJECT, "$"),
        ("SetMonitoringLevel", "null", Kind.NOT_OBJECT, "$"),
        ("SetMonitoringLevel", "{", Kind.NOT_JSON, "$"),
        ("GetBaseReport", '{"requestId":1,"reportBase":"All"}', Kind.BAD_ENUM, "$.reportBase"),
        ("GetBaseReport", '{"requestId":1,"reportBase":1}', Kind.WRONG_TYPE, "$.reportBase"),
        ("ClearVariableMonitoring", '{"id":[]}', Kind.BAD_COUNT, "$.id"),
        ("ClearVariableMonitoring", '{"id":{}}', Kind.WRONG_TYPE, "$.id"),
        ("ClearVariableMonitoring", '{"id":[1,"2"]}', Kind.WRONG_TYPE, "$.id[1]"),
        ("UnpublishFirmware", f'{{"checksum":"{"x" * 33}"}}', Kind.TOO_LONG, "$.checksum"),
        ("CostUpdated", '{"totalCost":1e999,"transactionId":""}', Kind.BAD_VALUE, "$.totalCost"),
        ("GetLog", '{"log":{"oldestTimestamp":1}}', Kind.WRONG_TYPE, "$.log.oldestTimestamp"),
        ("GetLog", '{"log":{"oldestTimestamp":"x"}}', Kind.BAD_VALUE, "$.log.oldestTimestamp"),
        ("GetLog", '{"log":{"oldestTimestamp":null}}', Kind.MISSING, "$.log.remoteLocation"),
        ("Reset", '{"type":"OnIdle","evseId":null}', Kind.NULL, "$.evseId"),
        ("Heartbeat", '{"customData":[]}', Kind.WRONG_TYPE, "$.customData"),
        ("Heartbeat", '{"customData":{}}', Kind.MISSING, "$.customData.vendorId"),
        ("Heartbeat", '{"customData":{"vendorId":null}}', Kind.NULL, "$.customData"),
        (
            "Heartbeat",
            f'{{"customData":{{"vendorId":"{"x" * 256}"}}}}',
            Kind.TOO_LONG,
            "$.customData",
        ),
    ],
)
def test_a_fault_is_known_by_its_kind_and_place(
    action: str, payload: str, kind: Kind, path: str | None
) -> None:
    violation = V201.decode_request(action, payload)

    assert isinstance(violation, Violation)
    assert violation.kind is kind
    assert path in (None, violation.path)


def test_the_place_of_a_null_is_found_within_arrays() -> None:
    payload = (
        '{"meterValue":[{"timestamp":"2026-11-21T09:00:00Z","sampledValue":'
        '[{"value":"null"},{"value":"1","unit":null}]}],"connectorId":1}'
    )

    violation = V16.decode_request("MeterValues", payload)

    assert isinstance(violation, Violation)
    assert (violation.kind, violation.path) == (
        Kind.NULL,
        "$.meterValue[0].sampledValue[1].unit",
    )


def test_the_letters_null_in_a_text_are_no_null() -> None:
    assert not isinstance(V16.decode_request("Authorize", '{"idTag":"null"}'), Violation)


def test_words_that_are_not_known_are_a_bad_value() -> None:
    violation = of_validation(msgspec.ValidationError("Something new - at `$.a`"))

    assert violation == Violation(Kind.BAD_VALUE, "$.a", "Something new")


def test_a_message_fits_a_callerror() -> None:
    long = V16.decode_request("Heartbeat", f'{{"{"x" * 5000}":1}}')

    assert isinstance(long, Violation)
    assert len(long.message) <= 200
    assert len(long.path) <= 200


def test_nesting_without_end_is_named() -> None:
    assert not_json(RecursionError()).message == "nested too deeply"
