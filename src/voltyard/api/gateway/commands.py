"""Commands to one charger that answer with what it says; and what became of every command."""

from typing import Annotated, Any, Final, Literal

from fastapi import Query

from voltyard.api.auth import Operator, Principal, Reader
from voltyard.api.gate import GATEWAY_PREFIX
from voltyard.api.gateway import command_bodies, models, present
from voltyard.api.gateway.context import Here, Part
from voltyard.api.gateway.fields import Body
from voltyard.api.gateway.problems import problems
from voltyard.api.routers import api_router
from voltyard.api.shapes import answers
from voltyard.lab.chargers import connector_status
from voltyard.lab.commands import PROXY
from voltyard.lab.dispatcher import CANCELLED
from voltyard.lab.lab import Lab
from voltyard.lab.repositories import CommandQuery
from voltyard.ocpp.faults import fault_named

router = api_router(prefix=GATEWAY_PREFIX + "/commands", tags=["commands"])


class ForOne(Body):
    """A command to one charger."""

    target: command_bodies.ChargerCommandTarget


async def _ask(
    lab: Lab, principal: Principal, event_type: str, body: ForOne, event: command_bodies.Event
) -> dict[str, Any]:
    charger_id = body.target.charger_id
    command = await lab.desk.ask(principal.organization_id, event_type, event.payload(), charger_id)
    return command.result or {}


# --- what became of them -----------------------------------------------------------------------


@router.get("", summary="Commands", responses=problems(404))
async def list_commands(
    lab: Here,
    principal: Reader,
    page: Part,
    charger_id: Annotated[str | None, Query()] = None,
    location_id: Annotated[str | None, Query()] = None,
    status: Annotated[
        Literal["queued", "delivered", "completed", "failed", "expired"] | None, Query()
    ] = None,
    event_type: Annotated[str | None, Query()] = None,
    batch_id: Annotated[str | None, Query(description="Of one POST.")] = None,
) -> models.CommandListResponse:
    """The newest first."""
    deployment_id = None
    if charger_id is not None:
        deployment_id = (await lab.chargers.get(principal.organization_id, charger_id)).id
    query = CommandQuery(
        deployment_id=deployment_id,
        location_id=location_id,
        status=status,
        event_type=event_type,
        batch_id=batch_id,
    )
    listing = await lab.desk.listed(principal.organization_id, query, page)
    return models.CommandListResponse(**present.page_of(listing, page, present.command))


@router.get("/{command_id}", summary="One command", responses=problems(404))
async def get_command(command_id: str, lab: Here, principal: Reader) -> models.CommandResponse:
    """What became of it: queued, delivered, then completed with a result, failed with an error, or
    expired."""
    return present.command(await lab.desk.get(principal.organization_id, command_id))


@router.delete("", summary="Cancel the rest of a batch", responses=problems(404))
async def cancel_batch(
    lab: Here, principal: Operator, batch_id: Annotated[str, Query(min_length=1)]
) -> models.CancelledBatchResponse:
    """What no charger has yet is failed, with the code `cancelled`; what one has, goes on."""
    cancelled = await lab.desk.cancel_batch(principal.organization_id, batch_id)
    return models.CancelledBatchResponse(
        batch_id=batch_id,
        cancelled_count=len(cancelled),
        cancelled=[command.id for command in cancelled],
    )


_CANCELLED: Final = {
    "id": "f7e8d9c0b1a2",
    "charger_id": "dep-4k2d8s1m0x7c9v3b",
    "identity": "CP-TEST-001",
    "event_type": "plug",
    "ocpp_version": "ocpp1.6",
    "payload": {"evse_id": 1, "connector_id": 1},
    "status": "failed",
    "result": None,
    "error": {"code": CANCELLED.code, "message": CANCELLED.message, "details": {}},
    "created_at": "2026-11-21T09:00:00.000Z",
    "delivered_at": None,
    "finished_at": "2026-11-21T09:00:00.020Z",
}


@router.delete(
    "/{command_id}",
    summary="Cancel a command",
    responses={**problems(404, 409), 200: answers(_CANCELLED)},
)
async def cancel_command(command_id: str, lab: Here, principal: Operator) -> models.CommandResponse:
    """It is failed, with the code `cancelled`, unless its charger has it already: then 409."""
    return present.command(await lab.desk.cancel(principal.organization_id, command_id))


# --- those that wait for the charger's answer --------------------------------------------------


class ConfigurationBody(ForOne):
    """Settings for a charger."""

    event: command_bodies.ConfigurationUpdateEvent


@router.post("/configuration", summary="Change settings", responses=problems(400, 404, 409, 504))
async def set_configuration(
    body: ConfigurationBody, lab: Here, principal: Operator
) -> models.ConfigurationChangeResponse:
    """At the charger itself; per key Accepted, Rejected or RebootRequired."""
    result = await _ask(lab, principal, "configuration", body, body.event)
    statuses: dict[str, str] = result["statuses"]
    taken = [name for name, status in statuses.items() if status in ("Accepted", "RebootRequired")]
    return models.ConfigurationChangeResponse(
        status=_overall(set(statuses.values())),
        configured=taken,
        msg=f"{len(taken)} of {len(statuses)} keys configured",
        results=statuses,
    )


def _overall(statuses: set[str]) -> str:
    if statuses <= {"Accepted"}:
        return "Accepted"
    return "RebootRequired" if statuses <= {"Accepted", "RebootRequired"} else "Rejected"


class EmptyBody(ForOne):
    """A command with nothing more to say."""

    event: command_bodies.EmptyEvent = command_bodies.EmptyEvent()


@router.post("/cache/reset", summary="Empty the cache", responses=problems(404, 409, 504))
async def reset_cache(body: EmptyBody, lab: Here, principal: Operator) -> models.CacheResetResponse:
    """The authorization cache: every tag is asked about again."""
    result = await _ask(lab, principal, "cache_reset", body, body.event)
    return models.CacheResetResponse(
        msg="Authorization cache cleared", cleared_entries=result["cleared_entries"]
    )


class LocalAuthListBody(ForOne):
    """A local authorization list for a charger."""

    event: command_bodies.LocalAuthListEvent


@router.post(
    "/local-auth-list", summary="Install a local list", responses=problems(400, 404, 409, 504)
)
async def send_local_list(
    body: LocalAuthListBody, lab: Here, principal: Operator
) -> models.LocalListMutationResponse:
    """In place of the one that is there; its version must be higher."""
    result = await _ask(lab, principal, "local_auth_list", body, body.event)
    return models.LocalListMutationResponse(
        status="Accepted", list_version=result["list_version"], entries_received=result["entries"]
    )


@router.post(
    "/clear-local-auth-list",
    summary="Empty the local list",
    responses={
        **problems(404, 409, 504),
        200: answers({"msg": "Local authorization list cleared", "entries_deleted": 2}),
    },
)
async def clear_local_list(
    body: EmptyBody, lab: Here, principal: Operator
) -> models.LocalListMutationResponse:
    """No entry is left, and the version is 0 again."""
    result = await _ask(lab, principal, "clear_local_auth_list", body, body.event)
    return models.LocalListMutationResponse(
        msg="Local authorization list cleared", entries_deleted=result["entries_deleted"]
    )


class InjectFaultBody(ForOne):
    """A fault for a connector."""

    event: command_bodies.InjectFaultEvent


@router.post("/inject-fault", summary="Break a connector", responses=problems(404, 409, 504))
async def inject_fault(
    body: InjectFaultBody, lab: Here, principal: Operator
) -> models.FaultOperationResponse:
    """What `fault_type` names breaks: the connector is Faulted with its error code, or, where the
    catalogue of faults says that it only warns, has the code beside its status."""
    event = body.event
    await _ask(lab, principal, "inject_fault", body, event)
    answer = await _fault(lab, principal, body, event, "Fault injected", event.fault_type)
    fault = fault_named(event.fault_type)
    assert fault is not None
    answer.error_code = fault.error_code
    answer.effect = fault.effect
    answer.recover_after_s = event.recover_after_s
    return answer


class ClearFaultBody(ForOne):
    """A connector to be repaired."""

    event: command_bodies.ClearFaultEvent = command_bodies.ClearFaultEvent()


_CLEARED: Final = {
    "msg": "Fault cleared",
    "evse_id": 1,
    "connector_id": 1,
    "status": "Preparing",
}


@router.post(
    "/clear-fault",
    summary="Repair a connector",
    responses={**problems(404, 409, 504), 200: answers(_CLEARED)},
)
async def clear_fault(
    body: ClearFaultBody, lab: Here, principal: Operator
) -> models.FaultOperationResponse:
    """Everything that is broken there is mended; the connector is back to what it was, which
    `status` tells."""
    await _ask(lab, principal, "clear_fault", body, body.event)
    return await _fault(lab, principal, body, body.event, "Fault cleared", None)


async def _fault(
    lab: Lab,
    principal: Principal,
    body: ForOne,
    event: command_bodies.AtConnector,
    msg: str,
    fault_type: str | None,
) -> models.FaultOperationResponse:
    deployment = await lab.chargers.get(principal.organization_id, body.target.charger_id)
    state = await lab.chargers.state(deployment)
    where = event.payload()
    return models.FaultOperationResponse(
        msg=msg,
        fault_type=fault_type,
        evse_id=where["evse_id"],
        connector_id=where["connector_id"],
        status=connector_status(deployment, state, where["evse_id"], where["connector_id"]),
    )


class ProxyMessageBody(ForOne):
    """A message of the caller's making."""

    event: command_bodies.ProxyMessageEvent


@router.post(
    "/proxy-message", status_code=202, summary="Send a message", responses=problems(400, 404, 409)
)
async def proxy_message(
    body: ProxyMessageBody, lab: Here, principal: Operator
) -> models.QueuedCommandResponse:
    """One charge-point message to the CSMS; its answer is the command's result."""
    command = await lab.desk.post_one(
        principal.organization_id, PROXY, body.event.payload(), body.target.charger_id
    )
    return present.queued(command)
