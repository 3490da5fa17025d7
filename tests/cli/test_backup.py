"""`voltyard backup`, `restore` and `check`: what they print, and their exit codes."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from voltyard.cli.main import app
from voltyard.cli.options.data import size
from voltyard.kernel.errors import Conflict, Unavailable
from voltyard.storage.data_directory import held_directory
from voltyard.storage.database.database import FILE_NAME
from voltyard.storage.database.in_use_mark import in_use

pytestmark = pytest.mark.usefixtures("as_before")


@pytest.fixture
def data(sqlite_directory: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A migrated data directory, which the environment names."""
    for name in os.environ:
        if name.startswith("VOLTYARD_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("VOLTYARD_DATA", str(sqlite_directory))
    return sqlite_directory


def typed(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_a_backup_is_made_checked_and_restored(data: Path, tmp_path: Path) -> None:
    made = typed("backup", tmp_path / "monday")
    assert made.exit_code == 0
    assert made.stdout.splitlines()[0] == f"backup    {tmp_path / 'monday'}"

    assert typed("check").exit_code == 0
    assert typed("check", tmp_path / "monday").stdout == f"{tmp_path / 'monday'}: all is whole\n"

    restored = typed("restore", tmp_path / "monday", "--data", tmp_path / "restored")
    assert restored.exit_code == 0
    assert typed("check", "--data", tmp_path / "restored").exit_code == 0


def test_a_backup_without_a_name_is_called_by_the_time(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    assert typed("backup").exit_code == 0
    (made,) = tmp_path.glob("voltyard-backup-*Z")
    assert (made / "manifest.json").exists()


def test_what_is_wrong_is_printed_with_what_to_do_and_ends_with_1(data: Path) -> None:
    with closing(sqlite3.connect(data / FILE_NAME)) as breaking, breaking:
        breaking.execute(
            "INSERT INTO files (id, organization_id, kind, name, size, sha256, created_at)"
            " VALUES ('file_1', 'org_default', 'firmware', 'one.bin', 1, '', 1)"
        )

    checked = typed("check")
    assert checked.exit_code == 1
    assert checked.stdout.splitlines() == [
        "the file file_1 (one.bin) is missing",
        "  delete it, and upload it anew: DELETE /api/v1/files/file_1",
    ]
    made = typed("backup", data / "backup")
    assert made.exit_code == 1
    assert "damaged   the file file_1 (one.bin) is missing" in made.stderr


def test_a_copy_without_its_log_is_accepted_only_while_no_server_runs(
    data: Path, tmp_path: Path
) -> None:
    copied = tmp_path / "copied"
    copied.mkdir()
    with in_use(data / FILE_NAME):
        (copied / FILE_NAME).write_bytes((data / FILE_NAME).read_bytes())
    assert "without its log" in typed("check", "--data", copied).stdout

    with held_directory(copied):
        refused = typed("check", "--data", copied, "--accept")
    assert isinstance(refused.exception, Unavailable)
    assert typed("check", "--data", copied, "--accept").exit_code == 0
    assert typed("check", "--data", copied).exit_code == 0


def test_a_restore_over_something_is_refused(data: Path, tmp_path: Path) -> None:
    typed("backup", tmp_path / "monday")

    assert isinstance(typed("restore", tmp_path / "monday").exception, Conflict)
    assert typed("restore", tmp_path / "monday", "--force").exit_code == 0


def test_a_backup_that_is_told_to_end_leaves_nothing(data: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(data / FILE_NAME)) as filling, filling:
        filling.execute("CREATE TABLE filling AS SELECT zeroblob(60000000) AS what")
    backups = tmp_path / "backups"
    backups.mkdir()
    making = subprocess.Popen([sys.executable, "-m", "voltyard", "backup", str(backups / "one")])
    while not any(path.stat().st_size for path in backups.glob(".one.*/*")):
        assert making.poll() is None
        time.sleep(0.001)

    making.terminate()

    assert making.wait() == 128 + signal.SIGTERM
    assert list(backups.iterdir()) == []


@pytest.mark.parametrize(
    ("count", "shown"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1_500, "1.5 kB"),
        (2_000_000, "2.0 MB"),
        (10**16, "10000.0 TB"),
    ],
)
def test_sizes_are_for_people(count: int, shown: str) -> None:
    assert size(count) == shown
