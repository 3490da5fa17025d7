"""Decoding of the yard's rows."""

from threading import Lock
from typing import Any, Final, TypeVar

import msgspec
from sqlalchemy import (
    Connection,
    Row,
    Select,
    func,
    select,
)

from voltyard.yard.repositories import Listing, PageRequest

T = TypeVar("T")

_MANY: Final = 500
"""Most values of an IN in one statement."""


_known: set[type] = set()
_learning = Lock()


def struct_of(row: Row[Any], kind: type[T]) -> T:
    if kind not in _known:
        # msgspec reads a type's annotations with its first use; Python 3.12 has crashed where two
        # threads of readers did so at once.
        with _learning:
            msgspec.json.Decoder(kind)
            _known.add(kind)
    return msgspec.convert(plain(row), kind)


def plain(row: Row[Any]) -> dict[str, Any]:
    # Columns are known to the row by a kind of str of its own, which msgspec takes for none.
    return {str(name): value for name, value in row._mapping.items()}


def json_text(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def listing(
    connection: Connection, query: Select[Any], page: PageRequest, made: Any
) -> Listing[Any]:
    total = count_of(connection, query)
    rows = connection.execute(query.limit(page.size).offset((page.number - 1) * page.size))
    return Listing([made(row) for row in rows], total)


def count_of(connection: Connection, query: Select[Any]) -> int:
    counting = select(func.count()).select_from(query.order_by(None).subquery())
    return connection.scalar(counting) or 0


def parts(values: list[str]) -> list[list[str]]:
    return [values[start : start + _MANY] for start in range(0, len(values), _MANY)]
