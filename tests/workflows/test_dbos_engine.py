"""The engine on DBOS does what every engine must, on SQLite."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.workflows.bench import EngineContract, Open, Work
from voltyard.kernel.errors import Unavailable
from voltyard.ports.workflows import Workflow, WorkflowEngine
from voltyard.workflows.dbos_engine import DbosEngine

pytestmark = pytest.mark.slow  # each starts and ends DBOS, two seconds


class TestDbosEngine(EngineContract):
    @pytest.fixture
    def url(self, tmp_path: Path) -> str:
        return f"sqlite:///{tmp_path / 'workflows.db'}"

    @pytest.fixture
    async def open_engine(self, url: str, pauses_s: list[float]) -> AsyncIterator[Open]:
        opened: list[DbosEngine] = []

        async def pause(seconds: float) -> None:
            pauses_s.append(seconds)

        async def open_one(**workflows: Workflow) -> WorkflowEngine:
            for former in opened:
                await former.close()
            engine = DbosEngine(url, pause)
            for name, workflow in workflows.items():
                engine.define(name, workflow)
            await engine.start()
            opened.append(engine)
            return engine

        yield open_one
        for engine in opened:
            await engine.close()

    async def test_threads_can_be_used_after_its_end(self, open_engine: Open, work: Work) -> None:
        engine = await open_engine(three=work.three)
        await (await engine.begin("three", "r1", {}))

        await engine.close()

        assert await asyncio.to_thread(lambda: 1) == 1

    async def test_what_goes_on_goes_on_in_the_loop_that_started_it(
        self, open_engine: Open, work: Work
    ) -> None:
        work.held = "b"
        engine = await open_engine(three=work.three)
        await engine.begin("three", "r1", {})
        await work.reached.wait()
        await engine.close()
        work.held, loops = None, []

        async def three(run_id: str, argument: object, step: object) -> None:
            loops.append(asyncio.get_running_loop())

        engine = await open_engine(three=three)
        await (await engine.begin("three", "r1", {}))

        assert loops == [asyncio.get_running_loop()]

    async def test_a_second_one_in_the_process_is_refused(
        self, engine: WorkflowEngine, url: str
    ) -> None:
        with pytest.raises(Unavailable, match="one engine"):
            await DbosEngine(url).start()


async def test_a_database_that_cannot_be_opened_is_unavailable_and_can_be_tried_again(
    tmp_path: Path,
) -> None:
    engine = DbosEngine(f"sqlite:///{tmp_path / 'missing' / 'workflows.db'}")
    with pytest.raises(Unavailable, match="cannot be opened"):
        await engine.start()

    (tmp_path / "missing").mkdir()
    await engine.start()

    await engine.close()


async def test_notes_that_are_damaged_are_said_to_be_so(tmp_path: Path) -> None:
    (tmp_path / "notes.db").write_bytes(b"no database" * 1000)
    engine = DbosEngine(f"sqlite:///{tmp_path / 'notes.db'}")

    with pytest.raises(Unavailable, match="cannot be opened: file is not a database") as refused:
        await engine.start()
    assert "voltyard check" in refused.value.advice
