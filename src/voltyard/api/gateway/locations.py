"""Locations, and many chargers of one at a time."""

from collections import Counter
from functools import partial
from typing import Annotated, Any

from fastapi import Query, Response

from voltyard.api.auth import Operator, Reader
from voltyard.api.error_models import answers
from voltyard.api.gateway import from_bodies, to_answers
from voltyard.api.gateway.bodies.chargers import (
    ChargerGroups,
    CreateLocationBody,
    UpdateLocationBody,
    UpdateLocationChargersBody,
)
from voltyard.api.gateway.context import PageDep, YardDep
from voltyard.api.gateway.error_responses import error_responses
from voltyard.api.gateway.idempotency import IdempotencyDep
from voltyard.api.gateway.models import locations as models
from voltyard.api.gateway.models.chargers import ChargerListResponse
from voltyard.api.middleware import GATEWAY_PREFIX
from voltyard.api.routers import api_router
from voltyard.yard.locations.location import Coordinates
from voltyard.yard.provisioning.bulk_job import Job, JobItem, JobProgress

router = api_router(prefix=GATEWAY_PREFIX + "/locations", tags=["locations"])

_CLEARABLE = frozenset({"timezone", "owner_name", "max_power_w"})
"""Fields that a location may be without: null clears it, and changes nothing else."""


@router.get("", summary="Locations", responses=error_responses())
async def list_locations(
    yard: YardDep, principal: Reader, page: PageDep
) -> models.LocationListResponse:
    """The organization's sites, oldest first."""
    listing = await yard.locations.listed(principal.organization_id, page)
    return models.LocationListResponse.of_listing(listing, page, to_answers.location)


@router.post("", status_code=201, summary="Create a location", responses=error_responses(400, 409))
async def create_location(
    body: CreateLocationBody, yard: YardDep, principal: Operator, repeats: IdempotencyDep
) -> models.LocationResponse:
    """Its slug is made of the name."""
    create = partial(
        yard.locations.create, principal.organization_id, from_bodies.new_location(body)
    )
    return await repeats.answer(create, to_answers.location)


@router.get("/{location_id}", summary="One location", responses=error_responses(404))
async def get_location(
    location_id: str, yard: YardDep, principal: Reader
) -> models.LocationResponse:
    """One site."""
    return to_answers.location(await yard.locations.get(principal.organization_id, location_id))


@router.get(
    "/{location_id}/power",
    summary="How a location shares its power",
    responses=error_responses(404),
)
async def get_location_power(
    location_id: str, yard: YardDep, principal: Reader
) -> models.SitePowerResponse:
    """Its limit, what flows now, and what each EVSE of its running chargers may take."""
    return to_answers.site_power(
        *await yard.locations.power(principal.organization_id, location_id)
    )


@router.put("/{location_id}", summary="Change a location", responses=error_responses(400, 404, 409))
async def update_location(
    location_id: str, body: UpdateLocationBody, yard: YardDep, principal: Operator
) -> models.LocationResponse:
    """Changes only what is given."""
    changes: dict[str, Any] = {
        name: value
        for name in body.model_fields_set
        if (value := getattr(body, name)) is not None or name in _CLEARABLE
    }
    if body.coordinates is not None:
        changes["coordinates"] = Coordinates(body.coordinates.latitude, body.coordinates.longitude)
    changed = await yard.locations.change(principal.organization_id, location_id, changes)
    return to_answers.location(changed)


@router.delete(
    "/{location_id}", status_code=204, summary="Delete a location", responses=error_responses(404)
)
async def delete_location(location_id: str, yard: YardDep, principal: Operator) -> Response:
    """Its chargers stay, at no location; a day there ends. Deleting it again is not an error."""
    await yard.locations.delete(principal.organization_id, location_id)
    return Response(status_code=204)


@router.get(
    "/{location_id}/chargers", summary="Chargers of a location", responses=error_responses(400, 404)
)
async def list_location_chargers(
    location_id: str,
    yard: YardDep,
    principal: Reader,
    page: PageDep,
    charger_ids: Annotated[list[str] | None, Query()] = None,
) -> ChargerListResponse:
    """All of them, or those named."""
    listing = await yard.locations.chargers(
        principal.organization_id, location_id, charger_ids or [], page
    )
    return ChargerListResponse.of_listing(
        listing, page, partial(to_answers.charger, yard, whole=principal.may("operate"))
    )


@router.post(
    "/{location_id}/chargers",
    status_code=202,
    summary="Create many chargers",
    responses=error_responses(400, 404, 409, 503),
)
async def create_location_chargers(
    location_id: str,
    body: ChargerGroups,
    yard: YardDep,
    principal: Operator,
    repeats: IdempotencyDep,
) -> models.LocationChargerBulkAcceptedResponse:
    """Writes the job down and makes the chargers in the background, each by itself: poll
    `status_url` until READY or FAILED. Prefix SITE_A_ with the ids 001 and 002 and the number 5
    gives SITE_A_001, SITE_A_002 and three with random suffixes."""
    groups = [from_bodies.group(group) for group in body]
    create = partial(yard.bulk.create, principal.organization_id, location_id, groups)
    return await repeats.answer(create, _accepted)


@router.put(
    "/{location_id}/chargers", summary="Change many chargers", responses=error_responses(404)
)
async def update_location_chargers(
    location_id: str, body: UpdateLocationChargersBody, yard: YardDep, principal: Operator
) -> models.UpdateLocationChargersResponse:
    """Changes each as PUT of one charger does; what cannot be done is listed in `failed`."""
    changes = [(item.charger_id, from_bodies.changes(item)) for item in body.chargers]
    changed, failed = await yard.locations.change_chargers(
        principal.organization_id, location_id, changes
    )
    return models.UpdateLocationChargersResponse(
        updated_count=len(changed),
        failed_count=len(failed),
        updated=[to_answers.charger(yard, deployment) for deployment in changed],
        failed=[models.LocationUpdateChargerFailure.of_record(one) for one in failed],
    )


@router.delete(
    "/{location_id}/chargers", summary="Delete many chargers", responses=error_responses(404)
)
async def delete_location_chargers(
    location_id: str,
    yard: YardDep,
    principal: Operator,
    charger_ids: Annotated[list[str], Query(min_length=1)],
) -> models.DeleteLocationChargersResponse:
    """Deletes those named; what cannot be done is listed in `failed`."""
    deleted, failed = await yard.locations.delete_chargers(
        principal.organization_id, location_id, charger_ids
    )
    return models.DeleteLocationChargersResponse(
        deleted_count=len(deleted),
        failed_count=len(failed),
        deleted=deleted,
        failed=[models.LocationDeleteChargerFailure.of_record(one) for one in failed],
    )


@router.get(
    "/{location_id}/chargers/jobs", summary="Bulk creations", responses=error_responses(404)
)
async def list_bulk_jobs(
    location_id: str, yard: YardDep, principal: Reader, page: PageDep
) -> models.LocationChargerBulkListResponse:
    """A location's, the newest first; `results` has the counts alone, the job by itself has all."""
    listing = await yard.bulk.listed(principal.organization_id, location_id, page)
    return models.LocationChargerBulkListResponse.of_listing(
        listing, page, lambda one: _status(one[0], _counts(one[1]))
    )


@router.get(
    "/{location_id}/chargers/jobs/{job_id}",
    summary="State of a bulk creation",
    responses=error_responses(404),
)
async def get_bulk_job(
    location_id: str, job_id: str, yard: YardDep, principal: Reader
) -> models.LocationChargerBulkStatusResponse:
    """`results` has `created` and `failed`, one entry a charger, as far as it has come; how many
    those are, and how many are still to come: `pending_count`."""
    job, items = await yard.bulk.get(principal.organization_id, location_id, job_id)
    return _status(job, _results(job, items))


@router.delete(
    "/{location_id}/chargers/jobs/{job_id}",
    summary="Cancel a bulk creation",
    responses={**error_responses(404), 200: answers(models.CANCELLED_BULK)},
)
async def cancel_bulk_job(
    location_id: str, job_id: str, yard: YardDep, principal: Operator
) -> models.LocationChargerBulkStatusResponse:
    """What is not begun is not made: it is listed in `failed` with the code `cancelled`. What is
    made, or being made, stays. A job that has ended stays as it is."""
    job, items = await yard.bulk.cancel(principal.organization_id, location_id, job_id)
    return _status(job, _results(job, items))


def _accepted(job: Job) -> models.LocationChargerBulkAcceptedResponse:
    return models.LocationChargerBulkAcceptedResponse(**to_answers.accepted_job(job))


def _status(job: Job, results: dict[str, Any]) -> models.LocationChargerBulkStatusResponse:
    return models.LocationChargerBulkStatusResponse.of_record(
        job, job_id=job.id, error=to_answers.error(job.error), results=results
    )


def _counts(progress: JobProgress) -> dict[str, Any]:
    return {
        "created_count": progress.created,
        "failed_count": progress.failed,
        "pending_count": progress.pending,
    }


def _results(job: Job, items: list[JobItem]) -> dict[str, Any]:
    created = [
        {
            "id": item.deployment_id,
            "charger_id": item.deployment_id,
            "identity": item.identity,
            "name": item.name,
            "location_id": job.location_id,
            "status_url": to_answers.status_url(item.deployment_id),
        }
        for item in items
        if item.status == "READY"
    ]
    failed = [
        {"identity": item.identity, "error": item.error.message, "code": item.error.code}
        for item in items
        if item.error is not None
    ]
    progress = JobProgress.of(Counter(item.status for item in items))
    return {**_counts(progress), "created": created, "failed": failed}
