"""Decisions about id tags, in neither version's words."""

from typing import Literal, TypeAlias

from msgspec import Struct

from voltyard.kernel.time import Instant

TagStatus: TypeAlias = Literal[
    "accepted", "blocked", "expired", "unknown", "concurrent", "elsewhere"
]
"""`elsewhere`: a tag that is known, but may not charge at this charger."""


class TagDecision(Struct, frozen=True):
    """The decision about an id tag: IdTagInfo, IdTokenInfo."""

    status: TagStatus
    expires_at: Instant | None = None
    parent: str | None = None
    by: Literal["tags", "hook", "fallback"] = "tags"
    """The origin of the decision: the organization's own tags and settings, its authorization hook,
    or what it wants where that gives no verdict."""
    message: str | None = None
    """Its tariff in words, for the driver (2.0.1 I01)."""
