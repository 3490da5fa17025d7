"""Port of file transfers: firmware fetched and logs uploaded by simulated chargers, and firmware
that local controllers publish."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from voltyard.kernel.addressing.egress import ANYWHERE, Egress
from voltyard.kernel.errors import Unavailable
from voltyard.kernel.tls import SYSTEM_TRUST, Tls

TransferFailure: TypeAlias = Literal["failed", "denied", "malformed", "unsupported"]
"""failed: it may work later. denied: the peer does not let us in. malformed: no URL to be used, or
the peer could make nothing of the request. unsupported: a protocol that is not spoken here."""


class TransferFailed(Unavailable):
    """A file transfer that failed."""

    code = "transfer_failed"

    def __init__(self, message: str, kind: TransferFailure = "failed") -> None:
        super().__init__(message)
        self.kind: TransferFailure = kind


@dataclass(frozen=True, slots=True)
class Fetched:
    """Size and hashes of a fetched file."""

    size: int
    """Bytes."""
    sha256: bytes
    md5: bytes
    beginning: bytes
    """Its first limits.FIRMWARE_BEGINNING_BYTES."""


class KeptFile(Protocol):
    """A fetched file that is kept until it is dropped, and served while it is published."""

    @property
    def fetched(self) -> Fetched:
        """Its size and hashes."""

    async def publish(self, name: str, watch: Callable[[int], None]) -> tuple[str, ...]:
        """Serve it; its URLs, which end in that name. They are the same when it is published again
        after it was withdrawn. `watch` is told how many fetch it, whenever that changes.

        TransferFailed where it cannot be served.
        """

    def withdraw(self) -> None:
        """Serve it no more, but keep it. Fetches that have begun go on, and are not told of."""

    def drop(self) -> None:
        """Serve it no more, and forget it."""


class Transfers(Protocol):
    """Transfers of whole files for simulated chargers. By http, https, ftp and ftps (explicit TLS).
    A URL may hold user and password. Cancelling a call cuts its connection.

    TransferFailed where it did not work, or `egress` does not permit the target.
    """

    async def fetch(self, url: str, tls: Tls = SYSTEM_TRUST, egress: Egress = ANYWHERE) -> Fetched:
        """Fetch a file of at most limits.FIRMWARE_BYTES, and forget it as it comes."""

    async def keep(self, url: str, tls: Tls = SYSTEM_TRUST, egress: Egress = ANYWHERE) -> KeptFile:
        """Fetch a file of at most limits.FIRMWARE_BYTES, and keep it. TransferFailed also where all
        files that are kept would be more than limits.KEPT_FILES or limits.KEPT_BYTES."""

    async def send(
        self,
        url: str,
        name: str,
        content: bytes,
        tls: Tls = SYSTEM_TRUST,
        egress: Egress = ANYWHERE,
    ) -> None:
        """Send a file. A URL that ends in a slash, and an FTP directory, take it under `name`; any
        other is the file's own. By HTTP with PUT, and with POST where the peer has no PUT."""

    async def close(self) -> None:
        """Cut what is under way, and drop what is kept."""
