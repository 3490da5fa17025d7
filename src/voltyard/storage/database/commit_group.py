"""Commit of a group of writes in one transaction; runs in the writer's thread.

Records of neighbours that have one store go to it at once. Where one cannot be stored, the group is
done again write by write, so that it sinks no other.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, IntegrityError

from voltyard.kernel.errors import Unavailable
from voltyard.kernel.time import Seconds
from voltyard.storage.database.companion import CompanionRow, StoreRow
from voltyard.storage.database.database_errors import (
    explained,
    has_lost,
    has_transaction,
    is_locked,
)

StoreFunction: TypeAlias = Callable[[Connection, Sequence[Any]], None]
"""Writes many records at once, in the writer's thread. It is given the records of several writes
together; where it raises, they are undone and it is given those of each write apart."""

Settled: TypeAlias = Callable[[Exception | None], None]
"""Told on the loop's thread how a write ended: None once it is committed, else what was wrong."""


@dataclass(slots=True)
class PendingWrite:
    """A write that waits to be committed. Records to be stored by `store`, or a `function` to be
    run within the transaction."""

    store: StoreFunction | None
    records: Sequence[Any]
    settled: Settled | None
    rows: int
    size_bytes: int
    put_at: Seconds
    """By the loop's clock."""
    is_kept: bool = False
    """Stays until it is stored; a write that is not is told of its failure."""
    is_log: bool = False
    function: Callable[[Connection], Any] | None = None
    companion: CompanionRow | None = None
    """The companion whose row is stored with this write, or not at all."""
    store_companion: StoreRow | None = None
    attempts: int = 0
    """Groups that failed for no reason of the database's."""
    is_doubtful: bool = False
    """A former COMMIT of it was lost on its way: it may be stored already."""
    result: Any = None
    error: Exception | None = field(default=None)


class ConnectionLost(Unavailable):
    """A lost connection, or one that could not be made; another one may do."""


class ConnectionLostAtCommit(ConnectionLost):
    """A connection lost at the COMMIT: the writes may be stored, or not."""


def commit_group(engine: Engine, writes: Sequence[PendingWrite]) -> Exception | None:
    """Commit them, each `error` saying whether it was refused; or none of them, which is returned
    as the reason: Lost, Unavailable where the database fails, else a fault of ours."""
    refused = [write.error for write in writes]
    for attempt in (1, 2):
        try:
            with engine.connect() as connection:
                _commit(connection, writes, refused)
            return None
        except Exception as error:
            for write, before in zip(writes, refused, strict=True):
                write.error = before
            if isinstance(error, ConnectionLost):
                reason: Exception = error
            elif has_lost(error):
                reason = ConnectionLost("the connection to the database is lost")
                reason.__cause__ = error
            else:
                return _reason(error)
            # The pool may not have known that its connection was gone: a new one, once.
            if attempt == 2 or isinstance(error, ConnectionLostAtCommit):
                return reason
    raise AssertionError("unreachable")


def _reason(error: Exception) -> Exception:
    """The database's own reason for an error. Where SQLite rolled all back, that a savepoint is
    missing is what comes last; why comes before."""
    one: BaseException | None = error
    while isinstance(one, Exception):
        explanation = explained(one)
        if isinstance(explanation, Unavailable):
            return explanation
        one = one.__context__
    return error


@contextmanager
def _transaction(connection: Connection) -> Iterator[None]:
    """Committed at its end. ConnectionLost where it is; ConnectionLostAtCommit if at the COMMIT."""
    try:
        with connection.begin():
            try:
                yield
            except Exception as error:
                if connection.invalidated or has_lost(error):
                    raise ConnectionLost("the connection to the database is lost") from error
                raise
    except DBAPIError as error:
        if not has_lost(error):
            raise
        raise ConnectionLostAtCommit(
            "the connection to the database was lost at the commit",
            hint="it cannot be told whether it is kept",
        ) from error


def _commit(
    connection: Connection, writes: Sequence[PendingWrite], refused: Sequence[Exception | None]
) -> None:
    try:
        with _transaction(connection):
            _write_together(connection, writes)
    except Unavailable:
        raise
    except Exception as failure:
        if is_locked(failure):
            raise  # each by itself would wait as long again
        # One of them cannot be stored, or is too large for the disk: each by itself.
        with _transaction(connection):
            for write, before in zip(writes, refused, strict=True):
                write.error = before
                if before is None:
                    _write_apart(connection, write)


def _write_together(connection: Connection, writes: Sequence[PendingWrite]) -> None:
    """Runs of records that have one store go to it at once; functions take their turn between."""
    records: list[Any] = []
    store: StoreFunction | None = None
    for write in writes:
        if write.error is not None:
            continue
        if write.store is not None and write.store == store and write.store_companion is None:
            records.extend(write.records)
            continue
        if records and store is not None:
            store(connection, records)
        if write.store is None or write.store_companion is not None:
            store, records = None, []
            _write_apart(connection, write)
        else:
            store, records = write.store, list(write.records)
    if records and store is not None:
        store(connection, records)


def _write_apart(connection: Connection, write: PendingWrite) -> None:
    try:
        with connection.begin_nested():
            if write.function is not None:
                write.result = write.function(connection)
            elif write.store is not None:
                write.store(connection, write.records)
            if write.store_companion is not None:
                write.store_companion(connection)
    except Exception as error:
        if connection.invalidated or is_locked(error) or not has_transaction(connection):
            raise  # what was written before it has gone too, or would wait as long
        if write.is_doubtful and isinstance(error, IntegrityError):
            return  # it is there: the COMMIT whose answer was lost had arrived
        reason = explained(error)
        if write.is_kept and isinstance(reason, Unavailable):
            raise  # it keeps its place before those that came after it
        write.error = reason
