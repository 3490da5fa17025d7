"""Commands about the list of tags that a charger keeps itself, to decide by while it is offline.

As in `csms.commands`, only shapes are checked.
"""

from typing import Literal, TypeAlias

from msgspec import Struct

from voltyard.kernel.time import Instant

UpdateType: TypeAlias = Literal["Full", "Differential"]


class EntryInfo(Struct, frozen=True, kw_only=True):
    """What a tag is worth. `status` is OCPP's own word."""

    status: str
    expires_at: Instant | None = None
    parent_id_tag: str | None = None


class ListEntry(Struct, frozen=True, kw_only=True):
    """A tag of the list."""

    id_tag: str
    id_tag_type: str | None = None
    """2.x only: the IdToken's type; None: the one that fits its text (ocpp.id_tokens)."""
    info: EntryInfo | None = None
    """None in a differential update takes the tag from the list."""


class SendLocalList(Struct, frozen=True, kw_only=True, tag="local-list", tag_field="command"):
    """Replace the list (Full), or change some of it. -> `Answered`"""

    list_version: int
    update_type: UpdateType
    entries: tuple[ListEntry, ...] = ()


class GetLocalListVersion(
    Struct, frozen=True, kw_only=True, tag="local-list/version", tag_field="command"
):
    """Which list the charger has. -> `LocalListVersion`"""


class LocalListVersion(Struct, frozen=True, kw_only=True):
    """0: none, or an empty one; 1.6 also -1: it keeps no lists."""

    list_version: int
    status: str = "answered"
