"""The answering end of the relay: requests that other processes were asked, carried out by an app
of this one."""

import asyncio
from asyncio import Task, TimerHandle
from typing import TypeAlias

import structlog
from starlette.types import ASGIApp

from voltyard.kernel import limits
from voltyard.kernel.errors import Overfull
from voltyard.kernel.time import Seconds
from voltyard.ports.bus import Bus, Subscription
from voltyard.relay.errors import NodeGone
from voltyard.relay.messages import (
    NO_PART,
    AskAnswer,
    CheckedIn,
    CheckIn,
    HandedOver,
    HandOver,
    Leave,
    SendBody,
    read_to_answering,
    written,
)
from voltyard.relay.relayed_request import RelayedRequest

log = structlog.get_logger(__name__)

_Key: TypeAlias = tuple[str, int]
"""The subject for the answer, and the request's number there."""


class RequestServer:
    """Runs an app for each request that comes to a subject; each in a task of its own, as messages
    of a subject are handled one by one."""

    def __init__(self, app: ASGIApp, bus: Bus, subject: str) -> None:
        self._app = app
        self._bus = bus
        self._subject = subject
        self._subscription: Subscription | None = None
        self._requests: dict[_Key, RelayedRequest] = {}
        self._running: dict[_Key, Task[None]] = {}
        self._sweeping: TimerHandle | None = None
        self._is_ending = False

    async def open(self) -> None:
        """Hear the subject from now on."""
        self._subscription = await self._bus.subscribe(self._subject, self._heard)

    async def close(self, drain_s: Seconds = 0.0) -> None:
        """Begin nothing more, give what is under way so much time, and end the rest."""
        self._is_ending = True
        if self._running:
            await asyncio.wait(self._running.values(), timeout=drain_s)
        for task in (left := list(self._running.values())):
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        for request in list(self._requests.values()):
            await request.end()
        if self._sweeping is not None:
            self._sweeping.cancel()
        if self._subscription is not None:
            await self._subscription.end()

    async def _heard(self, subject: str, data: bytes) -> bytes | None:
        message = read_to_answering(data)
        match message:
            case HandOver():
                return self._begin(message)
            case CheckIn():
                return await self._checked_in(message)
        request = self._requests.get((message.reply, message.number))
        if request is None:
            return None
        request.heard_at = asyncio.get_running_loop().time()
        match message:
            case SendBody():
                request.got(message)
            case AskAnswer(part=part):
                await request.asked(part)
                self._forget((message.reply, message.number), request)
            case Leave():
                self._left((message.reply, message.number), request)
        return None

    def _begin(self, message: HandOver) -> bytes:
        key = (message.reply, message.number)
        if self._is_ending:
            return written(HandedOver(NodeGone.code, "the process that has it is about to end"))
        if len(self._running) >= limits.RELAYED_REQUESTS:
            most = limits.RELAYED_REQUESTS
            return written(HandedOver(Overfull.code, f"{most} requests of others are under way"))
        loop = asyncio.get_running_loop()
        most_bytes = part_bytes(self._bus)
        request = RelayedRequest(message, self._bus.publish, most_bytes, loop.time())
        self._requests[key] = request
        self._running[key] = loop.create_task(self._run(key, request))
        if self._sweeping is None:
            self._sweeping = loop.call_later(limits.RELAY_EVERY_S, self._sweep)
        return written(HandedOver())

    async def _run(self, key: _Key, request: RelayedRequest) -> None:
        try:
            if not request.is_gone:  # else it was given up before it began: nothing is done
                await self._app(request.scope, request.receive, request.send)
            await request.end()
        except Exception as error:
            path = request.scope["path"]
            log.error("relayed_request_failed", path=path, exc_info=error)
            await request.end()
        finally:
            del self._running[key]
            if request.is_over or request.is_gone:
                del self._requests[key]

    async def _checked_in(self, message: CheckIn) -> bytes:
        now = asyncio.get_running_loop().time()
        unknown, body_parts = [], []
        for number, part in message.waiting:
            request = self._requests.get((message.reply, number))
            if request is None:
                unknown.append(number)
                continue
            request.heard_at = now
            if part != NO_PART:
                await request.asked(part)
            if request.body_part is not None:
                body_parts.append((number, request.body_part))
            self._forget((message.reply, number), request)
        return written(CheckedIn(unknown, body_parts))

    def _left(self, key: _Key, request: RelayedRequest) -> None:
        request.left()
        self._forget(key, request)

    def _forget(self, key: _Key, request: RelayedRequest) -> None:
        if key not in self._running and (request.is_over or request.is_gone):
            self._requests.pop(key, None)

    def _sweep(self) -> None:
        """Give up those whose process has said nothing for long: it was killed, or is cut off."""
        loop = asyncio.get_running_loop()
        for key, request in list(self._requests.items()):
            if loop.time() - request.heard_at > limits.RELAY_ABANDONED_S and not request.is_gone:
                log.info("relayed_request_abandoned", path=request.scope["path"])
                self._left(key, request)
        again = bool(self._requests) and not self._is_ending
        self._sweeping = loop.call_later(limits.RELAY_EVERY_S, self._sweep) if again else None


def part_bytes(bus: Bus) -> int:
    """Bytes of a part that goes over that bus; a head beside it has its room."""
    return min(limits.RELAY_PART_BYTES, bus.most_bytes // 2)
