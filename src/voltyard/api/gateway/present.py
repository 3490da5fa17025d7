"""The lab's records as the gateway's answers, and the gateway's bodies as the lab takes them."""

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec
from msgspec import UNSET

from voltyard.api.gateway import models
from voltyard.api.gateway.bodies import (
    ChargerGroupBody,
    ChargerOptionsBody,
    CreateChargerBody,
    Setting,
    SettingValue,
    UpdateChargerBody,
)
from voltyard.lab.catalogue import Brand, Catalogue, LocationTemplate, Model
from voltyard.lab.chargers import ChargerChanges, NewCharger
from voltyard.lab.commands import Command
from voltyard.lab.deployments import Deployment, Options, ProvisioningError, Rating
from voltyard.lab.desk import Posted
from voltyard.lab.jobs import Group, Template
from voltyard.lab.lab import Lab
from voltyard.lab.locations import Location
from voltyard.lab.records import FrameLogged
from voltyard.lab.repositories import Listing, Page
from voltyard.lab.specification import max_power_w, number_of_connectors, vendor_of
from voltyard.lab.versions import DEFAULT, of_command, of_resource, version_from
from voltyard.ocpp.secrets import without_secrets

T = TypeVar("T")

_OPTIONS = frozenset(Options.__struct_fields__)
_SECRET = "basic_auth_password"


# --- going out ---------------------------------------------------------------------------------


def page_of(listing: Listing[T], page: Page, shown: Callable[[T], Any]) -> dict[str, Any]:
    """The fields every list has."""
    return {
        "data": [shown(entry) for entry in listing.entries],
        "total": listing.total,
        "page": page.number,
        "limit": page.size,
    }


def part_of(entries: list[T], page: Page) -> Listing[T]:
    """The part of a list that is in memory."""
    start = (page.number - 1) * page.size
    return Listing(entries[start : start + page.size], len(entries))


def brand(one: Brand) -> models.BrandResponse:
    """A brand of the catalogue."""
    return models.BrandResponse(id=one.id, slug=one.slug, name=one.name, image_url=one.image_url)


def model(of: Brand, one: Model) -> models.ModelResponse:
    """A model of the catalogue."""
    return models.ModelResponse(
        id=one.id,
        slug=one.slug,
        name=one.name,
        brand_slug=of.slug,
        brand_id=of.id,
        image_url=one.image_url,
        connector_count=one.connector_count,
        current_type=one.current_type,
        supported_kwh=list(one.supported_kwh),
        connector_types=list(one.connector_types),
        max_current_a=one.max_current_a,
        phases=one.phases,
        source=one.source,
    )


def template(catalogue: Catalogue, one: LocationTemplate) -> models.LocationTemplateResponse:
    """A preset for a location."""
    versions = {group.ocpp_version for group in one.charger_groups}
    return models.LocationTemplateResponse(
        slug=one.slug,
        name=one.name,
        description=one.description,
        type=catalogue.power_kind(one),
        country=one.country,
        parking_type=one.parking_type,
        ocpp_version=versions.pop() if len(versions) == 1 else "mixed",
        chargers=sum(group.count for group in one.charger_groups),
        charger_groups=[
            models.TemplateChargerGroup(
                brand_slug=group.brand_slug,
                model_slug=group.model_slug,
                connector_type=group.connector_type,
                ocpp_version=group.ocpp_version,
                count=group.count,
                nominal_kw=catalogue.nominal_kw(group),
            )
            for group in one.charger_groups
        ],
    )


def status_url(deployment_id: str) -> str:
    """Where to poll."""
    return f"/ocpp/chargers/{deployment_id}/status"


def accepted(deployment: Deployment) -> models.ChargerAcceptedResponse:
    """A charger that was just asked for."""
    return models.ChargerAcceptedResponse(
        charger_id=deployment.id,
        identity=deployment.identity,
        status=deployment.provisioning,
        workflow_run_id=deployment.workflow_run_id,
        status_url=status_url(deployment.id),
    )


def error(one: ProvisioningError | None) -> models.ProvisioningErrorDetail | None:
    """Why provisioning failed."""
    if one is None:
        return None
    return models.ProvisioningErrorDetail(
        code=one.code,
        message=one.message,
        step=one.step,
        param=one.param,
        doc_url=one.doc_url,
        retryable=one.retryable,
    )


def connection(lab: Lab, deployment_id: str) -> models.ConnectionResponse | None:
    """Whether the charger has reached its CSMS."""
    known = lab.reports.connection(deployment_id)
    if known is None:
        return None
    return models.ConnectionResponse(
        connected=known.connected, since=known.since, reason=known.reason
    )


def status(lab: Lab, deployment: Deployment) -> models.ChargerStatusResponse:
    """How far provisioning has come."""
    return models.ChargerStatusResponse(
        charger_id=deployment.id,
        status=deployment.provisioning,
        workflow_run_id=deployment.workflow_run_id,
        error=error(deployment.error),
        provisioned_at=deployment.provisioned_at,
        desired_count=deployment.desired_count,
        connection=connection(lab, deployment.id),
    )


def charger(lab: Lab, deployment: Deployment) -> models.ChargerResponse:
    """One deployment, with what its creator may read back."""
    catalogue = lab.catalogue
    kind = catalogue.model(deployment.brand_slug, deployment.model_slug)
    options = without_secrets(msgspec.to_builtins(deployment.options))
    for name in (_SECRET, "number_of_connectors", "model", "vendor"):
        options.pop(name, None)
    return models.ChargerResponse(
        id=deployment.id,
        identity=deployment.identity,
        name=deployment.name,
        vendor_name=vendor_of(deployment, catalogue),
        model=deployment.options.model or kind.name,
        image_url=kind.image_url,
        ocpp_version=of_resource(deployment.ocpp_version),
        number_of_connectors=number_of_connectors(deployment, kind),
        max_charging_power=round(max_power_w(deployment, kind)),
        connector_type=deployment.connector_type,
        location_id=deployment.location_id,
        created_at=deployment.created_at,
        updated_at=deployment.updated_at,
        location_name=deployment.location_name,
        brand_slug=deployment.brand_slug,
        model_slug=deployment.model_slug,
        ws_url=deployment.ws_url,
        status=deployment.provisioning,
        desired_count=deployment.desired_count,
        connection=connection(lab, deployment.id),
        **options,
    )


def log_entry(frame: FrameLogged) -> models.ChargerLogEntry:
    """One frame."""
    return models.ChargerLogEntry(
        direction=frame.direction,
        action=frame.action,
        message=frame.text,
        timestamp=frame.at,
        kind=frame.kind,
        message_id=frame.message_id,
        latency_ms=None if frame.latency_s is None else round(frame.latency_s * 1_000, 3),
        verdict=frame.verdict,
    )


def queued(command: Command) -> models.QueuedCommandResponse:
    """A command on its way."""
    return models.QueuedCommandResponse(
        id=command.id,
        event_type=command.event_type,
        ocpp_version=of_command(command.ocpp_version),
        payload=command.payload,
    )


def posted(outcome: Posted) -> models.LocationCommandResponse:
    """A command on its way to one or many."""
    return models.LocationCommandResponse(
        targeted_count=outcome.targeted,
        queued_count=len(outcome.queued),
        failed_count=len(outcome.failed),
        results=[
            models.LocationQueuedCommandResult(
                charger_id=command.deployment_id,
                identity=command.identity,
                command=queued(command),
            )
            for command in outcome.queued
        ],
        failed=[
            models.LocationCommandFailure(identity=one.identity, error=one.error)
            for one in outcome.failed
        ],
    )


def command(one: Command) -> models.CommandResponse:
    """A command and what became of it."""
    failure = one.error
    return models.CommandResponse(
        id=one.id,
        charger_id=one.deployment_id,
        identity=one.identity,
        event_type=one.event_type,
        ocpp_version=of_command(one.ocpp_version),
        payload=without_secrets(one.payload),
        status=one.status,
        result=one.result,
        error=None
        if failure is None
        else models.CommandErrorResponse(
            code=failure.code, message=failure.message, details=failure.details
        ),
        created_at=one.created_at,
        delivered_at=one.delivered_at,
        finished_at=one.finished_at,
    )


def location(one: Location) -> models.LocationResponse:
    """A site."""
    return models.LocationResponse(
        id=one.id,
        slug=one.slug,
        name=one.name,
        address=one.address,
        city=one.city,
        country=one.country,
        coordinates=models.CoordinatesResponse(
            latitude=one.coordinates.latitude, longitude=one.coordinates.longitude
        ),
        timezone=one.timezone,
        owner_name=one.owner_name,
        public=one.public,
        status=one.status,
        created_at=one.created_at,
        updated_at=one.updated_at,
    )


# --- coming in ---------------------------------------------------------------------------------


def new_charger(body: CreateChargerBody) -> NewCharger:
    """A charger to be."""
    return NewCharger(
        identity=body.identity,
        brand_slug=body.brand_slug,
        model_slug=body.model_slug,
        connector_type=body.connector_type,
        ws_url=body.ws_url,
        ocpp_version=body.ocpp_version,
        name=body.charge_point_name,
        location_id=body.location_id,
        location_name=body.location_name,
        options=Options(**_options(body)),
        start=True if body.start is None else body.start,
    )


def changes(body: UpdateChargerBody) -> ChargerChanges:
    """What of a charger is to change. Null clears what may be empty, and else changes nothing."""
    given = body.model_fields_set
    name = body.name if "name" in given else body.charge_point_name
    return ChargerChanges(
        name=name if given & {"name", "charge_point_name"} else UNSET,
        connector_type=UNSET if body.connector_type is None else body.connector_type,
        ocpp_version=UNSET if body.ocpp_version is None else body.ocpp_version,
        ws_url=UNSET if body.ws_url is None else body.ws_url,
        location_id=body.location_id if "location_id" in given else UNSET,
        location_name=body.location_name if "location_name" in given else UNSET,
        options=_options(body),
    )


def group(body: ChargerGroupBody) -> Group:
    """A group of a bulk creation."""
    given = body.template
    return Group(
        template=Template(
            brand_slug=given.brand_slug,
            model_slug=given.model_slug,
            connector_type=given.connector_type,
            ws_url=given.ws_url,
            ocpp_version=version_from(given.ocpp_version or DEFAULT),
            identity_prefix=given.identity_prefix or "",
            template_name=given.template_name,
        ),
        charger_ids=tuple(body.charger_ids or ()),
        chargers_number=body.chargers_number,
    )


def _options(body: ChargerOptionsBody) -> dict[str, Any]:
    """The fields of Options that were given; null is as if not given at creation, and the model's
    own again in a change."""
    options: dict[str, Any] = {
        name: getattr(body, name) for name in body.model_fields_set & _OPTIONS
    }
    if "settings" in options:
        options["settings"] = {
            name: _setting(value) for name, value in (body.settings or {}).items()
        }
    if body.rating is not None:
        options["rating"] = Rating(**body.rating.model_dump())
    return options


def _setting(value: Setting | SettingValue) -> str:
    plain = value.value if isinstance(value, SettingValue) else value
    if isinstance(plain, bool):
        return "true" if plain else "false"
    return str(plain)
