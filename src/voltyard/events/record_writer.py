"""Writes records in one commit with the events that tell of them."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from voltyard.events.event_log import NewEventT, WritableEventLog
from voltyard.kernel.errors import Overfull, Unavailable
from voltyard.ports.journal import Journal, Pressure

RecordT = TypeVar("RecordT")


class RecordWriter(Generic[RecordT, NewEventT]):
    """Writes to the journal, by way of the event log where events go along."""

    def __init__(
        self,
        journal: Journal[RecordT],
        event_log: WritableEventLog[NewEventT] | None,
        report: Callable[[NewEventT], None] | None = None,
        complain: Callable[[Exception], None] | None = None,
    ) -> None:
        """See Backend; without `report` events are heard of by way of the log alone."""
        self._journal = journal
        self._event_log = event_log
        self._report = report
        self.complain = complain or _tell_loop

    def write(
        self,
        records: Sequence[RecordT],
        events: Sequence[NewEventT] = (),
        committed: Callable[[], None] | None = None,
        failed: Callable[[Exception], None] | None = None,
    ) -> None:
        """In one commit, or not at all."""
        if events and self._event_log is not None:
            self._event_log.write(records, events, committed, failed)
        else:
            self._journal.write(records, committed, failed)

    @property
    def pressure(self) -> Pressure:
        """The distance of what was written before from being durable."""
        return self._journal.pressure

    def on_relief(self, callback: Callable[[], None]) -> None:
        """See ports.journal.Journal."""
        self._journal.on_relief(callback)

    def told(self, events: Sequence[NewEventT]) -> None:
        """Have them heard of here and now."""
        if self._report is not None:
            for event in events:
                self._report(event)

    async def durable(
        self, records: tuple[RecordT, ...], events: tuple[NewEventT, ...] = ()
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
