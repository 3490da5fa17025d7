"""Port of file transfers: firmware fetched and logs uploaded by simulated chargers."""

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
    """Size and hash of a fetched file. The file itself is not kept."""

    size: int
    """Bytes."""
    sha256: bytes
    beginning: bytes
    """Its first limits.FIRMWARE_BEGINNING_BYTES."""


class Transfers(Protocol):
    """Transfers of whole files for simulated chargers. By http, https, ftp and ftps (explicit TLS).
    A URL may hold user and password. Cancelling a call cuts its connection.

    TransferFailed where it did not work, or `egress` does not permit the target.
    """

    async def fetch(self, url: str, tls: Tls = SYSTEM_TRUST, egress: Egress = ANYWHERE) -> Fetched:
        """Fetch a file of at most limits.FIRMWARE_BYTES, and forget it as it comes."""

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
        """Cut what is under way."""
