"""Name resolution, and the addresses that may be connected to.

A name may mean a public address when it is looked up and a private one a moment later. So the
addresses that were checked are the ones that are connected to; the name serves for TLS and Host.
"""

import asyncio
import socket
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Any, Final, TypeAlias

from voltyard.kernel import limits
from voltyard.kernel.errors import Unavailable

Ip: TypeAlias = IPv4Address | IPv6Address

_TRANSLATED: Final = IPv6Network("64:ff9b::/96")
"""IPv6 addresses that a gateway turns into the IPv4 address at their end (RFC 6052)."""


class Unresolved(Unavailable):
    """A name without an address."""

    code = "unresolved"


class PrivateAddress(Unavailable):
    """A private address where only public ones are allowed."""

    code = "private_address"

    def __init__(self) -> None:
        super().__init__("the target is not a public address")


class Resolver:
    """Resolver of names in threads of its own. The loop's serve others, and a name may take
    long."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(limits.RESOLVER_THREADS, "voltyard-resolver")

    async def addresses(self, host: str, port: int, *, private: bool) -> list[str]:
        """The addresses to connect to. Unresolved where there is none; PrivateAddress where one of
        them is private and that is not allowed: who names both means the other."""
        loop = asyncio.get_running_loop()
        try:
            found = [str(ip_address(host))]
        except ValueError:
            try:
                found = await loop.run_in_executor(self._threads, _look_up, host, port)
            except (OSError, UnicodeError) as error:  # or it can be no name at all
                raise Unresolved(f"the name {host} cannot be resolved") from error
        if not private and not all(is_public(ip_address(one)) for one in found):
            raise PrivateAddress
        return found

    def close(self) -> None:
        """Look nothing up any more."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def checking_backend(resolver: Resolver, private_allowed: Callable[[], bool]) -> Any:
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
            for address in await resolver.addresses(host, port, private=private_allowed()):
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


def is_public(address: Ip) -> bool:
    """True where the address is one of the Internet's: not loopback, private, link-local, multicast
    or reserved, nor an IPv6 one that stands for such an IPv4 one."""
    if isinstance(address, IPv6Address):
        within = _within(address)
        if within is not None:
            return is_public(within)
    return (
        address.is_global
        and not address.is_multicast
        and not address.is_reserved
        and not address.is_unspecified
    )


def _within(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that it stands for."""
    if address in _TRANSLATED:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    tunnelled = address.teredo
    return address.ipv4_mapped or address.sixtofour or (tunnelled[1] if tunnelled else None)


def _look_up(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(one[4][0]) for one in found))
