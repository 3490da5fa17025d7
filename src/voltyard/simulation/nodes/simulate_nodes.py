"""Simulation of a server and its nodes in virtual time, under faults, with invariants checked.

The parts are those of a real system, from the bus's port to the chargers' machines; the database,
the network and the processes are simulated. One seed gives one history.
"""

import asyncio
from collections.abc import Awaitable, Callable
from hashlib import blake2b
from typing import IO, Any

from msgspec import Struct

from voltyard.bus.memory import MemoryBroker
from voltyard.catalogue.commands.commands import NetworkRestore, PowerRestore
from voltyard.charger.description.events import ChargerEvent, ConnectionChanged, Framed
from voltyard.charger.description.specification import ChargerSpec
from voltyard.csms.records import ChargerStored, SettingsStored, TransactionStored
from voltyard.drivers.crowd import Crowd
from voltyard.events.event_query import EventQuery
from voltyard.events.event_records import EventLogged, EventStaged
from voltyard.events.followers import Gap
from voltyard.kernel.seeds import stream
from voltyard.kernel.time import Instant, Seconds, to_rfc3339
from voltyard.organizations.organization import DEFAULT_ORGANIZATION_ID
from voltyard.runtimes.host.host import Host
from voltyard.simulation.checkers import InvariantBroken, InvariantChecks
from voltyard.simulation.nodes.checks.commands import LONGEST_S, CommandChecks
from voltyard.simulation.nodes.checks.events import EventChecks
from voltyard.simulation.nodes.checks.ownership import OwnershipChecks, check_settled
from voltyard.simulation.nodes.fabric import Fabric
from voltyard.simulation.nodes.faults import Disturber, FaultRates
from voltyard.simulation.nodes.links import Balancer
from voltyard.simulation.nodes.machines import Machine
from voltyard.simulation.nodes.process_loop import ProcessLoop
from voltyard.simulation.nodes.processes import SERVER_NAME, ServerLife, World
from voltyard.simulation.nodes.storage.database import SimulatedDatabase
from voltyard.simulation.nodes.storage.tables import Tables
from voltyard.simulation.nodes.visits import breaks, visits
from voltyard.simulation.stored_answers import StoredAnswersCheck
from voltyard.simulation.virtual_loop import run

START: Instant = 1_767_571_200.0
"""2026-01-05T00:00:00Z."""

SETTLE_S: Seconds = 180.0
"""The time in which all has to be well again, once nothing is disturbed any more."""

_SETTINGS = {
    "MeterValueSampleInterval": "15",
    "TransactionMessageAttempts": "99",
    "TransactionMessageRetryInterval": "1",
    "WebSocketPingInterval": "0",
    "OCPPCommCtrlr.RetryBackOffWaitMinimum": "1",
    "OCPPCommCtrlr.RetryBackOffRandomRange": "3",
    "OCPPCommCtrlr.RetryBackOffRepeatTimes": "3",
}


class NodesPlan(Struct, frozen=True, kw_only=True):
    """Plan of one simulation."""

    seed: int = 1
    nodes: int | None = None
    """None: two to four, by the seed."""
    chargers: int = 4
    seconds: Seconds = 120.0
    """The time in which there are faults."""
    faults: FaultRates | None = None
    """None: by the seed."""
    refuses_ended: bool = True
    """See SimulatedDatabase."""


class NodesSummary(Struct, frozen=True, kw_only=True):
    """Summary of one simulation."""

    seed: int
    nodes: int
    starts: int
    """Starts of processes."""
    faults: int
    frames: int
    transactions: int
    moves: int
    """Times that another process wrote of a charger."""
    events: int
    commands: dict[str, int]
    """Commands by their ends."""
    commits: int
    digest: str
    """Of the log: equal digests are equal histories."""


def simulate_nodes(plan: NodesPlan, log: IO[str] | None = None) -> NodesSummary:
    """Play a plan and check it; InvariantBroken where an invariant does not hold."""
    loop = ProcessLoop(START)
    return run(_Lab(plan, log, loop).play(), loop)


class _Lab:
    """Everything that takes part in one simulation."""

    def __init__(self, plan: NodesPlan, log: IO[str] | None, loop: ProcessLoop) -> None:
        self._plan = plan
        self._loop = loop
        self._clock = loop.time
        self._write: Callable[[str], object] | None = None if log is None else log.write
        self._digest = blake2b(digest_size=8)
        count = plan.nodes or stream(plan.seed, "nodes").randint(2, 4)
        self._names = [SERVER_NAME, *(f"n{number}" for number in range(1, count + 1))]
        self._specs = [_specification(number, plan.seed) for number in range(1, plan.chargers + 1)]
        self._boxes = [spec.identity for spec in self._specs]
        self._checks = InvariantChecks({spec.identity: spec.version for spec in self._specs})
        ids = {f"chg_{number}": spec.identity for number, spec in enumerate(self._specs, 1)}
        self._answered = StoredAnswersCheck(ids)
        self._ownership = OwnershipChecks(self._clock)
        self._events = EventChecks(self._clock)
        self._commands = CommandChecks(self._clock, stream(plan.seed, "commands"))
        self._transactions: dict[str, TransactionStored] = {}
        self._numbers: dict[int, str] = {}
        self._failed: asyncio.Future[None] = loop.create_future()

    async def play(self) -> NodesSummary:
        """From the first start until all is well again."""
        plan, seed = self._plan, self._plan.seed
        try:
            return await self._play(seed, plan)
        finally:
            await self._loop.end()

    async def _play(self, seed: int, plan: NodesPlan) -> NodesSummary:
        self._loop.set_exception_handler(self._faulty)
        world = self._world(seed)
        self._database = world.database
        self._ownership.database = world.database
        machines = [Machine(world, name, stream(seed, "machine", name)) for name in self._names]
        host = Host(world.balancer, self._clock, self)
        crowd = Crowd(host.ask, self._clock)
        for spec in self._specs:
            host.add(spec.identity, spec)
            crowd.play(spec.identity, visits(stream(seed, "visits", spec.identity), self._clock))
            crowd.play(spec.identity, breaks(stream(seed, "breaks", spec.identity), self._clock))
        disturber = Disturber(world, machines, stream(seed, "faults"), plan.faults)
        works = [
            self._loop.create_task(work)
            for work in (
                disturber.disturb(),
                self._commands.send_at_random(machines, self._boxes),
                self._follow(machines[0]),
            )
        ]
        for work in works:
            work.add_done_callback(self._ended)
        await self._pass(plan.seconds)
        works[0].cancel()
        works[1].cancel()
        crowd.dismiss()
        await asyncio.wait(works[:2])
        disturber.mend_all()
        for key in self._boxes:
            if not host.charger(key).power.powered:
                host.ask(key, PowerRestore())
            host.ask(key, NetworkRestore())
        await self._pass(SETTLE_S)
        self._settled(host, machines)
        works[2].cancel()
        frames = host.frames_sent + host.frames_received
        host.close()
        await self._end(machines)
        return NodesSummary(
            seed=seed,
            nodes=len(machines) - 1,
            starts=sum(machine.starts for machine in machines),
            faults=disturber.faults,
            frames=frames,
            transactions=len(self._transactions),
            moves=self._ownership.moves,
            events=len(self._events.logged),
            commands=dict(sorted(self._commands.ends.items())),
            commits=world.database.commits,
            digest=self._digest.hexdigest(),
        )

    def _world(self, seed: int) -> World:
        settings = SettingsStored(
            organization_id=DEFAULT_ORGANIZATION_ID,
            heartbeat_interval_s=30,
            web_socket_ping_interval_s=0.0,
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
        tables = Tables(
            settings,
            chargers,
            self._stored,
            lambda charger_id, node: self._say(charger_id, f"is owned by {node or SERVER_NAME}"),
        )
        database = SimulatedDatabase(
            tables,
            stream(seed, "database"),
            self._committing,
            self._events.doubt,
            refuses_ended=self._plan.refuses_ended,
        )
        return World(
            seed=seed,
            broker=MemoryBroker(),
            fabric=Fabric(stream(seed, "fabric")),
            database=database,
            balancer=Balancer(stream(seed, "links")),
            clock=self._clock,
            complain=self._fail,
            said=self._say,
        )

    def _settled(self, host: Host, machines: list[Machine]) -> None:
        now = self._clock()
        check_settled(machines, self._database, now)
        self._checks.settled({key: host.charger(key) for key in self._boxes}, now)
        self._commands.settled()
        self._events.settled()

    async def _end(self, machines: list[Machine]) -> None:
        """End all processes in order; what they own is the server's then."""
        for machine in reversed(machines):
            await self._within(LONGEST_S, machine.end())
        if self._failed.done():
            self._failed.result()

    async def _within(self, seconds: Seconds, work: Awaitable[None]) -> None:
        async with asyncio.timeout(seconds):
            await work

    async def _pass(self, seconds: Seconds) -> None:
        """Let time pass, or raise what has gone wrong."""
        await asyncio.wait((self._failed,), timeout=seconds)
        if self._failed.done():
            self._failed.result()

    async def _follow(self, machine: Machine) -> None:
        """Follow the events at whichever server there is, until cancelled."""
        while True:
            life = machine.open_life
            if not isinstance(life, ServerLife):
                await asyncio.sleep(0.1)
                continue
            following = life.process.start(self._follow_at(life))
            while machine.life is life and not following.done():
                await asyncio.wait((following,), timeout=0.5)
            following.cancel()

    async def _follow_at(self, life: ServerLife) -> None:
        query = EventQuery(organization_id=DEFAULT_ORGANIZATION_ID)
        follower = life.event_log.follow(query, self._events.told)
        while told := await follower.next(30.0):
            for one in told:
                if isinstance(one, Gap):
                    self._fail("events", ValueError(f"a gap: {one}"))
                elif isinstance(one, EventLogged):
                    try:
                        self._events.followed(one)
                    except InvariantBroken as broken:
                        self._fail("events", broken)

    # --- what is reported ----------------------------------------------------------------------

    def _committing(self, connection: Any, records: Any) -> None:
        try:
            self._ownership.committing(connection, records)
        except InvariantBroken as broken:
            self._fail(broken.charger, broken)

    def _stored(self, record: Any) -> None:
        try:
            if isinstance(record, EventLogged | EventStaged):
                self._say(
                    record.charge_box_id or "",
                    f"{type(record).__name__}: {record.event} at {record.at:.3f}",
                )
            self._answered.stored(record)
            self._events.stored(record)
            if isinstance(record, TransactionStored):
                self._transaction(record)
        except InvariantBroken as broken:
            self._fail(broken.charger, broken)

    def _transaction(self, row: TransactionStored) -> None:
        before = self._transactions.get(row.id)
        self._transactions[row.id] = row
        if row.number is not None and self._numbers.setdefault(row.number, row.id) != row.id:
            what = f"the number {row.number} is of {row.id} and of {self._numbers[row.number]}"
            raise InvariantBroken(self._clock(), row.charge_box_id, what)
        if row.status == "completed" and (before is None or before.status != "completed"):
            self._checks.closed(row, self._clock())

    def reported(self, key: str, event: ChargerEvent) -> None:
        """A charger's event."""
        try:
            if isinstance(event, Framed):
                arrow = "->" if event.direction == "cp_to_csms" else "<-"
                self._say(key, f"{arrow} {event.text}")
                self._answered.framed(key, event)
                self._commands.framed(key, event)
            else:
                if isinstance(event, ConnectionChanged):
                    self._say(key, "connected" if event.connected else f"away: {event.reason}")
                self._checks.happened(key, event)
        except InvariantBroken as broken:
            self._fail(key, broken)

    def remembered(self, key: str) -> None:
        """Nothing here outlives the process."""

    def broke(self, key: str, error: Exception) -> None:
        """A charger's machine failed."""
        self._fail(key, error)

    def _say(self, who: str, what: str) -> None:
        line = f"{to_rfc3339(self._clock())} {who} {what}\n"
        self._digest.update(line.encode())
        if self._write is not None:
            self._write(line)

    def _ended(self, work: "asyncio.Task[None]") -> None:
        if not work.cancelled() and (error := work.exception()) is not None:
            assert isinstance(error, Exception), error
            self._fail("the simulation", error)

    def _faulty(self, loop: Any, context: dict[str, Any]) -> None:
        error = context.get("exception") or RuntimeError(context["message"])
        if not self._loop.is_ending:
            self._fail("a process", error)

    def _fail(self, who: str, error: Exception) -> None:
        if self._failed.done():
            return
        if not isinstance(error, InvariantBroken):
            broken = InvariantBroken(self._clock(), who, f"{type(error).__name__}: {error}")
            broken.__cause__ = error
            error = broken
        self._failed.set_exception(error)


def _specification(number: int, seed: int) -> ChargerSpec:
    return ChargerSpec(
        identity=f"CP-{number}",
        version="1.6" if number % 2 else "2.0.1",
        csms_url="ws://csms:9000/ocpp",
        serial_number=f"V{number:05d}",
        settings=_SETTINGS,
        seed=seed,
    )
