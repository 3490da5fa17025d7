"""What every ports.workflows.WorkflowEngine must do, as tests; a subclass says how to open one."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from functools import partial
from typing import Any

import pytest

from voltyard.kernel.errors import Invalid, NoAnswer, Unavailable
from voltyard.loop.attempts import at_once
from voltyard.ports.workflows import Retry, StepFailure, StepRunner, WorkflowEngine

Open = Callable[..., Awaitable[WorkflowEngine]]
"""Opens and starts an engine of some workflows, by name, on the same notes as the one before."""


class Work:
    """Steps that tell what was done; one of them may be held."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.errors: dict[str, list[Exception]] = {}
        self.held: str | None = None
        self.reached = asyncio.Event()
        self.all = asyncio.Event()
        """Thirty things were done."""
        self.failures: list[StepFailure | None] = []

    async def do(self, name: str) -> None:
        self.done.append(name)
        if len(self.done) == 30:
            self.all.set()
        if name == self.held:
            self.reached.set()
            await asyncio.Event().wait()
        if self.errors.get(name):
            raise self.errors[name].pop(0)

    async def three(self, run_id: str, argument: Mapping[str, Any], step: StepRunner) -> None:
        for name in ("a", "b", "c"):
            self.failures.append(
                await step(name, partial(self.do, name), Retry(attempts=3, first_pause_s=0.5))
            )

    async def many(self, run_id: str, argument: Mapping[str, Any], step: StepRunner) -> None:
        names = [str(number) for number in range(argument["count"])]
        await at_once(8, [step(name, partial(self.do, name)) for name in names])


class EngineContract:
    """A subclass has a fixture `pauses_s` and a fixture `open_engine`, an Open."""

    @pytest.fixture
    def work(self) -> Work:
        return Work()

    @pytest.fixture
    def pauses_s(self) -> list[float]:
        return []

    @pytest.fixture
    async def engine(self, open_engine: Open, work: Work) -> AsyncIterator[WorkflowEngine]:
        yield await open_engine(three=work.three, many=work.many)

    async def test_a_run_takes_its_steps_in_order_and_ends(
        self, engine: WorkflowEngine, work: Work
    ) -> None:
        assert await (await engine.begin("three", "r1", {}))

        assert work.done == ["a", "b", "c"]
        assert work.failures == [None, None, None]

    async def test_a_run_begun_again_is_the_same_run(
        self, engine: WorkflowEngine, work: Work
    ) -> None:
        first, second = await asyncio.gather(
            engine.begin("three", "r1", {}), engine.begin("three", "r1", {})
        )

        assert await first
        assert await second
        assert not await (await engine.begin("three", "r1", {}))
        assert work.done == ["a", "b", "c"]

    async def test_a_run_that_is_begun_within_another_is_a_run_of_its_own(
        self, open_engine: Open, work: Work
    ) -> None:
        engine: WorkflowEngine
        inner: list[asyncio.Future[bool]] = []
        later = asyncio.Event()
        tasks: list[asyncio.Task[None]] = []

        async def begin() -> None:
            await later.wait()
            for number in range(3):
                inner.append(await engine.begin("three", f"inner-{number}", {}))

        async def start() -> None:
            tasks.append(asyncio.create_task(begin()))

        async def outer(run_id: str, argument: Mapping[str, Any], step: StepRunner) -> None:
            steps = [step("start", start), *(step(str(n), partial(work.do, str(n))) for n in "12")]
            await at_once(1, steps)
            later.set()
            await asyncio.gather(*tasks)
            await step("last", partial(work.do, "last"))

        engine = await open_engine(outer=outer, three=work.three)
        assert await (await engine.begin("outer", "r1", {}))

        assert await asyncio.gather(*inner) == [True, True, True]
        assert sorted(work.done) == sorted(["1", "2", "last", *"abc" * 3])

    async def test_a_step_is_tried_again_after_ever_longer_pauses(
        self, engine: WorkflowEngine, work: Work, pauses_s: list[float]
    ) -> None:
        work.errors["b"] = [Unavailable("no"), NoAnswer("no")]

        await (await engine.begin("three", "r1", {}))

        assert work.done == ["a", "b", "b", "b", "c"]
        assert work.failures == [None, None, None]
        assert pauses_s == [0.5, 1.0]

    async def test_what_a_step_cannot_do_is_a_value(
        self, engine: WorkflowEngine, work: Work, pauses_s: list[float]
    ) -> None:
        work.errors = {
            "a": [Unavailable("no", hint="later")] * 3,
            "b": [Invalid("never", param="name")],
            "c": [RuntimeError("a secret")],
        }

        assert await (await engine.begin("three", "r1", {}))

        assert work.failures == [
            StepFailure("unavailable", "no (later)", retryable=True),
            StepFailure("invalid", "never", param="name"),
            StepFailure("internal", "an unexpected error", retryable=True),
        ]
        assert len(pauses_s) == 2

    async def test_a_workflow_that_breaks_has_ended_and_stops_no_other(
        self, open_engine: Open, work: Work
    ) -> None:
        async def broken(run_id: str, argument: Mapping[str, Any], step: StepRunner) -> None:
            raise RuntimeError("a secret")

        engine = await open_engine(broken=broken, three=work.three)

        assert not await (await engine.begin("broken", "r1", {}))
        assert await (await engine.begin("three", "r2", {}))

    @pytest.mark.parametrize("held", ["a", "b", "c"])
    async def test_a_run_goes_on_at_the_step_where_the_process_ended(
        self, open_engine: Open, work: Work, held: str
    ) -> None:
        work.held = held
        engine = await open_engine(three=work.three)
        left = await engine.begin("three", "r1", {})
        await work.reached.wait()
        await engine.close()
        before, work.held = work.done.copy(), None
        work.failures.clear()

        engine = await open_engine(three=work.three)
        await (await engine.begin("three", "r1", {}))

        assert not left.done()
        assert before + work.done[len(before) :] == work.done
        assert work.done[len(before) :] == ["a", "b", "c"]["abc".index(held) :]
        assert work.failures == [None, None, None]

    async def test_steps_taken_together_are_each_done_once_over_an_end_of_the_process(
        self, open_engine: Open, work: Work
    ) -> None:
        work.held = "17"
        engine = await open_engine(many=work.many)
        await engine.begin("many", "r1", {"count": 30})
        await work.reached.wait()
        await work.all.wait()  # the others pass the one that is held
        await engine.close()
        work.held = None

        engine = await open_engine(many=work.many)
        await (await engine.begin("many", "r1", {"count": 30}))

        assert sorted(set(work.done), key=int) == [str(number) for number in range(30)]
        assert work.done.count("17") == 2
        # The very last ones may have been done, and their notes not yet been written.
        assert len(work.done) <= 31 + 8

    async def test_a_failure_is_the_same_after_the_process_ended(
        self, open_engine: Open, work: Work
    ) -> None:
        work.errors["a"] = [Invalid("never", param="name")]
        work.held = "b"
        engine = await open_engine(three=work.three)
        await engine.begin("three", "r1", {})
        await work.reached.wait()
        await engine.close()
        work.held = None
        work.failures.clear()

        engine = await open_engine(three=work.three)
        await (await engine.begin("three", "r1", {}))

        assert work.failures[0] == StepFailure("invalid", "never", param="name")
        assert work.done.count("a") == 1

    async def test_runs_that_ended_are_forgotten_and_others_are_not(
        self, engine: WorkflowEngine, work: Work
    ) -> None:
        await (await engine.begin("three", "r1", {}))
        work.held = "b"
        going = await engine.begin("three", "r2", {})
        await work.reached.wait()

        pruned = 0
        while not pruned:  # its end is noted soon after
            pruned = await engine.prune(4_000_000_000.0)

        assert pruned == 1
        assert await engine.prune(4_000_000_000.0) == 0
        assert not going.done()
