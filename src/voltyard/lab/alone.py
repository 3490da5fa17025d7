"""Changing what is kept: one at a time, or the later of two changes would undo the earlier."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary


class Alone:
    """Who changes something reads it within `changing`, and writes it there."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        """By id, for as long as somebody holds or awaits them."""

    @asynccontextmanager
    async def changing(self, id: str) -> AsyncIterator[None]:
        """Nobody else is changing what has that id."""
        lock = self._locks.setdefault(id, asyncio.Lock())
        async with lock:
            yield
