"""Summary of the yard: one answer for all chargers of an organization."""

from typing import Annotated

from fastapi import Query

from voltyard.api.auth import Reader
from voltyard.api.gateway import to_answers
from voltyard.api.gateway.context import YardDep
from voltyard.api.gateway.error_responses import error_responses
from voltyard.api.gateway.models.summary import SummaryResponse
from voltyard.api.middleware import GATEWAY_PREFIX
from voltyard.api.routers import api_router

router = api_router(prefix=GATEWAY_PREFIX + "/summary", tags=["summary"])


@router.get("", summary="Totals of all chargers", responses=error_responses(404))
async def get_summary(
    yard: YardDep,
    principal: Reader,
    location_id: Annotated[str | None, Query(description="Only those of this location.")] = None,
) -> SummaryResponse:
    """True at any number of chargers, and cheap: it may be asked every second. Power is at most a
    few seconds old; what happened to a charger before the request is counted. The chargers of a
    worker that is away count as they were."""
    return to_answers.summary(await yard.summaries.summary(principal.organization_id, location_id))
