"""Transfers of simulated chargers' files, by HTTP and FTP.

Chargers in the field fetch from private networks, so here they may too, where the policy of who
owns them permits it (`kernel.addressing.egress`).
"""

import asyncio
import ssl
from collections.abc import Coroutine
from typing import Any, Final
from urllib.parse import SplitResult, quote, urlsplit, urlunsplit

from voltyard.kernel import limits
from voltyard.kernel.addressing.egress import ANYWHERE, Egress
from voltyard.kernel.time import Seconds
from voltyard.kernel.tls import SYSTEM_TRUST, Tls
from voltyard.network.name_resolution import Resolver
from voltyard.network.tls import ClientContexts
from voltyard.network.transfers.ftp_transfers import FtpTransfers
from voltyard.network.transfers.hashed_file import HashedFile
from voltyard.network.transfers.http_transfers import FileSink, HttpTransfers
from voltyard.network.transfers.kept_files import KeptFiles, StoredFile
from voltyard.ports.links import DialFailed
from voltyard.ports.transfers import Fetched, TransferFailed

_HTTP: Final = ("http", "https")
_FTP: Final = ("ftp", "ftps")


class NetworkTransfers:
    """Transfers over the network. At most limits.TRANSFERS_AT_ONCE run at a time; further calls
    wait for their turn."""

    def __init__(
        self,
        *,
        silence_s: Seconds = limits.TRANSFER_SILENCE_S,
        longest_s: Seconds = limits.TRANSFER_S,
        publish_host: str = "127.0.0.1",
    ) -> None:
        """`publish_host` is the address at which published files are served, and the host in their
        URLs; where that is all addresses, this machine's name is."""
        self._longest_s = longest_s
        self._contexts = ClientContexts()
        self._turns = asyncio.Semaphore(limits.TRANSFERS_AT_ONCE)
        self._resolver = Resolver()
        self._http = HttpTransfers(self._resolver, silence_s)
        self._ftp = FtpTransfers(self._resolver, silence_s)
        self._kept = KeptFiles(publish_host)
        self._under_way: set[asyncio.Task[None]] = set()

    async def fetch(self, url: str, tls: Tls = SYSTEM_TRUST, egress: Egress = ANYWHERE) -> Fetched:
        image = HashedFile()
        await self._fetch(_parts(url), image, tls, egress)
        return image.fetched()

    async def keep(
        self, url: str, tls: Tls = SYSTEM_TRUST, egress: Egress = ANYWHERE
    ) -> StoredFile:
        parts = _parts(url)
        file = self._kept.begin()
        try:
            await self._fetch(parts, file, tls, egress)
            return file.finish()
        except BaseException:
            file.discard()
            raise

    async def _fetch(self, parts: SplitResult, sink: FileSink, tls: Tls, egress: Egress) -> None:
        async with self._turns:
            transfers = self._http if parts.scheme in _HTTP else self._ftp
            context = await self._context(parts, tls)
            await self._in_time(transfers.fetch(parts, context, sink, egress))

    async def send(
        self,
        url: str,
        name: str,
        content: bytes,
        tls: Tls = SYSTEM_TRUST,
        egress: Egress = ANYWHERE,
    ) -> None:
        parts = _parts(url)
        async with self._turns:
            context = await self._context(parts, tls)
            if parts.scheme in _HTTP:
                sending = self._http.send(_named(parts, name), name, content, context, egress)
            else:
                sending = self._ftp.send(parts, name, content, context, egress)
            await self._in_time(sending)

    async def close(self) -> None:
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)
        self._ftp.close()
        self._resolver.close()
        await self._kept.close()

    async def _in_time(self, transfer: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(transfer)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        try:
            async with asyncio.timeout(self._longest_s):
                await task
        except TimeoutError as error:
            raise TransferFailed(f"it took longer than {self._longest_s:g} s") from error

    async def _context(self, parts: SplitResult, tls: Tls) -> ssl.SSLContext | None:
        if parts.scheme not in ("https", "ftps"):
            return None
        try:
            return await self._contexts.of(tls)
        except DialFailed as error:
            raise TransferFailed(error.message) from error


def _parts(url: str) -> SplitResult:
    """TransferFailed where nothing can be done with it."""
    try:
        parts = urlsplit(url)
        whole = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        raise TransferFailed("the URL is malformed", "malformed") from None
    if not parts.scheme or (parts.scheme in _HTTP + _FTP and not whole):
        raise TransferFailed("the URL is malformed", "malformed")
    if parts.scheme not in _HTTP + _FTP:
        raise TransferFailed(f"{parts.scheme} is not spoken here", "unsupported")
    return parts


def _named(parts: SplitResult, name: str) -> SplitResult:
    """A directory's URL with the file's name in it, as any upload tool has it."""
    if not parts.path.endswith("/"):
        return parts
    return urlsplit(urlunsplit(parts._replace(path=parts.path + quote(name, safe=""))))
