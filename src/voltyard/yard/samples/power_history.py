"""History of power: the last hour of each charger, location and organization, in memory.

All are recorded at the same moments. A ring is kept of what has drawn power within that hour, and
of nothing else: where there is none, no power flowed.
"""

from array import array
from collections import Counter, deque
from collections.abc import Iterable, Mapping

from msgspec import Struct

from voltyard.kernel import limits
from voltyard.kernel.time import Instant
from voltyard.kernel.units import Watts
from voltyard.ports.clock import Clock
from voltyard.yard.events.event_writer import EventWriter
from voltyard.yard.samples.sampler import Sampler


class PowerSample(Struct, frozen=True):
    """The power that flowed at one moment."""

    at: Instant
    power_w: Watts


class _Ring:
    """The power of one thing at the last limits.POWER_SAMPLES moments."""

    __slots__ = ("flowed", "values")

    def __init__(self) -> None:
        self.values = array("f", bytes(4 * limits.POWER_SAMPLES))
        self.flowed = 0
        """Number of the last moment at which power flowed."""


class _Rings:
    """Rings of things of one kind, by id."""

    def __init__(self) -> None:
        self._rings: dict[str, _Ring] = {}

    def __len__(self) -> int:
        return len(self._rings)

    def record(self, number: int, powers_w: Mapping[str, Watts]) -> None:
        """Record a moment; what has not drawn power for the whole of a ring has none any more."""
        slot = number % limits.POWER_SAMPLES
        for one, power_w in powers_w.items():
            if power_w and one not in self._rings:
                self._rings[one] = _Ring()
        over = []
        for one, ring in self._rings.items():
            power_w = powers_w.get(one, 0)
            ring.values[slot] = power_w
            if power_w:
                ring.flowed = number
            elif number - ring.flowed >= limits.POWER_SAMPLES:
                over.append(one)
        for one in over:
            del self._rings[one]

    def powers_w(self, one: str, numbers: Iterable[int]) -> list[Watts]:
        """The power at the moments of these numbers."""
        ring = self._rings.get(one)
        if ring is None:
            return [0.0 for _ in numbers]
        return [ring.values[number % limits.POWER_SAMPLES] for number in numbers]


class PowerHistory:
    """Records power once in limits.POWER_STEP_S, and tells what it was."""

    def __init__(self, sampler: Sampler, event_writer: EventWriter, clock: Clock) -> None:
        self._sampler = sampler
        self._event_writer = event_writer
        self._clock = clock
        self._moments: deque[Instant] = deque(maxlen=limits.POWER_SAMPLES)
        self._number = 0
        """Moments recorded so far."""
        self._chargers, self._locations, self._organizations = _Rings(), _Rings(), _Rings()

    @property
    def rings(self) -> int:
        """The number of rings that are kept."""
        return len(self._chargers) + len(self._locations) + len(self._organizations)

    async def record(self) -> None:
        """Record the power that flows now."""
        await self._sampler.refresh()
        chargers: dict[str, Watts] = {}
        locations: Counter[str] = Counter()
        organizations: Counter[str] = Counter()
        for organization_id, deployment_id, sample in self._sampler.all():
            if not sample.power_w:
                continue
            chargers[deployment_id] = sample.power_w
            organizations[organization_id] += sample.power_w
            location_id = self._event_writer.location_of(deployment_id)
            if location_id is not None:
                locations[location_id] += sample.power_w
        self._chargers.record(self._number, chargers)
        self._locations.record(self._number, locations)
        self._organizations.record(self._number, organizations)
        self._moments.append(self._clock())
        self._number += 1

    def of_charger(self, deployment_id: str) -> list[PowerSample]:
        """The last hour of a charger, oldest first; so too the next two."""
        return self._of(self._chargers, deployment_id)

    def of_location(self, location_id: str) -> list[PowerSample]:
        """The last hour of a location: at each moment the chargers that were there."""
        return self._of(self._locations, location_id)

    def of_organization(self, organization_id: str) -> list[PowerSample]:
        """The last hour of all chargers of an organization."""
        return self._of(self._organizations, organization_id)

    def _of(self, rings: _Rings, one: str) -> list[PowerSample]:
        numbers = range(self._number - len(self._moments), self._number)
        powers_w = rings.powers_w(one, numbers)
        return list(map(PowerSample, self._moments, powers_w))
