"""Files by FTP and FTPS (explicit TLS, RFC 4217), over the standard library's ftplib in threads.

Chargers transfer by FTP rarely and few at a time, so limits.FTP_THREADS do; a thread that is waited
for no more has its sockets closed under it.
"""

import asyncio
import contextlib
import ftplib
import io
import posixpath
import socket
import ssl
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final
from urllib.parse import SplitResult, unquote

from voltyard.kernel import limits
from voltyard.kernel.addressing.egress import Egress, EgressRefused
from voltyard.kernel.time import Seconds
from voltyard.network.name_resolution import Resolver, Unresolved
from voltyard.network.poster import host_of, reason_of
from voltyard.network.transfers.http_transfers import FileSink
from voltyard.ports.transfers import TransferFailed, TransferFailure

_PORT: Final = 21
_CHUNK_BYTES: Final = 64 * 1024
_KINDS: Final[dict[str, TransferFailure]] = {
    "500": "unsupported",
    "501": "malformed",
    "502": "unsupported",
    "504": "unsupported",
    "530": "denied",
    "532": "denied",
    "550": "denied",
    "553": "malformed",
}
"""By the reply's code (RFC 959); what is not here may work later."""


class FtpTransfers:
    """FTP transfers in passive mode. Each has one control connection; the data come from where that
    leads."""

    def __init__(self, resolver: Resolver, silence_s: Seconds) -> None:
        self._resolver = resolver
        self._silence_s = silence_s
        self._threads = ThreadPoolExecutor(limits.FTP_THREADS, "voltyard-ftp")

    async def fetch(
        self, parts: SplitResult, context: ssl.SSLContext | None, taker: FileSink, egress: Egress
    ) -> None:
        """RETR it."""
        path = _path(parts)

        def retrieve(client: ftplib.FTP) -> None:
            client.retrbinary(f"RETR {path}", taker.add, _CHUNK_BYTES)

        await self._with_client(parts, context, retrieve, egress, fetching=True)

    async def send(
        self,
        parts: SplitResult,
        name: str,
        content: bytes,
        context: ssl.SSLContext | None,
        egress: Egress,
    ) -> None:
        """STOR it, under its name where the path is a directory's."""
        path = _path(parts)

        def store(client: ftplib.FTP) -> None:
            target = posixpath.join(path, name) if _is_directory(client, path) else path
            client.storbinary(f"STOR {target}", io.BytesIO(content), _CHUNK_BYTES)

        await self._with_client(parts, context, store, egress, fetching=False)

    def close(self) -> None:
        """Begin nothing more."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _with_client(
        self,
        parts: SplitResult,
        context: ssl.SSLContext | None,
        work: Callable[[ftplib.FTP], None],
        egress: Egress,
        *,
        fetching: bool,
    ) -> None:
        host = host_of(parts)
        port = parts.port or _PORT
        try:
            addresses = await self._resolver.addresses(host, port, egress)
        except (EgressRefused, Unresolved) as error:
            raise TransferFailed(error.message) from error
        client = _client(context, self._silence_s)

        def run() -> None:
            _log_in(client, host, addresses, port, parts, self._silence_s)
            work(client)
            with contextlib.suppress(*ftplib.all_errors):
                client.quit()

        try:
            await asyncio.get_running_loop().run_in_executor(self._threads, run)
        except ftplib.all_errors as error:
            raise _failed(error, fetching=fetching) from error
        finally:
            client.cut()


class _Cut:
    """An ftplib client whose sockets can be closed by another thread: it gives up then."""

    sock: socket.socket | None
    _data: socket.socket | None = None
    _gone = False

    def ntransfercmd(self, cmd: str, rest: Any = None) -> tuple[socket.socket, int | None]:
        """Begin a transfer as ftplib does; the data connection is remembered."""
        opened, size = super().ntransfercmd(cmd, rest)  # type: ignore[misc]
        self._data = opened
        if self._gone:
            opened.close()
        return opened, size

    def cut(self) -> None:
        """Close what is open, and let nothing more be opened."""
        self._gone = True
        for one in (self._data, self.sock):
            if one is None:
                continue
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)  # wakes the thread that reads there
            with contextlib.suppress(OSError):
                one.close()


class _Plain(_Cut, ftplib.FTP):
    """FTP."""


class _Secure(_Cut, ftplib.FTP_TLS):
    """FTPS."""


def _client(context: ssl.SSLContext | None, silence_s: Seconds) -> _Plain | _Secure:
    if context is None:
        return _Plain(timeout=silence_s)
    return _Secure(context=context, timeout=silence_s)


def _log_in(
    client: _Plain | _Secure,
    host: str,
    addresses: list[str],
    port: int,
    parts: SplitResult,
    silence_s: Seconds,
) -> None:
    failure: OSError = ConnectionError("no address")
    for address in addresses:
        try:
            client.connect(address, port, silence_s)
            break
        except OSError as error:
            failure = error
    else:
        raise failure
    client.host = host  # which a certificate is made out to
    client.login(unquote(parts.username or ""), unquote(parts.password or ""))
    if isinstance(client, ftplib.FTP_TLS):
        client.prot_p()


def _path(parts: SplitResult) -> str:
    """The path below the directory that the login leads to (RFC 1738 section 3.2.2)."""
    path = unquote(parts.path).removeprefix("/")
    if any(letter in path for letter in "\r\n\0"):
        raise TransferFailed("the URL is malformed", "malformed")
    return path


def _is_directory(client: ftplib.FTP, path: str) -> bool:
    if not path or path.endswith("/"):
        return True
    try:
        home = client.pwd()
        client.cwd(path)
    except ftplib.error_perm:
        return False
    client.cwd(home)
    return True


def _failed(error: Exception, *, fetching: bool) -> TransferFailed:
    if isinstance(error, ftplib.Error):
        code = str(error)[:3]
        kind = _KINDS.get(code, "failed")
        if fetching and code == "550":
            kind = "failed"  # it is not there, and may be later
        return TransferFailed(f"the peer answered {str(error)[:200]}", kind)
    if isinstance(error, TimeoutError):
        return TransferFailed("the other end says nothing")
    if isinstance(error, EOFError):
        return TransferFailed("the connection broke off")
    return TransferFailed(reason_of(error))
