"""Name resolution, under the policy of who dials (`kernel.addressing.egress`).

A name may mean a public address when it is looked up and a private one a moment later. So the
addresses that were checked are the ones that are connected to; the name serves for TLS and Host.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable
from ipaddress import ip_address
from typing import Any, TypeVar

from voltyard.kernel import limits
from voltyard.kernel.addressing.egress import Egress, EgressRefused
from voltyard.kernel.errors import Unavailable
from voltyard.network.shared_threads import SharedThreads

Connected = TypeVar("Connected")


class Unresolved(Unavailable):
    """A name without an address."""

    code = "unresolved"


class Resolver:
    """Resolver of names in threads of its own. The loop's serve others, and a name may take long:
    as long as its owner likes, so that tenants' have other threads than the operator's, and each of
    them a share."""

    def __init__(self) -> None:
        most, each = limits.RESOLVER_THREADS, limits.RESOLVER_THREADS_EACH
        self._tenants = SharedThreads(most, each, "voltyard-tenants-names")
        self._operators = SharedThreads(most, most, "voltyard-names")

    async def addresses(self, host: str, port: int, egress: Egress) -> list[str]:
        """The addresses to connect to. EgressRefused where they are not permitted; Unresolved where
        there is none and that may be told: names of a private network are its own affair."""
        threads = self._tenants if egress.is_bounded else self._operators
        try:
            found = [str(ip_address(host))]
        except ValueError:
            try:
                found = await threads.run(egress.organization_id, _look_up, host, port)
            except (OSError, UnicodeError) as error:  # or it can be no name at all
                if egress.is_bounded:
                    raise EgressRefused from None
                raise Unresolved(f"the name {host} cannot be resolved") from error
        if not egress.permits(host, port, found):
            raise EgressRefused
        return found

    def close(self) -> None:
        """Look nothing up any more."""
        for threads in (self._tenants, self._operators):
            threads.close()


def checking_backend(resolver: Resolver, egress: Egress) -> Any:
    """A network backend of httpcore that connects to what was checked, and to nothing else."""
    import httpcore

    class Checking(httpcore.AsyncNetworkBackend):
        def __init__(self) -> None:
            self._sockets = httpcore.AnyIOBackend()

        async def connect_tcp(
            self,
            host: str,
            port: int,
            timeout: float | None = None,  # noqa: ASYNC109  it is the library's
            local_address: str | None = None,
            socket_options: Iterable[Any] | None = None,
        ) -> httpcore.AsyncNetworkStream:
            failure: Exception = Unresolved(f"the name {host} has no address")
            for address in await resolver.addresses(host, port, egress):
                try:
                    return await self._sockets.connect_tcp(
                        address, port, timeout, local_address, socket_options
                    )
                except httpcore.ConnectError as error:
                    failure = error
            raise failure

        async def sleep(self, seconds: float) -> None:
            await asyncio.sleep(seconds)

    return Checking()


async def first_connected(
    addresses: Iterable[str], connect: Callable[[str], Awaitable[Connected]]
) -> Connected:
    """The connection to the first of these addresses that takes one; else the last's error."""
    failure: OSError = ConnectionError("no address")
    for address in addresses:
        try:
            return await connect(address)
        except OSError as error:
            failure = error
    raise failure


def _look_up(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(one[4][0]) for one in found))
