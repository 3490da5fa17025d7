"""The asking end of the relay: requests that reached this process, carried out by others."""

import asyncio
import secrets
from asyncio import Task, TimerHandle
from contextlib import suppress
from functools import partial
from itertools import count

from starlette.types import Receive, Scope, Send

from voltyard.kernel import limits
from voltyard.kernel.errors import Overfull, Unavailable
from voltyard.kernel.time import Instant
from voltyard.ports.bus import Bus, BusGone, NoResponders, NotAnswered, Subscription
from voltyard.relay.client_body import ClientLeft
from voltyard.relay.errors import AnswerLost, NodeGone
from voltyard.relay.handed_request import HandedRequest
from voltyard.relay.messages import (
    AskBody,
    CheckedIn,
    CheckIn,
    HandOver,
    RequestHead,
    read_checked_in,
    read_handed_over,
    read_to_asking,
    written,
)
from voltyard.relay.request_server import part_bytes

_MISSED: int = 2
"""Signs of life in a row that another process has to owe before it is taken for gone: one may be
late because this process was busy itself."""


class _Peer:
    """Another process, while requests are under way there."""

    def __init__(self, subject: str, now: Instant) -> None:
        self.subject = subject
        self.heard_at = now
        self.missed = 0
        self.requests: dict[int, HandedRequest] = {}
        self.checking: Task[None] | None = None

    def heard(self, now: Instant) -> None:
        self.heard_at = now
        self.missed = 0


class RequestRelay:
    """Hands requests to other processes, and plays their answers back."""

    def __init__(self, bus: Bus, answers: str) -> None:
        """Answers come to a subject that begins with `answers`."""
        self._bus = bus
        # One that is this process's alone, so that no answer to a former one is taken for ours.
        self._reply = f"{answers}.{secrets.token_hex(8)}"
        self._subscription: Subscription | None = None
        self._numbers = count()
        self._peers: dict[str, _Peer] = {}
        self._at: dict[int, _Peer] = {}
        """The process that has each request."""
        self._ticking: TimerHandle | None = None

    async def open(self) -> None:
        """Hear answers from now on."""
        self._subscription = await self._bus.subscribe(self._reply, self._heard)

    async def close(self) -> None:
        """Give up what is under way."""
        if self._ticking is not None:
            self._ticking.cancel()
        for peer in list(self._peers.values()):
            if peer.checking is not None:
                peer.checking.cancel()
            for request in list(peer.requests.values()):
                request.fail(AnswerLost("the process that was asked ends"))
        if self._subscription is not None:
            await self._subscription.end()

    async def relay(self, subject: str, scope: Scope, receive: Receive, send: Send) -> None:
        """Have the process that hears this subject carry the request out, and send its answer.

        Before anything of it was sent: Overfull or NodeGone where nothing was done, AnswerLost
        where something may have been. From then on AnswerLost means that it is to be cut off.
        """
        bus, number = self._bus, next(self._numbers)
        publish = partial(bus.publish, subject)
        request = HandedRequest(self._reply, number, receive, publish, part_bytes(bus))
        with suppress(ClientLeft):
            # One whose client takes its time over the body takes nobody's place until then.
            first = await request.hand_over(RequestHead.of(scope))
            if len(self._at) >= limits.RELAYED_REQUESTS:
                raise Overfull(f"{limits.RELAYED_REQUESTS} requests are with other processes")
            peer = self._note(subject, request)
            try:
                await self._hand_over(peer, first)
                await request.play(send)
            finally:
                self._forget(peer, request)
                await request.end()

    async def _hand_over(self, peer: _Peer, first: HandOver) -> None:
        try:
            said = await self._bus.request(peer.subject, written(first), limits.RELAY_SILENCE_S)
        except NoResponders:
            raise NodeGone("the process of this system that has it is gone") from None
        except BusGone:
            raise NodeGone("the other processes of this system are not reached") from None
        except NotAnswered:
            return  # it may have come all the same; its signs of life, or their lack, tell
        peer.heard(asyncio.get_running_loop().time())
        taken = read_handed_over(said)
        if taken.refusal:
            raise (Overfull if taken.refusal == Overfull.code else NodeGone)(taken.reason)

    async def _heard(self, subject: str, data: bytes) -> None:
        message = read_to_asking(data)
        peer = self._at.get(message.number)
        if peer is None:
            return
        peer.heard(asyncio.get_running_loop().time())
        request = peer.requests[message.number]
        if isinstance(message, AskBody):
            request.watch()
            await request.body.asked(message.part)
        else:
            request.got(message)

    # --- signs of life -------------------------------------------------------------------------

    def _note(self, subject: str, request: HandedRequest) -> _Peer:
        loop = asyncio.get_running_loop()
        peer = self._peers.get(subject)
        if peer is None:
            peer = self._peers[subject] = _Peer(subject, loop.time())
        peer.requests[request.number] = request
        self._at[request.number] = peer
        if self._ticking is None:
            self._ticking = loop.call_later(limits.RELAY_EVERY_S, self._tick)
        return peer

    def _forget(self, peer: _Peer, request: HandedRequest) -> None:
        del peer.requests[request.number]
        del self._at[request.number]
        if not peer.requests:
            del self._peers[peer.subject]

    def _tick(self) -> None:
        loop = asyncio.get_running_loop()
        before = loop.time() - limits.RELAY_EVERY_S / 2
        for peer in self._peers.values():
            lasting = [one for one in peer.requests.values() if one.begun_at < before]
            for request in lasting:
                request.watch()
            if lasting and (peer.checking is None or peer.checking.done()):
                peer.checking = loop.create_task(self._check(peer, lasting))
        again = limits.RELAY_EVERY_S if self._peers else None
        self._ticking = None if again is None else loop.call_later(again, self._tick)

    async def _check(self, peer: _Peer, lasting: list[HandedRequest]) -> None:
        asking = CheckIn(self._reply, [(one.number, one.part) for one in lasting])
        loop, patience_s = asyncio.get_running_loop(), limits.RELAY_SILENCE_S / 2
        try:
            said = await self._bus.request(peer.subject, written(asking), patience_s)
        except Unavailable:
            peer.missed += 1
            if peer.missed >= _MISSED and loop.time() - peer.heard_at >= limits.RELAY_SILENCE_S:
                self._lost(list(peer.requests.values()))
            return
        peer.heard(loop.time())
        await self._checked(peer, read_checked_in(said))

    async def _checked(self, peer: _Peer, answer: CheckedIn) -> None:
        there = peer.requests
        for number, part in answer.body_parts:
            if (request := there.get(number)) is not None:
                await request.body.asked(part)
        unknown = [there[number] for number in answer.unknown if number in there]
        self._lost([one for one in unknown if one.is_doubted])
        for request in unknown:
            request.is_doubted = True

    def _lost(self, requests: list[HandedRequest]) -> None:
        for request in requests:
            request.fail(AnswerLost("the process of this system that had it is gone"))
