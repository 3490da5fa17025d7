"""Manifest of a backup: its files, with their hashes."""

import os
import re
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Final, Literal

import msgspec

from voltyard.kernel.errors import Invalid, Unavailable
from voltyard.kernel.time import Instant
from voltyard.storage import migrations
from voltyard.storage.migrations import UnknownSchema

NAME: Final = "manifest.json"
DATABASE: Final = "database"
WORKFLOWS: Final = "workflows"
FILES: Final = "files"

_FORMAT: Final = 1
_CHUNK_BYTES: Final = 1 << 20
_PATH: Final = re.compile(
    r"(database|workflows)\.(sqlite|dump)|token|control-token|files/[A-Za-z0-9_-]+"
)


class BackupFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file of the backup."""

    path: str
    size: int
    """Bytes."""
    sha256: str
    """Hexadecimal."""


class BackupSource(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The database that was backed up."""

    kind: Literal["sqlite", "postgresql"]
    major: int = 0
    """PostgreSQL: the server's major version; so too the next two."""
    tool_major: int = 0
    """Of pg_dump."""
    schema_name: str = ""
    """In which the tables are."""


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """Manifest of one backup."""

    format: int = _FORMAT
    voltyard: str
    """The version that made it."""
    began_at: Instant
    """The moment before which all that was committed is in it."""
    ended_at: Instant
    schema: str
    """The revision of the database's schema."""
    database: BackupSource
    parts: tuple[BackupFile, ...]
    deleted: tuple[str, ...] = ()
    """Files, by id, that have a row and were deleted while the backup was made."""
    damaged: tuple[str, ...] = ()
    """In words: what was wrong with files of the server already."""

    @property
    def moment(self) -> str:
        """The moment it began, for people."""
        return datetime.fromtimestamp(self.began_at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def has(self, path: str) -> bool:
        """True where that path is in it."""
        return any(part.path == path for part in self.parts)


def backup_file(directory: Path, path: str) -> BackupFile:
    """A file of the backup as it is now."""
    return BackupFile(
        path=path, size=(directory / path).stat().st_size, sha256=digest(directory / path)
    )


def digest(file: Path) -> str:
    """SHA-256, hexadecimal."""
    found = sha256()
    with file.open("rb") as opened:
        while chunk := opened.read(_CHUNK_BYTES):
            found.update(chunk)
    return found.hexdigest()


def write(directory: Path, manifest: Manifest) -> None:
    """The last thing that is written into a backup."""
    text = msgspec.json.format(msgspec.json.encode(manifest), indent=2)
    with (directory / NAME).open("wb") as file:
        file.write(text + b"\n")
        file.flush()
        os.fsync(file.fileno())


def read(directory: Path) -> Manifest:
    """Invalid where that is no backup, UnknownSchema where a newer version made it."""
    try:
        text = (directory / NAME).read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        why = "there is no manifest.json in it" if directory.is_dir() else "it is no directory"
        raise Invalid(
            f"{directory} is no backup: {why}", hint="name what `voltyard backup` has made"
        ) from None
    except OSError as error:
        raise Unavailable(f"cannot read {directory / NAME}: {error.strerror}") from error
    try:
        _check_format(msgspec.json.decode(text, type=dict).get("format"))
        manifest = msgspec.json.decode(text, type=Manifest)
    except msgspec.DecodeError as error:
        raise Invalid(
            f"the manifest of {directory} is damaged: {error}", hint="take another backup"
        ) from error
    for part in manifest.parts:
        if not _PATH.fullmatch(part.path):
            raise Invalid(
                f"the manifest of {directory} names {part.path!r}, which is no part of a backup"
            )
    return manifest


def check_schema(manifest: Manifest) -> None:
    """UnknownSchema where it is newer than this version's."""
    if migrations.is_newer(manifest.schema):
        raise UnknownSchema(
            f"the backup is of schema {manifest.schema}, made by version {manifest.voltyard}; this "
            f"version knows up to {migrations.HEAD}",
            hint="restore it with the version that made it, or a newer one",
        )


def damage(directory: Path, manifest: Manifest) -> list[str]:
    """Differences between the files and their manifest, in words."""
    return [why for part in manifest.parts if (why := _damage(directory / part.path, part))]


def _damage(file: Path, part: BackupFile) -> str:
    try:
        if not file.is_file():
            return f"{part.path} is missing"
        size = file.stat().st_size
        if size != part.size:
            return f"{part.path} has {size} bytes instead of {part.size}"
        if digest(file) != part.sha256:
            return f"{part.path} is not as it was written: its checksum differs"
    except OSError as error:
        return f"{part.path} cannot be read: {os.strerror(error.errno or 0)}"
    return ""


def _check_format(found: object) -> None:
    if isinstance(found, int) and found > _FORMAT:
        raise UnknownSchema(
            f"the backup is of format {found}, and this version reads format {_FORMAT}",
            hint="restore it with the version that made it, or a newer one",
        )
