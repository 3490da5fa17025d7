"""How routes ask chargers: wait for the answer, or, with `async=true`, only until the command is on
record, and answer 202 with its id."""

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from typing import Annotated, Any, Final, Self, TypeAlias, TypeVar

from fastapi import Depends, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import Field

from voltyard.api.auth import Principal
from voltyard.api.csms.context import Csms, Here
from voltyard.api.csms.fields import EXAMPLE_CHARGER, Answer, BoxId, Reason, example
from voltyard.api.routers import ApiRoute
from voltyard.csms import commands
from voltyard.csms.records import CommandStored

Outcome = TypeVar("Outcome", bound=commands.Outcome)

_BEGUN: Final = {
    "commandId": "cmd_4k2d8s1m0x7c9v3b",
    "chargeBoxId": EXAMPLE_CHARGER,
    "command": "reset",
    "status": "queued",
}


class Begun(Answer):
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
    """Nobody waits for the answer."""

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
    """A route whose command may be begun only."""

    def answer_examples(self, body: Any) -> Mapping[str, Any]:
        """The command by its own name, where 202 is of one that was begun."""
        if (self.responses.get(202) or {}).get("model") is not Begun:
            return {}
        method = "".join(self.methods or ())
        name = self.path.partition("{chargeBoxId}/")[2].partition("/{")[0]
        return {"202": {**_BEGUN, "command": _VERBS.get(f"{method} {name}", name)}}

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The framework's, and the answer where nobody waits for the charger's."""
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
    here: Here,
    is_begun_only: Annotated[
        bool,
        Query(
            alias="async",
            description="Answer 202 once it is on record, without waiting for the charger.",
        ),
    ] = False,
) -> Csms:
    return replace(here, waits=False) if is_begun_only else here


Desk: TypeAlias = Annotated[Csms, Depends(_desk)]
"""A dependency: the backend of this app, for a route that asks a charger."""


async def ask(
    here: Csms,
    principal: Principal,
    box: str,
    command: commands.Command,
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


class Said(Answer):
    """The charger's word, and no more than that."""

    message: str
    charge_box_id: BoxId
    status: str
    reason: Reason = None

    @classmethod
    def of(
        cls,
        box: str,
        subject: str,
        outcome: commands.Answered,
        sentences: Mapping[str, str] | None = None,
    ) -> Self:
        """What it said of that; see `told`."""
        return cls(
            message=told(subject, outcome.status, sentences),
            charge_box_id=box,
            status=outcome.status,
            reason=outcome.reason,
        )


_DONE = frozenset({"accepted", "rejected", "scheduled", "not implemented", "not supported"})
"""What a charger says it did."""


def told(subject: str, status: str, sentences: Mapping[str, str] | None = None) -> str:
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
