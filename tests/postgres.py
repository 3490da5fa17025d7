"""PostgreSQL databases for tests: made for one test or emptied after each, and dropped at the end.

The server is the one of VOLTYARD_TEST_POSTGRES, else the one on this machine.
"""

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import psycopg
from psycopg import sql

from voltyard.kernel.time import Seconds

VARIABLE: Final = "VOLTYARD_TEST_POSTGRES"
_DEFAULT: Final = "postgresql://postgres@127.0.0.1:5432/postgres"
_PATIENCE_S: Seconds = 60

_EMPTY: Final = """
DO $$ DECLARE one record; BEGIN
    FOR one IN SELECT nspname FROM pg_namespace
        WHERE nspname NOT LIKE 'pg\\_%' AND nspname NOT IN ('information_schema', 'public')
    LOOP EXECUTE format('DROP SCHEMA %I CASCADE', one.nspname); END LOOP;
    FOR one IN SELECT tablename FROM pg_tables
        WHERE schemaname = 'public' AND tablename <> 'alembic_version'
    LOOP EXECUTE format('DELETE FROM public.%I', one.tablename); END LOOP;
    PERFORM setval(format('public.%I', sequencename)::regclass, 1, false)
        FROM pg_sequences WHERE schemaname = 'public';
END $$
"""


def server_url() -> str:
    """A URL to reach the server by, as one who may create databases."""
    return os.environ.get(VARIABLE) or _DEFAULT


def why_missing() -> str:
    """The reason why tests cannot use it, empty where they can."""
    try:
        _administer("SELECT 1")
    except psycopg.Error as error:
        return f"no PostgreSQL for tests, see {VARIABLE}: {error}"
    return ""


@contextmanager
def fresh_database() -> Iterator[str]:
    """A new database without tables; its URL. Gone afterwards, whoever is still connected."""
    name = f"voltyard_test_{uuid.uuid4().hex[:16]}"
    _administer("CREATE DATABASE {} TEMPLATE template0", name)
    try:
        yield _with_name(name)
    finally:
        _administer("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)


@contextmanager
def fresh_role() -> Iterator[str]:
    """A new role without rights; its name. Gone afterwards."""
    name = f"voltyard_test_{uuid.uuid4().hex[:16]}"
    _administer("CREATE ROLE {}", name)
    try:
        yield name
    finally:
        _administer("DROP ROLE {}", name)


def empty(url: str) -> None:
    """Leave a database's migrated tables without rows and cut its connections. Much quicker than
    dropping it, for which the server writes all it has in memory to disk."""
    cut_connections(url)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET synchronous_commit = off")
        connection.execute(_EMPTY)


def cut_connections(url: str) -> int:
    """End every connection to a database, as a restart of the server does; how many there were."""
    ended = _administer(
        f"SELECT pg_terminate_backend(pid, {_PATIENCE_S * 1000:.0f}) FROM pg_stat_activity"
        f" WHERE datname = '{_name(url)}'"
    )
    return len(ended)


@contextmanager
def out_of_reach(url: str) -> Iterator[None]:
    """A database that cuts every connection and takes no new one, as a server that is down."""
    _administer("ALTER DATABASE {} ALLOW_CONNECTIONS false", _name(url))
    cut_connections(url)
    try:
        yield
    finally:
        _administer("ALTER DATABASE {} ALLOW_CONNECTIONS true", _name(url))


def _administer(statement: str, *names: str) -> list[Any]:
    """Run a statement on the server, outside any transaction; the rows it gives."""
    quoted = [sql.Identifier(name) for name in names]
    with psycopg.connect(
        server_url(), autocommit=True, connect_timeout=int(_PATIENCE_S)
    ) as connection:
        cursor = connection.execute(sql.SQL(statement).format(*quoted))
        return cursor.fetchall() if cursor.description else []


def _name(url: str) -> str:
    return str(psycopg.conninfo.conninfo_to_dict(url)["dbname"])


def _with_name(name: str) -> str:
    """The server's URL, for another of its databases."""
    base, _, query = server_url().partition("?")
    scheme, _, rest = base.partition("://")
    where = f"{scheme}://{rest.split('/')[0]}/{name}"
    return f"{where}?{query}" if query else where
