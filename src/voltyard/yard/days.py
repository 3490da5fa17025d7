"""Simulated days at a location: drivers come to its chargers, charge and leave.

Drivers act by the commands anybody may give, in the site's time, which may pass faster than real
time where the chargers' peer agreed to that. What a day has come to is kept, so that it goes on
after a restart of the server: those who were there then have left, others come.
"""

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Any, Final, Literal, Protocol

import msgspec
import structlog
from msgspec import Struct

from voltyard.catalogue.catalogue import Catalogue
from voltyard.kernel import ids, limits
from voltyard.kernel.errors import Conflict, Invalid, NotFound, Overfull, VoltyardError
from voltyard.kernel.pace import Pace
from voltyard.kernel.time import HOUR_S, Instant, Seconds
from voltyard.loop.attempts import at_once
from voltyard.loop.rounds import keep_doing
from voltyard.loop.wheel import Wheel
from voltyard.ports.clock import Clock
from voltyard.yard.deployments import rates
from voltyard.yard.deployments.charger_service import ChargerService
from voltyard.yard.deployments.deployment import Deployment, ProvisioningStatus
from voltyard.yard.deployments.runtime_spec import number_of_connectors
from voltyard.yard.events.event_writer import EventWriter
from voltyard.yard.repositories import Listing, PageRequest, Repositories

log = structlog.get_logger(__name__)

_KEPT_EACH_S: Final[Seconds] = 5.0
"""Interval at which a day's progress is written."""


class DayStatus(StrEnum):
    """Status of a day."""

    RUNNING = "running"
    ENDED = "ended"
    """Its hours are over."""
    STOPPED = "stopped"
    """Somebody ended it before."""


class DayPlan(Struct, frozen=True, kw_only=True):
    """Plan of a day, as it was asked for."""

    kind: Literal["home", "public", "work"] = "public"
    hours: float = 24.0
    start: Instant | None = None
    """By the site's time; None: the moment it is there."""
    rate: float = 1.0
    peer_agrees_to_rate: bool = False
    seed: int = 0
    vehicles: tuple[str, ...] = ()
    """Names of the catalogue; none: cars off the street."""
    tags: tuple[str, ...] = ("04D10000000000",)
    tag_order: Literal["random", "round-robin", "connector-affinity"] = "random"
    unknown: float = 0.0
    """Share of the drivers with an unregistered tag."""
    blocked: float = 0.0
    blocked_tags: tuple[str, ...] = ()


class SiteConnector(Struct, frozen=True, kw_only=True):
    """A connector of the location."""

    deployment_id: str
    identity: str
    evse_id: int


class Day(Struct, frozen=True, kw_only=True):
    """A simulated day and its counts so far."""

    id: str
    organization_id: str
    location_id: str
    plan: DayPlan
    began_at: Instant
    """Real time; so too `ended_at`."""
    local_at: Instant
    """The site's time then."""
    zone: str | None
    places: tuple[SiteConnector, ...]
    rates: dict[str, float] = {}
    """The chargers' rates before, where they are changed for the day."""
    status: DayStatus = DayStatus.RUNNING
    ended_at: Instant | None = None
    resumed: int = 0
    """Number of times that the server has started since."""
    sessions_begun: int = 0
    sessions_ended: int = 0
    energy_wh: float = 0.0
    refused: int = 0
    """Drivers whose card was refused."""

    @property
    def pace(self) -> Pace:
        """Of the site's time."""
        return Pace(self.plan.rate, self.began_at, self.local_at)

    @property
    def over_at(self) -> Instant:
        """The moment at which its hours are over, in real time."""
        return self.pace.real_at(self.site_ends_at)

    @property
    def site_ends_at(self) -> Instant:
        """The same by the site's time."""
        return self.local_at + self.plan.hours * HOUR_S

    def site_time(self, now: Instant) -> Instant:
        """The moment at the site: as it ended, once it has."""
        return self.pace.local_at(now if self.ended_at is None else self.ended_at)


class DayDrivers(Protocol):
    """Player of the drivers of a day."""

    def check(self, plan: DayPlan) -> None:
        """Invalid where no drivers are like that."""

    def begin(self, day: Day, refused: Callable[[], None]) -> None:
        """Have them come, from now on; `refused` is told of each whose card is refused."""

    def end(self, day_id: str) -> None:
        """Stop the arrivals of a day; who is there leaves the car."""


class DayService:
    """Every operation on simulated days."""

    def __init__(
        self,
        repositories: Repositories,
        chargers: ChargerService,
        drivers: DayDrivers,
        event_writer: EventWriter,
        catalogue: Catalogue,
        clock: Clock,
        *,
        kept_each_s: Seconds = _KEPT_EACH_S,
    ) -> None:
        self._kept_each_s = kept_each_s
        self._repositories = repositories
        self._chargers = chargers
        self._drivers = drivers
        self._event_writer = event_writer
        self._catalogue = catalogue
        self._clock = clock
        self._running: dict[str, Day] = {}
        self._day_of: dict[str, str] = {}
        """The day of each deployment that has one."""
        self._starting: set[str] = set()
        self._changed: set[str] = set()
        self._wheel: Wheel[str] | None = None
        self._tasks: set[asyncio.Task[Any]] = set()

    async def start(self) -> None:
        """Go on with the days that were running, or end those whose hours are over."""
        self._wheel = Wheel(self._clock, self._over)
        for day in await self._repositories.days.running():
            resumed = msgspec.structs.replace(day, resumed=day.resumed + 1)
            if resumed.over_at <= self._clock():
                self._running[day.id] = resumed
                await self._end(day.id, DayStatus.ENDED)
            else:
                self._run(resumed)
                self._changed.add(day.id)
        self._do(keep_doing("days_kept", self._keep, self._kept_each_s))

    async def close(self) -> None:
        """Leave off; the next start goes on."""
        if self._wheel is not None:
            self._wheel.stop()
        for day_id in self._running:
            self._drivers.end(day_id)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        try:
            await self._keep()
        except VoltyardError as error:  # which is no reason not to close the rest
            log.warning("days_not_kept", error=str(error))

    async def begin(self, organization_id: str, location_id: str, plan: DayPlan) -> Day:
        """Begin one. Invalid where the plan cannot be, Conflict where the site has a day already or
        none of its chargers runs, Overfull at limits.DAYS_AT_ONCE."""
        location = await self._repositories.locations.find(organization_id, location_id)
        if location is None:
            raise NotFound(f"there is no location {location_id!r}")
        self._check(plan)
        self._check_room(organization_id, location_id)
        self._starting.add(location_id)
        try:
            there = await self._repositories.deployments.at_location(organization_id, location_id)
            running = [one for one in there if _runs(one)]
            if not running:
                raise Conflict("no charger of the location is running", hint="start one first")
            day = self._drawn_up(organization_id, location_id, location.timezone, plan, running)
            await self._repositories.days.add(day)
            await self._set_pace(day, running)
            self._run(day)
        finally:
            self._starting.discard(location_id)
        self._event_writer.day_told("day.started", day.began_at, day)
        return day

    async def stop(self, organization_id: str, location_id: str, day_id: str) -> Day:
        """End it now; one that has ended stays as it is. Where that cannot be written it goes on
        running, without drivers, and is ended as soon as it can be."""
        day = await self.get(organization_id, location_id, day_id)
        if day.status is DayStatus.RUNNING and day.id in self._running:
            return await self._end(day.id, DayStatus.STOPPED)
        return day

    async def leave(self, location_id: str) -> None:
        """The location is gone: its day is over."""
        for day in [one for one in self._running.values() if one.location_id == location_id]:
            await self._end(day.id, DayStatus.STOPPED)

    async def get(self, organization_id: str, location_id: str, day_id: str) -> Day:
        """NotFound where there is none."""
        found = self._running.get(day_id) or await self._repositories.days.find(
            organization_id, day_id
        )
        if found is None or (found.organization_id, found.location_id) != (
            organization_id,
            location_id,
        ):
            raise NotFound(f"there is no day {day_id!r} at this location")
        return found

    async def listed(
        self, organization_id: str, location_id: str, page: PageRequest
    ) -> Listing[Day]:
        """The newest first."""
        if await self._repositories.locations.find(organization_id, location_id) is None:
            raise NotFound(f"there is no location {location_id!r}")
        listing = await self._repositories.days.listed(organization_id, location_id, page)
        days = [self._running.get(day.id, day) for day in listing.entries]
        return Listing(days, listing.total)

    def site_time(self, day: Day) -> Instant:
        """The moment at its site."""
        return day.site_time(self._clock())

    def happened(self, deployment_id: str, event: Mapping[str, Any]) -> None:
        """A charger's event: sessions and their energy are counted."""
        day = self._running.get(self._day_of.get(deployment_id, ""))
        if day is None:
            return
        match event["type"]:
            case "transaction_started":
                self._count(day, sessions_begun=day.sessions_begun + 1)
            case "transaction_ended":
                gained = event["meter_stop_wh"] - event["meter_start_wh"]
                ended = day.sessions_ended + 1
                self._count(day, sessions_ended=ended, energy_wh=day.energy_wh + gained)

    # --- inside --------------------------------------------------------------------------------

    def _check(self, plan: DayPlan) -> None:
        rates.check(plan.rate, peer_agrees=plan.peer_agrees_to_rate)
        if not 0.0 < plan.hours <= limits.DAY_HOURS:
            raise Invalid(f"a day has more than 0 and at most {limits.DAY_HOURS:g} hours")
        self._drivers.check(plan)

    def _check_room(self, organization_id: str, location_id: str) -> None:
        ours = [one for one in self._running.values() if one.organization_id == organization_id]
        present = next((one.id for one in ours if one.location_id == location_id), None)
        if present is not None or location_id in self._starting:
            raise Conflict("a day is under way at this location", hint="stop that one first")
        if len(ours) >= limits.DAYS_AT_ONCE:
            raise Overfull(f"{limits.DAYS_AT_ONCE} days are under way already")

    def _drawn_up(
        self,
        organization_id: str,
        location_id: str,
        zone: str | None,
        plan: DayPlan,
        running: Sequence[Deployment],
    ) -> Day:
        now = self._clock()
        so_far = max(rates.local_time(one.options, now) for one in running)
        if plan.start is not None and plan.start < so_far - 1.0:
            raise Invalid(
                "time does not fall back: it is later than that at the site",
                hint="leave start out, or make it later",
                param="start",
            )
        places = [
            SiteConnector(deployment_id=one.id, identity=one.identity, evse_id=evse)
            for one in running
            for evse in range(1, self._connectors(one) + 1)
        ]
        before = {one.id: one.options.rate or rates.REAL_TIME for one in running}
        return Day(
            id=ids.prefixed("day_"),
            organization_id=organization_id,
            location_id=location_id,
            plan=plan,
            began_at=now,
            local_at=so_far if plan.start is None else max(plan.start, so_far),
            zone=zone,
            places=tuple(places),
            rates=before,
        )

    def _connectors(self, deployment: Deployment) -> int:
        model = self._catalogue.model(deployment.brand_slug, deployment.model_slug)
        return number_of_connectors(deployment, model)

    async def _set_pace(self, day: Day, running: Sequence[Deployment]) -> None:
        await self._all_go([(deployment, day.pace) for deployment in running])

    async def _put_back(self, day: Day) -> None:
        """The chargers' rates as they were; their time goes on where it is."""
        found = await self._repositories.deployments.find_many(day.organization_id, [*day.rates])
        now = self._clock()
        paces = []
        for deployment in found.values():
            pace, before = deployment.options.pace, day.rates[deployment.id]
            if pace is not None and pace.rate != before:
                paces.append((deployment, pace.at_rate(before, now)))
        await self._all_go(paces)

    async def _all_go(self, paces: Sequence[tuple[Deployment, Pace]]) -> None:
        """Together, so that their rows share commits: one by one, a thousand take half a minute.
        All are tried; then the first error is raised, where there is one."""
        errors: list[VoltyardError] = []

        async def go(deployment: Deployment, pace: Pace) -> None:
            try:
                await self._chargers.go_at(deployment, pace)
            except VoltyardError as error:
                errors.append(error)

        await at_once(limits.PROVISIONINGS_AT_ONCE, [go(*one) for one in paces])
        if errors:
            raise errors[0]

    def _run(self, day: Day) -> None:
        self._running[day.id] = day
        for place in day.places:
            self._day_of[place.deployment_id] = day.id
        self._drivers.begin(day, lambda: self._refused(day.id))
        assert self._wheel is not None
        self._wheel.set(day.id, day.over_at)

    def _refused(self, day_id: str) -> None:
        day = self._running.get(day_id)
        if day is not None:
            self._count(day, refused=day.refused + 1)

    def _count(self, day: Day, **counts: float) -> None:
        self._running[day.id] = msgspec.structs.replace(day, **counts)
        self._changed.add(day.id)

    def _over(self, day_id: str) -> None:
        self._do(self._end_over(day_id))

    async def _end_over(self, day_id: str) -> None:
        with contextlib.suppress(VoltyardError):  # it is tried again
            if day_id in self._running:
                await self._end(day_id, DayStatus.ENDED)

    async def _end(self, day_id: str, status: DayStatus) -> Day:
        assert self._wheel is not None
        self._wheel.set(day_id, None)
        self._drivers.end(day_id)
        day = self._running.pop(day_id)
        ended = msgspec.structs.replace(day, status=status, ended_at=self._clock())
        try:
            await self._repositories.days.change(ended)
        except VoltyardError:
            self._running[day_id] = day
            self._wheel.set(day_id, self._clock() + self._kept_each_s)
            raise
        self._changed.discard(day_id)
        for place in ended.places:
            if self._day_of.get(place.deployment_id) == day_id:
                del self._day_of[place.deployment_id]
        await self._put_back(ended)
        assert ended.ended_at is not None
        self._event_writer.day_told("day.ended", ended.ended_at, ended)
        return ended

    async def _keep(self) -> None:
        """Write what has changed; what cannot be written stays marked."""
        for day_id in tuple(self._changed):
            day = self._running.get(day_id)
            if day is not None:
                await self._repositories.days.change(day)
            if self._running.get(day_id) is day:  # else it was counted on meanwhile
                self._changed.discard(day_id)

    def _do(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _runs(deployment: Deployment) -> bool:
    """Or will in a moment."""
    return deployment.desired_count > 0 and deployment.provisioning is not ProvisioningStatus.FAILED
