"""One end of a connection: one call at a time, and every call ends exactly once."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tests.exploring import examples
from tests.ocpp.ids import counter
from voltyard.kernel.errors import Overfull
from voltyard.ocpp.payload import Payload, Untyped
from voltyard.ocpp.rpc import (
    INVALID_ANSWER,
    CallReceived,
    CallRefused,
    CallTimedOut,
    FrameRejected,
    ResultReceived,
    Rpc,
    StrayAnswer,
)
from voltyard.ocpp.timestamps import Timestamp
from voltyard.ocpp.v16 import messages as v16
from voltyard.ocpp.v201 import messages as v201
from voltyard.ocpp.versions import V16, V201, Version
from voltyard.ocpp.violations import Kind, ValidationMode

HEARTBEAT = v16.HeartbeatRequest()
BEAT = v16.HeartbeatResponse(current_time=Timestamp.of(0.0))
TIME = '{"currentTime":"1970-01-01T00:00:00.000Z"}'


def charger(
    version: Version = V16, mode: ValidationMode = ValidationMode.STRICT, queue_limit: int = 3
) -> Rpc:
    return Rpc(version, "charger", ids=counter(), mode=mode, queue_limit=queue_limit)


def backend(version: Version = V16, mode: ValidationMode = ValidationMode.STRICT) -> Rpc:
    return Rpc(version, "csms", ids=counter(100), mode=mode)


def faulty(rpc: Rpc, text: str) -> FrameRejected:
    event = rpc.receive(text, 0.0)
    assert isinstance(event, FrameRejected), event
    return event


def reply_of(event: FrameRejected) -> list[Any]:
    assert event.reply is not None
    reply: list[Any] = json.loads(event.reply)
    return reply


# A call and its answer.


def test_a_call_is_asked_and_answered() -> None:
    here, there = charger(), backend()

    text = here.call(HEARTBEAT, 10.0, token="mine")
    assert text == '[2,"1","Heartbeat",{}]'
    asked = there.receive(text, 10.0)
    assert asked == CallReceived("1", "Heartbeat", HEARTBEAT)
    answer = there.answer(asked, BEAT)
    assert answer == f'[3,"1",{TIME}]'

    assert here.receive(answer, 10.5) == ResultReceived(
        "1", "Heartbeat", "mine", HEARTBEAT, BEAT, 0.5
    )
    assert not here.busy


def test_a_call_is_asked_and_refused() -> None:
    here, there = charger(), backend()

    asked = there.receive(here.call(HEARTBEAT, 10.0, token=7) or "", 10.0)
    assert isinstance(asked, CallReceived)
    refusal = there.refuse(asked, V16.errors[Kind.INTERNAL], "no", {"a": 1})

    assert here.receive(refusal, 12.0) == CallRefused(
        "1", "Heartbeat", 7, HEARTBEAT, "InternalError", "no", {"a": 1}, 2.0
    )
    assert not here.busy


def test_details_that_are_no_object_are_none() -> None:
    here = charger()
    here.call(HEARTBEAT, 0.0)

    event = here.receive('[4,"1","GenericError","",["a"]]', 0.0)

    assert isinstance(event, CallRefused)
    assert event.details == {}


def test_a_null_payload_is_an_empty_one() -> None:
    here, there = charger(), backend()
    here.call(
        v16.StatusNotificationRequest(connector_id=0, error_code="NoError", status="Available"), 0.0
    )

    assert there.receive('[2,"1","Heartbeat",null]', 0.0) == CallReceived(
        "1", "Heartbeat", HEARTBEAT
    )
    assert isinstance(here.receive('[3,"1",null]', 0.0), ResultReceived)


def test_calls_may_cross() -> None:
    here, there = charger(), backend()
    ours = here.call(HEARTBEAT, 0.0)
    theirs = there.call(v16.ClearCacheRequest(), 0.0)

    asked_here = here.receive(theirs or "", 0.0)
    asked_there = there.receive(ours or "", 0.0)

    assert isinstance(asked_here, CallReceived)
    assert isinstance(asked_there, CallReceived)
    there_event = there.receive(
        here.answer(asked_here, v16.ClearCacheResponse(status="Accepted")), 0.0
    )
    here_event = here.receive(there.answer(asked_there, BEAT), 0.0)
    assert isinstance(there_event, ResultReceived)
    assert isinstance(here_event, ResultReceived)


# Waiting.


def test_a_second_call_waits_for_the_first() -> None:
    here = charger()
    here.call(HEARTBEAT, 0.0, token=1)

    assert here.call(v16.AuthorizeRequest(id_tag="A"), 1.0, token=2) is None
    assert (here.busy, here.waiting) == (True, 1)
    assert here.following(2.0) is None

    here.receive(f'[3,"1",{TIME}]', 3.0)
    assert here.following(4.0) == '[2,"2","Authorize",{"idTag":"A"}]'
    assert (here.busy, here.waiting) == (True, 0)


def test_a_call_does_not_overtake_those_that_wait() -> None:
    here = charger()
    here.call(HEARTBEAT, 0.0)
    here.call(v16.AuthorizeRequest(id_tag="A"), 0.0)
    here.receive(f'[3,"1",{TIME}]', 0.0)

    assert here.call(v16.AuthorizeRequest(id_tag="B"), 0.0) is None
    assert here.following(0.0) == '[2,"2","Authorize",{"idTag":"A"}]'


def test_the_queue_has_a_bound_and_a_refused_call_changes_nothing() -> None:
    here = charger(queue_limit=1)
    here.call(HEARTBEAT, 0.0, token=1)
    here.call(HEARTBEAT, 0.0, token=2)

    with pytest.raises(Overfull):
        here.call(HEARTBEAT, 0.0, token=3)

    assert here.drop() == [(1, HEARTBEAT), (2, HEARTBEAT)]


def test_nothing_follows_an_empty_queue() -> None:
    assert charger().following(0.0) is None


# Time.


def test_a_call_without_an_answer_times_out_at_its_deadline() -> None:
    here = charger()
    here.call(HEARTBEAT, 10.0, timeout_s=5.0, token="mine")

    assert here.due_at == 15.0
    assert here.expire(14.9) is None
    assert here.expire(15.0) == CallTimedOut("mine", HEARTBEAT)
    assert here.due_at is None
    assert here.expire(99.0) is None


def test_a_time_out_is_not_charged_to_the_next_call() -> None:
    here = charger()
    here.call(HEARTBEAT, 0.0, timeout_s=5.0)
    here.call(HEARTBEAT, 0.0, timeout_s=5.0, token="next")
    here.expire(5.0)

    assert here.following(6.0) is not None
    assert here.due_at == 11.0


def test_a_late_answer_is_stray_and_leaves_the_next_call_alone() -> None:
    here = charger()
    here.call(HEARTBEAT, 0.0, timeout_s=5.0)
    here.call(HEARTBEAT, 0.0, token="next")
    here.expire(5.0)
    here.following(5.0)

    assert here.receive(f'[3,"1",{TIME}]', 6.0) == StrayAnswer("1", "its call has timed out")
    assert here.receive('[4,"1","GenericError","",{}]', 6.0) == StrayAnswer(
        "1", "its call has timed out"
    )
    assert here.busy
    event = here.receive(f'[3,"2",{TIME}]', 7.0)
    assert isinstance(event, ResultReceived)
    assert (event.token, event.latency_s) == ("next", 2.0)


def test_a_second_answer_is_stray() -> None:
    here = charger()
    here.call(HEARTBEAT, 0.0)
    here.receive(f'[3,"1",{TIME}]', 0.0)

    assert here.receive(f'[3,"1",{TIME}]', 0.0) == StrayAnswer("1", "its call has been answered")


def test_an_answer_to_nothing_is_stray() -> None:
    assert charger().receive('[3,"9",{}]', 0.0) == StrayAnswer(
        "9", "no call of that id is outstanding"
    )


def test_dropping_forgets_all_calls_and_their_answers_are_stray() -> None:
    here = charger()
    here.call(HEARTBEAT, 0.0, token=1)
    here.call(HEARTBEAT, 0.0, token=2)

    assert here.drop() == [(1, HEARTBEAT), (2, HEARTBEAT)]
    assert (here.busy, here.waiting, here.due_at) == (False, 0, None)
    assert here.receive(f'[3,"1",{TIME}]', 0.0) == StrayAnswer("1", "its call was dropped")
    assert here.drop() == []


# Messages of the caller's own making.


def test_a_raw_call_is_sent_as_it_stands_and_its_answer_typed() -> None:
    here = charger()

    text = here.call_raw("Heartbeat", {"extra": None}, 0.0, token="t", timeout_s=3.0)

    assert text == '[2,"1","Heartbeat",{"extra":null}]'
    assert here.due_at == 3.0
    event = here.receive(f'[3,"1",{TIME}]', 0.0)
    assert isinstance(event, ResultReceived)
    assert event.request == Untyped(action="Heartbeat", content={"extra": None})
    assert event.response == BEAT


def test_the_answer_to_an_unknown_action_comes_untyped() -> None:
    here = charger()
    here.call_raw("Dance", msgspec.Raw(b'{"a":1}'), 0.0)

    event = here.receive('[3,"1",{"b":[2]}]', 0.0)

    assert isinstance(event, ResultReceived)
    assert event.response == Untyped(action="Dance", content={"b": [2]})


def test_an_answer_beyond_any_range_is_invalid() -> None:
    here = charger()
    here.call_raw("Dance", {}, 0.0)

    event = here.receive('[3,"1",{"b":1e999}]', 0.0)

    assert isinstance(event, CallRefused)
    assert (event.code, event.details["kind"]) == (INVALID_ANSWER, "not_json")


# Frames that cannot be accepted.


@pytest.mark.parametrize(
    ("version", "text", "reply"),
    [
        # Not JSON: 1.6 has nothing to answer to, 2.0.1 has the id "-1" for it.
        (V16, "no json", None),
        (V201, "no json", ["-1", "RpcFrameworkError"]),
        (V16, '[2,7,"Heartbeat",{}]', None),
        (V201, '[2,7,"Heartbeat",{}]', ["-1", "RpcFrameworkError"]),
        # A call with an id and not much else.
        (V16, '[2,"7","Heartbeat"]', ["7", "FormationViolation"]),
        (V201, '[2,"7","Heartbeat"]', ["7", "RpcFrameworkError"]),
        # Unknown message types: ignored in 1.6, answered in 2.0.1.
        (V16, '[5,"7","Heartbeat",{}]', None),
        (V201, '[5,"7","Heartbeat",{}]', ["7", "MessageTypeNotSupported"]),
        (V201, "[5]", ["-1", "MessageTypeNotSupported"]),
        # An id beyond 36 characters.
        (V16, f'[2,"{"7" * 37}","Heartbeat",{{}}]', ["7" * 37, "FormationViolation"]),
        (V201, f'[2,"{"7" * 37}","Heartbeat",{{}}]', ["7" * 37, "RpcFrameworkError"]),
        # Unknown, in another letter case, or in the wrong direction.
        (V16, '[2,"7","Dance",{}]', ["7", "NotImplemented"]),
        (V201, '[2,"7","heartbeat",{}]', ["7", "NotImplemented"]),
        (V16, '[2,"7","Reset",{"type":"Hard"}]', ["7", "NotSupported"]),
        (V201, '[2,"7","Reset",{"type":"Immediate"}]', ["7", "NotSupported"]),
        # A payload that is no object.
        (V16, '[2,"7","Heartbeat",[]]', ["7", "FormationViolation"]),
        (V201, '[2,"7","Heartbeat","x"]', ["7", "FormatViolation"]),
        # Answers are never answered.
        (V201, '[3,"7"]', None),
        (V201, "[4]", None),
    ],
)
def test_a_faulty_frame_is_answered_as_its_version_says(
    version: Version, text: str, reply: list[str] | None
) -> None:
    event = faulty(backend(version), text)

    if reply is None:
        assert event.reply is None
    else:
        type_, *rest, description, details = reply_of(event)
        assert (type_, rest, details) == (4, reply, {})
        assert 0 < len(description) <= 255


def test_a_fault_says_which_call_it_was() -> None:
    event = faulty(backend(), '[2,"7","Authorize",{"idTag":7}]')

    assert (event.id, event.action) == ("7", "Authorize")
    assert (event.violation.kind, event.violation.path) == (Kind.WRONG_TYPE, "$.idTag")
    assert reply_of(event)[3] == "Expected `str`, got `int` at $.idTag"


def test_either_side_may_transfer_data() -> None:
    text = '[2,"7","DataTransfer",{"vendorId":"x"}]'

    assert isinstance(charger().receive(text, 0.0), CallReceived)
    assert isinstance(backend().receive(text, 0.0), CallReceived)


def test_an_answer_that_breaks_its_schema_ends_the_call() -> None:
    here = charger()
    here.call(HEARTBEAT, 0.0, token="mine")

    event = here.receive('[3,"1",{"currentTime":"yesterday"}]', 1.0)

    assert isinstance(event, CallRefused)
    assert (event.token, event.code, event.latency_s) == ("mine", INVALID_ANSWER, 1.0)
    assert event.details == {"kind": "bad_value", "path": "$.currentTime"}
    assert not here.busy


def test_an_answer_that_is_no_frame_ends_its_call() -> None:
    here = charger()
    here.call(HEARTBEAT, 0.0, token="mine")

    event = here.receive('[3,"1"]', 1.0)

    assert isinstance(event, CallRefused)
    assert event.details["kind"] == "bad_frame"
    assert not here.busy


def test_an_unreadable_frame_leaves_the_outstanding_call_alone() -> None:
    here = charger(V201)
    here.call(v201.HeartbeatRequest(), 0.0)

    faulty(here, '[3,"9"]')
    faulty(here, "[3,")

    assert here.busy


def test_lenient_ends_let_pass_and_record() -> None:
    here = backend(mode=ValidationMode.LENIENT)

    event = here.receive(f'[2,"{"7" * 37}","Authorize",{{"idTag":7}}]', 0.0)

    assert isinstance(event, CallReceived)
    assert event.request == v16.AuthorizeRequest(id_tag="7")
    assert [violation.kind for violation in event.violations] == [Kind.BAD_ID, Kind.WRONG_TYPE]


def test_the_mode_may_be_changed_between_frames() -> None:
    here = backend()
    faulty(here, '[2,"7","Authorize",{"idTag":7}]')

    here.mode = ValidationMode.LENIENT

    assert isinstance(here.receive('[2,"8","Authorize",{"idTag":7}]', 0.0), CallReceived)


def test_a_lenient_end_records_what_is_wrong_with_an_answer() -> None:
    here = charger(mode=ValidationMode.LENIENT)
    here.call(HEARTBEAT, 0.0)

    event = here.receive('[3,"1",{"currentTime":"1970-01-01T00:00:00"}]', 1.0)

    assert isinstance(event, ResultReceived)
    assert event.response == v16.HeartbeatResponse(
        current_time=Timestamp.parse("1970-01-01T00:00:00Z")
    )
    assert [violation.kind for violation in event.violations] == [Kind.BAD_VALUE]


class Conversation(RuleBasedStateMachine):
    """Calls, answers, late answers, time-outs and cut links, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.rpc = Rpc(V16, "charger", ids=counter(), queue_limit=4)
        self.now = 0.0
        self.made = 0
        self.open: list[int] = []  # tokens of calls that have not ended, in order
        self.outstanding: tuple[str, float] | None = None  # id and due time
        self.past: list[str] = []

    def sent(self, text: str | None, timeout_s: float) -> None:
        if text is not None:
            assert self.outstanding is None
            type_, id_, _, _ = json.loads(text)
            assert type_ == 2
            assert id_ not in self.past
            self.outstanding = (id_, self.now + timeout_s)

    def ended(self, token: int, request: Payload) -> None:
        assert token == self.open.pop(0)
        assert request == v16.AuthorizeRequest(id_tag=str(token))
        assert self.outstanding is not None
        self.past.append(self.outstanding[0])
        self.outstanding = None
        self.sent(self.rpc.following(self.now), 5.0)

    @rule()
    def call(self) -> None:
        request = v16.AuthorizeRequest(id_tag=str(self.made))
        if len(self.open) == 5:
            with pytest.raises(Overfull):
                self.rpc.call(request, self.now, timeout_s=5.0)
            return
        self.open.append(self.made)
        self.sent(self.rpc.call(request, self.now, timeout_s=5.0, token=self.made), 5.0)
        self.made += 1

    @precondition(lambda self: self.outstanding)
    @rule(
        answer=st.sampled_from(
            [
                '[3,"%s",{"idTagInfo":{"status":"Accepted"}}]',
                '[3,"%s",{}]',
                '[4,"%s","X"]',
                '[4,"%s"]',
            ]
        )
    )
    def answered(self, answer: str) -> None:
        assert self.outstanding is not None
        event = self.rpc.receive(answer % self.outstanding[0], self.now)
        assert isinstance(event, (ResultReceived, CallRefused))
        assert isinstance(event, ResultReceived) == ("idTagInfo" in answer)
        self.ended(event.token, event.request)

    @precondition(lambda self: self.past)
    @rule(data=st.data())
    def answered_late(self, data: st.DataObject) -> None:
        id_ = data.draw(st.sampled_from(self.past))
        event = self.rpc.receive(f'[3,"{id_}",{{"idTagInfo":{{"status":"Accepted"}}}}]', self.now)
        assert isinstance(event, StrayAnswer)
        assert event.id == id_

    @rule()
    def asked(self) -> None:
        event = self.rpc.receive('[2,"1","ClearCache",{}]', self.now)
        assert event == CallReceived("1", "ClearCache", v16.ClearCacheRequest())

    @rule(text=st.sampled_from(["", "[2]", "[9]", '[3,"x"]', '[2,"1","Dance",{}]']))
    def disturbed(self, text: str) -> None:
        assert isinstance(self.rpc.receive(text, self.now), FrameRejected)

    @rule(passed_s=st.sampled_from([0.5, 3.0, 5.0]))
    def time_passes(self, passed_s: float) -> None:
        self.now += passed_s
        event = self.rpc.expire(self.now)
        due = self.outstanding is not None and self.now >= self.outstanding[1]
        assert (event is not None) == due
        if event is not None:
            self.ended(event.token, event.request)

    @rule()
    def link_is_cut(self) -> None:
        assert [token for token, _ in self.rpc.drop()] == self.open
        self.open.clear()
        if self.outstanding is not None:
            self.past.append(self.outstanding[0])
            self.outstanding = None

    @invariant()
    def its_word_is_true(self) -> None:
        assert self.rpc.busy == (self.outstanding is not None)
        assert self.rpc.waiting == max(0, len(self.open) - 1)
        assert self.rpc.due_at == (self.outstanding[1] if self.outstanding else None)


TestConversation = Conversation.TestCase
TestConversation.settings = settings(examples(60), stateful_step_count=40)
