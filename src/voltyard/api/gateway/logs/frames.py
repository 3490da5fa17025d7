"""The log of a charger's frames: a page, or all of it as a file."""

from typing import Annotated, Any, Final

import msgspec
from fastapi import Depends, Query

from voltyard.api import ndjson
from voltyard.api.auth import Reader
from voltyard.api.description.named_types import FrameDirection
from voltyard.api.gateway import to_answers
from voltyard.api.gateway.context import YardDep
from voltyard.api.gateway.error_responses import error_responses
from voltyard.api.gateway.fields import LastMomentIn, MomentIn
from voltyard.api.gateway.models import chargers as models
from voltyard.api.middleware import GATEWAY_PREFIX
from voltyard.api.routers import api_router
from voltyard.kernel.time import to_rfc3339
from voltyard.yard.records import FrameLogged
from voltyard.yard.repositories import FrameQuery

router = api_router(prefix=GATEWAY_PREFIX + "/chargers", tags=["logs"])

_EXAMPLE: Final = {
    "timestamp": "2026-02-10T14:00:00.250Z",
    "direction": "csms_to_cp",
    "kind": "result",
    "action": "Heartbeat",
    "message_id": "17",
    "message": '[3,"17",{"currentTime":"2026-02-10T14:00:00Z"}]',
    "latency_s": 0.012,
    "verdict": "valid",
}


async def _wanted(
    start_date: Annotated[MomentIn | None, Query(description="Included.")] = None,
    end_date: Annotated[
        LastMomentIn | None, Query(description="Included; a mere date is included to its end.")
    ] = None,
    event: Annotated[str | None, Query(description="An action, e.g. BootNotification.")] = None,
    direction: Annotated[FrameDirection | None, Query()] = None,
) -> FrameQuery:
    return FrameQuery(since=start_date, until=end_date, action=event, direction=direction)


Wanted = Annotated[FrameQuery, Depends(_wanted)]


@router.get("/{charger_id}/logs", summary="OCPP frames", responses=error_responses(404))
async def list_charger_logs(
    charger_id: str,
    yard: YardDep,
    principal: Reader,
    wanted: Wanted,
    limit: Annotated[int, Query(ge=1, le=1_000)] = 100,
    offset: Annotated[int, Query(ge=0, le=2**31 - 1)] = 0,
) -> models.ChargerLogListResponse:
    """Frames both ways as they were on the wire, the newest first; an answer has its call's action.
    A frame is here within a quarter of a second."""
    query = msgspec.structs.replace(wanted, limit=limit, offset=offset)
    listing = await yard.logs.listed(principal.organization_id, charger_id, query)
    return models.ChargerLogListResponse(
        data=[to_answers.log_entry(frame) for frame in listing.entries],
        total=listing.total,
        limit=limit,
        offset=offset,
    )


@router.get(
    "/{charger_id}/logs/export",
    summary="OCPP frames as a file",
    status_code=200,
    response_class=ndjson.NdjsonResponse,
    responses={
        **error_responses(404),
        200: ndjson.described(_EXAMPLE),
    },
)
async def export_charger_logs(
    charger_id: str, yard: YardDep, principal: Reader, wanted: Wanted
) -> ndjson.NdjsonResponse:
    """The whole log up to now, or the range of it, the oldest first, one frame a line (NDJSON)."""
    parts = await yard.logs.export(principal.organization_id, charger_id, wanted)
    return ndjson.as_file(parts, _line, "frames.ndjson")


def _line(frame: FrameLogged) -> dict[str, Any]:
    return {
        "timestamp": to_rfc3339(frame.at),
        "direction": frame.direction,
        "kind": frame.kind,
        "action": frame.action,
        "message_id": frame.message_id,
        "message": frame.text,
        "latency_s": frame.latency_s,
        "verdict": frame.verdict,
    }
