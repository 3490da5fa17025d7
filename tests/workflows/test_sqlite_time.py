"""Times of DBOS on an SQLite that is too old for them."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from voltyard.workflows.sqlite_time import provide_unixepoch

OLD = (3, 40, 1)
AS_DBOS_HAS_IT = """
CREATE TABLE notes (name TEXT, created_at INTEGER NOT NULL DEFAULT (unixepoch('subsec') * 1000))
"""
NOW_MS = "CAST(strftime('%s', 'now') AS INTEGER) * 1000"


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(tmp_path / "notes.db")) as connection:
        provide_unixepoch(connection, OLD)
        yield connection


def test_a_column_whose_default_is_the_time_is_written_on_an_old_sqlite(
    connection: sqlite3.Connection,
) -> None:
    connection.execute(AS_DBOS_HAS_IT)

    connection.execute("INSERT INTO notes (name) VALUES ('a')")

    [(elapsed_ms,)] = connection.execute(f"SELECT created_at - {NOW_MS} FROM notes")
    assert abs(elapsed_ms) < 60_000


def test_the_time_has_milliseconds(connection: sqlite3.Connection) -> None:
    moments = {
        connection.execute("SELECT unixepoch('subsec')").fetchone()[0] for _ in range(20_000)
    }

    assert any(moment % 1 for moment in moments)
    assert all(moment == round(moment, 3) for moment in moments)


def test_another_modifier_fails_rather_than_be_taken_for_now(
    connection: sqlite3.Connection,
) -> None:
    with pytest.raises(sqlite3.OperationalError):
        connection.execute("SELECT unixepoch('start of month')").fetchone()


@pytest.mark.skipif(sqlite3.sqlite_version_info < (3, 38), reason="it has no unixepoch at all")
def test_a_newer_sqlite_keeps_its_own(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "notes.db")) as connection:
        before = connection.execute("SELECT unixepoch('2026-01-05')").fetchone()

        provide_unixepoch(connection, (3, 42, 0))

        assert connection.execute("SELECT unixepoch('2026-01-05')").fetchone() == before
