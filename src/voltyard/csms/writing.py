"""What is written, and what is told once it is: records in one commit with their events."""

import asyncio
from collections.abc import Callable, Sequence

from voltyard.csms.events import BackendEvent
from voltyard.csms.outbox import Outbox
from voltyard.csms.records import Record
from voltyard.kernel.errors import Overfull, Unavailable
from voltyard.ports import Journal, Pressure


class Writing:
    """Writes to the journal; by way of the outbox, where there is one, what events tell of."""

    def __init__(
        self,
        journal: Journal[Record],
        outbox: Outbox | None,
        report: Callable[[BackendEvent], None],
        complain: Callable[[Exception], None] | None,
    ) -> None:
        """See Backend."""
        self._journal = journal
        self._outbox = outbox
        self._report = report
        self.complain = complain or _tell_loop

    def write(
        self,
        records: Sequence[Record],
        events: Sequence[BackendEvent] = (),
        committed: Callable[[], None] | None = None,
        failed: Callable[[Exception], None] | None = None,
    ) -> None:
        """In one commit, or not at all."""
        if events and self._outbox is not None:
            self._outbox.write(records, events, committed, failed)
        else:
            self._journal.write(records, committed, failed)

    @property
    def pressure(self) -> Pressure:
        """How far what was written before is from being durable."""
        return self._journal.pressure

    def on_relief(self, callback: Callable[[], None]) -> None:
        """See ports.Journal."""
        self._journal.on_relief(callback)

    def told(self, events: Sequence[BackendEvent]) -> None:
        """Have them heard of here and now."""
        for event in events:
            self._report(event)

    async def durable(
        self, records: tuple[Record, ...], events: tuple[BackendEvent, ...] = ()
    ) -> None:
        """Return once the records are; Unavailable where they cannot be stored."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def committed() -> None:
            self.told(events)
            if not future.done():
                future.set_result(None)

        def failed(error: Exception) -> None:
            if not isinstance(error, Unavailable | Overfull):
                self.complain(error)
            if not future.done():
                future.set_exception(_unavailable(error))

        self.write(records, events, committed, failed)
        await future

    async def flush(self) -> None:
        """Return once everything written before is durable."""
        await self._journal.flush()


def _unavailable(error: Exception) -> Unavailable:
    if isinstance(error, Unavailable):
        return error
    if isinstance(error, Overfull):
        return Unavailable(str(error), hint=error.advice)
    return Unavailable("it could not be stored")


def _tell_loop(error: Exception) -> None:
    asyncio.get_running_loop().call_exception_handler(
        {"message": "a fault in the backend", "exception": error}
    )
