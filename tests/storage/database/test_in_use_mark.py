"""An SQLite file that was copied without its log is known; one at its place never taken for one."""

import asyncio
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from voltyard.kernel.errors import Unavailable
from voltyard.storage.database.database import FILE_NAME, Database
from voltyard.storage.database.in_use_mark import CopiedWithoutLog, accept, check, in_use

# Stores a number at a time, as a server would, until it is killed.
WRITING = """
import sqlite3, sys
from pathlib import Path
from voltyard.storage.database.in_use_mark import in_use

with in_use(Path(sys.argv[1])):
    connection = sqlite3.connect(sys.argv[1], isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("CREATE TABLE IF NOT EXISTS kept (number INTEGER)")
    for number in range(1, 10_000):
        connection.execute("INSERT INTO kept VALUES (?)", (number,))
        print(number, flush=True)
        sys.stdin.readline()
"""


class Using:
    """A process that uses a file. A context manager that kills it."""

    def __init__(self, database: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", f"import sys; sys.path[:0] = {sys.path!r}\n{WRITING}", database],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.store_another()

    def store_another(self) -> None:
        assert self._process.stdin is not None and self._process.stdout is not None
        assert self._process.stdout.readline().strip().isdigit()
        self._process.stdin.write("\n")
        self._process.stdin.flush()

    def kill(self) -> None:
        self._process.kill()
        self._process.communicate()

    def __enter__(self) -> "Using":
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()


def count(database: Path) -> int:
    with closing(sqlite3.connect(database)) as connection:
        (found,) = connection.execute("SELECT count(*) FROM kept").fetchone()
        return int(found)


def copied(database: Path, *names: str) -> Path:
    """A copy elsewhere, of the file and what is named beside it."""
    target = database.parent / "elsewhere" / database.name
    target.parent.mkdir(exist_ok=True)
    for name in ("", *names):
        shutil.copy(f"{database}{name}", f"{target}{name}")
    return target


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "one.db"


def test_a_copy_of_a_file_in_use_is_refused_and_left_as_it_is(database: Path) -> None:
    with Using(database):
        copy = copied(database)
    before = copy.read_bytes()

    with pytest.raises(CopiedWithoutLog, match="without its log") as refused, in_use(copy):
        pass

    assert "-wal" in refused.value.advice and "--accept" in refused.value.advice
    assert copy.read_bytes() == before
    assert [path.name for path in copy.parent.iterdir()] == [copy.name]


def test_a_copy_put_back_to_its_place_after_a_good_stop_is_refused(database: Path) -> None:
    with in_use(database):
        copy = copied(database)
    shutil.copy(copy, database)

    with pytest.raises(CopiedWithoutLog), in_use(database):
        pass


def test_a_copy_put_beside_the_log_of_another_time_is_refused(database: Path) -> None:
    with in_use(database):
        copy = copied(database)
    with Using(database):
        pass
    log = Path(f"{database}-wal").read_bytes()
    shutil.copy(copy, database)

    with pytest.raises(CopiedWithoutLog), in_use(database):
        pass
    assert Path(f"{database}-wal").read_bytes() == log


def test_after_a_kill_the_file_is_taken_up_with_its_log(database: Path) -> None:
    for number in range(1, 4):
        with Using(database):
            pass
        with in_use(database):
            assert count(database) >= number


def test_after_a_kill_the_file_may_be_looked_at_with_other_programs(database: Path) -> None:
    with Using(database):
        pass
    assert count(database)
    assert not Path(f"{database}-wal").exists()

    with in_use(database):
        pass


def test_after_a_kill_the_file_and_its_log_may_move(database: Path) -> None:
    with Using(database):
        pass
    copy = copied(database, "-wal")

    with in_use(copy):
        assert count(copy)


def test_a_directory_copied_whole_after_a_kill_is_taken_up(database: Path) -> None:
    with Using(database):
        pass
    copy = copied(database, "-wal", ".in-use")

    with in_use(copy):
        assert count(copy)


def test_a_file_and_a_log_that_do_not_fit_together_are_refused(database: Path) -> None:
    with Using(database):
        copy = copied(database, "-wal")
        damaged = bytearray(copy.read_bytes())
    with closing(sqlite3.connect(copy)) as connection:  # its log goes into it
        assert connection.execute("SELECT count(*) FROM kept").fetchone()
        connection.execute("PRAGMA user_version")
    damaged = bytearray(copy.read_bytes())
    damaged[4096:8192] = b"\x07" * 4096
    copy.write_bytes(damaged)
    Path(f"{copy}-wal").write_bytes(b"\0" * 32)

    with pytest.raises(Unavailable, match="do not fit together"), in_use(copy):
        pass


def test_a_copy_is_good_after_a_good_stop(database: Path) -> None:
    with in_use(database):
        pass
    assert [path.name for path in database.parent.iterdir()] == [database.name]
    copy = copied(database)

    with in_use(copy):
        pass


def test_a_log_without_its_file_is_refused(database: Path) -> None:
    with Using(database):
        pass
    database.unlink()

    with pytest.raises(Unavailable, match="is gone, and its log"), in_use(database):
        pass


def test_an_empty_file_of_a_server_that_had_no_mark_yet_is_refused(database: Path) -> None:
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE kept (number INTEGER)")
        copy = copied(database)

    with pytest.raises(CopiedWithoutLog, match="is empty, and its log"), in_use(copy):
        pass


def test_a_file_of_before_there_were_marks_is_no_error(sqlite_directory: Path) -> None:
    with in_use(sqlite_directory / FILE_NAME):
        asyncio.run(opened_and_closed(sqlite_directory))


async def opened_and_closed(directory: Path) -> None:
    await (await Database.open(directory, alone=True)).close()


def test_what_is_accepted_is_no_error_from_then_on(database: Path) -> None:
    with in_use(database):
        copy = copied(database)
    accept(copy)

    with in_use(copy):
        pass


def test_a_log_that_is_not_the_files_is_put_aside_where_it_is_accepted(database: Path) -> None:
    with in_use(database):
        copy = copied(database)
    with Using(database):
        pass
    shutil.copy(copy, database)

    accept(database)

    with in_use(database), closing(sqlite3.connect(database)) as connection:
        assert connection.execute("SELECT * FROM sqlite_master").fetchall() == []
    assert Path(f"{database}-wal.aside").exists()


def test_a_reader_in_the_way_of_the_mark_is_no_cause_for_alarm(database: Path) -> None:
    with Using(database):
        pass
    reading = sqlite3.connect(database, isolation_level=None)
    reading.execute("BEGIN")
    reading.execute("SELECT * FROM kept").fetchall()

    with Using(database):
        check(database)
    check(database)
    with in_use(database):
        check(database)
    reading.close()
    check(database)
    with in_use(database):
        assert count(database) >= 2
