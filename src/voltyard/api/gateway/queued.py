"""Commands that are queued, for one charger, some of a location or all of it."""

from collections.abc import Mapping
from functools import partial
from typing import Any, Final, NamedTuple, Self

from pydantic import model_validator

from voltyard.api.auth import Operator
from voltyard.api.gate import GATEWAY_PREFIX
from voltyard.api.gateway import command_bodies, models, present
from voltyard.api.gateway.context import Here
from voltyard.api.gateway.fields import Body, alternatives
from voltyard.api.gateway.problems import problems
from voltyard.api.gateway.repeats import Repeatable
from voltyard.api.routers import ApiRoute, api_router
from voltyard.lab.desk import Target
from voltyard.lab.pacing import Pacing


class QueuedRoute(ApiRoute):
    """A route of one of OPERATIONS."""

    def answer_examples(self, body: Any) -> Mapping[str, Any]:
        """The command that the example of a body queues."""
        [operation] = (one for one in OPERATIONS if self.path.endswith(f"/{one.path}"))
        payload = operation.body.model_validate(body).event.payload()
        return {"202": models.posted_example(operation.event_type, payload)}


router = api_router(prefix=GATEWAY_PREFIX + "/commands", tags=["commands"], route_class=QueuedRoute)


class ForMany(Body):
    """Whom a command is for. What follows differs in its event."""

    model_config = alternatives(
        {"title": "All at once", "properties": {"pacing": {"type": "null"}}},
        {
            "title": "A location at a pace",
            "required": ["pacing"],
            "properties": {
                "pacing": {"type": "object"},
                "target": {
                    "required": ["location_id"],
                    "properties": {"location_id": {"type": "string"}},
                },
            },
        },
    )

    target: command_bodies.CommandTarget
    event: command_bodies.Event
    pacing: command_bodies.PacingBody | None = None
    """How it is spread over a location; all at once where nothing is said."""
    queue_if_stopped: bool = False
    """A stopped charger takes it too, and carries it out once start-charger has started it."""

    @model_validator(mode="after")
    def _paces_a_location(self) -> Self:
        if self.pacing is not None and self.target.location_id is None:
            raise ValueError("pacing goes with location_id only")
        return self


class PlugBody(ForMany):
    """A cable, and the vehicle at its end."""

    event: command_bodies.PlugConnectorEvent = command_bodies.PlugConnectorEvent()


class UnifiedConnectorRequest(ForMany):
    """A command to a connector."""

    event: command_bodies.ConnectorCommandEvent = command_bodies.ConnectorCommandEvent()


class StartTransactionBody(ForMany):
    """A transaction to begin."""

    event: command_bodies.StartTransactionCommandEvent


class StopTransactionBody(ForMany):
    """A transaction to end."""

    event: command_bodies.StopTransactionCommandEvent = command_bodies.StopTransactionCommandEvent()


class StartSessionBody(ForMany):
    """A session to begin."""

    event: command_bodies.StartSessionCommandEvent


class StopSessionBody(ForMany):
    """A session to end."""

    event: command_bodies.StopSessionCommandEvent = command_bodies.StopSessionCommandEvent()


class AuthorizeBody(ForMany):
    """A card to ask about."""

    event: command_bodies.AuthorizeIdTagCommandEvent


class SwipeBody(ForMany):
    """A card at the reader."""

    event: command_bodies.SwipeEvent


class PowerUpdateBody(ForMany):
    """The power to offer."""

    event: command_bodies.PowerUpdateCommandEvent


class OutageBody(ForMany):
    """An outage."""

    event: command_bodies.ForAWhile = command_bodies.ForAWhile()


class PowerCutBody(ForMany):
    """An outage of the mains."""

    event: command_bodies.PowerCutEvent = command_bodies.PowerCutEvent()


class PlainBody(ForMany):
    """A command with nothing more to say."""

    event: command_bodies.EmptyEvent = command_bodies.EmptyEvent()


class ClockSkewBody(ForMany):
    """A clock that is wrong."""

    event: command_bodies.ClockSkewEvent


class RebootBody(ForMany):
    """A restart at the charger."""

    event: command_bodies.RebootEvent = command_bodies.RebootEvent()


class Operation(NamedTuple):
    """One of the commands."""

    path: str
    event_type: str
    body: type[ForMany]
    summary: str
    description: str


OPERATIONS: Final = (
    Operation(
        "plug-connector",
        "plug",
        PlugBody,
        "Plug in",
        "The cable goes in: Preparing. The vehicle wants energy by itself.",
    ),
    Operation(
        "unplug-connector",
        "unplug",
        UnifiedConnectorRequest,
        "Unplug",
        "The cable comes out: Available. A running transaction ends first.",
    ),
    Operation(
        "unlock-connector",
        "unlock",
        UnifiedConnectorRequest,
        "Release the latch",
        "At the charger itself, as an attendant's key does.",
    ),
    Operation(
        "start-transaction",
        "start_transaction",
        StartTransactionBody,
        "Begin a transaction",
        "StartTransaction (1.6) or TransactionEvent Started (2.x) without further question: the "
        "caller plugs and authorizes.",
    ),
    Operation(
        "stop-transaction",
        "stop_transaction",
        StopTransactionBody,
        "End a transaction",
        "StopTransaction (1.6) or TransactionEvent Ended (2.x); the cable stays in.",
    ),
    Operation(
        "start-session",
        "start_session",
        StartSessionBody,
        "Begin a session",
        "Plug in, authorize, start; it ends by itself after duration_seconds or with "
        "target_energy_kwh.",
    ),
    Operation(
        "stop-session",
        "stop_session",
        StopSessionBody,
        "End a session",
        "Stop the transaction, then unplug.",
    ),
    Operation(
        "authorize-id-tag",
        "authorize",
        AuthorizeBody,
        "Tap a card",
        "Authorize goes to the CSMS and nothing else happens; its answer is the command's result.",
    ),
    Operation(
        "swipe",
        "swipe",
        SwipeBody,
        "Swipe a card",
        "A card at the reader, as a driver would: an accepted one starts the transaction of the "
        "vehicle plugged in, the same one, or one of its group, stops it.",
    ),
    Operation(
        "ev-requests-energy",
        "ev_requests_energy",
        UnifiedConnectorRequest,
        "The vehicle draws",
        "Charging, where a transaction runs.",
    ),
    Operation(
        "ev-stops-energy",
        "ev_stops_energy",
        UnifiedConnectorRequest,
        "The vehicle stops drawing",
        "SuspendedEV, where a transaction runs.",
    ),
    Operation(
        "power-update",
        "power_update",
        PowerUpdateBody,
        "Offer a power",
        "In W; 0 suspends, and no more than its rating is offered. null ends what an earlier one "
        "has set.",
    ),
    Operation(
        "network-drop",
        "network_drop",
        OutageBody,
        "Cut the network",
        "The socket is cut, and stays away until network-restore or for so long.",
    ),
    Operation(
        "network-restore",
        "network_restore",
        PlainBody,
        "Restore the network",
        "The charger dials at once.",
    ),
    Operation(
        "power-cut",
        "power_cut",
        PowerCutBody,
        "Cut the mains",
        "The charger loses power until power-restore or for so long; its memory stays. One with a "
        "reserve ends what runs and tells of it first.",
    ),
    Operation(
        "power-restore",
        "power_restore",
        PlainBody,
        "Restore the mains",
        "A cold boot; open transactions are ended with reason PowerLoss.",
    ),
    Operation(
        "clock-skew",
        "clock_skew",
        ClockSkewBody,
        "Put the clock wrong",
        "What the charger says of times is off by so many seconds, until its CSMS tells it the "
        "time, or for good where `takes_csms_time` is false. `clock_skew_s` of its state tells.",
    ),
    Operation(
        "reboot",
        "reboot",
        RebootBody,
        "Restart the charger",
        "As somebody at the charger would: Soft ends what runs first, Hard does not wait.",
    ),
    Operation(
        "emergency-stop",
        "emergency_stop",
        UnifiedConnectorRequest,
        "Press the red button",
        "The transaction ends with EmergencyStop; the cable stays in.",
    ),
    Operation(
        "pull-cable-at-ev",
        "pull_cable_at_ev",
        UnifiedConnectorRequest,
        "Pull the cable at the vehicle",
        "Whether the transaction goes on is for StopTransactionOnEVSideDisconnect to say; plugging "
        "in puts it back.",
    ),
)


def _add(operation: Operation) -> None:
    async def post(
        body: ForMany, lab: Here, principal: Operator, repeats: Repeatable
    ) -> models.LocationCommandResponse:
        post_it = partial(
            lab.desk.post,
            principal.organization_id,
            operation.event_type,
            body.event.payload(),
            _target(body.target),
            None if body.pacing is None else Pacing(**body.pacing.model_dump()),
            queue_if_stopped=body.queue_if_stopped,
        )
        return await repeats.answer(post_it, present.posted)

    post.__annotations__["body"] = operation.body
    post.__name__ = operation.event_type
    router.add_api_route(
        f"/{operation.path}",
        post,
        methods=["POST"],
        status_code=202,
        summary=operation.summary,
        description=operation.description,
        responses=problems(400, 404, 409),
    )


def _target(body: command_bodies.CommandTarget) -> Target:
    return Target(
        charger_id=body.charger_id,
        location_id=body.location_id,
        charger_ids=None if body.charger_ids is None else tuple(body.charger_ids),
    )


for _operation in OPERATIONS:
    _add(_operation)
