"""From a deployment and its model to the charger that the provider is asked to run."""

from typing import Any

from voltyard.kernel.seeds import stream
from voltyard.lab.catalogue import Catalogue, Model
from voltyard.lab.connectors import ConnectorType, connector_type
from voltyard.lab.deployments import Deployment, Rating
from voltyard.lab.vehicles import vehicle_of
from voltyard.ports import RuntimeSpec


def runtime_of(deployment: Deployment, catalogue: Catalogue) -> RuntimeSpec:
    """What the provider is to run. Invalid or NotFound where the deployment names what is not."""
    return RuntimeSpec(
        deployment_id=deployment.id,
        organization_id=deployment.organization_id,
        charger=charger_of(deployment, catalogue),
    )


def charger_of(deployment: Deployment, catalogue: Catalogue) -> dict[str, Any]:
    """The charger as plain data, in the names of charger.specification.ChargerSpec."""
    options = deployment.options
    model = catalogue.model(deployment.brand_slug, deployment.model_slug)
    connector = _connector(deployment, model)
    count = number_of_connectors(deployment, model)
    said: dict[str, Any] = {
        "identity": deployment.identity,
        "version": deployment.ocpp_version,
        "csms_url": deployment.ws_url,
        "vendor": vendor_of(deployment, catalogue),
        "model": options.model or model.name,
        # A new charger's draws are its own, and the same in every run.
        "seed": options.seed
        if options.seed is not None
        else stream(0, "charger", deployment.identity).getrandbits(31),
        "serial_number": options.serial_number,
        "firmware_version": options.firmware_version,
        "evses": [{"connectors": [connector]} for _ in range(count)],
        "settings": options.settings,
        "password": options.basic_auth_password,
        "meter_start_wh": options.meter_start_wh,
        "vehicle": None if options.vehicle is None else vehicle_of(options.vehicle, catalogue),
    }
    return {name: value for name, value in said.items() if value is not None}


def vendor_of(deployment: Deployment, catalogue: Catalogue) -> str:
    """The vendor the charger names at boot."""
    return deployment.options.vendor or catalogue.brand(deployment.brand_slug).name


def number_of_connectors(deployment: Deployment, model: Model) -> int:
    """As asked for, else as the model has. Each is an EVSE of its own."""
    return deployment.options.number_of_connectors or model.connector_count


def max_power_w(deployment: Deployment, model: Model) -> float:
    """What one connector can deliver."""
    rating = deployment.options.rating
    return rating.max_power_w if rating and rating.max_power_w else model.max_power_w


def _connector(deployment: Deployment, model: Model) -> dict[str, Any]:
    kind = connector_type(deployment.connector_type)
    rating = deployment.options.rating or Rating()
    phases = rating.phases or _phases(kind, model)
    lock = deployment.options.cable_lock
    return {
        "type": kind.name,
        "current": kind.current,
        "phases": phases,
        "voltage_v": rating.voltage_v or model.voltage_v,
        "max_current_a": rating.max_current_a or model.max_current_a,
        "max_power_w": max_power_w(deployment, model),
        "has_lock": model.cable_lock if lock is None else lock,
    }


def _phases(kind: ConnectorType, model: Model) -> int:
    """No more than the plug carries: a Type 1 cable has one."""
    return min(kind.phases, model.phases) if kind.current == "AC" else model.phases
