"""The spans of a queued command: its own, and that of its carrying out by another clock."""

from random import Random
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from opentelemetry.sdk.trace import ReadableSpan

from tests.exploring import examples
from voltyard.charger.description.events import Framed
from voltyard.kernel import limits
from voltyard.spans.sampled_spans import SampledSpans
from voltyard.yard.commands.command import CommandError, CommandStatus, QueuedCommand
from voltyard.yard.commands.queued_command_span import QueuedCommandSpan, within

CREATED, QUEUED, DELIVERED, FINISHED = 1_000.0, 1_001.0, 1_002.0, 1_010.0


def command(**said: Any) -> QueuedCommand:
    values: dict[str, Any] = {
        "id": "a1b2c3d4e5f6",
        "organization_id": "org_1",
        "deployment_id": "dep-1",
        "identity": "CP-1",
        "location_id": None,
        "event_type": "swipe",
        "verb": "swipe",
        "ocpp_version": "1.6",
        "payload": {"id_tag": "A-SECRET-TAG"},
        "arguments": {"id_tag": "A-SECRET-TAG"},
        "created_at": CREATED,
        "status": CommandStatus.COMPLETED,
        "result": {"id_tag": "A-SECRET-TAG"},
        "delivered_at": DELIVERED,
        "finished_at": FINISHED,
    }
    return QueuedCommand(**values | said)


class Told:
    """A command's span, and what is told of it."""

    def __init__(self) -> None:
        self.spans: list[ReadableSpan] = []
        request = SampledSpans(1, "1", self.spans.append, Random(1)).request([], CREATED - 1)
        assert request is not None
        self.request = request
        self.span = QueuedCommandSpan(request, command(), QUEUED)

    def settled(self, **said: Any) -> ReadableSpan:
        """The command's own span."""
        self.span.settled(command(**said))
        return self.spans[-1]


@pytest.fixture
def told() -> Told:
    return Told()


def times_of(span: ReadableSpan) -> tuple[float, float]:
    assert span.start_time is not None and span.end_time is not None
    return span.start_time / 1e9, span.end_time / 1e9


def frame(**said: Any) -> Framed:
    values: dict[str, Any] = {
        "at": 5.0,
        "direction": "cp_to_csms",
        "kind": "call",
        "action": "Authorize",
        "message_id": "m-1",
        "text": '[2,"m-1","Authorize",{"idTag":"A-SECRET-TAG"}]',
    }
    return Framed(**values | said)


def test_a_command_is_told_with_its_way_and_its_result(told: Told) -> None:
    told.span.delivered(DELIVERED)

    span = told.settled()

    assert told.spans == [span]
    assert span.name == "command swipe"
    assert span.parent is not None
    assert told.request.traceparent.split("-")[2] == f"{span.parent.span_id:016x}"
    assert times_of(span) == (CREATED, FINISHED)
    assert [(one.name, one.timestamp / 1e9) for one in span.events] == [
        ("queued", QUEUED),
        ("delivered", DELIVERED),
    ]
    assert dict(span.attributes or {}) == {
        "voltyard.command.id": "a1b2c3d4e5f6",
        "voltyard.command": "swipe",
        "ocpp.charge_box_id": "CP-1",
        "voltyard.command.status": "completed",
    }
    assert span.status.description is None


def test_its_carrying_out_in_this_process_is_a_step_of_it(told: Told) -> None:
    told.span.carried_out(1_003.0, 1_004.0)

    span = told.settled()

    inner, outer = told.spans
    assert outer is span
    assert inner.name == "runtime swipe"
    assert inner.parent == span.context
    assert times_of(inner) == (1_003.0, 1_004.0)
    assert "voltyard.worker" not in dict(inner.attributes or {})


@pytest.mark.parametrize(
    ("told_at", "shown_at", "moved_ms"),
    [
        ((1_003.0, 1_004.5), (1_003.0, 1_004.5), 0),
        ((103.0, 104.5), (1_002.0, 1_003.5), 899_000),
        ((5_000.0, 5_001.5), (1_008.5, 1_010.0), -3_991_500),
        ((1_001.5, 1_003.0), (1_002.0, 1_003.5), 500),
    ],
)
def test_a_worker_whose_clock_is_off_is_moved_into_the_command(
    told: Told, told_at: tuple[float, float], shown_at: tuple[float, float], moved_ms: int
) -> None:
    told.span.carried_out(*told_at, "one")

    told.settled()

    inner = told.spans[0]
    about = dict(inner.attributes or {})
    assert times_of(inner) == shown_at
    assert about["voltyard.worker"] == "one"
    assert about["voltyard.worker.clock_moved_ms"] == moved_ms


moments = st.floats(-1e12, 1e12)


@examples(500)
@example(moments=(0.0, 0.0, 0.0, 0.0))
@example(moments=(2.0, 1.0, 0.0, 3.0))  # a clock that is put back meanwhile
@given(st.tuples(moments, moments, moments, moments))
def test_no_clock_puts_the_carrying_out_outside_of_its_command(
    moments: tuple[float, float, float, float],
) -> None:
    got_at, done_at, *window = moments
    earliest, latest = sorted(window)

    begun_at, ended_at = within((got_at, done_at), earliest, latest)

    assert earliest <= begun_at <= ended_at <= latest


@examples(500)
@given(st.floats(0, 1e6), st.floats(0, 1e6), st.floats(0, 1e6), st.floats(-1e6, 1e6))
def test_a_carrying_out_keeps_its_length_where_that_fits(
    before_s: float, took_s: float, after_s: float, off_s: float
) -> None:
    got_at = before_s + off_s
    latest = before_s + took_s + after_s

    begun_at, ended_at = within((got_at, got_at + took_s), 0.0, latest)

    assert ended_at - begun_at == pytest.approx(took_s, abs=1e-3)
    assert abs(begun_at - got_at) <= abs(off_s) + 1e-3


@pytest.mark.parametrize(
    ("delivered_at", "finished_at", "shown_at"),
    [(990.0, 980.0, CREATED), (DELIVERED, 1_001.0, DELIVERED)],
)
def test_a_server_whose_own_clock_is_put_back_tells_no_step_outside_of_its_command(
    told: Told, delivered_at: float, finished_at: float, shown_at: float
) -> None:
    told.span.carried_out(1_003.0, 1_004.0, "one")

    span = told.settled(delivered_at=delivered_at, finished_at=finished_at)

    inner = told.spans[0]
    assert times_of(span) == (CREATED, shown_at)
    assert times_of(inner) == (shown_at, shown_at)


@pytest.mark.parametrize(
    ("status", "error", "failure"),
    [
        (CommandStatus.FAILED, CommandError(code="wrong_state", message="A-SECRET-TAG"), None),
        (CommandStatus.EXPIRED, None, "expired"),
    ],
)
def test_a_command_without_success_has_failed(
    told: Told, status: CommandStatus, error: CommandError | None, failure: str | None
) -> None:
    span = told.settled(status=status, error=error, result=None)

    assert span.status.description == (failure or "wrong_state")
    assert dict(span.attributes or {})["voltyard.command.status"] == status
    assert "A-SECRET-TAG" not in span.to_json()


def test_one_that_never_reached_its_charger_ends_all_the_same(told: Told) -> None:
    span = told.settled(
        status=CommandStatus.FAILED,
        error=CommandError(code="cancelled", message=""),
        delivered_at=None,
    )

    assert times_of(span) == (CREATED, FINISHED)
    assert [one.name for one in span.events] == ["queued"]


def test_the_charger_s_calls_and_their_answers_are_events(told: Told) -> None:
    told.span.framed(frame(), 1_003.0)
    told.span.framed(frame(direction="csms_to_cp", kind="result"), 1_004.0)
    told.span.framed(frame(direction="csms_to_cp", kind="error", message_id="m-2"), 1_005.0)
    told.span.framed(frame(direction="csms_to_cp", message_id="of-the-csms"), 1_006.0)
    told.span.framed(frame(kind="result", message_id="of-the-csms"), 1_007.0)
    told.span.framed(frame(kind="other", action=""), 1_008.0)

    span = told.settled()

    assert [(one.name, dict(one.attributes or {})) for one in span.events[1:]] == [
        ("CALL Authorize", {"ocpp.message_id": "m-1"}),
        ("CALLRESULT Authorize", {"ocpp.message_id": "m-1"}),
        ("CALLERROR Authorize", {"ocpp.message_id": "m-2"}),
    ]
    assert "A-SECRET-TAG" not in span.to_json()


def test_only_the_first_frames_are_events_and_words_are_short(told: Told) -> None:
    for number in range(3 * limits.SPAN_CALLS):
        told.span.framed(frame(action="A" * 500, message_id=f"{number}" * 500), 1_003.0)

    span = told.settled()

    assert len(span.events) == 2 * limits.SPAN_CALLS
    assert max(len(one.name) for one in span.events) < 60


def test_a_message_that_is_proxied_is_told_by_its_action(told: Told) -> None:
    span = told.settled(verb="proxy_message", event_type="Heartbeat")

    assert span.name == "command proxy_message"
    assert dict(span.attributes or {})["ocpp.action"] == "Heartbeat"
