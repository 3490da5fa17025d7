"""Checks of events: one order without gaps, each event in it once, and told once."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from voltyard.events.event_records import EventLogged, EventStaged
from voltyard.ports.clock import Clock
from voltyard.simulation.checkers import InvariantBroken


class EventChecks:
    """InvariantBroken where an event is lost, doubled, or out of its order."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._staged: dict[str, EventStaged] = {}
        """By id."""
        self._order: dict[str | None, list[tuple[Any, ...]]] = defaultdict(list)
        """Events of each charger that nodes have written and are not numbered yet, in order."""
        self._numbered: set[tuple[Any, ...]] = set()
        """Events that nodes have written and are numbered."""
        self.logged: list[int] = []
        """Numbers, in the order they were stored."""
        self._doubted: set[int] = set()
        """Numbers that were stored, though whoever wrote them was not told so: those who listen
        just then are not either."""
        self._doubted_staged: set[tuple[Any, ...]] = set()
        """The same of nodes' events. Those of an answer that is given whatever the database says
        are written again then, under another id: they are told twice."""
        self.told = 0
        """The number that the follower was told last."""

    def stored(self, record: Any) -> None:
        """A record was committed."""
        if isinstance(record, EventStaged):
            if record.id in self._staged:
                self._break(record, f"{record.event} was staged twice")
            self._staged[record.id] = record
            self._order[record.charger_id].append(_said(record))
        elif isinstance(record, EventLogged):
            # A number whose event could not be stored is never given again.
            if self.logged and record.number <= self.logged[-1]:
                self._break(record, f"event {record.number} came after {self.logged[-1]}")
            self.logged.append(record.number)
            waiting = self._order[record.charger_id]
            said = _said(record)
            if said in self._numbered and said not in self._doubted_staged:
                self._break(record, f"{record.event} of a node was numbered twice")
            if waiting:
                # The server writes of a charger once all that nodes wrote of it is numbered.
                if waiting[0] != _said(record):
                    self._break(record, f"{_said(record)} was numbered before {waiting[0]}")
                self._numbered.add(waiting.pop(0))

    def doubt(self, records: Sequence[Any]) -> None:
        """Records were stored, and whoever wrote them cannot know."""
        for record in records:
            if isinstance(record, EventLogged):
                self._doubted.add(record.number)
            elif isinstance(record, EventStaged):
                self._doubted_staged.add(_said(record))

    def followed(self, event: EventLogged) -> None:
        """A follower was told of an event; of one that is kept nowhere nothing is known."""
        if not event.number:
            return
        if self._missed(event.number) or event.number <= self.told:
            self._break(event, f"event {event.number} was told after {self.told}")
        if event.number not in self.logged:
            self._break(event, f"event {event.number} was told before it was stored")
        self.told = event.number

    def settled(self) -> None:
        """All has been numbered and told."""
        for charger_id, waiting in self._order.items():
            if waiting:
                what = f"{len(waiting)} events were never numbered: {waiting[0]}"
                raise InvariantBroken(self._clock(), charger_id or "events", what)
        if missed := self._missed(self.logged[-1] + 1):
            raise InvariantBroken(self._clock(), "events", f"{missed} were never told")

    def _missed(self, number: int) -> list[int]:
        """Numbers before that one that should have been told by now."""
        at = bisect_right(self.logged, self.told)
        up_to = bisect_left(self.logged, number)
        return [one for one in self.logged[at:up_to] if one not in self._doubted]

    def _break(self, event: EventStaged | EventLogged, what: str) -> None:
        raise InvariantBroken(self._clock(), event.charge_box_id or "events", what)


def _said(event: EventStaged | EventLogged) -> tuple[Any, ...]:
    return (event.charger_id, event.at, event.event, event.data)
