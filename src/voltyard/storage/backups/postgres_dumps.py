"""A PostgreSQL database, dumped as of one moment and restored in place of what there was."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from sqlalchemy import URL, Connection, inspect, text

from voltyard.kernel.errors import Conflict, Invalid, Unavailable
from voltyard.storage.backups.manifest import BackupSource
from voltyard.storage.backups.postgres_tools import PostgresTool, server_major
from voltyard.storage.database.database import engines, hold_of
from voltyard.storage.database.database_errors import explained
from voltyard.storage.schema import metadata
from voltyard.storage.schema.leases import leases
from voltyard.storage.schema.nodes import charger_owners

WORKFLOWS_SCHEMA: Final = "dbos"
"""The schema in which DBOS keeps its notes."""

_ASIDE: Final = "voltyard_aside"
_WORKFLOWS_ASIDE: Final = "voltyard_aside_workflows"
TABLES: Final = frozenset({*metadata.tables, "alembic_version"})
"""Of a server; also those that only an earlier revision had."""

_OF_PROCESSES: Final = (leases.name, charger_owners.name)
"""Tables whose rows mean nothing where they are restored: those who hold the database now, and the
chargers that are nodes' now."""

_HABITS: Final = ("--no-owner", "--no-privileges")
"""Options by which the restored tables are their restorer's."""


def dump(pinned: Connection, url: URL, database: Path, workflows: Path) -> BackupSource:
    """Dump what the connection sees; `workflows` only where there are any."""
    major = server_major(pinned)
    tool = PostgresTool("pg_dump", major)
    tool.check(major, "the server is")
    moment = pinned.scalar(text("SELECT pg_export_snapshot()"))
    schema = _schema(pinned)
    tables = [f'--table="{schema}"."{name}"' for name in _tables(pinned, schema)]
    format_ = ("--format=custom", f"--snapshot={moment}", *_HABITS)
    left_out = [f'--exclude-table-data="{schema}"."{name}"' for name in _OF_PROCESSES]
    tool.run(url, [*format_, *tables, *left_out, f"--file={database}"])
    if _has_schema(pinned, WORKFLOWS_SCHEMA):
        tool.run(url, [*format_, f"--schema={WORKFLOWS_SCHEMA}", f"--file={workflows}"])
    return BackupSource(kind="postgresql", major=major, tool_major=tool.major, schema_name=schema)


class RestoreTarget:
    """A database that is held while a backup takes its place."""

    def __init__(self, connection: Connection, url: URL, source: BackupSource) -> None:
        """`source`: what the backup was made of. Unavailable where pg_restore is not there or too
        old, Invalid where the backup cannot come here."""
        self._connection = connection
        self._url = url
        self._tool = PostgresTool("pg_restore", source.tool_major)
        self._tool.check(source.tool_major, "the backup was made with that")
        self._schema = _schema(connection)
        connection.rollback()  # no lock may be in the way of pg_restore
        self.is_as_before = False
        """Nothing has been changed, or it has been put back."""
        if self._schema != source.schema_name:
            raise Invalid(
                f"the backup is of the schema {source.schema_name}, and the database's is "
                f"{self._schema}",
                hint="name that schema as the search_path in VOLTYARD_DATABASE_URL",
            )

    def check_empty(self) -> None:
        """Conflict where there is something of a server's."""
        with self._connection.begin():
            has_notes = _has_schema(self._connection, WORKFLOWS_SCHEMA)
            tables = _tables(self._connection, self._schema)
        if tables or has_notes:
            raise Conflict(
                f"the database {self._url.database} is not empty",
                hint="name another, or say --force to replace what is in it",
            )

    def replace(self, database: Path, workflows: Path | None) -> None:
        """Restore in place of what there is, which is put back where that fails."""
        self.is_as_before = True
        with self._connection.begin():
            self._put_aside()
        self.is_as_before = False
        try:
            self._tool.run(self._url, self._arguments(database))
            if workflows is not None:
                self._tool.run(self._url, self._arguments(workflows))
        except BaseException:
            with self._connection.begin():
                self._put_back()
            self.is_as_before = True
            raise
        with self._connection.begin():
            self._drop(_ASIDE, _WORKFLOWS_ASIDE)

    def forget_files(self, file_ids: tuple[str, ...]) -> None:
        """Files without content lose their rows."""
        with self._connection.begin():
            for file_id in file_ids:
                self._connection.execute(
                    text(f'DELETE FROM "{self._schema}".files WHERE id = :id'), {"id": file_id}
                )

    def _arguments(self, archive: Path) -> list[str]:
        return ["--single-transaction", "--exit-on-error", *_HABITS, str(archive)]

    def _put_aside(self) -> None:
        if _has_schema(self._connection, _ASIDE):
            self._drop_ours()  # of a restore that was killed; what there was before it is aside
            return
        self._run(f"CREATE SCHEMA {_ASIDE}")
        for table in _tables(self._connection, self._schema):
            self._run(f'ALTER TABLE "{self._schema}"."{table}" SET SCHEMA {_ASIDE}')
        if _has_schema(self._connection, WORKFLOWS_SCHEMA):
            self._run(f"ALTER SCHEMA {WORKFLOWS_SCHEMA} RENAME TO {_WORKFLOWS_ASIDE}")

    def _put_back(self) -> None:
        self._drop_ours()
        for table in inspect(self._connection).get_table_names(_ASIDE):
            self._run(f'ALTER TABLE {_ASIDE}."{table}" SET SCHEMA "{self._schema}"')
        if _has_schema(self._connection, _WORKFLOWS_ASIDE):
            self._run(f"ALTER SCHEMA {_WORKFLOWS_ASIDE} RENAME TO {WORKFLOWS_SCHEMA}")
        self._drop(_ASIDE)

    def _drop_ours(self) -> None:
        for table in _tables(self._connection, self._schema):
            self._run(f'DROP TABLE "{self._schema}"."{table}" CASCADE')
        self._drop(WORKFLOWS_SCHEMA)

    def _drop(self, *schemas: str) -> None:
        for schema in schemas:
            self._run(f"DROP SCHEMA IF EXISTS {schema} CASCADE")

    def _run(self, statement: str) -> None:
        self._connection.execute(text(statement))


@contextmanager
def held_database(url: URL) -> Iterator[Connection]:
    """A connection that holds the database, so that no server uses it. Unavailable where one
    does."""
    writing, reading = engines(url, hold_of(url, has_lease=False))
    try:
        with writing.connect() as connection:
            yield connection
    except Exception as error:
        raise explained(error) from error.__cause__
    finally:
        reading.dispose()
        writing.dispose()


def tables_of(connection: Connection) -> list[str]:
    """Tables of a server and of its workflows that there are, as they are written in SQL."""
    schema = _schema(connection)
    own = [f'"{schema}"."{name}"' for name in _tables(connection, schema)]
    notes = inspect(connection).get_table_names(WORKFLOWS_SCHEMA)
    return [*own, *(f'"{WORKFLOWS_SCHEMA}"."{name}"' for name in notes)]


def _tables(connection: Connection, schema: str) -> list[str]:
    present = inspect(connection).get_table_names(schema)
    return [name for name in present if name in TABLES]


def _has_schema(connection: Connection, name: str) -> bool:
    return inspect(connection).has_schema(name)


def _schema(connection: Connection) -> str:
    found = connection.scalar(text("SELECT current_schema()"))
    if found is None:
        raise Unavailable(
            "the database has no schema to keep tables in",
            hint="create the one that the search_path names",
        )
    return str(found)
