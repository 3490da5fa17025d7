"""Connectors of a deployment, known without its runtime."""

from collections.abc import Mapping
from typing import Any

from voltyard.catalogue.catalogue import Catalogue
from voltyard.kernel.errors import NotFound
from voltyard.yard.deployments.deployment import Deployment
from voltyard.yard.deployments.runtime_spec import evse_sizes


def check_place(deployment: Deployment, catalogue: Catalogue, command: Mapping[str, Any]) -> None:
    """NotFound where a connector's command names one that the charger does not have. What is left
    out is 1. In OCPP 1.6 connector n of EVSE 1 may be connector n of the charger."""
    evse_id, connector_id = command.get("evse_id", 1), command.get("connector_id", 1)
    model = catalogue.model(deployment.brand_slug, deployment.model_slug)
    sizes = evse_sizes(deployment, model)
    if 0 < evse_id <= len(sizes) and 0 < connector_id <= sizes[evse_id - 1]:
        return
    if deployment.ocpp_version == "1.6" and evse_id == 1 and 0 < connector_id <= sum(sizes):
        return
    named = f"connector_id {connector_id} at evse_id {evse_id}"
    if deployment.ocpp_version == "1.6":
        named = f"connector_id {connector_id if evse_id == 1 else evse_id}"
    raise NotFound(
        f"the charger {deployment.identity!r} has no {named}",
        hint=f"it has {_there(sizes, deployment.ocpp_version)}",
        evse_id=evse_id,
        connector_id=connector_id,
    )


def _there(sizes: list[int], version: str) -> str:
    if version == "1.6":
        return _numbers("connector_id", sum(sizes))
    return f"{_numbers('evse_id', len(sizes))}, with {_numbers('connector_id', sizes[0])}"


def _numbers(name: str, last: int) -> str:
    return f"{name} 1" if last == 1 else f"{name} 1 to {last}"
