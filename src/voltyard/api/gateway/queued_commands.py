"""Routes of queued commands, for one charger, several or a whole location."""

from collections.abc import Mapping
from functools import partial
from typing import Any, Final, NamedTuple, Self

from msgspec import Struct
from pydantic import model_validator

from voltyard.api.auth import Operator
from voltyard.api.gateway import to_answers
from voltyard.api.gateway.bodies import commands
from voltyard.api.gateway.context import YardDep
from voltyard.api.gateway.error_responses import error_responses
from voltyard.api.gateway.fields import GatewayBody, condition
from voltyard.api.gateway.idempotency import IdempotencyDep
from voltyard.api.gateway.models import commands as models
from voltyard.api.middleware import GATEWAY_PREFIX
from voltyard.api.routers import ApiRoute, api_router
from voltyard.catalogue.commands.commands import QUEUED
from voltyard.catalogue.commands.declaration import event_type_of, operation_id, rest_of
from voltyard.yard.commands.command_service import CommandTargets
from voltyard.yard.commands.pacing import Pacing


class QueuedRoute(ApiRoute):
    """A route of one of OPERATIONS."""

    def answer_examples(self, body: Any) -> Mapping[str, Any]:
        """The command that the example of a body queues."""
        [operation] = (one for one in OPERATIONS if self.path.endswith(f"/{one.path}"))
        payload = operation.body.model_validate(body).event.queued()
        return {"202": models.posted_example(operation.event_type, payload)}


router = api_router(prefix=GATEWAY_PREFIX + "/commands", tags=["commands"], route_class=QueuedRoute)


class ForMany(GatewayBody):
    """A command with its target; subclasses differ in its event."""

    model_config = condition(
        if_={"properties": {"pacing": {"type": "object"}}, "required": ["pacing"]},
        then={
            "properties": {
                "target": {
                    "properties": {"location_id": {"type": "string"}},
                    "required": ["location_id"],
                }
            }
        },
    )

    target: commands.CommandTarget
    event: commands.CommandEvent
    pacing: commands.PacingBody | None = None
    """Its spread over a location; all at once where none is given."""
    queue_if_stopped: bool = False
    """A stopped charger takes it too, and carries it out once start-charger has started it."""

    @model_validator(mode="after")
    def _paces_a_location(self) -> Self:
        if self.pacing is not None and self.target.location_id is None:
            raise ValueError("pacing goes with location_id only")
        return self


class Operation(NamedTuple):
    """One of the commands."""

    path: str
    name: str
    event_type: str
    body: type[ForMany]
    summary: str
    description: str


def _operation(command: type[Struct]) -> Operation:
    rest = rest_of(command)
    body = commands.body_of(command, ForMany)
    return Operation(
        rest.path,
        operation_id(command),
        event_type_of(command),
        body,
        rest.summary,
        rest.description,
    )


OPERATIONS: Final = tuple(_operation(one) for one in QUEUED)


def _add(operation: Operation) -> None:
    async def post(
        body: ForMany, yard: YardDep, principal: Operator, repeats: IdempotencyDep
    ) -> models.LocationCommandResponse:
        post_it = partial(
            yard.commands.post,
            principal.organization_id,
            operation.event_type,
            body.event.queued(),
            _target(body.target),
            None if body.pacing is None else Pacing(**body.pacing.model_dump()),
            queue_if_stopped=body.queue_if_stopped,
            span=repeats.span,
        )
        return await repeats.answer(post_it, to_answers.posted)

    post.__annotations__["body"] = operation.body
    router.add_api_route(
        f"/{operation.path}",
        post,
        name=operation.name,
        methods=["POST"],
        status_code=202,
        summary=operation.summary,
        description=operation.description,
        responses=error_responses(400, 404, 409),
    )


def _target(body: commands.CommandTarget) -> CommandTargets:
    return CommandTargets(
        charger_id=body.charger_id,
        location_id=body.location_id,
        charger_ids=None if body.charger_ids is None else tuple(body.charger_ids),
    )


for _one in OPERATIONS:
    _add(_one)
