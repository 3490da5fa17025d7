"""Inputs of a simulated charger: with the moment, all that it is ever given."""

from typing import Literal, TypeAlias

from msgspec import Struct

from voltyard.catalogue.commands.commands import ChargerCommand


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


class CommandReceived(Struct, frozen=True):
    """A command from the surroundings: from somebody at the charger, or its operator over REST."""

    command: ChargerCommand
    id: str = ""
    """Comes back in the `Answer`."""


class FirmwareImage(Struct, frozen=True):
    """A fetched firmware image, as far as it is known to the charger."""

    size: int
    """Bytes."""
    sha256: bytes
    beginning: bytes
    """limits.FIRMWARE_BEGINNING_BYTES of it."""
    md5: bytes = b""


class Transferred(Struct, frozen=True, kw_only=True):
    """The `FetchFile` or `SendFile` of that id has ended."""

    id: str
    failure: Literal["failed", "denied", "malformed", "unsupported"] | None = None
    """A ports.transfers.TransferFailure; None: it went well."""
    reason: str = ""
    """Reason why it failed."""
    image: FirmwareImage | None = None
    """The image that was fetched."""

    @property
    def is_hopeless(self) -> bool:
        """True where trying again would change nothing."""
        return self.failure in ("malformed", "unsupported")


class FilePublished(Struct, frozen=True, kw_only=True):
    """The outcome of `PublishFile`, of that id."""

    id: str
    locations: tuple[str, ...] = ()
    """URLs at which the file is served."""
    failure: Literal["failed", "absent"] | None = None
    """absent: no such file is kept. None: it is served."""


class FileDownloads(Struct, frozen=True, kw_only=True):
    """Another number of stations fetches the published file of that id."""

    id: str
    under_way: int


Input: TypeAlias = (
    Tick
    | LinkUp
    | LinkDown
    | Received
    | CommandReceived
    | Transferred
    | FilePublished
    | FileDownloads
)
