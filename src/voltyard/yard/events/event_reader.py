"""Reading and following of an organization's events."""

from math import inf

from msgspec import Struct

from voltyard.events.event_query import EventQuery
from voltyard.kernel import limits
from voltyard.kernel.errors import NotFound
from voltyard.kernel.time import Instant
from voltyard.yard.events.event_log import YardEventFollower, YardEventLog
from voltyard.yard.records import YardEventLogged
from voltyard.yard.repositories import Repositories
from voltyard.yard.samples.sample_followers import SampleFollowers


class EventPage(Struct, frozen=True, kw_only=True):
    """A page of events."""

    entries: list[YardEventLogged]
    has_more: bool
    gap: bool
    """Between what was asked for and the first there is, events are kept no more."""


class EventReader:
    """An organization's events, past and future."""

    def __init__(
        self, repositories: Repositories, event_log: YardEventLog, samples: SampleFollowers
    ) -> None:
        self._repositories = repositories
        self._events = repositories.events
        self._event_log = event_log
        self._samples = samples

    async def query(
        self,
        organization_id: str,
        charger_id: str | None,
        location_id: str | None,
        types: frozenset[str] | None,
    ) -> EventQuery:
        """The query for events. NotFound where the organization has no such charger or location; a
        deleted charger is still known by its id."""
        deployment_id = None
        if charger_id is not None:
            deployment_id = await self._charger(organization_id, charger_id)
        if location_id is not None:
            found = await self._repositories.locations.find(organization_id, location_id)
            if found is None:
                raise NotFound(f"there is no location {location_id!r}")
        return EventQuery(
            organization_id=organization_id,
            charger_id=deployment_id,
            location_id=location_id,
            names=types,
            unkept_by_name=True,
        )

    async def after(self, query: EventQuery, number: int, limit: int) -> EventPage:
        """The first ones with a higher number, rising."""
        gap = number + 1 < await self._events.oldest()
        entries = await self._events.after(query, number, limit + 1)
        return EventPage(entries=list(entries[:limit]), has_more=len(entries) > limit, gap=gap)

    async def before(self, query: EventQuery, number: int | None, limit: int) -> EventPage:
        """The last ones with a lower number, or of all; falling."""
        entries = await self._events.before(query, number, limit + 1)
        return EventPage(entries=list(entries[:limit]), has_more=len(entries) > limit, gap=False)

    async def newest(
        self,
        query: EventQuery,
        since: Instant | None,
        until: Instant | None,
        limit: int,
        characters: int,
    ) -> list[YardEventLogged]:
        """The newest ones of that time, both ends included, the oldest of them first, as many as
        `limit` and the number of characters leave room for."""
        begin, end = since or 0.0, inf if until is None else until
        found: list[YardEventLogged] = []
        room = characters
        before: int | None = None
        while part := await self._events.before(query, before, limits.EVENT_PART):
            for event in part:
                if not begin <= event.at <= end:
                    continue
                room -= len(event.data)
                if len(found) == limit or room < 0:
                    return found[::-1]
                found.append(event)
            # Their numbers rise with time, but for what a charger tells late.
            if len(part) < limits.EVENT_PART or part[0].at < begin:
                break
            before = part[-1].number
        return found[::-1]

    def follow(
        self, query: EventQuery, after: int | None, *, with_samples: bool = False
    ) -> YardEventFollower:
        """Follow like EventLog.follow; with samples of the same chargers beside the events, or
        without."""
        following = self._event_log.follow(query, after)
        if with_samples:
            following.accompany(self._samples.follow(query, following.wake))
        return following

    def close(self) -> None:
        """Let every stream end."""
        self._event_log.close()

    async def _charger(self, organization_id: str, charger_id: str) -> str:
        found = await self._repositories.deployments.find(organization_id, charger_id)
        if found is not None:
            return found.id
        if await self._repositories.event_subjects.tells_of(organization_id, charger_id):
            return charger_id
        raise NotFound(f"there is no charger {charger_id!r}")
