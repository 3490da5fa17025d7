"""The trace of a charger: its frames judged by OCPP's rules, with its lanes over time."""

from __future__ import annotations

import asyncio
from typing import Annotated, Final

import msgspec
from fastapi import Query, Response
from msgspec import Struct

from voltyard.api.auth import Reader
from voltyard.api.gateway.context import YardDep
from voltyard.api.gateway.error_responses import error_responses
from voltyard.api.gateway.fields import LastMomentIn, MomentIn
from voltyard.api.gateway.models.traces import ChargerTraceResponse
from voltyard.api.middleware import GATEWAY_PREFIX
from voltyard.api.routers import api_router
from voltyard.kernel import limits
from voltyard.yard.deployments.deployment import Deployment
from voltyard.yard.records import FrameLogged, YardEventLogged
from voltyard.yard.repositories import FrameQuery
from voltyard.yard.yard import Yard

router = api_router(prefix=GATEWAY_PREFIX + "/chargers", tags=["logs"])

_FROM_CHARGER: Final = "cp_to_csms"
_MISSING: Final = "missing"
"""The verdict of an entry that stands for frames which could not be stored."""


class _Log(Struct, frozen=True, kw_only=True):
    """The part of a charger's log that a trace is made of."""

    deployment: Deployment
    query: FrameQuery
    frames: list[FrameLogged]
    has_more: bool
    events: list[YardEventLogged]


@router.get(
    "/{charger_id}/trace",
    summary="Trace of a charger",
    response_model=ChargerTraceResponse,
    responses=error_responses(404),
)
async def get_charger_trace(
    charger_id: str,
    yard: YardDep,
    principal: Reader,
    start_date: Annotated[MomentIn | None, Query(description="Included.")] = None,
    end_date: Annotated[
        LastMomentIn | None, Query(description="Included; a mere date is included to its end.")
    ] = None,
    limit: Annotated[
        int, Query(ge=1, le=limits.CHARGER_TRACE_FRAMES, description="The newest frames.")
    ] = 1_000,
) -> Response:
    """The newest frames of the log and the events beside them, as `voltyard trace` shows them: each
    call with its answer, the rules of OCPP that a frame breaks, and over time the connectors,
    transactions, meter values, limits and the link. Very long frames leave room for fewer."""
    query = FrameQuery(since=start_date, until=end_date, limit=limit)
    async with yard.logs.traces_at_once:
        log = await _read(yard, principal.organization_id, charger_id, query)
        body = await asyncio.to_thread(_packed, log)
    return Response(body, media_type="application/json")


async def _read(yard: Yard, organization_id: str, charger_id: str, query: FrameQuery) -> _Log:
    deployment = await yard.chargers.get(organization_id, charger_id)
    frames, has_more = await yard.logs.newest(
        organization_id, deployment.id, query, limits.CHARGER_TRACE_CHARS
    )
    begin = frames[0].at if has_more and frames else query.since
    wanted = await yard.events.query(organization_id, deployment.id, None, None)
    events = await yard.events.newest(
        wanted, begin, query.until, limits.CHARGER_TRACE_EVENTS, limits.CHARGER_TRACE_CHARS
    )
    return _Log(deployment=deployment, query=query, frames=frames, has_more=has_more, events=events)


def _packed(log: _Log) -> bytes:
    """The answer; takes a tenth of a second for the most frames."""
    from voltyard.traces.formats.log_entries import LogEntry, LoggedEvent, LoggedVersion, WireFrame
    from voltyard.traces.formats.reading import TraceLog
    from voltyard.traces.packing import plain
    from voltyard.traces.trace import Trace, trace_of

    name = log.deployment.identity
    version = log.deployment.ocpp_version.removeprefix("OCPP")
    entries: list[LogEntry] = [LoggedVersion(charger=name, version=version)]
    for event in log.events:
        data = msgspec.json.decode(event.data)
        entries.append(LoggedEvent(at=event.at, charger=name, type=event.type, data=data))
    for one in log.frames:
        if one.verdict == _MISSING:
            gap = {"reason": one.text}
            entries.append(LoggedEvent(at=one.at, charger=name, type="frames.missing", data=gap))
            continue
        by_charger = one.direction == _FROM_CHARGER
        entries.append(WireFrame(at=one.at, charger=name, by_charger=by_charger, text=one.text))
    if any(isinstance(one, WireFrame) for one in entries):
        trace = trace_of([TraceLog(name, "the yard's log", tuple(entries))], name)
    else:
        begin = log.deployment.created_at
        trace = Trace(title=name, begin=begin, end=begin, chargers=[], frames=[])
    answer = {"data": plain(trace), "limit": log.query.limit, "has_more": log.has_more}
    return msgspec.json.encode(answer)
