"""Routes of the backend's events: pages, and a stream of server-sent events."""

from functools import lru_cache
from typing import Annotated, Any, Final

import msgspec
from fastapi import Depends, Header, Query, Request
from pydantic import AfterValidator, Field

from voltyard.api.auth import Reader
from voltyard.api.csms.context import BackendDep
from voltyard.api.csms.error_responses import error_responses
from voltyard.api.csms.fields import (
    EXAMPLE_CHARGER,
    EXAMPLE_PAGINATION,
    BackendAnswer,
    Moment,
    MomentOut,
    PaginationInfo,
    PagingDep,
    example,
)
from voltyard.api.errors import BACKEND_PREFIX
from voltyard.api.routers import api_router
from voltyard.api.sse import EventStream, described, event_block
from voltyard.csms.events import NAMES, TransactionUpdated
from voltyard.events.envelope import envelope
from voltyard.events.event_names import names_matching
from voltyard.events.event_query import EventQuery
from voltyard.events.event_records import EventLogged
from voltyard.kernel import limits
from voltyard.kernel.errors import Invalid

router = api_router(
    prefix=BACKEND_PREFIX + "/events", tags=["events"], responses=error_responses(404)
)

_LARGEST: Final = 2**63 - 1

_EVENT: Final = {
    "id": "evt_4k2d8s1m0x7c42",
    "event": "charger.disconnected",
    "timestamp": "2026-02-10T14:00:00.250Z",
    "data": {"chargeBoxId": EXAMPLE_CHARGER, "code": 1006, "reason": ""},
}

_NAMES_TOLD: Final = "\n".join(f"- `{name}`: {meaning}" for name, meaning in NAMES.items())


def check_name(word: str) -> str:
    """For a field: the name of an event, or a beginning of names with a * after it."""
    try:
        names_matching([word], NAMES)
    except Invalid as error:
        raise ValueError(str(error)) from None
    return word


EventName = Annotated[str, AfterValidator(check_name)]


class EventAnswer(BackendAnswer):
    """One event, in the envelope that webhooks get too."""

    model_config = example(**_EVENT)

    id: str
    event: str
    at: MomentOut = Field(serialization_alias="timestamp")
    data: dict[str, Any]


class EventList(BackendAnswer):
    """Events, newest first."""

    model_config = example(events=[_EVENT], pagination=EXAMPLE_PAGINATION)

    events: list[EventAnswer]
    pagination: PaginationInfo


async def _wanted(
    here: BackendDep,
    principal: Reader,
    charge_box_id: Annotated[
        str | None, Query(alias="chargeBoxId", description="Of this charger only.")
    ] = None,
    event: Annotated[
        list[EventName] | None,
        Query(description="A name, or a beginning such as `transaction.*`; may be repeated."),
    ] = None,
) -> EventQuery:
    if charge_box_id is not None:
        await here.check_known(principal.organization_id, charge_box_id)
    return EventQuery(
        organization_id=principal.organization_id,
        charge_box_id=charge_box_id,
        names=names_matching(event, NAMES) if event else None,
    )


Wanted = Annotated[EventQuery, Depends(_wanted)]


@router.get("", summary="Events")
async def list_backend_events(
    here: BackendDep,
    wanted: Wanted,
    part: PagingDep,
    since: Annotated[Moment | None, Query(alias="from")] = None,
    until: Annotated[Moment | None, Query(alias="to")] = None,
) -> EventList:
    """Newest first."""
    page = await here.reads.events(wanted, part, since=since, until=until)
    return EventList(events=[shown(event) for event in page.items], pagination=part.of(page.total))


def shown(event: EventLogged) -> EventAnswer:
    """The event in an answer."""
    return EventAnswer.of_record(event, data=msgspec.json.decode(event.data))


_EXAMPLE: Final = (
    f"id: 42\nevent: charger.disconnected\ndata: {msgspec.json.encode(_EVENT).decode()}\n\n"
)


@router.get(
    "/stream",
    summary="Events as they happen",
    status_code=200,
    response_class=EventStream,
    responses={**error_responses(404, 503), 200: described(_EXAMPLE)},
    description=f"""Server-sent events: from now on, or after the one named by the header
`Last-Event-ID` (or `lastEventId` in the query), first those that were missed. An event is told once
it is durable. Where events after that id are kept no more, an event `gap` with `after` and `oldest`
comes first. A comment every 15 seconds says that the stream is alive. What there is to hear:

{_NAMES_TOLD}

`{TransactionUpdated.name}` comes with every meter value: it is kept only while a webhook of the
organization asks for it, or where it corrects an end that was told of; else it has no id, and is
never told again.""",
)
async def stream_backend_events(
    request: Request,
    here: BackendDep,
    wanted: Wanted,
    last_event_id_header: Annotated[
        int | None, Header(alias="Last-Event-ID", ge=0, le=_LARGEST)
    ] = None,
    last_event_id: Annotated[int | None, Query(alias="lastEventId", ge=0, le=_LARGEST)] = None,
) -> EventStream:
    """See the description."""
    after = last_event_id if last_event_id_header is None else last_event_id_header
    following = here.followed.follow(wanted, after)
    return EventStream(following, _block, request.scope["state"]["check_key"])


@lru_cache(limits.EVENT_QUEUE)
def _block(event: EventLogged) -> bytes:
    """Made once, for all who are told."""
    return event_block(event.number, event.event, envelope(event))
