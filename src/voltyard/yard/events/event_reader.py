"""Reading and following of an organization's events."""

from msgspec import Struct

from voltyard.events.event_query import EventQuery
from voltyard.kernel.errors import NotFound
from voltyard.yard.events.event_log import YardEventFollower, YardEventLog
from voltyard.yard.records import YardEventLogged
from voltyard.yard.repositories import Repositories


class EventPage(Struct, frozen=True, kw_only=True):
    """A page of events."""

    entries: list[YardEventLogged]
    has_more: bool
    gap: bool
    """Between what was asked for and the first there is, events are kept no more."""


class EventReader:
    """An organization's events, past and future."""

    def __init__(self, repositories: Repositories, event_log: YardEventLog) -> None:
        self._repositories = repositories
        self._events = repositories.events
        self._event_log = event_log

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

    def follow(self, query: EventQuery, after: int | None) -> YardEventFollower:
        """See EventLog.follow."""
        return self._event_log.follow(query, after)

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
