"""The gateway's answers, by the names and fields of the contract, and a few more."""

from typing import Any, Final

from pydantic import ConfigDict

from voltyard.api.gateway.fields import Answer, Moment, example
from voltyard.lab.deployments import Provisioning

ACCEPTED: Final[dict[str, Any]] = {
    "charger_id": "dep-4k2d8s1m0x7c9v3b",
    "identity": "CP-TEST-001",
    "status": "PROVISIONING",
    "workflow_run_id": "wfr_9x7c2v5b1n8m4k6j",
    "status_url": "/ocpp/chargers/dep-4k2d8s1m0x7c9v3b/status",
}

CHARGER: Final[dict[str, Any]] = {
    "id": "dep-4k2d8s1m0x7c9v3b",
    "identity": "CP-TEST-001",
    "name": "Bay A01",
    "vendor_name": "Wallbox",
    "model": "Pulsar Plus",
    "image_url": None,
    "ocpp_version": "OCPP1.6",
    "number_of_connectors": 1,
    "max_charging_power": 22000,
    "connector_type": "Type2",
    "location_id": "4090477f-a416-4515-a302-97aa344a0a2a",
    "created_at": "2026-11-21T09:00:00.000Z",
    "updated_at": "2026-11-21T09:00:00.000Z",
}

QUEUED: Final[dict[str, Any]] = {
    "id": "f7e8d9c0b1a2",
    "event_type": "unplug",
    "ocpp_version": "ocpp1.6",
    "payload": {"evse_id": 2, "connector_id": 1},
}

LOCATION: Final[dict[str, Any]] = {
    "id": "4090477f-a416-4515-a302-97aa344a0a2a",
    "slug": "la-defense-charging-hub-3f9a",
    "name": "La Defense Charging Hub",
    "address": "14 Rue de la Paix",
    "city": "Paris",
    "country": "FR",
    "coordinates": {"latitude": 48.8566, "longitude": 2.3522},
    "timezone": "Europe/Paris",
    "owner_name": "VINCI Autoroutes",
    "public": True,
    "status": "active",
    "created_at": "2026-11-21T09:00:00.000Z",
    "updated_at": "2026-11-21T09:00:00.000Z",
}

MODEL: Final[dict[str, Any]] = {
    "id": "550e8400-e29b-41d4-a716-446655440002",
    "slug": "wallbox-pulsar-plus",
    "name": "Pulsar Plus",
    "brand_slug": "wallbox",
    "brand_id": "46d3bb26-6d3c-5b07-a1b6-6d6b8b8b3b40",
    "image_url": None,
    "connector_count": 1,
    "current_type": "ac",
    "supported_kwh": [7.4, 22],
    "connector_types": ["Type2"],
    "created_at": None,
}


class ProvisioningErrorDetail(Answer):
    """Why provisioning failed."""

    code: str
    message: str
    step: str | None = None
    param: str | None = None
    doc_url: str | None = None
    retryable: bool | None = None


# --- catalogue ---------------------------------------------------------------------------------


class BrandResponse(Answer):
    """Who makes chargers."""

    id: str
    slug: str
    name: str
    image_url: str | None = None
    created_at: Moment | None = None


class BrandListResponse(Answer):
    """Brands."""

    data: list[BrandResponse]
    total: int
    page: int
    limit: int


class ModelResponse(Answer):
    """A charger one can simulate."""

    model_config = example(**MODEL)

    id: str
    slug: str
    name: str
    brand_slug: str | None = None
    brand_id: str | None = None
    image_url: str | None = None
    connector_count: int | None = None
    current_type: str | None = None
    supported_kwh: list[float] | None = None
    connector_types: list[str] | None = None
    created_at: Moment | None = None
    max_current_a: float | None = None
    phases: int | None = None
    source: str | None = None
    """Where the figures come from."""


class ModelListResponse(Answer):
    """Models of a brand."""

    data: list[ModelResponse]
    total: int
    page: int
    limit: int


class TemplateChargerGroup(Answer):
    """So many chargers of one kind."""

    brand_slug: str
    model_slug: str
    connector_type: str
    ocpp_version: str
    count: int
    nominal_kw: float


class LocationTemplateResponse(Answer):
    """A preset for a location."""

    slug: str
    name: str
    description: str
    type: str
    country: str
    parking_type: str
    ocpp_version: str
    chargers: int
    charger_groups: list[TemplateChargerGroup]


class LocationTemplateListResponse(Answer):
    """Presets for a location."""

    data: list[LocationTemplateResponse]
    total: int


# --- chargers ----------------------------------------------------------------------------------


class ChargerAcceptedResponse(Answer):
    """The deployment is written down; poll status_url."""

    model_config = example(**ACCEPTED)

    charger_id: str
    identity: str
    status: Provisioning
    workflow_run_id: str | None = None
    status_url: str


class ConnectionResponse(Answer):
    """Whether the charger has reached its CSMS."""

    connected: bool
    since: Moment
    reason: str = ""


class ChargerStatusResponse(Answer):
    """How far provisioning has come."""

    charger_id: str
    status: Provisioning | None = None
    workflow_run_id: str | None = None
    error: ProvisioningErrorDetail | None = None
    provisioned_at: Moment | None = None
    desired_count: int
    connection: ConnectionResponse | None = None


class ChargerResponse(Answer):
    """One deployment. The password is never shown."""

    model_config = ConfigDict(json_schema_extra={"example": CHARGER}, extra="allow")

    id: str
    identity: str
    name: str | None = None
    vendor_name: str | None = None
    model: str | None = None
    image_url: str | None = None
    ocpp_version: str | None = None
    number_of_connectors: int | None = None
    max_charging_power: int | None = None
    """W, of one connector."""
    connector_type: str | None = None
    location_id: str | None = None
    created_at: Moment | None = None
    updated_at: Moment | None = None
    location_name: str | None = None
    brand_slug: str | None = None
    model_slug: str | None = None
    ws_url: str | None = None
    status: Provisioning | None = None
    desired_count: int | None = None
    connection: ConnectionResponse | None = None


class ChargerListResponse(Answer):
    """Deployments."""

    data: list[ChargerResponse]
    total: int
    page: int
    limit: int


class ChargerLogEntry(Answer):
    """One OCPP-J frame."""

    direction: str
    action: str
    message: str | None = None
    timestamp: Moment | None = None
    kind: str
    message_id: str
    latency_ms: float | None = None
    verdict: str


class ChargerLogListResponse(Answer):
    """Frames both ways, the newest first."""

    data: list[ChargerLogEntry]
    total: int
    limit: int
    offset: int


class ChargerSettingsResponse(Answer):
    """The charger's settings now: 1.6 configuration keys, or 2.x Component.Variable."""

    charger_id: str
    identity: str
    settings: dict[str, Any]


# --- commands ----------------------------------------------------------------------------------


class QueuedCommandResponse(Answer):
    """A command on its way."""

    model_config = example(**QUEUED)

    id: str
    event_type: str
    ocpp_version: str
    payload: dict[str, Any]


class LocationQueuedCommandResult(Answer):
    """The command of one charger."""

    charger_id: str
    identity: str
    command: QueuedCommandResponse


class LocationCommandFailure(Answer):
    """A charger that cannot take it, and why."""

    identity: str | None = None
    error: str


class LocationCommandResponse(Answer):
    """What came of a command, charger by charger."""

    model_config = example(
        targeted_count=1,
        queued_count=1,
        failed_count=0,
        results=[{"charger_id": "dep-789", "identity": "CP-CHARGER-789", "command": QUEUED}],
        failed=[],
    )

    targeted_count: int
    queued_count: int
    failed_count: int
    results: list[LocationQueuedCommandResult]
    failed: list[LocationCommandFailure]


class ConfigurationChangeResponse(Answer):
    """What became of each key."""

    model_config = example(
        status="Accepted",
        configured=["HeartbeatInterval"],
        msg="1 of 1 keys configured",
        results={"HeartbeatInterval": "Accepted"},
    )

    status: str
    """Rejected where any is, else RebootRequired where any is, else Accepted."""
    configured: list[str]
    msg: str
    results: dict[str, str]


class CacheResetResponse(Answer):
    """The cache is empty."""

    model_config = example(msg="Authorization cache cleared", cleared_entries=3)

    msg: str
    cleared_entries: int


class LocalListMutationResponse(Answer):
    """What became of the local list."""

    model_config = example(
        status="Accepted", list_version=2, entries_received=2, msg="Local authorization list sent"
    )

    status: str | None = None
    list_version: int | None = None
    entries_received: int | None = None
    msg: str | None = None
    entries_deleted: int | None = None


class FaultOperationResponse(Answer):
    """What was broken or repaired."""

    model_config = example(
        msg="Fault injected",
        fault_type="OverCurrent",
        evse_id=1,
        connector_id=1,
        status="Faulted",
    )

    msg: str
    fault_type: str | None = None
    evse_id: int | None = None
    connector_id: int | None = None
    status: str | None = None
    """The connector's, in its version's words."""


class CommandErrorResponse(Answer):
    """Why a command failed."""

    code: str
    message: str
    details: dict[str, Any]


class CommandResponse(Answer):
    """A command and what became of it."""

    id: str
    charger_id: str
    identity: str
    event_type: str
    ocpp_version: str
    payload: dict[str, Any]
    status: str
    """queued, delivered, completed, failed or expired."""
    result: dict[str, Any] | None = None
    error: CommandErrorResponse | None = None
    created_at: Moment
    delivered_at: Moment | None = None
    finished_at: Moment | None = None


class CommandListResponse(Answer):
    """Commands, the newest first."""

    data: list[CommandResponse]
    total: int
    page: int
    limit: int


# --- locations ---------------------------------------------------------------------------------


class CoordinatesResponse(Answer):
    """Degrees, WGS 84."""

    latitude: float
    longitude: float


class LocationResponse(Answer):
    """A site."""

    model_config = example(**LOCATION)

    id: str
    slug: str | None = None
    name: str | None = None
    address: str | None = None
    city: str | None = None
    country: str | None = None
    coordinates: CoordinatesResponse | None = None
    timezone: str | None = None
    owner_name: str | None = None
    public: bool | None = None
    status: str | None = None
    created_at: Moment | None = None
    updated_at: Moment | None = None


class LocationListResponse(Answer):
    """Sites."""

    data: list[LocationResponse]
    total: int
    page: int
    limit: int


class LocationUpdateChargerFailure(Answer):
    """A charger that could not be changed, and why."""

    charger_id: str | None = None
    error: str


class UpdateLocationChargersResponse(Answer):
    """Which could be changed."""

    updated_count: int
    failed_count: int
    updated: list[ChargerResponse]
    failed: list[LocationUpdateChargerFailure]


class LocationDeleteChargerFailure(Answer):
    """A charger that could not be deleted, and why."""

    charger_id: str | None = None
    error: str


class DeleteLocationChargersResponse(Answer):
    """Which could be deleted."""

    deleted_count: int
    failed_count: int
    deleted: list[str]
    failed: list[LocationDeleteChargerFailure]


class LocationChargerBulkAcceptedResponse(Answer):
    """The job is written down; poll status_url."""

    job_id: str
    status: Provisioning
    workflow_run_id: str | None = None
    status_url: str


class LocationChargerBulkStatusResponse(Answer):
    """How far a bulk creation has come; `results` has `created` and `failed`."""

    job_id: str
    job_type: str | None = None
    status: Provisioning | None = None
    workflow_run_id: str | None = None
    error: ProvisioningErrorDetail | None = None
    results: dict[str, Any] | None = None
    provisioned_at: Moment | None = None
