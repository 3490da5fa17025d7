"""Simulated chargers, and how far their provisioning has come."""

from typing import Annotated, Any, Final

from pydantic import ConfigDict, Field

from voltyard.api.description.plain_schemas import named
from voltyard.api.gateway.fields import GatewayAnswer, Moment, PageAnswer, Total, example
from voltyard.yard.deployments.deployment import ProvisioningStatus

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


class ProvisioningErrorDetail(GatewayAnswer):
    """Why provisioning failed."""

    code: str
    message: str
    step: str | None = None
    param: str | None = None
    doc_url: str | None = None
    retryable: bool | None = None


CONNECTION: Final[dict[str, Any]] = {
    "connected": True,
    "since": "2026-11-21T09:00:01.000Z",
    "reason": "",
}


class ChargerAcceptedResponse(GatewayAnswer):
    """The deployment is written down; poll status_url."""

    model_config = example(**ACCEPTED)

    charger_id: str
    identity: str
    status: ProvisioningStatus
    workflow_run_id: str | None = None
    status_url: str


class ConnectionResponse(GatewayAnswer):
    """The connection of the charger to its CSMS."""

    connected: bool
    since: Moment
    reason: str = ""


class ChargerStatusResponse(GatewayAnswer):
    """How far provisioning has come."""

    model_config = example(
        charger_id="dep-4k2d8s1m0x7c9v3b",
        status="READY",
        workflow_run_id="wfr_9x7c2v5b1n8m4k6j",
        error=None,
        provisioned_at="2026-11-21T09:00:00.500Z",
        desired_count=1,
        connection=CONNECTION,
    )

    charger_id: str
    status: ProvisioningStatus | None = None
    workflow_run_id: str | None = None
    error: ProvisioningErrorDetail | None = None
    provisioned_at: Moment | None = None
    desired_count: int
    connection: ConnectionResponse | None = None


class TlsResponse(GatewayAnswer):
    """How a wss:// CSMS is checked; the client's key is never shown."""

    ca: str | None = None
    verify_hostname: bool
    client_certificate: str | None = None
    has_client_key: bool


class CertificateResponse(GatewayAnswer):
    """A certificate that a charger has from its factory."""

    type: str
    certificate: str
    """PEM."""


class ChargerResponse(GatewayAnswer):
    """One deployment, with the options it was given. Password and key are never shown."""

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
    status: ProvisioningStatus | None = None
    desired_count: int | None = None
    connection: ConnectionResponse | None = None
    has_basic_auth_password: bool = False
    security_profile: int | None = None
    """The security profile that was asked for; null: it follows from ws_url, password and
    certificate."""
    security_events: bool | None = None
    """True where security events were asked for; null: it follows from version and
    security_profile."""
    charge_box_serial_number: str | None = None
    iccid: str | None = None
    imsi: str | None = None
    meter_type: str | None = None
    meter_serial_number: str | None = None
    vendor_settings: list[Annotated[dict[str, Any], named("VendorSetting")]] = Field(
        default_factory=list
    )
    """The settings of its vendor; a WriteOnly one is shown without its value."""
    has_device_model: bool = False
    """True where it has a device model of its own; GET .../device-model shows it."""
    certificates: list[CertificateResponse] = Field(default_factory=list)
    """Certificates that it has from its factory, beside tls.ca."""
    validation: str | None = None
    """Treatment of messages that stray from their schemas, lenient or strict; null: lenient."""
    readers: list[list[int]] | None = None
    """Groups of EVSEs that share a card reader; null: each has its own."""
    connectors_per_evse: int | None = None
    """Connectors of each EVSE; null: each connector is an EVSE of its own."""
    resumption_timeout_s: float | None = None
    """Length of a power loss after which a transaction still goes on; null: any power loss ends
    it."""
    resets_evses: bool | None = None
    """False where it refuses to reset single EVSEs; null: it resets them."""
    local_controller: bool | None = None
    """True where it is a local controller; null: it is none."""
    personality: str | None = None
    tls: TlsResponse | None = None


class DeviceModelResponse(GatewayAnswer):
    """That a charger has a device model from a file."""

    model_config = example(
        charger_id="dep-4k2d8s1m0x7c9v3b", identity="CP-TEST-001", has_device_model=True
    )

    charger_id: str
    identity: str
    has_device_model: bool


class ChargerListResponse(PageAnswer[ChargerResponse]):
    """Deployments."""


class ChargerLogEntry(GatewayAnswer):
    """One OCPP-J frame."""

    model_config = example(
        direction="cp_to_csms",
        action="Heartbeat",
        message='[2,"8f1c","Heartbeat",{}]',
        timestamp="2026-11-21T09:05:00.000Z",
        kind="call",
        message_id="8f1c",
        latency_ms=None,
        verdict="ok",
    )

    direction: str
    action: str
    message: str | None = None
    timestamp: Moment | None = None
    kind: str
    message_id: str
    latency_ms: float | None = None
    verdict: str


class ChargerLogListResponse(GatewayAnswer):
    """Frames both ways, the newest first."""

    data: list[ChargerLogEntry]
    total: Total
    limit: Annotated[int, Field(examples=[100])]
    offset: Annotated[int, Field(examples=[0])]


class ChargerSettingsResponse(GatewayAnswer):
    """The charger's settings now: 1.6 configuration keys, or 2.x Component.Variable."""

    model_config = example(
        charger_id="dep-4k2d8s1m0x7c9v3b",
        identity="CP-TEST-001",
        settings={"HeartbeatInterval": {"value": "300", "readonly": False}},
    )

    charger_id: str
    identity: str
    settings: dict[str, Any]
