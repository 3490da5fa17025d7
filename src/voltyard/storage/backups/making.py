"""Making a backup of a server's data, while it runs or after it."""

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from sqlalchemy import URL, Connection

from voltyard import __version__
from voltyard.kernel.errors import Conflict, NotFound, Unavailable
from voltyard.kernel.time import Instant
from voltyard.ports.clock import Clock
from voltyard.storage import migrations
from voltyard.storage.backups import manifest as manifests
from voltyard.storage.backups import postgres_dumps, sqlite_copies
from voltyard.storage.backups.files_on_disk import claim, sync, sync_directory
from voltyard.storage.backups.manifest import DATABASE, FILES, WORKFLOWS, BackupSource, Manifest
from voltyard.storage.backups.pinned_database import FileRow, file_rows, pinned
from voltyard.storage.backups.server_data import KEYS, ServerData
from voltyard.storage.database import in_use_mark
from voltyard.storage.migrations import UnknownSchema

_PART: Final = ".voltyard-part"
"""Ending of the name of a backup that is being made."""


def make(place: ServerData, to: Path, clock: Clock) -> Manifest:
    """Make a backup in a directory of that name, which is there once it is whole.

    NotFound where there is nothing to back up, Conflict where the name is taken, Unavailable where
    what there is is damaged or cannot be written; then nothing stays behind.
    """
    to = to.absolute()
    _check_there(place)
    with _being_made(to) as part:
        try:
            made = _fill(part, place, clock)
            manifests.write(part, made)
            sync(part)
        except OSError as error:
            raise Unavailable(
                f"cannot make the backup {to}: {error.strerror} ({error.filename})",
                hint="is its disk full, and may you read the data and write there?",
            ) from error
    return made


def _check_there(place: ServerData) -> None:
    if not place.is_sqlite:
        return
    if not place.database.exists():
        raise NotFound(
            f"there is no database {place.database}",
            hint="--data names the server's data directory, VOLTYARD_DATABASE_URL its database",
        )
    in_use_mark.check(place.database)


def _fill(part: Path, place: ServerData, clock: Clock) -> Manifest:
    with ExitStack() as stack:
        # The notes first: they may be older than the rest, not newer.
        notes = None
        if place.is_sqlite and place.workflows.exists():
            notes = stack.enter_context(pinned(_beside(place.url, place.workflows)))
        began_at = clock()
        database = stack.enter_context(pinned(place.url))
        schema = _schema(database, place)
        rows = file_rows(database)
        source = _copy_databases(part, place, database, notes)
    deleted, damaged = _copy_files(part, place, rows)
    _copy_keys(part, place)
    paths = sorted(path.relative_to(part).as_posix() for path in part.rglob("*") if path.is_file())
    return _manifest(part, paths, schema, source, began_at, clock(), deleted, damaged)


def _manifest(
    part: Path,
    paths: Sequence[str],
    schema: str,
    source: BackupSource,
    began_at: Instant,
    ended_at: Instant,
    deleted: Sequence[str],
    damaged: Sequence[str],
) -> Manifest:
    return Manifest(
        voltyard=__version__,
        began_at=began_at,
        ended_at=ended_at,
        schema=schema,
        database=source,
        parts=tuple(manifests.backup_file(part, path) for path in paths),
        deleted=tuple(deleted),
        damaged=tuple(damaged),
    )


def _schema(database: Connection, place: ServerData) -> str:
    found = migrations.revision(database)
    if found is None:
        raise NotFound(
            f"the database {place.name} has nothing of a server in it",
            hint="--data names the server's data directory, VOLTYARD_DATABASE_URL its database",
        )
    if migrations.is_newer(found):
        raise UnknownSchema(
            f"the database is of schema {found}, and this version knows up to {migrations.HEAD}",
            hint="back it up with the version that runs it",
        )
    return found


def _copy_databases(
    part: Path, place: ServerData, database: Connection, notes: Connection | None
) -> BackupSource:
    if not place.is_sqlite:
        files = (part / f"{DATABASE}.dump", part / f"{WORKFLOWS}.dump")
        return postgres_dumps.dump(database, place.url, *files)
    sqlite_copies.copy(database, part / f"{DATABASE}.sqlite")
    if notes is not None:
        sqlite_copies.copy(notes, part / f"{WORKFLOWS}.sqlite")
    return BackupSource(kind="sqlite")


def _copy_files(
    part: Path, place: ServerData, rows: Sequence[FileRow]
) -> tuple[Sequence[str], Sequence[str]]:
    """Copy the files the database knows of; the ids of those deleted meanwhile, and what is
    damaged."""
    missing, damaged = [], []
    if rows:
        (part / FILES).mkdir(mode=0o700)
    for row in rows:
        copied = part / FILES / row.id
        try:
            shutil.copyfile(place.files / row.id, copied)
        except FileNotFoundError:
            missing.append(row)
            continue
        if manifests.digest(copied) != row.sha256:
            damaged.append(f"the file {row.id} ({row.name}) is not as it was stored")
    # A file is there before its row and gone after it: what has a row still was lost.
    still = {row.id for row in _rows_now(place)} if missing else set()
    damaged += [f"the file {row.id} ({row.name}) is missing" for row in missing if row.id in still]
    return [row.id for row in missing if row.id not in still], damaged


def _rows_now(place: ServerData) -> Sequence[FileRow]:
    with pinned(place.url) as connection:
        return file_rows(connection)


def _copy_keys(part: Path, place: ServerData) -> None:
    for name in KEYS:
        if (place.data / name).exists():
            shutil.copyfile(place.data / name, part / name)


def _beside(url: URL, file: Path) -> URL:
    return url.set(database=str(file))


@contextmanager
def _being_made(to: Path) -> Iterator[Path]:
    """A directory to fill, which takes the name at the end, and goes where that is not reached."""
    part = to.with_name(f".{to.name}{_PART}")
    try:
        to.parent.mkdir(parents=True, exist_ok=True)
        _sweep(to.parent)
        if to.exists():
            raise Conflict(f"{to} exists already", hint="name a directory that is not there yet")
        part.mkdir(mode=0o700)
    except FileExistsError:
        raise Conflict(f"another backup is being made at {to}") from None
    except OSError as error:
        raise Unavailable(
            f"cannot make the backup {to}: {os.strerror(error.errno or 0)}",
            hint="name a directory that can be made",
        ) from error
    claimed = claim(part)
    try:
        yield part
        part.rename(to)
        sync_directory(to.parent)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    finally:
        if claimed is not None:
            os.close(claimed)


def _sweep(directory: Path) -> None:
    """Take away what was being made when its maker was killed."""
    for part in directory.glob(f".*{_PART}"):
        claimed = claim(part)
        if claimed is not None:
            shutil.rmtree(part, ignore_errors=True)
            os.close(claimed)
