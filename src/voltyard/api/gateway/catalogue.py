"""Routes of the catalogue: brands, models, vehicles, faults, location templates."""

from functools import partial
from typing import Annotated, Literal

from fastapi import Query

from voltyard.api.auth import Operator, Reader
from voltyard.api.gateway import from_bodies, to_answers
from voltyard.api.gateway.bodies.chargers import FurnishLocationBody
from voltyard.api.gateway.context import PageDep, YardDep
from voltyard.api.gateway.error_responses import error_responses
from voltyard.api.gateway.idempotency import IdempotencyDep
from voltyard.api.gateway.models import catalogue as models
from voltyard.api.gateway.models.locations import LocationFromTemplateResponse
from voltyard.api.middleware import GATEWAY_PREFIX
from voltyard.api.routers import api_router
from voltyard.catalogue.faults import FAULTS, fault_named
from voltyard.kernel.errors import NotFound
from voltyard.yard.locations.presets import FurnishedLocation

router = api_router(prefix=GATEWAY_PREFIX, tags=["catalogue"])


@router.get("/catalog/brands", summary="Brands", responses=error_responses())
async def list_brands(yard: YardDep, principal: Reader, page: PageDep) -> models.BrandListResponse:
    """Brands whose chargers can be simulated."""
    listing = to_answers.part_of(list(yard.catalogue.brands.values()), page)
    return models.BrandListResponse.of_listing(listing, page, to_answers.brand)


@router.get(
    "/catalog/brands/{brand_slug}/models",
    summary="Models of a brand",
    responses=error_responses(404),
)
async def list_models(
    brand_slug: str, yard: YardDep, principal: Reader, page: PageDep
) -> models.ModelListResponse:
    """A brand's chargers, with where their figures come from."""
    brand = yard.catalogue.brand(brand_slug)
    listing = to_answers.part_of(list(brand.models), page)
    return models.ModelListResponse.of_listing(
        listing, page, lambda model: to_answers.model(brand, model)
    )


@router.get(
    "/catalog/brands/{brand_slug}/models/{model_slug}",
    summary="One model",
    responses=error_responses(404),
)
async def get_model(
    brand_slug: str, model_slug: str, yard: YardDep, principal: Reader
) -> models.ModelResponse:
    """One charger of the catalogue."""
    brand = yard.catalogue.brand(brand_slug)
    return to_answers.model(brand, yard.catalogue.model(brand_slug, model_slug))


@router.get("/catalog/vehicles", summary="Vehicles", responses=error_responses())
async def list_vehicles(
    yard: YardDep, principal: Reader, page: PageDep
) -> models.VehicleListResponse:
    """Kinds of vehicles that a charger's `vehicle`, and plug-connector's, may name."""
    listing = to_answers.part_of(list(yard.catalogue.vehicles.values()), page)
    return models.VehicleListResponse.of_listing(listing, page, to_answers.vehicle)


@router.get(
    "/catalog/vehicles/{name}", summary="One kind of vehicle", responses=error_responses(404)
)
async def get_vehicle(name: str, yard: YardDep, principal: Reader) -> models.VehicleResponse:
    """With its charging curve."""
    return to_answers.vehicle(yard.catalogue.vehicle(name))


@router.get("/catalog/faults", summary="Faults", responses=error_responses())
async def list_faults(yard: YardDep, principal: Reader, page: PageDep) -> models.FaultListResponse:
    """The faults that inject-fault can cause: how each is told in either version, and what
    becomes of a session under it."""
    listing = to_answers.part_of(list(FAULTS.values()), page)
    return models.FaultListResponse.of_listing(listing, page, to_answers.fault)


@router.get("/catalog/faults/{fault}", summary="One fault", responses=error_responses(404))
async def get_fault(fault: str, yard: YardDep, principal: Reader) -> models.FaultResponse:
    """By its name in any spelling, or as 2.x tells it."""
    found = fault_named(fault)
    if found is None:
        raise NotFound(f"there is no fault {fault!r} (one of: {', '.join(FAULTS)})")
    return to_answers.fault(found)


@router.get("/templates/locations", summary="Presets for a location", responses=error_responses())
async def list_location_templates(
    yard: YardDep,
    principal: Reader,
    page: PageDep,
    type: Annotated[Literal["AC", "DC", "AC-DC"] | None, Query()] = None,
    ocpp_version: Annotated[Literal["OCPP1.6", "OCPP2.0.1"] | None, Query()] = None,
) -> models.LocationTemplateListResponse:
    """Sites to begin with: what kind of place, and its groups of chargers. A preset with chargers
    of several versions is found under each of them."""
    found = [
        template
        for template in yard.catalogue.templates.values()
        if type in (None, yard.catalogue.power_kind(template))
        and (
            ocpp_version is None
            or any(group.ocpp_version == ocpp_version for group in template.charger_groups)
        )
    ]
    listing = to_answers.part_of(found, page)
    return models.LocationTemplateListResponse.of_listing(
        listing, page, lambda one: to_answers.template(yard.catalogue, one)
    )


@router.get("/templates/locations/{slug}", summary="One preset", responses=error_responses(404))
async def get_location_template(
    slug: str, yard: YardDep, principal: Reader
) -> models.LocationTemplateResponse:
    """A site to begin with."""
    return to_answers.template(yard.catalogue, yard.catalogue.template(slug))


@router.post(
    "/templates/locations/{slug}",
    status_code=202,
    summary="Create a location with its chargers",
    responses=error_responses(400, 404, 409, 503),
)
async def furnish_location(
    slug: str,
    body: FurnishLocationBody,
    yard: YardDep,
    principal: Operator,
    repeats: IdempotencyDep,
) -> LocationFromTemplateResponse:
    """The location is there at once, its chargers come one by one: poll `status_url` until READY or
    FAILED. All of them dial `ws_url`, or this server's own backend, where they are registered."""
    furnish = partial(
        yard.presets.furnish,
        principal.organization_id,
        slug,
        from_bodies.new_location(body),
        from_bodies.target(body),
        body.identity_prefix or "",
    )
    return await repeats.answer(furnish, _furnished)


def _furnished(furnished: FurnishedLocation) -> LocationFromTemplateResponse:
    return LocationFromTemplateResponse(
        location_id=furnished.location.id,
        slug=furnished.location.slug,
        **to_answers.accepted_job(furnished.job),
    )
