"""Routes of the message log, data transfers and connections. Readable also after deletion."""

from typing import Annotated, Any, Final, TypeAlias

import msgspec
from fastapi import Depends, Query
from pydantic import Field

from voltyard.api import ndjson
from voltyard.api.auth import Reader
from voltyard.api.csms.context import BackendDep
from voltyard.api.csms.error_responses import error_responses
from voltyard.api.csms.fields import (
    EXAMPLE_CHARGER,
    EXAMPLE_PAGINATION,
    LARGEST_INT,
    LARGEST_LIMIT,
    BackendAnswer,
    Box,
    BoxId,
    Moment,
    MomentOut,
    PaginationInfo,
    Paging,
    PagingDep,
    example,
)
from voltyard.api.description.named_types import MessageDirection, MessageOutcome, MessageVerdict
from voltyard.api.errors import BACKEND_PREFIX
from voltyard.api.routers import api_router
from voltyard.csms.reading.queries import MessageQuery
from voltyard.csms.records import (
    MessageLogged,
)
from voltyard.kernel import limits
from voltyard.kernel.masked_text import masked_text
from voltyard.kernel.paging import Cursor, in_pages

router = api_router(
    prefix=BACKEND_PREFIX + "/chargers/{chargeBoxId}",
    tags=["history"],
    responses=error_responses(404),
)


class DataTransfer(BackendAnswer):
    """A DataTransfer and its answer, which is null where none came."""

    id: str
    direction: MessageDirection
    vendor_id: str = Field(serialization_alias="vendorId")
    message_id: str | None = Field(serialization_alias="messageId")
    data: str | None
    response_status: str | None = Field(serialization_alias="responseStatus")
    response_data: str | None = Field(serialization_alias="responseData")
    created_at: MomentOut = Field(serialization_alias="createdAt")


class DataTransferHistory(BackendAnswer):
    """The last data transfers, newest first."""

    model_config = example(
        chargeBoxId=EXAMPLE_CHARGER,
        dataTransfers=[
            {
                "id": "dt_123",
                "direction": "outgoing",
                "vendorId": "MyVendor",
                "messageId": "GetDisplayMessage",
                "data": '{"screen": 1}',
                "responseStatus": "Accepted",
                "responseData": '{"text": "Hello"}',
                "createdAt": "2026-02-10T14:00:00.000Z",
            }
        ],
        count=1,
        pagination={"total": 1, "limit": 20, "offset": 0},
    )

    charge_box_id: BoxId
    data_transfers: list[DataTransfer] = Field(serialization_alias="dataTransfers")
    count: int
    pagination: PaginationInfo


@router.get("/data-transfer", summary="Vendor-specific talk, both ways")
async def list_data_transfers(
    box: Box,
    here: BackendDep,
    principal: Reader,
    limit: Annotated[int, Query(ge=1, le=LARGEST_LIMIT)] = 20,
    offset: Annotated[int, Query(ge=0, le=LARGEST_INT)] = 0,
) -> DataTransferHistory:
    """Newest first. `count` is how many are in the answer."""
    await here.check_known(principal.organization_id, box)
    page = await here.reads.data_transfers(
        principal.organization_id, box, Paging(limit=limit, offset=offset)
    )
    return DataTransferHistory(
        charge_box_id=box,
        data_transfers=[DataTransfer.of_record(row) for row in page.items],
        count=len(page.items),
        pagination=PaginationInfo(total=page.total, limit=limit, offset=offset),
    )


class MessageAnswer(BackendAnswer):
    """A CALL with its answer, as they were on the wire, or a frame that belongs to none."""

    id: str
    direction: MessageDirection
    """Of the CALL: incoming comes from the charger."""
    action: str | None
    message_id: str | None = Field(serialization_alias="messageId")
    at: MomentOut = Field(serialization_alias="timestamp")
    request: str | None
    response: str | None
    answered_at: MomentOut = Field(serialization_alias="answeredAt")
    latency_ms: float | None = Field(serialization_alias="latencyMs")
    outcome: str
    error_code: str | None = Field(serialization_alias="errorCode")
    verdict: MessageVerdict
    """On what the charger sent, the CALL or its answer: valid; lenient, taken although it strays
    from the schema; refused."""
    violations: list[str]
    """Reasons why it is not valid: kind, place and words of each fault."""
    version: str = Field(serialization_alias="ocppVersion")
    missing: int | None = None
    """Messages that are missing here, since the database did not keep up with the traffic; then
    `outcome` is missing, and the rest tells of the last of them."""


EXAMPLE_MESSAGE: Final = {
    "id": "msg_4k2d8s1m0x7c9v3b",
    "direction": "incoming",
    "action": "Heartbeat",
    "messageId": "19",
    "timestamp": "2026-02-10T14:00:00.000Z",
    "request": '[2,"19","Heartbeat",{}]',
    "response": '[3,"19",{"currentTime":"2026-02-10T14:00:00.000Z"}]',
    "answeredAt": "2026-02-10T14:00:00.000Z",
    "latencyMs": 0.2,
    "outcome": "result",
    "errorCode": None,
    "verdict": "valid",
    "violations": [],
    "ocppVersion": "1.6",
    "missing": None,
}


class MessageList(BackendAnswer):
    """A charger's traffic, newest first."""

    model_config = example(
        chargeBoxId=EXAMPLE_CHARGER,
        messages=[EXAMPLE_MESSAGE],
        pagination=EXAMPLE_PAGINATION,
    )

    charge_box_id: BoxId
    messages: list[MessageAnswer]
    pagination: PaginationInfo


async def _wanted(
    action: str | None = None,
    direction: MessageDirection | None = None,
    verdict: MessageVerdict | None = None,
    outcome: MessageOutcome | None = None,
    since: Annotated[Moment | None, Query(alias="from", description="Included.")] = None,
    until: Annotated[Moment | None, Query(alias="to", description="Included.")] = None,
) -> MessageQuery:
    return MessageQuery(
        action=action,
        direction=direction,
        verdict=verdict,
        outcome=outcome,
        since=since,
        until=until,
    )


Wanted: TypeAlias = Annotated[MessageQuery, Depends(_wanted)]


@router.get("/messages", summary="Every OCPP frame, both ways")
async def list_messages(
    box: Box, here: BackendDep, principal: Reader, part: PagingDep, wanted: Wanted
) -> MessageList:
    """Newest first: a request paired with its answer, how long that took, and whether the charger
    kept to the schema."""
    await here.check_known(principal.organization_id, box)
    page = await here.reads.messages(principal.organization_id, box, wanted, part)
    return MessageList(
        charge_box_id=box,
        messages=[MessageAnswer.of_record(row) for row in page.items],
        pagination=part.of(page.total),
    )


@router.get(
    "/messages/export",
    summary="Every OCPP frame, as a file",
    status_code=200,
    response_class=ndjson.NdjsonResponse,
    responses={200: ndjson.described(EXAMPLE_MESSAGE)},
)
async def export_messages(
    box: Box, here: BackendDep, principal: Reader, wanted: Wanted
) -> ndjson.NdjsonResponse:
    """The whole log up to now, or the part of it that is asked for, oldest first, one message a
    line (NDJSON)."""
    await here.check_known(principal.organization_id, box)
    await here.reads.flush()
    now = here.clock()  # or a charger that talks on would never let it end
    until = now if wanted.until is None else min(now, wanted.until)
    query = msgspec.structs.replace(wanted, until=until)

    async def following(after: Cursor | None, limit: int) -> list[tuple[Cursor, MessageLogged]]:
        return await here.reads.following_messages(
            principal.organization_id, box, query, after, limit
        )

    def line(row: MessageLogged) -> dict[str, Any]:
        return MessageAnswer.of_record(row).model_dump(by_alias=True)

    return ndjson.as_file(in_pages(following, limits.EXPORT_FRAMES), line, "messages.ndjson")


class ConnectionAnswer(BackendAnswer):
    """One connection of the charger; closedAt is null while it is open."""

    id: str
    version: str = Field(serialization_alias="ocppVersion")
    remote: str = Field(serialization_alias="remoteAddress")
    opened_at: MomentOut = Field(serialization_alias="openedAt")
    closed_at: MomentOut = Field(serialization_alias="closedAt")
    code: int | None
    """Of the first close frame; 1006 where there was none."""
    reason: str | None


class ConnectionList(BackendAnswer):
    """A charger's connections, newest first."""

    model_config = example(
        chargeBoxId=EXAMPLE_CHARGER,
        connections=[
            {
                "id": "con_4k2d8s1m0x7c",
                "ocppVersion": "1.6",
                "remoteAddress": "192.0.2.1:40000",
                "openedAt": "2026-02-10T14:00:00.000Z",
                "closedAt": "2026-02-10T14:10:00.000Z",
                "code": 1008,
                "reason": "a newer connection of this charger took its place",
            }
        ],
        pagination=EXAMPLE_PAGINATION,
    )

    charge_box_id: BoxId
    connections: list[ConnectionAnswer]
    pagination: PaginationInfo


@router.get("/connections", summary="When it was connected, and how that ended")
async def list_connections(
    box: Box, here: BackendDep, principal: Reader, part: PagingDep
) -> ConnectionList:
    """Newest first, as long as the organization keeps its history."""
    await here.check_known(principal.organization_id, box)
    page = await here.reads.connections(principal.organization_id, box, part)
    return ConnectionList(
        charge_box_id=box,
        connections=[
            ConnectionAnswer.of_record(
                row, reason=None if row.reason is None else masked_text(row.reason)
            )
            for row in page.items
        ],
        pagination=part.of(page.total),
    )
