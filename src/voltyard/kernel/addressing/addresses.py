"""IP addresses and networks of them, as settings and peers write them."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TypeAlias

from voltyard.kernel.errors import Invalid

Network: TypeAlias = IPv4Network | IPv6Network


def networks(texts: Iterable[str], param: str) -> tuple[Network, ...]:
    """Invalid where one is neither an address nor a network."""
    try:
        return tuple(ip_network(text, strict=False) for text in texts)
    except ValueError as error:
        message = f"{param} has what is neither an address nor a network: {error}"
        raise Invalid(message, param=param, hint="192.0.2.7, or 192.0.2.0/24") from error


def is_in(address: str, networks: Sequence[Network]) -> bool:
    """True where an address is of one of the networks; IPv4 within IPv6 counts as IPv4."""
    found = _address(address)
    return found is not None and any(found in network for network in networks)


def is_loopback(address: str) -> bool:
    """True where an address is of this machine alone."""
    found = _address(address)
    return found is not None and found.is_loopback


def without_port(remote: str) -> str:
    """The address in `host:port` or `[host]:port`."""
    return remote.rpartition(":")[0].strip("[]")


@lru_cache(4_096)
def household(address: str) -> str:
    """The address under which somebody is counted: of IPv6 the network of 64 bits, for whoever has
    one of its addresses has them all."""
    found = _address(address)
    if not isinstance(found, IPv6Address):
        return address if found is None else str(found)
    return str(IPv6Network((int(found) >> 64 << 64, 64)))


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        found = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped or found
