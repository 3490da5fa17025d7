"""What can be simulated: brands, models, vehicles, and presets of locations."""

from functools import partial
from typing import Annotated, Literal

from fastapi import Query

from voltyard.api.auth import Operator, Reader
from voltyard.api.gate import GATEWAY_PREFIX
from voltyard.api.gateway import models, present, receive
from voltyard.api.gateway.bodies import FurnishLocationBody
from voltyard.api.gateway.context import Here, Part
from voltyard.api.gateway.problems import problems
from voltyard.api.gateway.repeats import Repeatable
from voltyard.api.routers import api_router
from voltyard.kernel.errors import NotFound
from voltyard.lab.presets import Furnished
from voltyard.ocpp.faults import FAULTS, fault_named

router = api_router(prefix=GATEWAY_PREFIX, tags=["catalogue"])


@router.get("/catalog/brands", summary="Brands", responses=problems())
async def list_brands(lab: Here, principal: Reader, page: Part) -> models.BrandListResponse:
    """Brands whose chargers can be simulated."""
    listing = present.part_of(list(lab.catalogue.brands.values()), page)
    return models.BrandListResponse(**present.page_of(listing, page, present.brand))


@router.get(
    "/catalog/brands/{brand_slug}/models", summary="Models of a brand", responses=problems(404)
)
async def list_models(
    brand_slug: str, lab: Here, principal: Reader, page: Part
) -> models.ModelListResponse:
    """A brand's chargers, with where their figures come from."""
    brand = lab.catalogue.brand(brand_slug)
    listing = present.part_of(list(brand.models), page)
    return models.ModelListResponse(
        **present.page_of(listing, page, lambda model: present.model(brand, model))
    )


@router.get(
    "/catalog/brands/{brand_slug}/models/{model_slug}",
    summary="One model",
    responses=problems(404),
)
async def get_model(
    brand_slug: str, model_slug: str, lab: Here, principal: Reader
) -> models.ModelResponse:
    """One charger of the catalogue."""
    brand = lab.catalogue.brand(brand_slug)
    return present.model(brand, lab.catalogue.model(brand_slug, model_slug))


@router.get("/catalog/vehicles", summary="Vehicles", responses=problems())
async def list_vehicles(lab: Here, principal: Reader, page: Part) -> models.VehicleListResponse:
    """Kinds of vehicles that a charger's `vehicle`, and plug-connector's, may name."""
    listing = present.part_of(list(lab.catalogue.vehicles.values()), page)
    return models.VehicleListResponse(**present.page_of(listing, page, present.vehicle))


@router.get("/catalog/vehicles/{name}", summary="One kind of vehicle", responses=problems(404))
async def get_vehicle(name: str, lab: Here, principal: Reader) -> models.VehicleResponse:
    """With its charging curve."""
    return present.vehicle(lab.catalogue.vehicle(name))


@router.get("/catalog/faults", summary="Faults", responses=problems())
async def list_faults(lab: Here, principal: Reader, page: Part) -> models.FaultListResponse:
    """What inject-fault can break: how each fault is told in either version, and what becomes of a
    session under it."""
    listing = present.part_of(list(FAULTS.values()), page)
    return models.FaultListResponse(**present.page_of(listing, page, present.fault))


@router.get("/catalog/faults/{fault}", summary="One fault", responses=problems(404))
async def get_fault(fault: str, lab: Here, principal: Reader) -> models.FaultResponse:
    """By its name in any spelling, or as 2.x tells it."""
    found = fault_named(fault)
    if found is None:
        raise NotFound(f"there is no fault {fault!r} (one of: {', '.join(FAULTS)})")
    return present.fault(found)


@router.get("/templates/locations", summary="Presets for a location", responses=problems())
async def list_location_templates(
    lab: Here,
    principal: Reader,
    page: Part,
    type: Annotated[Literal["AC", "DC", "AC-DC"] | None, Query()] = None,
    ocpp_version: Annotated[Literal["OCPP1.6", "OCPP2.0.1"] | None, Query()] = None,
) -> models.LocationTemplateListResponse:
    """Sites to begin with: what kind of place, and its groups of chargers. A preset with chargers
    of several versions is found under each of them."""
    found = [
        template
        for template in lab.catalogue.templates.values()
        if type in (None, lab.catalogue.power_kind(template))
        and (
            ocpp_version is None
            or any(group.ocpp_version == ocpp_version for group in template.charger_groups)
        )
    ]
    listing = present.part_of(found, page)
    return models.LocationTemplateListResponse(
        **present.page_of(listing, page, lambda one: present.template(lab.catalogue, one))
    )


@router.get("/templates/locations/{slug}", summary="One preset", responses=problems(404))
async def get_location_template(
    slug: str, lab: Here, principal: Reader
) -> models.LocationTemplateResponse:
    """A site to begin with."""
    return present.template(lab.catalogue, lab.catalogue.template(slug))


@router.post(
    "/templates/locations/{slug}",
    status_code=202,
    summary="Create a location with its chargers",
    responses=problems(400, 404, 409, 503),
)
async def furnish_location(
    slug: str, body: FurnishLocationBody, lab: Here, principal: Operator, repeats: Repeatable
) -> models.LocationFromTemplateResponse:
    """The location is there at once, its chargers come one by one: poll `status_url` until READY or
    FAILED. All of them call `ws_url`."""
    furnish = partial(
        lab.presets.furnish,
        principal.organization_id,
        slug,
        receive.new_location(body),
        body.ws_url,
        body.identity_prefix or "",
    )
    return await repeats.answer(furnish, _furnished)


def _furnished(furnished: Furnished) -> models.LocationFromTemplateResponse:
    return models.LocationFromTemplateResponse(
        location_id=furnished.location.id,
        slug=furnished.location.slug,
        **present.accepted_job(furnished.job),
    )
