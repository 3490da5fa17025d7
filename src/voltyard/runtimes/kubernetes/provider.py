"""Kubernetes provider: a charger is a Deployment of one pod, which is a worker of its name.

The Deployment says whether it should run; what it is, and all that is asked of it, goes over the
bus that its worker dials. The cluster replaces a pod that ends, and one whose node is gone, and the
charger goes on there with the memory it had reported.
"""

import asyncio
from asyncio import Task
from collections.abc import Coroutine
from typing import Any

import structlog

from voltyard.kernel import limits, pace
from voltyard.kernel.errors import Unavailable, VoltyardError
from voltyard.kernel.time import Seconds
from voltyard.ports.bus import Bus
from voltyard.ports.runtimes import RuntimeSpec, WorkersListener
from voltyard.runtimes import parsing
from voltyard.runtimes.control.worker_registry import WorkerRegistry
from voltyard.runtimes.kubernetes.api import KubernetesApi
from voltyard.runtimes.kubernetes.manifest import KubernetesSettings
from voltyard.runtimes.kubernetes.pods import PodWatch
from voltyard.runtimes.kubernetes.workloads import Workloads
from voltyard.runtimes.parsing import not_running
from voltyard.runtimes.remote import RemoteProvider

log = structlog.get_logger(__name__)


class KubernetesProvider(RemoteProvider):
    """Provider over the pods of one namespace. Must be made inside the running loop."""

    name = "kubernetes"

    def __init__(
        self,
        listener: WorkersListener,
        bus: Bus,
        settings: KubernetesSettings,
        *,
        adoption_s: Seconds = limits.WORKER_ADOPTION_S,
        attach_s: Seconds = limits.KUBERNETES_ATTACH_S,
        hopeless_s: Seconds = limits.KUBERNETES_HOPELESS_S,
    ) -> None:
        """`bus` is WorkerRegistry's; the times are those of kernel.limits."""
        super().__init__(WorkerRegistry(listener, bus, settings.bus_name))
        self._listener = listener
        self._adoption_s, self._attach_s, self._hopeless_s = adoption_s, attach_s, hopeless_s
        self._api = KubernetesApi(settings)
        self._workloads = Workloads(settings, self._api)
        self._pods = PodWatch(settings, self._api, self._pods_gone)
        self._starting: set[str] = set()
        self._claimed: set[str] = set()
        """Deployments that somebody has asked for, until orphans have been looked for."""
        self._looks_for_orphans = True
        self._tasks: set[Task[None]] = set()

    async def open(self) -> None:
        """Reach the API, and let workers come. Invalid where the API does not let us in."""
        await self._api.open()
        await self._pods.open()
        await super().open()
        self._begin(self._stop_orphans())

    def describe(self, deployment_id: str, desired_count: int) -> dict[str, Any]:
        return {
            "provider": self.name,
            "runtime_kind": "kubernetes_deployment",
            "service_name": deployment_id,
            "desired_count": desired_count,
            "status": "ACTIVE",
        }

    async def start(self, runtime: RuntimeSpec, snapshot: bytes | None = None) -> None:
        spec = parsing.specification(runtime.charger)  # what can never run needs no pod
        parsing.faults(runtime.faults, spec.version)
        pace.read(runtime.pace)
        parsing.memory(snapshot)
        identifier = runtime.deployment_id
        self._claim(identifier)
        # A worker that is there and does not run it may be of a pod that is about to be ended.
        runs = self.workers.where(identifier) is not None
        if not (runs and self.workers.is_attached(identifier)):
            await self._bring_up(identifier)
        await self.workers.start(identifier, runtime, snapshot)

    async def stop(self, deployment_id: str) -> None:
        self._claim(deployment_id)
        await self.leave(deployment_id)
        await self._workloads.stop(deployment_id)

    async def restart(self, deployment_id: str) -> None:
        """In its pod, or in a new one where the worker does not answer."""
        if self.workers.where(deployment_id) is None:
            raise not_running(deployment_id)
        if not self.workers.is_attached(deployment_id):
            await self._workloads.renew(deployment_id)
            await self._attached(deployment_id)
        await self.workers.restart(deployment_id)

    async def remove(self, deployment_id: str) -> None:
        self._claim(deployment_id)
        await self.leave(deployment_id)
        await self._workloads.delete(deployment_id)

    async def state(self, deployment_id: str) -> dict[str, Any] | None:
        """The state, like Provider.state. Unavailable while its worker is away, and why its pod is
        where that is known."""
        try:
            return await super().state(deployment_id)
        except Unavailable as away:
            problem = self._pods.problem(deployment_id)
            if problem is None:
                raise
            raise Unavailable(f"{away.message}; its pod: {problem}", hint=problem.hint) from away

    async def close(self) -> None:
        """The chargers stop; their Deployments stay as they are, and the next start finds them."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.workers.close()
        await self._pods.close()
        await self._api.close()

    async def _bring_up(self, deployment_id: str) -> None:
        """Have its pod run, and its worker there."""
        self._starting.add(deployment_id)
        try:
            await self._workloads.run(deployment_id)
            problem = self._pods.problem(deployment_id)
            if problem is not None and problem.is_backing_off:
                await self._workloads.renew(deployment_id)
            await self._attached(deployment_id)
        finally:
            self._starting.discard(deployment_id)

    async def _attached(self, deployment_id: str) -> None:
        """Return once its worker is there. Unavailable where it is not in time, with the problem of
        its pod."""
        left_s = self._attach_s
        while True:
            try:
                await self.workers.attached(deployment_id, min(left_s, self._hopeless_s))
                return
            except Unavailable as away:
                left_s -= self._hopeless_s
                problem = self._pods.problem(deployment_id)
                if problem is not None and (problem.is_hopeless or left_s <= 0):
                    raise Unavailable(
                        f"the pod of {deployment_id} does not run: {problem}", hint=problem.hint
                    ) from away
                if left_s <= 0:
                    raise await self._without_pod(deployment_id, away) from away

    async def _without_pod(self, deployment_id: str, away: Unavailable) -> Unavailable:
        """The reason for which it has no pod, where there is one, and else for which its worker is
        away."""
        failure = await self._workloads.failure(deployment_id)
        if not failure:
            return away
        return Unavailable(
            f"{deployment_id} has no pod: {failure}",
            hint="see to the namespace's quota and policies, and to "
            "VOLTYARD_KUBERNETES_SERVICE_ACCOUNT",
        )

    # --- what the cluster does by itself -------------------------------------------------------

    def _pods_gone(self, deployment_id: str) -> None:
        if self.workers.where(deployment_id) is not None:
            self._begin(self._look_for(deployment_id))

    async def _look_for(self, deployment_id: str) -> None:
        """A charger whose last pod is gone: one whose Deployment somebody else has deleted, or
        scaled to none, does not come back."""
        count = await self._workloads.desired_count(deployment_id)
        if count or deployment_id in self._starting or self.workers.where(deployment_id) is None:
            return
        self.workers.forget(deployment_id)
        what = "deleted" if count is None else "scaled to 0"
        self._listener.broke(deployment_id, f"its Deployment was {what}, and not by this server")

    async def _stop_orphans(self) -> None:
        """Stop what runs and belongs to no charger of this server: it was deleted while the API
        could not be reached, or the database is an older one."""
        await asyncio.sleep(self._adoption_s)
        for deployment_id in await self._workloads.running():
            if deployment_id not in self._claimed:
                log.warning("orphan_stopped", deployment=deployment_id)
                await self._workloads.stop(deployment_id)
        self._looks_for_orphans = False
        self._claimed.clear()

    def _claim(self, deployment_id: str) -> None:
        if self._looks_for_orphans:
            self._claimed.add(deployment_id)

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(_logged(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _logged(work: Coroutine[Any, Any, None]) -> None:
    try:
        await work
    except VoltyardError as error:
        log.warning("cluster_not_asked", reason=str(error))
