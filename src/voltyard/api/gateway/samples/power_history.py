"""History of power over the last hour: of a charger, of a location, of all."""

from voltyard.api.auth import Reader
from voltyard.api.gateway.context import YardDep
from voltyard.api.gateway.error_responses import error_responses
from voltyard.api.gateway.models.power_history import PowerHistoryResponse, PowerSampleResponse
from voltyard.api.middleware import GATEWAY_PREFIX
from voltyard.api.routers import api_router
from voltyard.kernel import limits
from voltyard.yard.samples.power_history import PowerSample

router = api_router(prefix=GATEWAY_PREFIX, tags=["summary"])


@router.get("/power-history", summary="Power of all chargers", responses=error_responses())
async def get_power_history(yard: YardDep, principal: Reader) -> PowerHistoryResponse:
    """The last hour of the organization, oldest first; it begins with the server's start."""
    return _shown(yard.power_history.of_organization(principal.organization_id))


@router.get(
    "/chargers/{charger_id}/power-history",
    summary="Power of a charger",
    responses=error_responses(404),
)
async def get_charger_power_history(
    charger_id: str, yard: YardDep, principal: Reader
) -> PowerHistoryResponse:
    """The last hour, oldest first; 0 where it did not run."""
    deployment = await yard.chargers.get(principal.organization_id, charger_id)
    return _shown(yard.power_history.of_charger(deployment.id))


@router.get(
    "/locations/{location_id}/power-history",
    summary="Power of a location",
    responses=error_responses(404),
)
async def get_location_power_history(
    location_id: str, yard: YardDep, principal: Reader
) -> PowerHistoryResponse:
    """The last hour, oldest first: at each moment the chargers that were there then."""
    location = await yard.locations.get(principal.organization_id, location_id)
    return _shown(yard.power_history.of_location(location.id))


def _shown(samples: list[PowerSample]) -> PowerHistoryResponse:
    return PowerHistoryResponse(
        step_s=limits.POWER_STEP_S,
        samples=[PowerSampleResponse(at=one.at, power_w=round(one.power_w)) for one in samples],
    )
