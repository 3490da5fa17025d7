"""What can happen to a simulated charger. With the moment, the only input it has."""

from typing import Literal, TypeAlias

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
    cause: str = ""
    """Of a dial: certificate, tls_version, tls_cipher, unauthorized; empty: something else."""


class Received(Struct, frozen=True, gc=False):
    """A text frame came over the link."""

    text: str


class Asked(Struct, frozen=True):
    """Somebody at the charger, or its operator over REST, asks something of it."""

    command: Command
    id: str = ""
    """Comes back in the `Answer`."""


class Image(Struct, frozen=True):
    """A file that was fetched, as far as it is known: it is not kept."""

    size: int
    """Bytes."""
    sha256: bytes
    beginning: bytes
    """limits.FIRMWARE_BEGINNING_BYTES of it."""


class Transferred(Struct, frozen=True, kw_only=True):
    """The `Fetch` or `Send` of that id has ended."""

    id: str
    failure: Literal["failed", "denied", "malformed", "unsupported"] | None = None
    """As in ports.TransferFailure; None: it went well."""
    reason: str = ""
    """Why it failed."""
    image: Image | None = None
    """What was fetched."""

    @property
    def is_hopeless(self) -> bool:
        """Whether trying again would change nothing."""
        return self.failure in ("malformed", "unsupported")


Happening: TypeAlias = Tick | LinkUp | LinkDown | Received | Asked | Transferred
