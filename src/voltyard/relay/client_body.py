"""The body of a request that is handed to another process, and the client's leaving."""

import asyncio
from collections.abc import Awaitable, Callable

from starlette.types import Receive

from voltyard.relay.parts import Parts


class ClientLeft(Exception):
    """A client that waits for its answer no longer."""


class ClientBody:
    """Reads a body, a part ahead, and hands on its parts as they are asked for."""

    def __init__(
        self,
        receive: Receive,
        most_bytes: int,
        hand_on: Callable[[int, bytes, bool], Awaitable[None]],
    ) -> None:
        """`hand_on` is given the number of a part, its bytes, and whether it is the last."""
        self._receive = receive
        self._most_bytes = most_bytes
        self._hand_on = hand_on
        self._waiting = Parts()
        self._is_whole = False
        self._wanted = 0
        self._last: tuple[int, bytes, bool] = (0, b"", False)
        """The part that was handed on last."""
        self._room = asyncio.Event()

    async def first(self) -> tuple[bytes, bool]:
        """The first part, and whether it is the last. ClientLeft."""
        while not self._is_whole and self._waiting.size < self._most_bytes:
            await self._read()
        self._cut(0)
        return self._last[1], self._last[2]

    async def watch(self) -> None:
        """Read on until the client has left: ClientLeft."""
        while True:
            while self._waiting.size >= self._most_bytes:
                self._room.clear()
                await self._room.wait()
            await self._read()
            await self._hand_on_next()

    async def asked(self, part: int) -> None:
        """A part is waited for, perhaps one that was handed on already."""
        if part == self._last[0]:
            await self._hand_on(*self._last)
        elif part == self._last[0] + 1 and not self._last[2]:
            self._wanted = part
            await self._hand_on_next()

    async def _read(self) -> None:
        message = await self._receive()
        if message["type"] == "http.disconnect":
            raise ClientLeft
        self._waiting.add(message.get("body", b""))
        self._is_whole = not message.get("more_body", False)

    async def _hand_on_next(self) -> None:
        if self._wanted == self._last[0] + 1 and (self._waiting.size or self._is_whole):
            self._cut(self._wanted)
            await self._hand_on(*self._last)

    def _cut(self, part: int) -> None:
        body = self._waiting.cut(self._most_bytes) if self._waiting.size else b""
        self._last = (part, body, self._is_whole and not self._waiting.size)
        self._room.set()
