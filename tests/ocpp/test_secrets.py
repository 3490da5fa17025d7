"""Secrets never leave a frame for a log, wherever in it they are."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.exploring import examples
from tests.ocpp.schemas import Message, messages, valid
from voltyard.charger.variables import standard
from voltyard.kernel.secret_names import is_secret_name
from voltyard.kernel.seeds import stream
from voltyard.ocpp.secrets import is_secret_setting, masked, without_secrets

SECRETS = st.text("abcdefXYZ0123456789!$*+~._-", min_size=8, max_size=20).map("Q{}Q".format)

SECRET_FIELDS = {"password", "apnPassword", "simPin"}
"""All that OCPP's messages have, but for the key of VPNType."""
SECRET_SETTINGS = {"AuthorizationKey", "SecurityCtrlr.BasicAuthPassword"}

PLANTED = (
    "{}",
    "ftp://user:{}@files.example/up/",
    "https://{}@files.example/",
    "https://files.example/?token={}&a=1",
    "http://yard.example/files/up/{}/",
    "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----",
)
"""The first where the field's own name is a secret's; the others anywhere."""


def fields(node: Any, name: str = "", parent: str = "") -> Iterator[tuple[Any, Any, str, str]]:
    """Every place of a text or number in a payload: its holder, its key, its name, and the name of
    the object that it is in."""
    if isinstance(node, dict | list):
        for key, value in node.items() if isinstance(node, dict) else enumerate(node):
            named, within = (key, name) if isinstance(node, dict) else (name, parent)
            if isinstance(value, dict | list):
                yield from fields(value, named, within)
            elif not isinstance(value, bool) and value is not None:
                yield node, key, named, within


def is_secret(name: str, parent: str) -> bool:
    return name in SECRET_FIELDS or (parent, name) == ("vpn", "key")


@pytest.mark.parametrize("message", messages(), ids=str)
@examples(15)
@given(secret=SECRETS, seed=st.integers(0, 2**32))
def test_a_secret_in_any_field_of_any_message_is_blanked(
    message: Message, secret: str, seed: int
) -> None:
    payload = valid(message.agreed, stream(seed), full=True)
    places = list(fields(payload))
    for n, (holder, key, name, parent) in enumerate(places):
        if is_secret(name, parent):
            holder[key] = secret
        elif isinstance(holder[key], str):
            holder[key] = PLANTED[1 + n % (len(PLANTED) - 1)].format(secret)

    for frame in ([2, "1", message.action, payload], [3, "1", payload]):
        for text in (json.dumps(frame), json.dumps(frame, indent=1), json.dumps(str(frame))):
            assert secret not in masked(text)


def test_of_all_names_in_ocpp_these_are_secrets() -> None:
    names = {
        name
        for message in messages()
        for _, _, name, _ in fields(valid(message.agreed, stream(5, str(message)), full=True))
    }
    settings = {setting.key for setting in standard.ALL} | {
        setting.variable for setting in standard.ALL
    }

    assert {name for name in names if is_secret_name(name)} == SECRET_FIELDS
    assert {name for name in settings if name and is_secret_setting(name)} == SECRET_SETTINGS
    assert len(names) > 150
    assert len(settings) > 100


SETTINGS = (
    '{{"key":"AuthorizationKey","value":"{}"}}',
    '{{"key":"authorizationKEY","readonly":false,"value":"{}"}}',
    '{{"key":"ftpPassword","value":"{}"}}',
    '{{"name":"SecurityCtrlr.BasicAuthPassword","value":"{}"}}',
    '{{"component":{{"name":"SecurityCtrlr"}},"variable":{{"name":"BasicAuthPassword"}},'
    '"attributeValue":"{}"}}',
    '{{"component":{{"name":"X"}},"variable":{{"name":"SimPin"}},"actualValue":"{}"}}',
    '{{"component":{{"name":"X"}},"variable":{{"name":"WifiPSK"}},'
    '"variableAttribute":[{{"type":"Actual","value":"{}"}}]}}',
    '{{"component":"SecurityCtrlr","variable":"BasicAuthPassword","value":"{}"}}',
    '{{"settings":{{"AuthorizationKey":"{}"}}}}',
    '{{"password":["x",{{"type":"{}"}}]}}',
    '{{"password":"{}","password":null}}',
    '{{"\\u0070assword":"{}"}}',
    '{{"data":"{{\\"password\\":\\"{}\\"}}"}}',
    '{{"data":"{{\\"inner\\":\\"{{\\\\\\"pin\\\\\\":\\\\\\"{}\\\\\\"}}\\"}}"}}',
    '{{"data":"<user>u</user> password={} ok"}}',
    '{{"vpn":{{"server":"v","user":"u","key":"{}","type":"IKEv2"}}}}',
    '{{"location":"ftp:\\/\\/u:{}@h\\/x"}}',
    '{{"password":"{}"',
    '[2,"1","X",{{"location":"ftp://u:{}@h/"',
    '[2,"1","X",{{"location":"ftp:\\/\\/u:{}@h\\/"',
    '{{"data":"{{\\"password\\":\\"{}"}}',
)


@pytest.mark.parametrize("text", SETTINGS)
@examples(15)
@given(secret=SECRETS)
def test_a_secret_setting_is_blanked_however_it_is_written(text: str, secret: str) -> None:
    assert secret not in masked(text.format(secret))


@pytest.mark.parametrize(
    "text",
    [
        '{"key":"HeartbeatInterval","value":"60"}',
        '{"key":"WebSocketPingInterval","value":"60"}',
        '{"component":{"name":"TokenReader"},"variable":{"name":"Token"},"actualValue":"AABB"}',
        '{"component":{"name":"AuthCtrlr"},"variable":{"name":"MasterPassGroupId"},'
        '"attributeValue":"G1"}',
        '{"idToken":{"idToken":"AABBCCDD","type":"ISO14443"},"groupIdToken":{"idToken":"G"}}',
        '{"hasPassword":true,"password":null,"pin":""}',
        '{"key":["AuthorizationKey"]}',
        '{"url":"https://h:8443/x?page=2","info":"a = b"}',
    ],
)
def test_what_is_no_secret_stays_as_it_is(text: str) -> None:
    assert masked(text) == text


def test_numbers_are_blanked_too() -> None:
    assert without_secrets({"apn": {"simPin": 1234, "useOnlyPreferredNetwork": True}}) == {
        "apn": {"simPin": "***", "useOnlyPreferredNetwork": True}
    }


def test_of_a_reported_variable_only_the_value_is_blanked() -> None:
    attributes = [{"type": "Actual", "mutability": "WriteOnly", "value": "hunter2"}]
    about = {"variable": {"name": "BasicAuthPassword"}, "variableAttribute": attributes}

    assert without_secrets(about)["variableAttribute"] == [
        {"type": "Actual", "mutability": "WriteOnly", "value": "***"}
    ]


def test_json_within_json_beyond_a_depth_is_blanked_as_a_whole() -> None:
    text = json.dumps({"password": "hunter2"})
    for _ in range(12):
        text = json.dumps({"data": text})

    assert "hunter2" not in masked(text)


def test_no_more_of_a_frame_is_looked_through_than_is_asked_for() -> None:
    first, second = "ftp://u:hunter2@h/1", "ftp://u:hunter3@h/2"
    frame = json.dumps({"a": first, "b": second, "c": "plain" * 10, "password": "hunter4"})

    shown = json.loads(masked(frame, len(first)))

    assert shown == {
        "a": "ftp://u:***@h/1",
        "b": "***: it is too long to look through",
        "c": "plain" * 10,
        "password": "***",
    }


@pytest.mark.parametrize("frame", ['{{"data":"{}"}}', "{}"])
@pytest.mark.parametrize("part", ["&a=b%3d", "ftp://u:hunter2@h/ ", "-----BEGIN PRIVATE KEY-----"])
def test_a_frame_beyond_what_is_looked_through_is_blanked_as_a_whole(frame: str, part: str) -> None:
    text = frame.format(part * 1_000)

    assert part not in masked(text, 1_000)
    assert "too long" in masked(text, 1_000)
