"""Translation of the yard's records to the gateway's answers."""

from collections.abc import Mapping
from typing import Any, Final, TypeVar

import msgspec

from voltyard.api.gateway.models import catalogue as of_catalogue
from voltyard.api.gateway.models import chargers, commands, locations
from voltyard.api.gateway.models.listed_chargers import ListedChargerResponse
from voltyard.api.gateway.models.states import ChargerStateResponse
from voltyard.api.gateway.models.summary import (
    ChargerTotals,
    ConnectorTotals,
    LocationSummary,
    SummaryResponse,
)
from voltyard.catalogue.catalogue import (
    Brand,
    Catalogue,
    ChargerModel,
    LocationTemplate,
    VehicleModel,
)
from voltyard.catalogue.faults import FaultType
from voltyard.kernel.masked_text import masked_text
from voltyard.kernel.tls import Tls
from voltyard.ocpp.secrets import without_secrets
from voltyard.yard.commands.command import CommandError, QueuedCommand
from voltyard.yard.commands.command_service import PostedCommands
from voltyard.yard.deployments import vendor_settings
from voltyard.yard.deployments.deployment import Deployment, ProvisioningError
from voltyard.yard.deployments.runtime_spec import max_power_w, number_of_connectors, vendor_of
from voltyard.yard.locations.location import Location
from voltyard.yard.locations.power_balancer import PowerDivision
from voltyard.yard.provisioning.bulk_job import Job
from voltyard.yard.records import FrameLogged
from voltyard.yard.repositories import Listing, PageRequest
from voltyard.yard.samples.summary import YardSummary
from voltyard.yard.version_names import of_command, of_resource
from voltyard.yard.yard import Yard

T = TypeVar("T")


def part_of(entries: list[T], page: PageRequest) -> Listing[T]:
    """The part of a list that is in memory."""
    start = (page.number - 1) * page.size
    return Listing(entries[start : start + page.size], len(entries))


def brand(one: Brand) -> of_catalogue.BrandResponse:
    """A brand of the catalogue."""
    return of_catalogue.BrandResponse.of_record(one)


def model(of: Brand, one: ChargerModel) -> of_catalogue.ModelResponse:
    """A model of the catalogue."""
    return of_catalogue.ModelResponse.of_record(one, brand_slug=of.slug, brand_id=of.id)


def vehicle(one: VehicleModel) -> of_catalogue.VehicleResponse:
    """A kind of vehicle."""
    return of_catalogue.VehicleResponse.of_record(
        one,
        title=one.title or one.name,
        curve=[[at, round(fraction, 4)] for at, fraction in one.fractions],
        curve_is_of_dc=bool(one.dc_curve_kw),
    )


def fault(one: FaultType) -> of_catalogue.FaultResponse:
    """A fault by name."""
    stops = one.effect == "stops"
    return of_catalogue.FaultResponse.of_record(
        one,
        ocpp16=of_catalogue.Fault16Response.of_record(
            one, stop_reason=one.stop_reason_16 if stops else None
        ),
        ocpp2=of_catalogue.Fault2Response.of_record(
            one,
            belongs_to=one.tier,
            tech_code=one.name,
            stopped_reason=one.stop_reason if stops else None,
        ),
    )


def template(catalogue: Catalogue, one: LocationTemplate) -> of_catalogue.LocationTemplateResponse:
    """A preset for a location."""
    versions = {group.ocpp_version for group in one.charger_groups}
    return of_catalogue.LocationTemplateResponse.of_record(
        one,
        type=catalogue.power_kind(one),
        ocpp_version=versions.pop() if len(versions) == 1 else "mixed",
        chargers=sum(group.count for group in one.charger_groups),
        charger_groups=[
            of_catalogue.TemplateChargerGroup.of_record(
                group, nominal_kw=catalogue.nominal_kw(group)
            )
            for group in one.charger_groups
        ],
    )


def status_url(deployment_id: str) -> str:
    """The URL to poll."""
    return f"/ocpp/chargers/{deployment_id}/status"


def accepted(deployment: Deployment) -> chargers.ChargerAcceptedResponse:
    """A charger that was just asked for."""
    return chargers.ChargerAcceptedResponse(
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


def error(one: ProvisioningError | None) -> chargers.ProvisioningErrorDetail | None:
    """Why provisioning failed."""
    return (
        None
        if one is None
        else chargers.ProvisioningErrorDetail.of_record(one, message=masked_text(one.message))
    )


def connection(yard: Yard, deployment_id: str) -> chargers.ConnectionResponse | None:
    """The connection of the charger to its CSMS."""
    known = yard.reports.connection(deployment_id)
    return None if known is None else chargers.ConnectionResponse.of_record(known)


def status(yard: Yard, deployment: Deployment) -> chargers.ChargerStatusResponse:
    """How far provisioning has come."""
    return chargers.ChargerStatusResponse.of_record(
        deployment,
        charger_id=deployment.id,
        status=deployment.provisioning,
        error=error(deployment.error),
        connection=connection(yard, deployment.id),
    )


_SHOWN_OTHERWISE: Final = (
    "basic_auth_password",
    "device_model",
    "model",
    "number_of_connectors",
    "pace",
    "registers",
    "tls",
    "vendor",
    "vendor_settings",
)


def charger(yard: Yard, deployment: Deployment, *, whole: bool = True) -> chargers.ChargerResponse:
    """One deployment, with what its creator may read back; not `whole`, without the secrets that a
    URL may hold."""
    return chargers.ChargerResponse.of_record(
        deployment, **_charger_fields(yard, deployment, whole=whole)
    )


def _charger_fields(yard: Yard, deployment: Deployment, *, whole: bool) -> dict[str, Any]:
    """The fields of an answer that are not the record's."""
    catalogue = yard.catalogue
    kind = catalogue.model(deployment.brand_slug, deployment.model_slug)
    options = without_secrets(msgspec.to_builtins(deployment.options))
    for name in _SHOWN_OTHERWISE:
        options.pop(name, None)
    return {
        **options,
        "vendor_name": vendor_of(deployment, catalogue),
        "model": deployment.options.model or kind.name,
        "image_url": kind.image_url,
        "ocpp_version": of_resource(deployment.ocpp_version),
        "number_of_connectors": number_of_connectors(deployment, kind),
        "max_charging_power": round(max_power_w(deployment, kind)),
        "ws_url": deployment.ws_url if whole else masked_text(deployment.ws_url),
        "status": deployment.provisioning,
        "connection": connection(yard, deployment.id),
        "has_basic_auth_password": deployment.options.basic_auth_password is not None,
        "has_device_model": deployment.options.device_model is not None,
        "tls": tls(deployment.options.tls),
        "vendor_settings": without_secrets(vendor_settings.shown(deployment.options)),
    }


def listed_charger(
    yard: Yard,
    deployment: Deployment,
    *,
    whole: bool = True,
    states: Mapping[str, dict[str, Any]] | None = None,
) -> ListedChargerResponse:
    """One deployment of a list; with its state where `states` are given."""
    fields = _charger_fields(yard, deployment, whole=whole)
    if states is not None:
        known = states.get(deployment.id)
        fields["state"] = None if known is None else state(yard, deployment, known)
    return ListedChargerResponse.of_record(deployment, **fields)


def state(yard: Yard, deployment: Deployment, known: dict[str, Any]) -> ChargerStateResponse:
    """The state of a charger, as its provider answers it."""
    return ChargerStateResponse(
        charger_id=deployment.id,
        identity=deployment.identity,
        connection=connection(yard, deployment.id),
        **known,
    )


def tls(one: Tls | None) -> chargers.TlsResponse | None:
    """The way in which a charger checks its CSMS."""
    if one is None:
        return None
    return chargers.TlsResponse.of_record(one, has_client_key=one.client_key is not None)


def log_entry(frame: FrameLogged) -> chargers.ChargerLogEntry:
    """One frame."""
    return chargers.ChargerLogEntry.of_record(
        frame,
        message=frame.text,
        timestamp=frame.at,
        latency_ms=None if frame.latency_s is None else round(frame.latency_s * 1_000, 3),
    )


def queued(command: QueuedCommand) -> commands.QueuedCommandResponse:
    """A command on its way."""
    return commands.QueuedCommandResponse.of_record(
        command,
        ocpp_version=of_command(command.ocpp_version),
        payload=without_secrets(command.payload),
    )


def posted(outcome: PostedCommands) -> commands.LocationCommandResponse:
    """A command on its way to one or many."""
    return commands.LocationCommandResponse(
        targeted_count=outcome.targeted,
        queued_count=len(outcome.queued),
        failed_count=len(outcome.failed),
        results=[
            commands.LocationQueuedCommandResult.of_record(
                command, charger_id=command.deployment_id, command=queued(command)
            )
            for command in outcome.queued
        ],
        failed=[commands.LocationCommandFailure.of_record(one) for one in outcome.failed],
        batch_id=outcome.batch_id,
    )


def command(one: QueuedCommand) -> commands.CommandResponse:
    """A command and what became of it."""
    return commands.CommandResponse.of_record(
        one,
        charger_id=one.deployment_id,
        ocpp_version=of_command(one.ocpp_version),
        payload=without_secrets(one.payload),
        result=without_secrets(one.result),
        error=failure(one.error),
    )


def failure(one: CommandError | None) -> commands.CommandErrorResponse | None:
    """Why a command failed."""
    if one is None:
        return None
    return commands.CommandErrorResponse.of_record(
        one, message=masked_text(one.message), details=without_secrets(one.details)
    )


def location(one: Location) -> locations.LocationResponse:
    """A site."""
    return locations.LocationResponse.of_record(
        one, coordinates=locations.CoordinatesResponse.of_record(one.coordinates)
    )


def site_power(location: Location, division: PowerDivision) -> locations.SitePowerResponse:
    """The division of a site's power."""
    return locations.SitePowerResponse(
        location_id=location.id,
        max_power_w=location.max_power_w,
        power_w=round(division.power_w, 1),
        wanted_w=round(division.wanted_w, 1),
        shared_w=None if location.max_power_w is None else round(division.share_w, 1),
        shares=[
            locations.SiteShareResponse(
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


def summary(one: YardSummary) -> SummaryResponse:
    """Totals of an organization's chargers."""
    totals = one.totals
    return SummaryResponse(
        at=one.at,
        chargers=ChargerTotals(
            total=one.chargers,
            connected=totals.connected,
            accepted=totals.accepted,
            by_provisioning={str(word): count for word, count in one.by_provisioning.items()},
        ),
        connectors=ConnectorTotals(
            total=totals.connectors,
            in_transaction=totals.in_transaction,
            faulted=totals.faulted,
            by_status=dict(totals.by_status),
        ),
        power_w=totals.power_w,
        locations=[LocationSummary.of_record(location) for location in one.locations],
    )
