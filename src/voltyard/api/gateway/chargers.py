"""One simulated charger: created, looked at, changed, started, stopped, deleted."""

from functools import partial
from typing import Annotated, Any, Final, Literal, TypeAlias, cast

from fastapi import Body, Depends, Query, Request, Response
from pydantic import StringConstraints

from voltyard.api.auth import Operator, Reader
from voltyard.api.description.plain_schemas import named
from voltyard.api.error_models import answers
from voltyard.api.gateway import from_bodies, to_answers
from voltyard.api.gateway.bodies.chargers import CreateChargerBody, UpdateChargerBody
from voltyard.api.gateway.bodies.options import DeviceModelFile
from voltyard.api.gateway.context import PageDep, YardDep
from voltyard.api.gateway.error_responses import error_responses
from voltyard.api.gateway.idempotency import IdempotencyDep
from voltyard.api.gateway.models import chargers as models
from voltyard.api.gateway.models.commands import QueuedCommandResponse
from voltyard.api.gateway.models.listed_chargers import (
    ListedChargerResponse,
    ListedChargersResponse,
)
from voltyard.api.gateway.models.states import ChargerStateResponse
from voltyard.api.middleware import GATEWAY_PREFIX
from voltyard.api.request_span import span_of
from voltyard.api.routers import api_router
from voltyard.ocpp.secrets import masked
from voltyard.organizations.scopes import Principal
from voltyard.yard.commands.command import RESTART, START, STOP
from voltyard.yard.deployments.charger_service import ChargerChanges
from voltyard.yard.samples.charger_list import ChargerFilter
from voltyard.yard.samples.sampled_status import SortKey, WantedStatus
from voltyard.yard.yard import Yard

router = api_router(prefix=GATEWAY_PREFIX + "/chargers", tags=["chargers"])

Search = Annotated[str, StringConstraints(max_length=200)]

SortOrder: TypeAlias = Literal[
    "created_at",
    "-created_at",
    "identity",
    "-identity",
    "status",
    "-status",
    "power",
    "-power",
    "soc",
    "-soc",
]

Nothing = Annotated[
    Annotated[dict[str, Any], named("ChargerLifecycleRequest")] | None, Body(examples=[{}])
]
"""The body of a lifecycle request: nothing, or an object in which nothing is looked for."""


async def _wanted(
    search: Annotated[
        Search | None,
        Query(description="A part of identity, name, vendor or model, in capitals or not."),
    ] = None,
    status: Annotated[
        WantedStatus | None,
        Query(
            description="A connector's status; `charging` or `faulted`, where a connector is; "
            "`offline`, where its CSMS is not reached; `stopped`, where no runtime runs."
        ),
    ] = None,
    location_id: Annotated[str | None, Query()] = None,
    ocpp_version: Annotated[Literal["1.6", "2.0.1", "OCPP1.6", "OCPP2.0.1"] | None, Query()] = None,
    sort: Annotated[
        SortOrder,
        Query(
            description="With `-` the highest or newest first. By `status` a fault comes first, "
            "then what is in use, what is free, what is offline, and what is stopped; by `power` "
            "and `soc` a charger without comes last."
        ),
    ] = "created_at",
) -> ChargerFilter:
    return ChargerFilter(
        search=search,
        status=status,
        location_id=location_id,
        ocpp_version=ocpp_version,
        sort=cast(SortKey, sort.removeprefix("-")),
        descending=sort.startswith("-"),
    )


IncludeState: TypeAlias = Annotated[
    Literal["state"] | None,
    Query(description="`state`: with each charger what `GET .../state` answers."),
]


@router.get("", summary="Chargers", responses=error_responses())
async def list_chargers(
    yard: YardDep,
    principal: Reader,
    page: PageDep,
    wanted: Annotated[ChargerFilter, Depends(_wanted)],
    include: IncludeState = None,
) -> ListedChargersResponse:
    """The organization's deployments that match; `total` counts all of them. `state` is in the
    answer where it is asked for, and null where no runtime runs, or its worker is away."""
    listing = await yard.charger_list.listed(principal.organization_id, wanted, page)
    shown = partial(to_answers.listed_charger, yard, whole=principal.may("operate"))
    if include is not None:
        states = await yard.chargers.states(listing.entries)
        shown = partial(shown, states=states)
    return ListedChargersResponse.of_listing(listing, page, shown)


@router.post(
    "",
    status_code=202,
    summary="Create a charger",
    responses={**error_responses(400, 409, 503), 202: answers(models.ACCEPTED)},
)
async def create_charger(
    body: CreateChargerBody, yard: YardDep, principal: Operator, repeats: IdempotencyDep
) -> models.ChargerAcceptedResponse:
    """Writes the deployment down and provisions its runtime in the background: poll `status_url`
    until READY or FAILED. READY says that the runtime runs; whether the charger has reached its
    CSMS is `connection`."""
    create = partial(yard.chargers.create, principal.organization_id, from_bodies.new_charger(body))
    return await repeats.answer(create, to_answers.accepted)


@router.get("/{charger_id}/status", summary="Provisioning state", responses=error_responses(404))
async def get_charger_status(
    charger_id: str, yard: YardDep, principal: Reader
) -> models.ChargerStatusResponse:
    """For polling every second or two."""
    deployment = await yard.chargers.get(principal.organization_id, charger_id)
    return to_answers.status(yard, deployment)


@router.get("/{charger_id}", summary="One charger", responses=error_responses(404))
async def get_charger(
    charger_id: str, yard: YardDep, principal: Reader, include: IncludeState = None
) -> ListedChargerResponse:
    """One deployment, by its id or its identity. `state` is in the answer where it is asked for,
    and null where no runtime runs, or its worker is away."""
    deployment = await yard.chargers.get(principal.organization_id, charger_id)
    states = None if include is None else await yard.chargers.states([deployment])
    return to_answers.listed_charger(
        yard, deployment, whole=principal.may("operate"), states=states
    )


@router.put("/{charger_id}", summary="Change a charger", responses=error_responses(400, 404))
async def update_charger(
    charger_id: str, body: UpdateChargerBody, yard: YardDep, principal: Operator
) -> models.ChargerResponse:
    """Changes only what is given. A running charger takes it up after the commands it was given
    before: it is powered off and on, and dials again."""
    changes = from_bodies.changes(body)
    deployment = await yard.chargers.change(principal.organization_id, charger_id, changes)
    return to_answers.charger(yard, deployment)


@router.delete(
    "/{charger_id}", status_code=204, summary="Delete a charger", responses=error_responses(404)
)
async def delete_charger(charger_id: str, yard: YardDep, principal: Operator) -> Response:
    """Stops its runtime and forgets it, its commands and its logs; its identity is free at once."""
    await yard.chargers.delete(principal.organization_id, charger_id)
    return Response(status_code=204)


_VARIABLE: Final = {
    "component": {"name": "Fan", "evse": {"id": 1}},
    "variable": {"name": "Speed", "instance": "Day"},
    "variableAttribute": [{"type": "Actual", "value": "40", "mutability": "ReadWrite"}],
    "variableCharacteristics": {
        "dataType": "integer",
        "unit": "Percent",
        "minLimit": 0,
        "maxLimit": 100,
        "supportsMonitoring": False,
    },
}


@router.put(
    "/{charger_id}/device-model",
    summary="Give a charger a device model",
    responses=error_responses(400, 404),
)
async def set_device_model(
    charger_id: str,
    file: Annotated[
        DeviceModelFile, Body(examples=[{"replaces": False, "reportData": [_VARIABLE]}])
    ],
    yard: YardDep,
    principal: Operator,
) -> models.DeviceModelResponse:
    """Takes variables as NotifyReport has them: a list, a NotifyReport, or a list of those as a
    station sent them. What of it the charger has already is laid over that, the rest is beside it;
    with `"replaces": true` the charger has these variables only. `"rebootRequired": true` of a
    variable has its changes answered so. In the place of the one before; a running charger is
    powered off and on."""
    given = ChargerChanges(options={"device_model": from_bodies.device_model(file)})
    deployment = await yard.chargers.change(principal.organization_id, charger_id, given)
    return models.DeviceModelResponse(
        charger_id=deployment.id, identity=deployment.identity, has_device_model=True
    )


@router.get(
    "/{charger_id}/device-model",
    summary="A charger's device model",
    responses={
        **error_responses(404),
        200: answers({"replaces": False, "reportData": [_VARIABLE]}),
    },
)
async def get_device_model(charger_id: str, yard: YardDep, principal: Reader) -> Response:
    """The device model as it was given; without variables where it has none but its own."""
    deployment = await yard.chargers.get(principal.organization_id, charger_id)
    text = deployment.options.device_model or '{"replaces":false,"reportData":[]}'
    shown = text if principal.may("operate") else masked(text)
    return Response(shown, media_type="application/json")


@router.delete(
    "/{charger_id}/device-model",
    status_code=204,
    summary="Take a charger's device model back",
    responses=error_responses(404),
)
async def delete_device_model(charger_id: str, yard: YardDep, principal: Operator) -> Response:
    """The charger has its own again; where it has no other nothing changes."""
    given = ChargerChanges(options={"device_model": None})
    await yard.chargers.change(principal.organization_id, charger_id, given)
    return Response(status_code=204)


async def _lifecycle(
    request: Request, yard: Yard, principal: Principal, verb: str, charger_id: str
) -> QueuedCommandResponse:
    span = span_of(request)
    command = await yard.commands.lifecycle(principal.organization_id, verb, charger_id, span)
    return to_answers.queued(command)


def _lifecycle_answer(verb: str, desired_count: int) -> dict[int | str, dict[str, Any]]:
    payload = {
        "provider": "inline",
        "runtime_kind": "in_process",
        "service_name": "dep-123",
        "desired_count": desired_count,
        "status": "ACTIVE",
    }
    queued = {"id": "a1b2c3d4e5f6", "event_type": verb, "ocpp_version": "ocpp1.6"}
    return {**error_responses(404), 202: answers({**queued, "payload": payload})}


@router.post(
    "/{charger_id}/start-charger",
    status_code=202,
    summary="Start its runtime",
    responses=_lifecycle_answer(START, 1),
)
async def start_charger(
    charger_id: str, request: Request, yard: YardDep, principal: Operator, body: Nothing = None
) -> QueuedCommandResponse:
    """Asks the provider to run it (desired_count 1), also one whose provisioning failed. A
    transaction that was open when its power went is ended with reason PowerLoss."""
    return await _lifecycle(request, yard, principal, START, charger_id)


@router.post(
    "/{charger_id}/stop-charger",
    status_code=202,
    summary="Stop its runtime",
    responses=_lifecycle_answer(STOP, 0),
)
async def stop_charger(
    charger_id: str, request: Request, yard: YardDep, principal: Operator, body: Nothing = None
) -> QueuedCommandResponse:
    """Asks the provider to stop it (desired_count 0): its power goes, its memory stays."""
    return await _lifecycle(request, yard, principal, STOP, charger_id)


@router.post(
    "/{charger_id}/restart-charger",
    name="restart_charger",
    status_code=202,
    summary="Restart its runtime",
    responses=_lifecycle_answer(RESTART, 1),
)
@router.post(
    "/{charger_id}/reset-charger",
    status_code=202,
    summary="Restart its runtime",
    responses=_lifecycle_answer(RESTART, 1),
)
async def reset_charger(
    charger_id: str, request: Request, yard: YardDep, principal: Operator, body: Nothing = None
) -> QueuedCommandResponse:
    """Asks the provider to take its power and give it back."""
    return await _lifecycle(request, yard, principal, RESTART, charger_id)


@router.get("/{charger_id}/state", summary="What it is doing", responses=error_responses(404, 409))
async def get_charger_state(
    charger_id: str, yard: YardDep, principal: Reader
) -> ChargerStateResponse:
    """Connection, boot status, connectors with vehicle, power and energy, transactions, faults."""
    deployment = await yard.chargers.get(principal.organization_id, charger_id)
    return to_answers.state(yard, deployment, await yard.chargers.state(deployment))


@router.get(
    "/{charger_id}/configuration", summary="Its settings", responses=error_responses(404, 409)
)
async def get_charger_settings(
    charger_id: str, yard: YardDep, principal: Reader
) -> models.ChargerSettingsResponse:
    """The charger's settings now, each with `value` and `readonly`."""
    deployment = await yard.chargers.get(principal.organization_id, charger_id)
    return models.ChargerSettingsResponse(
        charger_id=deployment.id,
        identity=deployment.identity,
        settings=await yard.chargers.settings(deployment),
    )
