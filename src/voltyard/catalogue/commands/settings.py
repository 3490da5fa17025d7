"""Commands of settings, the authorization cache and the local list."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, ClassVar

from msgspec import Struct

from voltyard.catalogue.commands.declaration import BodyField, BodySchema, Rest
from voltyard.catalogue.commands.shared import (
    AN_ID_TAG,
    EMPTY_BODY,
    LARGEST_INT,
    NOTHING_MORE,
    IdTag,
    IdTokenType,
)
from voltyard.kernel import limits
from voltyard.kernel.time import Instant


class Configure(Struct, frozen=True, kw_only=True, tag="configure"):
    """Change settings locally. Done: {statuses: {name: Accepted|Rejected|RebootRequired|...}}."""

    rest: ClassVar = Rest(
        path="configuration",
        name="set_charger_settings",
        summary="Change settings",
        description="At the charger itself; per key Accepted, Rejected or RebootRequired.",
        event_type="configuration",
        event=BodySchema(
            "ConfigurationUpdateEvent",
            "Settings by name.",
            {"configuration": {"HeartbeatInterval": "30"}},
        ),
        body=BodySchema("ConfigurationBody", "Settings for a charger."),
        has_own_route=True,
    )

    settings: Annotated[
        dict[str, str],
        BodyField(
            name="configuration",
            type=dict[Annotated[str, BodyField(min_length=1, max_length=255)], str],
            min_length=1,
            max_length=1_000,
        ),
    ]


class ResetCache(Struct, frozen=True, kw_only=True, tag="cache_reset"):
    """Empty the authorization cache. Done: {cleared_entries}."""

    rest: ClassVar = Rest(
        path="cache/reset",
        name="reset_cache",
        summary="Empty the cache",
        description="The authorization cache: every tag is asked about again.",
        event=NOTHING_MORE,
        body=EMPTY_BODY,
        result={"cleared_entries": 3},
        has_own_route=True,
    )


class LocalListEntry(Struct, frozen=True, kw_only=True):
    """One tag of a local authorization list."""

    schema: ClassVar = BodySchema("LocalAuthListEntry", "A card on the list.")

    id_tag: IdTag
    id_token_type: IdTokenType = None
    status: Annotated[str, BodyField(is_asked=False)] = "Accepted"
    expires_at: Annotated[Instant | None, BodyField(name="expiry_date", type=datetime)] = None
    group: Annotated[str | None, BodyField(name="parent_id_tag", min_length=1, max_length=255)] = (
        None
    )


def _with_nulls(_body: Mapping[str, Any], read: dict[str, Any]) -> dict[str, Any]:
    """The settings with their nulls, as queues of before have them."""
    nulls = {"expires_at": None, "group": None}
    return read | {
        "entries": [{"id_tag": entry["id_tag"]} | nulls | entry for entry in read["entries"]]
    }


class InstallLocalList(Struct, frozen=True, kw_only=True, tag="local_auth_list"):
    """Put a full local authorization list in at the charger; its version must rise.
    Done: {list_version, entries}."""

    rest: ClassVar = Rest(
        path="local-auth-list",
        name="install_local_list",
        summary="Install a local list",
        description="In place of the one that is there; its version must be higher.",
        event=BodySchema(
            "LocalAuthListEvent",
            "A whole list; its version must rise.",
            {
                "list_version": 2,
                "entries": [
                    {"id_tag": AN_ID_TAG, "expiry_date": "2026-12-31T23:59:59Z"},
                    {"id_tag": "04A1B2C3D4E680"},
                ],
            },
        ),
        body=BodySchema("LocalAuthListBody", "A local authorization list for a charger."),
        arrange=_with_nulls,
        has_own_route=True,
    )

    version: Annotated[int, BodyField(name="list_version", ge=1, le=LARGEST_INT)]
    entries: Annotated[tuple[LocalListEntry, ...], BodyField(max_length=limits.LOCAL_LIST_ENTRIES)]


class ClearLocalList(Struct, frozen=True, kw_only=True, tag="clear_local_auth_list"):
    """Remove every entry; the version is 0 again. Done: {entries_deleted}."""

    rest: ClassVar = Rest(
        path="clear-local-auth-list",
        name="clear_local_list",
        summary="Empty the local list",
        description="No entry is left, and the version is 0 again.",
        event=NOTHING_MORE,
        body=EMPTY_BODY,
        result={"entries_deleted": 2},
        has_own_route=True,
    )
