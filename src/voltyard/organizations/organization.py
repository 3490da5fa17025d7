"""Organization: the owner of chargers, deployments and keys."""

from typing import Final

from msgspec import Struct

from voltyard.kernel.time import Instant

DEFAULT_ORGANIZATION_ID: Final = "org_default"


class Organization(Struct, frozen=True, kw_only=True):
    """Owner of chargers, deployments and keys."""

    id: str
    """org_..."""
    name: str
    created_at: Instant
    egress_networks: tuple[str, ...] = ()
    """Networks (CIDR) that an administrator lets it dial though they are not public."""
    quotas: dict[str, int] = {}
    """Its own, by the names of organizations.quotas; the settings have the others."""
