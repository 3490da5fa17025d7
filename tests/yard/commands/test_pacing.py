"""When each command of a batch begins, in virtual time; and what is held for a stopped charger."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.fakes.journals import RecordingJournal
from tests.fakes.provider import FakeProvider
from voltyard.kernel import limits
from voltyard.kernel.errors import Invalid
from voltyard.ports.runtimes import CommandCompleted, CommandRefused, RuntimeSpec
from voltyard.simulation.virtual_loop import VirtualLoop, run
from voltyard.yard.commands.command import CommandStatus, QueuedCommand
from voltyard.yard.commands.dispatcher import Dispatcher
from voltyard.yard.commands.pacing import CommandBatch, Pacing
from voltyard.yard.records import CommandEnded, YardRecord
from voltyard.yard.runtime_reports import RuntimeReports

START = 1_767_571_200.0


def ended(journal: RecordingJournal[YardRecord]) -> dict[str, CommandEnded]:
    """How commands ended, by id."""
    return {one.id: one for one in journal.records if isinstance(one, CommandEnded)}


class Yard:
    """A dispatcher over five chargers, in virtual time; who was asked when, since the start."""

    def __init__(self, loop: VirtualLoop) -> None:
        self.loop = loop
        self.journal = RecordingJournal[YardRecord]()
        self.provider = FakeProvider(RuntimeReports(self.journal, loop.time))
        self.dispatcher = Dispatcher(self.provider, self.journal, loop.time, self._carry_out)
        self.began: list[tuple[str, float]] = []

    async def open(self) -> None:
        for number in range(5):
            spec = RuntimeSpec(f"dep-{number}", "org_1", {"identity": f"CP-{number}"})
            await self.provider.start(spec)

    async def _carry_out(self, command: QueuedCommand) -> dict[str, Any]:
        await self.provider.start(RuntimeSpec(command.deployment_id, "org_1", {"identity": "CP"}))
        return {}

    def batch(self, pacing: Pacing | None, *, count: int = 5) -> list[QueuedCommand]:
        batch = CommandBatch(
            id="b", pacing=pacing, queue_if_stopped=True, begun_at=self.loop.time()
        )
        return [self.command(f"dep-{n}", **batch.place(n)) for n in range(count)]

    def command(self, deployment_id: str, verb: str = "plug", **said: Any) -> QueuedCommand:
        return QueuedCommand(
            id=f"{said.get('batch_id', verb)}-{deployment_id}",
            organization_id="org_1",
            deployment_id=deployment_id,
            identity=deployment_id,
            location_id=None,
            event_type=verb,
            verb=verb,
            ocpp_version="1.6",
            payload={},
            arguments={},
            created_at=self.loop.time(),
            **said,
        )

    def asked(self) -> list[str]:
        return [deployment_id for deployment_id, _, _ in self.provider.asked]

    def verbs(self, deployment_id: str) -> list[str]:
        return [verb for name, verb, _ in self.provider.asked if name == deployment_id]

    async def watch(self, seconds: int) -> list[tuple[str, int]]:
        """Who was asked within which second."""
        seen: list[tuple[str, int]] = []
        for second in range(seconds):
            await asyncio.sleep(0.5)
            seen += [(name, second) for name in self.asked()[len(seen) :]]
            await asyncio.sleep(0.5)
        return seen


def virtually(story: Callable[[Yard], Awaitable[None]]) -> None:
    loop = VirtualLoop(START)

    async def main() -> None:
        yard = Yard(loop)
        await yard.open()
        await story(yard)
        await yard.dispatcher.close()

    run(main(), loop)


def test_staggered_chargers_begin_one_interval_apart() -> None:
    async def story(yard: Yard) -> None:
        yard.dispatcher.post(yard.batch(Pacing(mode="staggered", interval_s=2.0)))

        assert await yard.watch(10) == [(f"dep-{n}", 2 * n) for n in range(5)]

    virtually(story)


def test_a_staggered_batch_taken_up_late_keeps_its_distances() -> None:
    async def story(yard: Yard) -> None:
        commands = yard.batch(Pacing(mode="staggered", interval_s=2.0))
        await asyncio.sleep(600)  # the server was down

        yard.dispatcher.post(commands[2:])

        assert await yard.watch(6) == [("dep-2", 0), ("dep-3", 2), ("dep-4", 4)]

    virtually(story)


@pytest.mark.parametrize("outcome", [CommandCompleted({}), CommandRefused("wrong_state", "no", {})])
def test_a_rolling_batch_begins_the_next_when_one_has_ended_however(outcome: Any) -> None:
    async def story(yard: Yard) -> None:
        yard.provider.silent.add("plug")
        yard.dispatcher.post(yard.batch(Pacing(mode="rolling", at_once=2)))

        await asyncio.sleep(1)
        assert yard.asked() == ["dep-0", "dep-1"]
        yard.provider.answer("dep-1", outcome)
        await asyncio.sleep(1)
        assert yard.asked() == ["dep-0", "dep-1", "dep-2"]
        yard.provider.answer("dep-0", outcome)
        yard.provider.answer("dep-2", outcome)
        await asyncio.sleep(1)
        assert yard.asked() == [f"dep-{n}" for n in range(5)]

    virtually(story)


def test_a_rolling_batch_does_not_wait_for_ever_for_one_of_its_commands() -> None:
    async def story(yard: Yard) -> None:
        yard.provider.silent.add("plug")
        yard.dispatcher.post(yard.batch(Pacing(mode="rolling", at_once=1)))
        await asyncio.sleep(1)
        assert yard.asked() == ["dep-0"]

        await asyncio.sleep(limits.ROLLING_WAIT_S)

        assert yard.asked() == ["dep-0", "dep-1"]
        assert yard.dispatcher.waiting("dep-0") == 1  # it may still be answered

    virtually(story)


@pytest.mark.parametrize(
    "pacing",
    [Pacing(mode="staggered", interval_s=5.0), Pacing(mode="rolling", at_once=1)],
)
def test_what_is_due_goes_before_what_is_not_yet_and_keeps_its_order(pacing: Pacing) -> None:
    async def story(yard: Yard) -> None:
        yard.provider.silent.add("plug")
        yard.dispatcher.post(yard.batch(pacing, count=2))
        for verb in ("unplug", "ev_stops_energy"):
            yard.dispatcher.post([yard.command(one, verb) for one in ("dep-0", "dep-1")])
        await asyncio.sleep(1)
        assert yard.verbs("dep-0") == ["plug", "unplug", "ev_stops_energy"]
        assert yard.verbs("dep-1") == ["unplug", "ev_stops_energy"]

        yard.provider.answer("dep-0", CommandCompleted({}))
        await asyncio.sleep(5)

        assert yard.verbs("dep-1") == ["unplug", "ev_stops_energy", "plug"]

    virtually(story)


def test_a_change_of_a_charger_does_not_wait_for_what_is_not_yet_due() -> None:
    async def story(yard: Yard) -> None:
        yard.dispatcher.post(yard.batch(Pacing(mode="staggered", interval_s=3600.0), count=2))

        async def change() -> None:
            assert yard.verbs("dep-1") == ["unplug"]

        yard.dispatcher.post([yard.command("dep-1", "unplug")])
        assert await yard.dispatcher.submit("dep-1", change) is None

        assert yard.dispatcher.is_busy("dep-1")
        await asyncio.sleep(3600)
        assert yard.verbs("dep-1") == ["unplug", "plug"]

    virtually(story)


@pytest.mark.parametrize(
    "pacing",
    [Pacing(mode="staggered", interval_s=5.0), Pacing(mode="rolling", at_once=1)],
)
def test_the_rest_of_a_batch_can_be_cancelled_and_what_is_under_way_goes_on(
    pacing: Pacing,
) -> None:
    async def story(yard: Yard) -> None:
        yard.provider.silent.add("plug")
        yard.dispatcher.post(yard.batch(pacing))
        yard.dispatcher.post([yard.command("dep-4", "unplug")])
        await asyncio.sleep(1)

        cancelled = await yard.dispatcher.cancel(yard.dispatcher.of_batch("b"))

        assert [one.id for one in cancelled] == ["b-dep-1", "b-dep-2", "b-dep-3", "b-dep-4"]
        assert {one.status for one in cancelled} == {CommandStatus.FAILED}
        assert cancelled[0].error is not None
        assert cancelled[0].error.code == "cancelled"
        await asyncio.sleep(3600)
        assert yard.provider.asked == [("dep-0", "plug", {}), ("dep-4", "unplug", {})]
        assert yard.dispatcher.waiting("dep-0") == 1

    virtually(story)


def test_what_its_charger_has_cannot_be_cancelled() -> None:
    async def story(yard: Yard) -> None:
        yard.provider.silent.add("plug")
        yard.dispatcher.post([yard.command("dep-0")])
        await asyncio.sleep(1)

        assert await yard.dispatcher.cancel(["plug-dep-0", "unknown"]) == []
        assert ended(yard.journal) == {}

    virtually(story)


def test_what_is_held_for_a_stopped_charger_begins_in_order_once_it_is_started() -> None:
    async def story(yard: Yard) -> None:
        await yard.provider.stop("dep-0")
        verbs = ("plug", "ev_stops_energy")
        held = [yard.command("dep-0", verb, queue_if_stopped=True) for verb in verbs]
        yard.dispatcher.post(held, held={"dep-0"})
        await asyncio.sleep(60)
        assert yard.provider.asked == []

        yard.dispatcher.post([yard.command("dep-0", "start_charger")])
        yard.dispatcher.post([yard.command("dep-0", "unplug")])
        await asyncio.sleep(1)

        assert [verb for _, verb, _ in yard.provider.asked] == [*verbs, "unplug"]

    virtually(story)


def test_what_is_held_too_long_expires_and_is_never_carried_out() -> None:
    async def story(yard: Yard) -> None:
        await yard.provider.stop("dep-0")
        yard.dispatcher.post([yard.command("dep-0", queue_if_stopped=True)], held={"dep-0"})
        await asyncio.sleep(limits.COMMAND_LIFETIME_S)

        yard.dispatcher.expire(yard.loop.time())
        yard.dispatcher.post([yard.command("dep-0", "start_charger")])
        await asyncio.sleep(1)

        assert ended(yard.journal)["plug-dep-0"].status == "expired"
        assert yard.provider.asked == []

    virtually(story)


def test_a_batch_that_would_outlive_its_commands_is_refused() -> None:
    batch = CommandBatch(
        id="b",
        pacing=Pacing(mode="staggered", interval_s=3600.0),
        queue_if_stopped=False,
        begun_at=0.0,
    )

    batch.check_length(24)
    with pytest.raises(Invalid, match="longer than a command may wait"):
        batch.check_length(25)
