"""Simulation in virtual time: chargers, drivers and backend in one process, invariants checked.

One seed gives one history, byte for byte: each consumer of randomness has its own stream, each
moment comes from the loop, and nothing waits for anything outside.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Mapping
from functools import partial
from hashlib import blake2b
from typing import IO, Any

from msgspec import Struct

from voltyard.catalogue.commands.commands import NetworkRestore, PowerRestore
from voltyard.charger.charger import Charger
from voltyard.charger.description.events import ChargerEvent, Framed
from voltyard.charger.description.specification import ChargerSpec, ConnectorSpec, EvseSpec
from voltyard.csms.events import BackendEvent, TransactionStopped
from voltyard.csms.records import ChargerStored, Record, SettingsStored
from voltyard.csms.tariffs.tariff_rows import TariffStored
from voltyard.drivers.app import DriverApp, StartByApp, StopByApp
from voltyard.drivers.cars import STREET_CARS, CarMix
from voltyard.drivers.crowd import Crowd, Wish
from voltyard.drivers.habits import HOME, PUBLIC, WORK, Habits
from voltyard.drivers.tags import TagMix, TagOrder, drivers_named, tag_dealer
from voltyard.drivers.workload import (
    NO_OUTAGES,
    Manners,
    Outages,
    ParkingBay,
    Visitors,
    driver_script,
    outage_script,
)
from voltyard.kernel.seeds import stream
from voltyard.kernel.time import HOUR_S, MINUTE_S, Instant, Seconds, to_rfc3339
from voltyard.kernel.units import WH_PER_KWH
from voltyard.network.links.memory import MemoryDialler, MemoryNetwork
from voltyard.organizations.organization import DEFAULT_ORGANIZATION_ID
from voltyard.runtimes.host.host import Host
from voltyard.runtimes.parsing import NO_FAULTS, ChargerFaults
from voltyard.simulation.checkers import InvariantBroken, InvariantChecks, TransactionAccount
from voltyard.simulation.costs.cost_checks import CostChecks
from voltyard.simulation.costs.random_tariffs import random_tariffs
from voltyard.simulation.monitors.monitor_checks import MonitorChecks
from voltyard.simulation.monitors.random_monitors import moving_values, operate_monitors, reboots
from voltyard.simulation.random_faults import breakdowns, over_breaking_links, random_faults
from voltyard.simulation.random_needs import changing_limits, changing_needs
from voltyard.simulation.simulated_backend import HOST, PORT, SimulatedBackend
from voltyard.simulation.stored_answers import StoredAnswersCheck
from voltyard.simulation.stored_contents import StoredContents
from voltyard.simulation.virtual_journal import VirtualJournal, troubles
from voltyard.simulation.virtual_loop import VirtualLoop, run

MONDAY: Instant = 1_767_571_200.0
"""2026-01-05T00:00:00Z: where a simulation begins unless told otherwise."""

SETTLE_S: Seconds = 30 * MINUTE_S
"""The time that chargers get at the end, with the network restored, to tell the backend all they
owe."""

HEARTBEAT_S = 1_800
SAMPLE_S = 900
MANNERS = Manners(uses_app=0.2)

SITES = (PUBLIC, HOME, WORK)
"""Of the chargers, in turn, unless told otherwise."""

NO_SETTINGS: Mapping[str, str] = {}

PERSISTENT: Mapping[str, str] = {
    "TransactionMessageAttempts": "40",
    "TransactionMessageRetryInterval": "10",
}
"""Of chargers whose backend may have no database for minutes: a message that is given up after
three attempts would be lost by the charger's own settings, and prove nothing."""

TX_START_POINTS = ("EVConnected", "Authorized", "PowerPathClosed")
"""Of 2.0.1: a transaction begins before its driver is known, with the card, or with both."""

AfterStep = Callable[[str, Charger, Instant], None]


class SimulationPlan(Struct, frozen=True, kw_only=True):
    """Plan of one simulation."""

    chargers: int = 50
    hours: float = 24.0
    seed: int = 7
    start: Instant = MONDAY
    outages: Outages = Outages()
    faults: bool = False
    """Hardware breaks, networks are bad, the backend's database stalls, fills up and goes away, and
    some chargers have quirks; what those tell is not held against anybody."""
    needs: bool = False
    """Vehicles at chargers of 2.0.1 tell needs and negotiate, and other systems set limits."""
    monitors: bool = False
    """The operator has chargers of 2.0.1 watch variables, whose values drift, and they reboot."""
    costs: bool = False
    """Tariffs are drawn for all, for chargers and for tags, and costs are reckoned anew."""
    kills_per_day: float = 0.0
    """Kills of the backend, which starts again on what it has stored."""
    heartbeat_s: int = HEARTBEAT_S
    sample_s: int = SAMPLE_S
    habits: tuple[Habits, ...] = SITES
    """Of the chargers' sites, in turn."""
    cars: CarMix = STREET_CARS
    tag_order: TagOrder = "random"
    unknown_tags: float = 0.0
    """Share of the drivers whom the operator does not know."""
    blocked_tags: float = 0.02
    """Share of those it has blocked."""


class Summary(Struct, frozen=True, kw_only=True):
    """Summary of one simulation."""

    seed: int
    chargers: int
    connectors: int
    hours: float
    frames: int
    """Frames as the chargers count them: sent and received."""
    steps: int
    """Steps of chargers, each checked."""
    transactions: int
    completed: int
    energy_kwh: float
    agreed: int = 0
    """Steps of EVSEs at which a negotiated schedule was in force, each compared with the meter."""
    alerts: int = 0
    """Events of monitors, each compared with the value that it tells of."""
    costs: int = 0
    """Costs told and stored, each compared with its reckoning."""
    kills: int = 0
    """Kills of the backend."""
    records: int
    """The records that the backend wrote."""
    digest: str
    """Of the transcript: equal digests are equal histories."""


def simulate(
    plan: SimulationPlan,
    transcript: IO[str] | None = None,
    *,
    after_step: AfterStep | None = None,
    faults: Mapping[str, ChargerFaults] | None = None,
) -> Summary:
    """Play a plan and check it; InvariantBroken where an invariant does not hold.

    Every frame goes to `transcript` in order, a line each: moment, charger, direction, text.
    `after_step` is called with each charger after each of its steps, for checks of the caller's.
    `faults` are given to the chargers of those identities, in place of the plan's.
    """
    loop = VirtualLoop(plan.start)
    return run(_Lab(plan, transcript, loop, after_step, faults).play(), loop)


def specifications(
    count: int, *, url: str, sample_s: int, seed: int, settings: Mapping[str, str] = NO_SETTINGS
) -> list[ChargerSpec]:
    """Chargers of both versions: each fourth has two connectors, each tenth charges DC."""
    return [
        ChargerSpec(
            identity=f"SIM-{number:05d}",
            version="1.6" if number % 2 else "2.0.1",
            csms_url=url,
            serial_number=f"V{number:05d}",
            evses=_evses(number),
            settings={"MeterValueSampleInterval": str(sample_s), **settings},
            seed=seed,
        )
        for number in range(1, count + 1)
    ]


def _evses(number: int) -> tuple[EvseSpec, ...]:
    if number % 10 == 0:
        fast = ConnectorSpec(
            type="CCS2", current="DC", max_current_a=375.0, max_power_w=150_000.0, has_lock=False
        )
        return (EvseSpec(connectors=(fast,)),)
    return (EvseSpec(),) * (2 if number % 4 == 0 else 1)


def _settings(plan: SimulationPlan) -> Mapping[str, str]:
    """The settings of all chargers."""
    settings = dict(PERSISTENT) if plan.faults else {}
    if plan.costs:
        random = stream(plan.seed, "begins of transactions")
        settings["TxCtrlr.TxStartPoint"] = random.choice(TX_START_POINTS)
    return settings


class _Lab:
    """Everything that takes part in one simulation."""

    def __init__(
        self,
        plan: SimulationPlan,
        transcript: IO[str] | None,
        loop: VirtualLoop,
        after_step: AfterStep | None,
        faults: Mapping[str, ChargerFaults] | None,
    ) -> None:
        self._scenario = plan
        self._after_step = after_step
        self._clock = loop.time
        self._loop = loop
        self._write: Callable[[str], object] | None = transcript.write if transcript else None
        self._digest = blake2b(digest_size=8)
        self._specs = specifications(
            plan.chargers,
            url=f"ws://{HOST}:{PORT}/ocpp",
            sample_s=plan.sample_s,
            seed=plan.seed,
            settings=_settings(plan),
        )
        self._identities = [spec.identity for spec in self._specs]
        if faults is None:
            faults = random_faults(self._specs, plan.seed) if plan.faults else {}
        quirky = frozenset(key for key, faulty in faults.items() if faulty.quirks)
        self._faults = over_breaking_links(faults, self._identities, plan.outages.frames_lost)
        self._checks = InvariantChecks(
            {spec.identity: spec.version for spec in self._specs}, quirky
        )
        self._answered = StoredAnswersCheck(
            {
                f"chg_{number}": spec.identity
                for number, spec in enumerate(self._specs, 1)
                if plan.faults and spec.identity not in quirky
            }
        )
        self._drivers = drivers_named(max(100, 10 * plan.chargers))
        self._tariffs = self._random_tariffs() if plan.costs else ()
        is_calm = plan.outages == NO_OUTAGES and not plan.faults and not plan.kills_per_day
        self._costs = CostChecks(self._tariffs, quirky, arrives=is_calm)
        self._monitors = MonitorChecks(self._specs, quirky) if plan.monitors else None
        self._stored = self._registered()
        self._failed: asyncio.Future[None] = loop.create_future()

    async def play(self) -> Summary:
        """From the first boot until everything is told."""
        plan = self._scenario
        network = MemoryNetwork()
        backend = self._backend(network)
        host = Host(MemoryDialler(network), self._clock, self, after_step=self._stepped)
        app = DriverApp(backend, DEFAULT_ORGANIZATION_ID, self._checks.transaction_at)
        crowd = Crowd(lambda key, wish: _pass_on(host, app, key, wish), self._clock)
        await backend.start()
        ends_at = plan.start + plan.hours * HOUR_S
        random = stream(plan.seed, "backend kills")
        deaths = self._loop.create_task(backend.die(plan.kills_per_day, random, ends_at))
        operators = [
            self._loop.create_task(work)
            for work in (self._operate(backend) if plan.monitors else ())
        ]
        for spec in self._specs:
            host.add(spec.identity, spec, faults=self._faults.get(spec.identity, NO_FAULTS))
        self._invite(crowd)
        await self._pass(plan.hours * HOUR_S)
        crowd.dismiss()
        for operator in operators:
            if operator.done():
                operator.result()  # they work for ever, unless something is wrong
            operator.cancel()
        await deaths
        await self._settle(host)
        chargers = {key: host.charger(key) for key in self._identities}
        self._checks.settled(chargers, self._clock())
        if self._monitors is not None:
            self._monitors.settled(self._clock())
        frames = host.frames_sent + host.frames_received
        host.close()
        await backend.close()
        return self._summary(frames, backend)

    def _random_tariffs(self) -> tuple[TariffStored, ...]:
        random = stream(self._scenario.seed, "tariffs")
        return random_tariffs(
            DEFAULT_ORGANIZATION_ID, self._identities, self._drivers, random, self._clock()
        )

    def _registered(self) -> StoredContents:
        """Contents that the operator has set up before the first boot."""
        settings = SettingsStored(
            organization_id=DEFAULT_ORGANIZATION_ID,
            heartbeat_interval_s=self._scenario.heartbeat_s,
            validation="strict",
        )
        chargers = [
            ChargerStored(
                id=f"chg_{number}",
                organization_id=DEFAULT_ORGANIZATION_ID,
                charge_box_id=spec.identity,
                registered_at=self._clock(),
            )
            for number, spec in enumerate(self._specs, 1)
        ]
        return StoredContents(settings, chargers, self._tariffs)

    def _backend(self, network: MemoryNetwork) -> SimulatedBackend:
        return SimulatedBackend(
            network,
            self._stored,
            self._journal,
            self._clock,
            stream(self._scenario.seed, "backend"),
            self._backend_reports,
            self._complain,
        )

    def _journal(self) -> VirtualJournal:
        plan = self._scenario
        if not plan.faults:
            return VirtualJournal(stored=self._stored.store if plan.kills_per_day else None)
        random = stream(plan.seed, "database")
        count = len(self._specs)
        return VirtualJournal(
            troubles(random, plan.start, plan.hours),
            self._store,
            high_rows=count,  # so that it is behind now and then
            full_rows=20 * count,
        )

    def _store(self, record: Record) -> None:
        self._answered.stored(record)
        self._stored.store(record)

    def _invite(self, crowd: Crowd) -> None:
        """Drivers for each connector, weather for each charger, each with its own randomness."""
        plan = self._scenario
        mix = TagMix(
            tags=self._drivers,
            order=plan.tag_order,
            unknown=plan.unknown_tags,
            blocked=plan.blocked_tags,
        )
        tags_at = tag_dealer(mix)
        for number, spec in enumerate(self._specs):
            identity = spec.identity
            habits = plan.habits[number % len(plan.habits)]
            visitors = Visitors(habits=habits, manners=MANNERS, cars=plan.cars)
            for evse in range(1, len(spec.evses) + 1):
                random = stream(plan.seed, "drivers", identity, evse)
                place = ParkingBay(evse_id=evse)
                script = driver_script(place, visitors, tags_at(number), random, self._clock)
                crowd.play(identity, script)
            if plan.faults:
                random = stream(plan.seed, "breakdowns", identity)
                crowd.play(identity, breakdowns(spec, random, self._clock))
            if plan.monitors:
                self._move_values(crowd, spec)
            if plan.needs:
                self._change_needs(crowd, spec)
            random = stream(plan.seed, "weather", identity)
            crowd.play(identity, outage_script(plan.outages, random, self._clock))

    def _change_needs(self, crowd: Crowd, spec: ChargerSpec) -> None:
        """Needs for each EVSE, limits for each charger, each with its own randomness."""
        for evse_id in range(1, len(spec.evses) + 1):
            random = stream(self._scenario.seed, "needs", spec.identity, evse_id)
            crowd.play(spec.identity, changing_needs(evse_id, random, self._clock))
        random = stream(self._scenario.seed, "external limits", spec.identity)
        crowd.play(spec.identity, changing_limits(spec, random, self._clock))

    def _move_values(self, crowd: Crowd, spec: ChargerSpec) -> None:
        """Drifts for each EVSE, restarts for each charger, each with its own randomness."""
        for evse_id in range(1, len(spec.evses) + 1):
            random = stream(self._scenario.seed, "drifts", spec.identity, evse_id)
            crowd.play(spec.identity, moving_values(evse_id, random, self._clock))
        random = stream(self._scenario.seed, "reboots", spec.identity)
        crowd.play(spec.identity, reboots(random, self._clock))

    def _operate(self, backend: SimulatedBackend) -> Iterator[Coroutine[Any, Any, None]]:
        """The operator's work at the monitors of each charger of 2.0.1."""
        for spec in self._specs:
            if spec.version != "1.6":
                random = stream(self._scenario.seed, "monitors", spec.identity)
                ask = partial(backend.command, DEFAULT_ORGANIZATION_ID, spec.identity)
                yield operate_monitors(spec, ask, random)

    async def _settle(self, host: Host) -> None:
        """The storms are over: every charger has power and network, and time to tell."""
        for key in self._identities:
            if key in self._faults:
                host.misbehave(key, NO_FAULTS)
            if not host.charger(key).power.powered:
                host.ask(key, PowerRestore())
            host.ask(key, NetworkRestore())
        await self._pass(SETTLE_S)

    async def _pass(self, seconds: Seconds) -> None:
        """Let time pass, or raise what has gone wrong."""
        await asyncio.wait((self._failed,), timeout=seconds)
        if self._failed.done():
            self._failed.result()

    def _summary(self, frames: int, backend: SimulatedBackend) -> Summary:
        accounts = self._checks.accounts.values()
        return Summary(
            seed=self._scenario.seed,
            chargers=len(self._specs),
            connectors=sum(len(spec.evses) for spec in self._specs),
            hours=self._scenario.hours,
            frames=frames,
            steps=self._checks.steps,
            transactions=len(accounts),
            completed=sum(account.ended is not None for account in accounts),
            agreed=self._checks.agreed,
            energy_kwh=sum(map(_energy_wh, accounts)) / WH_PER_KWH,
            alerts=0 if self._monitors is None else self._monitors.alerts.total(),
            costs=self._costs.compared,
            kills=backend.kills,
            records=backend.records,
            digest=self._digest.hexdigest(),
        )

    def _stepped(self, key: str, charger: Charger, now: Instant) -> None:
        if self._after_step is not None:
            self._after_step(key, charger, now)
        self._checks.stepped(key, charger, now)
        if self._monitors is not None:
            self._monitors.stepped(key, charger, now)

    # --- what is reported ----------------------------------------------------------------------

    def reported(self, key: str, event: ChargerEvent) -> None:
        """A charger's event."""
        if type(event) is Framed:
            arrow = "->" if event.direction == "cp_to_csms" else "<-"
            line = f"{to_rfc3339(event.at)} {key} {arrow} {event.text}\n"
            self._digest.update(line.encode())
            if self._write is not None:
                self._write(line)
            try:
                self._answered.framed(key, event)
                if self._tariffs:
                    self._costs.framed(key, event)
                if self._monitors is not None:
                    self._monitors.framed(key, event)
            except InvariantBroken as broken:
                self._fail(key, broken)
        else:
            self._checks.happened(key, event)
            if self._monitors is not None:
                self._monitors.happened(key, event)

    def remembered(self, key: str) -> None:
        """Nothing here outlives the process."""

    def broke(self, key: str, error: Exception) -> None:
        """A charger's machine failed, or a check of it did."""
        self._fail(key, error)

    def _backend_reports(self, event: BackendEvent) -> None:
        if isinstance(event, TransactionStopped):
            try:
                self._checks.closed(event.transaction, event.at)
                if self._tariffs:
                    self._costs.closed(event.transaction, event.at)
            except InvariantBroken as broken:
                self._fail(broken.charger, broken)

    def _complain(self, error: Exception) -> None:
        self._fail("the backend", error)

    def _fail(self, who: str, error: Exception) -> None:
        if self._failed.done():
            return
        if not isinstance(error, InvariantBroken):
            broken = InvariantBroken(self._clock(), who, f"{type(error).__name__}: {error}")
            broken.__cause__ = error
            error = broken
        self._failed.set_exception(error)


def _pass_on(host: Host, app: DriverApp, key: str, wish: Wish) -> "asyncio.Future[Any]":
    """Pass a wish on to the backend, or to the charger itself."""
    if isinstance(wish, StartByApp | StopByApp):
        return app.ask(key, wish)
    return host.ask(key, wish)


def _energy_wh(account: TransactionAccount) -> float:
    ended = account.ended
    return 0.0 if ended is None else ended.meter_stop_wh - ended.meter_start_wh
