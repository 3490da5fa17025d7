"""Locations, and many chargers of one at a time."""

from collections import Counter
from functools import partial
from typing import Annotated, Any

from fastapi import Query, Response

from voltyard.api.auth import Operator, Reader
from voltyard.api.gate import GATEWAY_PREFIX
from voltyard.api.gateway import models, present, receive
from voltyard.api.gateway.bodies import (
    ChargerGroups,
    CreateLocationBody,
    UpdateLocationBody,
    UpdateLocationChargersBody,
)
from voltyard.api.gateway.context import Here, Part
from voltyard.api.gateway.problems import problems
from voltyard.api.gateway.repeats import Repeatable
from voltyard.api.routers import api_router
from voltyard.api.shapes import answers
from voltyard.lab.jobs import Job, JobItem, Progress
from voltyard.lab.locations import Coordinates

router = api_router(prefix=GATEWAY_PREFIX + "/locations", tags=["locations"])

_CLEARABLE = frozenset({"timezone", "owner_name", "max_power_w"})
"""What a location may be without: null clears it, and changes nothing else."""


@router.get("", summary="Locations", responses=problems())
async def list_locations(lab: Here, principal: Reader, page: Part) -> models.LocationListResponse:
    """The organization's sites, oldest first."""
    listing = await lab.sites.listed(principal.organization_id, page)
    return models.LocationListResponse(**present.page_of(listing, page, present.location))


@router.post("", status_code=201, summary="Create a location", responses=problems(400, 409))
async def create_location(
    body: CreateLocationBody, lab: Here, principal: Operator, repeats: Repeatable
) -> models.LocationResponse:
    """Its slug is made of the name."""
    create = partial(lab.sites.create, principal.organization_id, receive.new_location(body))
    return await repeats.answer(create, present.location)


@router.get("/{location_id}", summary="One location", responses=problems(404))
async def get_location(location_id: str, lab: Here, principal: Reader) -> models.LocationResponse:
    """One site."""
    return present.location(await lab.sites.get(principal.organization_id, location_id))


@router.get(
    "/{location_id}/power", summary="How a location shares its power", responses=problems(404)
)
async def get_location_power(
    location_id: str, lab: Here, principal: Reader
) -> models.SitePowerResponse:
    """Its limit, what flows now, and what each EVSE of its running chargers may take."""
    return present.site_power(*await lab.sites.power(principal.organization_id, location_id))


@router.put("/{location_id}", summary="Change a location", responses=problems(400, 404, 409))
async def update_location(
    location_id: str, body: UpdateLocationBody, lab: Here, principal: Operator
) -> models.LocationResponse:
    """Changes only what is given."""
    changes: dict[str, Any] = {
        name: value
        for name in body.model_fields_set
        if (value := getattr(body, name)) is not None or name in _CLEARABLE
    }
    if body.coordinates is not None:
        changes["coordinates"] = Coordinates(body.coordinates.latitude, body.coordinates.longitude)
    changed = await lab.sites.change(principal.organization_id, location_id, changes)
    return present.location(changed)


@router.delete(
    "/{location_id}", status_code=204, summary="Delete a location", responses=problems(404)
)
async def delete_location(location_id: str, lab: Here, principal: Operator) -> Response:
    """Its chargers stay, at no location; a day there ends. Deleting it again is not an error."""
    await lab.sites.delete(principal.organization_id, location_id)
    return Response(status_code=204)


@router.get(
    "/{location_id}/chargers", summary="Chargers of a location", responses=problems(400, 404)
)
async def list_location_chargers(
    location_id: str,
    lab: Here,
    principal: Reader,
    page: Part,
    charger_ids: Annotated[list[str] | None, Query()] = None,
) -> models.ChargerListResponse:
    """All of them, or those named."""
    listing = await lab.sites.chargers(
        principal.organization_id, location_id, charger_ids or [], page
    )
    return models.ChargerListResponse(
        **present.page_of(listing, page, lambda one: present.charger(lab, one))
    )


@router.post(
    "/{location_id}/chargers",
    status_code=202,
    summary="Create many chargers",
    responses=problems(400, 404, 409, 503),
)
async def create_location_chargers(
    location_id: str, body: ChargerGroups, lab: Here, principal: Operator, repeats: Repeatable
) -> models.LocationChargerBulkAcceptedResponse:
    """Writes the job down and makes the chargers in the background, each by itself: poll
    `status_url` until READY or FAILED. Prefix SITE_A_ with the ids 001 and 002 and the number 5
    gives SITE_A_001, SITE_A_002 and three with random suffixes."""
    groups = [receive.group(group) for group in body]
    create = partial(lab.bulk.create, principal.organization_id, location_id, groups)
    return await repeats.answer(create, _accepted)


@router.put("/{location_id}/chargers", summary="Change many chargers", responses=problems(404))
async def update_location_chargers(
    location_id: str, body: UpdateLocationChargersBody, lab: Here, principal: Operator
) -> models.UpdateLocationChargersResponse:
    """Changes each as PUT of one charger does; what cannot be done is listed in `failed`."""
    changes = [(item.charger_id, receive.changes(item)) for item in body.chargers]
    changed, failed = await lab.sites.change_chargers(
        principal.organization_id, location_id, changes
    )
    return models.UpdateLocationChargersResponse(
        updated_count=len(changed),
        failed_count=len(failed),
        updated=[present.charger(lab, deployment) for deployment in changed],
        failed=[
            models.LocationUpdateChargerFailure(charger_id=one.charger_id, error=one.error)
            for one in failed
        ],
    )


@router.delete("/{location_id}/chargers", summary="Delete many chargers", responses=problems(404))
async def delete_location_chargers(
    location_id: str,
    lab: Here,
    principal: Operator,
    charger_ids: Annotated[list[str], Query(min_length=1)],
) -> models.DeleteLocationChargersResponse:
    """Deletes those named; what cannot be done is listed in `failed`."""
    deleted, failed = await lab.sites.delete_chargers(
        principal.organization_id, location_id, charger_ids
    )
    return models.DeleteLocationChargersResponse(
        deleted_count=len(deleted),
        failed_count=len(failed),
        deleted=deleted,
        failed=[
            models.LocationDeleteChargerFailure(charger_id=one.charger_id, error=one.error)
            for one in failed
        ],
    )


@router.get("/{location_id}/chargers/jobs", summary="Bulk creations", responses=problems(404))
async def list_bulk_jobs(
    location_id: str, lab: Here, principal: Reader, page: Part
) -> models.LocationChargerBulkListResponse:
    """A location's, the newest first; `results` has the counts alone, the job by itself has all."""
    listing = await lab.bulk.listed(principal.organization_id, location_id, page)
    return models.LocationChargerBulkListResponse(
        **present.page_of(listing, page, lambda one: _status(one[0], _counts(one[1])))
    )


@router.get(
    "/{location_id}/chargers/jobs/{job_id}",
    summary="State of a bulk creation",
    responses=problems(404),
)
async def get_bulk_job(
    location_id: str, job_id: str, lab: Here, principal: Reader
) -> models.LocationChargerBulkStatusResponse:
    """`results` has `created` and `failed`, one entry a charger, as far as it has come; how many
    those are, and how many are still to come: `pending_count`."""
    job, items = await lab.bulk.get(principal.organization_id, location_id, job_id)
    return _status(job, _results(job, items))


@router.delete(
    "/{location_id}/chargers/jobs/{job_id}",
    summary="Cancel a bulk creation",
    responses={**problems(404), 200: answers(models.CANCELLED_BULK)},
)
async def cancel_bulk_job(
    location_id: str, job_id: str, lab: Here, principal: Operator
) -> models.LocationChargerBulkStatusResponse:
    """What is not begun is not made: it is listed in `failed` with the code `cancelled`. What is
    made, or being made, stays. A job that has ended stays as it is."""
    job, items = await lab.bulk.cancel(principal.organization_id, location_id, job_id)
    return _status(job, _results(job, items))


def _accepted(job: Job) -> models.LocationChargerBulkAcceptedResponse:
    return models.LocationChargerBulkAcceptedResponse(**present.accepted_job(job))


def _status(job: Job, results: dict[str, Any]) -> models.LocationChargerBulkStatusResponse:
    return models.LocationChargerBulkStatusResponse(
        job_id=job.id,
        job_type=job.job_type,
        status=job.status,
        workflow_run_id=job.workflow_run_id,
        error=present.error(job.error),
        results=results,
        provisioned_at=job.provisioned_at,
    )


def _counts(progress: Progress) -> dict[str, Any]:
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
            "status_url": present.status_url(item.deployment_id),
        }
        for item in items
        if item.status == "READY"
    ]
    failed = [
        {"identity": item.identity, "error": item.error.message, "code": item.error.code}
        for item in items
        if item.error is not None
    ]
    progress = Progress.of(Counter(item.status for item in items))
    return {**_counts(progress), "created": created, "failed": failed}
