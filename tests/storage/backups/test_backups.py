"""Backups of a data directory: whole, of one moment, and restored as they were."""

import asyncio
import json
import os
import resource
import signal
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import text

from tests.storage import bench as rows
from voltyard.kernel.errors import Conflict, Invalid, NotFound, Unavailable, VoltyardError
from voltyard.storage import migrations
from voltyard.storage.backups.checking import check, check_backup
from voltyard.storage.backups.making import make
from voltyard.storage.backups.restoring import restore
from voltyard.storage.backups.server_data import ServerData
from voltyard.storage.csms.backend_records import csms_journal, load_contents
from voltyard.storage.csms.files import Files
from voltyard.storage.data_directory import RESTORING_FILE, held_directory
from voltyard.storage.database.database import Database, engines
from voltyard.storage.database.in_use_mark import in_use
from voltyard.storage.migrations import UnknownSchema


@pytest.fixture
def place(sqlite_directory: Path) -> ServerData:
    """A migrated data directory, and the notes of workflows beside it."""
    with closing(sqlite3.connect(sqlite_directory / "voltyard-workflows.db")) as notes, notes:
        notes.execute("CREATE TABLE notes (step TEXT)")
        notes.execute("INSERT INTO notes VALUES ('prepare')")
    for name in ("token", "control-token"):
        (sqlite_directory / name).write_text(f"the {name}\n")
    return ServerData.of(sqlite_directory, None)


@pytest.fixture
def target(tmp_path: Path) -> ServerData:
    """A place without anything."""
    return ServerData.of(tmp_path / "restored", None)


@pytest.fixture
async def database(place: ServerData) -> AsyncIterator[Database]:
    """Of the place, as a server has it."""
    with in_use(place.database):
        opened = await Database.open(place.data, alone=True)
        yield opened
        await opened.close()


@pytest.fixture
def backup(place: ServerData, tmp_path: Path) -> Path:
    make(place, tmp_path / "backup", time.time)
    return tmp_path / "backup"


async def bytes_of(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


async def uploads(database: Database, place: ServerData) -> Files:
    files = Files(database, place.data, "http://localhost", time.time)
    files.load()
    return files


async def transactions(place: ServerData) -> set[int | None]:
    opened = await Database.open(place.data)
    contents = await opened.read(load_contents)
    await opened.close()
    return {row.number for row in contents.transactions}


def tree(directory: Path) -> dict[str, bytes]:
    """Every file but the locks, which mean nothing by being there."""
    return {
        path.relative_to(directory).as_posix(): path.read_bytes()
        for path in directory.rglob("*")
        if path.is_file() and not path.name.endswith("lock")
    }


async def test_what_was_committed_before_a_backup_began_is_restored_from_it(
    place: ServerData, target: ServerData, database: Database, tmp_path: Path
) -> None:
    committed: set[int] = set()
    journal = csms_journal(database)

    reached = [asyncio.Event() for _ in range(3)]

    def tell(number: int) -> None:
        committed.add(number)
        if number % 200 == 0 and number <= 600:
            reached[number // 200 - 1].set()

    async def write() -> None:
        for number in range(1, 100_000):
            journal.write((rows.message(number),))
            row = rows.transaction(number)
            journal.write((row,), partial(tell, number))
            if number % 20 == 0:
                await asyncio.sleep(0.001)

    writing = asyncio.create_task(write())
    found: list[tuple[set[int], set[int | None]]] = []
    for attempt in range(3):
        async with asyncio.timeout(50):
            await reached[attempt].wait()
        before = set(committed)
        to = tmp_path / f"backup-{attempt}"
        await asyncio.to_thread(make, place, to, time.time)
        await asyncio.to_thread(restore, to, target, force=attempt > 0)
        found.append((before, await transactions(target)))
    writing.cancel()

    for before, restored in found:
        assert before <= restored
        assert restored == set(range(1, len(restored) + 1)), "it is not of one moment"


async def test_all_that_a_server_keeps_comes_back(
    place: ServerData, target: ServerData, database: Database, tmp_path: Path
) -> None:
    files = await uploads(database, place)
    firmware = await files.put("org_default", "image.bin", bytes_of(b"one", b"two"))

    await asyncio.to_thread(make, place, tmp_path / "backup", time.time)
    await asyncio.to_thread(restore, tmp_path / "backup", target)

    assert (target.data / "token").read_text() == "the token\n"
    assert (target.data / "control-token").read_text() == "the control-token\n"
    assert (target.files / firmware.id).read_bytes() == b"onetwo"
    with closing(sqlite3.connect(target.workflows)) as notes:
        assert notes.execute("SELECT step FROM notes").fetchall() == [("prepare",)]
    assert list(check(target)) == []
    with in_use(target.database):  # no server used it
        opened = await Database.open(target.data, alone=True)
        assert await opened.read(lambda c: c.scalar(text("SELECT count(*) FROM files"))) == 1
        await opened.close()


def test_only_its_owner_can_read_a_backup_and_what_is_restored(
    backup: Path, target: ServerData
) -> None:
    former = os.umask(0o077)  # as the commands do
    try:
        restore(backup, target)
    finally:
        os.umask(former)

    assert stat.S_IMODE(backup.stat().st_mode) == 0o700
    for path in (target.database, target.workflows, target.data / "token"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


class DeletingPlace(ServerData):
    """A place where a file is deleted once its row has been copied."""

    @property
    def files(self) -> Path:
        directory = self.data / "files"
        with closing(sqlite3.connect(self.database)) as connection, connection:
            query = "DELETE FROM files WHERE name = 'deleted.bin' RETURNING id"
            for (file_id,) in connection.execute(query).fetchall():
                (directory / file_id).unlink()
        return directory


async def test_a_file_that_is_deleted_while_it_is_copied_is_in_neither_files_nor_rows(
    place: ServerData, target: ServerData, database: Database, tmp_path: Path
) -> None:
    files = await uploads(database, place)
    kept = await files.put("org_default", "kept.bin", bytes_of(b"kept"))
    deleted = await files.put("org_default", "deleted.bin", bytes_of(b"deleted"))
    meanwhile = DeletingPlace(place.data, place.url)

    made = await asyncio.to_thread(make, meanwhile, tmp_path / "backup", time.time)
    await asyncio.to_thread(restore, tmp_path / "backup", target)

    assert made.deleted == (deleted.id,)
    assert [path.name for path in target.files.iterdir()] == [kept.id]
    assert list(check(target)) == []


async def test_a_file_that_is_missing_is_told_of_and_does_not_keep_the_rest_from_being_backed_up(
    place: ServerData, target: ServerData, database: Database, tmp_path: Path
) -> None:
    files = await uploads(database, place)
    missing = await files.put("org_default", "missing.bin", bytes_of(b"missing"))
    damaged = await files.put("org_default", "damaged.bin", bytes_of(b"damaged"))
    files.path(missing).unlink()
    files.path(damaged).write_bytes(b"DAMAGED")

    made = await asyncio.to_thread(make, place, tmp_path / "backup", time.time)

    assert sorted(made.damaged) == sorted(
        [
            f"the file {damaged.id} (damaged.bin) is not as it was stored",
            f"the file {missing.id} (missing.bin) is missing",
        ]
    )
    told = {finding.what for finding in check(place)}
    assert told == set(made.damaged)
    assert len(list(check_backup(tmp_path / "backup"))) == 2
    await asyncio.to_thread(restore, tmp_path / "backup", target)


def test_a_name_that_is_taken_is_refused(place: ServerData, backup: Path) -> None:
    before = tree(backup)

    with pytest.raises(Conflict, match="exists already"):
        make(place, backup, time.time)
    assert tree(backup) == before


def test_where_there_is_nothing_nothing_is_made(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no database"):
        make(ServerData.of(tmp_path / "nowhere", None), tmp_path / "backup", time.time)
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_database_is_not_backed_up(place: ServerData, tmp_path: Path) -> None:
    damage(place.database)

    with pytest.raises(Unavailable, match="damaged") as refused:
        make(place, tmp_path / "backup", time.time)
    assert "voltyard check" in refused.value.advice
    assert [path.name for path in tmp_path.glob("*backup*")] == []


MAKING = """
import os, resource, signal, sys, time
from pathlib import Path
from voltyard.kernel.errors import VoltyardError
from voltyard.storage.backups.making import make
from voltyard.storage.backups.server_data import ServerData

data, to, most_bytes = sys.argv[1:]
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
if int(most_bytes):
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(most_bytes), int(most_bytes)))
try:
    make(ServerData.of(Path(data), None), Path(to), time.time)
except VoltyardError as error:
    sys.exit(f"{type(error).__name__}: {error}")
"""


def making(place: ServerData, to: Path, most_bytes: int = 0) -> subprocess.Popen[str]:
    code = f"import sys; sys.path[:0] = {sys.path!r}\n{MAKING}"
    return subprocess.Popen(
        [sys.executable, "-c", code, str(place.data), str(to), str(most_bytes)],
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("most_bytes", [50_000, 300_000])
def test_a_disk_without_room_is_said_and_nothing_stays_behind(
    place: ServerData, tmp_path: Path, most_bytes: int
) -> None:
    (tmp_path / "backups").mkdir()

    ended = making(place, tmp_path / "backups" / "one", most_bytes)
    _, said = ended.communicate()

    assert ended.returncode == 1
    assert said.startswith("Unavailable: cannot ") and "room" in said
    assert list((tmp_path / "backups").iterdir()) == []


def test_a_backup_that_is_killed_leaves_none_and_the_next_one_sweeps(
    place: ServerData, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(place.database)) as filling, filling:
        filling.execute("CREATE TABLE filling AS SELECT zeroblob(30000000) AS what")
    backups = tmp_path / "backups"
    backups.mkdir()
    being_made = making(place, backups / "one")
    while not any(path.stat().st_size for path in backups.glob(".one.*/*")):
        assert being_made.poll() is None, "it was done before it could be killed"
        time.sleep(0.001)
    being_made.send_signal(signal.SIGKILL)
    being_made.communicate()
    assert [path.name for path in backups.iterdir()] == [".one.voltyard-part"]

    with closing(sqlite3.connect(place.database)) as filling, filling:
        filling.execute("DROP TABLE filling")
    make(place, backups / "two", time.time)

    assert [path.name for path in backups.iterdir()] == ["two"]


def test_a_place_that_is_not_empty_is_left_alone_unless_told_otherwise(
    backup: Path, place: ServerData
) -> None:
    with closing(sqlite3.connect(place.database)) as changing, changing:
        changing.execute("CREATE TABLE later (what TEXT)")
    (place.data / "token").write_text("another\n")
    Path(f"{place.database}-wal").write_bytes(b"")
    before = tree(place.data)

    with pytest.raises(Conflict, match="is not empty") as refused:
        restore(backup, place)
    assert "--force" in refused.value.advice
    assert tree(place.data) == before

    restore(backup, place, force=True)
    assert (place.data / "token").read_text() == "the token\n"
    assert not Path(f"{place.database}-wal").exists()
    with closing(sqlite3.connect(place.database)) as restored:
        found = restored.execute("SELECT * FROM sqlite_master WHERE name = 'later'")
        assert found.fetchone() is None


def test_a_place_in_use_is_left_alone_even_when_forced(backup: Path, place: ServerData) -> None:
    with held_directory(place.data), pytest.raises(Unavailable, match="another server uses"):
        restore(backup, place, force=True)


@pytest.mark.parametrize("name", ["database.sqlite", "workflows.sqlite", "token"])
@pytest.mark.parametrize("how", ["changed", "cut", "gone"])
def test_a_damaged_backup_is_refused_and_named(
    backup: Path, target: ServerData, name: str, how: str
) -> None:
    content = bytearray((backup / name).read_bytes())
    content[len(content) // 2] ^= 1
    match how:
        case "changed":
            (backup / name).write_bytes(content)
        case "cut":
            (backup / name).write_bytes(content[:-1])
        case _:
            (backup / name).unlink()

    with pytest.raises(Unavailable, match=name):
        restore(backup, target)
    assert not target.data.exists()
    assert any(name in finding.what for finding in check_backup(backup))


def changed(backup: Path, **fields: Any) -> None:
    manifest = json.loads((backup / "manifest.json").read_text())
    (backup / "manifest.json").write_text(json.dumps({**manifest, **fields}))


@pytest.mark.parametrize(
    ("fields", "kind", "words"),
    [
        ({"schema": "9999"}, UnknownSchema, "schema 9999"),
        ({"format": 2, "parts": None}, UnknownSchema, "format 2"),
        ({"parts": "none"}, Invalid, "manifest .* is damaged"),
        (
            {"parts": [{"path": "files/../../token", "size": 1, "sha256": ""}]},
            Invalid,
            "no part of a backup",
        ),
        ({"database": {"kind": "postgresql"}}, Invalid, "is of PostgreSQL"),
    ],
)
def test_a_backup_that_cannot_come_here_is_refused(
    backup: Path, target: ServerData, fields: dict[str, Any], kind: type[VoltyardError], words: str
) -> None:
    changed(backup, **fields)

    with pytest.raises(kind, match=words):
        restore(backup, target)
    assert not target.data.exists()


def test_a_directory_that_is_no_backup_is_refused(place: ServerData, target: ServerData) -> None:
    with pytest.raises(Invalid, match=r"no manifest\.json"):
        restore(place.data, target)


def test_a_restore_that_was_killed_keeps_servers_away_until_it_is_done_again(
    backup: Path, place: ServerData
) -> None:
    (place.data / RESTORING_FILE).touch()

    with pytest.raises(Unavailable, match="begun and not finished"), held_directory(place.data):
        pass
    with pytest.raises(Conflict, match="begun and not finished"):
        restore(backup, place)
    assert "begun and not finished" in next(check(place)).what

    restore(backup, place, force=True)
    with held_directory(place.data):
        assert list(check(place)) == []


def test_a_restore_without_room_changes_nothing(backup: Path, place: ServerData) -> None:
    (place.data / "token").write_text("another\n")
    before = tree(place.data)
    former = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, former[1]))
    try:
        with pytest.raises(Unavailable, match="cannot restore into"):
            restore(backup, place, force=True)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, former)
        signal.signal(signal.SIGXFSZ, ignored)

    assert tree(place.data) == before


def test_a_database_elsewhere_is_restored_there(backup: Path, tmp_path: Path) -> None:
    there = ServerData.of(tmp_path / "data", f"sqlite:///{tmp_path / 'elsewhere' / 'one.db'}")

    restore(backup, there)

    assert {path.name for path in there.database.parent.iterdir()} == {
        "one.db",
        "one-workflows.db",
        "one.db.lock",
    }
    assert (there.data / "token").exists()
    assert list(check(there)) == []


def damage(file: Path) -> None:
    """Pages that no longer say what they said."""
    content = bytearray(file.read_bytes())
    content[len(content) // 2 :] = b"\x07" * (len(content) - len(content) // 2)
    file.write_bytes(content)


def test_a_whole_place_has_nothing_to_be_said_of_it(place: ServerData, backup: Path) -> None:
    assert list(check(place)) == []
    assert list(check_backup(backup)) == []


def test_a_damaged_file_is_told_in_words_with_what_to_do(place: ServerData) -> None:
    damage(place.database)

    found = list(check(place))

    assert found
    assert all(str(place.database) in one.what and "voltyard restore" in one.to_do for one in found)


def test_damaged_notes_are_told_apart_from_a_damaged_database(place: ServerData) -> None:
    place.workflows.write_bytes(b"nothing of the kind" * 1000)

    (found,) = check(place)

    assert str(place.workflows) in found.what
    assert "move it away" in found.to_do


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        (
            "INSERT INTO transactions (id, organization_id, charger_id, charge_box_id, version,"
            " status, remote_started, created_at, updated_at) VALUES ('txn_1', 'org_default',"
            " 'chg_none', 'CP', '1.6', 'pending', 0, 1, 1)",
            "1 transactions belong to a charger that is not there: txn_1",
        ),
        (
            "INSERT INTO id_tags (id, organization_id, id_tag, status, charge_box_ids, source,"
            " created_at, updated_at) VALUES ('tag_1', 'org_default', 'A', 'active', 'no json',"
            " 'api', 1, 1)",
            "a row cannot be read",
        ),
        (
            "INSERT INTO api_keys (id, organization_id, name, hash, prefix, scopes, created_at)"
            " VALUES ('key_1', 'org_none', 'one', 'a', 'b', '[]', 1)",
            "of api_keys belongs to a row of organizations that is not there",
        ),
    ],
)
def test_rows_that_cannot_be_are_told(place: ServerData, broken: str, words: str) -> None:
    with closing(sqlite3.connect(place.database)) as breaking, breaking:
        breaking.execute(broken)

    assert any(words in finding.what for finding in check(place))


def test_a_file_on_the_disk_that_nothing_knows_of_is_told_once_it_is_old(place: ServerData) -> None:
    place.files.mkdir()
    (place.files / "file_arriving").touch()
    (place.files / "file_left").touch()
    os.utime(place.files / "file_left", (0, 0))

    (found,) = check(place)

    assert "file_left" in found.what


async def test_a_backup_of_a_former_schema_is_brought_up_to_date_by_the_server(
    tmp_path: Path, target: ServerData
) -> None:
    former = ServerData.of(tmp_path / "former", None)
    former.data.mkdir()
    writing, _ = engines(former.url)
    with writing.begin() as connection:
        command.upgrade(migrations.configuration(connection), "0002")
    writing.dispose()

    made = make(former, tmp_path / "backup", time.time)
    restore(tmp_path / "backup", target)

    assert made.schema == "0002"
    assert list(check(target)) == []
    opened = await Database.open(target.data)
    assert await opened.read(migrations.revision) == migrations.HEAD
    await opened.close()
