"""A journal without storage, for virtual time: it keeps nothing, and takes as long as a disk."""

import asyncio
from collections.abc import Callable, Sequence

from voltyard.csms.records import Record
from voltyard.kernel.time import Seconds

COMMIT_S: Seconds = 0.005
"""What a group of records takes to become durable."""


class VirtualJournal:
    """A ports.Journal in virtual time. What is written within COMMIT_S is committed together."""

    def __init__(self) -> None:
        self._waiting: list[Callable[[], None]] = []
        self._loop = asyncio.get_running_loop()
        self.records = 0

    def write(
        self,
        records: Sequence[Record],
        committed: Callable[[], None] | None = None,
        failed: Callable[[Exception], None] | None = None,
    ) -> None:
        """See ports.Journal; it never fails."""
        self.records += len(records)
        if committed is None:
            return
        if not self._waiting:
            self._loop.call_later(COMMIT_S, self._commit)
        self._waiting.append(committed)

    async def flush(self) -> None:
        """See ports.Journal."""
        self._commit()

    def _commit(self) -> None:
        waiting, self._waiting = self._waiting, []
        for committed in waiting:
            committed()
