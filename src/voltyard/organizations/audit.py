"""Audit log: requests that could change something, each with its key and answer."""

from collections.abc import Callable
from typing import Protocol

from msgspec import Struct

from voltyard.kernel.paging import Cursor, ListPart, Page
from voltyard.kernel.time import Instant


class AuditEntry(Struct, frozen=True, kw_only=True):
    """Entry of the audit log: a request that could change something, as it was answered."""

    id: str
    """aud_..."""
    organization_id: str
    """The organization for which it was made."""
    at: Instant
    key_id: str
    key_name: str
    """The key's name at that time."""
    address: str
    request_id: str
    method: str
    route: str
    """The path's template, with the names of parameters in the place of ids."""
    object: str | None
    """The id in the path, or of what was made."""
    status: int
    """0: it was not answered, because the server ended before."""
    code: str | None
    """Code of the error that was answered; None where it was none."""
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


class AuditedChange(Protocol):
    """A request that may change something, while it is being answered."""

    @property
    def has_changed(self) -> bool:
        """True once something was written for it; its entry was written in the same commit."""

    async def end(self, entry: AuditEntry) -> None:
        """Complete its entry with the answer. Returns once an entry of it is durable;
        Unavailable where it cannot be stored."""

    def drop(self) -> None:
        """Write nothing more of it to the log."""


class AuditLog(Protocol):
    """The stored log."""

    def begin(self, entry: Callable[[], AuditEntry]) -> AuditedChange:
        """Begin a request in this context: its first write is committed together with its entry,
        which `entry` makes at that moment."""

    async def page(self, query: AuditQuery, part: ListPart) -> Page[AuditEntry]:
        """Entries, newest first."""

    async def following(
        self, query: AuditQuery, after: Cursor | None, limit: int
    ) -> list[tuple[Cursor, AuditEntry]]:
        """Entries behind a cursor, oldest first, each with its own cursor."""
