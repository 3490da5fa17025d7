"""ECS provider: a charger is an ECS service of its own, whose task is a worker of its name.

The service says whether it should run; what it is, and all that is asked of it, goes over the
bus that its worker dials. The cluster replaces a task that ends, and the charger goes on
there with the memory it had reported.
"""

from typing import Any

from voltyard.kernel import limits
from voltyard.ports.bus import Bus
from voltyard.ports.runtimes import RuntimeSpec, WorkersListener
from voltyard.runtimes import parsing
from voltyard.runtimes.control.worker_registry import WorkerRegistry
from voltyard.runtimes.ecs.services import EcsServices
from voltyard.runtimes.parsing import not_running
from voltyard.runtimes.remote import RemoteProvider


class EcsProvider(RemoteProvider):
    """Provider over the services of one ECS cluster. Must be made inside the running loop."""

    name = "aws"

    def __init__(
        self,
        listener: WorkersListener,
        bus: Bus,
        bus_name: str,
        services: EcsServices,
    ) -> None:
        """`bus` and `bus_name` are WorkerRegistry's."""
        self._services = services
        super().__init__(WorkerRegistry(listener, bus, bus_name))

    def describe(self, deployment_id: str, desired_count: int) -> dict[str, Any]:
        return {
            "provider": self.name,
            "runtime_kind": "ecs_service",
            "service_name": deployment_id,
            "desired_count": desired_count,
            "status": "ACTIVE",
        }

    async def start(self, runtime: RuntimeSpec, snapshot: bytes | None = None) -> None:
        spec = parsing.specification(runtime.charger)  # what can never run needs no service
        parsing.faults(runtime.faults, spec.version)
        parsing.memory(snapshot)
        identifier = runtime.deployment_id
        # A worker that is there and does not run it may be of a task that is about to be ended.
        runs = self.workers.where(identifier) is not None
        if not (runs and self.workers.is_attached(identifier)):
            await self._services.run(identifier)
            await self.workers.attached(identifier, limits.ECS_ATTACH_S)
        await self.workers.start(identifier, runtime, snapshot)

    async def stop(self, deployment_id: str) -> None:
        await self.leave(deployment_id)
        await self._services.stop(deployment_id)

    async def restart(self, deployment_id: str) -> None:
        """In its task, or in a new one where the worker does not answer."""
        if self.workers.where(deployment_id) is None:
            raise not_running(deployment_id)
        if not self.workers.is_attached(deployment_id):
            await self._services.renew(deployment_id)
            await self.workers.attached(deployment_id, limits.ECS_ATTACH_S)
        await self.workers.restart(deployment_id)

    async def remove(self, deployment_id: str) -> None:
        await self.leave(deployment_id)
        await self._services.delete(deployment_id)

    async def close(self) -> None:
        """The chargers stop; their services stay as they are, and the next start finds them."""
        await self.workers.close()
        await self._services.close()
