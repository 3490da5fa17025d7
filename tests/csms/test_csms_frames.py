"""Frames that are wrong, odd or hostile: each is answered as its version says, and logged."""

import json
from typing import Any

import pytest
from csms_yard import ORG, ZULU, Yard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from voltyard.csms.dialects import DIALECTS
from voltyard.csms.dialects.v16 import _ANSWERS as ANSWERS_16
from voltyard.csms.dialects.v16 import _UNDERSTOOD as UNDERSTOOD_16
from voltyard.csms.dialects.v201 import _ANSWERS as ANSWERS_201
from voltyard.csms.dialects.v201 import _UNDERSTOOD as UNDERSTOOD_201
from voltyard.kernel import limits
from voltyard.ocpp.versions import V16, V201, Version


@pytest.mark.parametrize(
    ("version", "understood", "answers"),
    [(V16, UNDERSTOOD_16, ANSWERS_16), (V201, UNDERSTOOD_201, ANSWERS_201)],
)
def test_every_action_a_charger_may_send_is_understood_and_answered(
    version: Version, understood: Any, answers: Any
) -> None:
    sent = {action.request for action in version.actions.values() if action.sender != "csms"}

    assert set(understood) == sent
    assert set(answers) == sent
    assert DIALECTS[version].version is version


@pytest.mark.parametrize("version", [V16, V201])
async def test_every_action_only_the_backend_may_send_is_refused(
    yard: Yard, version: Version
) -> None:
    peer = await yard.booted(subprotocol=version.subprotocol)
    for action in version.actions.values():
        if action.sender == "csms":
            assert (await peer.ask(action.name, {}))[:3:2] == [4, "NotSupported"]
    assert peer.wire.closed is None


@pytest.mark.parametrize(
    ("frame", "answer"),
    [
        ('[2,"1","Nonsense",{}]', ["1", "NotImplemented"]),
        ('[2,"1","StatusNotification",{"connectorId":1}]', ["1", "ProtocolError"]),
        ('[2,"1","Heartbeat",[]]', ["1", "FormationViolation"]),
        ('[2,"1","Authorize",{"idTag":5}]', ["1", "TypeConstraintViolation"]),
        (
            '[2,"1","Authorize",{"idTag":"123456789012345678901"}]',
            ["1", "PropertyConstraintViolation"],
        ),
        (
            '[2,"1","MeterValues",{"connectorId":1,"meterValue":[]}]',
            ["1", "OccurenceConstraintViolation"],
        ),
        ('[2,"1","Heartbeat"]', ["1", "FormationViolation"]),
        ('[9,"1","Heartbeat",{}]', None),
        ("{}", None),
        ("", None),
        ('[2,"1","Heartbeat",{}', None),
        ('[3,"unknown",{}]', None),
        ('[4,"unknown","GenericError","",{}]', None),
    ],
)
async def test_in_1_6_what_is_wrong_gets_its_own_error(
    yard: Yard, frame: str, answer: list[str] | None
) -> None:
    peer = await yard.booted(validation="strict")
    before = len(peer.wire.sent)

    peer.text(frame)
    await yard.settle()

    frames = [json.loads(text) for text in peer.wire.sent[before:]]
    assert [frame[1:3] for frame in frames] == ([] if answer is None else [answer])
    assert yard.journal.messages[-1].violations
    assert (await peer.ask("Heartbeat", {}))[0] == 3


@pytest.mark.parametrize(
    ("frame", "answer"),
    [
        ('[2,"1","Nonsense",{}]', ["1", "NotImplemented"]),
        ('[9,"1","Heartbeat",{}]', ["1", "MessageTypeNotSupported"]),
        ("{}", ["-1", "RpcFrameworkError"]),
        ('[2,"1","Authorize",{}]', ["1", "OccurrenceConstraintViolation"]),
    ],
)
async def test_in_2_0_1_what_is_wrong_gets_its_own_error(
    yard: Yard, frame: str, answer: list[str]
) -> None:
    peer = await yard.booted(subprotocol="ocpp2.0.1", validation="strict")

    peer.text(frame)
    await yard.settle()

    assert json.loads(peer.wire.sent[-1])[1:3] == answer
    logged = yard.journal.messages[-1]
    assert (logged.outcome, logged.error_code) == ("error", answer[1])


async def test_a_lenient_charger_is_understood_and_its_faults_are_recorded(yard: Yard) -> None:
    peer = await yard.booted(validation="lenient")

    answer = await peer.say(
        "StatusNotification",
        {"connectorId": "1", "errorCode": "Error", "status": "available", "info": None},
    )

    assert answer == {}
    assert yard.backend.charger(ORG, "CP1").connectors[1, 1].status == "Available"
    logged = yard.journal.messages[-1]
    assert logged.outcome == "result"
    assert len(logged.violations) == 4


async def test_a_call_repeated_without_waiting_is_answered_each_time(yard: Yard) -> None:
    peer = await yard.booted()

    for _ in range(3):
        peer.call("Heartbeat", {}, id="same")
    await yard.settle()

    assert len(peer.answers("same")) == 3


async def test_every_frame_is_logged_with_its_answer(yard: Yard) -> None:
    peer = await yard.booted()

    id = peer.call("Heartbeat", {})
    await yard.settle()

    boot, beat = yard.journal.messages
    assert (boot.action, beat.action) == ("BootNotification", "Heartbeat")
    assert (beat.message_id, beat.direction, beat.outcome) == (id, "incoming", "result")
    assert beat.response == peer.wire.sent[-1]
    assert json.loads(beat.request or "")[1] == id
    assert (beat.latency_ms, beat.violations, beat.version) == (0.0, (), "1.6")
    assert len({boot.id, beat.id}) == 2


async def test_the_log_keeps_only_so_much_of_a_frame(yard: Yard) -> None:
    peer = await yard.booted()

    await peer.ask("DataTransfer", {"vendorId": "x", "data": "y" * 100_000})

    assert len(yard.journal.messages[-1].request or "") == limits.LOGGED_FRAME_CHARS


async def test_timestamps_are_sent_in_whole_seconds(yard: Yard) -> None:
    # facts: Q35
    peer = await yard.booted()
    yard.clock.now += 0.25

    assert await peer.say("Heartbeat", {}) == {"currentTime": ZULU}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
actions = st.sampled_from(sorted(V16.actions) + sorted(V201.actions) + ["", "x"])
frames = st.one_of(
    st.text(max_size=40),
    st.binary(max_size=40).map(lambda raw: raw.decode("latin-1")),
    json_values.map(json.dumps),
    st.tuples(st.integers(0, 5), st.text(max_size=40), actions, json_values).map(json.dumps),
    st.tuples(st.just(3), st.text(max_size=40), json_values).map(json.dumps),
    st.tuples(st.just(4), st.text(max_size=40), st.text(), st.text(), json_values).map(json.dumps),
)


@pytest.mark.parametrize("version", ["ocpp1.6", "ocpp2.0.1"])
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(texts=st.lists(frames, max_size=6))
async def test_whatever_text_comes_the_charger_keeps_its_link(
    version: str, texts: list[str]
) -> None:
    yard = Yard()
    peer = await yard.booted(subprotocol=version)

    for text in texts:
        peer.text(text)
    await yard.settle()

    assert peer.wire.closed is None
    assert yard.complaints == []
    assert (await peer.ask("Heartbeat", {}))[0] == 3
