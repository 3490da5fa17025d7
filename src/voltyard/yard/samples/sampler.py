"""Sampler of the yard: the last sample of each charger that runs, asked of the provider for all."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Final, TypeAlias

from voltyard.kernel import limits
from voltyard.ports.runtimes import Provider, SampleBatch, SampledCharger
from voltyard.yard.events.event_writer import EventWriter
from voltyard.yard.samples.sample_totals import SampleTotals

ChangeHeard: TypeAlias = Callable[[str, str, SampledCharger | None], None]
"""Told of a charger that changed: its organization, its id, and its sample before."""

_NONE: Final[Mapping[str, SampledCharger]] = MappingProxyType({})


class Sampler:
    """Samples by organization and deployment. They are as old as the last `refresh`, whoever asked
    for it; all that is kept is one sample a charger that runs."""

    def __init__(self, provider: Provider, event_writer: EventWriter) -> None:
        self._provider = provider
        self._event_writer = event_writer
        self._asking = asyncio.Lock()
        self._samples: dict[str, dict[str, SampledCharger]] = {}
        self._organizations: dict[str, str] = {}
        """Of each charger that has a sample."""
        self._listeners: list[ChangeHeard] = []
        self.totals = SampleTotals()
        """Totals of all samples."""

    def listen(self, heard: ChangeHeard) -> None:
        """Have it told of each change, once the new sample is known."""
        self._listeners.append(heard)

    def of(self, organization_id: str) -> Mapping[str, SampledCharger]:
        """The samples of an organization's chargers that run, by deployment."""
        return self._samples.get(organization_id, _NONE)

    def all(self) -> Iterator[tuple[str, str, SampledCharger]]:
        """Organization, id and sample of every charger that runs."""
        for organization_id, samples in self._samples.items():
            for deployment_id, sample in samples.items():
                yield organization_id, deployment_id, sample

    async def refresh(self) -> None:
        """Ask for what has changed until now. Who asks meanwhile waits for that, and asks then:
        each has what was so when it asked, and what the others were told costs nothing."""
        async with self._asking:
            # Each charger once: those that change as fast as they are sampled are not waited for.
            for _ in range(2 * len(self._event_writer) // limits.SAMPLES_ASKED + 2):
                batch = await self._provider.sample()
                self._take(batch)
                if not batch.has_more:
                    return
                await asyncio.sleep(0)

    def _take(self, batch: SampleBatch[SampledCharger]) -> None:
        for deployment_id in batch.ended:
            organization_id = self._organizations.pop(deployment_id, None)
            if organization_id is not None:
                before = self._samples[organization_id].pop(deployment_id)
                self.totals.add(before, -1)
                self._tell(organization_id, deployment_id, before)
        for deployment_id, sample in batch.samples.items():
            organization_id = self._event_writer.organization_of(deployment_id)
            if organization_id is not None:
                self._organizations[deployment_id] = organization_id
                samples = self._samples.setdefault(organization_id, {})
                known = samples.get(deployment_id)
                samples[deployment_id] = sample
                if known is not None:
                    self.totals.add(known, -1)
                self.totals.add(sample)
                self._tell(organization_id, deployment_id, known)

    def _tell(
        self, organization_id: str, deployment_id: str, before: SampledCharger | None
    ) -> None:
        for heard in self._listeners:
            heard(organization_id, deployment_id, before)
