"""Journal that tells of records of some kinds once they are stored."""

from collections.abc import Callable, Sequence
from typing import Any

from voltyard.ports.journal import Journal, Pressure


class AnnouncingJournal:
    """A `ports.journal.Journal` before another. Records of the kinds that others go by, too, are
    handed to `announce` when they are committed."""

    def __init__(
        self,
        journal: Journal[Any],
        kinds: frozenset[type[Any]],
        announce: Callable[[Sequence[Any]], None],
    ) -> None:
        self._journal = journal
        self._kinds = kinds
        self._announce = announce

    @property
    def pressure(self) -> Pressure:
        return self._journal.pressure

    def on_relief(self, callback: Callable[[], None]) -> None:
        self._journal.on_relief(callback)

    async def flush(self) -> None:
        await self._journal.flush()

    def write(
        self,
        records: Sequence[Any],
        committed: Callable[[], None] | None = None,
        failed: Callable[[Exception], None] | None = None,
        *,
        urgent: bool = False,
    ) -> None:
        kinds = self._kinds
        told = [record for record in records if type(record) in kinds]
        if not told:
            self._journal.write(records, committed, failed, urgent=urgent)
            return

        def stored() -> None:
            self._announce(told)
            if committed is not None:
                committed()

        self._journal.write(records, stored, failed, urgent=urgent)
