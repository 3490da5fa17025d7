"""Common part of the providers whose chargers run in workers, at the far side of the bus."""

from asyncio import Future
from collections.abc import Mapping, Sequence
from typing import Any

from voltyard.charger.description.samples import ChargerSample
from voltyard.kernel.errors import Unavailable
from voltyard.ports.runtimes import CarryingOut, RuntimeCommandResult, SampleBatch
from voltyard.runtimes import parsing
from voltyard.runtimes.control.worker_registry import WorkerRegistry


class RemoteProvider:
    """The part of a ports.runtimes.Provider that passes on what is asked of its chargers."""

    def __init__(self, workers: WorkerRegistry) -> None:
        self.workers = workers

    async def open(self) -> None:
        """Let workers come: they may be started."""
        await self.workers.open()

    async def leave(self, deployment_id: str) -> None:
        """Have the charger stopped by the worker of its own, so that its memory is told, and forget
        that worker. One that is away cannot tell any more: what it runs in is ended all the
        same."""
        try:
            if self.workers.is_attached(deployment_id):
                await self.workers.stop(deployment_id)
        except Unavailable:
            pass
        finally:
            self.workers.forget(deployment_id)

    def check(self, charger: Mapping[str, Any]) -> None:
        parsing.check(charger)

    def command(
        self,
        deployment_id: str,
        event_type: str,
        payload: Mapping[str, Any],
        span: CarryingOut | None = None,
    ) -> "Future[RuntimeCommandResult]":
        return self.workers.command(deployment_id, event_type, payload, span)

    async def state(self, deployment_id: str) -> dict[str, Any] | None:
        return await self.workers.state(deployment_id)

    async def states(self, deployment_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
        return await self.workers.states(deployment_ids)

    async def sample(self) -> SampleBatch[ChargerSample]:
        return await self.workers.sample()

    async def settings(self, deployment_id: str) -> dict[str, Any] | None:
        return await self.workers.settings(deployment_id)

    async def misbehave(self, deployment_id: str, faults: Mapping[str, Any]) -> None:
        await self.workers.misbehave(deployment_id, faults)

    def owes(self, snapshot: bytes) -> bool:
        return parsing.owes(snapshot)

    def holds_share(self, snapshot: bytes) -> bool:
        return parsing.holds_share(snapshot)
