"""Rows of refused handshakes, as written to the journal and loaded from storage."""

from msgspec import Struct

from voltyard.csms.refusals.reasons import RefusalReason
from voltyard.kernel.time import Instant


class RefusalStored(Struct, frozen=True, kw_only=True):
    """Refusals of one identity for one reason. Key: id."""

    id: str
    """rfs_..."""
    organization_id: str
    charger_id: str | None
    """None where none of that identity was registered."""
    identity: str | None
    """None where the handshake named none."""
    address: str
    """The last one."""
    offered: tuple[str, ...]
    reason: RefusalReason
    hint: str
    count: int
    first_at: Instant
    last_at: Instant


class RefusalForgotten(Struct, frozen=True, kw_only=True):
    """The row of that id goes; its identity and reason begin anew with another one."""

    id: str
