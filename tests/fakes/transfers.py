"""Transfers without a network: ports.transfers.Transfers over a dictionary, for tests and virtual
time."""

import asyncio
from collections.abc import Callable
from hashlib import md5, sha256
from urllib.parse import quote, urlsplit

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
        self.watchers: dict[str, Callable[[int], None]] = {}
        """By the URL of what is offered: told how many fetch it."""
        self.publishes = True
        """False: nothing can be published."""
        self._fetches: dict[str, int] = {}
        self._published = 0

    async def fetch(self, url: str, tls: Tls = SYSTEM_TRUST, egress: Egress = ANYWHERE) -> Fetched:
        return _described(await self._fetch(url))

    async def keep(
        self, url: str, tls: Tls = SYSTEM_TRUST, egress: Egress = ANYWHERE
    ) -> "FakeKeptFile":
        return FakeKeptFile(self, await self._fetch(url))

    async def _fetch(self, url: str) -> bytes:
        self._count(url, +1)
        try:
            await self._go(url)
        finally:
            self._count(url, -1)
        content = self.files.get(url)
        if content is None:
            raise TransferFailed("there is no such file")
        return content

    def _count(self, url: str, change: int) -> None:
        self._fetches[url] = self._fetches.get(url, 0) + change
        if url in self.watchers:
            self.watchers[url](self._fetches[url])

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

    def published_url(self) -> str:
        """The URL of a place where one file can be published."""
        self._published += 1
        return f"http://controller.test/{self._published}/"

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


class FakeKeptFile:
    """A ports.transfers.KeptFile, which is offered among `files`."""

    def __init__(self, transfers: FakeTransfers, content: bytes) -> None:
        self.fetched = _described(content)
        self._transfers = transfers
        self._content = content
        self._folder = transfers.published_url()
        self._url = ""
        self._is_dropped = False

    async def publish(self, name: str, watch: Callable[[int], None]) -> tuple[str, ...]:
        await asyncio.sleep(0)
        if self._is_dropped or not self._transfers.publishes:
            raise TransferFailed("nothing can be published")
        self._url = self._folder + quote(name)
        self._transfers.files[self._url] = self._content
        self._transfers.watchers[self._url] = watch
        return (self._url,)

    def withdraw(self) -> None:
        self._transfers.files.pop(self._url, None)
        self._transfers.watchers.pop(self._url, None)

    def drop(self) -> None:
        self.withdraw()
        self._is_dropped = True


def _described(content: bytes) -> Fetched:
    beginning = content[: limits.FIRMWARE_BEGINNING_BYTES]
    digests = sha256(content).digest(), md5(content, usedforsecurity=False).digest()
    return Fetched(len(content), *digests, beginning)
