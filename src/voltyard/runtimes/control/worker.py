"""The worker's end of the line to its gateway, with the chargers of its process.

The chargers' own links have nothing to do with the bus: they stay as they are while it is gone.
What they report meanwhile waits in the exchange.
"""

import asyncio
from asyncio import Future, Task
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from random import Random
from typing import Any, Final

import structlog
from msgspec import Raw

from voltyard.charger.description.events import Framed
from voltyard.kernel import ids, limits
from voltyard.kernel.errors import Invalid, Unavailable, VoltyardError
from voltyard.kernel.time import Instant, Seconds
from voltyard.ports.bus import Bus, Subscription
from voltyard.ports.clock import Clock
from voltyard.ports.links import Dialler
from voltyard.ports.runtimes import CommandCompleted, LoggedFrame, RuntimeCommandResult, RuntimeSpec
from voltyard.ports.transfers import Transfers
from voltyard.runtimes.control import messages
from voltyard.runtimes.control.exchange import ItemExchange, ItemPriority
from voltyard.runtimes.inline import InlineProvider

log = structlog.get_logger(__name__)

FIRST_REDIAL_S: Final[Seconds] = 0.1
_LAST_WORDS_S: Final[Seconds] = 5.0


class Worker:
    """A worker process. Must be made inside the running loop."""

    def __init__(
        self,
        name: str,
        bus: Bus,
        dialler: Dialler,
        clock: Clock,
        *,
        bus_name: str,
        capacity: int,
        away_s: Seconds,
        move_s: Seconds = 0.0,
        transfers: Transfers | None = None,
        random: Random = ids.SYSTEM,
    ) -> None:
        """`bus_name` is the gateway's on the bus; `transfers` carries the chargers' files, without
        it none gets through. At most `capacity` chargers run, and without the gateway for no longer
        than `away_s`. Told to end, it gives the gateway `move_s` to move them to other workers."""
        self.name = name
        self._bus = bus
        self._gateway_subject = messages.gateway_subject(bus_name)
        self._subject = messages.worker_subject(bus_name, name)
        self._capacity = capacity
        self._away_s = away_s
        self._move_s = move_s
        self._random = random
        self._loop = asyncio.get_running_loop()
        self._epoch = ids.token(ids.SYSTEM)
        self._gateway = ""
        self._moves_chargers = False
        self._line = ""
        self._greetings = 0
        self._hearing: Subscription | None = None
        self._ended = asyncio.Event()
        self._line_gone = asyncio.Event()
        self._greeted = asyncio.Event()
        """Set but while a greeting is under way: frames of its line may come before its answer."""
        self._is_replaced = False
        self._gateway_ends = False
        self._is_ending = False
        self._dismissed = asyncio.Event()
        """Set once the gateway moves no charger any more, or never did."""
        self._connections: dict[str, Mapping[str, Any]] = {}
        self._commands: set[Future[RuntimeCommandResult]] = set()
        self._stopping: Task[None] | None = None
        self._exchange = ItemExchange(bus, self._take, self._lost)
        self.provider = InlineProvider(dialler, clock, self, transfers=transfers, capacity=capacity)

    async def run(self, stopping: asyncio.Event, hurrying: asyncio.Event | None = None) -> bool:
        """Serve the gateway until told to stop, the gateway stays away for too long, or another
        worker of this name has come; then have the chargers moved, unless it is `hurrying`, stop
        those that are left, and say good-bye. True where it was told to. Invalid where the gateway
        does not let it in from the first."""
        staying = asyncio.create_task(self._stay_attached())
        waiting = asyncio.create_task(stopping.wait())
        try:
            await asyncio.wait((staying, waiting), return_when=asyncio.FIRST_COMPLETED)
            if not staying.done():
                await self._have_chargers_moved(staying, hurrying or asyncio.Event())
            if staying.done():
                staying.result()
            await self._say_goodbye()
            return stopping.is_set()
        finally:
            self._exchange.detach()
            if self._hearing is not None:
                await self._hearing.end()
            for task in (staying, waiting):
                task.cancel()
            await asyncio.gather(staying, waiting, return_exceptions=True)

    def logged(self, level: str, event: str, fields: dict[str, Any]) -> None:
        """Have a line written into the gateway's log."""
        self._exchange.put(
            ItemPriority.EVENT, messages.LogLine(level=level, event=event, fields=fields)
        )

    # --- the line ------------------------------------------------------------------------------

    async def _stay_attached(self) -> None:
        """Greet, and again whenever the line has ended; returns when that is of no use any more."""
        pause_s, last_reason = FIRST_REDIAL_S, ""
        alone_since = self._loop.time()
        while (
            not (self._is_replaced or self._is_done())
            and self._loop.time() - alone_since < self._away_s
        ):
            try:
                await self._greet()
            except Unavailable as error:
                if error.message != last_reason:
                    log.warning("gateway_not_reached", worker=self.name, reason=str(error))
                last_reason = error.message
                pause_s = min(limits.WORKER_REDIAL_S, pause_s * 2)
            else:
                await self._line_gone.wait()
                if not self._ended.is_set():
                    log.warning("gateway_lost", worker=self.name)
                pause_s, last_reason = FIRST_REDIAL_S, ""
                alone_since = self._loop.time()
            await asyncio.sleep(pause_s * self._random.uniform(0.5, 1.5))
        log.error("gateway_given_up", worker=self.name, replaced=self._is_replaced)

    def _is_done(self) -> bool:
        return self._ended.is_set() and self._exchange.is_empty

    async def _have_chargers_moved(self, staying: Task[None], hurrying: asyncio.Event) -> None:
        """Return once the gateway has moved the chargers, or there is no time for it; a gateway
        that is away for a moment is waited for."""
        if not (self._moves_chargers and self._move_s and self.provider.running()):
            return
        log.info("worker_ending", chargers=len(self.provider.running()), within_s=self._move_s)
        self._is_ending = True
        if self._line:
            self._say_ending()
        ends = [asyncio.create_task(event.wait()) for event in (self._dismissed, hurrying)]
        try:
            await asyncio.wait(
                (staying, *ends), timeout=self._move_s, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            for task in ends:
                task.cancel()
        if left := len(self.provider.running()):
            log.warning("chargers_not_moved", count=left)

    def _say_ending(self) -> None:
        if self._moves_chargers:
            self._report(messages.Ending())
        else:
            self._dismissed.set()

    async def _say_goodbye(self) -> None:
        """Stop the chargers, and see that the gateway has heard what they remember."""
        self._ended.set()
        await self.provider.close()
        if not self._line:
            return
        self._report(messages.Leaving())
        with suppress(TimeoutError):
            async with asyncio.timeout(_LAST_WORDS_S):
                await self._exchange.emptied()

    async def _greet(self) -> None:
        """Begin a line. Unavailable where there is no gateway now."""
        if self._hearing is None:
            self._hearing = await self._bus.subscribe(self._subject, self._heard)
        self._greetings += 1
        hello = messages.Hello(
            protocol=messages.PROTOCOL,
            worker=self.name,
            epoch=self._epoch,
            number=self._greetings,
            peer=self._gateway,
            received=self._exchange.received,
            capacity=self._capacity,
            away_s=self._away_s,
        )
        self._greeted.clear()
        try:
            answer = await self._bus.request(
                self._gateway_subject, messages.encode(hello), limits.CONTROL_ANSWER_S
            )
            letter = messages.decode_letter(answer)
            if isinstance(letter, messages.Welcome):
                self._line = hello.line
                self._line_gone.clear()
                self._welcomed(letter)
                return
        finally:
            self._greeted.set()
        reason = getattr(letter, "reason", "it does not understand")
        message = f"the gateway does not let {self.name} in: {reason}"
        if getattr(letter, "final", True) and not self._gateway:
            raise Invalid(message)
        raise Unavailable(message)

    async def _heard(self, subject: str, data: bytes) -> bytes:
        """Take a frame of the gateway's."""
        await self._greeted.wait()
        head, _, body = data.partition(b"\n")
        letter = messages.decode_letter(head)
        if not isinstance(letter, messages.ItemFrame) or letter.line != self._line:
            return messages.encode(messages.LineRefusal(reason="that line has ended"))
        if not self._exchange.frame(letter, body):
            return messages.encode(messages.LineRefusal(reason="a number is missing"))
        return messages.encode(messages.Taken())

    def _lost(self, refusal: messages.LineRefusal | None) -> None:
        self._line = ""
        self._is_replaced = refusal is not None and refusal.replaced
        if self._ended.is_set() and (refusal is not None or self._gateway_ends):
            self._exchange.reset(keep=lambda item: False)  # there is nobody to hear the rest
        self._line_gone.set()

    def _welcomed(self, welcome: messages.Welcome) -> None:
        self._gateway = welcome.epoch
        self._moves_chargers = welcome.moves_chargers
        if not welcome.resumed:
            # To one that knows nothing: what runs, then what was not heard, then how all is now.
            roster = messages.Roster(deployments=self.provider.running())
            self._exchange.reset(
                keep=lambda item: item.kind is not ItemPriority.ANSWER, first=[roster]
            )
            for deployment_id, event in self._connections.items():
                self._report(messages.EventReport(deployment_id=deployment_id, event=dict(event)))
            self.provider.remind()
        received = welcome.received if welcome.resumed else 0
        self._exchange.attach(self._gateway_subject, self.name, self._line, received)
        if self._is_ending:
            self._say_ending()

    # --- what the gateway asks -----------------------------------------------------------------

    def _take(self, item: bytes) -> None:
        request: messages.WorkerRequest = messages.decode_request(item)
        # No provider method waits inside this process, so that what is asked is done in order.
        carrying_out = self._carry_out(request)
        try:
            carrying_out.send(None)
        except StopIteration:
            return
        raise AssertionError("a request had to wait")

    async def _carry_out(self, request: messages.WorkerRequest) -> None:
        try:
            answer = await self._answer(request)
        except VoltyardError as error:
            answer = messages.RequestAnswer(id=request.id, error=messages.error_message(error))
        except Exception as error:  # one request's bug is not to cut the others' link
            log.exception("request_failed", request=type(request).__name__)
            internal = messages.ErrorMessage(code="internal", message=type(error).__name__)
            answer = messages.RequestAnswer(id=request.id, error=internal)
        if answer is not None:
            self._report(answer)

    async def _answer(self, request: messages.WorkerRequest) -> messages.RequestAnswer | None:
        result: dict[str, Any] | None = None
        match request:
            case messages.Start(deployment_id=identifier, memory=memory):
                runtime = RuntimeSpec(
                    deployment_id=identifier,
                    organization_id=request.organization_id,
                    charger=request.charger,
                    faults=request.faults,
                    pace=request.pace,
                    egress=request.egress,
                )
                kept = bytes(memory)
                await self.provider.start(
                    runtime, None if kept == bytes(messages.NOTHING) else kept
                )
            case messages.Stop(deployment_id=identifier):
                await self.provider.stop(identifier)
                self._connections.pop(identifier, None)
            case messages.Restart(deployment_id=identifier):
                await self.provider.restart(identifier)
            case messages.SendCommand(deployment_id=identifier):
                times = _Times() if request.timed else None
                future = self.provider.command(
                    identifier, request.event_type, request.payload, times
                )
                self._commands.add(future)
                future.add_done_callback(partial(self._commanded, request.id, times))
                return None
            case messages.AskState(deployment_id=identifier):
                result = await self.provider.state(identifier)
            case messages.AskStates(deployment_ids=identifiers):
                result = await self.provider.states(identifiers)
            case messages.AskSamples():
                return await self._samples(request)
            case messages.AskSettings(deployment_id=identifier):
                result = await self.provider.settings(identifier)
            case messages.Misbehave(deployment_id=identifier, faults=faults):
                await self.provider.misbehave(identifier, faults)
            case messages.Dismiss():
                self._dismissed.set()
            case messages.StopAll():
                self._gateway_ends = True
                self._dismissed.set()
                for identifier in self.provider.running():
                    await self.provider.stop(identifier)
                self._connections.clear()
                self._stopping = self._loop.create_task(self._stopped(request.id))
                return None
        return messages.RequestAnswer(id=request.id, result=result)

    async def _samples(self, request: messages.AskSamples) -> messages.RequestAnswer:
        if request.anew:
            self.provider.sample_anew()
        batch = await self.provider.sample()
        return messages.RequestAnswer(
            id=request.id,
            samples=dict(batch.samples),
            ended=list(batch.ended),
            has_more=batch.has_more,
        )

    async def _stopped(self, identifier: int) -> None:
        """Say that all are stopped, after the answers of commands that were cut short: the gateway
        ends when it hears this."""
        if self._commands:
            await asyncio.wait(self._commands, timeout=_LAST_WORDS_S)
        self._report(messages.RequestAnswer(id=identifier))

    def _commanded(
        self, identifier: int, timed: "_Times | None", future: "Future[RuntimeCommandResult]"
    ) -> None:
        self._commands.discard(future)
        if future.cancelled():
            return
        outcome, times = future.result(), None if timed is None else timed.times
        if isinstance(outcome, CommandCompleted):
            result = dict(outcome.result)
            self._report(messages.RequestAnswer(id=identifier, result=result, times=times))
            return
        refused = messages.ErrorMessage(
            code=outcome.code, message=outcome.message, details=dict(outcome.details)
        )
        self._report(messages.RequestAnswer(id=identifier, refused=refused, times=times))

    # --- what the chargers report --------------------------------------------------------------

    def framed(self, deployment_id: str, frame: LoggedFrame) -> None:
        """Report a frame of a charger's link; a RuntimeListener, as what follows."""
        assert isinstance(frame, Framed)
        self._report(messages.FrameReport(deployment_id=deployment_id, frame=frame))

    def happened(self, deployment_id: str, event: Mapping[str, Any]) -> None:
        if event.get("type") == "connection":
            self._connections[deployment_id] = event
        self._report(messages.EventReport(deployment_id=deployment_id, event=dict(event)))

    def remembered(self, deployment_id: str, snapshot: bytes) -> None:
        report = messages.MemoryReport(deployment_id=deployment_id, memory=Raw(snapshot))
        self._exchange.put(ItemPriority.KEPT, report, key=f"memory {deployment_id}")

    def broke(self, deployment_id: str, reason: str) -> None:
        self._connections.pop(deployment_id, None)
        self._report(messages.BrokeReport(deployment_id=deployment_id, reason=reason))

    def _report(self, report: messages.WorkerReport) -> None:
        self._exchange.put(_kind(report), report)


class _Times:
    """A ports.runtimes.CarryingOut that keeps the times for the answer."""

    times: tuple[Instant, Instant] | None = None

    def carried_out(self, got_at: Instant, done_at: Instant, worker: str = "") -> None:
        self.times = got_at, done_at


def _kind(report: messages.WorkerReport) -> ItemPriority:
    match report:
        case messages.FrameReport():
            return ItemPriority.FRAME
        case messages.EventReport() | messages.LogLine():
            return ItemPriority.EVENT
        case messages.RequestAnswer() | messages.Roster() | messages.Ending() | messages.Leaving():
            return ItemPriority.ANSWER
        case _:
            return ItemPriority.KEPT
