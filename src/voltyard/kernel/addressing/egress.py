"""Egress policy: the addresses that the server dials on an organization's behalf.

The default organization is the operator's own and may dial anything. Whatever another one makes the
server dial (`ws_url`, files, webhooks, hooks) leads to the public Internet, unless an administrator
has allowed more. It is the address that is judged, as it is dialled; a name means nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final, TypeAlias

from voltyard.kernel import limits
from voltyard.kernel.addressing.addresses import Network, networks
from voltyard.kernel.errors import Invalid, Unavailable

Ip: TypeAlias = IPv4Address | IPv6Address

_NOT_PUBLIC: Final = tuple(
    IPv4Network(one)
    for one in (
        "0.0.0.0/8",  # this network (RFC 791)
        "10.0.0.0/8",  # private (RFC 1918)
        "100.64.0.0/10",  # behind carriers' NAT (RFC 6598), metadata of Alibaba Cloud
        "127.0.0.0/8",  # loopback (RFC 1122)
        "168.63.129.16/32",  # the host of machines in Azure
        "169.254.0.0/16",  # link-local (RFC 3927), metadata of most clouds
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # IETF protocols (RFC 6890), metadata of Oracle Cloud
        "192.0.2.0/24",  # documentation (RFC 5737)
        "192.88.99.0/24",  # 6to4 relays (RFC 7526)
        "192.168.0.0/16",  # private
        "198.18.0.0/15",  # benchmarks (RFC 2544)
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast (RFC 5771)
        "240.0.0.0/4",  # reserved, broadcast (RFC 1112)
    )
)
_GLOBAL_V6: Final = IPv6Network("2000::/3")
"""All that is given to networks of the Internet (RFC 4291 2.4). Outside are loopback, link-local,
fec0::/10, unique local, multicast and addresses that stand for IPv4 ones."""
_NOT_PUBLIC_V6: Final = tuple(
    IPv6Network(one)
    for one in (
        "2001::/23",  # IETF protocols (RFC 2928), Teredo among them
        "2001:db8::/32",  # documentation (RFC 3849)
        "2002::/16",  # 6to4 (RFC 3056)
        "3fff::/20",  # documentation (RFC 9637)
    )
)
_NAT64: Final = IPv6Network("64:ff9b::/96")
"""IPv6 addresses that a gateway turns into the IPv4 address at their end (RFC 6052)."""
_ISATAP: Final = (0x0000_5EFE, 0x0200_5EFE)
"""Third quarter of an address that tunnels to the IPv4 address behind it (RFC 5214)."""

_HINT: Final = "an administrator may allow its network (egressNetworks of the organization)"


class EgressRefused(Unavailable):
    """A target that may not be dialled, or that has no address: which of both is not told."""

    code = "egress_refused"

    def __init__(self) -> None:
        super().__init__("the target has no address that this organization may dial")


@dataclass(frozen=True, slots=True)
class Egress:
    """Policy for the targets of one organization."""

    is_bounded: bool = False
    """False: it may dial anything."""
    networks: tuple[str, ...] = ()
    """Networks (CIDR) that it may dial beside the public ones."""
    endpoints: tuple[tuple[str, int], ...] = ()
    """Hosts and ports of the server's own that it may dial: what its chargers are told to."""
    organization_id: str = ""
    """The organization, which has its share of the threads that look names up."""

    def permits(self, host: str, port: int, addresses: Iterable[str]) -> bool:
        """True where a host may be dialled that has these addresses: all of them, for who names a
        public one and a private one means the latter."""
        if not self.is_bounded or (host.lower(), port) in self.endpoints:
            return True
        allowed = _networks(self.networks)
        return all(_is_allowed(ip_address(one), allowed) for one in addresses)

    def check(self, host: str, port: int, **place: str) -> None:
        """Invalid where it can be told without a look-up that the host may not be dialled. `place`
        is the name of what is wrong, as field or param."""
        name = host.lower().rstrip(".")
        address = "127.0.0.1" if name.rpartition(".")[2] == "localhost" else _literal(name)
        if address is not None and not self.permits(host, port, [address]):
            raise Invalid(EgressRefused().message, hint=_HINT, **place)


ANYWHERE: Final = Egress()
PUBLIC: Final = Egress(is_bounded=True)


def is_public(address: Ip) -> bool:
    """True where the address is one of the Internet's: not loopback, private, link-local, multicast
    or reserved, nor an IPv6 one that stands for such an IPv4 one."""
    if isinstance(address, IPv4Address):
        return not any(address in one for one in _NOT_PUBLIC)
    if address.scope_id is not None:
        return False
    if address.ipv4_mapped is not None:
        return is_public(address.ipv4_mapped)
    number = int(address)
    if address in _NAT64:
        return is_public(IPv4Address(number & 0xFFFF_FFFF))
    return (
        address in _GLOBAL_V6
        and not any(address in one for one in _NOT_PUBLIC_V6)
        and number >> 32 & 0xFFFF_FFFF not in _ISATAP
    )


def _is_allowed(address: Ip, allowed: tuple[Network, ...]) -> bool:
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return is_public(address) or any(address in one for one in allowed)


@lru_cache(limits.EGRESS_POLICIES)
def _networks(texts: tuple[str, ...]) -> tuple[Network, ...]:
    return networks(texts, "egress_networks")


def _literal(host: str) -> str | None:
    """The address that a host is, in whatever spelling: 2130706433, 0x7f.1 and 0177.0.0.1 are
    127.0.0.1 to every resolver."""
    try:
        return str(ip_address(host))
    except ValueError:
        pass
    parts = host.split(".")
    try:
        *first, last = [_number(part) for part in parts]
    except ValueError:
        return None
    if len(first) > 3 or max(first, default=0) > 0xFF or last >= 1 << 8 * (4 - len(first)):
        return None
    number = sum(one << 8 * (3 - place) for place, one in enumerate(first)) + last
    return str(IPv4Address(number))


def _number(text: str) -> int:
    """A number as C reads it: hexadecimal after 0x, octal after 0. ValueError where it is none."""
    if not text.isascii() or not text.isalnum():
        raise ValueError(text)
    if text.startswith("0x"):
        return int(text[2:] or "0", 16)
    return int(text, 8 if text.startswith("0") else 10)
