"""A load run, from its first charger to the last answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from voltyard.charger.description.specification import ChargerSpec
from voltyard.kernel import limits
from voltyard.kernel.addressing.egress import ANYWHERE, Egress
from voltyard.kernel.time import Instant, Seconds
from voltyard.load.chargers import ChargerPresence, LoadCharger
from voltyard.load.deeds import Deeds
from voltyard.load.figures import LoadFigures, LoadSample
from voltyard.load.observer import CountingDialler, LoadObserver
from voltyard.load.plans.plan import LoadPlan
from voltyard.load.plans.stages import stage_text
from voltyard.load.play import StageDirector
from voltyard.ports.clock import Clock
from voltyard.ports.links import Dialler
from voltyard.runtimes.host.host import Host

Look = Callable[[LoadFigures, LoadSample], None]
"""Watcher of a run, which is shown how it goes about once a second."""

_LOOK_S: Seconds = 0.05
"""Interval at which the generator looks whether it keeps its own time."""
_SHOW_S: Seconds = 1.0
_SLACK_S: Seconds = 0.01
"""Time within which the due work of chargers is done together."""
_DRAIN_LOOK_S: Seconds = 0.02


def unseen(figures: LoadFigures, sample: LoadSample) -> None:
    """A look at a run that nothing comes of."""


class LoadRun:
    """A load run against one CSMS; it is used once."""

    def __init__(
        self,
        plan: LoadPlan,
        specs: list[ChargerSpec],
        dialler: Dialler,
        clock: Clock,
        *,
        cpu: Callable[[], Seconds],
        egress: Egress = ANYWHERE,
        look: Look = unseen,
    ) -> None:
        """There are as many `specs` as the plan has chargers. `cpu` tells the processor time that
        this process has taken; what is dialled is held to `egress`."""
        tags = plan.sessions.tags if plan.sessions is not None else ("04D10000000000",)
        self.figures = LoadFigures()
        self._plan = plan
        self._clock = clock
        self._cpu = cpu
        self._look = look
        self._chargers = [
            LoadCharger(spec, tags[number % len(tags)]) for number, spec in enumerate(specs)
        ]
        self._observer = LoadObserver(
            {one.key: one for one in self._chargers}, self.figures, limits.CALL_TIMEOUT_S
        )
        self._host = Host(
            CountingDialler(dialler, self.figures), clock, self._observer, slack_s=_SLACK_S
        )
        numbers = {one.key: number for number, one in enumerate(self._chargers)}
        self._deeds = Deeds(plan, numbers, self._host, clock, self.figures)
        self._observer.follow(self._host, self._deeds.begin)
        self._director = StageDirector(
            self._chargers, self._host, self._deeds, clock, self.figures.lag, egress
        )
        self._stage = stage_text(plan.stages[0])
        self._began: Instant = clock()
        self._shown_at: Instant = 0.0
        self._timer: asyncio.TimerHandle | None = None

    async def play(self, stopping: asyncio.Event) -> LoadFigures:
        """Play the stages, and wait for what is still to be answered; `stopping` ends it at once.
        The links are closed then; no task stays behind."""
        self._began = begins_at = self._clock()
        busy_s = self._cpu()
        self._tick(begins_at)
        try:
            for stage in self._plan.stages:
                self._stage = stage_text(stage)
                await self._director.play(stage, begins_at, stopping)
                if stopping.is_set():
                    break
                begins_at += stage.lasts_s
            else:
                self.figures.is_complete = True
            self._conclude(busy_s)
            if not stopping.is_set():
                await self._drain(stopping)
                self._observer.conclude()
                self._deeds.conclude()
        finally:
            self._deeds.stop()
            if self._timer is not None:
                self._timer.cancel()
            self._host.close()
        return self.figures

    def _conclude(self, busy_s: Seconds) -> None:
        """The stages are over: nothing that begins from now on is measured."""
        figures, now = self.figures, self._clock()
        self._deeds.stop()
        self._observer.ends_at = now
        figures.took_s = now - self._began
        figures.cpu_share = (self._cpu() - busy_s) / max(figures.took_s, 1e-6)
        figures.wanted, figures.connected = self._presence()
        self._show(now)

    async def _drain(self, stopping: asyncio.Event) -> None:
        """Wait until what was to be done is done."""
        ends_at = self._clock()
        while self._clock() - ends_at < limits.LOAD_DRAIN_S and not stopping.is_set():
            if not any(one.owes(ends_at) for one in self._chargers):
                return
            await asyncio.sleep(_DRAIN_LOOK_S)

    # --- how it goes ---------------------------------------------------------------------------

    def _tick(self, due_at: Instant) -> None:
        """Look how late this look is; one that was missed counts as late as it was."""
        now = self._clock()
        while due_at <= now:
            self.figures.lag.add(now - due_at)
            due_at += _LOOK_S
        if now - self._shown_at >= _SHOW_S - _LOOK_S / 2:
            self._show(now)
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(max(0.0, due_at - now), self._tick, due_at)

    def _show(self, now: Instant) -> None:
        self._shown_at = now
        wanted, connected = self._presence()
        sample = LoadSample(
            now - self._began,
            self._stage,
            wanted,
            connected,
            self.figures.calls,
            self.figures.errors,
        )
        self.figures.timeline.add(sample)
        self._look(self.figures, sample)

    def _presence(self) -> tuple[int, int]:
        """Chargers that are to be connected, and those that are."""
        wanted = [one for one in self._chargers if one.presence is not ChargerPresence.AWAY]
        return len(wanted), sum(one.is_connected for one in wanted)
