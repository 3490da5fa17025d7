"""A yard of chargers that are sampled: a provider that has the samples it is given."""

import asyncio
import json
from typing import Any

from tests.fakes.provider import FakeProvider
from tests.fakes.samples import sample
from tests.runtimes.bench import HeardListener
from voltyard.events.event_query import EventQuery
from voltyard.ports.runtimes import SampleBatch, SampledCharger
from voltyard.yard.samples.sample_followers import SampleFollower, SampleFollowers
from voltyard.yard.samples.sampler import Sampler

OURS, THEIRS = "org_ours", "org_theirs"


class Chargers:
    """Chargers by id, as the EventWriter knows them."""

    def __init__(self) -> None:
        self.organizations: dict[str, str] = {}
        self.locations: dict[str, str | None] = {}
        self.heard: list[Any] = []

    def __len__(self) -> int:
        return len(self.organizations)

    def organization_of(self, deployment_id: str) -> str | None:
        return self.organizations.get(deployment_id)

    def location_of(self, deployment_id: str) -> str | None:
        return self.locations.get(deployment_id)

    def of_organization(self, organization_id: str) -> list[str]:
        return [one for one, whose in self.organizations.items() if whose == organization_id]

    def on_moved(self, heard: Any) -> None:
        self.heard.append(heard)

    def move(self, deployment_id: str, location_id: str | None) -> None:
        before, self.locations[deployment_id] = self.locations.get(deployment_id), location_id
        for heard in self.heard:
            heard(deployment_id, before, location_id)


class SamplingProvider(FakeProvider):
    """A provider that has the samples it is given, and counts how often it is asked."""

    def __init__(self) -> None:
        super().__init__(HeardListener())
        self.rounds = 0
        self.asked_anew = asyncio.Event()

    async def sample(self) -> SampleBatch[SampledCharger]:
        self.rounds += 1
        self.asked_anew.set()
        now = dict(self.samples)
        changed = {one: each for one, each in now.items() if self._told.get(one) != each}
        ended = [one for one in self._told if one not in now]
        self._told = now
        return SampleBatch(changed, ended)


class Site:
    """Followers over a provider."""

    def __init__(self) -> None:
        self.chargers = Chargers()
        self.provider = SamplingProvider()
        sampler = Sampler(self.provider, self.chargers)  # type: ignore[arg-type]
        self.followers = SampleFollowers(sampler, self.chargers, lambda: 0.0)  # type: ignore[arg-type]

    def add(self, deployment_id: str, organization_id: str = OURS, **said: Any) -> None:
        self.chargers.organizations[deployment_id] = organization_id
        self.provider.samples[deployment_id] = sample(**said)

    def change(self, deployment_id: str, **said: Any) -> None:
        self.provider.samples[deployment_id] = sample(**said)

    def follow(self, organization_id: str = OURS, **query: Any) -> "Client":
        return Client(self, EventQuery(organization_id=organization_id, **query))

    async def round(self) -> None:
        """Returns once a round has begun and ended."""
        self.provider.asked_anew.clear()
        await asyncio.wait_for(self.provider.asked_anew.wait(), 120)
        await asyncio.sleep(0)
        await asyncio.sleep(0)


class Client:
    """A client, and what it has put together from its frames."""

    def __init__(self, site: Site, query: EventQuery) -> None:
        self.woken = asyncio.Event()
        self.follower: SampleFollower = site.followers.follow(query, self.woken.set)

    async def frame(self) -> dict[str, Any]:
        async with asyncio.timeout(120):
            while not (frames := self.frames()):
                self.woken.clear()
                await self.woken.wait()
        [frame] = frames
        return frame

    def frames(self) -> list[dict[str, Any]]:
        asides = self.follower.take()
        assert all(one.name == "samples" for one in asides)
        return [json.loads(one.data) for one in asides]
