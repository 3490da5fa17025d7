"""Commands of the local authorization list (D).

As in `csms.commands.commands`, only shapes are checked.
"""

from typing import Literal, TypeAlias

from msgspec import Struct

from voltyard.kernel.time import Instant

UpdateType: TypeAlias = Literal["Full", "Differential"]


class LocalListTagInfo(Struct, frozen=True, kw_only=True):
    """The authorization of a listed tag; `status` is OCPP's own word. `status` is OCPP's own
    word."""

    status: str
    expires_at: Instant | None = None
    parent_id_tag: str | None = None


class LocalListTag(Struct, frozen=True, kw_only=True):
    """A tag of the list."""

    id_tag: str
    id_tag_type: str | None = None
    """2.x only: the IdToken's type; None: the one that fits its text (ocpp.id_tokens)."""
    info: LocalListTagInfo | None = None
    """None in a differential update takes the tag from the list."""


class SendLocalList(Struct, frozen=True, kw_only=True, tag="local-list", tag_field="command"):
    """Replace the list (Full), or change some of it. -> `StatusResult`"""

    list_version: int
    update_type: UpdateType
    entries: tuple[LocalListTag, ...] = ()


class GetLocalListVersion(
    Struct, frozen=True, kw_only=True, tag="local-list/version", tag_field="command"
):
    """Read the version of the charger's list. -> `LocalListVersionResult`"""


class LocalListVersionResult(Struct, frozen=True, kw_only=True):
    """The version of the charger's list: 0 for none or an empty one, -1 (1.6) for no support."""

    list_version: int
    status: str = "answered"
