"""Targets of load: this machine, and hosts that whoever starts the run owns."""

import socket
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address

from voltyard.kernel.addressing.egress import Egress
from voltyard.kernel.errors import Invalid
from voltyard.network.links.address import read_url
from voltyard.ports.links import DialFailed


@dataclass(frozen=True, slots=True)
class OwnHosts(Egress):
    """Policy of a load run: loopback addresses, and one host that is the user's own.

    It is asked at each dial, so that neither a name that changes its meaning nor a CSMS that tells
    its chargers of another one (SetNetworkProfile) can turn the load on somebody else.
    """

    host: str = ""

    def permits(self, host: str, port: int, addresses: Iterable[str]) -> bool:
        """True where all addresses are this machine's own, or the host is the one named."""
        if self.host and _plain(host) == self.host:
            return True
        return all(is_own_address(one) for one in addresses)


def is_own_address(address: str) -> bool:
    """True where the address is a loopback one."""
    found = ip_address(address)
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    return found.is_loopback


def allow(url: str, i_own: str | None) -> OwnHosts:
    """The policy for a CSMS. Invalid where it is on another machine and its host was not named."""
    try:
        address = read_url(url)
    except DialFailed as error:
        raise Invalid(f"--url: {error.message}", hint="such as ws://127.0.0.1:9000/ocpp") from None
    host = _plain(address.host)
    if i_own is not None:
        if _plain(i_own) != host:
            raise Invalid(f"--i-own names {i_own}, and the URL {address.host}")
        return OwnHosts(is_bounded=True, host=host)
    try:
        found = {str(info[4][0]) for info in socket.getaddrinfo(address.host, address.port)}
    except OSError as error:
        raise Invalid(f"{address.host} cannot be resolved: {error.strerror}") from None
    others = sorted(one for one in found if not is_own_address(one.partition("%")[0]))
    if others:
        raise Invalid(
            f"{address.host} is not this machine ({others[0]}), and load is only for systems of "
            "your own",
            hint=f"say --i-own {address.host} where it is yours",
        )
    return OwnHosts(is_bounded=True)


def _plain(host: str) -> str:
    return host.lower().rstrip(".").strip("[]")
