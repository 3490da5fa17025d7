"""Restoring a backup into a place that no server uses."""

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Final

from voltyard.kernel.errors import Conflict, Invalid, Unavailable
from voltyard.storage.backups import manifest as manifests
from voltyard.storage.backups import postgres_dumps
from voltyard.storage.backups.files_on_disk import sync, sync_directory
from voltyard.storage.backups.manifest import DATABASE, FILES, WORKFLOWS, Manifest
from voltyard.storage.backups.server_data import BESIDE, KEYS, ServerData
from voltyard.storage.data_directory import RESTORING_FILE, held_database_file, held_directory
from voltyard.storage.database import in_use_mark

_STAGED: Final = ".voltyard-restoring-"
"""Beginning of the names of directories in which a backup waits to take its place."""


def restore(backup: Path, place: ServerData, *, force: bool = False) -> Manifest:
    """Have a place hold what the backup has. All of it is looked at before anything is changed.

    Invalid where that is no backup of this kind of database, UnknownSchema where a newer version
    made it, Unavailable where it is damaged, cannot be written, or a server uses the place;
    Conflict where there is something in the place, unless `force`.
    """
    manifest = manifests.read(backup)
    manifests.check_schema(manifest)
    _check_kind(manifest, place)
    if wrong := manifests.damage(backup, manifest):
        more = f" and {len(wrong) - 1} more" if len(wrong) > 1 else ""
        raise Unavailable(
            f"the backup {backup} is damaged: {wrong[0]}{more}", hint="take another backup"
        )
    with _made(place.data), held_directory(place.data, to_restore=True):
        _check_files_empty(place, force)
        _sweep(place.data)
        try:
            if place.is_sqlite:
                _into_files(backup, manifest, place, force)
            else:
                _into_postgresql(backup, manifest, place, force)
        except OSError as error:
            raise Unavailable(
                f"cannot restore into {place.data}: {error.strerror} ({error.filename})",
                hint="is its disk full, and may you write there?",
            ) from error
        except sqlite3.Error as error:
            raise Unavailable(
                f"cannot restore into {place.name}: {error}", hint="is its disk full?"
            ) from error
    return manifest


def _check_kind(manifest: Manifest, place: ServerData) -> None:
    if (manifest.database.kind == "sqlite") == place.is_sqlite:
        return
    names = {True: "SQLite", False: "PostgreSQL"}
    raise Invalid(
        f"the backup is of {names[not place.is_sqlite]}, and the place to restore to of "
        f"{names[place.is_sqlite]}",
        hint="VOLTYARD_DATABASE_URL names a PostgreSQL database; without it SQLite is meant",
    )


def _check_files_empty(place: ServerData, force: bool) -> None:
    present = [path for path in _replaced(place) if path.exists()]
    if (place.data / RESTORING_FILE).exists() and not force:
        raise Conflict(
            f"a restore into {place.data} was begun and not finished",
            hint="say --force to replace what is there",
        )
    if present and not force:
        raise Conflict(
            f"{place.data} is not empty: there is {present[0]}",
            hint="name an empty directory with --data, or say --force to replace what is there",
        )


def _replaced(place: ServerData) -> Iterator[Path]:
    """Files of a server that are replaced, the databases last."""
    yield from (place.data / name for name in KEYS)
    if place.files.is_dir():
        yield from sorted(place.files.iterdir())
    if place.is_sqlite:
        for file in (place.workflows, place.database):
            yield from (file.with_name(f"{file.name}{end}") for end in BESIDE)
            yield file


def _into_files(backup: Path, manifest: Manifest, place: ServerData, force: bool) -> None:
    with ExitStack() as stack:
        stack.enter_context(_made(place.database.parent))
        stack.enter_context(held_database_file(place.database))
        _sweep(place.database.parent)
        staged = stack.enter_context(_staged(place.data))
        beside = stack.enter_context(_staged(place.database.parent))
        _check_files_empty(place, force)
        _stage_files(backup, manifest, staged)
        database, workflows = beside / DATABASE, beside / WORKFLOWS
        shutil.copyfile(backup / f"{DATABASE}.sqlite", database)
        _forget_files(database, manifest)
        if has_notes := manifest.has(f"{WORKFLOWS}.sqlite"):
            shutil.copyfile(backup / f"{WORKFLOWS}.sqlite", workflows)
            workflows.chmod(0o600)
        sync(beside)
        with _unfinished(place):
            _take_away(place)
            in_use_mark.forget(place.database)
            _bring(staged, place)
            if has_notes:
                workflows.replace(place.workflows)
            database.replace(place.database)
            sync_directory(place.database.parent)


def _into_postgresql(backup: Path, manifest: Manifest, place: ServerData, force: bool) -> None:
    workflows = backup / f"{WORKFLOWS}.dump"
    with postgres_dumps.held_database(place.url) as connection, _staged(place.data) as staged:
        target = postgres_dumps.RestoreTarget(connection, place.url, manifest.database)
        if not force:
            target.check_empty()
        _stage_files(backup, manifest, staged)
        with _unfinished(place, lambda: target.is_as_before):
            target.replace(backup / f"{DATABASE}.dump", workflows if workflows.exists() else None)
            target.forget_files(manifest.deleted)
            _take_away(place)
            _bring(staged, place)


def _stage_files(backup: Path, manifest: Manifest, staged: Path) -> None:
    (staged / FILES).mkdir()
    for part in manifest.parts:
        if part.path in KEYS or part.path.startswith(f"{FILES}/"):
            shutil.copyfile(backup / part.path, staged / part.path)
            (staged / part.path).chmod(0o600)
    sync(staged)


def _forget_files(database: Path, manifest: Manifest) -> None:
    """Files without content, for they were deleted while the backup was made, lose their rows."""
    database.chmod(0o600)
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.executemany(
            "DELETE FROM files WHERE id = ?", [(file_id,) for file_id in manifest.deleted]
        )


def _take_away(place: ServerData) -> None:
    for path in _replaced(place):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def _bring(staged: Path, place: ServerData) -> None:
    """The keys and files, into their places."""
    place.files.mkdir(exist_ok=True, mode=0o700)
    for file in sorted((staged / FILES).iterdir()):
        file.replace(place.files / file.name)
    for name in KEYS:
        if (staged / name).exists():
            (staged / name).replace(place.data / name)
    sync_directory(place.files)
    sync_directory(place.data)


@contextmanager
def _unfinished(
    place: ServerData, is_as_before: Callable[[], bool] = lambda: False
) -> Iterator[None]:
    """While it lasts, and after it where it failed with half of it done, a server does not start
    here."""
    mark = place.data / RESTORING_FILE
    was_there = mark.exists()
    mark.touch(mode=0o600)
    sync_directory(place.data)
    try:
        yield
    except BaseException:
        if is_as_before() and not was_there:
            mark.unlink()
        raise
    mark.unlink()
    sync_directory(place.data)


@contextmanager
def _made(directory: Path) -> Iterator[None]:
    """A directory, which goes again where it was not there and nothing came of it."""
    was_there = directory.exists()
    try:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise Unavailable(
            f"cannot make {directory}: {os.strerror(error.errno or 0)}",
            hint="name another directory with --data",
        ) from error
    try:
        yield
    except BaseException:
        if not was_there and not (directory / RESTORING_FILE).exists():
            shutil.rmtree(directory, ignore_errors=True)
        raise


def _sweep(directory: Path) -> None:
    """Take away what a restore that was killed has left."""
    for left in directory.glob(f"{_STAGED}*"):
        shutil.rmtree(left, ignore_errors=True)


@contextmanager
def _staged(directory: Path) -> Iterator[Path]:
    """A directory on the same disk, gone afterwards."""
    staged = Path(tempfile.mkdtemp(prefix=_STAGED, dir=directory))
    try:
        yield staged
    finally:
        shutil.rmtree(staged, ignore_errors=True)
