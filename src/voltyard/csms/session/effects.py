"""Effects of a session: all that it wants done."""

from collections.abc import Awaitable
from typing import TypeAlias

from msgspec import Struct

from voltyard.csms.authorization.decisions import TagDecision
from voltyard.csms.commands.results import BackendCommandResult
from voltyard.csms.commands.shared import BackendCommand
from voltyard.csms.commands.ticket import CommandTicket
from voltyard.csms.events import BackendEvent
from voltyard.csms.records import Record
from voltyard.kernel.errors import VoltyardError

# --- effects -----------------------------------------------------------------------------------


class Transmit(Struct, frozen=True, gc=False):
    """Send this frame."""

    text: str


class HangUp(Struct, frozen=True):
    """Close the link."""

    code: int
    reason: str


class Store(Struct, frozen=True):
    """Write these records with their events, without waiting for the commit."""

    records: tuple[Record, ...]
    events: tuple[BackendEvent, ...] = ()


class Commit(Struct, frozen=True):
    """Write these, and come back with `Committed` or `NotCommitted`."""

    key: int
    records: tuple[Record, ...]
    events: tuple[BackendEvent, ...] = ()


class AwaitAuthorization(Struct, frozen=True):
    """Await this decision, and come back with AuthorizationDecided or AuthorizationFailed."""

    key: int
    verdict: Awaitable[TagDecision]


class FinishCommand(Struct, frozen=True):
    """Hand the command's one result to its caller."""

    ticket: CommandTicket
    result: BackendCommandResult | VoltyardError


class IssueCommand(Struct, frozen=True):
    """Send the charger a command of the backend's own accord."""

    command: BackendCommand


class ReportInternalError(Struct, frozen=True):
    """Report a fault of the backend's own, which was answered with InternalError."""

    error: Exception


Effect: TypeAlias = (
    Transmit
    | HangUp
    | Store
    | Commit
    | AwaitAuthorization
    | FinishCommand
    | IssueCommand
    | ReportInternalError
)
