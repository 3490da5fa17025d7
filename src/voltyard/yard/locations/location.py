"""Location: a site with chargers. A command may target all of it."""

import re
import unicodedata
from functools import cache
from zoneinfo import available_timezones

from msgspec import Struct

from voltyard.kernel.errors import Invalid
from voltyard.kernel.time import Instant

ACTIVE = "active"


class Coordinates(Struct, frozen=True):
    """Latitude and longitude in degrees, WGS 84."""

    latitude: float
    longitude: float


class Location(Struct, frozen=True, kw_only=True):
    """One location. `slug` is unique within the organization."""

    id: str
    """A UUID."""
    organization_id: str
    slug: str
    name: str
    address: str
    city: str
    country: str
    coordinates: Coordinates
    created_at: Instant
    updated_at: Instant
    timezone: str | None = None
    owner_name: str | None = None
    public: bool = False
    status: str = ACTIVE
    max_power_w: float | None = None
    """The power that its chargers may take together; None: no limit."""


def slug_of(name: str, suffix: str) -> str:
    """A location's name in an address: `Dépôt Nord` becomes `depot-nord-3f9a`."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or "location"
    return f"{words[:64].rstrip('-')}-{suffix}"


def check_timezone(name: str | None) -> None:
    """Invalid where it is no IANA zone, as far as this machine knows them."""
    if name is None:
        return
    known = _known_timezones()
    if known and name not in known:
        raise Invalid(
            f"{name!r} is not an IANA time zone", hint="e.g. Europe/Paris", param="timezone"
        )


@cache
def _known_timezones() -> frozenset[str]:
    """Looked up once: it is a walk over a folder of the disk, tens of milliseconds long."""
    return frozenset(available_timezones())
