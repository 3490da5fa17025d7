"""Commands of the local authorization list (D)."""

from typing import Annotated, ClassVar, Literal, TypeAlias

from msgspec import Struct

from voltyard.csms.commands.declaration import AnswerShape, CommandOperation, WireField
from voltyard.csms.commands.results import LocalListResult, LocalListVersionResult
from voltyard.csms.commands.shared import (
    LARGEST_INT,
    BackendCommand,
    IdTag,
    Moment,
    ParentIdTag,
    Word,
)
from voltyard.kernel import limits

UpdateType: TypeAlias = Literal["Full", "Differential"]


EntryStatus: TypeAlias = Literal[
    "Accepted",
    "Blocked",
    "ConcurrentTx",
    "Expired",
    "Invalid",
    "NoCredit",
    "NotAllowedTypeEVSE",
    "NotAtThisLocation",
    "NotAtThisTime",
    "Unknown",
]
"""OCPP's own words; 1.6 knows the first five."""


class LocalListTagInfo(Struct, frozen=True, kw_only=True):
    """The verdict on a tag in a local list."""

    schema_name: ClassVar = "IdTagInfo"

    status: EntryStatus
    expires_at: Annotated[Moment | None, WireField("expiryDate")] = None
    parent_id_tag: ParentIdTag = None


class LocalListTag(Struct, frozen=True, kw_only=True):
    """A tag; in a differential update one without idTagInfo is taken from the list."""

    schema_name: ClassVar = "LocalListEntry"

    id_tag: IdTag
    id_tag_type: Annotated[
        Word | None,
        WireField(
            "idTagType",
            description="OCPP 2.x: of the idToken. Left out: the one that fits idTag, ISO14443 for "
            "8 or 14 hexadecimal characters, ISO15693 for 16, else Central.",
        ),
    ] = None
    info: Annotated[LocalListTagInfo | None, WireField("idTagInfo")] = None
    """None in a differential update takes the tag from the list."""


class SendLocalList(BackendCommand, frozen=True, kw_only=True, tag="local-list"):
    """Replace the list (Full), or change some of it: one message of a delivery."""

    list_version: Annotated[int, WireField("listVersion")]
    update_type: Annotated[UpdateType, WireField("updateType")]
    entries: tuple[LocalListTag, ...] = ()


class DeliverLocalList(BackendCommand, frozen=True, kw_only=True, tag="local-list/delivery"):
    """Send a charger its local list.

    In as many messages as the charger takes (SendLocalListMaxLength). Where a differential update
    does not fit, the whole list follows: the id tags that may charge there, with the given entries
    on top. With async=true the row that is answered is that of the whole, a `local-list/delivery`;
    each message has one of its own.

    Body: What to send. Without entries: the id tags that may charge there.

    Answer: The charger's word: accepted, failed, notSupported, versionMismatch. Where a
    differential update did not fit and the list was sent again in full, `updateType` is Full.
    """

    operation: ClassVar = CommandOperation(
        name="send_local_list",
        path="local-list",
        method="PUT",
        tag="id tags",
        body="LocalListBody",
        is_body_optional=True,
        example={
            "updateType": "Differential",
            "listVersion": 8,
            "entries": [{"idTag": "04A2B3C4D5E680", "idTagInfo": {"status": "Accepted"}}],
        },
        answer=AnswerShape(
            "LocalListAnswer",
            "message",
            "charge_box_id",
            "list_version",
            "status",
            "update_type",
            "entries",
            "parts",
            "parts_taken",
            "reason",
        ),
        subject="Local list",
        sentences={
            "failed": "Charger could not take the local list",
            "versionMismatch": "Charger has a list of that version or a later one",
            "notSupported": "Charger keeps no local list",
        },
        result={"entries": 1, "parts": 1, "partsTaken": 1},
    )
    result: ClassVar = LocalListResult

    update_type: Annotated[UpdateType, WireField("updateType")] = "Full"
    list_version: Annotated[
        int | None,
        WireField(
            "listVersion",
            ge=1,
            le=LARGEST_INT,
            description="By default the one after the charger's own.",
        ),
    ] = None
    entries: Annotated[
        tuple[LocalListTag, ...] | None, WireField(max_length=limits.LOCAL_LIST_ENTRIES)
    ] = None


class GetLocalListVersion(BackendCommand, frozen=True, kw_only=True, tag="local-list/version"):
    """Read the version of a charger's local list.

    As the charger itself says.

    Answer: 0: it has no list, or an empty one. -1: it keeps none.
    """

    operation: ClassVar = CommandOperation(
        name="get_local_list_version",
        method="GET",
        tag="id tags",
        answer=AnswerShape("LocalListVersionAnswer", "charge_box_id", "list_version"),
        result={"listVersion": 8},
    )
    result: ClassVar = LocalListVersionResult
