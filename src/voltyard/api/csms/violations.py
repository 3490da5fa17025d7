"""Routes of chargers' violations of OCPP."""

from typing import Annotated, Any, Final, TypeAlias

from fastapi import Depends, Query
from pydantic import Field

from voltyard.api.auth import Reader
from voltyard.api.csms.context import BackendDep
from voltyard.api.csms.error_responses import error_responses
from voltyard.api.csms.fields import (
    EXAMPLE_CHARGER,
    EXAMPLE_PAGINATION,
    BackendAnswer,
    Box,
    BoxId,
    Moment,
    MomentOut,
    PaginationInfo,
    PagingDep,
    example,
)
from voltyard.api.csms.history import EXAMPLE_MESSAGE, MessageAnswer
from voltyard.api.description.named_types import MessageDirection, MessageVerdict, ViolationKind
from voltyard.api.errors import BACKEND_PREFIX
from voltyard.api.routers import api_router
from voltyard.csms.reading.queries import RuleViolations, ViolationQuery

router = api_router(
    prefix=BACKEND_PREFIX + "/chargers/{chargeBoxId}",
    tags=["history"],
    responses=error_responses(404),
)
organization_router = api_router(
    prefix=BACKEND_PREFIX + "/violations", tags=["history"], responses=error_responses()
)

_EXAMPLE: Final[dict[str, Any]] = {
    **EXAMPLE_MESSAGE,
    "action": "MeterValues",
    "request": '[2,"19","MeterValues",{"connectorId":1,"meterValue":[]}]',
    "response": '[3,"19",{}]',
    "verdict": "lenient",
    "violations": ["bad_enum $.meterValue[0].sampledValue[0].unit: Invalid enum value 'Hz'"],
}


class ViolationAnswer(BackendAnswer):
    """A violation of a charger: one action, one kind of fault."""

    action: str | None
    direction: MessageDirection
    """Of the CALL: incoming is the charger's own, outgoing is answered by it."""
    kind: str
    verdict: MessageVerdict
    """lenient: taken all the same; refused: not."""
    count: int
    first_at: MomentOut = Field(serialization_alias="firstAt")
    last_at: MomentOut = Field(serialization_alias="lastAt")
    example: MessageAnswer | None
    """The last of them."""


class ViolationList(BackendAnswer):
    """The violations of a charger's messages, the most frequent first."""

    model_config = example(
        chargeBoxId=EXAMPLE_CHARGER,
        violations=[
            {
                "action": "MeterValues",
                "direction": "incoming",
                "kind": "bad_enum",
                "verdict": "lenient",
                "count": 240,
                "firstAt": "2026-02-10T14:00:00.000Z",
                "lastAt": "2026-02-10T18:00:00.000Z",
                "example": _EXAMPLE,
            }
        ],
        pagination=EXAMPLE_PAGINATION,
    )

    charge_box_id: BoxId
    violations: list[ViolationAnswer]
    pagination: PaginationInfo


@router.get("/violations", summary="Where a charger strays from OCPP")
async def list_violations(
    box: Box,
    here: BackendDep,
    principal: Reader,
    part: PagingDep,
    since: Annotated[Moment | None, Query(alias="from", description="Included.")] = None,
    until: Annotated[Moment | None, Query(alias="to", description="Included.")] = None,
) -> ViolationList:
    """Counted by action and kind of fault over the messages that are kept, with the last of each as
    an example."""
    query = ViolationQuery(charge_box_id=box, since=since, until=until)

    await here.check_known(principal.organization_id, box)
    page = await here.reads.violations(principal.organization_id, query, part, by_path=False)
    return ViolationList(
        charge_box_id=box,
        violations=[
            ViolationAnswer.of_record(
                one.rule,
                count=one.count,
                first_at=one.first_at,
                last_at=one.last_at,
                example=None if one.example is None else MessageAnswer.of_record(one.example),
            )
            for one in page.items
        ],
        pagination=part.of(page.total),
    )


# --- all of an organization -----------------------------------------------------------------------


async def _wanted(
    charge_box_id: Annotated[str | None, Query(alias="chargeBoxId")] = None,
    action: str | None = None,
    direction: Annotated[MessageDirection | None, Query(description="Of the CALL.")] = None,
    kind: Annotated[ViolationKind | None, Query(description="Of fault.")] = None,
    verdict: MessageVerdict | None = None,
    since: Annotated[Moment | None, Query(alias="from", description="Included.")] = None,
    until: Annotated[Moment | None, Query(alias="to", description="Included.")] = None,
) -> ViolationQuery:
    return ViolationQuery(
        charge_box_id=charge_box_id,
        action=action,
        direction=direction,
        kind=None if kind is None else kind.value,
        verdict=verdict,
        since=since,
        until=until,
    )


Wanted: TypeAlias = Annotated[ViolationQuery, Depends(_wanted)]


class BrokenRule(BackendAnswer):
    """One rule that chargers break: an action, a kind of fault and its place."""

    action: str | None
    direction: MessageDirection
    """Of the CALL: incoming is a charger's own, outgoing is answered by it."""
    kind: str
    path: str
    """Of the field; `$` is the payload, `[...]` any position of an array."""
    verdict: MessageVerdict
    """lenient: taken all the same; refused: not."""
    count: int
    """Messages."""
    chargers: int
    """Number of those that break it."""
    first_at: MomentOut = Field(serialization_alias="firstAt")
    last_at: MomentOut = Field(serialization_alias="lastAt")
    last_charge_box_id: str | None = Field(serialization_alias="lastChargeBoxId")
    """The charger that broke it last."""
    example: MessageAnswer | None
    """The last message that does."""


class BrokenRuleList(BackendAnswer):
    """The rules that an organization's chargers break, the most often broken first."""

    model_config = example(
        violations=[
            {
                "action": "MeterValues",
                "direction": "incoming",
                "kind": "bad_enum",
                "path": "$.meterValue[...].sampledValue[...].unit",
                "verdict": "lenient",
                "count": 2400,
                "chargers": 12,
                "firstAt": "2026-02-10T14:00:00.000Z",
                "lastAt": "2026-02-10T18:00:00.000Z",
                "lastChargeBoxId": EXAMPLE_CHARGER,
                "example": _EXAMPLE,
            }
        ],
        pagination=EXAMPLE_PAGINATION,
    )

    violations: list[BrokenRule]
    pagination: PaginationInfo


@organization_router.get("", summary="The rules of OCPP that chargers break")
async def list_broken_rules(
    here: BackendDep, principal: Reader, part: PagingDep, wanted: Wanted
) -> BrokenRuleList:
    """Over all chargers of the organization, counted by action, kind of fault and its place in the
    message, over the messages that are kept."""
    page = await here.reads.violations(principal.organization_id, wanted, part, by_path=True)
    return BrokenRuleList(
        violations=[_broken(one) for one in page.items], pagination=part.of(page.total)
    )


def _broken(one: RuleViolations) -> BrokenRule:
    last = one.example
    return BrokenRule.of_record(
        one.rule,
        count=one.count,
        chargers=len(one.chargers),
        first_at=one.first_at,
        last_at=one.last_at,
        last_charge_box_id=None if last is None else last.charge_box_id,
        example=None if last is None else MessageAnswer.of_record(last),
    )


class StrayingCharger(BackendAnswer):
    """How much of what a charger says strays from OCPP."""

    charge_box_id: BoxId
    count: int
    """Messages that stray."""
    refused: int
    """Of them; the others were taken all the same."""
    kinds: dict[str, int]
    """Messages by kind of fault; a message may have several."""
    first_at: MomentOut = Field(serialization_alias="firstAt")
    last_at: MomentOut = Field(serialization_alias="lastAt")


class StrayingChargerList(BackendAnswer):
    """The chargers that stray, those with the most such messages first."""

    model_config = example(
        chargers=[
            {
                "chargeBoxId": EXAMPLE_CHARGER,
                "count": 240,
                "refused": 3,
                "kinds": {"bad_enum": 238, "missing": 3},
                "firstAt": "2026-02-10T14:00:00.000Z",
                "lastAt": "2026-02-10T18:00:00.000Z",
            }
        ],
        pagination=EXAMPLE_PAGINATION,
    )

    chargers: list[StrayingCharger]
    pagination: PaginationInfo


@organization_router.get("/chargers", summary="The chargers that break rules of OCPP")
async def list_straying_chargers(
    here: BackendDep, principal: Reader, part: PagingDep, wanted: Wanted
) -> StrayingChargerList:
    """The organization's chargers by how many of their messages stray, over the messages that are
    kept; deleted ones too."""
    page = await here.reads.straying_chargers(principal.organization_id, wanted, part)
    return StrayingChargerList(
        chargers=[StrayingCharger.of_record(one) for one in page.items],
        pagination=part.of(page.total),
    )
