"""The engine in memory does what every engine must."""

from collections.abc import AsyncIterator

import pytest

from tests.fakes.memory_engine import MemoryEngine, WorkflowRun
from tests.workflows.bench import EngineContract, Open
from voltyard.ports.workflows import Workflow, WorkflowEngine


class TestMemoryEngine(EngineContract):
    @pytest.fixture
    async def open_engine(self, pauses_s: list[float]) -> AsyncIterator[Open]:
        runs: dict[str, WorkflowRun] = {}
        opened: list[MemoryEngine] = []

        async def pause(seconds: float) -> None:
            pauses_s.append(seconds)

        async def open_one(**workflows: Workflow) -> WorkflowEngine:
            engine = MemoryEngine(runs, pause)
            for name, workflow in workflows.items():
                engine.define(name, workflow)
            await engine.start()
            opened.append(engine)
            return engine

        yield open_one
        for engine in opened:
            await engine.close()
