"""Translation of the yard's records to the gateway's answers."""

from collections.abc import Callable
from typing import Any, Final, TypeVar

import msgspec

from voltyard.api.gateway import models
from voltyard.catalogue.catalogue import (
    Brand,
    Catalogue,
    ChargerModel,
    LocationTemplate,
    VehicleModel,
)
from voltyard.catalogue.faults import FaultType
from voltyard.kernel.tls import Tls
from voltyard.ocpp.secrets import without_secrets
from voltyard.yard.commands.command import QueuedCommand
from voltyard.yard.commands.command_service import PostedCommands
from voltyard.yard.deployments import vendor_settings
from voltyard.yard.deployments.deployment import Deployment, ProvisioningError
from voltyard.yard.deployments.runtime_spec import max_power_w, number_of_connectors, vendor_of
from voltyard.yard.locations.location import Location
from voltyard.yard.locations.power_balancer import PowerDivision
from voltyard.yard.provisioning.bulk_job import Job
from voltyard.yard.records import FrameLogged
from voltyard.yard.repositories import Listing, PageRequest
from voltyard.yard.version_names import of_command, of_resource
from voltyard.yard.yard import Yard

T = TypeVar("T")


def page_of(listing: Listing[T], page: PageRequest, shown: Callable[[T], Any]) -> dict[str, Any]:
    """The fields every list has."""
    return {
        "data": [shown(entry) for entry in listing.entries],
        "total": listing.total,
        "page": page.number,
        "limit": page.size,
    }


def part_of(entries: list[T], page: PageRequest) -> Listing[T]:
    """The part of a list that is in memory."""
    start = (page.number - 1) * page.size
    return Listing(entries[start : start + page.size], len(entries))


def brand(one: Brand) -> models.BrandResponse:
    """A brand of the catalogue."""
    return models.BrandResponse(id=one.id, slug=one.slug, name=one.name, image_url=one.image_url)


def model(of: Brand, one: ChargerModel) -> models.ModelResponse:
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
        source_url=one.source_url,
        reported_vendor=one.reported_vendor,
        reported_model=one.reported_model,
        boot_source=one.boot_source,
    )


def vehicle(one: VehicleModel) -> models.VehicleResponse:
    """A kind of vehicle."""
    return models.VehicleResponse(
        name=one.name,
        title=one.title or one.name,
        battery_kwh=one.battery_kwh,
        max_ac_power_w=one.max_ac_power_w,
        max_dc_power_w=one.max_dc_power_w,
        phases=one.phases,
        curve=[[at, round(fraction, 4)] for at, fraction in one.fractions],
        curve_is_of_dc=bool(one.dc_curve_kw),
        power_factor=one.power_factor,
        standing_loss_w=one.standing_loss_w,
        source=one.source,
        source_url=one.source_url,
        curve_source=one.curve_source,
    )


def fault(one: FaultType) -> models.FaultResponse:
    """A fault by name."""
    stops = one.effect == "stops"
    return models.FaultResponse(
        name=one.name,
        description=one.description,
        effect=one.effect,
        disables=one.disables,
        ocpp16=models.Fault16Response(
            error_code=one.error_code,
            vendor_error_code=one.vendor_error_code,
            stop_reason=one.stop_reason_16 if stops else None,
        ),
        ocpp2=models.Fault2Response(
            component=one.component,
            belongs_to=one.tier,
            variable=one.variable,
            tech_code=one.name,
            stopped_reason=one.stop_reason if stops else None,
        ),
        other_names=list(one.other_names),
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
    """The URL to poll."""
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


def accepted_job(job: Job) -> dict[str, Any]:
    """The fields that tell of a bulk creation that was just asked for."""
    return {
        "job_id": job.id,
        "status": job.status,
        "workflow_run_id": job.workflow_run_id,
        "status_url": f"/ocpp/locations/{job.location_id}/chargers/jobs/{job.id}",
    }


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


def connection(yard: Yard, deployment_id: str) -> models.ConnectionResponse | None:
    """Whether the charger has reached its CSMS."""
    known = yard.reports.connection(deployment_id)
    if known is None:
        return None
    return models.ConnectionResponse(
        connected=known.connected, since=known.since, reason=known.reason
    )


def status(yard: Yard, deployment: Deployment) -> models.ChargerStatusResponse:
    """How far provisioning has come."""
    return models.ChargerStatusResponse(
        charger_id=deployment.id,
        status=deployment.provisioning,
        workflow_run_id=deployment.workflow_run_id,
        error=error(deployment.error),
        provisioned_at=deployment.provisioned_at,
        desired_count=deployment.desired_count,
        connection=connection(yard, deployment.id),
    )


_SHOWN_OTHERWISE: Final = (
    "basic_auth_password",
    "device_model",
    "model",
    "number_of_connectors",
    "pace",
    "tls",
    "vendor",
    "vendor_settings",
)


def charger(yard: Yard, deployment: Deployment) -> models.ChargerResponse:
    """One deployment, with what its creator may read back."""
    catalogue = yard.catalogue
    kind = catalogue.model(deployment.brand_slug, deployment.model_slug)
    options = without_secrets(msgspec.to_builtins(deployment.options))
    for name in _SHOWN_OTHERWISE:
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
        connection=connection(yard, deployment.id),
        has_basic_auth_password=deployment.options.basic_auth_password is not None,
        has_device_model=deployment.options.device_model is not None,
        tls=tls(deployment.options.tls),
        vendor_settings=without_secrets(vendor_settings.shown(deployment.options)),
        **options,
    )


def tls(one: Tls | None) -> models.TlsResponse | None:
    """The way in which a charger checks its CSMS."""
    if one is None:
        return None
    return models.TlsResponse(
        ca=one.ca,
        verify_hostname=one.verify_hostname,
        client_certificate=one.client_certificate,
        has_client_key=one.client_key is not None,
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


def queued(command: QueuedCommand) -> models.QueuedCommandResponse:
    """A command on its way."""
    return models.QueuedCommandResponse(
        id=command.id,
        event_type=command.event_type,
        ocpp_version=of_command(command.ocpp_version),
        payload=command.payload,
    )


def posted(outcome: PostedCommands) -> models.LocationCommandResponse:
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
        batch_id=outcome.batch_id,
    )


def command(one: QueuedCommand) -> models.CommandResponse:
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
        batch_id=one.batch_id,
        due_at=one.due_at,
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
        max_power_w=one.max_power_w,
    )


def site_power(location: Location, division: PowerDivision) -> models.SitePowerResponse:
    """The division of a site's power."""
    return models.SitePowerResponse(
        location_id=location.id,
        max_power_w=location.max_power_w,
        power_w=round(division.power_w, 1),
        wanted_w=round(division.wanted_w, 1),
        shared_w=None if location.max_power_w is None else round(division.share_w, 1),
        shares=[
            models.SiteShareResponse(
                charger_id=part.deployment_id,
                identity=part.identity,
                evse_id=part.evse_id,
                power_w=round(part.power_w, 1),
                wanted_w=round(part.wanted_w, 1),
                share_w=None if part.share_w is None else round(part.share_w, 1),
            )
            for part in division.parts
        ],
    )
