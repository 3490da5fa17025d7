"""The versions, by name and by what they hold."""

import pytest
from ocpp.charge_point import camel_to_snake_case

from voltyard.ocpp.payload import (
    CustomData,
    Payload,
    Untyped,
    from_plain,
    to_dict,
    to_json,
    to_plain,
)
from voltyard.ocpp.timestamps import Timestamp
from voltyard.ocpp.v16 import messages as v16
from voltyard.ocpp.v201 import messages as v201
from voltyard.ocpp.versions import V16, V201, VERSIONS, Version, by_name, by_subprotocol
from voltyard.ocpp.violations import Kind, Violation


@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("1.6", V16),
        ("ocpp1.6", V16),
        ("OCPP1.6", V16),
        (" 2.0.1 ", V201),
        ("ocpp2.0.1", V201),
        ("OCPP2.0.1", V201),
    ],
)
def test_a_version_is_found_as_people_write_it(name: str, version: Version) -> None:
    assert by_name(name) is version


@pytest.mark.parametrize("name", ["", "1.5", "ocpp", "2.0.1.1", "1.6J"])
def test_a_version_that_is_not_spoken_is_not_found(name: str) -> None:
    with pytest.raises(KeyError):
        by_name(name)
    with pytest.raises(KeyError):
        by_subprotocol(name)


def test_a_version_is_found_by_its_subprotocol_alone() -> None:
    assert by_subprotocol("ocpp1.6") is V16
    assert by_subprotocol("ocpp2.0.1") is V201
    with pytest.raises(KeyError):
        by_subprotocol("OCPP1.6")


def test_a_version_says_its_name() -> None:
    assert (repr(V16), V16.name, V16.subprotocol) == ("<OCPP 1.6>", "1.6", "ocpp1.6")


@pytest.mark.parametrize("version", VERSIONS, ids=repr)
def test_an_action_is_known_by_its_request(version: Version) -> None:
    for action in version.actions.values():
        assert version.action_of(action.request) is action
    with pytest.raises(KeyError):
        version.action_of(Untyped)


@pytest.mark.parametrize("version", VERSIONS, ids=repr)
def test_an_unknown_action_cannot_be_decoded(version: Version) -> None:
    for violation in (
        version.decode_request("Dance", b"{}"),
        version.decode_response("Dance", b"{}"),
    ):
        assert isinstance(violation, Violation)
        assert violation.kind is Kind.UNKNOWN_ACTION


def test_who_calls_what() -> None:
    charger_16 = {action.name for action in V16.actions.values() if action.sender == "charger"}
    charger_201 = {action.name for action in V201.actions.values() if action.sender == "charger"}

    assert {"StartTransaction", "SignCertificate", "LogStatusNotification"} <= charger_16
    assert len(charger_16) == 13
    assert {"TransactionEvent", "GetCertificateStatus", "NotifyReport"} <= charger_201
    assert len(charger_201) == 24
    for version in VERSIONS:
        both = [action.name for action in version.actions.values() if action.sender == "both"]
        assert both == ["DataTransfer"]


@pytest.mark.parametrize("module", [v16, v201], ids=["1.6", "2.0.1"])
def test_attributes_have_the_names_of_the_ocpp_package(module: object) -> None:
    types = [
        kind
        for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, Payload) and kind is not Payload
    ]
    assert len(types) > 78
    for kind in types:
        wire = dict.fromkeys(kind.__struct_encode_fields__)
        assert tuple(camel_to_snake_case(wire)) == kind.__struct_fields__


def test_our_own_types_are_written_and_nothing_else() -> None:
    assert to_json([Timestamp("x"), CustomData(vendorId="y")]) == '["x",{"vendorId":"y"}]'
    with pytest.raises(TypeError):
        to_plain(object())
    with pytest.raises(NotImplementedError):
        from_plain(object, 1)


def test_a_payload_as_plain_values_has_no_types_of_ours() -> None:
    request = v201.HeartbeatRequest(custom_data=CustomData(vendorId="y", more=1))

    plain = to_dict(request)

    assert plain == {"customData": {"vendorId": "y", "more": 1}}
    assert type(plain["customData"]) is dict


def test_a_message_is_not_changed() -> None:
    request = v16.AuthorizeRequest(id_tag="x")

    with pytest.raises(AttributeError):
        request.id_tag = "y"  # type: ignore[misc]
