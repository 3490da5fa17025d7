"""Audit log: who changed what, by which request, and what was answered."""

from typing import Protocol

from msgspec import Struct

from voltyard.kernel.paging import Cursor, ListPart, Page
from voltyard.kernel.time import Instant


class AuditEntry(Struct, frozen=True, kw_only=True):
    """A request that could change something, as it was answered."""

    id: str
    """aud_..."""
    organization_id: str
    """On whose behalf it was made."""
    at: Instant
    key_id: str
    key_name: str
    """As the key was called then."""
    address: str
    request_id: str
    method: str
    route: str
    """The path with names in the place of ids."""
    object: str | None
    """The id in the path, or of what was made."""
    status: int
    code: str | None
    """Of an error."""
    arguments: str
    """JSON of path, query and body, without secrets."""


class AuditQuery(Struct, frozen=True, kw_only=True):
    """The entries that are asked for, of one organization."""

    organization_id: str
    key_id: str | None = None
    method: str | None = None
    object: str | None = None
    status: int | None = None
    since: Instant | None = None
    until: Instant | None = None


class AuditLog(Protocol):
    """The stored log."""

    async def write(self, entry: AuditEntry) -> None:
        """Return once it is durable; Unavailable where it cannot be stored."""

    async def page(self, query: AuditQuery, part: ListPart) -> Page[AuditEntry]:
        """The newest first."""

    async def following(
        self, query: AuditQuery, after: Cursor | None, limit: int
    ) -> list[tuple[Cursor, AuditEntry]]:
        """The same, oldest first, those after a place; each with its own."""
