"""Backups of a PostgreSQL database, by its own tools."""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Iterator
from functools import partial
from pathlib import Path

import msgspec
import psycopg
import pytest
from sqlalchemy import text

from tests.storage import bench as rows
from voltyard.events.event_records import EventStaged
from voltyard.kernel.errors import Conflict, Invalid, Unavailable
from voltyard.storage.backups.checking import check, check_backup
from voltyard.storage.backups.making import make
from voltyard.storage.backups.restoring import restore
from voltyard.storage.backups.server_data import ServerData
from voltyard.storage.csms.backend_records import csms_journal, load_contents
from voltyard.storage.csms.files import Files
from voltyard.storage.data_directory import RESTORING_FILE
from voltyard.storage.database.database import Database
from voltyard.storage.nodes.number_blocks import take_block
from voltyard.storage.nodes.owners import StoredOwners
from voltyard.storage.nodes.staged_events import StoredStagedEvents

pytestmark = pytest.mark.service

NOTES = """
CREATE SCHEMA dbos;
CREATE TABLE dbos.notes (number BIGSERIAL PRIMARY KEY, step TEXT);
INSERT INTO dbos.notes (step) VALUES ('prepare');
CREATE FUNCTION dbos.noted() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE TRIGGER noted AFTER INSERT ON dbos.notes EXECUTE FUNCTION dbos.noted();
"""


@pytest.fixture
def place(postgres_url: str, tmp_path: Path) -> ServerData:
    """A migrated database, and notes of workflows."""
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(NOTES)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "token").write_text("the token\n")
    return ServerData.of(tmp_path / "data", postgres_url)


@pytest.fixture
def target(empty_postgres: str, tmp_path: Path) -> ServerData:
    return ServerData.of(tmp_path / "restored", empty_postgres)


@pytest.fixture
async def database(place: ServerData) -> AsyncIterator[Database]:
    opened = await Database.open(_text(place), alone=True)
    yield opened
    await opened.close()


def _text(place: ServerData) -> str:
    return place.url.render_as_string(hide_password=False)


def ask(place: ServerData, query: str) -> list[tuple[object, ...]]:
    url = place.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(query)  # type: ignore[call-overload]
        return list(cursor.fetchall()) if cursor.description else []


async def transactions(place: ServerData) -> set[int | None]:
    opened = await Database.open(_text(place))
    contents = await opened.read(load_contents)
    await opened.close()
    return {row.number for row in contents.transactions}


async def bytes_of(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


async def test_what_was_committed_before_a_backup_began_is_restored_from_it(
    place: ServerData, target: ServerData, database: Database, tmp_path: Path
) -> None:
    committed: set[int] = set()
    enough = asyncio.Event()
    journal = csms_journal(database)

    def tell(number: int) -> None:
        committed.add(number)
        if number == 300:
            enough.set()

    async def write() -> None:
        for number in range(1, 100_000):
            journal.write((rows.message(number),))
            journal.write((rows.transaction(number),), partial(tell, number))
            if number % 20 == 0:
                await asyncio.sleep(0.001)

    writing = asyncio.create_task(write())
    async with asyncio.timeout(50):
        await enough.wait()
    before = set(committed)
    await asyncio.to_thread(make, place, tmp_path / "backup", time.time)
    writing.cancel()
    await asyncio.to_thread(restore, tmp_path / "backup", target)

    restored = await transactions(target)
    assert before <= restored
    assert restored == set(range(1, len(restored) + 1)), "it is not of one moment"


async def test_all_that_a_server_keeps_comes_back_and_goes_on(
    place: ServerData, target: ServerData, database: Database, tmp_path: Path
) -> None:
    files = Files(database, place.data, "http://localhost", time.time)
    files.load()
    firmware = await files.put("org_default", "image.bin", bytes_of(b"one", b"two"))
    journal = csms_journal(database)
    journal.write((rows.message(1), rows.message(2)))
    await database.flush()

    made = await asyncio.to_thread(make, place, tmp_path / "backup", time.time)
    await asyncio.to_thread(restore, tmp_path / "backup", target)

    assert {part.path for part in made.parts} == {
        "database.dump",
        "workflows.dump",
        "token",
        f"files/{firmware.id}",
    }
    assert (target.data / "token").read_text() == "the token\n"
    assert (target.files / firmware.id).read_bytes() == b"onetwo"
    assert ask(target, "SELECT step FROM dbos.notes") == [("prepare",)]
    ask(target, "INSERT INTO dbos.notes (step) VALUES ('start')")
    assert list(check_backup(tmp_path / "backup")) == []
    assert [finding.what for finding in check(target)] == []
    opened = await Database.open(_text(target), alone=True)
    csms_journal(opened).write((rows.message(3),))
    await opened.flush()
    assert await opened.read(lambda c: c.scalar(text("SELECT max(number) FROM messages"))) == 3
    await opened.close()


async def test_a_restored_database_has_no_nodes_and_the_events_that_they_had_written(
    place: ServerData, target: ServerData, database: Database, tmp_path: Path
) -> None:
    journal = csms_journal(database)
    staged = EventStaged(
        node="n1",
        id="stg_1",
        organization_id=rows.ORGANIZATION,
        charger_id="chg_1",
        charge_box_id="CP-1",
        at=rows.NOW,
        event="charger.booted",
        data="{}",
    )
    journal.write((rows.charger(1), rows.transaction(1), staged))
    await take_block(database, "transactions", 100, 0)
    node = await Database.open(_text(place), node="n1")
    await StoredOwners(database).hand_over("chg_1", rows.ORGANIZATION, "CP-1", "n1")

    await asyncio.to_thread(make, place, tmp_path / "backup", time.time)
    await asyncio.to_thread(restore, tmp_path / "backup", target)
    await node.close()

    assert await transactions(place) == set()
    opened = await Database.open(_text(target), alone=True)
    contents = await opened.read(load_contents)
    assert [row.id for row in contents.chargers] == ["chg_1"]
    assert [row.number for row in contents.transactions] == [1]
    assert await StoredOwners(opened).elsewhere() == []
    leased = await opened.read(lambda c: list(c.scalars(text("SELECT name FROM leases"))))
    assert leased == ["server"]
    assert await take_block(opened, "transactions", 100, 0) == range(101, 201)
    later = msgspec.structs.replace(staged, id="stg_2")
    csms_journal(opened).write((later,))
    await opened.flush()
    assert await StoredStagedEvents(opened).first(9) == [(1, staged), (2, later)]
    await opened.close()


async def test_rows_of_nodes_chargers_are_checked_too(
    place: ServerData, database: Database
) -> None:
    csms_journal(database).write((rows.charger(1), rows.transaction(1)))
    await database.flush()
    await StoredOwners(database).hand_over("chg_1", rows.ORGANIZATION, "CP-1", "n1")
    assert len(list(check(place))) == 1  # of its organization, which is not there

    ask(place, "UPDATE transactions SET anomalies = 'no JSON'")

    found = [finding.what for finding in check(place)]
    assert any("a row cannot be read" in what for what in found)


def test_what_is_not_the_servers_is_left_out_and_left_alone(
    place: ServerData, target: ServerData, tmp_path: Path
) -> None:
    for one in (place, target):
        ask(one, "CREATE TABLE another_program (what TEXT)")
    ask(place, "INSERT INTO another_program VALUES ('of the source')")
    try:
        make(place, tmp_path / "backup", time.time)
        restore(tmp_path / "backup", target)
        restore(tmp_path / "backup", target, force=True)
    finally:
        ask(place, "DROP TABLE another_program")

    assert ask(target, "SELECT * FROM another_program") == []


def test_a_database_that_is_not_empty_is_left_alone_unless_told_otherwise(
    place: ServerData, target: ServerData, tmp_path: Path
) -> None:
    make(place, tmp_path / "backup", time.time)
    ask(place, "INSERT INTO dbos.notes (step) VALUES ('later')")
    elsewhere = ServerData(target.data, place.url)

    with pytest.raises(Conflict, match="is not empty") as refused:
        restore(tmp_path / "backup", elsewhere)
    assert "--force" in refused.value.advice
    assert len(ask(place, "SELECT * FROM dbos.notes")) == 2

    restore(tmp_path / "backup", elsewhere, force=True)
    assert len(ask(place, "SELECT * FROM dbos.notes")) == 1
    assert ask(place, "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'voltyard%'") == []


def test_a_restore_that_fails_puts_back_what_there_was(
    place: ServerData, target: ServerData, tmp_path: Path
) -> None:
    make(place, tmp_path / "backup", time.time)
    restore(tmp_path / "backup", target)
    ask(target, "INSERT INTO dbos.notes (step) VALUES ('later')")
    # What depends on nothing of ours, and is in the way of what is restored.
    ask(target, "CREATE VIEW upload_slots_there AS SELECT 1")
    ask(
        target,
        "CREATE FUNCTION in_the_way() RETURNS event_trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'no more tables'; END $$",
    )
    ask(
        target,
        "CREATE EVENT TRIGGER in_the_way ON ddl_command_end WHEN TAG IN ('CREATE INDEX')"
        " EXECUTE FUNCTION in_the_way()",
    )

    with pytest.raises(Unavailable, match=r"pg_restore failed: .*no more tables"):
        restore(tmp_path / "backup", target, force=True)

    assert len(ask(target, "SELECT * FROM dbos.notes")) == 2
    assert ask(target, "SELECT version_num FROM alembic_version")
    assert not (target.data / RESTORING_FILE).exists()
    assert (target.data / "token").exists()


async def test_a_database_in_use_is_left_alone_even_when_forced(
    place: ServerData, target: ServerData, database: Database, tmp_path: Path
) -> None:
    await asyncio.to_thread(make, place, tmp_path / "backup", time.time)

    with pytest.raises(Unavailable, match="another server uses the database"):
        await asyncio.to_thread(
            restore, tmp_path / "backup", ServerData(target.data, place.url), force=True
        )


@pytest.fixture
def path(tmp_path: Path) -> Iterator[Path]:
    """The only directory on PATH."""
    programs = tmp_path / "programs"
    programs.mkdir()
    former = os.environ["PATH"]
    os.environ["PATH"] = str(programs)
    yield programs
    os.environ["PATH"] = former


def old(programs: Path, name: str) -> None:
    (programs / name).write_text(f"#!/bin/sh\necho '{name} (PostgreSQL) 9.6.24'\n")
    (programs / name).chmod(0o755)


def test_without_pg_dump_it_is_said_what_to_install(
    place: ServerData, tmp_path: Path, path: Path
) -> None:
    with pytest.raises(Unavailable, match="pg_dump is not on PATH") as refused:
        make(place, tmp_path / "backup", time.time)
    assert "postgresql-client" in refused.value.advice
    assert not (tmp_path / "backup").exists()


def test_a_pg_dump_older_than_the_server_is_refused(
    place: ServerData, tmp_path: Path, path: Path
) -> None:
    old(path, "pg_dump")

    with pytest.raises(Unavailable, match=r"pg_dump on PATH is of PostgreSQL 9, the server is of"):
        make(place, tmp_path / "backup", time.time)


def test_a_pg_restore_older_than_the_backup_is_refused(
    place: ServerData, target: ServerData, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    make(place, tmp_path / "backup", time.time)
    programs = request.getfixturevalue("path")

    with pytest.raises(Unavailable, match="pg_restore is not on PATH"):
        restore(tmp_path / "backup", target)
    old(programs, "pg_restore")
    with pytest.raises(Unavailable, match="pg_restore on PATH is of PostgreSQL 9, the backup"):
        restore(tmp_path / "backup", target)
    assert not target.data.exists()


def test_a_backup_of_another_kind_or_schema_is_refused(
    place: ServerData, target: ServerData, tmp_path: Path
) -> None:
    make(place, tmp_path / "backup", time.time)

    with pytest.raises(Invalid, match="is of PostgreSQL, and the place to restore to of SQLite"):
        restore(tmp_path / "backup", ServerData.of(target.data, None))
    ask(target, "CREATE SCHEMA other")
    url = target.url.update_query_dict({"options": "-csearch_path=other"})
    with pytest.raises(Invalid, match="schema public, and the database's is other"):
        restore(tmp_path / "backup", ServerData(target.data, url))


def test_rows_that_cannot_be_are_told(place: ServerData) -> None:
    ask(
        place,
        "INSERT INTO transactions (id, organization_id, charger_id, charge_box_id, version,"
        " status, remote_started, created_at, updated_at) VALUES ('txn_1', 'org_default',"
        " 'chg_none', 'CP', '1.6', 'completed', false, 1, 1)",
    )

    found = [finding.what for finding in check(place)]

    assert any("belong to a charger that is not there: txn_1" in what for what in found)
    assert any("lack the moment of their end: txn_1" in what for what in found)


def test_a_database_that_cannot_be_reached_is_said_to_be_so(tmp_path: Path) -> None:
    nowhere = ServerData.of(tmp_path, "postgresql://postgres@127.0.0.1:1/none")

    with pytest.raises(Unavailable, match="cannot open the PostgreSQL database"):
        make(nowhere, tmp_path / "backup", time.time)
    with pytest.raises(Unavailable, match="cannot open the PostgreSQL database"):
        list(check(nowhere))
