"""Playing of stages: chargers come, lose their links and their power, and return, each at a moment
that is fixed before the first stage begins."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from typing import Final, TypeAlias

from voltyard.catalogue.commands.commands import (
    NetworkDrop,
    NetworkRestore,
    PowerCut,
    PowerRestore,
)
from voltyard.charger.connection.power_and_reset import RESTART_S
from voltyard.kernel.addressing.egress import Egress
from voltyard.kernel.time import Instant
from voltyard.load.chargers import ChargerPresence, LoadCharger
from voltyard.load.deeds import Deeds
from voltyard.load.histogram import LatencyHistogram
from voltyard.load.plans.stages import BlackoutStage, RampStage, RollingStage, Stage, StormStage
from voltyard.ports.clock import Clock
from voltyard.runtimes.host.host import Host

Event: TypeAlias = tuple[Instant, Callable[[LoadCharger, Instant], None], LoadCharger]

_YIELD_EACH: Final = 64
"""Chargers after which others on the loop have their turn, where many are due at once."""


class StageDirector:
    """Has the chargers do what the stages say of links and power."""

    def __init__(
        self,
        chargers: list[LoadCharger],
        host: Host,
        deeds: Deeds,
        clock: Clock,
        lag: LatencyHistogram,
        egress: Egress,
    ) -> None:
        self._chargers = chargers
        self._host = host
        self._deeds = deeds
        self._clock = clock
        self._lag = lag
        self._egress = egress
        self._present = 0
        """Chargers that the stages so far have brought."""

    async def play(self, stage: Stage, begins_at: Instant, stopping: asyncio.Event) -> None:
        """Play a stage to its end, or until it is stopped."""
        for done, (at, act, charger) in enumerate(self._events(stage, begins_at), 1):
            await self._until(at, stopping)
            if stopping.is_set():
                return
            self._lag.add(self._clock() - at)
            act(charger, at)
            if done % _YIELD_EACH == 0:
                await asyncio.sleep(0)
        await self._until(begins_at + stage.lasts_s, stopping)

    def _events(self, stage: Stage, begins_at: Instant) -> Iterator[Event]:
        """The events of a stage, in order of time."""
        ends_at = begins_at + stage.lasts_s
        match stage:
            case RampStage(chargers=number):
                yield from self._ramp(number, begins_at, stage.lasts_s)
            case StormStage():
                for one in self._here():
                    yield begins_at, self._reconnect, one
            case RollingStage(groups=groups):
                here = self._here()
                for place, one in enumerate(here):
                    group = place * groups // len(here)
                    yield begins_at + stage.lasts_s * group / groups, self._reconnect, one
            case BlackoutStage():
                here = self._here()
                for one in here:
                    yield begins_at, self._cut_power, one
                for one in here:
                    yield ends_at, self._return_power, one

    def _ramp(self, number: int, begins_at: Instant, lasts_s: float) -> Iterator[Event]:
        before, self._present = self._present, number
        coming = self._chargers[before:number]
        leaving = self._chargers[number:before][::-1]
        for place, one in enumerate(coming):
            yield begins_at + lasts_s * place / len(coming), self._come, one
        for place, one in enumerate(leaving):
            yield begins_at + lasts_s * (place + 1) / len(leaving), self._leave, one

    def _here(self) -> list[LoadCharger]:
        return self._chargers[: self._present]

    # --- what happens to a charger -------------------------------------------------------------

    def _come(self, charger: LoadCharger, at: Instant) -> None:
        charger.presence = ChargerPresence.COMING
        charger.connect_from = at
        self._host.add(charger.key, charger.spec, egress=self._egress)

    def _leave(self, charger: LoadCharger, at: Instant) -> None:
        charger.presence = ChargerPresence.AWAY
        charger.connect_from = None
        charger.is_accepted = False
        self._deeds.end(charger)
        if charger.key in self._host:
            self._host.power_off(charger.key)

    def _reconnect(self, charger: LoadCharger, at: Instant) -> None:
        if charger.key not in self._host:
            return
        self._cut(charger, ChargerPresence.COMING)
        charger.connect_from = at
        self._host.ask(charger.key, NetworkDrop())
        self._host.ask(charger.key, NetworkRestore())

    def _cut_power(self, charger: LoadCharger, at: Instant) -> None:
        if charger.key not in self._host:
            return
        self._cut(charger, ChargerPresence.AWAY)
        charger.connect_from = None
        self._host.ask(charger.key, PowerCut())
        charger.is_accepted = False

    def _return_power(self, charger: LoadCharger, at: Instant) -> None:
        if charger.key not in self._host:
            return
        charger.presence = ChargerPresence.COMING
        charger.connect_from = at + RESTART_S
        self._host.ask(charger.key, PowerRestore())

    def _cut(self, charger: LoadCharger, then: ChargerPresence) -> None:
        charger.presence = then
        self._deeds.cut_off(charger)

    async def _until(self, at: Instant, stopping: asyncio.Event) -> None:
        left_s = at - self._clock()
        if left_s <= 0.0 or stopping.is_set():
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(left_s):
                await stopping.wait()
