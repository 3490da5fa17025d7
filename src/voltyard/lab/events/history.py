"""What an organization may read and follow of the events."""

from msgspec import Struct

from voltyard.kernel.errors import NotFound
from voltyard.lab.events.chronicle import Chronicle, EventFollowing
from voltyard.lab.records import EventLogged
from voltyard.lab.repositories import EventQuery, Repositories


class EventPage(Struct, frozen=True, kw_only=True):
    """A part of the events."""

    entries: list[EventLogged]
    has_more: bool
    gap: bool
    """Between what was asked for and the first there is, events are kept no more."""


class History:
    """Events of the past, and those to come."""

    def __init__(self, repositories: Repositories, chronicle: Chronicle) -> None:
        self._repositories = repositories
        self._events = repositories.events
        self._chronicle = chronicle

    async def query(
        self,
        organization_id: str,
        charger_id: str | None,
        location_id: str | None,
        types: frozenset[str] | None,
    ) -> EventQuery:
        """Which events. NotFound where the organization has no such charger or location; a deleted
        charger is still known by its id."""
        deployment_id = None
        if charger_id is not None:
            deployment_id = await self._charger(organization_id, charger_id)
        if location_id is not None:
            found = await self._repositories.locations.find(organization_id, location_id)
            if found is None:
                raise NotFound(f"there is no location {location_id!r}")
        return EventQuery(
            organization_id=organization_id,
            deployment_id=deployment_id,
            location_id=location_id,
            types=types,
        )

    async def after(self, query: EventQuery, number: int, limit: int) -> EventPage:
        """The first ones with a higher number, rising."""
        gap = number + 1 < await self._events.oldest()
        entries = await self._events.after(query, number, limit + 1)
        return EventPage(entries=entries[:limit], has_more=len(entries) > limit, gap=gap)

    async def before(self, query: EventQuery, number: int | None, limit: int) -> EventPage:
        """The last ones with a lower number, or of all; falling."""
        entries = await self._events.before(query, number, limit + 1)
        return EventPage(entries=entries[:limit], has_more=len(entries) > limit, gap=False)

    def follow(self, query: EventQuery, after: int | None) -> EventFollowing:
        """See Chronicle.follow."""
        return self._chronicle.follow(query, after)

    def close(self) -> None:
        """Let every stream end."""
        self._chronicle.close()

    async def _charger(self, organization_id: str, charger_id: str) -> str:
        found = await self._repositories.deployments.find(organization_id, charger_id)
        if found is not None:
            return found.id
        if await self._events.tells_of(organization_id, charger_id):
            return charger_id
        raise NotFound(f"there is no charger {charger_id!r}")
