"""HTTP poster over httpcore. It follows no redirect, reads little, and connects to no address that
was not checked.

What may be connected to is `kernel.addressing.egress`'s to say.
"""

import asyncio
import ssl
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import SplitResult, quote, urlsplit

from voltyard.kernel import limits
from voltyard.kernel.addressing.egress import Egress, EgressRefused
from voltyard.kernel.errors import Invalid
from voltyard.kernel.time import Seconds
from voltyard.loop.start_limit import StartLimit
from voltyard.network.name_resolution import Resolver, Unresolved, checking_backend
from voltyard.ports.http import PostFailed, PostResponse

if TYPE_CHECKING:
    import httpcore

_POOL_CONNECTIONS: Final = 8
_URL_CHARACTERS: Final = "!$%&'()*+,-./:;=?@[]_~"


class HttpPoster:
    """Poster over at most `connections` connections at a time."""

    def __init__(
        self,
        egress_of: Callable[[str], Egress],
        connections: int,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        """`egress_of` is the policy of an organization, asked for with each post. `trust` stands in
        for the system's roots."""
        self._egress_of = egress_of
        self._connections = connections
        self._trust = trust
        self._room = asyncio.Semaphore(connections)
        self._turns = StartLimit(limits.POSTS_A_TURN)
        # What was connected to under one policy must not be used under another.
        self._pools: OrderedDict[Egress, list[_Pool]] = OrderedDict()
        self._resolver = Resolver()

    def check(self, organization_id: str, url: str) -> None:
        parts = _parts(url)
        self._egress_of(organization_id).check(host_of(parts), port_of(parts))

    async def post(
        self,
        organization_id: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes,
        timeout_s: Seconds,
    ) -> PostResponse:
        parts = _parts(url)
        begun: list[int] = []
        try:
            async with asyncio.timeout(timeout_s), self._room:
                await self._turns.wait_turn()
                pool = _with_room(await self._opened(self._egress_of(organization_id)), parts)
                pool.busy += 1
                try:
                    return await self._exchange(pool.connections, parts, headers, body, begun)
                finally:
                    pool.busy -= 1
        except TimeoutError as error:
            if begun:
                return PostResponse(begun[0], b"", is_whole=False)
            raise PostFailed(f"no answer within {timeout_s:g} s") from error

    async def close(self) -> None:
        for pools in self._pools.values():
            for pool in pools:
                await pool.connections.aclose()
        self._pools.clear()
        self._resolver.close()

    async def _exchange(
        self,
        pool: "httpcore.AsyncConnectionPool",
        parts: SplitResult,
        headers: Mapping[str, str],
        body: bytes,
        begun: list[int],
    ) -> PostResponse:
        """`begun` is given the status as soon as it is there."""
        import httpcore

        url = httpcore.URL(
            scheme=parts.scheme, host=host_of(parts), port=parts.port, target=target_of(parts)
        )
        try:
            async with pool.stream(
                "POST", url, headers=list(headers.items()), content=body
            ) as response:
                begun.append(response.status)
                return PostResponse(response.status, *await _beginning(response.aiter_stream()))
        except (EgressRefused, Unresolved) as error:
            raise PostFailed(error.message) from error
        except (OSError, httpcore.NetworkError, httpcore.ProtocolError) as error:
            if begun:
                return PostResponse(begun[0], b"", is_whole=False)
            raise PostFailed(reason_of(error)) from error

    async def _opened(self, egress: Egress) -> "list[_Pool]":
        if egress not in self._pools:
            # Both take tens of milliseconds, and most servers post nothing.
            await asyncio.to_thread(import_module, "httpcore")
            if self._trust is None:
                self._trust = await asyncio.to_thread(ssl.create_default_context)
            await self._make_room()
        if egress not in self._pools:
            import httpcore

            backend = checking_backend(self._resolver, egress)
            self._pools[egress] = [
                _Pool(
                    size,
                    httpcore.AsyncConnectionPool(
                        self._trust,
                        max_connections=size,
                        keepalive_expiry=limits.POST_KEEPALIVE_S,
                        network_backend=backend,
                    ),
                )
                for size in _sizes(self._connections)
            ]
        self._pools.move_to_end(egress)
        return self._pools[egress]

    async def _make_room(self) -> None:
        """Close the connections of policies, the longest unused ones first, while one more were too
        many. Those that are in use stay, of as many policies as there are connections at most."""
        too_many = 1 + len(self._pools) - limits.EGRESS_POLICIES
        unused = [one for one, pools in self._pools.items() if not any(p.busy for p in pools)]
        for surplus in unused[: max(0, too_many)]:
            for pool in self._pools.pop(surplus, ()):
                await pool.connections.aclose()


class _Pool:
    """A few connections. A pool looks at each of its own with every request, so that one of all of
    them would take longer for that than for the request, and chargers would wait."""

    __slots__ = ("busy", "connections", "size")

    def __init__(self, size: int, connections: "httpcore.AsyncConnectionPool") -> None:
        self.size = size
        self.connections = connections
        self.busy = 0


def _sizes(connections: int) -> list[int]:
    """Of pools that have so many in all."""
    whole, rest = divmod(connections, _POOL_CONNECTIONS)
    return [_POOL_CONNECTIONS] * whole + [rest] * (rest > 0)


def _with_room(pools: "Sequence[_Pool]", parts: SplitResult) -> "_Pool":
    """The target's own, which may be connected to it already, or the next that has room."""
    first = hash(parts.netloc) % len(pools)
    return next(pool for pool in (*pools[first:], *pools[:first]) if pool.busy < pool.size)


async def _beginning(chunks: Any) -> tuple[bytes, bool]:
    """The first limits.POST_ANSWER_BYTES, and whether that is all."""
    found = b""
    async for chunk in chunks:
        found += chunk
        if len(found) > limits.POST_ANSWER_BYTES:
            return found[: limits.POST_ANSWER_BYTES], False
    return found, True


def _parts(url: str) -> SplitResult:
    """Invalid where it is no http or https URL, or holds a password."""
    try:
        parts = urlsplit(url)
        well_formed = (
            parts.scheme in ("http", "https") and bool(host_of(parts)) and port_of(parts) > 0
        )
    except ValueError:
        well_formed = False
    if not well_formed:
        raise Invalid("a target is a URL of the form http://host or https://host", url=url)
    if parts.username is not None or parts.password is not None:
        raise Invalid("a target's URL holds no user or password", hint="it is shown in lists")
    return parts


def host_of(parts: SplitResult) -> str:
    """The host as it is looked up."""
    host = parts.hostname or ""
    return host if host.isascii() else host.encode("idna").decode()


def port_of(parts: SplitResult) -> int:
    """The port, said or not."""
    return parts.port or {"http": 80, "https": 443}[parts.scheme]


def target_of(parts: SplitResult) -> str:
    """Path and query, percent-encoded."""
    path = quote(parts.path, safe=_URL_CHARACTERS) or "/"
    return f"{path}?{quote(parts.query, safe=_URL_CHARACTERS)}" if parts.query else path


def reason_of(error: Exception) -> str:
    """The reason of a failure, without addresses of ours."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"the certificate cannot be trusted: {cause.verify_message}"
        if isinstance(cause, ConnectionRefusedError):
            return "the connection was refused"
        cause = cause.__cause__ or cause.__context__
    said = str(error) or type(error).__name__
    return f"the connection failed: {said}"
