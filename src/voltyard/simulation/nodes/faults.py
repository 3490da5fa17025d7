"""Faults of processes, ways and the database, at random moments, and their end."""

import asyncio
from collections.abc import Callable
from random import Random

from msgspec import Struct

from voltyard.kernel.time import Seconds
from voltyard.simulation.nodes.fabric import BUS, DATABASE, Weather
from voltyard.simulation.nodes.machines import Machine, pause_s
from voltyard.simulation.nodes.processes import World


class FaultRates(Struct, frozen=True, kw_only=True):
    """Faults: how often there is one, and the weight of each kind among them."""

    every_s: Seconds = 6.0
    pauses: float = 1.0
    replacements: float = 0.3
    """Pauses in which another process of that name is started elsewhere."""
    kills: float = 1.0
    stops: float = 1.0
    bus_cuts: float = 1.0
    pair_cuts: float = 1.0
    database_cuts: float = 1.0
    database_restarts: float = 0.5
    link_cuts: float = 1.0
    weather: float = 1.0


NO_FAULTS = FaultRates(every_s=1e9)


class Disturber:
    """Has faults happen, and mends each after some time."""

    def __init__(
        self, world: World, machines: list[Machine], random: Random, rates: FaultRates | None
    ) -> None:
        """Without `rates` they are drawn."""
        self._world = world
        self._machines = machines
        self._random = random
        self._rates = _drawn(random) if rates is None else rates
        self._mending: dict[asyncio.TimerHandle, Callable[[], None]] = {}
        self.faults = 0

    async def disturb(self) -> None:
        """Have one after another, until cancelled."""
        rates = self._rates
        kinds: list[tuple[float, Callable[[Machine], None]]] = [
            (rates.pauses, self._pause),
            (rates.replacements, self._replace),
            (rates.kills, Machine.kill),
            (rates.stops, Machine.stop),
            (rates.bus_cuts, self._cut_bus),
            (rates.pair_cuts, self._cut_pair),
            (rates.database_cuts, self._cut_database),
            (rates.database_restarts, self._restart_database),
            (rates.link_cuts, self._cut_links),
            (rates.weather, self._change_weather),
        ]
        weights = [weight for weight, _ in kinds]
        while True:
            await asyncio.sleep(self._random.expovariate(1.0 / rates.every_s))
            (_, fault), *_ = self._random.choices(kinds, weights)
            machine = self._random.choice(self._machines)
            self.faults += 1
            name = getattr(fault, "__name__", "fault").strip("_").replace("_", " ")
            self._world.said(machine.name, f"fault: {name}")
            fault(machine)

    def mend_all(self) -> None:
        """End all faults."""
        for timer, mend in list(self._mending.items()):
            timer.cancel()
            mend()
        self._mending.clear()
        self._world.fabric.mend_all()
        self._world.database.is_down = False
        for machine in self._machines:
            machine.resume()
            machine.stop_left()
            machine.look_at_bus()
        self._world.said("world", "all is mended")

    def _pause(self, machine: Machine) -> None:
        machine.pause()
        self._later(machine.resume)

    def _replace(self, machine: Machine) -> None:
        machine.pause()
        machine.leave_paused()
        self._later(machine.resume)

    def _cut_bus(self, machine: Machine) -> None:
        self._cut(machine.name, BUS)
        machine.look_at_bus()

    def _cut_pair(self, machine: Machine) -> None:
        other = self._random.choice([one for one in self._machines if one is not machine])
        self._cut(machine.name, other.name)

    def _cut_database(self, machine: Machine) -> None:
        self._cut(machine.name, DATABASE)

    def _cut(self, one: str, other: str) -> None:
        self._world.fabric.cut(one, other)

        def mend() -> None:
            self._world.fabric.mend(one, other)
            for machine in self._machines:
                machine.look_at_bus()

        self._later(mend)

    def _restart_database(self, machine: Machine) -> None:
        database = self._world.database
        database.restart()
        database.is_down = True

        def mend() -> None:
            database.is_down = False

        self._later(mend)

    def _cut_links(self, machine: Machine) -> None:
        self._world.balancer.cut_some(self._random.random())

    def _change_weather(self, machine: Machine) -> None:
        random = self._random
        self._world.fabric.weather = Weather(
            late=random.choice((0.0, 0.02, 0.2)),
            latest_s=random.choice((0.3, 3.0, 12.0)),
            lost=random.choice((0.0, 0.01, 0.1)),
            again=random.choice((0.0, 0.05, 0.3)),
        )

    def _later(self, mend: Callable[[], None]) -> None:
        loop = asyncio.get_running_loop()

        def mended() -> None:
            del self._mending[timer]
            mend()

        timer = loop.call_later(pause_s(self._random), mended)
        self._mending[timer] = mend


def _drawn(random: Random) -> FaultRates:
    """Rates by chance: some simulations have few kinds of faults, and much of them."""
    weights = [random.choice((0.0, 0.3, 1.0, 3.0)) for _ in FaultRates.__struct_fields__[1:]]
    if not any(weights):
        weights[0] = 1.0
    named = dict(zip(FaultRates.__struct_fields__[1:], weights, strict=True))
    return FaultRates(every_s=random.choice((2.0, 5.0, 10.0, 20.0)), **named)
