"""Routes of the local authorization list."""

from typing import Annotated, Final, Literal

from pydantic import Field

from voltyard.api.auth import Operator, Reader
from voltyard.api.csms.commands.command_route import (
    BEGUN_RESPONSE,
    BegunOnly,
    CommandDep,
    CommandRoute,
    ask,
    status_sentence,
)
from voltyard.api.csms.error_responses import OF_A_CHARGER, error_responses
from voltyard.api.csms.fields import (
    EXAMPLE_CHARGER,
    LARGEST_INT,
    BackendAnswer,
    BackendBody,
    Box,
    BoxId,
    IdTag,
    Moment,
    Reason,
    Word,
    example,
)
from voltyard.api.errors import BACKEND_PREFIX
from voltyard.api.routers import api_router
from voltyard.csms.commands.local_list import (
    GetLocalListVersion,
    LocalListTag,
    LocalListTagInfo,
    LocalListVersionResult,
)
from voltyard.csms.local_lists.background_delivery import DeliverLocalList
from voltyard.kernel import limits

router = api_router(
    prefix=BACKEND_PREFIX + "/chargers/{chargeBoxId}/local-list",
    tags=["id tags"],
    responses=error_responses(*OF_A_CHARGER) | BEGUN_RESPONSE,
    route_class=CommandRoute,
)

_SENTENCES: Final = {
    "failed": "Charger could not take the local list",
    "versionMismatch": "Charger has a list of that version or a later one",
    "notSupported": "Charger keeps no local list",
}

EntryStatus = Literal[
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


class IdTagInfo(BackendBody):
    """What a tag is worth."""

    status: EntryStatus
    expires_at: Moment | None = Field(None, alias="expiryDate")
    parent_id_tag: IdTag | None = Field(None, alias="parentIdTag")


class Entry(BackendBody):
    """A tag; in a differential update one without idTagInfo is taken from the list."""

    id_tag: IdTag = Field(alias="idTag")
    id_tag_type: Word | None = Field(
        None,
        alias="idTagType",
        description="OCPP 2.x: of the idToken. Left out: the one that fits idTag, ISO14443 for 8 "
        "or 14 hexadecimal characters, ISO15693 for 16, else Central.",
    )
    id_tag_info: IdTagInfo | None = Field(None, alias="idTagInfo")

    def entry(self) -> LocalListTag:
        """In the backend's words."""
        info = self.id_tag_info
        return LocalListTag(
            id_tag=self.id_tag,
            id_tag_type=self.id_tag_type,
            info=None
            if info is None
            else LocalListTagInfo(
                status=info.status,
                expires_at=info.expires_at,
                parent_id_tag=info.parent_id_tag,
            ),
        )


class LocalListBody(BackendBody):
    """What to send. Without entries: the id tags that may charge there."""

    model_config = example(
        updateType="Differential",
        listVersion=8,
        entries=[{"idTag": "04A2B3C4D5E680", "idTagInfo": {"status": "Accepted"}}],
    )

    update_type: Literal["Full", "Differential"] = Field("Full", alias="updateType")
    list_version: Annotated[int, Field(ge=1, le=LARGEST_INT)] | None = Field(
        None, alias="listVersion", description="By default the one after the charger's own."
    )
    entries: Annotated[list[Entry], Field(max_length=limits.LOCAL_LIST_ENTRIES)] | None = None


class LocalListAnswer(BackendAnswer):
    """The charger's word: accepted, failed, notSupported, versionMismatch. Where a differential
    update did not fit and the list was sent again in full, `updateType` is Full."""

    model_config = example(
        message="Local list accepted by charger",
        chargeBoxId=EXAMPLE_CHARGER,
        listVersion=8,
        status="accepted",
        updateType="Differential",
        entries=1,
        parts=1,
        partsTaken=1,
    )

    message: str
    charge_box_id: BoxId
    list_version: int = Field(
        serialization_alias="listVersion",
        description="What the charger has now; where it refused, what it refused.",
    )
    status: str
    update_type: str = Field(serialization_alias="updateType")
    entries: int
    parts: int
    """In how many messages the list goes."""
    parts_taken: int = Field(serialization_alias="partsTaken")
    reason: Reason = None


class VersionAnswer(BackendAnswer):
    """0: it has no list, or an empty one. -1: it keeps none."""

    model_config = example(chargeBoxId=EXAMPLE_CHARGER, listVersion=8)

    charge_box_id: BoxId
    list_version: int = Field(serialization_alias="listVersion")


@router.put("", summary="Send a charger its local list", responses=error_responses(409))
async def send_local_list(
    box: Box, here: CommandDep, principal: Operator, body: LocalListBody | None = None
) -> LocalListAnswer:
    """In as many messages as the charger takes (SendLocalListMaxLength). Where a differential
    update does not fit, the whole list follows: the id tags that may charge there, with the given
    entries on top. With async=true the row that is answered is that of the whole, a
    `local-list/delivery`; each message has one of its own."""
    body = body or LocalListBody.model_validate({})
    organization_id = principal.organization_id
    entries = None if body.entries is None else tuple(one.entry() for one in body.entries)
    if not here.waits:
        command = DeliverLocalList(
            update_type=body.update_type, list_version=body.list_version, entries=entries
        )
        raise BegunOnly(await here.backend.begin_local_list(organization_id, box, command))
    outcome = await here.backend.local_lists.send(
        organization_id, box, body.update_type, body.list_version, entries
    )
    return LocalListAnswer(
        message=status_sentence("Local list", outcome.status, _SENTENCES),
        charge_box_id=box,
        list_version=outcome.list_version,
        status=outcome.status,
        update_type=outcome.update_type,
        entries=outcome.entries,
        parts=outcome.parts,
        parts_taken=outcome.parts_taken,
        reason=outcome.reason,
    )


@router.get("/version", summary="Which local list a charger has")
async def get_local_list_version(box: Box, here: CommandDep, principal: Reader) -> VersionAnswer:
    """As the charger itself says."""
    outcome = await ask(here, principal, box, GetLocalListVersion(), LocalListVersionResult)
    return VersionAnswer(charge_box_id=box, list_version=outcome.list_version)
