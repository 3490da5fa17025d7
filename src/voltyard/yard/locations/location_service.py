"""Service of locations: creating, changing, listing and deleting them and their chargers."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from voltyard.kernel import ids
from voltyard.kernel.errors import NotFound, VoltyardError
from voltyard.ports.clock import Clock
from voltyard.yard.days import DayService
from voltyard.yard.deployments.charger_service import ChargerChanges, ChargerService
from voltyard.yard.deployments.deployment import Deployment
from voltyard.yard.events.event_writer import EventWriter
from voltyard.yard.keyed_answers import AnswerNote
from voltyard.yard.locations.location import Coordinates, Location, check_timezone, slug_of
from voltyard.yard.locations.power_balancer import PowerBalancer, PowerDivision
from voltyard.yard.locks import Locks
from voltyard.yard.repositories import DeploymentQuery, Listing, PageRequest, Repositories


class NewLocation(Struct, frozen=True, kw_only=True):
    """A request to create a location."""

    name: str
    address: str
    city: str
    country: str
    coordinates: Coordinates
    timezone: str | None = None
    owner_name: str | None = None
    public: bool = False
    max_power_w: float | None = None


class FailedCharger(Struct, frozen=True):
    """A charger for which an operation failed, with the reason."""

    charger_id: str
    error: str


class LocationService:
    """Every operation on locations but commands."""

    def __init__(
        self,
        repositories: Repositories,
        chargers: ChargerService,
        event_writer: EventWriter,
        balancer: PowerBalancer,
        days: DayService,
        clock: Clock,
        locks: Locks,
    ) -> None:
        self._locks = locks
        self._balancer = balancer
        self._days = days
        self._locations = repositories.locations
        self._deployments = repositories.deployments
        self._chargers = chargers
        self._event_writer = event_writer
        self._clock = clock

    async def create(
        self, organization_id: str, new: NewLocation, note: AnswerNote[Location] | None = None
    ) -> Location:
        """Invalid where its time zone is none."""
        location = self.drawn_up(organization_id, new)
        await self._locations.add(location, None if note is None else note(location))
        self._balancer.limited(location)
        return location

    def drawn_up(self, organization_id: str, new: NewLocation) -> Location:
        """The location that `new` asks for, checked, and not yet written down."""
        check_timezone(new.timezone)
        now = self._clock()
        return Location(
            id=ids.uuid(),
            organization_id=organization_id,
            slug=slug_of(new.name, ids.hexadecimal(length=4)),
            created_at=now,
            updated_at=now,
            **msgspec.structs.asdict(new),
        )

    async def get(self, organization_id: str, location_id: str) -> Location:
        """NotFound where there is none, or it is another organization's."""
        found = await self._locations.find(organization_id, location_id)
        if found is None:
            raise NotFound(f"there is no location {location_id!r}")
        return found

    async def listed(self, organization_id: str, page: PageRequest) -> Listing[Location]:
        """Oldest first."""
        return await self._locations.listed(organization_id, page)

    async def change(
        self, organization_id: str, location_id: str, changes: Mapping[str, Any]
    ) -> Location:
        """Change the fields given; Conflict where the slug is taken."""
        async with self._locks.changing(location_id):
            before = await self.get(organization_id, location_id)
            after = msgspec.structs.replace(before, **changes, updated_at=self._clock())
            check_timezone(after.timezone)
            await self._locations.change(after)
            self._balancer.limited(after)
        return after

    async def power(self, organization_id: str, location_id: str) -> tuple[Location, PowerDivision]:
        """Its limit, and how its chargers share it at this moment."""
        location = await self.get(organization_id, location_id)
        return location, await self._balancer.look(organization_id, location_id)

    async def delete(self, organization_id: str, location_id: str) -> None:
        """Forget it, and end its day; its chargers stay, at no location. Again is no error."""
        async with self._locks.changing(location_id):
            if not await self._locations.remove(organization_id, location_id, self._clock()):
                raise NotFound(f"there is no location {location_id!r}")
            self._balancer.forgotten(location_id)
        self._event_writer.location_deleted(location_id)
        await self._days.leave(location_id)

    async def chargers(
        self, organization_id: str, location_id: str, charger_ids: Sequence[str], page: PageRequest
    ) -> Listing[Deployment]:
        """A location's, or those named. NotFound where one of these is not at the location."""
        await self.get(organization_id, location_id)
        if not charger_ids:
            query = DeploymentQuery(location_id=location_id)
            return await self._deployments.listed(organization_id, query, page)
        found = await self._here(organization_id, location_id, charger_ids)
        missing = [name for name in charger_ids if name not in found]
        if missing:
            raise NotFound(f"there is no charger {missing[0]!r} at this location")
        named = list({deployment.id: deployment for deployment in found.values()}.values())
        start = (page.number - 1) * page.size
        return Listing(named[start : start + page.size], len(named))

    async def change_chargers(
        self, organization_id: str, location_id: str, changes: Sequence[tuple[str, ChargerChanges]]
    ) -> tuple[list[Deployment], list[FailedCharger]]:
        """Change many: those changed, and those that could not be."""
        await self.get(organization_id, location_id)
        found = await self._here(organization_id, location_id, [name for name, _ in changes])
        changed: list[Deployment] = []
        failed: list[FailedCharger] = []
        for name, change in changes:
            deployment = found.get(name)
            if deployment is None:
                failed.append(FailedCharger(name, "there is no such charger at this location"))
                continue
            try:
                changed.append(await self._chargers.change_found(deployment, change))
            except VoltyardError as error:
                failed.append(FailedCharger(name, str(error)))
        return changed, failed

    async def delete_chargers(
        self, organization_id: str, location_id: str, charger_ids: Sequence[str]
    ) -> tuple[list[str], list[FailedCharger]]:
        """Delete those named: the ids of the deleted, and those that could not be."""
        await self.get(organization_id, location_id)
        found = await self._here(organization_id, location_id, charger_ids)
        deleted: list[str] = []
        failed: list[FailedCharger] = []
        for name in dict.fromkeys(charger_ids):
            deployment = found.get(name)
            if deployment is None:
                failed.append(FailedCharger(name, "there is no such charger at this location"))
                continue
            if deployment.id in deleted:
                continue  # named twice, by its id and its identity
            try:
                await self._chargers.delete_found(deployment)
            except VoltyardError as error:
                failed.append(FailedCharger(name, str(error)))
            else:
                deleted.append(deployment.id)
        return deleted, failed

    async def _here(
        self, organization_id: str, location_id: str, charger_ids: Sequence[str]
    ) -> dict[str, Deployment]:
        found = await self._deployments.find_many(organization_id, charger_ids)
        return {name: one for name, one in found.items() if one.location_id == location_id}
