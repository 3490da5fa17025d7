"""Deployment: the yard's record of one simulated charger, its properties and desired state."""

import sys
from enum import StrEnum
from typing import Any, Final, Literal

from msgspec import Struct
from msgspec.structs import force_setattr

from voltyard.kernel.masked_text import masked_repr
from voltyard.kernel.pace import Pace
from voltyard.kernel.time import Instant
from voltyard.kernel.tls import Tls


class ProvisioningStatus(StrEnum):
    """How far a deployment, or a bulk of them, has come. READY and FAILED are where it settles."""

    PENDING = "PENDING"
    """Written down, waiting for its turn."""
    PROVISIONING = "PROVISIONING"
    READY = "READY"
    """The provider says that it runs; whether the charger has reached its CSMS is another matter.
    A deployment made with `start: false` is ready and does not run."""
    FAILED = "FAILED"


UNSETTLED: Final = (ProvisioningStatus.PENDING, ProvisioningStatus.PROVISIONING)


class ProvisioningError(Struct, frozen=True, kw_only=True):
    """Reason why provisioning failed."""

    code: str
    message: str
    step: str | None = None
    param: str | None = None
    doc_url: str | None = None
    retryable: bool = False


class ConnectorRating(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Electrical rating of each connector, where it differs from the model's."""

    max_current_a: float | None = None
    phases: int | None = None
    voltage_v: float | None = None
    max_power_w: float | None = None
    steps_a: tuple[float, ...] | None = None
    """The only currents it can offer (AC)."""
    ramp_s: float | None = None
    """Time that power takes to rise; None: every change is at once."""
    precharge_s: float | None = None
    """Time that cable check and pre-charge take before that (DC)."""


class MeterOptions(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Meter of each connector, in the words of physics.meter.MeterSpec."""

    accuracy: Literal["exact", "A", "B", "C"] = "exact"
    resolution_wh: float = 1.0
    noise: float = 0.0


class FactoryCertificateOptions(Struct, frozen=True, kw_only=True):
    """A certificate installed at the factory."""

    type: str
    """In the words of charger.description.specification.CertificateUse."""
    certificate: str
    """PEM."""

    def __post_init__(self) -> None:
        # Chargers of one make have the same, and are many.
        force_setattr(self, "certificate", sys.intern(self.certificate))


class ChargerOptions(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Properties that may differ from the catalogue's model. None: as the model has it."""

    registers: bool = False
    """True where it is registered at the server's own backend as it is provisioned first."""
    number_of_connectors: int | None = None
    connectors_per_evse: int | None = None
    """None: each is an EVSE of its own."""
    resumption_timeout_s: float | None = None
    """Length of a power loss after which a transaction still goes on; None: it ends."""
    resets_evses: bool | None = None
    """Single EVSEs can be reset (2.x EVSE.AllowReset); None: they can."""
    local_controller: bool | None = None
    """A local controller (2.0.1 L03); None: it is none."""
    readers: tuple[tuple[int, ...], ...] | None = None
    """The EVSEs that share a card reader; None: each has its own."""
    settings: dict[str, str] = {}
    vendor_settings: tuple[dict[str, Any], ...] = ()
    """In the words of charger.description.specification.VendorSetting."""
    device_model: str | None = None
    """JSON, as charger.variables.device_model reads it."""
    vendor: str | None = None
    model: str | None = None
    serial_number: str | None = None
    charge_box_serial_number: str | None = None
    iccid: str | None = None
    imsi: str | None = None
    meter_type: str | None = None
    meter_serial_number: str | None = None
    firmware_version: str | None = None
    rating: ConnectorRating | None = None
    meter: MeterOptions | None = None
    cable_lock: bool | None = None
    meter_start_wh: int | None = None
    basic_auth_password: str | None = None
    """A secret, kept as it is: the charger has to send it."""
    security_profile: int | None = None
    """0 to 3; None: what ws_url, password and certificate come to."""
    security_events: bool | None = None
    """True where the CSMS is told of them; None: as its version and profile have it."""
    validation: Literal["strict", "lenient"] | None = None
    """Strictness towards what its CSMS sends; None: lenient."""
    tls: Tls | None = None
    """Checks of a wss:// CSMS; tls.client_key is a secret kept as it is."""
    certificates: tuple[FactoryCertificateOptions, ...] = ()
    vehicle: str | dict[str, Any] | None = None
    """A name of the catalogue, or a vehicle in the gateway's words."""
    seed: int | None = None
    quirks: tuple[dict[str, Any], ...] = ()
    """Plain data, see catalogue.quirks.enabled.EnabledQuirk.plain."""
    network: dict[str, Any] | None = None
    """Plain data, see catalogue.network_conditions.plain; None: a good one."""
    rate: float | None = None
    """Seconds of its time in each real one; None: 1."""
    peer_agrees_to_rate: bool = False
    """Its CSMS does not mind a rate above 1."""
    pace: Pace | None = None
    """The pace that the rate comes to; None: it has always run in real time."""
    personality: str | None = None
    """The personality it was made with."""

    def __repr__(self) -> str:
        return masked_repr(
            self, "basic_auth_password", "settings", "vendor_settings", "device_model"
        )

    def __post_init__(self) -> None:
        if self.device_model:  # a bulk has the same, and it may be half a megabyte
            force_setattr(self, "device_model", sys.intern(self.device_model))


class Deployment(Struct, frozen=True, kw_only=True):
    """One simulated charger. `identity` is unique within the organization."""

    id: str
    """dep-..."""
    organization_id: str
    identity: str
    """Its OCPP name."""
    brand_slug: str
    model_slug: str
    connector_type: str
    """The text as it was given; catalogue.connector_types knows what it means."""
    ocpp_version: str
    """1.6 or 2.0.1."""
    ws_url: str
    created_at: Instant
    updated_at: Instant
    name: str | None = None
    location_id: str | None = None
    location_name: str | None = None
    options: ChargerOptions = ChargerOptions()
    desired_count: int = 1
    """1: it should run; 0: it was stopped, and stays so over a restart of the server."""
    provisioning: ProvisioningStatus = ProvisioningStatus.PENDING
    workflow_run_id: str | None = None
    """wfr_..., of the last attempt to provision it."""
    error: ProvisioningError | None = None
    provisioned_at: Instant | None = None
