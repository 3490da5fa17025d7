"""Server-sent events on the wire."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Any, Final

import structlog
from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from voltyard.events.followers import Aside, EventT, Follower, Gap, Quiet
from voltyard.kernel import limits
from voltyard.kernel.errors import Unauthorized

log = structlog.get_logger(__name__)

MEDIA_TYPE: Final = "text/event-stream"
_RETRY_MS: Final = 2_000


def described(example: str) -> dict[str, Any]:
    """The entry in the `responses` of an operation that answers with a stream."""
    return {
        "description": "Server-sent events, until one side ends it.",
        "content": {MEDIA_TYPE: {"example": example}},
    }


class EventStream(StreamingResponse):
    """Tells a follower until the client leaves, takes nothing for limits.STREAM_STALL_S, has no
    good key any more, or the server ends. It closes what it follows."""

    media_type = MEDIA_TYPE

    def __init__(
        self,
        following: Follower[EventT],
        block: Callable[[EventT], bytes],
        check_key: Callable[[], Any],
    ) -> None:
        """`block` makes of an event what `event_block` returns."""
        # Proxies that buffer would keep events back.
        headers = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
        super().__init__((), headers=headers)
        self._following = following
        self._block = block
        self._check_key = check_key

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        telling = asyncio.create_task(self._tell(send))
        leaving = asyncio.create_task(_left(receive))
        both = (telling, leaving)
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in both:
                task.cancel()
            await asyncio.gather(*both, return_exceptions=True)
            self._following.close()
        if not telling.cancelled():
            telling.result()

    async def _tell(self, send: Send) -> None:
        start = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
        await send(start)
        try:
            async with aclosing(self._chunks()) as chunks:
                async for chunk in chunks:
                    body = {"type": "http.response.body", "body": chunk, "more_body": True}
                    # Not wait_for, which in Python 3.11 may swallow that it is cancelled.
                    async with asyncio.timeout(limits.STREAM_STALL_S):
                        await send(body)
        except TimeoutError:
            log.info("event_stream_stalled", organization=self._following.query.organization_id)
            return
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _chunks(self) -> AsyncGenerator[bytes, None]:
        time = asyncio.get_running_loop().time
        # A client that is cut off before its first event resumes here, too.
        yield f"retry: {_RETRY_MS}\nid: {self._following.place}\n\n".encode()
        check_at = time() + limits.STREAM_QUIET_S
        while told := await self._following.next(limits.STREAM_QUIET_S):
            if time() >= check_at:
                check_at = time() + limits.STREAM_QUIET_S
                try:
                    self._check_key()
                except Unauthorized:
                    return
            yield b"".join(map(self._on_the_wire, told))

    def _on_the_wire(self, told: Any) -> bytes:
        match told:
            case Gap(after=after, oldest=oldest):
                data = f'{{"after":{after},"oldest":{oldest}}}'.encode()
                return event_block(oldest - 1, "gap", data)
            case Aside(name, data):
                return event_block(0, name, data)
            case Quiet(number=number):
                # An id without data tells a client nothing but where it is.
                return f": nothing new\nid: {number}\n\n".encode()
            case _:
                return self._block(told)


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        """The body of a GET: nobody reads it."""


def event_block(number: int, name: str, data: bytes) -> bytes:
    """An event on the wire; one without a number cannot be resumed after."""
    place = f"id: {number}\n" if number else ""
    return f"{place}event: {name}\ndata: ".encode() + data + b"\n\n"
