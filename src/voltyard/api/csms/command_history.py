"""Commands that were sent, and what came of them. Readable also after deletion."""

from typing import Annotated, Any, Final

from fastapi import Path, Query
from pydantic import Field
from sqlalchemy import Connection

from voltyard.api.auth import Reader
from voltyard.api.csms import command_words
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
from voltyard.api.routers import api_router
from voltyard.csms.records import (
    Awaited,
    CommandStored,
)
from voltyard.kernel.errors import NotFound
from voltyard.storage import history
from voltyard.storage.files import of_commands
from voltyard.storage.rows import Page

router = api_router(
    prefix=BACKEND_PREFIX + "/chargers/{chargeBoxId}", tags=["history"], responses=problems(404)
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


class Command(Answer):
    """A command that was sent, and what came of it."""

    model_config = example(**_COMMAND)

    id: str
    command: str
    request: Any
    """As it was asked, without passwords."""
    status: str
    """The charger's word; else error, timeout, lost (sent, and the link or the server went before
    the answer: it may have been acted on), unsent; queued: not answered yet."""
    answer: Any
    error_code: str | None = Field(serialization_alias="errorCode")
    asked_at: str | None = Field(serialization_alias="askedAt")
    answered_at: str | None = Field(serialization_alias="answeredAt")
    latency_ms: float | None = Field(serialization_alias="latencyMs")
    request_id: int | None = Field(serialization_alias="requestId")
    awaits: Awaited | None
    """What the outcome is told by; null: the answer is all."""
    outcome: str | None
    """What came of it later, or has so far: Downloading, Installed, Uploaded, back after 21.4 s."""
    outcome_at: str | None = Field(serialization_alias="outcomeAt")
    """When the outcome was final; null: it is not."""
    succeeded: bool | None
    """Whether what was asked came about; null: nobody knows (yet)."""
    is_awaited: bool = Field(serialization_alias="isAwaited")
    """Whether an answer or an outcome is still to come."""
    file_id: str | None = Field(serialization_alias="fileId")
    """What the charger uploaded here for it."""


class CommandList(Answer):
    """Commands to a charger, newest first."""

    model_config = example(
        chargeBoxId=EXAMPLE_CHARGER, commands=[_COMMAND], pagination=EXAMPLE_PAGINATION
    )

    charge_box_id: BoxId
    commands: list[Command]
    pagination: Pagination


@router.get("/commands", summary="Every command sent, its answer, and what came of it")
async def list_commands(
    box: Box,
    here: Here,
    principal: Reader,
    part: Part,
    command: Annotated[str | None, Query(description="Such as reset, or firmware/update.")] = None,
    status: str | None = None,
    awaits: Awaited | None = None,
    succeeded: bool | None = None,
    is_awaited: Annotated[bool | None, Query(alias="isAwaited")] = None,
    since: Annotated[Moment | None, Query(alias="from")] = None,
    until: Annotated[Moment | None, Query(alias="to")] = None,
) -> CommandList:
    """Newest first. An update, an upload, a reset and a triggered message have an outcome that
    shows after the answer."""

    def read(connection: Connection) -> Page[CommandStored]:
        return history.list_commands(
            connection,
            principal.organization_id,
            box,
            command=command,
            status=status,
            awaits=awaits,
            succeeded=succeeded,
            is_awaited=is_awaited,
            since=since,
            until=until,
            limit=part.limit,
            offset=part.offset,
        )

    await here.check_known(principal.organization_id, box)
    await here.database.flush()
    page = await here.database.read(read, share=principal.organization_id)
    found = [row.id for row in page.items]
    uploads = await here.database.read(
        lambda c: of_commands(c, found), share=principal.organization_id
    )
    return CommandList(
        charge_box_id=box,
        commands=[_command(row, uploads.get(row.id)) for row in page.items],
        pagination=part.of(page.total),
    )


@router.get("/commands/{commandId}", summary="One command, and what came of it")
async def get_command(
    box: Box,
    command_id: Annotated[str, Path(alias="commandId")],
    here: Here,
    principal: Reader,
) -> Command:
    """Where to look after async=true, and for an outcome."""

    def find(connection: Connection) -> CommandStored | None:
        return history.find_command(connection, principal.organization_id, box, command_id)

    await here.database.flush()
    row = await here.database.read(find, share=principal.organization_id)
    if row is None:
        raise NotFound(f"no command {command_id} to {box}")
    uploads = await here.database.read(
        lambda c: of_commands(c, (command_id,)), share=principal.organization_id
    )
    return _command(row, uploads.get(command_id))


def _command(row: CommandStored, file_id: str | None) -> Command:
    return Command(
        id=row.id,
        command=row.command,
        request=command_words.request(row.request),
        status=row.status,
        answer=command_words.answer(row.answer),
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
