"""The gateway's end of the lines to its workers: every worker by name, with its chargers.

Between the same two processes nothing is lost or done twice, however often their line is cut. A
worker that comes as another process runs nothing: its chargers are started on it again, with the
newest memory it had reported. A worker that was another gateway's process tells what it runs; what
nobody asks for within limits.WORKER_ADOPTION_S is stopped.
"""

import asyncio
from asyncio import Future
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import count
from typing import Any

import msgspec
import structlog

from voltyard.charger.description.samples import ChargerSample
from voltyard.kernel import ids, limits, pace
from voltyard.kernel.errors import Overfull, VoltyardError
from voltyard.kernel.time import Seconds
from voltyard.ports.bus import Bus, Subscription
from voltyard.ports.runtimes import (
    CarryingOut,
    CommandRefused,
    RuntimeCommandResult,
    RuntimeSpec,
    SampleBatch,
    WorkersListener,
)
from voltyard.runtimes import parsing
from voltyard.runtimes.control import messages
from voltyard.runtimes.control.exclusive_name import check_alone
from voltyard.runtimes.control.known_worker import (
    WORKER_ENDED,
    KnownWorker,
    PlacedCharger,
    Presence,
    Watcher,
    hand_over,
)
from voltyard.runtimes.control.sampled_workers import SampledWorkers
from voltyard.runtimes.parsing import not_running

log = structlog.get_logger(__name__)


class WorkerRegistry:
    """Registry of a gateway's workers. Must be made inside the running loop."""

    def __init__(
        self,
        listener: WorkersListener,
        bus: Bus,
        bus_name: str,
        watcher: Watcher | None = None,
        *,
        moves_chargers: bool = False,
    ) -> None:
        """`bus_name` is this gateway's own on the bus. Where it `moves_chargers`, the watcher moves
        those of a worker that is ENDING and dismisses it then."""
        self._bus = bus
        self._bus_name = bus_name
        self._hearing: Subscription | None = None
        self._listener = listener
        self._watcher = watcher
        self._moves_chargers = moves_chargers
        self._loop = asyncio.get_running_loop()
        self._epoch = ids.token(ids.SYSTEM)
        self._ids = count(1)
        self._sampled = SampledWorkers(partial(next, self._ids))
        self._known: dict[str, KnownWorker] = {}
        self._where: dict[str, KnownWorker] = {}
        self._changed = asyncio.Event()
        self._is_closed = False

    # --- workers -------------------------------------------------------------------------------

    async def open(self) -> None:
        """Let workers come. Conflict where the bus has another gateway of this name."""
        await check_alone(self._bus, self._bus_name)
        subject = messages.gateway_subject(self._bus_name)
        self._hearing = await self._bus.subscribe(subject, self._heard)

    async def attached(self, worker: str, timeout_s: Seconds) -> None:
        """Return once it is there. Unavailable where it is not in time."""
        known = self._worker(worker)
        try:
            async with asyncio.timeout(timeout_s):
                await known.attached.wait()
        except TimeoutError:
            raise known.away() from None

    def is_attached(self, worker: str) -> bool:
        """True where it is there now."""
        return worker in self._known and self._known[worker].attached.is_set()

    def present(self) -> dict[str, int]:
        """The workers that are there to stay, and how many chargers more each can run."""
        return {
            name: known.room()
            for name, known in self._known.items()
            if known.attached.is_set() and not known.is_ending
        }

    def load(self, worker: str) -> int:
        """The number of chargers that it runs, or is to run."""
        known = self._known.get(worker)
        return 0 if known is None else len(known.placed) + len(known.found)

    def away_s(self, worker: str) -> Seconds:
        """The time for which it runs its chargers without its gateway, as it last said."""
        return self._known[worker].away_s if worker in self._known else 0.0

    def where(self, deployment_id: str) -> str | None:
        """The worker that runs it, or is to run it."""
        known = self._where.get(deployment_id)
        return None if known is None else known.name

    async def changed(self, timeout_s: Seconds) -> bool:
        """Return once a worker has come or gone, or a charger has made room; False where nothing
        did in time."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._changed.wait()
        except TimeoutError:
            return False
        return True

    def forget(self, worker: str) -> list[tuple[RuntimeSpec, bytes | None]]:
        """Forget a worker that is not coming back: the specifications that ran there, with their
        memory, to be started elsewhere."""
        known = self._known.pop(worker, None)
        if known is None:
            return []
        for deployment_id in (*known.placed, *known.found):
            del self._where[deployment_id]
            self._sampled.ended(deployment_id)
        self._sampled.forget(known)
        known.end()
        return [(placed.runtime, placed.memory) for placed in known.placed.values()]

    def next_to_move(self, worker: str) -> str | None:
        """The charger to be moved next from a worker that is ending; None where it has none that
        was asked for."""
        known = self._known.get(worker)
        return None if known is None else known.next_to_move()

    async def take(self, deployment_id: str) -> tuple[RuntimeSpec, bytes | None] | None:
        """Stop a charger on its worker, to be started elsewhere: its specification and its memory.
        None where it was stopped, or started anew, meanwhile. Unavailable while the worker is
        away."""
        known = self._where[deployment_id]
        placed = known.placed[deployment_id]
        runtime = placed.runtime
        # It stays where it is until its last memory has come, which is before this answer.
        await known.asked(messages.Stop(id=next(self._ids), deployment_id=deployment_id))
        if self._where.get(deployment_id) is not known or placed.runtime is not runtime:
            return None
        self._displace(known, deployment_id)
        return runtime, placed.memory

    def dismiss(self, worker: str) -> None:
        """Let a worker leave that is ending."""
        known = self._known.get(worker)
        if known is not None and known.is_ending:
            known.ask(messages.Dismiss(id=next(self._ids)))

    async def close(self) -> None:
        """Stop every charger on the workers that are there, and let go of the workers."""
        self._is_closed = True
        there = [known for known in self._known.values() if known.attached.is_set()]
        answers = [known.ask(messages.StopAll(id=next(self._ids))) for known in there]
        if answers:
            await asyncio.wait(answers, timeout=limits.WORKER_STOP_S)
        for known in self._known.values():
            known.end()
        if self._hearing is not None:
            await self._hearing.end()
        self._where.clear()

    # --- chargers ------------------------------------------------------------------------------

    async def start(self, worker: str, runtime: RuntimeSpec, snapshot: bytes | None = None) -> None:
        """Start like Provider.start, on that worker; what runs on another is to be stopped there
        first."""
        spec = parsing.specification(runtime.charger)
        parsing.faults(runtime.faults, spec.version)
        pace.read(runtime.pace)
        parsing.memory(snapshot)
        identifier = runtime.deployment_id
        known = self._worker(worker)
        assert self._where.get(identifier) in (None, known), "it runs on another worker"
        if not known.attached.is_set():
            await self.attached(worker, known.patience_s())
        placed = known.placed.get(identifier)
        is_new = placed is None
        if placed is None:
            memory = known.found.pop(identifier, None) or snapshot
            placed = known.placed[identifier] = PlacedCharger(runtime, spec.version, memory)
            self._where[identifier] = known
        placed.runtime, placed.version = runtime, spec.version
        try:
            await known.asked(placed.start(next(self._ids)))
        except VoltyardError:
            # What raises leaves nothing running that did not run before.
            if is_new and known.placed.get(identifier) is placed:
                self._displace(known, identifier)
                known.ask(messages.Stop(id=next(self._ids), deployment_id=identifier))
            raise

    async def stop(self, deployment_id: str) -> None:
        """Stop like Provider.stop. Unavailable where the worker is away; it is stopped then as soon
        as the worker is back."""
        known = self._where.get(deployment_id)
        if known is None:
            return
        self._displace(known, deployment_id)
        await known.asked(messages.Stop(id=next(self._ids), deployment_id=deployment_id))

    async def restart(self, deployment_id: str) -> None:
        """Restart like Provider.restart."""
        known = self._where.get(deployment_id)
        if known is None:
            raise not_running(deployment_id)
        await known.asked(messages.Restart(id=next(self._ids), deployment_id=deployment_id))

    async def remove(self, deployment_id: str) -> None:
        """Remove like Provider.remove."""
        await self.stop(deployment_id)

    def command(
        self,
        deployment_id: str,
        event_type: str,
        payload: Mapping[str, Any],
        span: CarryingOut | None = None,
    ) -> "Future[RuntimeCommandResult]":
        """Send a command like Provider.command. While the worker is away it waits for
        limits.CONTROL_PATIENCE_S, and is refused then; one that has gone out has its result when
        the worker is back."""
        known = self._where.get(deployment_id)
        placed = None if known is None else known.placed.get(deployment_id)
        if known is None or placed is None:
            raise not_running(deployment_id)
        parsing.command(event_type, payload, placed.version)
        if placed.waiting >= limits.COMMAND_QUEUE:
            raise Overfull(f"{deployment_id} has {limits.COMMAND_QUEUE} commands waiting")
        result: Future[RuntimeCommandResult] = self._loop.create_future()
        if not known.patience_s():
            away = known.away()
            result.set_result(CommandRefused(away.code, away.message, {}))
            return result
        order = messages.SendCommand(
            id=next(self._ids),
            deployment_id=deployment_id,
            event_type=event_type,
            payload=dict(payload),
            timed=span is not None,
        )
        placed.waiting += 1
        known.ask(order).add_done_callback(partial(hand_over, placed, result, span, known.name))
        return result

    async def state(self, deployment_id: str) -> dict[str, Any] | None:
        """The state, like Provider.state. Unavailable while the worker is away."""
        known = self._where.get(deployment_id)
        if known is None:
            return None
        asked = messages.AskState(id=next(self._ids), deployment_id=deployment_id)
        return (await known.asked(asked)).result

    async def states(self, deployment_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
        """The states of many, like Provider.states: one request a worker."""
        by_worker: dict[KnownWorker, list[str]] = {}
        for deployment_id in deployment_ids:
            known = self._where.get(deployment_id)
            if known is not None and known.attached.is_set():
                by_worker.setdefault(known, []).append(deployment_id)
        asking = [
            known.asked(messages.AskStates(id=next(self._ids), deployment_ids=asked))
            for known, asked in by_worker.items()
        ]
        found: dict[str, dict[str, Any]] = {}
        for answer in await asyncio.gather(*asking, return_exceptions=True):
            if isinstance(answer, messages.RequestAnswer):
                found |= answer.result or {}
            elif not isinstance(answer, VoltyardError):
                raise answer
        return found

    async def sample(self) -> SampleBatch[ChargerSample]:
        """Samples of what has changed, like Provider.sample."""
        there = [known for known in self._known.values() if known.attached.is_set()]
        return await self._sampled.ask(there, self._where)

    async def settings(self, deployment_id: str) -> dict[str, Any] | None:
        """The settings, like Provider.settings. Unavailable while the worker is away."""
        known = self._where.get(deployment_id)
        if known is None:
            return None
        asked = messages.AskSettings(id=next(self._ids), deployment_id=deployment_id)
        return (await known.asked(asked)).result

    async def misbehave(self, deployment_id: str, faults: Mapping[str, Any]) -> None:
        """Set faults like Provider.misbehave. Unavailable while the worker is away."""
        known = self._where.get(deployment_id)
        placed = None if known is None else known.placed.get(deployment_id)
        if known is None or placed is None:
            raise not_running(deployment_id)
        parsing.faults(faults, placed.version)
        asked = messages.Misbehave(
            id=next(self._ids),
            deployment_id=deployment_id,
            faults=msgspec.to_builtins(dict(faults)),
        )
        await known.asked(asked)
        # Another process of that worker is to know them from the start.
        placed.runtime = replace(placed.runtime, faults=faults)

    # --- what workers tell ---------------------------------------------------------------------

    async def _heard(self, subject: str, data: bytes) -> bytes:
        head, _, body = data.partition(b"\n")
        try:
            letter = messages.decode_letter(head)
        except msgspec.MsgspecError:
            letter = messages.Taken()
        match letter:
            case messages.Hello(protocol=messages.PROTOCOL):
                return messages.encode(self._greeted(letter))
            case messages.ItemFrame():
                return messages.encode(self._framed(letter, body))
        version = f"another version of Voltyard: {messages.PROTOCOL} is spoken here"
        return messages.encode(messages.LineRefusal(reason=version, final=True))

    def _greeted(self, hello: messages.Hello) -> messages.Welcome | messages.LineRefusal:
        """The worker has come, and this line takes the place of any older one."""
        if self._is_closed:
            return messages.LineRefusal(reason="the gateway ends")
        known = self._worker(hello.worker)
        same = hello.epoch == known.epoch
        if same and hello.number <= known.greetings:
            return messages.LineRefusal(reason="a later greeting has come")
        if known.line:
            known.lost()
        resumes = same and hello.peer == self._epoch
        subject = messages.worker_subject(self._bus_name, hello.worker)
        known.greeted(hello, subject, resumes=resumes)
        if resumes:
            self._came(known)
        return messages.Welcome(
            epoch=self._epoch,
            resumed=resumes,
            received=known.exchange.received,
            moves_chargers=self._moves_chargers,
        )

    def _framed(
        self, frame: messages.ItemFrame, body: bytes
    ) -> messages.Taken | messages.LineRefusal:
        known = self._known.get(frame.worker)
        if known is None or known.line != frame.line:
            replaced = known is not None and bool(known.line)
            replaced = replaced and frame.line.rpartition(".")[0] != (known and known.epoch)
            reason = "another worker of that name has come" if replaced else "a hello comes first"
            return messages.LineRefusal(reason=reason, replaced=replaced)
        if not known.exchange.frame(frame, body):
            self._lost(known)
            return messages.LineRefusal(reason="a number is missing")
        if known.has_left:
            self._lost(known)
        return messages.Taken()

    def _lost(self, known: KnownWorker) -> None:
        """Note that a line has ended."""
        if self._known.get(known.name) is not known:
            return
        known.lost()
        log.info("worker_lost", worker=known.name, chargers=len(known.placed))
        self._tell(known.name, Presence.LEFT if known.has_left else Presence.LOST)

    def _take(self, known: KnownWorker, item: bytes) -> None:
        """An item has come, in order."""
        report: messages.WorkerReport = messages.decode_report(item)
        match report:
            case messages.FrameReport(deployment_id, frame):
                self._listener.framed(deployment_id, frame)
            case messages.EventReport(deployment_id, event):
                self._listener.happened(deployment_id, event)
            case messages.MemoryReport(deployment_id, memory):
                self._remembered(known, deployment_id, bytes(memory))
            case messages.RequestAnswer():
                known.answered(report)
            case messages.BrokeReport(deployment_id, reason):
                self._broke(known, deployment_id, reason)
            case messages.Roster(deployments):
                self._called_over(known, deployments)
            case messages.LogLine(level, event, fields):
                line = {name: value for name, value in fields.items() if name not in _RESERVED}
                getattr(log, level if level in _LEVELS else "info")(
                    event, worker=known.name, **line
                )
            case messages.Ending():
                known.is_ending = True
                self._tell(known.name, Presence.ENDING)
            case messages.Leaving():
                known.left()

    def _called_over(self, known: KnownWorker, running: list[str]) -> None:
        """The worker has told what it runs, and is told what it is to run."""
        self._sampled.forget(known)
        for deployment_id in known.found:
            self._where.pop(deployment_id, None)
        known.found.clear()
        for deployment_id in running:
            elsewhere = self._where.get(deployment_id)
            if elsewhere is None:
                known.found[deployment_id] = None
                self._where[deployment_id] = known
            elif elsewhere is not known:
                known.ask(messages.Stop(id=next(self._ids), deployment_id=deployment_id))
        for identifier, placed in list(known.placed.items()):
            if identifier not in running:
                self._sampled.ended(identifier)
                self._listener.interrupted(identifier, f"its worker {known.name} ended")
            known.ask(placed.start(next(self._ids))).add_done_callback(
                partial(self._started_again, known, placed)
            )
        if known.found:
            self._loop.call_later(limits.WORKER_ADOPTION_S, self._stop_unclaimed, known)
        self._came(known)

    def _came(self, known: KnownWorker) -> None:
        known.came()
        log.info("worker_attached", worker=known.name, capacity=known.capacity)
        self._tell(known.name, Presence.ATTACHED)

    def _started_again(
        self, known: KnownWorker, placed: PlacedCharger, answer: "Future[messages.RequestAnswer]"
    ) -> None:
        identifier = placed.runtime.deployment_id
        error = answer.result().error
        if error is not None and error.code != WORKER_ENDED:
            self._broke(known, identifier, error.message)

    def _stop_unclaimed(self, known: KnownWorker) -> None:
        if self._is_closed:
            return
        for deployment_id in list(known.found):
            log.warning("unclaimed_charger_stopped", worker=known.name, deployment=deployment_id)
            self._displace(known, deployment_id)
            known.ask(messages.Stop(id=next(self._ids), deployment_id=deployment_id))

    def _remembered(self, known: KnownWorker, deployment_id: str, memory: bytes) -> None:
        placed = known.placed.get(deployment_id)
        if placed is not None:
            placed.memory = memory
        elif deployment_id in known.found:
            known.found[deployment_id] = memory
        self._listener.remembered(deployment_id, memory)

    def _broke(self, known: KnownWorker, deployment_id: str, reason: str) -> None:
        if self._where.get(deployment_id) is known:
            self._displace(known, deployment_id)
        self._listener.broke(deployment_id, reason)

    def _displace(self, known: KnownWorker, deployment_id: str) -> None:
        known.placed.pop(deployment_id, None)
        known.found.pop(deployment_id, None)
        self._where.pop(deployment_id, None)
        self._sampled.ended(deployment_id)
        self._note_change()

    def _worker(self, name: str) -> KnownWorker:
        if name not in self._known:
            self._known[name] = KnownWorker(name, self._bus, self._take, self._lost)
        return self._known[name]

    def _tell(self, worker: str, presence: Presence) -> None:
        self._note_change()
        if self._watcher is not None and not self._is_closed:
            self._watcher(worker, presence)

    def _note_change(self) -> None:
        """Wake those who wait now; who waits from here on waits for the next."""
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()


_LEVELS = frozenset({"debug", "info", "warning", "error", "critical"})
_RESERVED = frozenset({"event", "worker", "level", "timestamp"})
