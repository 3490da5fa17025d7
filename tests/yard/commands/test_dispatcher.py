"""Turns, results and retries: the dispatcher and the provisioner by themselves."""

import asyncio
from random import Random
from typing import Any

import pytest
from opentelemetry.sdk.trace import ReadableSpan

from tests.fakes.journals import RecordingJournal
from tests.fakes.provider import FakeProvider
from voltyard.charger.description.events import Framed
from voltyard.kernel import limits
from voltyard.kernel.errors import NoAnswer, NotFound, Unavailable
from voltyard.ports.runtimes import CommandCompleted, RuntimeSpec
from voltyard.spans.sampled_spans import SampledSpans
from voltyard.yard.commands.command import CommandStatus, QueuedCommand
from voltyard.yard.commands.dispatcher import Dispatcher
from voltyard.yard.records import CommandEnded, YardRecord
from voltyard.yard.runtime_reports import RuntimeReports


def ended(journal: RecordingJournal[YardRecord]) -> list[tuple[str, str]]:
    """How commands ended, in order."""
    return [(one.id, one.status) for one in journal.records if isinstance(one, CommandEnded)]


def frame(message_id: str) -> Framed:
    return Framed(
        at=5.0,
        direction="cp_to_csms",
        kind="call",
        action="StatusNotification",
        message_id=message_id,
        text="[]",
    )


class Bench:
    """A dispatcher on a fake provider with one runtime, dep-1."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.journal = RecordingJournal[YardRecord]()
        self.provider = FakeProvider(RuntimeReports(self.journal, lambda: self.now))
        self.lifecycle: list[str] = []
        self.dispatcher = Dispatcher(self.provider, self.journal, lambda: self.now, self._carry_out)

    async def _carry_out(self, command: QueuedCommand) -> dict[str, Any]:
        self.lifecycle.append(command.verb)
        if command.verb == "start_charger":
            raise Unavailable("no room")
        if command.verb == "restart_charger":
            raise ZeroDivisionError
        return command.payload

    def command(self, command_id: str, verb: str = "plug", **said: Any) -> QueuedCommand:
        return QueuedCommand(
            id=command_id,
            organization_id="org_1",
            deployment_id="dep-1",
            identity="CP-1",
            location_id=None,
            event_type=verb,
            verb=verb,
            ocpp_version="1.6",
            payload={"p": 1},
            arguments={},
            created_at=self.now,
            **said,
        )


@pytest.fixture
async def bench() -> Bench:
    bench = Bench()
    runtime = RuntimeSpec(
        deployment_id="dep-1", organization_id="org_1", charger={"identity": "CP-1"}
    )
    await bench.provider.start(runtime)
    return bench


async def test_turns_are_taken_one_after_the_other(bench: Bench) -> None:
    order: list[str] = []
    gate = asyncio.Event()

    async def first() -> None:
        await gate.wait()
        order.append("first")

    async def second() -> None:
        order.append("second")

    bench.dispatcher.submit("dep-1", first)
    ended = bench.dispatcher.submit("dep-1", second)
    other = bench.dispatcher.submit("dep-2", second)
    await other
    gate.set()

    assert await ended is None
    assert order == ["second", "first", "second"]


async def test_a_turn_that_fails_does_not_stop_the_next(bench: Bench) -> None:
    async def failing() -> None:
        raise NotFound("gone")

    async def working() -> None:
        pass

    failed = bench.dispatcher.submit("dep-1", failing)
    worked = bench.dispatcher.submit("dep-1", working)

    assert isinstance(await failed, NotFound)
    assert await worked is None


async def test_a_command_has_one_result(bench: Bench) -> None:
    bench.provider.silent.add("plug")
    command = bench.command("a")
    bench.dispatcher.post([command])
    waiting = asyncio.create_task(bench.dispatcher.result(command, 5))
    for _ in range(5):
        await asyncio.sleep(0)

    bench.provider.answer("dep-1", CommandCompleted({"x": 1}))

    done = await waiting
    assert (done.status, done.result) == (CommandStatus.COMPLETED, {"x": 1})
    assert ended(bench.journal) == [("a", "completed")]
    assert bench.dispatcher.waiting("dep-1") == 0
    with pytest.raises(NoAnswer):
        await bench.dispatcher.result(command, 5)


async def test_who_is_cancelled_as_the_result_comes_is_cancelled(bench: Bench) -> None:
    bench.provider.silent.add("plug")
    command = bench.command("a")
    bench.dispatcher.post([command])
    waiting = asyncio.create_task(bench.dispatcher.result(command, 5))
    for _ in range(5):
        await asyncio.sleep(0)

    bench.provider.answer("dep-1", CommandCompleted({}))
    while ended(bench.journal) != [("a", "completed")]:  # noqa: ASYNC110  nobody sets an event
        await asyncio.sleep(0)
    assert not waiting.done()
    waiting.cancel()

    with pytest.raises(asyncio.CancelledError):
        await waiting


async def test_whoever_waits_too_long_is_told_where_to_look(bench: Bench) -> None:
    bench.provider.silent.add("plug")
    command = bench.command("a")
    bench.dispatcher.post([command])

    with pytest.raises(NoAnswer, match="commands/a"):
        await bench.dispatcher.result(command, 0)

    assert bench.dispatcher.waiting("dep-1") == 1
    assert ended(bench.journal) == []


async def test_only_what_waited_too_long_expires(bench: Bench) -> None:
    bench.provider.silent.add("plug")
    bench.dispatcher.post([bench.command("old")])
    bench.now += 10
    bench.dispatcher.post([bench.command("young")])
    for _ in range(5):
        await asyncio.sleep(0)

    bench.dispatcher.expire(bench.now - 10 + limits.COMMAND_LIFETIME_S)
    bench.provider.answer("dep-1", CommandCompleted({}))
    await asyncio.sleep(0)

    assert ended(bench.journal) == [("old", "expired")]
    assert bench.dispatcher.waiting("dep-1") == 1


async def test_one_that_expired_before_its_turn_never_reaches_the_charger(bench: Bench) -> None:
    gate = asyncio.Event()

    async def slow() -> None:
        await gate.wait()

    bench.dispatcher.submit("dep-1", slow)
    bench.dispatcher.post([bench.command("a")])
    bench.dispatcher.expire(bench.now + limits.COMMAND_LIFETIME_S)
    ended = bench.dispatcher.submit("dep-1", slow)
    gate.set()
    await ended

    assert bench.provider.asked == []


async def test_what_a_charger_cannot_be_asked_has_failed(bench: Bench) -> None:
    bench.dispatcher.post([bench.command("a", "levitate"), bench.command("b")])
    await bench.provider.stop("dep-1")
    for _ in range(5):
        await asyncio.sleep(0)

    assert ended(bench.journal) == [("a", "failed"), ("b", "failed")]


async def test_starts_and_stops_come_to_their_own_ends(bench: Bench) -> None:
    verbs = ("stop_charger", "start_charger", "restart_charger")
    bench.dispatcher.post([bench.command(verb, verb) for verb in verbs])
    for _ in range(10):
        await asyncio.sleep(0)

    assert bench.lifecycle == list(verbs)
    assert ended(bench.journal) == [
        ("stop_charger", "completed"),
        ("start_charger", "failed"),
        ("restart_charger", "failed"),
    ]


async def test_closing_leaves_what_waits_as_it_is(bench: Bench) -> None:
    bench.provider.silent.add("plug")
    bench.dispatcher.post([bench.command("a")])
    for _ in range(3):
        await asyncio.sleep(0)

    await bench.dispatcher.close()
    await bench.provider.close()
    await asyncio.sleep(0)

    assert ended(bench.journal) == []


def traced(bench: Bench, *commands: QueuedCommand) -> list[ReadableSpan]:
    """Post them for a request that is sampled; the spans that are told from then on."""
    told: list[ReadableSpan] = []
    request = SampledSpans(1, "1", told.append, Random(1)).request([], bench.now)
    bench.dispatcher.post(commands, span=request)
    return told


async def turns() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_a_traced_command_is_told_with_its_carrying_out(bench: Bench) -> None:
    told = traced(bench, bench.command("a"), bench.command("b", "levitate"))
    await turns()

    assert [(one.name, one.status.description) for one in told] == [
        ("command levitate", "invalid"),
        ("runtime plug", None),
        ("command plug", None),
    ]
    assert [one.name for one in told[2].events] == ["queued", "delivered"]
    assert bench.dispatcher.listening == {}


async def test_starts_and_stops_are_told_too(bench: Bench) -> None:
    told = traced(bench, *(bench.command(verb, verb) for verb in ("stop_charger", "start_charger")))
    await turns()

    assert [(one.name, one.status.description) for one in told] == [
        ("command stop_charger", None),
        ("command start_charger", "unavailable"),
    ]


async def test_frames_are_noted_while_a_traced_command_is_carried_out_and_no_others(
    bench: Bench,
) -> None:
    bench.provider.silent |= {"plug", "unplug"}
    told = traced(bench, bench.command("a"), bench.command("b", "unplug"))
    bench.dispatcher.post([bench.command("c")])
    assert bench.dispatcher.listening == {}  # no charger has any yet
    await turns()

    assert bench.dispatcher.listening.keys() == {"dep-1"}
    bench.dispatcher.framed("dep-1", frame("m-1"))
    bench.provider.answer("dep-1", CommandCompleted({}))
    await turns()
    bench.dispatcher.framed("dep-1", frame("m-2"))
    bench.provider.answer("dep-1", CommandCompleted({}))
    await turns()

    calls = {
        one.name: [(e.attributes or {})["ocpp.message_id"] for e in one.events if "CALL" in e.name]
        for one in told
        if one.name.startswith("command")
    }
    assert calls == {"command plug": ["m-1"], "command unplug": ["m-1", "m-2"]}
    assert bench.dispatcher.listening == {}  # though one that is not traced is under way


async def test_a_request_for_many_chargers_has_spans_of_the_first(bench: Bench) -> None:
    many = [bench.command(str(number)) for number in range(limits.SPAN_COMMANDS + 7)]
    told = traced(bench, *many)
    while len(ended(bench.journal)) < len(many):  # noqa: ASYNC110  nobody sets an event
        await asyncio.sleep(0)

    commands = [one for one in told if one.name == "command plug"]
    ids = [(one.attributes or {})["voltyard.command.id"] for one in commands]
    assert sorted(ids) == sorted(one.id for one in many[: limits.SPAN_COMMANDS])


async def test_what_expires_is_told_once(bench: Bench) -> None:
    bench.provider.silent.add("plug")
    told = traced(bench, bench.command("a"))
    await turns()

    bench.dispatcher.expire(bench.now + limits.COMMAND_LIFETIME_S)
    bench.provider.answer("dep-1", CommandCompleted({}))
    await turns()

    assert [(one.name, one.status.description) for one in told] == [("command plug", "expired")]
    assert bench.dispatcher.listening == {}


async def test_closing_tells_nothing_of_what_goes_on_after_the_next_start(bench: Bench) -> None:
    bench.provider.silent.add("plug")
    told = traced(bench, bench.command("a"))
    await turns()

    await bench.dispatcher.close()
    await bench.provider.close()
    await turns()

    assert told == []
    assert bench.dispatcher.listening == {}
