"""Port of files: chargers' uploads, and firmware for them to fetch."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final, Literal, Protocol, TypeAlias

from msgspec import Struct

from voltyard.kernel.paging import Page
from voltyard.kernel.time import Instant

FileKind: TypeAlias = Literal["firmware", "upload"]

UPLOADS: Final = "/files/up"
DOWNLOADS: Final = "/files/down"


class FileStored(Struct, frozen=True, kw_only=True):
    """A file. Key: id."""

    id: str
    """file_..."""
    organization_id: str
    kind: FileKind
    name: str
    """The file's name as given; on the disk it is called by the id."""
    size: int
    """Bytes."""
    sha256: str
    """Hexadecimal."""
    token: str | None = None
    """firmware: by which chargers fetch it."""
    charger_id: str | None = None
    charge_box_id: str | None = None
    command_id: str | None = None
    """upload: what asked for it."""
    created_at: Instant
    expires_at: Instant | None = None


class FileStore(Protocol):
    """Files of chargers."""

    async def slot(
        self, organization_id: str, charger_id: str, charge_box_id: str, command_id: str
    ) -> str:
        """A URL that the charger may upload to, for that command; it ends with a slash, for it is
        a directory to 1.6."""

    async def receive(
        self, token: str, name: str, content_type: str, chunks: AsyncIterator[bytes]
    ) -> FileStored:
        """Take what a charger uploads; of a form, the first file in it. NotFound where the slot is
        none or no longer, Overfull where a bound is reached."""

    async def put(
        self, organization_id: str, name: str, chunks: AsyncIterator[bytes]
    ) -> FileStored:
        """Keep firmware, for chargers to fetch; Invalid where there is nothing in it."""

    def url(self, row: FileStored) -> str | None:
        """The URL at which chargers fetch it; None for what they uploaded."""

    def path(self, row: FileStored) -> Path:
        """The path of its content."""

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

    async def get(self, organization_id: str, file_id: str) -> FileStored:
        """NotFound where there is none, or it is another organization's."""

    async def fetched(self, token: str) -> FileStored:
        """The firmware behind a token; NotFound where there is none."""

    async def delete(self, row: FileStored) -> None:
        """Delete a file, and its URL with it."""
