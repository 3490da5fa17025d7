"""Egress policies of organizations, from their own rows and the server's settings."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from urllib.parse import urlsplit

from voltyard.kernel.addressing.egress import ANYWHERE, Egress
from voltyard.kernel.errors import NotFound
from voltyard.organizations.organization import DEFAULT_ORGANIZATION_ID, Organization

_PORTS = {"ws": 80, "wss": 443, "http": 80, "https": 443}


class EgressPolicies:
    """Policies by organization, as they are now. The default one is the operator's own."""

    def __init__(
        self, organization: Callable[[str], Organization], networks: Sequence[str]
    ) -> None:
        """`organization` finds one, or raises NotFound; `networks` may be dialled by all."""
        self._organization = organization
        self._networks = tuple(networks)
        self._endpoints: tuple[tuple[str, int], ...] = ()

    def open(self, *urls: str) -> None:
        """Let simulated chargers dial the server's own endpoints, at the URLs that chargers are
        told."""
        self._endpoints = tuple(sorted({one for url in urls if url for one in _endpoints(url)}))

    def of(self, organization_id: str) -> Egress:
        """The policy for what is posted to receivers of its own."""
        if organization_id == DEFAULT_ORGANIZATION_ID:
            return ANYWHERE
        try:
            own = self._organization(organization_id).egress_networks
        except NotFound:
            own = ()  # it was deleted meanwhile
        networks = (*self._networks, *own)
        return Egress(is_bounded=True, networks=networks, organization_id=organization_id)

    def of_chargers(self, organization_id: str) -> Egress:
        """The policy for what its simulated chargers dial."""
        egress = self.of(organization_id)
        if not egress.is_bounded:
            return egress
        return replace(egress, endpoints=self._endpoints)


def _endpoints(url: str) -> list[tuple[str, int]]:
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
    is_loopback = host in ("127.0.0.1", "::1", "localhost")
    return [(one, port) for one in ({host, "localhost"} if is_loopback else {host})]
