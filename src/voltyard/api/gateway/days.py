"""Days at locations: drivers who come to its chargers for some hours, in its own time."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from voltyard.api.auth import Operator, Reader
from voltyard.api.description.named_types import DayKind
from voltyard.api.error_models import answers
from voltyard.api.gateway.context import PageDep, YardDep
from voltyard.api.gateway.error_responses import error_responses
from voltyard.api.gateway.fields import (
    GatewayAnswer,
    GatewayBody,
    Moment,
    MomentIn,
    PageAnswer,
    Word,
    example,
)
from voltyard.api.middleware import GATEWAY_PREFIX
from voltyard.api.routers import api_router
from voltyard.kernel import limits
from voltyard.yard.days import Day, DayPlan
from voltyard.yard.yard import Yard

router = api_router(prefix=GATEWAY_PREFIX + "/locations", tags=["days"])

Order = Literal["random", "round-robin", "connector-affinity"]
Share = Annotated[float, Field(ge=0, le=1)]
IdTag = Annotated[str, Field(min_length=1, max_length=20)]

_TAGS = ("04A1B2C3D4E580", "04A1B2C3D4E680")
_DAY = {
    "id": "day_4k2d8s1m0x7c9v3b",
    "location_id": "0b7c8a52-6a0e-4a5c-9a51-2d4f6b8e1c3d",
    "status": "running",
    "kind": "public",
    "hours": 24,
    "rate": 60,
    "seed": 7,
    "chargers": 3,
    "connectors": 4,
    "began_at": "2026-11-21T09:00:00.000Z",
    "ended_at": None,
    "site_began_at": "2026-11-21T09:00:00.000Z",
    "site_time": "2026-11-21T14:30:00.000Z",
    "site_ends_at": "2026-11-22T09:00:00.000Z",
    "sessions_begun": 6,
    "sessions_ended": 4,
    "energy_wh": 41200,
    "refused": 1,
}


class DayTagsBody(GatewayBody):
    """Whose cards the drivers show."""

    known: list[IdTag] = Field(
        ["04D10000000000"],
        min_length=1,
        max_length=10_000,
        description="Tags the CSMS takes, as far as the yard knows.",
    )
    order: Order = Field(
        "random",
        description="round-robin: one after another over the location. connector-affinity: each "
        "connector has its own.",
    )
    unknown: Share = Field(0.0, description="Share of drivers with UNKNOWN and six digits.")
    blocked: Share = Field(0.0, description="Share of drivers with one of blocked_tags.")
    blocked_tags: list[IdTag] = Field(
        [], max_length=10_000, description="Left out: BLOCKED and six digits."
    )

    @model_validator(mode="after")
    def _is_a_share(self) -> Self:
        if self.unknown + self.blocked > 1.0:
            raise ValueError("unknown and blocked are shares, at most 1 together")
        return self


class StartDayBody(GatewayBody):
    """A day to be."""

    model_config = example(
        kind="public",
        hours=24,
        rate=60,
        peer_agrees_to_rate=True,
        seed=7,
        vehicles=["honda-e", "polestar-2"],
        tags={"known": list(_TAGS), "unknown": 0.05},
    )

    kind: DayKind = "public"
    hours: Annotated[float, Field(gt=0, le=limits.DAY_HOURS)] = Field(
        24.0, description="In the location's time."
    )
    start: MomentIn | None = Field(
        None,
        description="The location's time when it begins, not before what it is there; left out: "
        "what it is there.",
    )
    rate: Annotated[float, Field(ge=1, le=limits.FASTEST_RATE)] = Field(
        1.0, description="Of its chargers for the day; afterwards each has its own again."
    )
    peer_agrees_to_rate: bool = Field(
        False, description="The chargers' CSMS does not mind a rate above 1."
    )
    seed: Annotated[int, Field(ge=0, le=2**53 - 1)] = 0
    vehicles: list[Word] = Field(
        [],
        max_length=100,
        description="Names of the catalogue, each as frequent as it is named; left out: cars off "
        "the street.",
    )
    tags: DayTagsBody | None = None


class DayResponse(GatewayAnswer):
    """A day, and what has come of it so far."""

    model_config = example(**_DAY)

    id: str
    location_id: str
    status: Literal["running", "ended", "stopped"]
    kind: DayKind
    hours: float
    rate: float
    seed: int
    chargers: int
    connectors: int
    began_at: Moment
    """Real time; so too `ended_at`."""
    ended_at: Moment | None
    site_began_at: Moment
    """By the location's time; so too the next two."""
    site_time: Moment
    site_ends_at: Moment
    sessions_begun: int
    sessions_ended: int
    energy_wh: float
    """Of the sessions that ended."""
    refused: int
    """Drivers whose card was refused."""


class DayListResponse(PageAnswer[DayResponse]):
    """Days of a location, the newest first."""


@router.post(
    "/{location_id}/days",
    status_code=202,
    summary="Start a day at a location",
    responses=error_responses(400, 404, 409, 503),
)
async def start_day(
    location_id: str, body: StartDayBody, yard: YardDep, principal: Operator
) -> DayResponse:
    """Drivers come to the connectors of the chargers that run there, charge and leave, as they do
    at such places (shares and percentiles of Dutch charging points). They plug in, show a card and
    unplug like anybody. One day at a time; it goes on over a restart of the server, with drivers
    who come anew. When it is over, nobody comes any more; cars that are still there stay."""
    day = await yard.days.begin(principal.organization_id, location_id, _plan(body))
    return _shown(yard, day)


@router.get("/{location_id}/days", summary="Days of a location", responses=error_responses(404))
async def list_days(
    location_id: str, yard: YardDep, principal: Reader, page: PageDep
) -> DayListResponse:
    """The newest first."""
    listing = await yard.days.listed(principal.organization_id, location_id, page)
    return DayListResponse.of_listing(listing, page, lambda day: _shown(yard, day))


@router.get("/{location_id}/days/{day_id}", summary="One day", responses=error_responses(404))
async def get_day(location_id: str, day_id: str, yard: YardDep, principal: Reader) -> DayResponse:
    """How far it has come."""
    return _shown(yard, await yard.days.get(principal.organization_id, location_id, day_id))


@router.delete(
    "/{location_id}/days/{day_id}",
    summary="Stop a day",
    responses={
        **error_responses(404),
        200: answers({**_DAY, "status": "stopped", "ended_at": "2026-11-21T09:05:30.000Z"}),
    },
)
async def stop_day(
    location_id: str, day_id: str, yard: YardDep, principal: Operator
) -> DayResponse:
    """Nobody comes any more, and the chargers have their own rates again. What it has come to
    stays; a day that has ended is left as it is."""
    return _shown(yard, await yard.days.stop(principal.organization_id, location_id, day_id))


def _plan(body: StartDayBody) -> DayPlan:
    tags = body.tags or DayTagsBody.model_validate({})
    return DayPlan(
        kind=body.kind,
        hours=body.hours,
        start=body.start,
        rate=body.rate,
        peer_agrees_to_rate=body.peer_agrees_to_rate,
        seed=body.seed,
        vehicles=tuple(body.vehicles),
        tags=tuple(tags.known),
        tag_order=tags.order,
        unknown=tags.unknown,
        blocked=tags.blocked,
        blocked_tags=tuple(tags.blocked_tags),
    )


def _shown(yard: Yard, day: Day) -> DayResponse:
    return DayResponse.of_record(
        day,
        status=day.status.value,
        kind=day.plan.kind,
        hours=day.plan.hours,
        rate=day.plan.rate,
        seed=day.plan.seed,
        chargers=len({place.deployment_id for place in day.places}),
        connectors=len(day.places),
        site_began_at=day.local_at,
        site_time=yard.days.site_time(day),
        energy_wh=round(day.energy_wh, 1),
    )
