"""Commands to simulated chargers: their types, payloads and status.

A command lives in one row: queued -> delivered -> completed, failed or expired. `event_type` and
`payload` are what the caller sees; `verb` and `arguments` are what the charger is asked, in the
tags and fields of catalogue.commands.
"""

from enum import StrEnum
from typing import Any, Final

from msgspec import Struct

from voltyard.catalogue.catalogue import Catalogue
from voltyard.catalogue.commands.commands import BY_EVENT_TYPE
from voltyard.catalogue.commands.declaration import arguments_of
from voltyard.catalogue.commands.shared import ConnectorCommand
from voltyard.kernel.errors import Invalid
from voltyard.kernel.time import Instant
from voltyard.yard.commands.pacing import Pacing


class CommandStatus(StrEnum):
    """Status of a command; the last three are final."""

    QUEUED = "queued"
    """Written down; the charger's runtime does not have it yet."""
    DELIVERED = "delivered"
    """The charger has it, and will answer when it is done."""
    COMPLETED = "completed"
    FAILED = "failed"
    EXPIRED = "expired"
    """Nothing came of it within limits.COMMAND_LIFETIME_S."""


class CommandError(Struct, frozen=True, kw_only=True):
    """Reason why a command failed. `code` is one of kernel.errors or the peer's."""

    code: str
    message: str
    details: dict[str, Any] = {}


class QueuedCommand(Struct, frozen=True, kw_only=True):
    """One command in the queue of one charger."""

    id: str
    """Twelve hexadecimal characters."""
    organization_id: str
    deployment_id: str
    identity: str
    location_id: str | None
    event_type: str
    verb: str
    ocpp_version: str
    """1.6 or 2.0.1."""
    payload: dict[str, Any]
    arguments: dict[str, Any]
    created_at: Instant
    status: CommandStatus = CommandStatus.QUEUED
    result: dict[str, Any] | None = None
    error: CommandError | None = None
    delivered_at: Instant | None = None
    finished_at: Instant | None = None
    batch_id: str | None = None
    """The id shared by the commands that were posted with one request."""
    position: int = 0
    """Its place in that batch, from 0."""
    pacing: Pacing | None = None
    """None: it begins when its turn comes."""
    due_at: Instant | None = None
    """Moment when its batch wants it to begin, where that was known as it was posted."""
    queue_if_stopped: bool = False
    """True where it waits, if its charger is stopped, for start-charger."""


START: Final = "start_charger"
STOP: Final = "stop_charger"
RESTART: Final = "restart_charger"
LIFECYCLE: Final = (START, STOP, RESTART)
"""Asked of the provider, not of the charger."""

PROXY: Final = "proxy_message"
OF_CONNECTORS: Final = frozenset(
    str(kind.__struct_config__.tag)
    for kind in BY_EVENT_TYPE.values()
    if issubclass(kind, ConnectorCommand)
)
"""Verbs of commands to one connector."""


class CommandRequest(Struct, frozen=True, kw_only=True):
    """A command that is not yet addressed to a charger."""

    event_type: str
    payload: dict[str, Any]
    verb: str
    arguments: dict[str, Any]


def command_request(
    event_type: str, payload: dict[str, Any], catalogue: Catalogue
) -> CommandRequest:
    """The command of that type; Invalid where its payload cannot be carried out."""
    command = BY_EVENT_TYPE[event_type]
    verb = str(command.__struct_config__.tag)
    arguments = arguments_of(command, payload, catalogue)
    shown = payload["action"] if verb == PROXY else event_type
    return CommandRequest(
        event_type=shown,
        payload=payload["payload"] if verb == PROXY else payload,
        verb=verb,
        arguments=arguments,
    )


def check_version(asked_for: str, spoken: str) -> None:
    """Invalid where a message of one version is meant for a charger that speaks another."""
    if asked_for != spoken:
        raise Invalid(
            f"the message is for OCPP {asked_for}, the charger speaks OCPP {spoken}",
            param="ocpp_version",
        )
