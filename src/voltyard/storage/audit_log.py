"""The audit log in the database.

Changes that are made while no server runs wait in a file beside the data, and the next server takes
them in: the database may be of an older schema until then.
"""

import getpass
from functools import partial
from pathlib import Path
from typing import Any, Final

import msgspec
import structlog
from msgspec import structs
from sqlalchemy import Connection, Select, insert, select

from voltyard.kernel import ids
from voltyard.kernel.paging import Cursor, ListPart, Page
from voltyard.kernel.time import Instant
from voltyard.ocpp.secrets import masked
from voltyard.organizations.audit import AuditEntry, AuditQuery
from voltyard.organizations.organization import DEFAULT_ORGANIZATION_ID
from voltyard.storage.database.database import Database
from voltyard.storage.database.rows import read_all, read_page
from voltyard.storage.schema.organizations import audit_log

log = structlog.get_logger(__name__)

OFFLINE_FILE: Final = "offline-changes.ndjson"
"""In the data directory."""

NO_KEY: Final = "offline"
"""In the place of a key's id; its name is that of the user who typed the command."""


class StoredAuditLog:
    """The AuditLog in the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @classmethod
    async def load(cls, database: Database, data: Path) -> "StoredAuditLog":
        """With what was changed in that data directory while no server ran; twice is once, where a
        server ends between."""
        file = data / OFFLINE_FILE
        if file.exists():
            await database.write(partial(_take_up, entries=_readable(file.read_bytes())))
            file.unlink()
        return cls(database)

    async def write(self, entry: AuditEntry) -> None:
        await self._database.write(lambda connection: add_entry(connection, entry))

    async def page(self, query: AuditQuery, part: ListPart) -> Page[AuditEntry]:
        wanted = _wanted(query).order_by(audit_log.c.number.desc())
        return await self._database.read(
            lambda connection: read_page(connection, AuditEntry, wanted, part.limit, part.offset)
        )

    async def following(
        self, query: AuditQuery, after: Cursor | None, limit: int
    ) -> list[tuple[Cursor, AuditEntry]]:
        wanted = _wanted(query).order_by(audit_log.c.number).limit(limit)
        if after is not None:
            wanted = wanted.where(audit_log.c.number > after[1])
        rows = await self._database.read(
            lambda connection: read_all(connection, _PlacedEntry, wanted)
        )
        return [((row.at, row.number), row) for row in rows]


def add_entry(connection: Connection, entry: AuditEntry) -> None:
    """Write an entry down."""
    connection.execute(insert(audit_log).values(structs.asdict(entry)))


def note_offline(data: Path, command: str, arguments: dict[str, str], now: Instant) -> None:
    """Note that a command has changed the data there."""
    entry = AuditEntry(
        id=ids.prefixed("aud_"),
        organization_id=DEFAULT_ORGANIZATION_ID,
        at=round(now, 3),
        key_id=NO_KEY,
        key_name=_user(),
        address="",
        request_id="",
        method="COMMAND",
        route=command,
        object=None,
        status=0,
        code=None,
        arguments=masked(msgspec.json.encode(arguments).decode()),
    )
    with (data / OFFLINE_FILE).open("ab") as file:
        file.write(b"\n" + msgspec.json.encode(entry) + b"\n")  # behind a line that was cut short


class _PlacedEntry(AuditEntry, frozen=True, kw_only=True):
    number: int


def _wanted(query: AuditQuery) -> Select[Any]:
    columns = audit_log.c
    statement = select(audit_log).where(columns.organization_id == query.organization_id)
    for name in ("key_id", "method", "object", "status"):
        if (value := getattr(query, name)) is not None:
            statement = statement.where(columns[name] == value)
    if query.since is not None:
        statement = statement.where(columns.at >= query.since)
    if query.until is not None:
        statement = statement.where(columns.at <= query.until)
    return statement


def _readable(text: bytes) -> list[AuditEntry]:
    """The entries in a file, but for lines that a full disk or a loss of power has cut short: for
    those no server must stay down."""
    entries = []
    for line in text.splitlines():
        try:
            entries.append(msgspec.json.decode(line, type=AuditEntry))
        except msgspec.DecodeError:
            if line:
                log.warning("audit_line_unreadable", file=OFFLINE_FILE, characters=len(line))
    return entries


def _take_up(connection: Connection, entries: list[AuditEntry]) -> None:
    ids_there = select(audit_log.c.id).where(audit_log.c.id.in_([one.id for one in entries]))
    there = set(connection.scalars(ids_there))
    for entry in entries:
        if entry.id not in there:
            add_entry(connection, entry)


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a user id without a name, as in containers
        return ""
