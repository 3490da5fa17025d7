"""Process provider: runtimes in worker processes, each of which hosts many chargers.

Workers are this machine's own (`local_workers`), or were started elsewhere by hand: whoever the bus
lets in as a worker hosts chargers. A charger stays on its worker while that lives, or is
started again; it moves only when its worker ends, or is not coming back. From one that is told to
end they move one by one, at a pace that their CSMS can take.
"""

import asyncio
from asyncio import TimerHandle
from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

import structlog

from voltyard.kernel import limits, pace
from voltyard.kernel.errors import Unavailable, VoltyardError
from voltyard.kernel.time import Seconds
from voltyard.ports.bus import Bus
from voltyard.ports.runtimes import RuntimeSpec, WorkersListener
from voltyard.runtimes import parsing
from voltyard.runtimes.control.known_worker import Presence
from voltyard.runtimes.control.worker_registry import WorkerRegistry
from voltyard.runtimes.process.attached_workers import AttachedWorkers
from voltyard.runtimes.remote import RemoteProvider

log = structlog.get_logger(__name__)

_MARGIN_S: Final[Seconds] = 15.0
"""More than a worker itself waits: its chargers must not run twice."""

_LOOK_S: Final[Seconds] = 1.0


class WorkerSupervisor(Protocol):
    """Supervisor of this machine's own workers."""

    def open(self, provider: "ProcessProvider") -> None:
        """Start them."""

    def keeps(self, worker: str) -> bool:
        """True where that worker is started again when it ends."""

    def expected(self) -> bool:
        """True where one of them is not there yet."""

    def survivors(self) -> frozenset[str]:
        """Workers that a former server had started and that are alive."""

    async def close(self) -> None:
        """End them."""


class ProcessProvider(RemoteProvider):
    """Provider over every attached worker. Must be made inside the running loop."""

    name = "process"

    def __init__(
        self,
        listener: WorkersListener,
        bus: Bus,
        bus_name: str,
        supervisor: WorkerSupervisor | None = None,
        attendance: AttachedWorkers | None = None,
        moves_per_s: float = 0.0,
    ) -> None:
        """Without a supervisor, chargers run only on workers started elsewhere. Without attendance,
        no worker of a former gateway is waited for. A worker that ends has its chargers moved at
        `moves_per_s`, 0 as fast as they can be. `bus` and `bus_name` are WorkerRegistry's."""
        super().__init__(WorkerRegistry(listener, bus, bus_name, self._seen, moves_chargers=True))
        self._listener = listener
        self._supervisor = supervisor
        self._attendance = attendance
        self._awaited: frozenset[str] = frozenset() if attendance is None else attendance.names()
        """Workers that a former gateway had, and that may come back and run what they did."""
        self._await_until = asyncio.get_running_loop().time() + limits.WORKER_RETURN_S
        self._loop = asyncio.get_running_loop()
        self._moves: set[asyncio.Task[None]] = set()
        self._pause_s = 1 / moves_per_s if moves_per_s else 0.0
        self._emptied: dict[str, asyncio.Task[None]] = {}
        """Workers that are ending, with the task that moves their chargers."""
        self._waiting: dict[str, TimerHandle] = {}

    async def open(self) -> None:
        """Let workers come, and have this machine's own started."""
        await super().open()
        if self._supervisor is not None:
            self._supervisor.open(self)
            ended = {name for name in self._awaited if self._supervisor.keeps(name)}
            self._awaited = self._awaited - ended | self._supervisor.survivors()
        self._awaited -= self.workers.present().keys()
        self._await_until = self._loop.time() + limits.WORKER_RETURN_S

    def describe(self, deployment_id: str, desired_count: int) -> dict[str, Any]:
        return {
            "provider": self.name,
            "runtime_kind": "worker_process",
            "service_name": deployment_id,
            "desired_count": desired_count,
            "status": "ACTIVE",
        }

    async def start(self, runtime: RuntimeSpec, snapshot: bytes | None = None) -> None:
        spec = parsing.specification(runtime.charger)  # Invalid needs no worker
        parsing.faults(runtime.faults, spec.version)
        pace.read(runtime.pace)
        parsing.memory(snapshot)
        await self._former_workers()
        if (worker := self.workers.where(runtime.deployment_id)) is None:
            roomy = await self._with_room()
            # Meanwhile one may have come that runs it.
            worker = self.workers.where(runtime.deployment_id) or roomy
        await self.workers.start(worker, runtime, snapshot)

    async def stop(self, deployment_id: str) -> None:
        await self.workers.stop(deployment_id)

    async def restart(self, deployment_id: str) -> None:
        await self.workers.restart(deployment_id)

    async def remove(self, deployment_id: str) -> None:
        await self.workers.remove(deployment_id)

    async def close(self) -> None:
        for timer in self._waiting.values():
            timer.cancel()
        moves = (*self._moves, *self._emptied.values())
        for task in moves:
            task.cancel()
        await asyncio.gather(*moves, return_exceptions=True)
        await self.workers.close()
        if self._attendance is not None:
            self._attendance.clear()
        if self._supervisor is not None:
            await self._supervisor.close()

    def given_up(self, worker: str, reason: str) -> None:
        """The supervisor does not bring that one back: its chargers have broken."""
        for runtime, _ in self._forget(worker):
            self._listener.broke(runtime.deployment_id, reason)

    async def _former_workers(self) -> None:
        """Return once those who may run what is to be started are there, or do not come."""
        while self._awaited:
            left_s = self._await_until - self._loop.time()
            if left_s > 0:
                await self.workers.changed(left_s)
                continue
            for worker in self._awaited:
                log.warning("worker_not_back", worker=worker)
                if self._attendance is not None:
                    self._attendance.left(worker)
            self._awaited = frozenset()

    async def _with_room(self) -> str:
        """The worker with the fewest chargers, of those that have room. Unavailable where none has,
        or none comes in time."""
        give_up_at = self._loop.time() + limits.WORKER_ATTACH_S
        while True:
            present = self.workers.present()
            roomy = [name for name, room in present.items() if room > 0]
            if roomy:
                return min(roomy, key=lambda name: (self.workers.load(name), name))
            expected = self._supervisor is not None and self._supervisor.expected()
            left_s = give_up_at - self._loop.time()
            if left_s <= 0 or (present and not expected):
                raise self._no_room(present)
            await self.workers.changed(left_s)

    def _no_room(self, present: Mapping[str, int]) -> Unavailable:
        if not present:
            return Unavailable(
                "no worker is attached", hint="start one with `voltyard worker`, or see the log"
            )
        running = sum(self.workers.load(name) for name in present)
        return Unavailable(
            f"every worker is full: {running} chargers on {len(present)} workers",
            hint="stop other chargers, or give more workers or a higher limit of open files",
        )

    def _seen(self, worker: str, presence: Presence) -> None:
        """Hear that a worker has come, is ending or gone. One that is gone and not the supervisor's
        is waited for as long as its chargers may run on without us."""
        if presence is Presence.ENDING:
            if worker not in self._emptied:
                self._emptied[worker] = self._loop.create_task(self._empty(worker))
            return
        timer = self._waiting.pop(worker, None)
        if timer is not None:
            timer.cancel()
        if presence is Presence.ATTACHED:
            self._awaited -= {worker}
            if self._attendance is not None:
                self._attendance.came(worker)
            return
        if self._supervisor is not None and self._supervisor.keeps(worker):
            return
        delay_s = self.workers.away_s(worker) + _MARGIN_S if presence is Presence.LOST else 0.0
        self._waiting[worker] = self._loop.call_later(delay_s, self._move_from, worker)

    def _move_from(self, worker: str) -> None:
        self._waiting.pop(worker, None)
        homeless = self._forget(worker)
        if homeless:
            log.warning("chargers_move", worker=worker, count=len(homeless))
            task = self._loop.create_task(self._move(homeless, "its worker is gone"))
            self._moves.add(task)
            task.add_done_callback(self._moves.discard)

    def _forget(self, worker: str) -> list[tuple[RuntimeSpec, bytes | None]]:
        if self._attendance is not None:
            self._attendance.left(worker)
        return self.workers.forget(worker)

    async def _empty(self, worker: str) -> None:
        """Move the chargers of a worker that is ending, and dismiss it. One whose line has ended
        says that it is ending once more when it is back."""
        moved = 0
        try:
            while self.workers.is_attached(worker) and self.workers.load(worker):
                begun_at = self._loop.time()
                deployment_id = self.workers.next_to_move(worker)
                if deployment_id is None:  # what it was found with is asked for, or stopped
                    await self.workers.changed(_LOOK_S)
                    continue
                if not any(room > 0 for room in self.workers.present().values()):
                    break
                moved += await self._move_one(deployment_id)
                await asyncio.sleep(begun_at + self._pause_s - self._loop.time())
        except VoltyardError as error:  # it is gone then, and seen as any other that is
            log.warning("moves_cut_short", worker=worker, reason=str(error))
        finally:
            del self._emptied[worker]
        log.info("chargers_moved", worker=worker, count=moved, left=self.workers.load(worker))
        if self.workers.is_attached(worker):
            self.workers.dismiss(worker)

    async def _move_one(self, deployment_id: str) -> bool:
        taken = await self.workers.take(deployment_id)
        if taken is None:
            return False
        await self._move([taken], "its worker ends")
        return True

    async def _move(
        self, homeless: Sequence[tuple[RuntimeSpec, bytes | None]], reason: str
    ) -> None:
        for runtime, _ in homeless:
            self._listener.interrupted(runtime.deployment_id, reason)
        for runtime, memory in homeless:
            try:
                await self.start(runtime, memory)
            except VoltyardError as error:
                self._listener.broke(runtime.deployment_id, f"{reason}: {error}")
