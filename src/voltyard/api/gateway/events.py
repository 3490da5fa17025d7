"""Routes of the yard's events: pages, and a stream of server-sent events."""

import re
from functools import lru_cache
from typing import Annotated, Final, Literal

import msgspec
from fastapi import Depends, Header, Query, Request
from pydantic import AfterValidator, WithJsonSchema

from voltyard.api.auth import Reader
from voltyard.api.description.plain_schemas import NAME
from voltyard.api.gateway.context import YardDep
from voltyard.api.gateway.error_responses import error_responses
from voltyard.api.gateway.models.events import EventListResponse, EventResponse
from voltyard.api.middleware import GATEWAY_PREFIX
from voltyard.api.routers import api_router
from voltyard.api.sse import EventStream, described, event_block
from voltyard.events.event_query import EventQuery
from voltyard.kernel import limits
from voltyard.yard.events.event_json import event_json
from voltyard.yard.events.event_types import EVENT_TYPES
from voltyard.yard.records import YardEventLogged

router = api_router(prefix=GATEWAY_PREFIX + "/events", tags=["events"])

_LARGEST: Final = 2**63 - 1


def _known(word: str) -> str:
    if word not in EVENT_TYPES:
        raise ValueError(f"there is no type {word!r}: {', '.join(EVENT_TYPES)}")
    return word


def _all_known(words: str) -> str:
    return ",".join(_known(word.strip()) for word in words.split(","))


_KINDS_TOLD = "\n".join(
    f"- `{name}`: {kind.says} `{msgspec.json.encode(kind.example).decode()}`"
    for name, kind in EVENT_TYPES.items()
)

Type = Annotated[
    str,
    AfterValidator(_known),
    WithJsonSchema({"type": "string", "enum": list(EVENT_TYPES), NAME: "EventType"}),
]
_ONE_OF_THEM = f"({'|'.join(re.escape(kind) for kind in EVENT_TYPES)})"
Types = Annotated[
    str,
    AfterValidator(_all_known),
    WithJsonSchema({"type": "string", "pattern": f"^{_ONE_OF_THEM}(,{_ONE_OF_THEM})*$"}),
]


async def _wanted(
    yard: YardDep,
    principal: Reader,
    charger_id: Annotated[
        str | None, Query(description="By id or identity; a deleted one by its id.")
    ] = None,
    location_id: Annotated[
        str | None, Query(description="Where the charger was when it happened.")
    ] = None,
    type: Annotated[list[Type] | None, Query(description="May be repeated.")] = None,
    types: Annotated[Types | None, Query(description="The same, with commas between.")] = None,
) -> EventQuery:
    named = {*(type or ()), *(types.split(",") if types else ())}
    return await yard.events.query(
        principal.organization_id, charger_id, location_id, frozenset(named) or None
    )


Wanted = Annotated[EventQuery, Depends(_wanted)]


@router.get("", summary="Events", responses=error_responses(404))
async def list_events(
    yard: YardDep,
    wanted: Wanted,
    after: Annotated[
        int | None, Query(ge=0, le=_LARGEST, description="Those after it, the oldest first.")
    ] = None,
    before: Annotated[
        int | None, Query(ge=0, le=_LARGEST, description="Those before it, the newest first.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=1_000)] = 100,
) -> EventListResponse:
    """The newest first, unless `after` is given: with the last id it was given, a caller that asks
    now and then misses nothing. `gap` says that some of what came after are kept no more."""
    if after is not None:
        page = await yard.events.after(wanted, after, limit)
    else:
        page = await yard.events.before(wanted, before, limit)
    return EventListResponse(
        data=[_shown(event) for event in page.entries],
        limit=limit,
        has_more=page.has_more,
        gap=page.gap,
    )


def _shown(event: YardEventLogged) -> EventResponse:
    return EventResponse.of_record(
        event,
        id=event.number,
        charger_id=event.deployment_id,
        data=msgspec.json.decode(event.data),
    )


_SAMPLES: Final = {
    "at": "2026-02-10T14:00:00.250Z",
    "whole": False,
    "missed": 0,
    "chargers": {
        "dep-123": {
            "power_w": 11040,
            "connectors": [
                {"evse_id": 1, "connector_id": 1, "power_w": 11040, "soc": 32.4, "energy_wh": 1227}
            ],
        }
    },
}

_EXAMPLE: Final = (
    "id: 42\nevent: connection.opened\n"
    'data: {"id":42,"type":"connection.opened","at":"2026-02-10T14:00:00.250Z",'
    '"charger_id":"dep-123","identity":"CP-TEST-001","location_id":null,"data":{}}\n\n'
)


@router.get(
    "/stream",
    summary="Events as they happen",
    status_code=200,
    response_class=EventStream,
    responses={**error_responses(404, 503), 200: described(_EXAMPLE)},
    description=f"""Server-sent events: from now on, or after the event named by the header
`Last-Event-ID` (or `last_event_id` in the query), first those that were missed. An event is told
once it is stored, and in the order of the ids. Where events after that id are kept no more, an
event `gap` with `after` and `oldest` comes first. A comment every 15 seconds says that the stream
is alive.

With `include=samples` there are events `samples` too, without id and kept nowhere, at most 4 a
second: `at`, `whole`, `missed`, and `chargers` by id, of each only what changed:

    {msgspec.json.encode(_SAMPLES).decode()}

The first one is whole: all chargers of the organization (or of what the query names) with all
fields, null where no runtime runs. In those after it a field that is as it was is left out, so is a
connector and a charger; null is a charger that runs no more. A connector is named by `evse_id` and
`connector_id`. `missed` is not 0 where a client was too slow: so many changes were dropped, and
that one is whole again.

The types, each with an example of its `data`:

{_KINDS_TOLD}""",
)
async def stream_events(
    request: Request,
    yard: YardDep,
    wanted: Wanted,
    last_event_id_header: Annotated[
        int | None, Header(alias="Last-Event-ID", ge=0, le=_LARGEST)
    ] = None,
    last_event_id: Annotated[int | None, Query(ge=0, le=_LARGEST)] = None,
    include: Annotated[
        Literal["samples"] | None,
        Query(description="`samples`: beside the events, what the chargers are doing."),
    ] = None,
) -> EventStream:
    """See the description."""
    after = last_event_id if last_event_id_header is None else last_event_id_header
    following = yard.events.follow(wanted, after, with_samples=include is not None)
    return EventStream(following, _block, request.scope["state"]["check_key"])


@lru_cache(limits.EVENT_QUEUE)
def _block(event: YardEventLogged) -> bytes:
    """Made once, for all who are told."""
    return event_block(event.number, event.type, event_json(event))
