"""HTTP receiver on loopback that answers as it is told."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any

import msgspec

from voltyard.kernel.time import Seconds

PATIENCE_S: Seconds = 120.0


@dataclass(frozen=True, slots=True)
class ReceivedPost:
    """A received POST; names of headers in lower case."""

    path: str
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """The body, read."""
        return msgspec.json.decode(self.body)


Answering = Callable[[ReceivedPost], int | str | Awaitable[int | str]]
"""A status, or a whole answer as text."""


class Receiver:
    """An HTTP receiver, as a context manager. `answer` may be replaced at any time."""

    def __init__(self, answer: Answering = lambda request: 204) -> None:
        self.answer = answer
        self.requests: list[ReceivedPost] = []
        self.connections = 0
        self.port = 0
        self._server: asyncio.Server | None = None
        self._news = asyncio.Event()
        self._open: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        """The URL to post to."""
        return f"http://127.0.0.1:{self.port}/hook"

    async def until(self, holds: Callable[[], Any]) -> None:
        """Wait for requests until that is so; TimeoutError where it does not come about."""
        async with asyncio.timeout(PATIENCE_S):
            while not holds():
                self._news.clear()
                await self._news.wait()

    async def __aenter__(self) -> "Receiver":
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        self.connections += 1
        try:
            while await self._one(reader, writer):
                """Until the client has no more."""
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            """It is gone."""
        finally:
            self._open.discard(task)
            writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = await reader.readuntil(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")
        pairs = (line.partition(":") for line in lines if line)
        headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        request = ReceivedPost(first.split()[1], headers, body)
        self.requests.append(request)
        self._news.set()
        answer = self.answer(request)
        if isinstance(answer, Awaitable):
            answer = await answer
        if isinstance(answer, int):
            answer = f"HTTP/1.1 {answer} X\r\ncontent-length: 0\r\n\r\n"
        writer.write(answer.encode())
        await writer.drain()
        return True
