"""Events that nodes have written and the server has not taken into the log yet."""

from typing import Any, Final

from sqlalchemy import Connection, Select, select

from voltyard.events.event_records import EventStaged
from voltyard.storage.database.database import Database
from voltyard.storage.database.rows import read_all
from voltyard.storage.schema.nodes import staged_events

_IN_ORDER: Final[Select[Any]] = select(staged_events).order_by(staged_events.c.number)


class StoredStagedEvents:
    """The staged events of all nodes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def first(self, limit: int) -> list[tuple[int, EventStaged]]:
        """The first by number. Those of one charger are in order. A lower number may still come
        after a higher one, of another node: each is to be taken by its own number
        (StagedEventTaken), and none by a bound."""

        def read(connection: Connection) -> list[tuple[int, EventStaged]]:
            wanted = _IN_ORDER.limit(limit)
            numbers = [row.number for row in connection.execute(wanted)]
            return list(zip(numbers, read_all(connection, EventStaged, wanted), strict=True))

        return await self._database.read(read, limit_s=None)
