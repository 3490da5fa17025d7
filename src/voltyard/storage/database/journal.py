"""Journal on the database: records become rows, a group of them at a time."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection

from voltyard.ports.journal import Pressure
from voltyard.storage.database.database import Database
from voltyard.storage.database.statements import Append, RowWrite, SheddableLog, statement_of


class DatabaseJournal:
    """A ports.journal.Journal of the records whose types are in `ways`, through the
    database's single writer.

    Within a group each type is written at once, in the order of `ways`; so that order is the one
    in which records of different types about the same thing may come. Records of a log go to the
    writer's queue for them.
    """

    def __init__(self, database: Database, ways: Mapping[type[msgspec.Struct], RowWrite]) -> None:
        self._writer = database.writer
        dialect = database.url.get_backend_name()
        self._statements = {
            record: statement_of(record, way, dialect) for record, way in ways.items()
        }
        self._store_bound = self._store  # one object, so that the writer knows it again
        self._logs: dict[type[msgspec.Struct], SheddableLog] = {
            record: way.log
            for record, way in ways.items()
            if isinstance(way, Append) and way.log is not None
        }
        self._shed: dict[tuple[type, Any], tuple[int, Any]] = {}
        """(type, whose log) -> how many are missing, and the last of them."""
        if self._logs:
            self._writer.on_room(self._tell_gaps)

    @property
    def pressure(self) -> Pressure:
        return self._writer.pressure

    def on_relief(self, callback: Callable[[], None]) -> None:
        self._writer.on_relief(callback)

    def write(
        self,
        records: Sequence[Any],
        committed: Callable[[], None] | None = None,
        failed: Callable[[Exception], None] | None = None,
        *,
        urgent: bool = False,
    ) -> None:
        logs = self._logs
        if any(type(record) in logs for record in records):
            self._log([record for record in records if type(record) in logs])
            records = [record for record in records if type(record) not in logs]
            if not records and committed is None and failed is None:
                return
        size_bytes = sum([self._size_of(record) for record in records])
        if committed is None and failed is None:
            self._writer.put(self._store_bound, records, is_urgent=urgent, size_bytes=size_bytes)
            return

        def settled(error: Exception | None) -> None:
            if error is not None:
                if failed is not None:
                    failed(error)
            elif committed is not None:
                committed()

        self._writer.put(
            self._store_bound, records, settled, is_kept=failed is None, size_bytes=size_bytes
        )

    def _size_of(self, record: Any) -> int:
        statement = self._statements.get(type(record))
        return 0 if statement is None else statement.size_of(record)

    async def flush(self) -> None:
        await self._writer.flush()

    def _log(self, records: Sequence[Any]) -> None:
        for record in records:
            kind = type(record)
            key = (kind, getattr(record, self._logs[kind].key))
            if key in self._shed or not self._put_log(record):
                count = self._shed[key][0] if key in self._shed else 0
                self._shed[key] = (count + 1, record)

    def _put_log(self, record: Any) -> bool:
        size_bytes = self._statements[type(record)].size_of(record)
        return self._writer.put_log(self._store_bound, (record,), size_bytes)

    def _tell_gaps(self) -> None:
        """There is room in the log: say in it what is missing, before what follows."""
        for key, (count, last) in tuple(self._shed.items()):
            if self._put_log(self._logs[type(last)].gap(last, count)):
                del self._shed[key]

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
