"""Summary of an organization's chargers: totals that are true at any number of them."""

from collections import Counter
from collections.abc import Mapping, Sequence

from msgspec import Struct

from voltyard.kernel.errors import NotFound
from voltyard.kernel.time import Instant
from voltyard.ports.clock import Clock
from voltyard.yard.deployments.deployment import ProvisioningStatus
from voltyard.yard.events.event_writer import EventWriter
from voltyard.yard.repositories import Repositories
from voltyard.yard.samples.sample_totals import SampleTotals
from voltyard.yard.samples.sampler import Sampler


class LocationTotals(Struct, frozen=True, kw_only=True):
    """Totals of one location."""

    location_id: str
    name: str
    chargers: int
    connected: int
    in_transaction: int
    power_w: int


class YardSummary(Struct, frozen=True, kw_only=True):
    """Totals of an organization's chargers, or of those at one location."""

    at: Instant
    chargers: int
    by_provisioning: Mapping[ProvisioningStatus, int]
    totals: SampleTotals
    """Of the chargers that run."""
    locations: Sequence[LocationTotals]


class Summaries:
    """Makes summaries from what is written down and from the last samples."""

    def __init__(
        self,
        repositories: Repositories,
        sampler: Sampler,
        event_writer: EventWriter,
        clock: Clock,
    ) -> None:
        self._deployments = repositories.deployments
        self._locations = repositories.locations
        self._sampler = sampler
        self._event_writer = event_writer
        self._clock = clock

    async def summary(self, organization_id: str, location_id: str | None = None) -> YardSummary:
        """Of all its chargers, or of those at a location. NotFound where there is no such
        location."""
        names = dict(await self._locations.names(organization_id))
        if location_id is not None:
            if location_id not in names:
                raise NotFound(f"there is no location {location_id!r}")
            names = {location_id: names[location_id]}
        counts = await self._deployments.tally(organization_id)
        await self._sampler.refresh()
        by_location: dict[str | None, SampleTotals] = {one: SampleTotals() for one in names}
        totals = SampleTotals()
        for deployment_id, sample in self._sampler.of(organization_id).items():
            place = self._event_writer.location_of(deployment_id)
            if location_id is None or place == location_id:
                totals.add(sample)
            if place in by_location:
                by_location[place].add(sample)
        chargers: Counter[str | None] = Counter()
        by_provisioning: Counter[ProvisioningStatus] = Counter()
        for place, provisioning, count in counts:
            if location_id is None or place == location_id:
                chargers[place] += count
                by_provisioning[provisioning] += count
        return YardSummary(
            at=self._clock(),
            chargers=by_provisioning.total(),
            by_provisioning=by_provisioning,
            totals=totals,
            locations=[
                LocationTotals(
                    location_id=one,
                    name=name,
                    chargers=chargers[one],
                    connected=by_location[one].connected,
                    in_transaction=by_location[one].in_transaction,
                    power_w=by_location[one].power_w,
                )
                for one, name in names.items()
            ],
        )
