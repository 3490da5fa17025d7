"""What went over the wire: messages, data transfers, commands. Readable also after deletion."""

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query
from pydantic import Field
from sqlalchemy import Connection

from voltyard.api.auth import Reader
from voltyard.api.csms.context import Here
from voltyard.api.csms.fields import (
    EXAMPLE_CHARGER,
    EXAMPLE_PAGINATION,
    Answer,
    Box,
    BoxId,
    Moment,
    Pagination,
    Part,
    example,
    moment,
)
from voltyard.api.csms.problems import problems
from voltyard.api.errors import BACKEND_PREFIX
from voltyard.csms.records import (
    CommandStored,
    DataTransferLogged,
    Direction,
    MessageLogged,
)
from voltyard.storage import history
from voltyard.storage.rows import Page

router = APIRouter(
    prefix=BACKEND_PREFIX + "/chargers/{chargeBoxId}", tags=["history"], responses=problems(404)
)


class DataTransfer(Answer):
    """A DataTransfer and its answer, which is null where none came."""

    id: str
    direction: Direction
    vendor_id: str = Field(serialization_alias="vendorId")
    message_id: str | None = Field(serialization_alias="messageId")
    data: str | None
    response_status: str | None = Field(serialization_alias="responseStatus")
    response_data: str | None = Field(serialization_alias="responseData")
    created_at: str | None = Field(serialization_alias="createdAt")


class DataTransferHistory(Answer):
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
    )

    charge_box_id: BoxId
    data_transfers: list[DataTransfer] = Field(serialization_alias="dataTransfers")
    count: int


@router.get("/data-transfer", summary="Vendor-specific talk, both ways")
async def list_data_transfers(
    box: Box, here: Here, principal: Reader, limit: Annotated[int, Query(ge=1, le=100)] = 20
) -> DataTransferHistory:
    """Newest first."""

    def read(connection: Connection) -> list[DataTransferLogged]:
        return history.list_data_transfers(connection, principal.organization_id, box, limit=limit)

    await here.check_known(principal.organization_id, box)
    await here.database.flush()
    rows = await here.database.read(read)
    return DataTransferHistory(
        charge_box_id=box,
        data_transfers=[
            DataTransfer(
                id=row.id,
                direction=row.direction,
                vendor_id=row.vendor_id,
                message_id=row.message_id,
                data=row.data,
                response_status=row.response_status,
                response_data=row.response_data,
                created_at=moment(row.created_at),
            )
            for row in rows
        ],
        count=len(rows),
    )


class Message(Answer):
    """A CALL with its answer, as they were on the wire, or a frame that belongs to none."""

    id: str
    direction: Direction
    """Of the CALL: incoming comes from the charger."""
    action: str | None
    message_id: str | None = Field(serialization_alias="messageId")
    timestamp: str | None
    request: str | None
    response: str | None
    answered_at: str | None = Field(serialization_alias="answeredAt")
    latency_ms: float | None = Field(serialization_alias="latencyMs")
    outcome: str
    error_code: str | None = Field(serialization_alias="errorCode")
    violations: list[str]
    """Where it strayed from the schema; empty: it did not."""
    ocpp_version: str = Field(serialization_alias="ocppVersion")


class MessageList(Answer):
    """A charger's traffic, newest first."""

    model_config = example(
        chargeBoxId=EXAMPLE_CHARGER,
        messages=[
            {
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
                "violations": [],
                "ocppVersion": "1.6",
            }
        ],
        pagination=EXAMPLE_PAGINATION,
    )

    charge_box_id: BoxId
    messages: list[Message]
    pagination: Pagination


@router.get("/messages", summary="Every OCPP frame, both ways")
async def list_messages(
    box: Box,
    here: Here,
    principal: Reader,
    part: Part,
    action: str | None = None,
    direction: Direction | None = None,
    since: Annotated[Moment | None, Query(alias="from")] = None,
    until: Annotated[Moment | None, Query(alias="to")] = None,
) -> MessageList:
    """Newest first: a request paired with its answer, how long that took, and whether both kept to
    the schema."""

    def read(connection: Connection) -> Page[MessageLogged]:
        return history.list_messages(
            connection,
            principal.organization_id,
            box,
            action=action,
            direction=direction,
            since=since,
            until=until,
            limit=part.limit,
            offset=part.offset,
        )

    await here.check_known(principal.organization_id, box)
    await here.database.flush()
    page = await here.database.read(read)
    return MessageList(
        charge_box_id=box,
        messages=[_message(row) for row in page.items],
        pagination=part.of(page.total),
    )


def _message(row: MessageLogged) -> Message:
    return Message(
        id=row.id,
        direction=row.direction,
        action=row.action,
        message_id=row.message_id,
        timestamp=moment(row.at),
        request=row.request,
        response=row.response,
        answered_at=moment(row.answered_at),
        latency_ms=row.latency_ms,
        outcome=row.outcome,
        error_code=row.error_code,
        violations=list(row.violations),
        ocpp_version=row.version,
    )


class Command(Answer):
    """A command that was sent, and what came of it."""

    id: str
    command: str
    request: Any
    status: str
    """The charger's word; else error, timeout, not_connected or lost."""
    answer: Any
    error_code: str | None = Field(serialization_alias="errorCode")
    asked_at: str | None = Field(serialization_alias="askedAt")
    answered_at: str | None = Field(serialization_alias="answeredAt")
    latency_ms: float | None = Field(serialization_alias="latencyMs")
    outcome: str | None
    """What came of it later: Installed, Uploaded, ..."""


class CommandList(Answer):
    """Commands to a charger, newest first."""

    model_config = example(
        chargeBoxId=EXAMPLE_CHARGER,
        commands=[
            {
                "id": "cmd_4k2d8s1m0x7c9v3b",
                "command": "reset",
                "request": {"command": "reset", "type": "Soft", "evse_id": None},
                "status": "accepted",
                "answer": {"status": "accepted"},
                "errorCode": None,
                "askedAt": "2026-02-10T14:00:00.000Z",
                "answeredAt": "2026-02-10T14:00:00.012Z",
                "latencyMs": 12.0,
                "outcome": None,
            }
        ],
        pagination=EXAMPLE_PAGINATION,
    )

    charge_box_id: BoxId
    commands: list[Command]
    pagination: Pagination


@router.get("/commands", summary="Every command sent, and its answer")
async def list_commands(box: Box, here: Here, principal: Reader, part: Part) -> CommandList:
    """Newest first."""

    def read(connection: Connection) -> Page[CommandStored]:
        return history.list_commands(
            connection, principal.organization_id, box, limit=part.limit, offset=part.offset
        )

    await here.check_known(principal.organization_id, box)
    await here.database.flush()
    page = await here.database.read(read)
    return CommandList(
        charge_box_id=box,
        commands=[_command(row) for row in page.items],
        pagination=part.of(page.total),
    )


def _command(row: CommandStored) -> Command:
    return Command(
        id=row.id,
        command=row.command,
        request=msgspec.json.decode(row.request),
        status=row.status,
        answer=None if row.answer is None else msgspec.json.decode(row.answer),
        error_code=row.error_code,
        asked_at=moment(row.asked_at),
        answered_at=moment(row.answered_at),
        latency_ms=row.latency_ms,
        outcome=row.outcome,
    )
