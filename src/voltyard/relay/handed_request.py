"""A request that another process carries out, and its answer as it comes from there."""

import asyncio
from asyncio import Future, Task
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from starlette.types import Receive, Send

from voltyard.kernel.errors import Unavailable
from voltyard.kernel.time import Instant
from voltyard.relay.client_body import ClientBody
from voltyard.relay.errors import AnswerLost
from voltyard.relay.messages import (
    NO_PART,
    AnswerPart,
    AskAnswer,
    HandOver,
    Leave,
    RequestHead,
    SendBody,
    written,
)


class HandedRequest:
    """One request and its answer, as they pass."""

    def __init__(
        self,
        reply: str,
        number: int,
        receive: Receive,
        publish: Callable[[bytes], Awaitable[None]],
        most_bytes: int,
    ) -> None:
        """`publish` tells the process that carries it out; parts have at most `most_bytes`."""
        self.number = number
        self.begun_at: Instant = asyncio.get_running_loop().time()
        self.is_doubted = False
        """The other process has said that it does not know it; its answer may be on the way."""
        self.part = NO_PART
        """Of the answer, the part that is waited for."""
        self.body = ClientBody(receive, most_bytes, self._hand_on)
        self._reply = reply
        self._publish = publish
        self._watching: Task[None] | None = None
        self._awaited: Future[AnswerPart] | None = None
        self._failure: Exception | None = None
        self._is_complete = False

    async def hand_over(self, head: RequestHead) -> HandOver:
        """The message that the request begins with; from then on its answer may come."""
        body, is_whole = await self.body.first()
        self._await_part(0)
        return HandOver(self._reply, self.number, head, body, is_whole)

    async def play(self, send: Send) -> None:
        """Send the answer to the client, as it comes. ClientLeft, or the reason why it does not
        come."""
        while not self._is_complete:
            assert self._awaited is not None
            part = await self._awaited
            self.part = NO_PART
            if part.status:
                status, headers = part.status, part.headers
                await send({"type": "http.response.start", "status": status, "headers": headers})
            self._is_complete = part.is_last
            if part.body or part.is_last:
                more = not part.is_last
                await send({"type": "http.response.body", "body": part.body, "more_body": more})
            if not part.is_last:
                self._await_part(part.part + 1)
                await self._tell(AskAnswer(self._reply, self.number, self.part))

    async def end(self) -> None:
        """End it. Where the answer is not complete, the other process is told."""
        if self._watching is not None:
            self._watching.cancel()
        if self._awaited is not None and self._awaited.done() and not self._awaited.cancelled():
            self._awaited.exception()  # it may have failed unseen
        if not self._is_complete and self._awaited is not None:
            await self._tell(Leave(self._reply, self.number))

    def watch(self) -> None:
        """Read what the client sends from now on, were it only its leaving."""
        if self._watching is None:
            self._watching = asyncio.get_running_loop().create_task(self._watch())

    def got(self, part: AnswerPart) -> None:
        """A part of the answer came."""
        if part.is_broken:
            self.fail(AnswerLost("the process of this system that had it broke off"))
        elif part.part == self.part and self._awaited is not None and not self._awaited.done():
            self.is_doubted = False
            self._awaited.set_result(part)

    def fail(self, reason: Exception) -> None:
        """The answer, or the rest of it, will not come, or is not waited for."""
        self._failure = reason
        if self._awaited is not None and not self._awaited.done():
            self._awaited.set_exception(reason)

    async def _watch(self) -> None:
        try:
            await self.body.watch()
        except Exception as error:
            self.fail(error)

    def _await_part(self, part: int) -> None:
        if self._failure is not None:
            raise self._failure
        self.part = part
        self._awaited = asyncio.get_running_loop().create_future()

    async def _hand_on(self, part: int, body: bytes, is_last: bool) -> None:
        await self._tell(SendBody(self._reply, self.number, part, body, is_last))

    async def _tell(self, message: Any) -> None:
        """Tell the other process; while the bus is gone, signs of life make up for it later."""
        with suppress(Unavailable):
            await self._publish(written(message))
