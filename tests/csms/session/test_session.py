"""Frames that are wrong, odd or hostile: each is answered as its version says, and logged."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.csms.bench import ORG, ZULU, Yard
from tests.exploring import examples
from voltyard.csms.commands.control import Reset
from voltyard.csms.dialects import DIALECTS
from voltyard.csms.v16.replies import REPLIES as ANSWERS_16
from voltyard.csms.v16.requests import REQUESTS as UNDERSTOOD_16
from voltyard.csms.v201.replies import REPLIES as ANSWERS_201
from voltyard.csms.v201.requests import REQUESTS as UNDERSTOOD_201
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
    assert (logged.outcome, logged.verdict) == ("result", "lenient")
    assert len(logged.violations) == 4


@pytest.mark.parametrize("validation", ["strict", "lenient"])
@pytest.mark.parametrize(("text", "verdict"), [("DRIVER000000", "lenient"), ("04A1B2C3", "valid")])
async def test_a_token_whose_text_does_not_fit_its_type_is_taken_and_recorded(
    yard: Yard, validation: str, text: str, verdict: str
) -> None:
    peer = await yard.booted(subprotocol="ocpp2.0.1", validation=validation)

    answer = await peer.say("Authorize", {"idToken": {"idToken": text, "type": "ISO14443"}})

    assert answer == {"idTokenInfo": {"status": "Accepted"}}
    logged = yard.journal.messages[-1]
    assert (logged.outcome, logged.verdict) == ("result", verdict)
    assert [one.partition(":")[0] for one in logged.violations] == (
        ["bad_value $.idToken.idToken"] if verdict == "lenient" else []
    )


STATUS = {"connectorId": 1, "errorCode": "NoError", "status": "Available"}
BEGUN = {"connectorId": 1, "idTag": "TAG", "meterStart": 1000, "timestamp": ZULU}


def meter(sample: dict[str, Any]) -> dict[str, Any]:
    return {"connectorId": 1, "meterValue": [{"timestamp": ZULU, "sampledValue": [sample]}]}


STRICT = {"Q40", "Q41", "Q42", "Q43", "Q44", "Q45", "Q46"}
"""Those that the schemas have a word on."""

FIELD = [
    ("Q30", "StatusNotification", STATUS | {"timestamp": "2023-10-19T15:28:07"}),
    ("Q31", "StatusNotification", STATUS | {"timestamp": "2023-10-19T15:28:07+02"}),
    ("Q40", "StatusNotification", STATUS | {"info": None}),
    ("Q41", "MeterValues", meter({"value": 0})),
    ("Q42", "StartTransaction", BEGUN | {"meterStart": 1000.4}),
    (
        "Q43",
        "MeterValues",
        {"connectorId": 1, "meterValue": meter({"value": "0"})["meterValue"][0]},
    ),
    (
        "Q44",
        "MeterValues",
        {"connectorId": 1, "meterValue": [{"timestamp": ZULU, "sampledValue": []}]},
    ),
    ("Q45", "StatusNotification", STATUS | {"errorCode": "Error"}),
    ("Q45", "MeterValues", meter({"value": "50", "measurand": "Frequency", "unit": "Hz"})),
    ("Q46", "StatusNotification", STATUS | {"info": "x" * 51}),
    ("Q46", "Authorize", {"idTag": "x" * 21}),
    ("Q47", "MeterValues", meter({"value": "7\x00"})),
    ("Q49", "StatusNotification", STATUS | {"info": '{"a":"\\"b\\""}'}),
    ("Q50", "StatusNotification", STATUS | {"voltage": 230}),
]


@pytest.mark.parametrize(("quirk", "action", "payload"), FIELD)
async def test_what_the_field_sends_is_taken_from_a_lenient_charger(
    yard: Yard, quirk: str, action: str, payload: Any
) -> None:
    peer = await yard.booted(validation="lenient")

    await peer.say(action, payload)

    logged = yard.journal.messages[-1]
    assert logged.outcome == "result"
    assert logged.verdict == ("lenient" if logged.violations else "valid")


@pytest.mark.parametrize(("quirk", "action", "payload"), [f for f in FIELD if f[0] in STRICT])
async def test_and_refused_from_a_strict_one(
    yard: Yard, quirk: str, action: str, payload: Any
) -> None:
    peer = await yard.booted()

    assert (await peer.ask(action, payload))[0] == 4

    logged = yard.journal.messages[-1]
    assert (logged.outcome, logged.verdict) == ("error", "refused")
    assert len(logged.violations) == 1


@pytest.mark.parametrize(
    ("quirk", "text"),
    [("Q48", '[2,"1","Heartbeat",{}'), ("Q50", '[1,"1","Heartbeat",{}]'), ("Q51", '[3,"1",{}]')],
)
async def test_what_no_leniency_mends_is_refused_and_the_link_kept(
    yard: Yard, quirk: str, text: str
) -> None:
    peer = await yard.booted(validation="lenient")

    peer.text(text)
    await yard.settle()

    assert peer.wire.closed is None
    assert yard.journal.messages[-1].verdict == "refused"


async def test_the_verdict_on_an_answer_is_the_chargers(yard: Yard) -> None:
    peer = await yard.booted()
    for answer, verdict in (
        ({"status": "Accepted"}, "valid"),
        ({"status": "Perhaps"}, "refused"),
    ):
        task = await yard.command(Reset(type="Soft"))
        await peer.answer(answer)
        await asyncio.gather(task, return_exceptions=True)
        assert yard.journal.messages[-1].verdict == verdict
    assert yard.journal.messages[-1].violations[0].startswith("bad_enum $.status: ")
    task = await yard.command(Reset(type="Soft"))
    await peer.refuse("InternalError")
    await asyncio.gather(task, return_exceptions=True)
    refused = yard.journal.messages[-1]
    assert (refused.verdict, refused.error_code) == ("valid", "InternalError")


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


async def test_a_charger_that_floods_does_not_hold_up_the_others(yard: Yard) -> None:
    flood = await yard.booted("CP1")
    calm = await yard.booted("CP2")

    calls = [flood.call("Heartbeat", {}) for _ in range(1_000)]
    beat = calm.call("Heartbeat", {})

    assert len(calm.answers(beat)) == 1
    assert flood.wire.is_paused
    assert len(flood.wire.sent) <= limits.FRAMES_AT_ONCE + 1
    # nothing of it is lost, and it is all in order
    await until(lambda: len(flood.wire.sent) > len(calls))
    assert [json.loads(text)[1] for text in flood.wire.sent[1:]] == calls
    await until(lambda: not flood.wire.is_paused)
    assert len(await flood.say("Heartbeat", {})) == 1


async def test_what_waits_of_a_flood_goes_with_its_link(yard: Yard) -> None:
    flood = await yard.booted()
    for _ in range(1_000):
        flood.call("Heartbeat", {})

    await flood.gone()
    await asyncio.sleep(0)

    assert len(flood.wire.sent) <= 2 * limits.FRAMES_AT_ONCE
    assert len(await yard.connect().say("Heartbeat", {})) == 1


async def until(holds: Callable[[], bool]) -> None:
    for _ in range(1_000):
        if holds():
            return
        await asyncio.sleep(0)
    raise AssertionError("it has not come about")


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
@examples(60)
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
