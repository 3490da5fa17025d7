"""Routes of commands: wait for the charger's answer, or answer 202 with `async=true`."""

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from typing import Annotated, Any, Final, Self, TypeAlias, TypeVar

from fastapi import Depends, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import Field

from voltyard.api.csms.context import BackendContext, BackendDep
from voltyard.api.csms.fields import EXAMPLE_CHARGER, BackendAnswer, BoxId, Reason, example
from voltyard.api.routers import ApiRoute
from voltyard.csms.commands import commands
from voltyard.csms.records import CommandStored
from voltyard.organizations.scopes import Principal

Outcome = TypeVar("Outcome", bound=commands.BackendCommandResult)

_BEGUN: Final = {
    "commandId": "cmd_4k2d8s1m0x7c9v3b",
    "chargeBoxId": EXAMPLE_CHARGER,
    "command": "reset",
    "status": "queued",
}


class Begun(BackendAnswer):
    """With async=true: the command is on record, and sent when its turn comes."""

    model_config = example(**_BEGUN)

    command_id: str = Field(serialization_alias="commandId")
    charge_box_id: str = Field(serialization_alias="chargeBoxId")
    command: str
    status: str


BEGUN_RESPONSE: Final[dict[int | str, dict[str, Any]]] = {
    202: {
        "model": Begun,
        "description": "With async=true: it is on record, and sent when its turn comes.",
    }
}
"""What `responses` of an operation says of it, where 202 is of nothing else."""


class BegunOnly(Exception):
    """A command that was begun with `async=true`."""

    def __init__(self, row: CommandStored) -> None:
        super().__init__(row.id)
        self.row = row


_VERBS: Final = {
    "DELETE reservations": "reservations/cancel",
    "DELETE certificates": "certificates/delete",
    "GET certificates": "certificates/list",
    "DELETE charging-profiles": "charging-profiles/clear",
    "DELETE charging-limit": "charging-limit/clear",
}
"""Names of commands that are not the rest of their path."""


class CommandRoute(ApiRoute):
    """A route of a command, which may be begun with `async=true`."""

    def answer_examples(self, body: Any) -> Mapping[str, Any]:
        """The command by its own name, where 202 is of one that was begun."""
        if (self.responses.get(202) or {}).get("model") is not Begun:
            return {}
        method = "".join(self.methods or ())
        name = self.path.partition("{chargeBoxId}/")[2].partition("/{")[0]
        return {"202": {**_BEGUN, "command": _VERBS.get(f"{method} {name}", name)}}

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The framework's handler, with the answer at once where async=true asks for that."""
        handle = super().get_route_handler()

        async def handled(request: Request) -> Response:
            try:
                return await handle(request)
            except BegunOnly as begun:
                row = begun.row
                body = Begun(
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
    command: commands.BackendCommand,
    kind: type[Outcome],
    id: str | None = None,
) -> Outcome:
    """Send a command and wait for the charger's own answer, which is of that kind. `id` is the
    command's, where it is known before."""
    organization_id = principal.organization_id
    if not here.waits:
        raise BegunOnly(await here.backend.begin(organization_id, box, command, id))
    outcome = await here.backend.command(organization_id, box, command, id=id)
    assert isinstance(outcome, kind), f"{type(outcome).__name__} in answer to {command}"
    return outcome


class ChargerStatusAnswer(BackendAnswer):
    """An answer with the charger's status."""

    message: str
    charge_box_id: BoxId
    status: str
    reason: Reason = None

    @classmethod
    def of(
        cls,
        box: str,
        subject: str,
        outcome: commands.StatusResult,
        sentences: Mapping[str, str] | None = None,
    ) -> Self:
        """The answer for a charger's status; see `status_sentence`."""
        return cls(
            message=status_sentence(subject, outcome.status, sentences),
            charge_box_id=box,
            status=outcome.status,
            reason=outcome.reason,
        )


_DONE = frozenset({"accepted", "rejected", "scheduled", "not implemented", "not supported"})
"""What a charger says it did."""


def status_sentence(subject: str, status: str, sentences: Mapping[str, str] | None = None) -> str:
    """The charger's word in a sentence: one of `sentences`, `<subject> <status> by charger` where
    that is one, or `<subject>: <status>, says charger`."""
    if sentences is not None and status in sentences:
        return sentences[status]
    if in_words(status) in _DONE:
        return f"{subject} {in_words(status)} by charger"
    return f"{subject}: {in_words(status)}, says charger"


def in_words(status: str) -> str:
    """`unlockFailed` and `UnknownVendorId` as `unlock failed` and `unknown vendor id`."""
    return "".join(f" {c.lower()}" if c.isupper() else c for c in status).strip()
