"""Inputs of a session: all that it is given."""

from typing import TypeAlias

from msgspec import Struct

from voltyard.csms.authorization.decisions import TagDecision
from voltyard.csms.commands.ticket import CommandTicket


class LinkUp(Struct, frozen=True):
    """The link is up."""

    remote: str


class LinkDown(Struct, frozen=True):
    """The link is gone."""

    code: int
    reason: str


class CloseRequested(Struct, frozen=True):
    """The backend wants this link closed: replaced, charger deleted, server ending."""

    code: int
    reason: str


class Received(Struct, frozen=True, gc=False):
    """A frame came."""

    text: str


class CommandSubmitted(Struct, frozen=True):
    """A command to be sent to the charger."""

    ticket: CommandTicket


class CommandWithdrawn(Struct, frozen=True):
    """A command whose caller has gone; it is not sent if it has not been."""

    ticket: CommandTicket


class Committed(Struct, frozen=True):
    """The records of that `Commit` are durable."""

    key: int


class NotCommitted(Struct, frozen=True):
    """The records of that `Commit` could not be stored."""

    key: int
    error: Exception


class AuthorizationDecided(Struct, frozen=True):
    """The decision awaited by `AwaitAuthorization` has come."""

    key: int
    tag: TagDecision


class AuthorizationFailed(Struct, frozen=True):
    """The decision awaited by `AwaitAuthorization` has failed."""

    key: int
    error: Exception


class Tick(Struct, frozen=True):
    """Time has passed."""


Input: TypeAlias = (
    LinkUp
    | LinkDown
    | CloseRequested
    | Received
    | CommandSubmitted
    | CommandWithdrawn
    | Committed
    | NotCommitted
    | AuthorizationDecided
    | AuthorizationFailed
    | Tick
)


TICK = Tick()
