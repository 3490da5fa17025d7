"""Two processes of a bus, an app at one of them, and clients of the other, for tests."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import Response, StreamingResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tests.bus.bench import PATIENCE_S, BusPlace
from voltyard.ports.bus import Bus
from voltyard.relay.request_relay import RequestRelay
from voltyard.relay.request_server import RequestServer

SUBJECT = "yard.rest.a"
ANSWERS = "yard.answers.b"


class Client:
    """One request of a client, with what it is sent."""

    def __init__(
        self,
        path: str,
        method: str = "GET",
        body: bytes = b"",
        piece_bytes: int = 1 << 30,
        query: bytes = b"",
        headers: tuple[tuple[bytes, bytes], ...] = (),
    ) -> None:
        self.scope: Scope = {
            "type": "http",
            "method": method,
            "path": path,
            "raw_path": path.encode(),
            "query_string": query,
            "headers": list(headers),
            "client": ("203.0.113.7", 50123),
            "server": ("voltyard.example", 8080),
            "scheme": "https",
            "http_version": "1.1",
            "root_path": "",
        }
        self._body = body
        self._piece_bytes = piece_bytes
        self._is_read = False
        self._left = asyncio.Event()
        self.read_bytes = 0
        self.sent: list[Message] = []
        self.gate = asyncio.Event()
        """Closed while it takes nothing."""
        self.gate.set()
        self._grown = asyncio.Event()

    async def receive(self) -> Message:
        if self._is_read or self._left.is_set():
            await self._left.wait()
            return {"type": "http.disconnect"}
        piece = self._body[self.read_bytes : self.read_bytes + self._piece_bytes]
        self.read_bytes += len(piece)
        self._is_read = self.read_bytes == len(self._body)
        return {"type": "http.request", "body": piece, "more_body": not self._is_read}

    async def send(self, message: Message) -> None:
        await self.gate.wait()
        self.sent.append(message)
        self._grown.set()

    def leave(self) -> None:
        self._left.set()

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not holds():
                self._grown.clear()
                await self._grown.wait()

    @property
    def status(self) -> int:
        assert self.sent[0]["type"] == "http.response.start"
        return int(self.sent[0]["status"])

    @property
    def headers(self) -> dict[bytes, bytes]:
        return dict(self.sent[0]["headers"])

    @property
    def body(self) -> bytes:
        return b"".join(one.get("body", b"") for one in self.sent[1:])

    @property
    def is_whole(self) -> bool:
        return bool(self.sent) and self.sent[-1].get("more_body") is False


class Pair:
    """The process that is asked, and the one that carries requests out."""

    def __init__(self, asking: Bus, answering: Bus, app: ASGIApp) -> None:
        self.asking = asking
        self.answering = answering
        self.relay = RequestRelay(asking, ANSWERS)
        self.server = RequestServer(app, answering, SUBJECT)

    async def ask(self, client: Client) -> Client:
        async with asyncio.timeout(PATIENCE_S):
            await self.relay.relay(SUBJECT, client.scope, client.receive, client.send)
        return client


@asynccontextmanager
async def paired(place: BusPlace, app: ASGIApp) -> AsyncIterator[Pair]:
    pair = Pair(await place.end(), await place.end(), app)
    await pair.server.open()
    await pair.relay.open()
    yield pair
    await pair.relay.close()
    await pair.server.close()


class House:
    """An app, with a memory of what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.left: list[str] = []
        """Paths whose clients have left."""
        self.told: asyncio.Queue[bytes] = asyncio.Queue()
        """Events to tell; an empty one ends the stream."""
        self.door = asyncio.Event()
        """Requests that wait, wait for it."""
        self.at_once = self.most_at_once = 0
        self.read_bytes = 0
        self.app = FastAPI()
        self.app.get("/things/{name}")(self._thing)
        self.app.post("/echo")(self._echo)
        self.app.post("/count")(self._count)
        self.app.get("/large")(self._large)
        self.app.get("/events")(self._events)
        self.app.post("/slow")(self._slow)
        self.app.get("/broken")(self._broken)
        self.app.get("/failing")(self._failing)

    async def _thing(self, name: str, request: Request) -> dict[str, Any]:
        self.asked.append(request.url.path)
        return {
            "name": name,
            "url": str(request.url),
            "client": request.client,
            "key": request.headers.get("x-api-key"),
            "relayed": "relayed" in request.scope["state"],
        }

    async def _echo(self, request: Request) -> Response:
        return Response(await request.body(), 201, {"X-Made": "here"})

    async def _count(self, request: Request) -> dict[str, int]:
        async for piece in request.stream():
            await self.door.wait()
            self.read_bytes += len(piece)
        return {"bytes": self.read_bytes}

    async def _large(self, size: int, piece: int) -> StreamingResponse:
        async def pieces() -> AsyncIterator[bytes]:
            for at in range(0, size, piece):
                self.read_bytes = at
                yield bytes([at // piece % 251]) * min(piece, size - at)

        return StreamingResponse(pieces())

    async def _events(self) -> Response:
        house = self

        class Events(Response):
            async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
                telling = asyncio.create_task(house.tell(send))
                while (await receive())["type"] != "http.disconnect":
                    continue
                telling.cancel()
                house.left.append(scope["path"])

        return Events()

    async def tell(self, send: Send) -> None:
        headers = [(b"content-type", b"text/event-stream")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        while event := await self.told.get():
            await send({"type": "http.response.body", "body": event, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    async def _slow(self, request: Request) -> dict[str, str]:
        self.at_once += 1
        self.most_at_once = max(self.at_once, self.most_at_once)
        self.asked.append(request.url.path)
        await self.door.wait()
        self.at_once -= 1
        return {"carried": "out"}

    async def _broken(self) -> StreamingResponse:
        async def pieces() -> AsyncIterator[bytes]:
            yield b"a beginning"
            raise RuntimeError("it broke")

        return StreamingResponse(pieces())

    async def _failing(self) -> None:
        raise RuntimeError("it failed")
