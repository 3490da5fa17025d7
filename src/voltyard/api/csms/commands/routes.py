"""Routes of commands, made of their declarations. Each waits for the charger's own answer and hands
it on.

A refusal is an answer: HTTP success, with its status. No link is 503, no answer in time 504, a
CALLERROR 502.
"""

from functools import cache
from inspect import Parameter, Signature
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from msgspec.structs import asdict

from voltyard.api.auth import Operator, Reader
from voltyard.api.csms.commands.command_route import CommandDep, CommandRoute, ask, begun_response
from voltyard.api.csms.commands.models import answer_example, answer_of, asked, body_of, given
from voltyard.api.csms.commands.models import message as sentence
from voltyard.api.csms.commands.preparation import PREPARATIONS
from voltyard.api.csms.context import BackendContext
from voltyard.api.csms.error_responses import OF_A_CHARGER, error_responses
from voltyard.api.csms.fields import BackendAnswer, Box
from voltyard.api.error_models import answers
from voltyard.api.errors import BACKEND_PREFIX
from voltyard.api.routers import api_router
from voltyard.csms.commands.commands import COMMANDS
from voltyard.csms.commands.declaration import CommandOperation, documentation, fields_of
from voltyard.csms.commands.shared import BackendCommand
from voltyard.organizations.scopes import Principal


@cache
def command_routes() -> APIRouter:
    """The routes of all commands that have an operation, made once, as any other router is."""
    router = api_router(
        prefix=BACKEND_PREFIX + "/chargers/{chargeBoxId}",
        responses=error_responses(*OF_A_CHARGER),
        route_class=CommandRoute,
    )
    for command in COMMANDS:
        if command.operation is not None:
            _add(router, command, command.operation)
    return router


def _add(router: APIRouter, command: type[BackendCommand], operation: CommandOperation) -> None:
    body = body_of(command, operation) if operation.body else None
    answer = answer_of(command, operation)
    prepare = PREPARATIONS.get(command)

    async def route(
        box: str, here: BackendContext, principal: Principal, **sent: Any
    ) -> BackendAnswer:
        asked_for = sent if body is None else given(sent["body"] or body(), command)
        fields = dict(asked_for)
        id = await prepare(here, principal, box, fields) if prepare else None
        result = asdict(await ask(here, principal, box, command(**fields), command.result, id))
        told = dict.fromkeys(answer.model_fields) | asked_for | result | {"charge_box_id": box}
        told["message"] = sentence(operation, str(result.get("status")), asked_for)
        return answer.model_validate(told, from_attributes=True)

    route.__signature__ = _signature(command, operation, body)  # type: ignore[attr-defined]
    tag, said = str(command.__struct_config__.tag), documentation(command)
    router.add_api_route(
        f"/{operation.path or tag}",
        route,
        methods=[operation.method],
        name=operation.name,
        tags=[operation.tag],
        summary=said.summary,
        description=said.description,
        response_model=answer,
        responses={200: answers(answer_example(command, operation)), **begun_response(tag)},
    )


def _signature(
    command: type[BackendCommand], operation: CommandOperation, body: type[Any] | None
) -> Signature:
    """The parameters as the framework reads them: of the path, of the query, or the body."""
    scope = Reader if operation.method == "GET" else Operator
    found: dict[str, tuple[Any, Any]] = {
        "box": (Box, Parameter.empty),
        "here": (CommandDep, Parameter.empty),
        "principal": (scope, Parameter.empty),
    }
    if body is not None:
        optional = operation.is_body_optional
        found["body"] = (body | None, None) if optional else (body, Parameter.empty)
    else:
        for one in fields_of(command):
            type_, said = asked(one)
            default = said.pop("default", Parameter.empty)
            place = Path if f"{{{one.wire_name}}}" in operation.path else Query
            found[one.name] = (Annotated[type_, place(alias=one.wire_name, **said)], default)
    return Signature(
        [
            Parameter(name, Parameter.KEYWORD_ONLY, annotation=type_, default=default)
            for name, (type_, default) in found.items()
        ]
    )
