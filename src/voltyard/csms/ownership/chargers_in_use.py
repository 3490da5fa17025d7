"""Chargers of which something is under way that takes time."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager


class ChargersInUse:
    """Counts what is under way of a charger (its commands, its changes), so that it leaves this
    process once that has ended, and not in the middle of it."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._waiting: dict[str, list[asyncio.Future[None]]] = {}

    def __len__(self) -> int:
        return len(self._counts)

    @contextmanager
    def of(self, charger_id: str) -> Iterator[None]:
        """Count one thing more for as long as it takes."""
        self._counts[charger_id] += 1
        try:
            yield
        finally:
            self._counts[charger_id] -= 1
            if not self._counts[charger_id]:
                del self._counts[charger_id]
                for future in self._waiting.pop(charger_id, ()):
                    if not future.done():
                        future.set_result(None)

    async def idle(self, charger_id: str) -> None:
        """Return once nothing is under way of that charger."""
        while charger_id in self._counts:
            future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.setdefault(charger_id, []).append(future)
            await future
