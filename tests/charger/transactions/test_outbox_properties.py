"""Whatever becomes of links and answers: what the CSMS has received in the end is in order, whole,
and nothing of it twice under another name."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.charger.bench import Bench, Refusal, Silence, again
from tests.exploring import examples
from voltyard.catalogue.commands import commands
from voltyard.charger.description.events import MessageDropped, TransactionEnded, TransactionStarted

VERSIONS = ["1.6", "2.0.1"]
TRANSACTIONAL = {"StartTransaction", "MeterValues", "StopTransaction", "TransactionEvent"}
TAGS = ("A", "B")

Received = tuple[str, str, dict[str, Any]]
"""Message id, action, payload."""


class Csms:
    """What arrived, in its order, and the ids it has given. It knows a message by its id."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.given: dict[str, int] = {}
        self.processed: dict[str, Any] = {}


class Unreliable(Bench):
    """A CSMS that answers, refuses (not processed), processes without a word, or is deaf."""

    mood = "answers"
    csms: Csms

    def _reply(self, id: str, action: str, payload: dict[str, Any]) -> None:
        if not hasattr(self, "csms"):
            self.csms = Csms()
        if action in TRANSACTIONAL:
            self.answers[action] = lambda payload: self._transactional(id, action, payload)
        super()._reply(id, action, payload)

    def _transactional(self, id: str, action: str, payload: dict[str, Any]) -> Any:
        if self.mood == "refuses":
            raise Refusal
        if self.mood == "deaf":
            raise Silence
        self.csms.received.append((id, action, payload))
        if action == "StartTransaction":
            number = self.csms.given.setdefault(id, len(self.csms.given) + 1)
            answer: dict[str, Any] = {
                "transactionId": number,
                "idTagInfo": {"status": "Accepted"},
            }
        else:
            answer = {}
        if self.mood == "mute":
            raise Silence
        return answer


ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("session"), st.tuples(st.integers(1, 2), st.sampled_from(TAGS))),
        st.tuples(st.just("end"), st.integers(1, 2)),
        st.tuples(st.just("wait"), st.floats(0, 200)),
        st.tuples(st.just("cut"), st.none()),
        st.tuples(st.just("mend"), st.none()),
        st.tuples(st.just("mood"), st.sampled_from(["answers", "refuses", "mute", "deaf"])),
        st.tuples(st.just("power"), st.floats(1, 100)),
        st.tuples(st.just("reboot"), st.booleans()),
        st.tuples(st.just("kill"), st.none()),
    ),
    min_size=1,
    max_size=30,
)


def play(bench: Unreliable, acts: list[tuple[str, Any]]) -> Unreliable:
    """A story, and then a CSMS that answers until nothing is owed any more."""
    for kind, what in acts:
        match kind:
            case "session":
                bench.ask(commands.StartSession(evse_id=what[0], id_tag=what[1]))
            case "end":
                bench.ask(commands.StopSession(evse_id=what))
            case "wait":
                bench.wait(what)
            case "cut":
                bench.cut()
            case "mend":
                bench.mend()
            case "mood":
                bench.mood = what
            case "power":
                bench.ask(commands.PowerCut(duration_s=what))
            case "reboot":
                bench.ask(commands.Reboot(hard=what))
            case "kill":
                bench = killed(bench)
        bench.wait(0.001)  # no two messages are alike
    bench.mood = "answers"
    bench.mend()
    bench.wait(4_000)
    for place in (1, 2):
        bench.ask(commands.StopSession(evse_id=place))
    bench.wait(60)
    return bench


def killed(bench: Unreliable) -> Unreliable:
    """The charger in a new process, the CSMS as it was. What it reported before stays reported."""
    plain = again(bench, after_s=1.0)
    fresh = Unreliable(spec=bench.spec, boot=False, now=plain.now)
    fresh.charger = plain.charger
    fresh.csms, fresh.mood = bench.csms, bench.mood
    fresh.reachable = bench.reachable
    fresh.events = list(bench.events)
    fresh.tick()  # a host steps what it has restored
    return fresh


def content(received: Received) -> str:
    """What a message says, whatever it is called: 2.x marks a repeated one as offline."""
    _, action, payload = received
    said = {key: value for key, value in payload.items() if key != "offline"}
    return json.dumps([action, said], sort_keys=True)


def moment(received: Received) -> str:
    """When what it tells of happened."""
    _, action, payload = received
    return str(
        payload["meterValue"][0]["timestamp"] if action == "MeterValues" else payload["timestamp"]
    )


def transaction_of(received: Received) -> str:
    return str(received[2]["transactionInfo"]["transactionId"])


@pytest.mark.parametrize("version", VERSIONS)
@examples(80)
@given(acts=ACTS)
def test_what_the_csms_has_in_the_end(version: str, acts: list[tuple[str, Any]]) -> None:
    bench = Unreliable(
        version,
        settings={
            "TransactionMessageAttempts": "1000",
            "TransactionMessageRetryInterval": "1",
            "AllowOfflineTxForUnknownId": "true",
            "MeterValueSampleInterval": "30",
        },
    )

    bench = play(bench, acts)

    assert bench.state.queue_length == 0
    assert not bench.seen(MessageDropped)
    first: dict[str, Received] = {}
    for one in bench.csms.received if hasattr(bench, "csms") else ():
        before = first.setdefault(content(one), one)
        if version == "1.6":
            assert one[0] == before[0], "the same message under another id"
    told = list(first.values())
    assert [moment(one) for one in told] == sorted(moment(one) for one in told)
    begun, over = len(bench.seen(TransactionStarted)), len(bench.seen(TransactionEnded))
    assert begun == over
    if version == "1.6":
        assert sum(action == "StartTransaction" for _, action, _ in told) == begun
        stops = [payload["transactionId"] for _, action, payload in told if action[:4] == "Stop"]
        assert len(stops) == over
        assert sorted(stops) == sorted(bench.csms.given.values())
        values = [payload for _, action, payload in told if action == "MeterValues"]
        assert all(payload["transactionId"] in bench.csms.given.values() for payload in values)
        return
    of: dict[str, list[dict[str, Any]]] = {}
    for one in told:
        of.setdefault(transaction_of(one), []).append(one[2])
    assert len(of) == begun
    for events in of.values():
        assert [event["seqNo"] for event in events] == list(range(len(events)))
        kinds = [event["eventType"] for event in events]
        assert kinds[0] == "Started" and kinds[-1] == "Ended"
        assert set(kinds[1:-1]) <= {"Updated"}


@pytest.mark.parametrize("version", VERSIONS)
@examples(40)
@given(acts=ACTS, attempts=st.integers(1, 3))
def test_what_is_given_up_has_had_its_attempts(
    version: str, acts: list[tuple[str, Any]], attempts: int
) -> None:
    bench = Unreliable(
        version,
        settings={
            "TransactionMessageAttempts": str(attempts),
            "TransactionMessageRetryInterval": "1",
            "AllowOfflineTxForUnknownId": "true",
        },
    )

    bench = play(bench, [act for act in acts if act[0] != "kill"])

    assert bench.state.queue_length == 0
    dropped = bench.seen(MessageDropped)
    sent = [one for one in bench.calls if one[0] in TRANSACTIONAL]
    assert len(sent) >= attempts * len(dropped)
    if bench.csms.received if hasattr(bench, "csms") else False:
        told = list({content(one): one for one in reversed(bench.csms.received)}.values())[::-1]
        assert [moment(one) for one in told] == sorted(moment(one) for one in told)
