"""Drivers of simulated days: crowds whose wishes are commands to a provider's chargers."""

from asyncio import Future
from collections.abc import Callable
from datetime import UTC
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from voltyard.catalogue.catalogue import Catalogue
from voltyard.catalogue.commands.commands import Unplug
from voltyard.drivers.cars import cars_of
from voltyard.drivers.crowd import Crowd, Script, Wish
from voltyard.drivers.habits import habits_of
from voltyard.drivers.tags import TagMix, TagSource, tag_dealer
from voltyard.drivers.workload import ParkingBay, Visitors, driver_script
from voltyard.kernel.errors import Invalid
from voltyard.kernel.seeds import stream
from voltyard.ports.clock import Clock
from voltyard.ports.runtimes import CommandRefused, Provider
from voltyard.yard.days import Day, DayPlan
from voltyard.yard.days import SiteConnector as Spot


class SiteDrivers:
    """The yard.days.DayDrivers over a provider."""

    def __init__(self, provider: Provider, catalogue: Catalogue, clock: Clock) -> None:
        self._provider = provider
        self._catalogue = catalogue
        self._clock = clock
        self._crowds: dict[str, Crowd] = {}

    def check(self, plan: DayPlan) -> None:
        habits_of(plan.kind)
        cars_of(plan.vehicles, self._catalogue)
        for tag in (*plan.tags, *plan.blocked_tags):
            if not 1 <= len(tag) <= 20:
                raise Invalid(f"the tag {tag!r} has not 1 to 20 characters", param="tags")
        _mix(plan)

    def begin(self, day: Day, refused: Callable[[], None]) -> None:
        plan, pace = day.plan, day.pace
        visitors = Visitors(
            habits=habits_of(plan.kind),
            cars=cars_of(plan.vehicles, self._catalogue),
            zone=UTC if day.zone is None else ZoneInfo(day.zone),
        )

        def ask(deployment_id: str, wish: Any) -> "Future[Any]":
            return self._ask(deployment_id, wish, refused)

        crowd = self._crowds[day.id] = Crowd(ask, self._clock, pace)
        tags_at = tag_dealer(_mix(plan))
        clock = self._clock
        for number, spot in enumerate(day.places):
            random = stream(plan.seed, "day", spot.identity, spot.evse_id, day.resumed)
            place = ParkingBay(evse_id=spot.evse_id)
            tags: TagSource = tags_at(number)
            script = driver_script(place, visitors, tags, random, lambda: pace.local_at(clock()))
            crowd.play(spot.deployment_id, _cleared(spot, script) if day.resumed else script)

    def end(self, day_id: str) -> None:
        crowd = self._crowds.pop(day_id, None)
        if crowd is not None:
            crowd.stop()

    def _ask(self, deployment_id: str, wish: Wish, refused: Callable[[], None]) -> "Future[Any]":
        plain = msgspec.to_builtins(wish)
        verb = plain.pop("type")
        answer = self._provider.command(deployment_id, verb, plain)
        if verb == "swipe":
            answer.add_done_callback(lambda one: _tell(one, refused))
        return answer


def _cleared(spot: Spot, script: Script) -> Script:
    """A car of before the server started is driven away first."""
    yield Unplug(evse_id=spot.evse_id)
    yield from script


def _tell(answer: "Future[Any]", refused: Callable[[], None]) -> None:
    if answer.cancelled():
        return
    outcome = answer.result()
    if isinstance(outcome, CommandRefused) and outcome.code == "refused":
        refused()


def _mix(plan: DayPlan) -> TagMix:
    return TagMix(
        tags=plan.tags,
        order=plan.tag_order,
        unknown=plan.unknown,
        blocked=plan.blocked,
        blocked_tags=plan.blocked_tags,
    )
