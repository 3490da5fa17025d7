"""Texts and types of id tokens (OCPP 2.0.1 Part 2, IdTokenEnumType)."""

import json
from typing import Any

import pytest

from voltyard.drivers.tags import TagMix, drivers_named
from voltyard.ocpp.id_tokens import fitting_type, violated_rule
from voltyard.ocpp.versions import V16, V201, Decoded
from voltyard.ocpp.violations import ValidationMode


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("04A1B2C3", "ISO14443"),
        ("04a1b2c3", "ISO14443"),
        ("04A1B2C3D4E580", "ISO14443"),
        ("E0040150AABBCCDD", "ISO15693"),
        ("DRIVER000000", "Central"),
        ("04A1B2C", "Central"),
        ("04A1B2C3\n", "Central"),
        ("٠٤A1B2C3", "Central"),
        ("", "Central"),
    ],
)
def test_a_text_has_the_type_that_fits_it(text: str, kind: str) -> None:
    assert fitting_type(text) == kind
    assert violated_rule(text, kind) is None


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("DRIVER000000", "ISO14443"),
        ("04A1B2C3D4E5", "ISO14443"),
        ("E0040150AABBCCDD", "ISO14443"),
        ("04A1B2C3", "ISO15693"),
    ],
)
def test_a_text_that_does_not_fit_its_type_breaks_a_rule(text: str, kind: str) -> None:
    why = violated_rule(text, kind)

    assert why is not None
    assert kind in why
    assert text in why


def test_the_types_that_are_free_text_take_any() -> None:
    for kind in ("Central", "Local", "KeyCode", "eMAID", "MacAddress", "NoAuthorization"):
        assert violated_rule("anything at all", kind) is None


def test_the_drivers_of_fleets_and_days_have_cards() -> None:
    tags = (*drivers_named(1_000), *TagMix().tags)

    assert len(set(tags)) == 1_000
    assert {fitting_type(tag) for tag in tags} == {"ISO14443"}


def token(text: str, kind: str = "ISO14443") -> dict[str, str]:
    return {"idToken": text, "type": kind}


TOKENS: list[tuple[str, dict[str, Any], list[str]]] = [
    ("Authorize", {"idToken": token("DRIVER")}, ["$.idToken.idToken"]),
    (
        "RequestStartTransaction",
        {
            "idToken": token("DRIVER"),
            "groupIdToken": token("FLEET", "ISO15693"),
            "remoteStartId": 1,
        },
        ["$.idToken.idToken", "$.groupIdToken.idToken"],
    ),
    (
        "SendLocalList",
        {
            "versionNumber": 1,
            "updateType": "Full",
            "localAuthorizationList": [{"idToken": token("04A1B2C3")}, {"idToken": token("X")}],
        },
        ["$.localAuthorizationList[1].idToken.idToken"],
    ),
]


@pytest.mark.parametrize("mode", ValidationMode)
@pytest.mark.parametrize(("action", "payload", "places"), TOKENS)
def test_a_message_with_a_misfit_is_taken_and_the_violation_recorded(
    action: str, payload: dict[str, Any], places: list[str], mode: ValidationMode
) -> None:
    decoded = V201.decode_request(action, json.dumps(payload), mode)

    assert isinstance(decoded, Decoded)
    assert [one.path for one in decoded.violations] == places
    assert {one.kind.value for one in decoded.violations} == {"bad_value"}


def test_a_list_of_misfits_is_recorded_in_part() -> None:
    entries = [{"idToken": token(f"DRIVER{number}")} for number in range(100)]
    payload = {"versionNumber": 1, "updateType": "Full", "localAuthorizationList": entries}

    decoded = V201.decode_request("SendLocalList", json.dumps(payload))

    assert isinstance(decoded, Decoded)
    assert len(decoded.violations) == 20


def test_a_transaction_without_a_token_and_a_tag_of_1_6_break_nothing() -> None:
    event = {
        "eventType": "Updated",
        "timestamp": "2026-11-21T09:00:00Z",
        "triggerReason": "MeterValuePeriodic",
        "seqNo": 1,
        "transactionInfo": {"transactionId": "t"},
    }
    newer = V201.decode_request("TransactionEvent", json.dumps(event))
    older = V16.decode_request("Authorize", '{"idTag": "DRIVER"}')

    assert isinstance(newer, Decoded)
    assert isinstance(older, Decoded)
    assert newer.violations == older.violations == ()
