"""Files by HTTP and HTTPS, over httpcore: one connection a transfer, nothing kept of it."""

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, Protocol
from urllib.parse import SplitResult, quote, unquote, urljoin, urlsplit

from voltyard.kernel import limits
from voltyard.kernel.addressing.egress import Egress, EgressRefused
from voltyard.kernel.time import Seconds
from voltyard.network.name_resolution import Resolver, Unresolved, checking_backend
from voltyard.network.poster import host_of, reason_of, target_of
from voltyard.ports.transfers import TransferFailed, TransferFailure

if TYPE_CHECKING:
    import ssl

    import httpcore

_MOVED: Final = (301, 302, 303, 307, 308)
_NO_PUT: Final = (405, 501)
_KINDS: Final[dict[int, TransferFailure]] = {
    400: "malformed",
    401: "denied",
    403: "denied",
    407: "denied",
    411: "malformed",
    415: "malformed",
}
"""Kinds of failures; one that is not here may work later."""
_CHUNK_BYTES: Final = 64 * 1024


class FileSink(Protocol):
    """Sink for a file as it comes."""

    def add(self, chunk: bytes) -> None:
        """The next bytes."""


class HttpTransfers:
    """HTTP transfers. Each has a connection of its own: they are rare, and their peers many."""

    def __init__(self, resolver: Resolver, silence_s: Seconds) -> None:
        self._resolver = resolver
        self._timeout = {
            "connect": silence_s,
            "read": silence_s,
            "write": silence_s,
            "pool": silence_s,
        }

    async def fetch(
        self,
        parts: SplitResult,
        context: "ssl.SSLContext | None",
        taker: FileSink,
        egress: Egress,
    ) -> None:
        """GET it, wherever it has moved to."""
        for _ in range(1 + limits.TRANSFER_REDIRECTS):
            moved = await self._get(parts, context, taker, egress)
            if moved is None:
                return
            parts = moved
        raise TransferFailed(f"more than {limits.TRANSFER_REDIRECTS} redirects")

    async def send(
        self,
        parts: SplitResult,
        name: str,
        content: bytes,
        context: "ssl.SSLContext | None",
        egress: Egress,
    ) -> None:
        """PUT it, or POST it where the peer does not know PUT there."""
        status = await self._put("PUT", parts, name, content, context, egress)
        if status in _NO_PUT:
            status = await self._put("POST", parts, name, content, context, egress)
        if not 200 <= status < 300:
            raise _refused(status)

    async def _get(
        self,
        parts: SplitResult,
        context: "ssl.SSLContext | None",
        taker: FileSink,
        egress: Egress,
    ) -> SplitResult | None:
        """Fetch; the place it has moved to, None where it came."""
        pool = await self._pool(context, egress)
        try:
            async with pool.stream(
                "GET", _url(parts), headers=_headers(parts), extensions={"timeout": self._timeout}
            ) as response:
                if response.status in _MOVED:
                    return _moved(parts, _header(response, b"location"))
                if response.status != 200:
                    raise _refused(response.status)
                async for chunk in response.aiter_stream():
                    taker.add(chunk)
        except _failures() as error:
            raise TransferFailed(_why(error)) from error
        finally:
            await pool.aclose()
        return None

    async def _put(
        self,
        method: str,
        parts: SplitResult,
        name: str,
        content: bytes,
        context: "ssl.SSLContext | None",
        egress: Egress,
    ) -> int:
        headers = [
            *_headers(parts),
            ("Content-Type", "application/octet-stream"),
            ("Content-Length", str(len(content))),
            ("Content-Disposition", f'attachment; filename="{quote(name, safe=" ")}"'),
        ]
        pool = await self._pool(context, egress)
        try:
            async with pool.stream(
                method,
                _url(parts),
                headers=headers,
                content=_chunks(content),
                extensions={"timeout": self._timeout},
            ) as response:
                return int(response.status)
        except _failures() as error:
            raise TransferFailed(_why(error)) from error
        finally:
            await pool.aclose()

    async def _pool(
        self, context: "ssl.SSLContext | None", egress: Egress
    ) -> "httpcore.AsyncConnectionPool":
        await asyncio.to_thread(import_module, "httpcore")  # which takes a while, once
        import httpcore

        return httpcore.AsyncConnectionPool(
            context,
            max_connections=1,
            max_keepalive_connections=0,
            network_backend=checking_backend(self._resolver, egress),
        )


def _failures() -> tuple[type[Exception], ...]:
    import httpcore

    return (
        OSError,
        EgressRefused,
        Unresolved,
        httpcore.NetworkError,
        httpcore.ProtocolError,
        httpcore.TimeoutException,
    )


def _why(error: Exception) -> str:
    import httpcore

    if isinstance(error, EgressRefused | Unresolved):
        return error.message
    if isinstance(error, httpcore.TimeoutException):
        return "the other end says nothing"
    return reason_of(error)


def _url(parts: SplitResult) -> "httpcore.URL":
    import httpcore

    return httpcore.URL(
        scheme=parts.scheme, host=host_of(parts), port=parts.port, target=target_of(parts)
    )


def _headers(parts: SplitResult) -> list[tuple[str, str]]:
    """With the user and the password that the URL holds, if it does."""
    host = f"[{host_of(parts)}]" if ":" in host_of(parts) else host_of(parts)
    headers = [("Host", host if parts.port is None else f"{host}:{parts.port}")]
    if parts.username is not None:
        known = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        headers.append(("Authorization", "Basic " + b64encode(known.encode()).decode()))
    return headers


def _header(response: Any, name: bytes) -> str:
    for key, value in response.headers:
        if key.lower() == name:
            return str(value, "latin-1")
    return ""


def _moved(parts: SplitResult, location: str) -> SplitResult:
    """By http from http, by https from both: what was fetched safely goes on so."""
    try:
        moved = urlsplit(urljoin(parts.geturl(), location))
        usable = location and moved.hostname and (moved.port is None or moved.port > 0)
    except ValueError:
        usable = ""
    if not usable or (moved.scheme != "https" and moved.scheme != parts.scheme):
        raise TransferFailed("it has moved to where it cannot be fetched")
    return moved


def _refused(status: int) -> TransferFailed:
    return TransferFailed(f"the peer answered {status}", _KINDS.get(status, "failed"))


async def _chunks(content: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(content), _CHUNK_BYTES):
        yield content[start : start + _CHUNK_BYTES]
