"""What can happen to a simulated charger. With the moment, the only input it has."""

from typing import TypeAlias

from msgspec import Struct

from voltyard.charger.commands import Command


class Tick(Struct, frozen=True):
    """A deadline has come."""


class LinkUp(Struct, frozen=True):
    """The link asked for by `Dial` is open."""

    subprotocol: str


class LinkDown(Struct, frozen=True):
    """The link is gone, or the dial failed."""

    reason: str = ""


class Received(Struct, frozen=True):
    """A text frame came over the link."""

    text: str


class Asked(Struct, frozen=True):
    """Somebody at the charger, or its operator over REST, asks something of it."""

    command: Command
    id: str = ""
    """Comes back in the `Answer`."""


Happening: TypeAlias = Tick | LinkUp | LinkDown | Received | Asked
