"""What can be simulated: brands, models, presets of locations."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query

from voltyard.api.auth import Reader
from voltyard.api.gate import GATEWAY_PREFIX
from voltyard.api.gateway import models, present
from voltyard.api.gateway.context import Here, Part
from voltyard.api.gateway.problems import problems

router = APIRouter(prefix=GATEWAY_PREFIX, tags=["catalogue"])


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


@router.get("/templates/locations", summary="Presets for a location", responses=problems())
async def list_location_templates(
    lab: Here,
    principal: Reader,
    type: Annotated[Literal["AC", "DC", "AC-DC"] | None, Query()] = None,
    ocpp_version: Annotated[Literal["OCPP1.6", "OCPP2.0.1"] | None, Query()] = None,
) -> models.LocationTemplateListResponse:
    """Sites to begin with: what kind of place, and its groups of chargers. A preset with chargers
    of several versions is found under each of them."""
    found = [
        present.template(lab.catalogue, template)
        for template in lab.catalogue.templates.values()
        if type in (None, lab.catalogue.power_kind(template))
        and (
            ocpp_version is None
            or any(group.ocpp_version == ocpp_version for group in template.charger_groups)
        )
    ]
    return models.LocationTemplateListResponse(data=found, total=len(found))
