"""Routes of id tags."""

from typing import Annotated, Any, Final, Literal

from fastapi import Path, Query
from msgspec import UNSET
from pydantic import AfterValidator, Field

from voltyard.api.auth import Operator, Reader
from voltyard.api.csms.context import BackendDep
from voltyard.api.csms.error_responses import error_responses
from voltyard.api.csms.fields import (
    EXAMPLE_PAGINATION,
    BackendAnswer,
    BackendBody,
    Moment,
    MomentOut,
    PaginationInfo,
    PagingDep,
    Word,
    example,
)
from voltyard.api.description.named_types import IdTagStatus, IdTagType
from voltyard.api.errors import BACKEND_PREFIX
from voltyard.api.routers import api_router
from voltyard.csms.authorization.id_tag_service import IdTagChange
from voltyard.csms.reading.queries import IdTagQuery
from voltyard.csms.records import IdTagStored
from voltyard.kernel import limits

router = api_router(
    prefix=BACKEND_PREFIX + "/id-tags", tags=["id tags"], responses=error_responses()
)

_TAG: Final = {
    "id": "tag_4k2d8s1m0x7c9v3b",
    "idTag": "04A2B3C4D5E680",
    "idTagType": None,
    "name": "Ada's card",
    "status": "active",
    "expiryDate": "2027-12-31T23:59:59.000Z",
    "parentIdTag": "FLEET-7",
    "scope": "all",
    "chargeBoxIds": None,
    "source": "api",
    "createdAt": "2026-02-10T14:00:00.000Z",
    "updatedAt": "2026-02-10T14:00:00.000Z",
}


def _text(value: str) -> str:
    if value != value.strip() or not value.isprintable():
        raise ValueError("must be printable, without spaces around it")
    return value


Text = Annotated[
    str,
    Field(
        min_length=1,
        max_length=limits.ID_TAG_CHARACTERS,
        json_schema_extra={"pattern": "^[!-~]([ -~]*[!-~])?$"},
    ),
    AfterValidator(_text),
]
"""As a charger reads it. OCPP 1.6 chargers know up to 20 characters, 2.x up to 36."""


Name = Annotated[
    str, Path(alias="idTag", description="Its id (tag_...), or the tag itself in any case.")
]


class IdTagChangeBody(BackendBody):
    """Fields that an operator may set. Null goes back to the default."""

    model_config = example(name="Ada's card", status="blocked")

    id_tag_type: IdTagType | None = Field(
        None,
        alias="idTagType",
        description="OCPP 2.x: the IdToken's type, without which any type will do.",
    )
    name: Annotated[str, Field(max_length=255)] | None = None
    status: IdTagStatus = "active"
    expires_at: Moment | None = Field(None, alias="expiryDate")
    parent_id_tag: Text | None = Field(None, alias="parentIdTag")
    charge_box_ids: (
        Annotated[list[Word], Field(min_length=1, max_length=limits.ID_TAG_CHARGERS)] | None
    ) = Field(None, alias="chargeBoxIds", description="Where it may charge; null: everywhere.")

    def change(self) -> IdTagChange:
        """The fields that were sent."""
        sent: dict[str, Any] = {
            name: getattr(self, name, UNSET)
            for name in self.model_fields_set & set(IdTagChange.__struct_fields__)
        }
        if "charge_box_ids" in sent:
            sent["charge_box_ids"] = tuple(dict.fromkeys(self.charge_box_ids or ()))
        return IdTagChange(**sent)


class NewIdTagBody(IdTagChangeBody):
    """A tag to be known."""

    model_config = example(idTag="04A2B3C4D5E680", name="Ada's card", parentIdTag="FLEET-7")

    id_tag: Text = Field(alias="idTag")


class IdTagAnswer(BackendAnswer):
    """A tag that is known. `scope` is `all`, or `chargers` where it is confined to some."""

    model_config = example(**_TAG)

    id: str
    id_tag: str = Field(serialization_alias="idTag")
    id_tag_type: str | None = Field(serialization_alias="idTagType")
    name: str | None
    status: IdTagStatus
    expires_at: MomentOut = Field(serialization_alias="expiryDate")
    parent_id_tag: str | None = Field(serialization_alias="parentIdTag")
    scope: Literal["all", "chargers"]
    charge_box_ids: list[str] | None = Field(serialization_alias="chargeBoxIds")
    source: str
    created_at: MomentOut = Field(serialization_alias="createdAt")
    updated_at: MomentOut = Field(serialization_alias="updatedAt")


class IdTagList(BackendAnswer):
    """Tags in the order they came."""

    model_config = example(idTags=[_TAG], pagination=EXAMPLE_PAGINATION)

    id_tags: list[IdTagAnswer] = Field(serialization_alias="idTags")
    pagination: PaginationInfo


class IdTagDeletionAnswer(BackendAnswer):
    """Confirmation that an id tag was deleted."""

    model_config = example(message="Id tag deleted", id=_TAG["id"], idTag=_TAG["idTag"])

    message: str
    id: str
    id_tag: str = Field(serialization_alias="idTag")


@router.post("", status_code=201, summary="Add an id tag", responses=error_responses(409))
async def create_id_tag(body: NewIdTagBody, here: BackendDep, principal: Operator) -> IdTagAnswer:
    """It counts from the next question of a charger on. Upper and lower case are the same."""
    return _answer(
        await here.backend.id_tags.add(principal.organization_id, body.id_tag, body.change())
    )


@router.get("", summary="List id tags")
async def list_id_tags(
    here: BackendDep,
    principal: Reader,
    part: PagingDep,
    status: Annotated[IdTagStatus | None, Query(description="Only these.")] = None,
    parent_id_tag: Annotated[
        str | None, Query(alias="parentIdTag", description="Only those of this parent.")
    ] = None,
    search: Annotated[
        str | None, Query(description="Only those with this in their tag or name.")
    ] = None,
) -> IdTagList:
    """In the order they came."""
    query = IdTagQuery(status=status, parent_id_tag=parent_id_tag, search=search)
    page = await here.reads.id_tags(principal.organization_id, query, part)
    return IdTagList(id_tags=[_answer(row) for row in page.items], pagination=part.of(page.total))


@router.get("/{idTag}", summary="One id tag", responses=error_responses(404))
async def get_id_tag(name: Name, here: BackendDep, principal: Reader) -> IdTagAnswer:
    """By its id, or by the tag itself."""
    return _answer(here.backend.id_tags.get(principal.organization_id, name))


@router.patch("/{idTag}", summary="Change an id tag", responses=error_responses(404))
async def update_id_tag(
    name: Name, body: IdTagChangeBody, here: BackendDep, principal: Operator
) -> IdTagAnswer:
    """Only the fields that are sent. Transactions that run are not stopped by it."""
    return _answer(
        await here.backend.id_tags.change(principal.organization_id, name, body.change())
    )


@router.delete("/{idTag}", summary="Delete an id tag", responses=error_responses(404))
async def delete_id_tag(name: Name, here: BackendDep, principal: Operator) -> IdTagDeletionAnswer:
    """From then on it is unknown, and the setting `unknownIdTags` decides about it."""
    row = await here.backend.id_tags.delete(principal.organization_id, name)
    return IdTagDeletionAnswer(message="Id tag deleted", id=row.id, id_tag=row.id_tag)


def _answer(row: IdTagStored) -> IdTagAnswer:
    return IdTagAnswer.of_record(
        row,
        scope="chargers" if row.charge_box_ids else "all",
        charge_box_ids=list(row.charge_box_ids) or None,
    )
