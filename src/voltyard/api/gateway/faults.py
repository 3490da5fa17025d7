"""Routes of quirks and bad networks, of one charger or of a whole location.

Each PUT replaces what was there before, and is taken up by a running charger without a restart.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from fastapi import Response
from msgspec import UNSET

from voltyard.api.auth import Operator, Reader
from voltyard.api.error_models import answers
from voltyard.api.gateway import from_bodies, to_answers
from voltyard.api.gateway.bodies.faults import NetworkBody, QuirksBody
from voltyard.api.gateway.context import PageDep, YardDep
from voltyard.api.gateway.error_responses import error_responses
from voltyard.api.gateway.models import faults as models
from voltyard.api.middleware import GATEWAY_PREFIX
from voltyard.api.routers import api_router
from voltyard.catalogue.quirks.enabled import quirk_named
from voltyard.catalogue.quirks.personalities import Personality, personalities, personality_named
from voltyard.catalogue.quirks.quirk import Quirk
from voltyard.catalogue.quirks.table import QUIRKS
from voltyard.kernel.errors import Invalid, NotFound
from voltyard.yard.deployments.deployment import Deployment
from voltyard.yard.deployments.faults import FaultChanges
from voltyard.yard.version_names import of_resource
from voltyard.yard.yard import Yard

T = TypeVar("T")

router = api_router(prefix=GATEWAY_PREFIX, tags=["faults"])

_NOTHING = FaultChanges(quirks=(), network=UNSET)
_GOOD = FaultChanges(network=None)


# --- what there is -----------------------------------------------------------------------------


@router.get("/quirks", summary="Quirks", responses=error_responses())
async def list_quirks(yard: YardDep, principal: Reader, page: PageDep) -> models.QuirkListResponse:
    """What chargers in the field have been seen to get wrong, with who has seen it."""
    listing = to_answers.part_of(list(QUIRKS), page)
    return models.QuirkListResponse.of_listing(listing, page, _quirk)


@router.get("/quirks/{quirk}", summary="One quirk", responses=error_responses(404))
async def get_quirk(quirk: str, yard: YardDep, principal: Reader) -> models.QuirkResponse:
    """By its name or its id, in any case."""
    return _quirk(_known(quirk_named, quirk))


@router.get("/personalities", summary="Personalities", responses=error_responses())
async def list_personalities(
    yard: YardDep, principal: Reader, page: PageDep
) -> models.PersonalityListResponse:
    """Bundles of quirks with vendor, model and settings, as chargers of one make have been seen; a
    charger's `personality` may name one when it is created."""
    listing = to_answers.part_of(list(personalities().values()), page)
    return models.PersonalityListResponse.of_listing(listing, page, _personality)


@router.get(
    "/personalities/{personality}", summary="One personality", responses=error_responses(404)
)
async def get_personality(
    personality: str, yard: YardDep, principal: Reader
) -> models.PersonalityResponse:
    """The personality, and the traits of a charger that is made with it."""
    return _personality(_known(personality_named, personality))


def _known(named: Callable[[str], T], name: str) -> T:
    """In a path an unknown name is something that is not there."""
    try:
        return named(name)
    except Invalid as error:
        raise NotFound(str(error)) from error


# --- one charger -------------------------------------------------------------------------------


@router.get(
    "/chargers/{charger_id}/quirks", summary="A charger's quirks", responses=error_responses(404)
)
async def get_charger_quirks(
    charger_id: str, yard: YardDep, principal: Reader
) -> models.ChargerQuirksResponse:
    """Each with its probability, schedule and parameters."""
    return _quirks_of(await yard.chargers.get(principal.organization_id, charger_id))


@router.put(
    "/chargers/{charger_id}/quirks",
    summary="Give a charger quirks",
    responses=error_responses(400, 404, 503),
)
async def set_charger_quirks(
    charger_id: str, body: QuirksBody, yard: YardDep, principal: Operator
) -> models.ChargerQuirksResponse:
    """All that it is to have; the others go. Handshakes are odd from the next dial on, everything
    else at once. They stay over restarts of the charger and of the server."""
    wrong = FaultChanges(quirks=from_bodies.quirks(body.quirks))
    return _quirks_of(await _give(yard, principal.organization_id, charger_id, wrong))


@router.delete(
    "/chargers/{charger_id}/quirks",
    status_code=204,
    summary="Take a charger's quirks",
    responses=error_responses(404, 503),
)
async def delete_charger_quirks(charger_id: str, yard: YardDep, principal: Operator) -> Response:
    """It behaves from here on."""
    await _give(yard, principal.organization_id, charger_id, _NOTHING)
    return Response(status_code=204)


@router.get(
    "/chargers/{charger_id}/network", summary="A charger's network", responses=error_responses(404)
)
async def get_charger_network(
    charger_id: str, yard: YardDep, principal: Reader
) -> models.ChargerNetworkResponse:
    """The faults of its network; none where it is empty."""
    return _network_of(await yard.chargers.get(principal.organization_id, charger_id))


@router.put(
    "/chargers/{charger_id}/network",
    summary="Make a charger's network bad",
    responses=error_responses(400, 404, 503),
)
async def set_charger_network(
    charger_id: str, body: NetworkBody, yard: YardDep, principal: Operator
) -> models.ChargerNetworkResponse:
    """From here on, under the open link too, and over restarts."""
    wrong = FaultChanges(network=from_bodies.network(body))
    return _network_of(await _give(yard, principal.organization_id, charger_id, wrong))


@router.delete(
    "/chargers/{charger_id}/network",
    status_code=204,
    summary="Make a charger's network good",
    responses=error_responses(404, 503),
)
async def delete_charger_network(charger_id: str, yard: YardDep, principal: Operator) -> Response:
    """Latency, losses and cuts of the charger's network end at once."""
    await _give(yard, principal.organization_id, charger_id, _GOOD)
    return Response(status_code=204)


# --- all of a location -------------------------------------------------------------------------


def _all_with(network: dict[str, Any]) -> dict[str, Any]:
    """An example of a location whose only charger has no quirks, and this network."""
    charger = {"charger_id": "dep-4k2d8s1m0x7c9v3b", "identity": "CP-TEST-001", "quirks": []}
    return {
        "location_id": "4090477f-a416-4515-a302-97aa344a0a2a",
        "chargers": [{**charger, "network": network, "error": None}],
    }


@router.get(
    "/locations/{location_id}/faults", summary="A location's faults", responses=error_responses(404)
)
async def get_location_faults(
    location_id: str, yard: YardDep, principal: Reader
) -> models.LocationFaultsResponse:
    """Quirks and network of each charger."""
    await yard.locations.get(principal.organization_id, location_id)
    chargers = await yard.faults.listed(principal.organization_id, location_id)
    return models.LocationFaultsResponse(
        location_id=location_id, chargers=[_faults_of(one) for one in chargers]
    )


@router.put(
    "/locations/{location_id}/quirks",
    summary="Give all chargers quirks",
    responses=error_responses(400, 404),
)
async def set_location_quirks(
    location_id: str, body: QuirksBody, yard: YardDep, principal: Operator
) -> models.LocationFaultsResponse:
    """As for one charger. What one cannot have changes nothing there; its `error` tells why."""
    wrong = FaultChanges(quirks=from_bodies.quirks(body.quirks))
    return await _give_all(yard, principal.organization_id, location_id, wrong)


@router.delete(
    "/locations/{location_id}/quirks",
    summary="Take all chargers' quirks",
    responses={**error_responses(404), 200: answers(_all_with(network={}))},
)
async def delete_location_quirks(
    location_id: str, yard: YardDep, principal: Operator
) -> models.LocationFaultsResponse:
    """They behave from here on."""
    return await _give_all(yard, principal.organization_id, location_id, _NOTHING)


@router.put(
    "/locations/{location_id}/network",
    summary="Make a location's network bad",
    responses={**error_responses(400, 404), 200: answers(_all_with(network={"latency_ms": 200.0}))},
)
async def set_location_network(
    location_id: str, body: NetworkBody, yard: YardDep, principal: Operator
) -> models.LocationFaultsResponse:
    """As for one charger; with `storm_every_s` all of them lose their links at one moment."""
    wrong = FaultChanges(network=from_bodies.network(body))
    return await _give_all(yard, principal.organization_id, location_id, wrong)


@router.delete(
    "/locations/{location_id}/network",
    summary="Make a location's network good",
    responses=error_responses(404),
)
async def delete_location_network(
    location_id: str, yard: YardDep, principal: Operator
) -> models.LocationFaultsResponse:
    """Latency, losses and cuts of the location's network end at once."""
    return await _give_all(yard, principal.organization_id, location_id, _GOOD)


# --- the works ---------------------------------------------------------------------------------


async def _give(
    yard: Yard, organization_id: str, charger_id: str, wrong: FaultChanges
) -> Deployment:
    return await yard.faults.give(await yard.chargers.get(organization_id, charger_id), wrong)


async def _give_all(
    yard: Yard, organization_id: str, location_id: str, wrong: FaultChanges
) -> models.LocationFaultsResponse:
    await yard.locations.get(organization_id, location_id)
    given = await yard.faults.give_all(organization_id, location_id, wrong)
    return models.LocationFaultsResponse(
        location_id=location_id,
        chargers=[_faults_of(one.deployment, one.error) for one in given],
    )


def _quirks_of(deployment: Deployment) -> models.ChargerQuirksResponse:
    return models.ChargerQuirksResponse(
        charger_id=deployment.id,
        identity=deployment.identity,
        quirks=list(deployment.options.quirks),
    )


def _network_of(deployment: Deployment) -> models.ChargerNetworkResponse:
    return models.ChargerNetworkResponse(
        charger_id=deployment.id,
        identity=deployment.identity,
        network=deployment.options.network or {},
    )


def _faults_of(deployment: Deployment, error: str | None = None) -> models.ChargerFaultsResponse:
    return models.ChargerFaultsResponse(
        charger_id=deployment.id,
        identity=deployment.identity,
        quirks=list(deployment.options.quirks),
        network=deployment.options.network or {},
        error=error,
    )


def _quirk(quirk: Quirk) -> models.QuirkResponse:
    return models.QuirkResponse.of_record(
        quirk,
        description=quirk.about,
        ocpp_versions=[of_resource(version) for version in quirk.versions],
        parameters=[
            models.QuirkParameterResponse.of_record(
                one, type=one.kind, description=one.about, minimum=one.least, maximum=one.most
            )
            for one in quirk.parameters
        ],
        sources=list(quirk.urls()),
    )


def _personality(one: Personality) -> models.PersonalityResponse:
    settings: dict[str, Any] = {
        of_resource(version): dict(values) for version, values in one.settings.items()
    }
    return models.PersonalityResponse.of_record(
        one,
        description=one.about,
        ocpp_versions=[of_resource(version) for version in one.versions],
        settings=settings,
        sources=list(one.urls()),
    )
