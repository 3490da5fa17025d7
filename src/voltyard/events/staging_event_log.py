"""Event log of a node: events are written in one commit with their records, for the server to move.

The server alone numbers events, and feeds followers and webhooks. Live events, which are of high
volume, are written only where a webhook asks for them; else they are handed to the server beside
the database, where somebody listens just then.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Generic, TypeAlias

from voltyard.events.event_log import Interest, NewEventT
from voltyard.events.event_records import EventStaged
from voltyard.ports.journal import Journal

Wanted: TypeAlias = Callable[[str, str], Interest | None]
"""The interest in an organization's events of that name, as the server last told it."""


class StagingEventLog(Generic[NewEventT]):
    """Writes the events of a node, as an EventLog does."""

    def __init__(
        self,
        journal: Journal[Any],
        row: Callable[[NewEventT, bool], EventStaged],
        is_live: Callable[[NewEventT], bool],
        wanted: Wanted,
        publish: Callable[[EventStaged], None],
    ) -> None:
        """`row` makes the record of an event, which is kept or not; `publish` hands one that is not
        to the server for those who listen, and may lose it."""
        self._journal = journal
        self._row = row
        self._is_live = is_live
        self._wanted = wanted
        self._publish = publish

    def write(
        self,
        records: Sequence[Any],
        events: Sequence[NewEventT],
        committed: Callable[[], None] | None = None,
        failed: Callable[[Exception], None] | None = None,
    ) -> None:
        """Write as Journal.write does, with the events that tell of the records. Live ones are
        handed on at once where nothing is written, else once the records are durable."""
        staged: list[EventStaged] = []
        live: list[EventStaged] = []
        for event in events:
            wanted = self._wanted(event.organization_id, event.name)
            if not self._is_live(event) or wanted == "webhook":
                staged.append(self._row(event, True))
            elif wanted == "follower":
                live.append(self._row(event, False))
        if live and records:
            committed = partial(self._committed, live, committed)
        else:
            self._hand_on(live)
        if staged or records or committed is not None or failed is not None:
            self._journal.write([*records, *staged], committed, failed)

    def _committed(self, live: Sequence[EventStaged], then: Callable[[], None] | None) -> None:
        self._hand_on(live)
        if then is not None:
            then()

    def _hand_on(self, live: Sequence[EventStaged]) -> None:
        for event in live:
            self._publish(event)
