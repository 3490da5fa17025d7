"""Answers of commands and their results."""

from typing import Annotated, Any, Final

from voltyard.api.description.plain_schemas import named
from voltyard.api.gateway.fields import GatewayAnswer, Moment, PageAnswer, example


def queued_example(event_type: str, payload: dict[str, Any]) -> dict[str, Any]:
    """A command on its way, as it is answered."""
    return {
        "id": "f7e8d9c0b1a2",
        "event_type": event_type,
        "ocpp_version": "ocpp1.6",
        "payload": payload,
    }


def posted_example(event_type: str, payload: dict[str, Any]) -> dict[str, Any]:
    """A command that was posted for one charger, as it is answered."""
    command = queued_example(event_type, payload)
    return {
        "targeted_count": 1,
        "queued_count": 1,
        "failed_count": 0,
        "results": [{"charger_id": "dep-789", "identity": "CP-CHARGER-789", "command": command}],
        "failed": [],
        "batch_id": "a1b2c3d4e5f6",
    }


_EXAMPLE: Final = ("unplug", {"evse_id": 2, "connector_id": 1})


class QueuedCommandResponse(GatewayAnswer):
    """A command on its way."""

    model_config = example(**queued_example(*_EXAMPLE))

    id: str
    event_type: str
    ocpp_version: str
    payload: dict[str, Any]


class LocationQueuedCommandResult(GatewayAnswer):
    """The command of one charger."""

    charger_id: str
    identity: str
    command: QueuedCommandResponse


class LocationCommandFailure(GatewayAnswer):
    """A charger that cannot take it, and why."""

    identity: str | None = None
    error: str


class LocationCommandResponse(GatewayAnswer):
    """The outcomes of a command, charger by charger."""

    model_config = example(**posted_example(*_EXAMPLE))

    targeted_count: int
    queued_count: int
    failed_count: int
    results: list[LocationQueuedCommandResult]
    failed: list[LocationCommandFailure]
    batch_id: str
    """Id that the queued commands have in common: GET /ocpp/commands?batch_id= lists them."""


class ConfigurationChangeResponse(GatewayAnswer):
    """The result of each key."""

    model_config = example(
        status="Accepted",
        configured=["HeartbeatInterval"],
        msg="1 of 1 keys configured",
        results={"HeartbeatInterval": "Accepted"},
    )

    status: str
    """Rejected where any is, else RebootRequired where any is, else Accepted."""
    configured: list[str]
    msg: str
    results: dict[str, str]


class CacheResetResponse(GatewayAnswer):
    """The cache is empty."""

    model_config = example(msg="Authorization cache cleared", cleared_entries=3)

    msg: str
    cleared_entries: int


class LocalListMutationResponse(GatewayAnswer):
    """The result of a local list."""

    model_config = example(
        status="Accepted", list_version=2, entries_received=2, msg="Local authorization list sent"
    )

    status: str | None = None
    list_version: int | None = None
    entries_received: int | None = None
    msg: str | None = None
    entries_deleted: int | None = None


class FaultOperationResponse(GatewayAnswer):
    """Faults that were set or cleared."""

    model_config = example(
        msg="Fault injected",
        fault_type="OverCurrentFailure",
        evse_id=1,
        connector_id=1,
        status="Faulted",
        error_code="OverCurrentFailure",
        effect="stops",
        recover_after_s=60,
    )

    msg: str
    fault_type: str | None = None
    evse_id: int | None = None
    connector_id: int | None = None
    status: str | None = None
    """The connector's, in its version's words."""
    error_code: str | None = None
    """OCPP 1.6's, of what was broken."""
    effect: str | None = None
    recover_after_s: float | None = None


class CommandErrorResponse(GatewayAnswer):
    """Why a command failed."""

    code: str
    message: str
    details: dict[str, Any]


class CommandResponse(GatewayAnswer):
    """A command and what became of it."""

    model_config = example(
        id="f7e8d9c0b1a2",
        charger_id="dep-4k2d8s1m0x7c9v3b",
        identity="CP-TEST-001",
        event_type="plug",
        ocpp_version="ocpp1.6",
        payload={"evse_id": 1, "connector_id": 1},
        status="completed",
        result={},
        error=None,
        created_at="2026-11-21T09:00:00.000Z",
        delivered_at="2026-11-21T09:00:00.010Z",
        finished_at="2026-11-21T09:00:00.020Z",
    )

    id: str
    charger_id: str
    identity: str
    event_type: str
    ocpp_version: str
    payload: dict[str, Any]
    status: str
    """queued, delivered, completed, failed or expired."""
    result: Annotated[dict[str, Any], named("CommandResult")] | None = None
    error: CommandErrorResponse | None = None
    created_at: Moment
    delivered_at: Moment | None = None
    finished_at: Moment | None = None
    batch_id: str | None = None
    due_at: Moment | None = None
    """Moment when its batch wants it to begin, where it is staggered."""


class CancelledBatchResponse(GatewayAnswer):
    """Commands of a batch that will not be carried out any more."""

    model_config = example(
        batch_id="a1b2c3d4e5f6", cancelled_count=2, cancelled=["f7e8d9c0b1a2", "0a1b2c3d4e5f"]
    )

    batch_id: str
    cancelled_count: int
    cancelled: list[str]


class CommandListResponse(PageAnswer[CommandResponse]):
    """Commands, the newest first."""
