"""Changes of transactions of which it is not known yet whether they are stored."""

import asyncio
from collections import Counter


class UnsettledChanges:
    """Counts them by transaction, so that a repetition is answered by what became of the first."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._waiting: dict[str, list[asyncio.Future[None]]] = {}

    def __contains__(self, transaction_id: str) -> bool:
        return transaction_id in self._counts

    def begun(self, transaction_id: str) -> None:
        """A change is handed to the journal."""
        self._counts[transaction_id] += 1

    def ended(self, transaction_id: str) -> None:
        """One is stored, or was taken back."""
        self._counts[transaction_id] -= 1
        if self._counts[transaction_id]:
            return
        del self._counts[transaction_id]
        for waiter in self._waiting.pop(transaction_id, ()):
            if not waiter.done():
                waiter.set_result(None)

    async def settled(self, transaction_id: str) -> None:
        """Return once there is none of that transaction."""
        while transaction_id in self._counts:
            waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.setdefault(transaction_id, []).append(waiter)
            await waiter
