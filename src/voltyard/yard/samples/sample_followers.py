"""Followers of samples: clients of the event stream that are told what chargers do, in frames.

One round for all of them asks for samples while anybody follows. A follower is told the difference
to what it has, at the end of a round: what changed more than once meanwhile is told once.
"""

import asyncio
from collections.abc import Callable
from typing import Final, TypeAlias

from voltyard.events.event_query import EventQuery
from voltyard.events.followers import Aside
from voltyard.kernel import limits
from voltyard.kernel.time import to_rfc3339
from voltyard.loop.rounds import keep_doing
from voltyard.ports.clock import Clock
from voltyard.ports.runtimes import SampledCharger
from voltyard.yard.events.event_writer import EventWriter
from voltyard.yard.samples.differences import difference
from voltyard.yard.samples.sampler import Sampler

SAMPLES: Final = "samples"
"""The type of a frame on the stream."""

_Sample: TypeAlias = SampledCharger | None
"""None: the charger does not run."""


class SampleFollower:
    """One follower, with the chargers of which it has to be told. It holds at most
    limits.SAMPLES_WAITING of them: beyond that all are dropped and counted as missed, and its next
    frame is whole."""

    def __init__(
        self, query: EventQuery, frames: "SampleFollowers", wake: Callable[[], None]
    ) -> None:
        self.query = query
        self._frames = frames
        self._wake = wake
        self._waiting: dict[str, _Sample] = {}
        """Chargers that have changed, with the sample that the follower has."""
        self._is_whole = True
        self._is_due = False
        self._missed = 0

    def changed(self, deployment_id: str, before: _Sample) -> None:
        """A charger's sample is another than the one `before`."""
        if self._is_whole:
            self._missed += self._missed > 0
        elif deployment_id not in self._waiting:
            if len(self._waiting) < limits.SAMPLES_WAITING:
                self._waiting[deployment_id] = before
                return
            self._missed = len(self._waiting) + 1
            self._waiting.clear()
            self._is_whole = True

    def round_ended(self) -> None:
        """All is known that happened until now."""
        self._is_due = True
        if self._is_whole or self._waiting:
            self._wake()

    def take(self) -> list[Aside]:
        """The next frame, where one is due."""
        if not self._is_due or not (self._is_whole or self._waiting):
            return []
        waiting, self._waiting = self._waiting, {}
        missed, self._missed = self._missed, 0
        is_whole, self._is_whole = self._is_whole, False
        self._is_due = False
        if is_whole:
            waiting = dict.fromkeys(self._frames.chargers(self.query))
        data = self._frames.frame(self.query, waiting, is_whole=is_whole, missed=missed)
        return [Aside(SAMPLES, data)] if data else []

    def close(self) -> None:
        """The follower is gone."""
        self._frames.left(self)


class SampleFollowers:
    """The followers of samples, by organization, and the round that serves them all."""

    def __init__(self, sampler: Sampler, event_writer: EventWriter, clock: Clock) -> None:
        self._sampler = sampler
        self._event_writer = event_writer
        self._clock = clock
        self._by_organization: dict[str, list[SampleFollower]] = {}
        self._rounds: asyncio.Task[None] | None = None
        self._told: dict[str, tuple[_Sample, _Sample, bytes]] = {}
        """Differences of this round, by charger: most followers are told the same."""
        sampler.listen(self._changed)
        event_writer.on_moved(self._moved)

    def follow(self, query: EventQuery, wake: Callable[[], None]) -> SampleFollower:
        """Have frames of the chargers that the query is about, to be closed by the caller; `wake`
        is called when there is one to take."""
        following = SampleFollower(query, self, wake)
        self._by_organization.setdefault(query.organization_id, []).append(following)
        if self._rounds is None:
            self._rounds = asyncio.create_task(
                keep_doing("chargers_sampled", self._round, limits.SAMPLE_PACE_S)
            )
        return following

    def left(self, following: SampleFollower) -> None:
        """A follower is gone; with the last one the rounds end."""
        organization_id = following.query.organization_id
        others = self._by_organization[organization_id]
        others.remove(following)
        if not others:
            del self._by_organization[organization_id]
        if not self._by_organization and self._rounds is not None:
            self._rounds.cancel()
            self._rounds = None
            self._told.clear()

    async def close(self) -> None:
        """End the rounds."""
        rounds, self._rounds = self._rounds, None
        if rounds is not None:
            rounds.cancel()
            await asyncio.gather(rounds, return_exceptions=True)

    def chargers(self, query: EventQuery) -> list[str]:
        """All chargers that a query is about."""
        if query.charger_id is not None:
            return [query.charger_id]
        known = self._event_writer.of_organization(query.organization_id)
        return [one for one in known if self._concerns(query, one)]

    def frame(
        self, query: EventQuery, waiting: dict[str, _Sample], *, is_whole: bool, missed: int
    ) -> bytes:
        """A frame of the chargers that wait, each with the sample that the follower has; nothing
        where each is as the follower has it."""
        samples = self._sampler.of(query.organization_id)
        parts = []
        for deployment_id, before in waiting.items():
            after = samples.get(deployment_id)
            if after is not None and not self._concerns(query, deployment_id):
                after = None
            if is_whole or before != after:
                parts.append(
                    b'"%b":%b' % (deployment_id.encode(), self._part(deployment_id, before, after))
                )
        if not parts and not is_whole:
            return b""
        whole = b"true" if is_whole else b"false"
        at = to_rfc3339(self._clock()).encode()
        head = b'{"at":"%b","whole":%b,"missed":%d,"chargers":{' % (at, whole, missed)
        return head + b",".join(parts) + b"}}"

    async def _round(self) -> None:
        self._told.clear()
        await self._sampler.refresh()
        for followers in self._by_organization.values():
            for following in followers:
                following.round_ended()

    def _changed(self, organization_id: str, deployment_id: str, before: _Sample) -> None:
        for following in self._by_organization.get(organization_id, ()):
            if self._concerns(following.query, deployment_id):
                following.changed(deployment_id, before)

    def _moved(self, deployment_id: str, before: str | None, after: str | None) -> None:
        """A charger came to another location: who follows one has all of it from now on, or
        nothing."""
        organization_id = self._event_writer.organization_of(deployment_id) or ""
        sample = self._sampler.of(organization_id).get(deployment_id)
        for following in self._by_organization.get(organization_id, ()):
            location_id = following.query.location_id
            if location_id is not None and location_id in (before, after):
                following.changed(deployment_id, sample if location_id == before else None)

    def _concerns(self, query: EventQuery, deployment_id: str) -> bool:
        if query.charger_id is not None and query.charger_id != deployment_id:
            return False
        return (
            query.location_id is None
            or self._event_writer.location_of(deployment_id) == query.location_id
        )

    def _part(self, deployment_id: str, before: _Sample, after: _Sample) -> bytes:
        known = self._told.get(deployment_id)
        if known is not None and known[0] is before and known[1] is after:
            return known[2]
        told = difference(before, after)
        self._told[deployment_id] = (before, after, told)
        return told
