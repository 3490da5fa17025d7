"""Quotas of organizations: their own, else the settings'; what is left, in headers of answers."""

import math
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Final

from voltyard.kernel.errors import Conflict, NotFound, VoltyardError
from voltyard.kernel.quotas import Quota
from voltyard.kernel.time import MINUTE_S, Instant
from voltyard.organizations.organization import Organization
from voltyard.ports.clock import Clock

POLICY: Final = b"ratelimit-policy"
LEFT: Final = b"ratelimit"

CHARGERS, DEPLOYMENTS, FRAMES = "chargers", "deployments", "frames_per_second"
STORED_MB, WEBHOOKS, STREAMS = "stored_mb", "webhooks", "streams"

_MB_BYTES: Final = 1_000_000

ON_THE_WIRE: Final[Mapping[str, tuple[str, str]]] = {
    CHARGERS: ("chargers", ""),
    DEPLOYMENTS: ("deployments", ""),
    FRAMES: ("frames", ";w=1"),
    STORED_MB: ("stored-mb", ""),
    WEBHOOKS: ("webhooks", ""),
    STREAMS: ("streams", ""),
}
"""Name and window of each, as draft-ietf-httpapi-ratelimit-headers has them."""


class OrganizationQuotas:
    """Every quota, by its name and by organization."""

    def __init__(
        self,
        organization: Callable[[str], Organization],
        settings: Mapping[str, int | None],
        clock: Clock,
        told: Callable[[str, str, int], None],
    ) -> None:
        """`settings` are the quotas of organizations that have none of their own; `told` hears,
        once a minute, that an organization has reached one."""
        self._organization = organization
        self._settings = settings
        self._clock = clock
        self._told = told
        self._told_at: dict[tuple[str, str], Instant] = {}
        self._used: dict[str, Callable[[str], float]] = {}

    def most(self, name: str, organization_id: str) -> int | None:
        """The bound; None: there is none."""
        try:
            own = self._organization(organization_id).quotas.get(name)
        except NotFound:
            own = None  # it was deleted meanwhile
        return self._settings[name] if own is None else own

    def bytes_of(self, organization_id: str) -> int | None:
        """The bound of what is stored, in bytes."""
        most = self.most(STORED_MB, organization_id)
        return None if most is None else most * _MB_BYTES

    def all_bytes(self, organizations: Callable[[], Iterable[Organization]]) -> dict[str, int]:
        """The bounds of those that have one."""
        found = {one.id: self.bytes_of(one.id) for one in organizations()}
        return {who: most for who, most in found.items() if most is not None}

    def measure_bytes(self, stored: Callable[[], Mapping[str, float]]) -> None:
        """Have the use of what is stored told by that, by organization."""
        self.measure(STORED_MB, lambda one: math.ceil(stored().get(one, 0.0) / _MB_BYTES))

    def most_of(self, name: str) -> Callable[[str], int | None]:
        """The bound of that name, by organization."""
        return partial(self.most, name)

    def quota(self, name: str, things: str, error: type[VoltyardError] = Conflict) -> Quota:
        """A count of such things, the use of which is told in headers."""
        quota = Quota(things, self.most_of(name), error=error, reached=partial(self.reached, name))
        self.measure(name, quota.used)
        return quota

    def measure(self, name: str, used: Callable[[str], float]) -> None:
        """Have the use of a quota told by that."""
        self._used[name] = used

    def reached(self, name: str, organization_id: str) -> None:
        """Tell that a quota is used up; not more than once a minute."""
        now, key = self._clock(), (name, organization_id)
        most = self.most(name, organization_id)
        if most is not None and abs(now - self._told_at.get(key, -MINUTE_S)) >= MINUTE_S:
            self._told_at[key] = now
            self._told(organization_id, ON_THE_WIRE[name][0], most)

    def headers(self, organization_id: str) -> list[tuple[bytes, bytes]]:
        """Fields that tell each quota and what is left of it; none without quotas."""
        policies, left = [], []
        for name, used in self._used.items():
            most = self.most(name, organization_id)
            if most is not None:
                token, window = ON_THE_WIRE[name]
                policies.append(f'"{token}";q={most}{window}')
                left.append(f'"{token}";r={max(0, int(most - used(organization_id)))}')
        if not policies:
            return []
        return [(POLICY, ", ".join(policies).encode()), (LEFT, ", ".join(left).encode())]
