"""The process provider does what every provider does: over an attached worker, in memory."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.runtimes.bench import AHEAD_S, HeardListener, ProviderContract, play_paced, runtime
from voltyard.bus.memory import MemoryBroker, MemoryBus
from voltyard.network.links.memory import MemoryDialler, MemoryNetwork
from voltyard.ports.runtimes import CommandRefused
from voltyard.runtimes.control.worker import Worker
from voltyard.runtimes.process.provider import ProcessProvider

NAME = "voltyard"


def clock() -> float:
    return 1_767_571_200.0 + asyncio.get_running_loop().time()


class TestProcessProviderInMemory(ProviderContract):
    @pytest.fixture
    async def provider(self, listener: HeardListener) -> AsyncIterator[ProcessProvider]:
        broker, dialler = MemoryBroker(), MemoryDialler(MemoryNetwork())
        provider = ProcessProvider(listener, MemoryBus(broker), NAME)
        await provider.open()
        stopping, bus = asyncio.Event(), MemoryBus(broker)
        worker = Worker("one", bus, dialler, clock, bus_name=NAME, capacity=9, away_s=60)
        serving = asyncio.create_task(worker.run(stopping))
        yield provider
        await provider.close()
        stopping.set()
        await serving

    async def test_a_charger_lives_at_its_pace(
        self, provider: ProcessProvider, listener: HeardListener
    ) -> None:
        first, second, third = await play_paced(provider, listener)

        assert AHEAD_S < first < 2 * AHEAD_S < second <= third

    async def test_commands_cut_short_are_answered_before_the_gateway_hangs_up(
        self, provider: ProcessProvider
    ) -> None:
        """Else their answers wait, and their worker with them, for a link that cannot come."""
        await provider.start(runtime())
        waiting = provider.command("dep-1", "authorize", {"id_tag": "TAG"})

        await provider.close()

        outcome = waiting.result()
        assert isinstance(outcome, CommandRefused)
        assert outcome.message == "the charger was taken away before it could answer"
