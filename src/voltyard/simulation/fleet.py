"""A fleet: chargers in real time against whatever CSMS there is, with drivers who come and go."""

from collections.abc import Callable, Coroutine
from typing import Any

from voltyard.charger.events import (
    Booted,
    ConnectionChanged,
    Event,
    TransactionEnded,
    TransactionStarted,
)
from voltyard.charger.specification import ChargerSpec
from voltyard.kernel.seeds import stream
from voltyard.ports import Clock, Dialler
from voltyard.runtimes.host import Host
from voltyard.simulation.crowd import Crowd
from voltyard.simulation.habits import LIVELY
from voltyard.simulation.workload import Manners, Place, Tags, drivers


class Tally:
    """A host's listener that counts."""

    def __init__(self) -> None:
        self._connected: set[str] = set()
        self.accepted: set[str] = set()
        """Those whose last boot was accepted, connected or not."""
        self.running = 0
        self.ended = 0
        self.energy_wh = 0.0
        self.broken: list[str] = []
        """What went wrong in chargers that are driven no more."""

    @property
    def connected(self) -> int:
        """How many have a link."""
        return len(self._connected)

    def reported(self, key: str, event: Event) -> None:
        """Count what matters."""
        match event:
            case ConnectionChanged(connected=connected):
                if connected:
                    self._connected.add(key)
                else:
                    self._connected.discard(key)
            case Booted(status="Accepted"):
                self.accepted.add(key)
            case Booted():
                self.accepted.discard(key)
            case TransactionStarted():
                self.running += 1
            case TransactionEnded():
                self.running -= 1
                self.ended += 1
                self.energy_wh += event.meter_stop_wh - event.meter_start_wh

    def remembered(self, key: str) -> None:
        """A fleet has no memory."""

    def broke(self, key: str, error: Exception) -> None:
        """A bug of ours, to be told at the end."""
        self.broken.append(f"{key}: {type(error).__name__}: {error}")


Watch = Callable[[Host, Tally], Coroutine[Any, Any, None]]


async def drive(
    specs: list[ChargerSpec], dialler: Dialler, clock: Clock, tags: Tags | None, watch: Watch
) -> Tally:
    """Drive chargers, with drivers who have those tags or with none, until `watch` returns.

    The links are closed then; no task stays behind.
    """
    tally = Tally()
    host = Host(dialler, clock, tally)
    crowd = Crowd(host.ask, clock)
    try:
        for spec in specs:
            host.add(spec.identity, spec)
        if tags is not None:
            _invite(crowd, specs, tags, clock)
        await watch(host, tally)
    finally:
        crowd.dismiss()
        host.close()
    return tally


def _invite(crowd: Crowd, specs: list[ChargerSpec], tags: Tags, clock: Clock) -> None:
    for spec in specs:
        for evse in range(1, len(spec.evses) + 1):
            random = stream(spec.seed, "drivers", spec.identity, evse)
            place = Place(evse_id=evse)
            crowd.play(spec.identity, drivers(place, LIVELY, Manners(), tags, random, clock))
