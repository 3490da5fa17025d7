"""Site power limits: the power of a limited location, divided anew at each change.

Chargers are asked, not watched: a location that something happened at is looked at, at most once in
`limits.SITE_PACE_S`, and each charger whose share is to change is told. What is taken from one is
given to another only once the first has said that it has come down. So the shares that chargers
hold never exceed the limit together, wherever they run. A charger that the site has not spoken to
since it got power holds nothing.
"""

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

import structlog
from msgspec import Struct

from voltyard.kernel import limits
from voltyard.kernel.errors import NotFound, VoltyardError
from voltyard.kernel.time import Seconds
from voltyard.kernel.units import Watts
from voltyard.ports.runtimes import CommandCompleted, Provider
from voltyard.yard.commands.command import QueuedCommand
from voltyard.yard.deployments.deployment import Deployment
from voltyard.yard.events.event_writer import EventWriter
from voltyard.yard.locations.location import Location
from voltyard.yard.locations.power_sharing import PowerClaim, share_power
from voltyard.yard.repositories import DeploymentRepository, LocationRepository

log = structlog.get_logger(__name__)

_VERB: Final = "site_share"
_TELLING: Final = frozenset({"status", "transaction_started", "transaction_ended", "meter", "boot"})
"""Events after which shares may be others."""

_WORTH_W: Final[Watts] = 1.0
"""A share is not changed for less."""

_Shares: TypeAlias = dict[int, Watts]


class EvseShare(Struct, frozen=True, kw_only=True):
    """The share of one EVSE in its location's power."""

    deployment_id: str
    identity: str
    evse_id: int
    power_w: Watts
    wanted_w: Watts
    least_w: Watts
    share_w: Watts | None
    begun_at: float | None
    """Moment when its transaction began."""


class PowerDivision(Struct, frozen=True):
    """The division of a location's power between all EVSEs of its running chargers."""

    parts: tuple[EvseShare, ...]

    @property
    def power_w(self) -> Watts:
        """The power that flows."""
        return sum(part.power_w for part in self.parts)

    @property
    def wanted_w(self) -> Watts:
        """The power that would flow without a limit."""
        return sum(part.wanted_w for part in self.parts)

    @property
    def share_w(self) -> Watts:
        """The power that is shared out."""
        return sum(part.share_w or 0.0 for part in self.parts)


class _Site(Struct):
    """A location with a limit."""

    organization_id: str
    limit_w: Watts
    is_due: bool = False
    task: "asyncio.Task[None] | None" = None


class PowerBalancer:
    """Holds every limited location within its limit. Idle while nothing happens."""

    def __init__(
        self,
        provider: Provider,
        deployments: DeploymentRepository,
        locations: LocationRepository,
        event_writer: EventWriter,
        *,
        pace_s: Seconds = limits.SITE_PACE_S,
    ) -> None:
        self._provider = provider
        self._deployments = deployments
        self._locations = locations
        self._event_writer = event_writer
        self._pace_s = pace_s
        self._sites: dict[str, _Site] = {}
        self._to_free: set[str] = set()
        self._freeing: dict[str, asyncio.Task[None]] = {}
        """Both by deployment."""
        event_writer.on_moved(self._moved)

    async def load(self) -> None:
        """Know the limits there are."""
        for location in await self._locations.limited():
            self.limited(location)

    def limited(self, location: Location) -> None:
        """A location's limit is as it is there, or it has none."""
        if location.max_power_w is None:
            self._release(location.id)
            return
        site = self._sites.get(location.id)
        if site is None:
            site = self._sites[location.id] = _Site(location.organization_id, location.max_power_w)
        site.limit_w = location.max_power_w
        self._wake(location.id)

    def forgotten(self, location_id: str) -> None:
        """The location is deleted; its chargers are at none."""
        self._release(location_id)

    def started(self, deployment_id: str, memory: bytes | None) -> None:
        """A charger runs: where there is a limit it takes nothing until it is given a share. Where
        there is none, it may hold a share of a limit that was taken back when nobody could tell
        it, as by a kill."""
        location_id = self._event_writer.location_of(deployment_id)
        if location_id in self._sites:
            with contextlib.suppress(VoltyardError):
                self._provider.command(deployment_id, _VERB, {"holds": True})
            self._wake(location_id)
        elif memory is not None and self._provider.holds_share(memory):
            self._free(deployment_id)

    def happened(self, deployment_id: str, event: Mapping[str, Any]) -> None:
        """An event of charger.description.events as plain data."""
        if event["type"] not in _TELLING:
            return
        location_id = self._event_writer.location_of(deployment_id)
        if location_id in self._sites:
            self._wake(location_id)
        elif event.get("holds_share"):
            self._free(deployment_id)

    def ended(self, command: QueuedCommand) -> None:
        """A command has come to its end, and may have changed what its charger wants."""
        if command.location_id in self._sites:
            self._wake(command.location_id)

    async def look(self, organization_id: str, location_id: str) -> PowerDivision:
        """The division of a location's power at this moment."""
        return await self._seen(await self._deployments.at_location(organization_id, location_id))

    async def close(self) -> None:
        """Leave all as it is."""
        tasks = [site.task for site in self._sites.values() if site.task is not None]
        tasks.extend(self._freeing.values())
        self._sites.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # --- looking -------------------------------------------------------------------------------

    def _wake(self, location_id: str) -> None:
        site = self._sites[location_id]
        site.is_due = True
        if site.task is None:
            site.task = asyncio.create_task(self._tend(location_id, site))

    async def _tend(self, location_id: str, site: _Site) -> None:
        """Look at a location for as long as something happens there."""
        try:
            while site.is_due and self._sites.get(location_id) is site:
                site.is_due = False
                try:
                    wait_s = await self._balance(location_id, site)
                except VoltyardError:
                    # A worker is away, or the database: all keep what they have meanwhile.
                    wait_s = self._pace_s
                except Exception:
                    log.exception("site_not_balanced", location=location_id)
                    wait_s = 0.0
                if wait_s:
                    site.is_due = True
                await asyncio.sleep(max(self._pace_s, wait_s))
        finally:
            site.task = None
        if site.is_due and self._sites.get(location_id) is site:
            self._wake(location_id)

    async def _balance(self, location_id: str, site: _Site) -> Seconds:
        """Take from those that are to have less, then give to the others; how long those need to
        come down, where giving has to wait for that."""
        deployments = await self._deployments.at_location(site.organization_id, location_id)
        division = await self._seen(deployments)
        # Who began first goes first: who comes later waits where there is not enough for all.
        parts = sorted(division.parts, key=lambda part: (part.begun_at is None, part.begun_at or 0))
        claims = [PowerClaim(part.wanted_w, part.least_w) for part in parts]
        targets = share_power(site.limit_w, claims)
        less: dict[str, _Shares] = {}
        more: dict[str, _Shares] = {}
        gains = [
            target_w - (part.share_w or 0.0) for part, target_w in zip(parts, targets, strict=True)
        ]
        worth_w = 0.0 if any(gain_w > _WORTH_W for gain_w in gains) else _WORTH_W
        for part, target_w, gain_w in zip(parts, targets, gains, strict=True):
            if part.share_w is None or gain_w < -worth_w:
                less.setdefault(part.deployment_id, {})[part.evse_id] = target_w
            elif gain_w > _WORTH_W:
                more.setdefault(part.deployment_id, {})[part.evse_id] = target_w
        settles = await asyncio.gather(
            *(self._tell(one, less[one], location_id, site) for one in less)
        )
        if any(settled_s is None for settled_s in settles):
            return self._pace_s  # what they hold is not known: look again
        wait_s = max((settled_s for settled_s in settles if settled_s), default=0.0)
        if not more or wait_s:
            return wait_s
        await asyncio.gather(*(self._tell(one, more[one], location_id, site) for one in more))
        return 0.0

    async def _seen(self, deployments: Sequence[Deployment]) -> PowerDivision:
        states = await asyncio.gather(*(self._provider.state(one.id) for one in deployments))
        return PowerDivision(
            tuple(
                part
                for deployment, state in zip(deployments, states, strict=True)
                if state is not None
                for part in _parts(deployment, state)
            )
        )

    # --- telling -------------------------------------------------------------------------------

    async def _tell(
        self, deployment_id: str, shares: _Shares, location_id: str, site: _Site
    ) -> Seconds | None:
        """Have a charger take up its shares: how long until its power is down. None where that is
        not known; 0 where it does not run, and takes nothing, or is no longer of that site: it may
        have been freed since it was looked at."""
        is_of_site = self._event_writer.location_of(deployment_id) == location_id
        if not is_of_site or self._sites.get(location_id) is not site:
            return 0.0
        told = [{"evse_id": evse_id, "power_w": power_w} for evse_id, power_w in shares.items()]
        try:
            asked = self._provider.command(deployment_id, _VERB, {"shares": told})
            async with asyncio.timeout(limits.SITE_ANSWER_S):
                outcome = await asked
        except TimeoutError:
            return None
        except VoltyardError:
            return 0.0
        if isinstance(outcome, CommandCompleted):
            return float(outcome.result.get("settles_s", 0.0))
        return None

    def _moved(self, deployment_id: str, before: str | None, after: str | None) -> None:
        """A charger came to another location."""
        for location_id in (before, after):
            if location_id is not None and location_id in self._sites:
                self._wake(location_id)
        if before in self._sites and after not in self._sites:
            self._free(deployment_id)

    def _release(self, location_id: str) -> None:
        """The location has no limit any more: its chargers may take what they can."""
        if self._sites.pop(location_id, None) is not None:
            for deployment_id in self._event_writer.at_location(location_id):
                self._free(deployment_id)

    def _free(self, deployment_id: str) -> None:
        """Have a charger told that nothing limits it."""
        self._to_free.add(deployment_id)
        if deployment_id not in self._freeing:
            task = asyncio.create_task(self._see_freed(deployment_id))
            self._freeing[deployment_id] = task

    async def _see_freed(self, deployment_id: str) -> None:
        """Tell it until it has heard, does not run, or is at a limited location again."""
        try:
            while deployment_id in self._to_free:
                self._to_free.discard(deployment_id)
                if self._event_writer.location_of(deployment_id) in self._sites:
                    return
                if not await self._tell_free(deployment_id):
                    self._to_free.add(deployment_id)
                    await asyncio.sleep(self._pace_s)
        finally:
            del self._freeing[deployment_id]

    async def _tell_free(self, deployment_id: str) -> bool:
        """Tell a charger that it is free; True where it needs no more telling. One that does not
        run is told when it does."""
        try:
            asked = self._provider.command(deployment_id, _VERB, {"frees": True})
            async with asyncio.timeout(limits.SITE_ANSWER_S):
                outcome = await asked
        except NotFound:
            return True
        except (TimeoutError, VoltyardError):
            return False
        return isinstance(outcome, CommandCompleted)


def _parts(deployment: Deployment, state: Mapping[str, Any]) -> list[EvseShare]:
    """The EVSEs of a charger; connectors of one share it."""
    parts: dict[int, EvseShare] = {}
    for seen in state["connectors"]:
        before = parts.get(seen["evse_id"])
        transaction = seen["transaction"]
        part = EvseShare(
            deployment_id=deployment.id,
            identity=deployment.identity,
            evse_id=seen["evse_id"],
            power_w=seen["power_w"],
            wanted_w=seen["wanted_w"],
            least_w=seen["least_w"],
            share_w=seen["share_w"],
            begun_at=None if transaction is None else transaction["started_at"],
        )
        if before is None or part.wanted_w > before.wanted_w:
            parts[part.evse_id] = part
    return list(parts.values())
