"""The worker's end of the control link, with the chargers of its process.

The chargers' own links are none of the control link's business: they stay as they are while it is
away. What they report meanwhile waits in the stream.
"""

import asyncio
from asyncio import Future
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from random import Random
from typing import Any, Final

import msgspec
import structlog
from msgspec import Raw

from voltyard.charger.description.events import Framed
from voltyard.kernel import ids, limits
from voltyard.kernel.errors import VoltyardError
from voltyard.kernel.time import Seconds
from voltyard.kernel.tls import SYSTEM_TRUST, Tls
from voltyard.loop.turns import Intake, Turns
from voltyard.ports.clock import Clock
from voltyard.ports.links import DialFailed, Dialler, Dialling, Link
from voltyard.ports.runtimes import CommandCompleted, LoggedFrame, RuntimeCommandResult, RuntimeSpec
from voltyard.ports.transfers import Transfers
from voltyard.runtimes.control import messages
from voltyard.runtimes.control.gate import PING_INTERVAL_S, USERNAME, control_url
from voltyard.runtimes.control.stream import ItemPriority, Stream
from voltyard.runtimes.inline import InlineProvider

log = structlog.get_logger(__name__)

FIRST_REDIAL_S: Final[Seconds] = 0.1

_NORMAL: Final = 1000
_BARRED: Final = frozenset({400, 401, 403, 404})
"""Of the gateway's answers those that trying again does not change."""
_LAST_WORDS_S: Final[Seconds] = 5.0


class Worker:
    """A worker process. Must be made inside the running loop."""

    def __init__(
        self,
        name: str,
        url: str,
        token: str,
        dialler: Dialler,
        clock: Clock,
        *,
        capacity: int,
        away_s: Seconds,
        tls: Tls = SYSTEM_TRUST,
        transfers: Transfers | None = None,
        random: Random = ids.SYSTEM,
    ) -> None:
        """`url` is the gateway's ws://host:port or wss://host:port, `tls` of the latter;
        `transfers` carries the chargers' files, without it none gets through. At most
        `capacity` chargers run, and without the gateway for no longer than `away_s`."""
        self.name = name
        self._dialling = Dialling(
            url=control_url(url, name),
            subprotocols=(messages.SUBPROTOCOL,),
            username=USERNAME,
            password=token,
            tls=tls,
            ping_interval_s=PING_INTERVAL_S,
        )
        self._dialler = dialler
        self._capacity = capacity
        self._away_s = away_s
        self._random = random
        self._loop = asyncio.get_running_loop()
        self._epoch = ids.token(ids.SYSTEM)
        self._gateway = ""
        self._link: Link | None = None
        self._ended = asyncio.Event()
        self._link_gone = asyncio.Event()
        self._is_replaced = False
        self._connections: dict[str, Mapping[str, Any]] = {}
        self._stream = Stream(self._take)
        self._turns = Turns(clock)
        self._intake = Intake(self._turns, self)
        self.provider = InlineProvider(
            dialler, clock, self, transfers=transfers, capacity=capacity, turns=self._turns
        )

    async def run(self, stopping: asyncio.Event) -> bool:
        """Serve the gateway until told to stop, the gateway stays away for too long, or another
        worker of this name has come; then stop the chargers and say good-bye. True where it was
        told to. DialFailed where the gateway does not let it in from the first."""
        staying = asyncio.create_task(self._stay_attached())
        waiting = asyncio.create_task(stopping.wait())
        try:
            await asyncio.wait((staying, waiting), return_when=asyncio.FIRST_COMPLETED)
            if staying.done():
                staying.result()
            await self._say_goodbye()
            return stopping.is_set()
        finally:
            for task in (staying, waiting):
                task.cancel()
            await asyncio.gather(staying, waiting, return_exceptions=True)

    def logged(self, level: str, event: str, fields: dict[str, Any]) -> None:
        """Have a line written into the gateway's log."""
        self._stream.put(
            ItemPriority.EVENT, messages.LogLine(level=level, event=event, fields=fields)
        )

    # --- the link ------------------------------------------------------------------------------

    async def _stay_attached(self) -> None:
        """Dial, and again whenever the link is gone; returns when that is of no use any more."""
        pause_s, last_reason = FIRST_REDIAL_S, ""
        alone_since = self._loop.time()
        while not self._is_replaced and self._loop.time() - alone_since < self._away_s:
            self._link_gone.clear()
            try:
                await self._dialler.dial(self._dialling, self)
            except DialFailed as error:
                if not self._gateway and error.details.get("status") in _BARRED:
                    raise DialFailed(
                        f"the gateway does not let {self.name} in: {error.details['body']}"
                    ) from error
                if error.message != last_reason:
                    log.warning("gateway_not_reached", worker=self.name, reason=str(error))
                last_reason = error.message
                pause_s = min(limits.WORKER_REDIAL_S, pause_s * 2)
            else:
                await self._link_gone.wait()
                if not self._ended.is_set():
                    log.warning("gateway_lost", worker=self.name)
                pause_s, last_reason = FIRST_REDIAL_S, ""
                alone_since = self._loop.time()
            await asyncio.sleep(pause_s * self._random.uniform(0.5, 1.5))
        log.error("gateway_given_up", worker=self.name, replaced=self._is_replaced)

    async def _say_goodbye(self) -> None:
        """Stop the chargers, and see that the gateway has heard what they remember."""
        self._ended.set()
        await self.provider.close()
        if self._link is None:
            return
        self._report(messages.Leaving())
        with suppress(TimeoutError):
            async with asyncio.timeout(_LAST_WORDS_S):
                await self._stream.emptied()
        if self._link is not None:
            self._link.close(_NORMAL, "the worker ends")
            with suppress(TimeoutError):
                async with asyncio.timeout(_LAST_WORDS_S):
                    await self._link_gone.wait()

    def opened(self, link: Link) -> None:
        """The link is up: greet the gateway."""
        self._link = link
        self._intake = Intake(self._turns, self)
        self._intake.follow(link)
        hello = messages.Hello(
            epoch=self._epoch,
            peer=self._gateway,
            received=self._stream.received,
            capacity=self._capacity,
            away_s=self._away_s,
        )
        link.send(messages.encode(hello).decode())

    def received(self, text: str) -> None:
        self._intake.received(text)

    def handle(self, text: str) -> None:
        """See loop.turns.FrameHandler."""
        assert self._link is not None
        try:
            envelope = messages.decode_envelope(text)
        except msgspec.MsgspecError:
            self._link.close(messages.PROTOCOL_ERROR, "not a frame of a control link")
            return
        if isinstance(envelope, messages.Welcome):
            self._welcomed(self._link, envelope)
        elif not isinstance(envelope, messages.Hello):
            self._stream.envelope(envelope)

    def closed(self, code: int, reason: str) -> None:
        self._intake.closed()
        self._link = None
        self._is_replaced = code == messages.REPLACED
        self._stream.detach()
        self._link_gone.set()

    def _welcomed(self, link: Link, welcome: messages.Welcome) -> None:
        self._gateway = welcome.epoch
        if welcome.resumed:
            self._stream.attach(link, welcome.received)
            return
        # To a gateway that knows nothing: what runs, then what was not heard, then how all is now.
        roster = messages.Roster(deployments=self.provider.running())
        self._stream.reset(keep=lambda item: item.kind is not ItemPriority.ANSWER, first=[roster])
        for deployment_id, event in self._connections.items():
            self._report(messages.EventReport(deployment_id=deployment_id, event=dict(event)))
        self.provider.remind()
        self._stream.attach(link, 0)

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
                future = self.provider.command(identifier, request.event_type, request.payload)
                future.add_done_callback(partial(self._commanded, request.id))
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
            case messages.StopAll():
                for identifier in self.provider.running():
                    await self.provider.stop(identifier)
                self._connections.clear()
                # Commands cut short are answered in the loop's next turn, and the gateway hangs up
                # at this answer: theirs would wait for an acknowledgement that cannot come.
                self._loop.call_soon(self._report, messages.RequestAnswer(id=request.id))
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

    def _commanded(self, identifier: int, future: "Future[RuntimeCommandResult]") -> None:
        if future.cancelled():
            return
        outcome = future.result()
        if isinstance(outcome, CommandCompleted):
            self._report(messages.RequestAnswer(id=identifier, result=dict(outcome.result)))
            return
        refused = messages.ErrorMessage(
            code=outcome.code, message=outcome.message, details=dict(outcome.details)
        )
        self._report(messages.RequestAnswer(id=identifier, refused=refused))

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
        self._stream.put(ItemPriority.KEPT, report, key=f"memory {deployment_id}")

    def broke(self, deployment_id: str, reason: str) -> None:
        self._connections.pop(deployment_id, None)
        self._report(messages.BrokeReport(deployment_id=deployment_id, reason=reason))

    def _report(self, report: messages.WorkerReport) -> None:
        self._stream.put(_kind(report), report)


def _kind(report: messages.WorkerReport) -> ItemPriority:
    match report:
        case messages.FrameReport():
            return ItemPriority.FRAME
        case messages.EventReport() | messages.LogLine():
            return ItemPriority.EVENT
        case messages.RequestAnswer() | messages.Roster() | messages.Leaving():
            return ItemPriority.ANSWER
        case _:
            return ItemPriority.KEPT
