"""Locks by id, for read-modify-write of what is stored."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary


class Locks:
    """Locks by id. Whoever changes something reads it within `changing`, and writes it there."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        """By id, for as long as somebody holds or awaits them."""

    @asynccontextmanager
    async def changing(self, id: str) -> AsyncIterator[None]:
        """Hold the lock on changes of that id."""
        lock = self._locks.setdefault(id, asyncio.Lock())
        async with lock:
            yield
