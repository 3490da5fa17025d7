"""Chargers' uploads and firmware: rows in the database, contents on the disk.

A charger has no key. It uploads to a slot, whose URL holds a random token, is good for one command,
so many files, and a day; and it fetches firmware by a URL of the same kind.
"""

import mmap
import os
from asyncio import to_thread
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final
from urllib.parse import quote

import structlog
from msgspec import Struct
from sqlalchemy import Connection, Select, delete, func, insert, select, update

from voltyard.kernel import ids, limits
from voltyard.kernel.errors import Invalid, NotFound, Overfull
from voltyard.kernel.paging import Page
from voltyard.kernel.time import Instant
from voltyard.ports.clock import Clock
from voltyard.ports.files import DOWNLOADS, UPLOADS, FileKind, FileStored
from voltyard.storage.database.database import Database
from voltyard.storage.database.rows import read_all, read_page
from voltyard.storage.schema import files as tables

log = structlog.get_logger(__name__)

DIRECTORY: Final = "files"

_TOKEN_CHARACTERS: Final = 40
_NAME_CHARACTERS: Final = 255
_NAMELESS: Final = "upload"


class UploadSlotStored(Struct, frozen=True, kw_only=True):
    """An upload slot of a charger. Key: token_hash."""

    token_hash: str
    organization_id: str
    charger_id: str
    charge_box_id: str
    command_id: str
    uploads_left: int
    expires_at: Instant


@dataclass(frozen=True, slots=True)
class _Written:
    """A file that has been put on the disk."""

    path: Path
    size: int
    sha256: str


class Files:
    """The FileStore of a data directory and its database. Use `load` before anything else."""

    def __init__(
        self,
        database: Database,
        data: Path,
        url: str,
        clock: Clock,
        bytes_of: Callable[[str], int | None] = lambda organization_id: None,
    ) -> None:
        """`url`: where chargers reach this server's REST side. `bytes_of` are the bytes that an
        organization may have; None: limits.FILES_BYTES."""
        self._bytes_of = bytes_of
        self._database = database
        self.directory = data / DIRECTORY
        self._url = url.rstrip("/")
        self._clock = clock

    def load(self) -> None:
        """Make room, and sweep what a server before left half done."""
        self.directory.mkdir(parents=True, exist_ok=True)
        for part in self.directory.glob("*.part"):
            part.unlink(missing_ok=True)

    async def slot(
        self, organization_id: str, charger_id: str, charge_box_id: str, command_id: str
    ) -> str:
        """A URL that the charger may upload to, for that command; it ends with a slash, for it is
        a directory to 1.6."""
        token = _token()
        row = UploadSlotStored(
            token_hash=_hashed(token),
            organization_id=organization_id,
            charger_id=charger_id,
            charge_box_id=charge_box_id,
            command_id=command_id,
            uploads_left=limits.UPLOADS_EACH,
            expires_at=self._clock() + limits.UPLOAD_SLOT_S,
        )
        values = {name: getattr(row, name) for name in row.__struct_fields__}
        await self._database.write(lambda c: c.execute(insert(tables.upload_slots).values(values)))
        return f"{self._url}{UPLOADS}/{token}/"

    async def receive(
        self, token: str, name: str, content_type: str, chunks: AsyncIterator[bytes]
    ) -> FileStored:
        """Take an upload of a charger; of a form, the first file in it. NotFound where the slot is
        none or no longer, Overfull where a bound is reached."""
        now = self._clock()
        slot = await self._database.write(lambda c: _taken(c, _hashed(token), now))
        written = await self._written(slot.organization_id, chunks)
        if content_type.lower().startswith("multipart/form-data"):
            written, name = await to_thread(_of_form, written, content_type, name)
        return await self._kept(
            written,
            name,
            organization_id=slot.organization_id,
            kind="upload",
            charger_id=slot.charger_id,
            charge_box_id=slot.charge_box_id,
            command_id=slot.command_id,
            expires_at=now + limits.UPLOAD_KEPT_S,
        )

    async def put(
        self, organization_id: str, name: str, chunks: AsyncIterator[bytes]
    ) -> FileStored:
        """Firmware, for chargers to fetch; Invalid where there is nothing in it."""
        written = await self._written(organization_id, chunks)
        if not written.size:
            written.path.unlink()
            raise Invalid("the file is empty", field="body", hint="send its bytes as the body")
        return await self._kept(
            written, name, organization_id=organization_id, kind="firmware", token=_token()
        )

    def url(self, row: FileStored) -> str | None:
        """The URL at which chargers fetch it; None for what they uploaded."""
        if row.token is None:
            return None
        return f"{self._url}{DOWNLOADS}/{row.token}/{quote(row.name, safe='')}"

    def path(self, row: FileStored) -> Path:
        """The path of its content."""
        return self.directory / row.id

    async def list(
        self,
        organization_id: str,
        *,
        kind: FileKind | None,
        charge_box_id: str | None,
        command_id: str | None,
        limit: int,
        offset: int,
    ) -> Page[FileStored]:
        """An organization's, newest first."""
        columns = tables.files.c
        statement = _of(organization_id).order_by(columns.created_at.desc(), columns.id.desc())
        for column, value in (
            (columns.kind, kind),
            (columns.charge_box_id, charge_box_id),
            (columns.command_id, command_id),
        ):
            if value is not None:
                statement = statement.where(column == value)
        return await self._database.read(
            lambda c: read_page(c, FileStored, statement, limit, offset)
        )

    async def get(self, organization_id: str, file_id: str) -> FileStored:
        """NotFound where there is none, or it is another organization's."""
        statement = _of(organization_id).where(tables.files.c.id == file_id)
        return await self._one(statement, f"no file {file_id}")

    async def fetched(self, token: str) -> FileStored:
        """The firmware behind a token; NotFound where there is none."""
        statement = select(tables.files).where(tables.files.c.token == token)
        return await self._one(statement, "no such file")

    async def delete(self, row: FileStored) -> None:
        """Delete a file, and its URL with it."""
        await self._database.write(
            lambda c: c.execute(delete(tables.files).where(tables.files.c.id == row.id))
        )
        self.path(row).unlink(missing_ok=True)

    async def sweep(self, now: Instant | None = None) -> None:
        """Delete what has expired by now."""
        now = self._clock() if now is None else now
        columns = tables.files.c
        old = select(tables.files).where(columns.expires_at < now).limit(limits.FILES)
        for row in await self._database.read(lambda c: read_all(c, FileStored, old)):
            await self.delete(row)
        slots = tables.upload_slots
        over = delete(slots).where(slots.c.expires_at < now)
        await self._database.write(lambda c: c.execute(over))

    async def _one(self, statement: Select[tuple[object, ...]], missing: str) -> FileStored:
        found = await self._database.read(lambda c: read_all(c, FileStored, statement))
        if not found:
            raise NotFound(missing)
        return found[0]

    async def _written(self, organization_id: str, chunks: AsyncIterator[bytes]) -> _Written:
        """On the disk, as far as it goes; nothing stays of what is too much."""
        own = self._bytes_of(organization_id)
        most = limits.FILES_BYTES if own is None else own
        await self._database.read(lambda c: _check_room(c, organization_id, most))
        path = self.directory / f"{ids.token(ids.SYSTEM)}.part"
        digest, size = sha256(), 0
        try:
            with path.open("xb") as file:
                async for chunk in chunks:
                    size += len(chunk)
                    if size > limits.FILE_BYTES:
                        raise Overfull(f"a file has at most {limits.FILE_BYTES} bytes")
                    digest.update(chunk)
                    file.write(chunk)
                file.flush()
                await to_thread(os.fsync, file.fileno())
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        return _Written(path, size, digest.hexdigest())

    async def _kept(self, written: _Written, name: str, **fields: object) -> FileStored:
        row = FileStored(
            id=ids.prefixed("file_"),
            name=_tidy(name),
            size=written.size,
            sha256=written.sha256,
            created_at=self._clock(),
            **fields,  # type: ignore[arg-type]
        )
        written.path.rename(self.path(row))
        values = {name: getattr(row, name) for name in row.__struct_fields__}
        await self._database.write(lambda c: c.execute(insert(tables.files).values(values)))
        return row


def of_commands(connection: Connection, command_ids: Iterable[str]) -> dict[str, str]:
    """The newest file that came for each of these commands, by its id."""
    columns = tables.files.c
    statement = (
        select(columns.command_id, columns.id)
        .where(columns.command_id.in_(list(command_ids)))
        .order_by(columns.created_at, columns.id)
    )
    return {row.command_id: row.id for row in connection.execute(statement)}


def _of(organization_id: str) -> Select[tuple[object, ...]]:
    return select(tables.files).where(tables.files.c.organization_id == organization_id)


def _check_room(connection: Connection, organization_id: str, most: int) -> None:
    columns = tables.files.c
    count, size = connection.execute(
        select(func.count(), func.coalesce(func.sum(columns.size), 0)).where(
            columns.organization_id == organization_id
        )
    ).one()
    if count >= limits.FILES or size >= most:
        raise Overfull("there is no room for another file", hint="delete some")


def _taken(connection: Connection, token_hash: str, now: Instant) -> UploadSlotStored:
    """The slot, with one upload less to come."""
    slots = tables.upload_slots
    this = (slots.c.token_hash == token_hash) & (slots.c.expires_at > now)
    found = read_all(connection, UploadSlotStored, select(slots).where(this))
    if not found:
        raise NotFound("nothing is expected here, or no longer")
    less = {"uploads_left": slots.c.uploads_left - 1}
    taken = connection.execute(update(slots).where(this, slots.c.uploads_left > 0).values(less))
    if not taken.rowcount:
        raise Overfull(f"only {limits.UPLOADS_EACH} files are taken for one command")
    return found[0]


def _of_form(form: _Written, content_type: str, name: str) -> tuple[_Written, str]:
    """The first file of a form, out of it. Invalid where there is none."""
    _, _, boundary = content_type.partition("boundary=")
    mark = b"--" + boundary.partition(";")[0].strip().strip('"').encode("latin-1")
    path = form.path.with_name(f"{ids.token(ids.SYSTEM)}.part")
    try:
        with form.path.open("rb") as file:
            if not boundary or form.size == 0:
                raise Invalid("the form has no file in it")
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as text:
                begins, ends, told = _first_file(text, mark)
                digest = sha256()
                with path.open("xb") as out:
                    for at in range(begins, ends, 1 << 20):
                        chunk = text[at : min(at + (1 << 20), ends)]
                        digest.update(chunk)
                        out.write(chunk)
                    out.flush()
                    os.fsync(out.fileno())
        return _Written(path, ends - begins, digest.hexdigest()), told or name
    finally:
        form.path.unlink(missing_ok=True)


def _first_file(text: mmap.mmap, mark: bytes) -> tuple[int, int, str]:
    """Begin and end of the first part that has a file name (RFC 7578), and that name."""
    at = text.find(mark)
    while at >= 0:
        head_ends = text.find(b"\r\n\r\n", at)
        ends = text.find(b"\r\n" + mark, max(head_ends, 0) + 2)
        if head_ends < 0 or ends < 0:
            break
        head = text[at:head_ends].decode("utf-8", "replace")
        _, found, rest = head.partition('filename="')
        if found:
            return head_ends + 4, max(ends, head_ends + 4), rest.partition('"')[0]
        at = ends + 2
    raise Invalid("the form has no file in it")


def _tidy(name: str) -> str:
    """The last part of a name, whatever it came with."""
    last = name.replace("\\", "/").rstrip("/").rpartition("/")[2]
    shown = "".join(c for c in last if c.isprintable())[-_NAME_CHARACTERS:]
    return shown if shown.strip(". ") else _NAMELESS


def _token() -> str:
    return ids.token(ids.SYSTEM, _TOKEN_CHARACTERS)


def _hashed(token: str) -> str:
    return sha256(token.encode()).hexdigest()
