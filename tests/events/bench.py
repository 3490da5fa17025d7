"""A backend whose writes are watched, and the events that it keeps."""

from typing import Any

from tests.csms.bench import Yard
from tests.fakes.journals import MemoryJournal
from voltyard.events.event_query import EventQuery
from voltyard.events.event_records import EventLogged


class WatchedJournal(MemoryJournal):
    """Remembers which records came in one write."""

    def __init__(self) -> None:
        super().__init__()
        self.writes: list[list[Any]] = []

    def write(
        self, records: Any, committed: Any = None, failed: Any = None, *, urgent: bool = False
    ) -> None:
        self.writes.append(list(records))
        super().write(records, committed, failed, urgent=urgent)


class Kept:
    """events.followers.EventStore of a journal in memory."""

    def __init__(self, journal: MemoryJournal) -> None:
        self._journal = journal

    async def oldest(self) -> int:
        return min((one.number for one in self._journal.events), default=1)

    async def after(self, query: EventQuery, number: int, limit: int) -> list[EventLogged]:
        found = (e for e in self._journal.events if e.number > number and query.wants(e))
        return list(found)[:limit]


async def charge(yard: Yard) -> Any:
    peer = await yard.booted()
    at = "2026-02-10T14:00:00Z"
    start = {"connectorId": 1, "idTag": "TAG", "meterStart": 100, "timestamp": at}
    await peer.ask("StartTransaction", start)
    sample = {"timestamp": at, "sampledValue": [{"value": "600"}]}
    await peer.ask("MeterValues", {"connectorId": 1, "transactionId": 1, "meterValue": [sample]})
    await peer.ask("StopTransaction", {"transactionId": 1, "meterStop": 1100, "timestamp": at})
    await yard.settle()
    return peer
