"""ports.Journal on the database: records become rows, a group of them at a time."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection

from voltyard.storage.database import Database
from voltyard.storage.statements import Statement, Way


class DatabaseJournal:
    """Writes the records whose types are in `ways`, through the database's single writer.

    Within a group each type is written at once, in the order of `ways`; so that order is the one
    in which records of different types about the same thing may come.
    """

    def __init__(self, database: Database, ways: Mapping[type[msgspec.Struct], Way]) -> None:
        self._writer = database.writer
        dialect = database.url.get_backend_name()
        self._statements = {record: Statement(record, way, dialect) for record, way in ways.items()}
        self._store_bound = self._store  # one object, so that the writer knows it again

    def write(
        self,
        records: Sequence[Any],
        committed: Callable[[], None] | None = None,
        failed: Callable[[Exception], None] | None = None,
    ) -> None:
        """See ports.Journal."""
        if committed is None and failed is None:
            self._writer.put(self._store_bound, records)
            return

        def settled(error: Exception | None) -> None:
            if error is not None:
                if failed is not None:
                    failed(error)
            elif committed is not None:
                committed()

        self._writer.put(self._store_bound, records, settled)

    async def flush(self) -> None:
        """See ports.Journal."""
        await self._writer.flush()

    def _store(self, connection: Connection, records: Sequence[Any]) -> None:
        by_type: dict[type, list[Any]] = {}
        for record in records:
            by_type.setdefault(type(record), []).append(record)
        for kind, statement in self._statements.items():
            of_kind = by_type.pop(kind, None)
            if of_kind is not None:
                statement.write(connection, of_kind)
        if by_type:
            raise TypeError(f"no table for {', '.join(kind.__name__ for kind in by_type)}")
