"""Transfers without a network: ports.transfers.Transfers over a dictionary, for tests and virtual
time."""

import asyncio
from hashlib import sha256
from urllib.parse import urlsplit

from voltyard.kernel import limits
from voltyard.kernel.addressing.egress import ANYWHERE, Egress
from voltyard.kernel.time import Seconds
from voltyard.kernel.tls import SYSTEM_TRUST, Tls
from voltyard.ports.transfers import Fetched, TransferFailed

_SCHEMES = ("http", "https", "ftp", "ftps")


class FakeTransfers:
    """A ports.transfers.Transfers over a dictionary. `files` has what can be fetched, and
    what was sent."""

    def __init__(self, files: dict[str, bytes] | None = None, *, takes_s: Seconds = 0.0) -> None:
        """Each transfer takes so long, by the loop's clock."""
        self.files = files if files is not None else {}
        self.takes_s = takes_s
        self.failures: list[TransferFailed] = []
        """The next transfers fail so, one each."""

    async def fetch(self, url: str, tls: Tls = SYSTEM_TRUST, egress: Egress = ANYWHERE) -> Fetched:
        await self._go(url)
        content = self.files.get(url)
        if content is None:
            raise TransferFailed("there is no such file")
        beginning = content[: limits.FIRMWARE_BEGINNING_BYTES]
        return Fetched(len(content), sha256(content).digest(), beginning)

    async def send(
        self,
        url: str,
        name: str,
        content: bytes,
        tls: Tls = SYSTEM_TRUST,
        egress: Egress = ANYWHERE,
    ) -> None:
        await self._go(url)
        self.files[url + name if url.endswith("/") else url] = content

    async def close(self) -> None:
        """See ports.transfers.Transfers."""

    async def _go(self, url: str) -> None:
        parts = urlsplit(url)
        if not parts.scheme or (parts.scheme in _SCHEMES and not parts.hostname):
            raise TransferFailed("the URL is malformed", "malformed")
        if parts.scheme not in _SCHEMES:
            raise TransferFailed(f"{parts.scheme} is not spoken here", "unsupported")
        await asyncio.sleep(self.takes_s)
        if self.failures:
            raise self.failures.pop(0)
