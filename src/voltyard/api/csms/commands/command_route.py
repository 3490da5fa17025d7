"""Routes of commands: wait for the charger's answer, or answer 202 with `async=true`."""

from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Annotated, Any, Final, TypeAlias, TypeVar

from fastapi import Depends, Query, Request, Response
from fastapi.responses import JSONResponse
from msgspec import Struct
from pydantic import Field

from voltyard.api.csms.context import BackendContext, BackendDep
from voltyard.api.csms.fields import EXAMPLE_CHARGER, BackendAnswer, example
from voltyard.api.error_models import answers
from voltyard.api.routers import ApiRoute
from voltyard.csms.commands.shared import BackendCommand
from voltyard.csms.records import CommandStored
from voltyard.organizations.scopes import Principal

Outcome = TypeVar("Outcome", bound=Struct)

_BEGUN: Final = {
    "commandId": "cmd_4k2d8s1m0x7c9v3b",
    "chargeBoxId": EXAMPLE_CHARGER,
    "command": "reset",
    "status": "queued",
}


class BegunCommandAnswer(BackendAnswer):
    """With async=true: the command is on record, and sent when its turn comes."""

    model_config = example(**_BEGUN)

    command_id: str = Field(serialization_alias="commandId")
    charge_box_id: str = Field(serialization_alias="chargeBoxId")
    command: str
    status: str


def begun_response(command: str) -> dict[int | str, dict[str, Any]]:
    """The entry in the `responses` of an operation, where 202 is of nothing else."""
    description = "With async=true: it is on record, and sent when its turn comes."
    example = answers({**_BEGUN, "command": command})
    return {202: {"model": BegunCommandAnswer, "description": description, **example}}


class BegunOnly(Exception):
    """A command that was begun with `async=true`."""

    def __init__(self, row: CommandStored) -> None:
        super().__init__(row.id)
        self.row = row


class CommandRoute(ApiRoute):
    """A route of a command, which may be begun with `async=true`."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The framework's handler, with the answer at once where async=true asks for that."""
        handle = super().get_route_handler()

        async def handled(request: Request) -> Response:
            try:
                return await handle(request)
            except BegunOnly as begun:
                row = begun.row
                body = BegunCommandAnswer(
                    command_id=row.id,
                    charge_box_id=row.charge_box_id,
                    command=row.command,
                    status=row.status,
                )
                return JSONResponse(body.model_dump(by_alias=True), 202)

        return handled


async def _desk(
    here: BackendDep,
    is_begun_only: Annotated[
        bool,
        Query(
            alias="async",
            description="Answer 202 once it is on record, without waiting for the charger.",
        ),
    ] = False,
) -> BackendContext:
    return replace(here, waits=False) if is_begun_only else here


CommandDep: TypeAlias = Annotated[BackendContext, Depends(_desk)]
"""A dependency: the backend of this app, for a route that asks a charger."""


async def ask(
    here: BackendContext,
    principal: Principal,
    box: str,
    command: BackendCommand,
    kind: type[Outcome],
    id: str | None = None,
) -> Outcome:
    """Send a command and wait for the charger's own answer, which is of that kind. `id` is the
    command's, where it is known before."""
    organization_id = principal.organization_id
    if not here.waits:
        raise BegunOnly(await here.backend.begin(organization_id, box, command, id, here.span))
    outcome = await here.backend.command(organization_id, box, command, id=id, span=here.span)
    assert isinstance(outcome, kind), f"{type(outcome).__name__} in answer to {command}"
    return outcome
