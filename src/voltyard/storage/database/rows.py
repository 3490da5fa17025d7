"""Decoding of rows into records: columns are the record's fields, structured ones from JSON."""

from collections.abc import Mapping
from functools import cache
from operator import itemgetter
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Connection, Select, func, select

from voltyard.kernel.paging import Page

Record = TypeVar("Record", bound=msgspec.Struct)


def is_structured(field: Any) -> bool:
    """True where a record's field is a sequence or mapping, kept in a text column as JSON."""
    origin = getattr(field.type, "__origin__", field.type)
    return origin in (tuple, list, dict)


def read_all(connection: Connection, record: type[Record], statement: Select[Any]) -> list[Record]:
    """Every row of the statement, which has the record's fields as columns. The database is
    believed: it holds what records were written from."""
    result = connection.execute(statement)
    columns = list(result.keys())
    fields = record.__struct_fields__
    values = itemgetter(*(columns.index(name) for name in fields))
    rows = (dict(zip(fields, values(row), strict=True)) for row in result)
    structured = _structured(record)
    if structured:
        return [_decoded(record, row, structured) for row in rows]
    return [record(**row) for row in rows]


@cache
def _structured(record: type[msgspec.Struct]) -> "Mapping[str, msgspec.json.Decoder[Any]]":
    """The decoders of a record's structured fields."""
    return {
        field.name: msgspec.json.Decoder(field.type)
        for field in msgspec.structs.fields(record)
        if is_structured(field)
    }


def _decoded(
    record: type[Record],
    values: dict[str, Any],
    structured: Mapping[str, "msgspec.json.Decoder[Any]"],
) -> Record:
    for name, decoder in structured.items():
        values[name] = decoder.decode(values[name])
    return record(**values)


def read_page(
    connection: Connection, record: type[Record], statement: Select[Any], limit: int, offset: int
) -> Page[Record]:
    """`limit` rows of the statement after the first `offset`, and how many it has in all."""
    counting = select(func.count()).select_from(statement.order_by(None).subquery())
    rows = read_all(connection, record, statement.limit(limit).offset(offset))
    return Page(rows, connection.scalar(counting) or 0)
