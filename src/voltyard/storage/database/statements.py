"""Statements that write records: SQL compiled once, and values by the record's fields.

Hot tables are written with the driver's own `executemany`, many rows at a time; SQLAlchemy only
writes the statement, so that it fits the database at hand.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from operator import attrgetter
from typing import Any, Final, TypeAlias

import msgspec
from sqlalchemy import (
    Connection,
    Delete,
    Insert,
    LargeBinary,
    Table,
    Text,
    Update,
    bindparam,
    delete,
    insert,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from voltyard.storage.database.rows import is_structured

_DIALECTS: Final[Mapping[str, tuple[Callable[..., Any], str]]] = {
    "sqlite": (sqlite.dialect, "qmark"),
    "postgresql": (postgresql.dialect, "format"),
}
"""By backend, and how its driver marks values."""


_FIELD_BYTES: Final = 32
_ITEM_BYTES: Final = 192
"""Of a field, and of an item of a structured one: a sample, an anomaly."""


def as_json(value: Any) -> str:
    """A structured field as it is kept in a text column."""
    return msgspec.json.encode(value).decode()


@dataclass(frozen=True, slots=True)
class SheddableLog:
    """A log table that gives way when the database does not keep up."""

    key: str
    """The field that says whose log a record belongs to."""
    gap: Callable[[Any, int], Any]
    """Given the last record that is missing and how many are: the one that says so."""


@dataclass(frozen=True, slots=True)
class Append:
    """Insertion of a row; the columns are the record's fields."""

    table: Table
    log: SheddableLog | None = None


@dataclass(frozen=True, slots=True)
class Replace:
    """Insertion of a row, or replacement of the one with its primary key. Columns of the table that
    the record does not have are left as they are."""

    table: Table


@dataclass(frozen=True, slots=True)
class UpdateColumns:
    """Update of columns of the row whose `key` column has the record's value for `field`."""

    table: Table
    key: str
    field: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Remove:
    """Deletion of the row with the record's key; fields are named as the columns are."""

    table: Table


RowWrite: TypeAlias = Append | Replace | UpdateColumns | Remove


class Statement:
    """Statement that writes many records of one type."""

    def __init__(self, record: type[msgspec.Struct], way: RowWrite, dialect_name: str) -> None:
        fields = record.__struct_fields__
        encoded = {field.name for field in msgspec.structs.fields(record) if is_structured(field)}
        self._sql, parameters = _compile(way, fields, dialect_name)
        self._values = attrgetter(*parameters) if len(parameters) > 1 else _single(parameters[0])
        self._encoded = [n for n, parameter in enumerate(parameters) if parameter in encoded]
        self._key = _key(way)
        texts = [c.name for c in way.table.columns if isinstance(c.type, (Text, LargeBinary))]
        self._texts = [name for name in texts if name in fields]
        self._base_bytes = _FIELD_BYTES * len(fields)

    def size_of(self, record: Any) -> int:
        """About how much memory a record takes until it is written, in bytes."""
        size = self._base_bytes
        for name in self._texts:
            value = getattr(record, name)
            if value:
                size += len(value) if isinstance(value, (str, bytes)) else _ITEM_BYTES * len(value)
        return size

    def write(self, connection: Connection, records: Sequence[Any]) -> None:
        """Write them with one statement. Of several that replace the same row the last is written,
        for each is the whole row."""
        if self._key is not None and len(records) > 1:
            records = list({self._key(record): record for record in records}.values())
        rows = [self._values(record) for record in records]
        if self._encoded:
            rows = [self._encode(row) for row in rows]
        connection.exec_driver_sql(self._sql, rows)

    def _encode(self, row: tuple[Any, ...]) -> tuple[Any, ...]:
        values = list(row)
        for n in self._encoded:
            values[n] = as_json(values[n])
        return tuple(values)


@cache
def statement_of(record: type[msgspec.Struct], way: RowWrite, dialect_name: str) -> Statement:
    """The statement for records of a type, made once in a process: it takes a millisecond."""
    return Statement(record, way, dialect_name)


def _single(name: str) -> Callable[[Any], tuple[Any, ...]]:
    get = attrgetter(name)
    return lambda record: (get(record),)


def _key(way: RowWrite) -> Callable[[Any], Any] | None:
    match way:
        case Replace(table):
            return attrgetter(*(column.name for column in table.primary_key))
        case UpdateColumns(field=field):
            return attrgetter(field)
        case _:
            return None


def _compile(way: RowWrite, fields: tuple[str, ...], dialect_name: str) -> tuple[str, list[str]]:
    """The statement as the driver wants it, and the record's fields in the order of its marks.

    Kept for the life of the process: compiling is most of what opening a journal costs.
    """
    make, marks = _DIALECTS[dialect_name]
    compiled = _statement(way, fields, dialect_name).compile(dialect=make(paramstyle=marks))
    return str(compiled), [_field(name) for name in compiled.positiontup or ()]


def _statement(way: RowWrite, fields: Sequence[str], dialect_name: str) -> Insert | Update | Delete:
    match way:
        case Append(table=table):
            # Inline: the number that the row is given is not asked for.
            return insert(table).inline().values({name: bindparam(name) for name in fields})
        case Replace(table):
            upsert: Any = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}[dialect_name]
            adding = upsert(table).values({name: bindparam(name) for name in fields})
            key = [column.name for column in table.primary_key]
            return adding.on_conflict_do_update(  # type: ignore[no-any-return]
                index_elements=key,
                set_={name: adding.excluded[name] for name in fields if name not in key},
            )
        case UpdateColumns(table, key, field, columns):
            return (
                update(table)
                .where(table.c[key] == bindparam(f"field_{field}"))
                .values({name: bindparam(f"field_{name}") for name in columns})
            )
        case Remove(table):
            condition = [table.c[name] == bindparam(f"field_{name}") for name in fields]
            return delete(table).where(*condition)


def _field(parameter: str) -> str:
    # SQLAlchemy keeps the columns' names for itself in an UPDATE, hence the prefix.
    return parameter.removeprefix("field_")
