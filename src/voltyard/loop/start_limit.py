"""Limit on how much work starts in one turn of the event loop."""

import asyncio
from collections import deque


class StartLimit:
    """Lets so many start in one turn of the loop, in the order they asked."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._left = most
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def wait_turn(self) -> None:
        """Return once it is the caller's turn."""
        if not self._left or self._waiting:
            future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(future)
            await future
            return
        if self._left == self._most:
            asyncio.get_running_loop().call_soon(self._next)
        self._left -= 1

    def _next(self) -> None:
        self._left = self._most
        while self._left and self._waiting:
            future = self._waiting.popleft()
            if not future.done():  # its caller may have given up
                future.set_result(None)
                self._left -= 1
        if self._left < self._most:
            asyncio.get_running_loop().call_soon(self._next)
