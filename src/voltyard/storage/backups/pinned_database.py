"""A database pinned to one moment, whatever is written to it meanwhile."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import URL, Connection, inspect, text

from voltyard.storage.database.database import engines
from voltyard.storage.database.database_errors import explained


@dataclass(frozen=True, slots=True)
class FileRow:
    """A row of `files`, whose content should be on disk."""

    id: str
    name: str
    size: int
    sha256: str


@contextmanager
def pinned(url: URL) -> Iterator[Connection]:
    """A connection that sees the database as it is now. Unavailable where it fails."""
    writing, reading = engines(url)
    try:
        with reading.connect() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text("SET idle_in_transaction_session_timeout = 0"))
            # The moment is that of the first reading.
            inspect(connection).get_table_names()
            yield connection
    except Exception as error:
        raise explained(error) from error.__cause__
    finally:
        reading.dispose()
        writing.dispose()


def file_rows(connection: Connection) -> list[FileRow]:
    """Every file, of whatever organization."""
    if not inspect(connection).has_table("files"):
        return []
    found = connection.execute(text("SELECT id, name, size, sha256 FROM files ORDER BY id"))
    return [FileRow(*row) for row in found]
