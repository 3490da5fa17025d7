"""Trusted proxies: their word on a client's address is taken."""

from collections.abc import Iterable

from voltyard.kernel.addressing import addresses


class TrustedProxies:
    """Addresses and networks of proxies before this server."""

    def __init__(self, networks: Iterable[str] = ()) -> None:
        """Invalid where one is neither."""
        self._networks = addresses.networks(networks, "trusted_proxies")

    def __contains__(self, address: str) -> bool:
        return bool(self._networks) and addresses.is_in(address, self._networks)

    def client(self, peer: str, forwarded_for: Iterable[str]) -> str:
        """The address of the client behind a peer: the last one in X-Forwarded-For that is none of
        the proxies. What stands before it the client may have written itself."""
        if peer not in self:
            return peer
        named = [part.strip() for line in forwarded_for for part in line.split(",")]
        for address in map(_bare, reversed([name for name in named if name])):
            peer = address
            if address not in self:
                break
        return peer


def _bare(name: str) -> str:
    """An address without the port that some proxies write behind it: [2001:db8::1]:4711."""
    return (
        addresses.without_port(name) if name.count(":") == 1 or "]:" in name else name.strip("[]")
    )
