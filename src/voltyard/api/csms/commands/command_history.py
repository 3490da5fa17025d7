"""Routes of the command history: commands sent, their results and outcomes. Readable also after
deletion."""

from typing import Annotated, Any, Final

from fastapi import Path, Query
from pydantic import Field

from voltyard.api.auth import Reader
from voltyard.api.csms.commands import field_names
from voltyard.api.csms.context import BackendDep
from voltyard.api.csms.error_responses import error_responses
from voltyard.api.csms.fields import (
    EXAMPLE_CHARGER,
    EXAMPLE_PAGINATION,
    BackendAnswer,
    Box,
    BoxId,
    Moment,
    PaginationInfo,
    PagingDep,
    example,
    moment,
)
from voltyard.api.description.named_types import AwaitedOutcome
from voltyard.api.errors import BACKEND_PREFIX
from voltyard.api.routers import api_router
from voltyard.csms.reading.queries import SentCommandQuery
from voltyard.csms.records import CommandStored
from voltyard.kernel.errors import NotFound

router = api_router(
    prefix=BACKEND_PREFIX + "/chargers/{chargeBoxId}",
    tags=["history"],
    responses=error_responses(404),
)


_COMMAND: Final = {
    "id": "cmd_4k2d8s1m0x7c9v3b",
    "command": "reset",
    "request": {"command": "reset", "type": "Soft"},
    "status": "accepted",
    "answer": {"status": "accepted"},
    "errorCode": None,
    "askedAt": "2026-02-10T14:00:00.000Z",
    "answeredAt": "2026-02-10T14:00:00.012Z",
    "latencyMs": 12.0,
    "requestId": None,
    "awaits": "reset",
    "outcome": "back after 21.4 s",
    "outcomeAt": "2026-02-10T14:00:21.412Z",
    "succeeded": True,
    "isAwaited": False,
    "fileId": None,
}


class CommandAnswer(BackendAnswer):
    """A command that was sent, and what came of it."""

    model_config = example(**_COMMAND)

    id: str
    command: str
    request: Any
    """The command as it was asked, without passwords."""
    status: str
    """The charger's word; else error, timeout, lost (sent, and the link or the server went before
    the answer: it may have been acted on), unsent; queued: not answered yet."""
    answer: Any
    error_code: str | None = Field(serialization_alias="errorCode")
    asked_at: str | None = Field(serialization_alias="askedAt")
    answered_at: str | None = Field(serialization_alias="answeredAt")
    latency_ms: float | None = Field(serialization_alias="latencyMs")
    request_id: int | None = Field(serialization_alias="requestId")
    awaits: AwaitedOutcome | None
    """The message that tells the outcome; null: the answer is all."""
    outcome: str | None
    """Its outcome, final or so far: Downloading, Installed, Uploaded, back after 21.4 s."""
    outcome_at: str | None = Field(serialization_alias="outcomeAt")
    """Moment when the outcome was final; null: it is not."""
    succeeded: bool | None
    """True where what was asked came about; null: nobody knows (yet)."""
    is_awaited: bool = Field(serialization_alias="isAwaited")
    """True where an answer or an outcome is still to come."""
    file_id: str | None = Field(serialization_alias="fileId")
    """The file that the charger uploaded here for it."""


class CommandList(BackendAnswer):
    """Commands to a charger, newest first."""

    model_config = example(
        chargeBoxId=EXAMPLE_CHARGER, commands=[_COMMAND], pagination=EXAMPLE_PAGINATION
    )

    charge_box_id: BoxId
    commands: list[CommandAnswer]
    pagination: PaginationInfo


@router.get("/commands", summary="Every command sent, its answer, and what came of it")
async def list_sent_commands(
    box: Box,
    here: BackendDep,
    principal: Reader,
    part: PagingDep,
    command: Annotated[str | None, Query(description="Such as reset, or firmware/update.")] = None,
    status: str | None = None,
    awaits: AwaitedOutcome | None = None,
    succeeded: bool | None = None,
    is_awaited: Annotated[bool | None, Query(alias="isAwaited")] = None,
    since: Annotated[Moment | None, Query(alias="from")] = None,
    until: Annotated[Moment | None, Query(alias="to")] = None,
) -> CommandList:
    """Newest first. An update, an upload, a reset and a triggered message have an outcome that
    shows after the answer."""
    await here.check_known(principal.organization_id, box)
    page = await here.reads.commands(
        principal.organization_id,
        box,
        SentCommandQuery(
            command=command,
            status=status,
            awaits=awaits,
            succeeded=succeeded,
            is_awaited=is_awaited,
            since=since,
            until=until,
        ),
        part,
    )
    uploads = await here.reads.uploads(principal.organization_id, [row.id for row in page.items])
    return CommandList(
        charge_box_id=box,
        commands=[_command(row, uploads.get(row.id)) for row in page.items],
        pagination=part.of(page.total),
    )


@router.get("/commands/{commandId}", summary="One command, and what came of it")
async def get_sent_command(
    box: Box,
    command_id: Annotated[str, Path(alias="commandId")],
    here: BackendDep,
    principal: Reader,
) -> CommandAnswer:
    """Where to look after async=true, and for an outcome."""
    row = await here.reads.command(principal.organization_id, box, command_id)
    if row is None:
        raise NotFound(f"no command {command_id} to {box}")
    uploads = await here.reads.uploads(principal.organization_id, (command_id,))
    return _command(row, uploads.get(command_id))


def _command(row: CommandStored, file_id: str | None) -> CommandAnswer:
    return CommandAnswer(
        id=row.id,
        command=row.command,
        request=field_names.request(row.command, row.request),
        status=row.status,
        answer=field_names.answer(row.command, row.answer),
        error_code=row.error_code,
        asked_at=moment(row.asked_at),
        answered_at=moment(row.answered_at),
        latency_ms=row.latency_ms,
        request_id=row.request_id,
        awaits=row.awaits,
        outcome=row.outcome,
        outcome_at=moment(row.outcome_at),
        succeeded=row.succeeded,
        is_awaited=row.due_at is not None,
        file_id=file_id,
    )
