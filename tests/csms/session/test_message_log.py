"""What is logged tells no passwords."""

import json

import pytest

from tests.csms.bench import Yard
from voltyard.csms.commands.control import RawCall
from voltyard.csms.commands.maintenance import ChangeConfiguration
from voltyard.ocpp.secrets import masked

SECRET = "0123456789ABCDEF0123"


@pytest.mark.parametrize(
    ("version", "command", "answer"),
    [
        (
            "ocpp1.6",
            ChangeConfiguration(key="AuthorizationKey", value=SECRET),
            {"status": "Accepted"},
        ),
        (
            "ocpp2.0.1",
            ChangeConfiguration(key="AuthorizationKey", value=SECRET),
            {
                "setVariableResult": [
                    {
                        "attributeStatus": "Accepted",
                        "component": {"name": "SecurityCtrlr"},
                        "variable": {"name": "BasicAuthPassword"},
                    }
                ]
            },
        ),
        (
            "ocpp2.0.1",
            ChangeConfiguration(key="SecurityCtrlr.BasicAuthPassword", value=SECRET),
            {"setVariableResult": []},
        ),
        (
            "ocpp1.6",
            RawCall(
                action="ChangeConfiguration", payload={"key": "AuthorizationKey", "value": SECRET}
            ),
            {"status": "Rejected"},
        ),
        (
            "ocpp1.6",
            RawCall(
                action="ChangeConfiguration", payload={"key": "authorizationKEY", "value": SECRET}
            ),
            {"status": "Rejected"},
        ),
        (
            "ocpp1.6",
            RawCall(action="GetConfiguration"),
            {"configurationKey": [{"key": "AuthorizationKey", "readonly": False, "value": SECRET}]},
        ),
    ],
)
async def test_a_password_reaches_the_charger_and_no_log(
    yard: Yard, version: str, command: RawCall, answer: object
) -> None:
    peer = await yard.booted(subprotocol=version)
    task = await yard.command(command)
    sent = json.dumps(peer.asked()[-1])

    await peer.answer(answer)
    await yard.settle()
    task.exception()

    assert SECRET in sent + json.dumps(answer)
    assert SECRET not in repr(yard.journal.messages)
    assert SECRET not in repr(yard.journal.commands)
    assert "***" in repr(yard.journal.messages)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"password":"x","user":"u"}', '{"password":"***","user":"u"}'),
        ('{"basicAuthPassword":"x"}', '{"basicAuthPassword":"***"}'),
        (
            '[{"variable":{"name":"BasicAuthPassword"},"variableAttribute":[{"value":"x"},5]}]',
            '[{"variable":{"name":"BasicAuthPassword"},"variableAttribute":[{"value":"***"},"***"]}]',
        ),
        ('{"variableAttribute":[],"password":5}', '{"variableAttribute":[],"password":"***"}'),
        ('["BasicAuthPassword", 1.50]', '["BasicAuthPassword",1.5]'),
        ('{"key":["AuthorizationKey"]}', '{"key":["AuthorizationKey"]}'),
        ("a password, cut o", '"***: it names a secret and cannot be read"'),
        ('{"value":"no secret"}', '{"value":"no secret"}'),
    ],
)
def test_passwords_are_blanked_wherever_they_stand(text: str, expected: str) -> None:
    assert masked(text) == expected


async def test_of_a_frame_that_is_long_without_need_little_is_looked_through(yard: Yard) -> None:
    peer = await yard.booted(subprotocol="ocpp1.6")

    await peer.say("DataTransfer", {"vendorId": "V", "data": "&password=b%3d" * 10_000})
    await yard.settle()

    assert "too long to look through" in repr(yard.journal.messages)
    assert "password=b" not in repr(yard.journal.messages)
