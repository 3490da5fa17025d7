"""The audit log in the database.

Changes that are made while no server runs wait in a file beside the data, and the next server takes
them in: the database may be of an older schema until then.
"""

import getpass
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

import msgspec
import structlog
from msgspec import structs
from sqlalchemy import Connection, Select, insert, select, update

from voltyard.kernel import ids
from voltyard.kernel.paging import Cursor, ListPart, Page
from voltyard.kernel.time import Instant
from voltyard.ocpp.secrets import masked
from voltyard.organizations.audit import AuditEntry, AuditQuery
from voltyard.organizations.organization import DEFAULT_ORGANIZATION_ID
from voltyard.storage.database.companion import COMPANION, CompanionRow, CompanionState, StoreRow
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
        """Open the log, and take in what was changed in that data directory while no server ran. An
        entry that was taken in already is left out."""
        file = data / OFFLINE_FILE
        if file.exists():
            await database.write(partial(_take_up, entries=_readable(file.read_bytes())))
            file.unlink()
        return cls(database)

    def begin(self, entry: Callable[[], AuditEntry]) -> "StoredAuditedChange":
        return StoredAuditedChange(self._database, entry)

    async def page(self, query: AuditQuery, part: ListPart) -> Page[AuditEntry]:
        await self._database.flush()  # what was answered is told, though it need not be stored yet
        wanted = _wanted(query).order_by(audit_log.c.number.desc())
        return await self._database.read(
            lambda connection: read_page(connection, AuditEntry, wanted, part.limit, part.offset)
        )

    async def following(
        self, query: AuditQuery, after: Cursor | None, limit: int
    ) -> list[tuple[Cursor, AuditEntry]]:
        wanted = _wanted(query).order_by(audit_log.c.number).limit(limit)
        await self._database.flush()
        if after is not None:
            wanted = wanted.where(audit_log.c.number > after[1])
        rows = await self._database.read(
            lambda connection: read_all(connection, _PlacedEntry, wanted)
        )
        return [((row.at, row.number), row) for row in rows]


class StoredAuditedChange:
    """The AuditedChange in the database."""

    def __init__(self, database: Database, entry: Callable[[], AuditEntry]) -> None:
        self._database = database
        self._entry = entry
        self._number: int | None = None
        self._companion = CompanionRow(self._prepared)
        COMPANION.set(self._companion)

    @property
    def has_changed(self) -> bool:
        return self._companion.state is not CompanionState.WAITING

    async def end(self, entry: AuditEntry) -> None:
        """See AuditedChange. Where something was changed, its row is there already and is
        completed with a later commit: a server that ends before leaves an entry of status 0."""
        state = self._companion.close()
        if state is CompanionState.STORED:
            self._database.writer.put(_complete, [(self._number, entry)])
        else:
            await self._database.write(lambda c: _complete(c, [(self._number, entry)]))

    def drop(self) -> None:
        self._companion.close()

    def _prepared(self) -> StoreRow:
        entry = self._entry()

        def store(connection: Connection) -> None:
            self._number = add_entry(connection, entry)

        return store


def _complete(connection: Connection, ended: Sequence[tuple[int | None, AuditEntry]]) -> None:
    """Write entries as they were answered, in the places of their rows, if there are any."""
    for number, entry in ended:
        # A number that was given to it in a group that was undone may be another one's.
        there = (audit_log.c.number == number) & (audit_log.c.id == entry.id)
        values = structs.asdict(entry)
        if not connection.execute(update(audit_log).where(there).values(values)).rowcount:
            add_entry(connection, entry)


def add_entry(connection: Connection, entry: AuditEntry) -> int:
    """Insert an entry, and return its number."""
    added = connection.execute(insert(audit_log).values(structs.asdict(entry)))
    assert added.inserted_primary_key is not None
    return int(added.inserted_primary_key[0])


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
