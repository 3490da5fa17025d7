"""Runtime specification of a deployment, from its record and its model."""

from dataclasses import asdict
from typing import Any

from msgspec import structs

from voltyard.catalogue.catalogue import Catalogue, ChargerModel
from voltyard.catalogue.connector_types import ConnectorType, connector_type
from voltyard.catalogue.vehicles import vehicle_of
from voltyard.kernel.addressing.egress import ANYWHERE, Egress
from voltyard.kernel.errors import Invalid
from voltyard.kernel.seeds import stream
from voltyard.ports.runtimes import RuntimeSpec
from voltyard.yard.deployments import faults
from voltyard.yard.deployments.deployment import ConnectorRating, Deployment


def runtime_of(
    deployment: Deployment, catalogue: Catalogue, egress: Egress = ANYWHERE
) -> RuntimeSpec:
    """The runtime that the provider is to run. Invalid or NotFound where the deployment names what
    is not."""
    return RuntimeSpec(
        deployment_id=deployment.id,
        organization_id=deployment.organization_id,
        charger=charger_of(deployment, catalogue),
        faults=faults.of(deployment.options),
        pace={} if deployment.options.pace is None else deployment.options.pace.plain(),
        egress=egress,
    )


def charger_of(deployment: Deployment, catalogue: Catalogue) -> dict[str, Any]:
    """The charger as plain data, in the names of charger.description.specification.ChargerSpec."""
    options = deployment.options
    model = catalogue.model(deployment.brand_slug, deployment.model_slug)
    connector = _connector(deployment, model)
    said: dict[str, Any] = {
        "identity": deployment.identity,
        "version": deployment.ocpp_version,
        "csms_url": deployment.ws_url,
        "vendor": options.vendor or catalogue.brand(deployment.brand_slug).boot_vendor(model),
        "model": options.model or model.boot_model,
        # A new charger's draws are its own, and the same in every run.
        "seed": options.seed
        if options.seed is not None
        else stream(0, "charger", deployment.identity).getrandbits(31),
        "serial_number": options.serial_number,
        "charge_box_serial_number": options.charge_box_serial_number,
        "iccid": options.iccid,
        "imsi": options.imsi,
        "meter_type": options.meter_type,
        "meter_serial_number": options.meter_serial_number,
        "firmware_version": options.firmware_version,
        "evses": [{"connectors": [connector] * size} for size in evse_sizes(deployment, model)],
        "resumption_timeout_s": options.resumption_timeout_s,
        "resets_evses": options.resets_evses,
        "local_controller": options.local_controller,
        "readers": options.readers and [list(served) for served in options.readers],
        "settings": options.settings,
        "vendor_settings": list(options.vendor_settings) or None,
        "device_model": options.device_model,
        "password": options.basic_auth_password,
        "security_profile": options.security_profile,
        "security_events": options.security_events,
        "validation": options.validation,
        "tls": None if options.tls is None else asdict(options.tls),
        "certificates": [{"use": one.type, "pem": one.certificate} for one in options.certificates]
        or None,
        "meter_start_wh": options.meter_start_wh,
        "meter": None if options.meter is None else structs.asdict(options.meter),
        "vehicle": None if options.vehicle is None else vehicle_of(options.vehicle, catalogue),
    }
    return {name: value for name, value in said.items() if value is not None}


def vendor_of(deployment: Deployment, catalogue: Catalogue) -> str:
    """Its vendor, as people call it; what it says at boot may be spelt otherwise."""
    return deployment.options.vendor or catalogue.brand(deployment.brand_slug).name


def number_of_connectors(deployment: Deployment, model: ChargerModel) -> int:
    """The number of connectors: the one asked for, else the model's."""
    return deployment.options.number_of_connectors or model.connector_count


def evse_sizes(deployment: Deployment, model: ChargerModel) -> list[int]:
    """The number of connectors of each EVSE. Invalid where they cannot be told apart evenly."""
    count, size = number_of_connectors(deployment, model), deployment.options.connectors_per_evse
    if count % (size or 1):
        raise Invalid(
            f"connectors_per_evse: {count} connectors cannot be {size} at each EVSE",
            hint=f"a number by which {count} can be divided, or another number_of_connectors",
            param="connectors_per_evse",
        )
    return [size or 1] * (count // (size or 1))


def max_power_w(deployment: Deployment, model: ChargerModel) -> float:
    """The power that one connector can deliver."""
    rating = deployment.options.rating
    return rating.max_power_w if rating and rating.max_power_w else model.max_power_w


def _connector(deployment: Deployment, model: ChargerModel) -> dict[str, Any]:
    kind = connector_type(deployment.connector_type)
    rating = deployment.options.rating or ConnectorRating()
    phases = rating.phases or _phases(kind, model)
    lock = deployment.options.cable_lock
    said: dict[str, Any] = {
        "steps_a": rating.steps_a and list(rating.steps_a),
        "ramp_s": rating.ramp_s,
        "precharge_s": rating.precharge_s,
    }
    return {
        "type": kind.name,
        "current": kind.current,
        "phases": phases,
        "voltage_v": rating.voltage_v or model.voltage_v,
        "max_current_a": rating.max_current_a or model.max_current_a,
        "max_power_w": max_power_w(deployment, model),
        "has_lock": model.cable_lock if lock is None else lock,
    } | {name: value for name, value in said.items() if value}


def _phases(kind: ConnectorType, model: ChargerModel) -> int:
    """No more than the plug carries: a Type 1 cable has one."""
    return min(kind.phases, model.phases) if kind.current == "AC" else model.phases
