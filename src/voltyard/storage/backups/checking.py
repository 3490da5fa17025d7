"""Checks of a server's data, or of a backup; a server may be running."""

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, inspect, select, text

from voltyard.kernel.errors import Invalid, NotFound, Unavailable, VoltyardError
from voltyard.kernel.time import Seconds
from voltyard.storage import migrations
from voltyard.storage.backups import manifest as manifests
from voltyard.storage.backups import postgres_dumps, sqlite_copies
from voltyard.storage.backups.manifest import DATABASE, WORKFLOWS
from voltyard.storage.backups.pinned_database import FileRow, file_rows, pinned
from voltyard.storage.backups.server_data import ServerData
from voltyard.storage.csms.backend_records import load_contents
from voltyard.storage.data_directory import RESTORING_FILE, held_database_file, held_directory
from voltyard.storage.database import in_use_mark
from voltyard.storage.database.database_errors import explained
from voltyard.storage.database.in_use_mark import CopiedWithoutLog
from voltyard.storage.nodes.node_contents import contents_of
from voltyard.storage.schema.nodes import charger_owners

RESTORE: Final = "stop the server and take up a backup: voltyard restore BACKUP --force"
_ROWS: Final = 5
"""Rows that a finding names."""

_YOUNG_S: Seconds = 60.0
"""The age below which a file on the disk may be one that is just arriving."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A defect that was found, and what to do."""

    what: str
    to_do: str


@dataclass(frozen=True, slots=True)
class RowRule:
    """A rule that rows of a database keep."""

    tables: tuple[str, ...]
    broken_by: str
    """Selects the ids of rows that break it."""
    words: str
    to_do: str


_OWNERLESS: Final = "they are out of reach; take up a backup of before: voltyard restore BACKUP"

RULES: Final = (
    *(
        RowRule(
            (table, "organizations"),
            f"SELECT id FROM {table} WHERE organization_id NOT IN (SELECT id FROM organizations)"
            + (" AND deleted_at IS NULL" if table == "chargers" else ""),
            f"rows of {table} belong to an organization that is not there",
            _OWNERLESS,
        )
        for table in ("chargers", "lab_deployments", "lab_locations", "api_keys")
    ),
    RowRule(
        ("transactions", "chargers"),
        "SELECT id FROM transactions WHERE charger_id NOT IN (SELECT id FROM chargers)",
        "transactions belong to a charger that is not there",
        _OWNERLESS,
    ),
    RowRule(
        ("transactions",),
        "SELECT id FROM transactions WHERE status <> 'pending' AND ocpp_id IS NULL",
        "transactions have begun, and lack the id their charger knows them by",
        "they are not whole; take up a backup of before: voltyard restore BACKUP",
    ),
    RowRule(
        ("transactions",),
        "SELECT id FROM transactions WHERE status = 'completed' AND stopped_at IS NULL",
        "transactions are completed, and lack the moment of their end",
        "they are not whole; take up a backup of before: voltyard restore BACKUP",
    ),
)


def check(place: ServerData) -> Iterator[Finding]:
    """Findings on a server's data. NotFound where there is none, Unavailable where the database
    cannot be reached."""
    if (place.data / RESTORING_FILE).exists():
        yield Finding(
            f"a restore into {place.data} was begun and not finished",
            "run it again: voltyard restore BACKUP --force",
        )
    if place.is_sqlite:
        damage = list(_of_files(place))
        yield from damage
        if damage:
            return  # what its rows say is not to be believed
    with pinned(place.url) as connection:
        yield from _of_rows(connection, place)


def accept(place: ServerData) -> None:
    """Take an SQLite file as it is that was copied without its log. Unavailable while a server
    uses it, Invalid where there is nothing to be accepted."""
    if not place.is_sqlite or not place.database.exists():
        raise Invalid(f"there is no SQLite file to be accepted: {place.name}")
    with held_directory(place.data, to_restore=True), held_database_file(place.database):
        try:
            in_use_mark.check(place.database)
        except CopiedWithoutLog:
            in_use_mark.accept(place.database)
        else:
            raise Invalid(f"{place.name} is no copy without its log: it is taken as it is anyway")


def check_backup(backup: Path) -> Iterator[Finding]:
    """Findings on a backup. Invalid where it is none."""
    manifest = manifests.read(backup)
    manifests.check_schema(manifest)
    for why in manifests.damage(backup, manifest):
        yield Finding(why, "the backup cannot be restored: make another, or take another")
    for why in manifest.damaged:
        yield Finding(f"{why}, and was so at the server already", "upload it anew once restored")
    if manifest.database.kind == "sqlite":
        for name in (DATABASE, WORKFLOWS):
            if manifest.has(f"{name}.sqlite") and (backup / f"{name}.sqlite").is_file():
                for wrong in sqlite_copies.wrong_with(backup / f"{name}.sqlite"):
                    yield Finding(f"{name}.sqlite: {wrong}", "make another backup, or take another")


def _of_files(place: ServerData) -> Iterator[Finding]:
    """Of the SQLite files as such."""
    if not place.database.exists():
        raise NotFound(
            f"there is no database {place.database}",
            hint="--data names the server's data directory, VOLTYARD_DATABASE_URL its database",
        )
    try:
        in_use_mark.check(place.database)
    except Unavailable as error:
        yield Finding(error.message, error.advice)
        return
    for file, to_do in (
        (place.database, RESTORE),
        (place.workflows, "stop the server and move it away: what was being provisioned goes on"),
    ):
        if file.exists():
            for wrong in sqlite_copies.wrong_with(file):
                yield Finding(f"{file} is damaged: {wrong}", to_do)


def _of_rows(connection: Connection, place: ServerData) -> Iterator[Finding]:
    revision = migrations.revision(connection)
    if revision is None:
        raise NotFound(
            f"the database {place.name} has nothing of a server in it",
            hint="--data names the server's data directory, VOLTYARD_DATABASE_URL its database",
        )
    if migrations.is_newer(revision):
        yield Finding(
            f"the database is of schema {revision}, and this version knows up to {migrations.HEAD}",
            "use the version that wrote it",
        )
        return
    if not place.is_sqlite:
        yield from _of_reading_all(connection)
    present = set(inspect(connection).get_table_names())
    for rule in RULES:
        if present.issuperset(rule.tables):
            yield from _tried(connection, partial(_broken, connection, rule))
    if revision == migrations.HEAD:
        yield from _tried(connection, partial(_loaded, connection))
    yield from _of_uploads(file_rows(connection), place)


def _of_reading_all(connection: Connection) -> Iterator[Finding]:
    """PostgreSQL has checked what it wrote; so all of it is read."""
    for table in postgres_dumps.tables_of(connection):
        yield from _tried(connection, partial(_read_all, connection, table))


def _read_all(connection: Connection, table: str) -> None:
    connection.execute(text(f"SELECT sum(hashtext(one::text)) FROM {table} AS one"))


def _broken(connection: Connection, rule: RowRule) -> Finding | None:
    found = connection.execute(text(rule.broken_by)).scalars().all()
    if not found:
        return None
    named = ", ".join(map(str, found[:_ROWS])) + (", ..." if len(found) > _ROWS else "")
    return Finding(f"{len(found)} {rule.words}: {named}", rule.to_do)


def _loaded(connection: Connection) -> None:
    """Load the data like a server at its start, and what nodes have loaded."""
    load_contents(connection)
    if elsewhere := connection.scalars(select(charger_owners.c.charger_id)).all():
        contents_of(connection, elsewhere)


def _tried(connection: Connection, work: Callable[[], Finding | None]) -> Iterator[Finding]:
    try:
        found = work()
    except Exception as error:
        connection.rollback()  # or the next would fail for this one
        why = explained(error)
        said = why.message if isinstance(why, VoltyardError) else f"a row cannot be read: {why}"
        yield Finding(said, RESTORE)
    else:
        if found is not None:
            yield found


def _of_uploads(rows: list[FileRow], place: ServerData) -> Iterator[Finding]:
    """Of the files that chargers uploaded, and firmware."""
    for row in rows:
        if why := _wrong(place.files / row.id, row):
            if not _is_still_there(place, row):
                continue  # deleted while we looked
            yield Finding(
                f"the file {row.id} ({row.name}) {why}",
                "delete it, and upload it anew: DELETE /api/v1/files/" + row.id,
            )
    known = {row.id for row in rows}
    old = time.time() - _YOUNG_S
    for file in sorted(place.files.glob("file_*")) if place.files.is_dir() else ():
        if file.name not in known and file.stat().st_mtime < old:
            yield Finding(
                f"{file} belongs to no row of the database", "delete it, if nothing misses it"
            )


def _wrong(file: Path, row: FileRow) -> str:
    try:
        size = file.stat().st_size
        if size != row.size:
            return f"has {size} bytes instead of {row.size}"
        return "" if manifests.digest(file) == row.sha256 else "is not as it was stored"
    except FileNotFoundError:
        return "is missing"
    except OSError as error:
        return f"cannot be read: {os.strerror(error.errno or 0)}"


def _is_still_there(place: ServerData, row: FileRow) -> bool:
    with pinned(place.url) as connection:
        return any(one.id == row.id for one in file_rows(connection))
