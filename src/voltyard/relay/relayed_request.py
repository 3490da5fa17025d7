"""A request that this process carries out for another: what its app receives and sends."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final, TypeAlias

from starlette.types import Message

from voltyard.kernel.errors import Unavailable
from voltyard.kernel.time import Instant
from voltyard.relay.messages import AnswerPart, AskBody, HandOver, SendBody, written
from voltyard.relay.parts import Parts

Publish: TypeAlias = Callable[[str, bytes], Awaitable[None]]

_FAILED: Final = b"Internal Server Error"


class RelayedRequest:
    """One request and its answer, as they pass."""

    def __init__(
        self, message: HandOver, publish: Publish, most_bytes: int, heard_at: Instant
    ) -> None:
        """Parts have at most `most_bytes`."""
        self.scope = message.head.scope()
        self.heard_at = heard_at
        """The moment of the last word of the process that asked."""
        self.is_gone = False
        """The answer is not waited for."""
        self.is_over = False
        """The last part of the answer is on its way."""
        self._reply = message.reply
        self._number = message.number
        self._publish = publish
        self._most_bytes = most_bytes

        self._body: bytes | None = message.body
        """A part of the body that the app has not received yet."""
        self._is_whole = message.is_whole
        self._body_part = 0
        """Of the body, the last part that was asked for."""
        self._has_body_part = True
        self._arrived = asyncio.Event()

        self._start: Message | None = None
        self._has_started = False
        self._waiting = Parts()
        self._is_complete = False
        self._is_broken = False
        self._wanted = 0
        """Of the answer, the part that the other end waits for."""
        self._last: AnswerPart | None = None
        """Of the answer, the part that was sent last."""
        self._room = asyncio.Event()
        self._pushing: asyncio.Handle | None = None
        self._pushed: asyncio.Task[None] | None = None

    # --- for the app ---------------------------------------------------------------------------

    async def receive(self) -> Message:
        """See ASGI."""
        while not (self.is_gone or self._is_complete):
            if self._body is not None:
                body, self._body = self._body, None
                return {"type": "http.request", "body": body, "more_body": not self._is_whole}
            if not self._is_whole and self._has_body_part:
                self._has_body_part = False
                self._body_part += 1
                await self._tell(AskBody(self._number, self._body_part))
            await self._arrived.wait()
            self._arrived.clear()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        """See ASGI. It returns once little of the answer waits here."""
        if self.is_gone:
            return
        if self._is_complete:
            raise RuntimeError("the answer is complete already")
        if message["type"] == "http.response.start":
            if self._has_started:
                raise RuntimeError("the answer has begun already")
            self._start, self._has_started = message, True
            self._push_soon()
            return
        if message["type"] != "http.response.body" or not self._has_started:
            raise RuntimeError(f"{message['type']} is not expected")
        self._waiting.add(message.get("body", b""))
        if message.get("more_body"):
            self._push_soon()
        else:
            self._complete()
            await self._push()
        while self._waiting.size > self._most_bytes and not self.is_gone:
            self._room.clear()
            await self._room.wait()

    async def end(self) -> None:
        """End it, as the app has ended; where the answer has none, the other end is told so."""
        if self._is_complete or self.is_gone:
            return
        if not self._has_started:
            headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", b"21")]
            self._start = {"status": 500, "headers": headers}
            self._has_started = True
            self._waiting.add(_FAILED)
            self._complete()
            await self._push()
        else:
            self._is_broken = True
            self._complete()
            await self._tell_broken()

    # --- for the other end ---------------------------------------------------------------------

    def got(self, message: SendBody) -> None:
        """A part of the body came."""
        if message.part == self._body_part and not self._has_body_part:
            self._has_body_part = True
            self._body, self._is_whole = message.body, message.is_last
            self._arrived.set()

    async def asked(self, part: int) -> None:
        """A part of the answer is waited for, perhaps one that was sent already."""
        if self._is_broken:
            await self._tell_broken()
        elif self._last is not None and part == self._last.part:
            await self._send_last()
        elif part == self._next:
            self._wanted = part
            await self._push()

    def left(self) -> None:
        """The client has left, or the process that it had asked."""
        self.is_gone = True
        self._waiting.clear()
        self._last = None
        self._arrived.set()
        self._room.set()

    @property
    def body_part(self) -> int | None:
        """The part of the body that its app waits for."""
        return None if self._has_body_part or self.is_gone else self._body_part

    # --- the answer ----------------------------------------------------------------------------

    @property
    def _next(self) -> int:
        return 0 if self._last is None else self._last.part + 1

    def _complete(self) -> None:
        self._is_complete = True
        self._arrived.set()

    def _push_soon(self) -> None:
        # What the app sends in one go makes one message.
        if self._pushing is None and self._wanted == self._next:
            self._pushing = asyncio.get_running_loop().call_soon(self._begin_push)

    def _begin_push(self) -> None:
        self._pushing = None
        self._pushed = asyncio.get_running_loop().create_task(self._push())

    async def _push(self) -> None:
        """Send the next part, if there is one and it is waited for."""
        if self._pushing is not None:
            self._pushing.cancel()
            self._pushing = None
        has_more = self._start is not None or self._waiting.size or self._is_complete
        if self.is_gone or self._wanted != self._next or not has_more:
            return
        start, self._start = self._start or {}, None
        body = self._waiting.cut(self._most_bytes) if self._waiting.size else b""
        is_last = self._is_complete and not self._waiting.size
        self._last = AnswerPart(
            self._number,
            self._next,
            start.get("status", 0),
            [(bytes(name), bytes(value)) for name, value in start.get("headers", ())],
            body,
            is_last,
        )
        self._room.set()
        await self._send_last()

    async def _send_last(self) -> None:
        assert self._last is not None
        self.is_over = await self._tell(self._last) and self._last.is_last

    async def _tell_broken(self) -> None:
        """Tell it at once: what was to come before would be cut off as well."""
        broken = AnswerPart(self._number, self._next, 0, [], b"", True, True)
        self.is_over = await self._tell(broken)

    async def _tell(self, message: AnswerPart | AskBody) -> bool:
        """True where it is on its way; else the other end asks for it when the bus is back."""
        with suppress(Unavailable):
            await self._publish(self._reply, written(message))
            return True
        return False
