"""Routes of refused handshakes: chargers that dialled and were not let in, and why."""

from typing import Annotated, Any, Final

from fastapi import Path, Query
from pydantic import Field

from voltyard.api.auth import Operator, Reader
from voltyard.api.csms.context import BackendContext, BackendDep
from voltyard.api.csms.error_responses import error_responses
from voltyard.api.csms.fields import (
    EXAMPLE_PAGINATION,
    BackendAnswer,
    MomentOut,
    PaginationInfo,
    PagingDep,
    example,
)
from voltyard.api.errors import BACKEND_PREFIX
from voltyard.api.routers import api_router
from voltyard.csms.refusals.reasons import RefusalReason
from voltyard.csms.refusals.refusal_rows import RefusalStored

router = api_router(
    prefix=BACKEND_PREFIX + "/refusals", tags=["refusals"], responses=error_responses()
)

_EXAMPLE: Final[dict[str, Any]] = {
    "id": "rfs_4k2d8s1m0x7c9v3b",
    "identity": "CHARGER-002",
    "organizationId": "org_default",
    "address": "192.0.2.17",
    "offeredSubprotocols": ["ocpp1.6"],
    "reason": "not_registered",
    "hint": 'not registered: POST /api/v1/chargers {"chargeBoxId": "CHARGER-002"}',
    "count": 42,
    "firstAt": "2026-02-10T14:00:00.000Z",
    "lastAt": "2026-02-10T14:20:30.000Z",
    "registered": False,
}


class RefusalAnswer(BackendAnswer):
    """Refused handshakes of one identity for one reason."""

    model_config = example(**_EXAMPLE)

    id: str
    identity: str | None = Field(
        description="As it dialled; null where the handshake broke before it named one."
    )
    organization_id: str = Field(serialization_alias="organizationId")
    address: str = Field(description="The last one, without the port.")
    offered: list[str] = Field(
        serialization_alias="offeredSubprotocols",
        description="Of the WebSocket handshake, such as ocpp1.6; the last ones.",
    )
    reason: RefusalReason
    hint: str = Field(description="The reason in words, and what to do about it.")
    count: int
    first_at: MomentOut = Field(serialization_alias="firstAt")
    last_at: MomentOut = Field(serialization_alias="lastAt")
    registered: bool = Field(description="A charger of that identity is registered now.")


class RefusalList(BackendAnswer):
    """Refused handshakes, newest first."""

    model_config = example(refusals=[_EXAMPLE], pagination=EXAMPLE_PAGINATION)

    refusals: list[RefusalAnswer]
    pagination: PaginationInfo


class RefusalDeletionAnswer(BackendAnswer):
    """The number of rows that are forgotten."""

    model_config = example(forgotten=3)

    forgotten: int


ChargeBoxId = Annotated[
    str | None, Query(alias="chargeBoxId", description="Of this identity only.")
]
Reason = Annotated[RefusalReason | None, Query(description="For this reason only.")]
RefusalPath = Annotated[str, Path(alias="refusalId")]


@router.get("", summary="List refused handshakes")
async def list_refusals(
    here: BackendDep,
    principal: Reader,
    part: PagingDep,
    charge_box_id: ChargeBoxId = None,
    reason: Reason = None,
) -> RefusalList:
    """Chargers that dialled and were not let in, newest first: one row an identity and reason, with
    how often. Of each organization, 1,000 rows of registered chargers and as many of others are
    kept, for retentionDays after the last refusal; the least recent go first. A restart keeps them,
    but for the counts of the last second before a kill."""
    rows = here.backend.refusal_record.book.list(principal.organization_id, charge_box_id, reason)
    return RefusalList(
        refusals=[_answer(here, row) for row in part.cut(rows)], pagination=part.of(len(rows))
    )


@router.delete("", summary="Forget refused handshakes")
async def clear_refusals(
    here: BackendDep,
    principal: Operator,
    charge_box_id: ChargeBoxId = None,
    reason: Reason = None,
) -> RefusalDeletionAnswer:
    """All of the organization, or those that are asked for. What is refused again is back."""
    rows = here.backend.refusal_record.book.list(principal.organization_id, charge_box_id, reason)
    return RefusalDeletionAnswer(forgotten=await here.backend.refusal_record.forget(rows))


@router.delete("/{refusalId}", summary="Forget a refused handshake", responses=error_responses(404))
async def delete_refusal(
    refusal_id: RefusalPath, here: BackendDep, principal: Operator
) -> RefusalAnswer:
    """Its row, which is gone until it is refused again."""
    row = here.backend.refusal_record.book.get(principal.organization_id, refusal_id)
    await here.backend.refusal_record.forget([row])
    return _answer(here, row)


def _answer(here: BackendContext, row: RefusalStored) -> RefusalAnswer:
    is_registered = row.identity is not None and here.backend.is_registered(
        row.organization_id, row.identity
    )
    return RefusalAnswer.of_record(row, registered=is_registered)
