"""Routes of commands to one charger, and of every command's history."""

from collections.abc import Callable
from typing import Annotated, Any, Final, Literal, TypeVar

from fastapi import Query, Request
from msgspec import Struct

from voltyard.api.auth import Operator, Reader
from voltyard.api.error_models import answers
from voltyard.api.gateway import to_answers
from voltyard.api.gateway.bodies import commands
from voltyard.api.gateway.context import PageDep, YardDep
from voltyard.api.gateway.error_responses import error_responses
from voltyard.api.gateway.fields import GatewayBody
from voltyard.api.gateway.models import commands as models
from voltyard.api.middleware import GATEWAY_PREFIX
from voltyard.api.request_span import span_of
from voltyard.api.routers import api_router
from voltyard.catalogue.commands.declaration import event_type_of, operation_id, rest_of
from voltyard.catalogue.commands.faults import ClearFault, InjectFault, ProxyMessage
from voltyard.catalogue.commands.settings import (
    ClearLocalList,
    Configure,
    InstallLocalList,
    ResetCache,
)
from voltyard.catalogue.faults import fault_named
from voltyard.organizations.scopes import Principal
from voltyard.yard.commands.command import PROXY
from voltyard.yard.commands.dispatcher import CANCELLED
from voltyard.yard.deployments.charger_service import connector_status
from voltyard.yard.repositories import CommandQuery
from voltyard.yard.yard import Yard

router = api_router(prefix=GATEWAY_PREFIX + "/commands", tags=["commands"])


class ForOne(GatewayBody):
    """A command to one charger."""

    target: commands.ChargerCommandTarget
    event: commands.CommandEvent


async def _ask(
    request: Request, yard: Yard, principal: Principal, command: type[Struct], body: ForOne
) -> dict[str, Any]:
    asked = await yard.commands.ask(
        principal.organization_id,
        event_type_of(command),
        body.event.queued(),
        body.target.charger_id,
        span_of(request),
    )
    return asked.result or {}


Route = TypeVar("Route", bound=Callable[..., Any])


def _asks_for(
    command: type[Struct], responses: dict[int | str, dict[str, Any]], status_code: int = 200
) -> Callable[[Route], Route]:
    """Register a route by which a command is asked of one charger, as the command declares it."""

    def add(route: Route) -> Route:
        rest = rest_of(command)
        route.__annotations__["body"] = commands.body_of(command, ForOne)
        router.add_api_route(
            f"/{rest.path}",
            route,
            name=operation_id(command),
            methods=["POST"],
            status_code=status_code,
            summary=rest.summary,
            description=rest.description,
            responses=responses,
        )
        return route

    return add


# --- what became of them -----------------------------------------------------------------------


@router.get("", summary="Commands", responses=error_responses(404))
async def list_commands(
    yard: YardDep,
    principal: Reader,
    page: PageDep,
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
        deployment_id = (await yard.chargers.get(principal.organization_id, charger_id)).id
    query = CommandQuery(
        deployment_id=deployment_id,
        location_id=location_id,
        status=status,
        event_type=event_type,
        batch_id=batch_id,
    )
    listing = await yard.commands.listed(principal.organization_id, query, page)
    return models.CommandListResponse.of_listing(listing, page, to_answers.command)


@router.get("/{command_id}", summary="One command", responses=error_responses(404))
async def get_command(command_id: str, yard: YardDep, principal: Reader) -> models.CommandResponse:
    """What became of it: queued, delivered, then completed with a result, failed with an error, or
    expired."""
    return to_answers.command(await yard.commands.get(principal.organization_id, command_id))


@router.delete("", summary="Cancel the rest of a batch", responses=error_responses(404))
async def cancel_batch(
    yard: YardDep, principal: Operator, batch_id: Annotated[str, Query(min_length=1)]
) -> models.CancelledBatchResponse:
    """What no charger has yet is failed, with the code `cancelled`; what one has, goes on."""
    cancelled = await yard.commands.cancel_batch(principal.organization_id, batch_id)
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
    responses={**error_responses(404, 409), 200: answers(_CANCELLED)},
)
async def cancel_command(
    command_id: str, yard: YardDep, principal: Operator
) -> models.CommandResponse:
    """It is failed, with the code `cancelled`, unless its charger has it already: then 409."""
    return to_answers.command(await yard.commands.cancel(principal.organization_id, command_id))


# --- those that wait for the charger's answer --------------------------------------------------


@_asks_for(Configure, error_responses(400, 404, 409, 504))
async def set_configuration(
    body: ForOne, request: Request, yard: YardDep, principal: Operator
) -> models.ConfigurationChangeResponse:
    """At the charger itself; per key Accepted, Rejected or RebootRequired."""
    result = await _ask(request, yard, principal, Configure, body)
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


@_asks_for(ResetCache, error_responses(404, 409, 504))
async def reset_cache(
    body: ForOne, request: Request, yard: YardDep, principal: Operator
) -> models.CacheResetResponse:
    """The authorization cache: every tag is asked about again."""
    result = await _ask(request, yard, principal, ResetCache, body)
    return models.CacheResetResponse(
        msg="Authorization cache cleared", cleared_entries=result["cleared_entries"]
    )


@_asks_for(InstallLocalList, error_responses(400, 404, 409, 504))
async def send_local_list(
    body: ForOne, request: Request, yard: YardDep, principal: Operator
) -> models.LocalListMutationResponse:
    """In place of the one that is there; its version must be higher."""
    result = await _ask(request, yard, principal, InstallLocalList, body)
    return models.LocalListMutationResponse(
        status="Accepted", list_version=result["list_version"], entries_received=result["entries"]
    )


@_asks_for(
    ClearLocalList,
    {
        **error_responses(404, 409, 504),
        200: answers({"msg": "Local authorization list cleared", "entries_deleted": 2}),
    },
)
async def clear_local_list(
    body: ForOne, request: Request, yard: YardDep, principal: Operator
) -> models.LocalListMutationResponse:
    """No entry is left, and the version is 0 again."""
    result = await _ask(request, yard, principal, ClearLocalList, body)
    return models.LocalListMutationResponse(
        msg="Local authorization list cleared", entries_deleted=result["entries_deleted"]
    )


@_asks_for(InjectFault, error_responses(404, 409, 504))
async def inject_fault(
    body: ForOne, request: Request, yard: YardDep, principal: Operator
) -> models.FaultOperationResponse:
    """What `fault_type` names breaks: the connector is Faulted with its error code, or, where the
    catalogue of faults says that it only warns, has the code beside its status."""
    await _ask(request, yard, principal, InjectFault, body)
    asked = body.event.queued()
    answer = await _fault(yard, principal, body, "Fault injected", asked["fault_type"])
    fault = fault_named(asked["fault_type"])
    assert fault is not None
    answer.error_code = fault.error_code
    answer.effect = fault.effect
    answer.recover_after_s = asked.get("recover_after_s")
    return answer


_CLEARED: Final = {
    "msg": "Fault cleared",
    "evse_id": 1,
    "connector_id": 1,
    "status": "Preparing",
}


@_asks_for(ClearFault, {**error_responses(404, 409, 504), 200: answers(_CLEARED)})
async def clear_fault(
    body: ForOne, request: Request, yard: YardDep, principal: Operator
) -> models.FaultOperationResponse:
    """Everything that is broken there is mended; the connector is back to what it was, which
    `status` tells."""
    await _ask(request, yard, principal, ClearFault, body)
    return await _fault(yard, principal, body, "Fault cleared", None)


async def _fault(
    yard: Yard,
    principal: Principal,
    body: ForOne,
    msg: str,
    fault_type: str | None,
) -> models.FaultOperationResponse:
    deployment = await yard.chargers.get(principal.organization_id, body.target.charger_id)
    state = await yard.chargers.state(deployment)
    where = body.event.queued()
    return models.FaultOperationResponse(
        msg=msg,
        fault_type=fault_type,
        evse_id=where["evse_id"],
        connector_id=where["connector_id"],
        status=connector_status(deployment, state, where["evse_id"], where["connector_id"]),
    )


@_asks_for(ProxyMessage, error_responses(400, 404, 409), status_code=202)
async def proxy_message(
    body: ForOne, request: Request, yard: YardDep, principal: Operator
) -> models.QueuedCommandResponse:
    """One charge-point message to the CSMS; its answer is the command's result."""
    command = await yard.commands.post_one(
        principal.organization_id,
        PROXY,
        body.event.queued(),
        body.target.charger_id,
        span_of(request),
    )
    return to_answers.queued(command)
