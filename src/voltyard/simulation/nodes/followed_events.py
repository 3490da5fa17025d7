"""Stored events of a simulated database, and a follower that checks what it is told."""

from voltyard.events.event_query import EventQuery
from voltyard.events.event_records import EventLogged
from voltyard.simulation.nodes.storage.writer import HeldDatabase


class SimulatedEvents:
    """An `events.followers.EventStore` over the simulated database."""

    def __init__(self, held: HeldDatabase) -> None:
        self._held = held

    async def newest(self) -> int:
        return await self._held.read(lambda tables: max(tables.events, default=0))

    async def oldest(self) -> int:
        return await self._held.read(lambda tables: min(tables.events, default=1))

    async def after(self, query: EventQuery, number: int, limit: int, /) -> list[EventLogged]:
        def read(events: dict[int, EventLogged]) -> list[EventLogged]:
            found = (one for _, one in sorted(events.items()) if one.number > number)
            return [one for one in found if query.wants(one)][:limit]

        return await self._held.read(lambda tables: read(tables.events))

    async def before(
        self, query: EventQuery, number: int | None, limit: int, /
    ) -> list[EventLogged]:
        def read(events: dict[int, EventLogged]) -> list[EventLogged]:
            found = (one for _, one in sorted(events.items(), reverse=True))
            return [
                one for one in found if (number is None or one.number < number) and query.wants(one)
            ][:limit]

        return await self._held.read(lambda tables: read(tables.events))
