"""One fault in a valid payload is refused with that version's code: every fault, in every place."""

import json

import msgspec
import pytest

from tests.ocpp.ids import counter
from tests.ocpp.schemas import Message, faults, messages, valid
from tests.payloads import full, minimal
from voltyard.kernel.seeds import stream
from voltyard.ocpp.rpc import CallReceived, CallRefused, FrameRejected, Rpc
from voltyard.ocpp.versions import V16

CODES = {
    "1.6": {
        "missing": "ProtocolError",
        "extra": "FormationViolation",
        "wrong type": "TypeConstraintViolation",
        "null": "TypeConstraintViolation",
        "too long": "PropertyConstraintViolation",
        "bad enum": "PropertyConstraintViolation",
        "bad value": "PropertyConstraintViolation",
        "bad count": "OccurenceConstraintViolation",
    },
    "2.0.1": {
        "missing": "OccurrenceConstraintViolation",
        "extra": "ProtocolError",
        "wrong type": "TypeConstraintViolation",
        "null": "TypeConstraintViolation",
        "too long": "PropertyConstraintViolation",
        "bad enum": "PropertyConstraintViolation",
        "bad value": "PropertyConstraintViolation",
        "bad count": "OccurrenceConstraintViolation",
    },
}

# The neutral kinds that stand for each word; a null where a value is due is told apart.
KINDS = {word: {word.replace(" ", "_")} for word in CODES["1.6"]} | {
    "wrong type": {"wrong_type", "null"}
}


def receiver(message: Message) -> Rpc:
    sender = message.version.actions[message.action].sender
    return Rpc(message.version, "charger" if sender == "csms" else "csms", ids=counter())


def caller(message: Message) -> Rpc:
    sender = message.version.actions[message.action].sender
    return Rpc(message.version, "csms" if sender == "csms" else "charger", ids=counter())


requests = [message for message in messages() if message.half == "request"]
responses = [message for message in messages() if message.half == "response"]


@pytest.mark.parametrize("message", requests, ids=str)
def test_a_fault_in_a_request_is_answered_with_its_code(message: Message) -> None:
    payload = valid(message.agreed, stream(1, str(message)), full=True)
    rpc = receiver(message)
    good = json.dumps([2, "id", message.action, payload])
    assert isinstance(rpc.receive(good, 0.0), CallReceived)

    for fault in faults(message.agreed, payload):
        event = rpc.receive(json.dumps([2, "id", message.action, fault.payload]), 0.0)

        assert isinstance(event, FrameRejected), (fault.word, fault.path)
        assert event.reply is not None
        assert event.violation.kind.value in KINDS[fault.word], fault.path
        type_, id_, code, _, _ = json.loads(event.reply)
        assert (type_, id_) == (4, "id")
        assert code == CODES[message.version.name][fault.word], (fault.word, fault.path)


@pytest.mark.parametrize("message", responses, ids=str)
def test_a_fault_in_a_response_refuses_the_call(message: Message) -> None:
    payload = valid(message.agreed, stream(2, str(message)), full=True)
    request = msgspec.Raw(b"{}")

    for fault in faults(message.agreed, payload):
        rpc = caller(message)
        rpc.call_raw(message.action, request, 0.0, token="mine")
        event = rpc.receive(json.dumps([3, "1", fault.payload]), 1.0)

        assert isinstance(event, CallRefused), (fault.word, fault.path)
        assert event.code == "InvalidAnswer"
        assert event.token == "mine"
        assert event.details["kind"] in KINDS[fault.word], fault.path
        assert not rpc.busy


@pytest.mark.parametrize("message", messages(), ids=str)
def test_the_example_payloads_are_valid(message: Message) -> None:
    for example in (minimal(message.kind), full(message.kind)):
        decoded = message.version.decode(message.kind, json.dumps(example))

        assert not hasattr(decoded, "kind"), decoded


def test_there_are_39_actions_in_1_6_and_64_in_2_0_1() -> None:
    names = [message.version.name for message in requests]

    assert (names.count("1.6"), names.count("2.0.1")) == (39, 64)
    assert V16.actions["SignedUpdateFirmware"].sender == "csms"
