"""Processes of a simulation: a server and a node, put together as in `server`, without sockets."""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from functools import partial
from typing import Any, Final

import msgspec
from starlette.types import ASGIApp, Receive, Scope, Send

from voltyard import __version__
from voltyard.api.elsewhere.relay_gate import Elsewhere, charger_in
from voltyard.bus.memory import MemoryBroker
from voltyard.csms.authorization.authorizer import AuthorizationRequest
from voltyard.csms.authorization.decisions import TagDecision
from voltyard.csms.backend import Backend
from voltyard.csms.event_log import BackendEventLog, backend_event_log, staging_event_log
from voltyard.csms.transactions.block_numbers import BlockNumbers
from voltyard.events.event_records import EventStaged, StagedEventTaken
from voltyard.kernel import limits
from voltyard.kernel.errors import HeldElsewhere, Unavailable, VoltyardError
from voltyard.kernel.seeds import stream
from voltyard.loop.rounds import keep_doing
from voltyard.nodes.announcing_journal import AnnouncingJournal
from voltyard.nodes.membership import Membership
from voltyard.nodes.messages import (
    SERVER,
    SHARED,
    Join,
    Joined,
    Left,
    LiveNote,
    StagedNote,
    Subjects,
)
from voltyard.nodes.node_claims import NodeClaims
from voltyard.nodes.notes import NoteReader, NoteSender
from voltyard.nodes.owners import Owners
from voltyard.nodes.pulse import ServerPulse
from voltyard.nodes.shared_state import SharedState
from voltyard.nodes.staged_events import StagedEvents
from voltyard.nodes.subscribing import answer, subscribe
from voltyard.organizations.organization import DEFAULT_ORGANIZATION_ID
from voltyard.relay.request_relay import RequestRelay
from voltyard.relay.request_server import RequestServer
from voltyard.simulation.nodes import rest
from voltyard.simulation.nodes.fabric import Fabric
from voltyard.simulation.nodes.followed_events import SimulatedEvents
from voltyard.simulation.nodes.links import Balancer, SimulatedDoor
from voltyard.simulation.nodes.process_loop import SimulatedProcess
from voltyard.simulation.nodes.simulated_bus import SimulatedBus
from voltyard.simulation.nodes.storage.database import SimulatedDatabase
from voltyard.simulation.nodes.storage.stores import (
    SimulatedNodeLeases,
    SimulatedOwners,
    SimulatedStagedEvents,
)
from voltyard.simulation.nodes.storage.writer import HeldDatabase

SERVER_NAME: Final = "server"
"""The server's machine."""

DRAIN_S: Final = 5.0
_NUMBERS: Final = 16
"""Transaction numbers in a block: few, so that another is taken now and then."""


class World(msgspec.Struct):
    """All that processes share."""

    seed: int
    broker: MemoryBroker
    fabric: Fabric
    database: SimulatedDatabase
    balancer: Balancer
    clock: Callable[[], float]
    complain: Callable[[str, Exception], None]
    said: Callable[[str, str], None]
    """Takes a line for the log: of whom, and what."""


class Life:
    """One process from its start to its end."""

    backend: Backend

    def __init__(self, world: World, machine: str, number: int) -> None:
        """`number` tells this start of it from the others."""
        self.world = world
        self.machine = machine
        self.process = SimulatedProcess(machine)
        self.holder = f"{machine}#{number}"
        self.random = stream(world.seed, "process", self.holder)
        self.subjects = Subjects("voltyard")
        self.bus = SimulatedBus(
            world.broker, world.fabric, self.process, repeated="voltyard.nodes."
        )
        self.held = HeldDatabase(world.database, world.fabric, self.process, self.node, self.holder)
        self.stack = AsyncExitStack()
        self.stopping = asyncio.Event()
        """Set when it is told to end in order."""
        self.is_open = False
        """True while it lets chargers in."""
        self.app: ASGIApp | None = None
        """Its side of REST, while it has one."""

    @property
    def node(self) -> str:
        """Its name among nodes; the server has none."""
        return "" if self.machine == SERVER_NAME else self.machine

    async def run(self) -> None:
        """Start, serve until it is to stop or has lost the database, and end in order.

        Unavailable where it cannot start."""
        waiting = asyncio.ensure_future(self.stopping.wait())
        starting = asyncio.create_task(self.start())
        await asyncio.wait((waiting, starting), return_when=asyncio.FIRST_COMPLETED)
        if not starting.done() or starting.exception() is not None:
            starting.cancel()
            await asyncio.wait((starting,))
            await self.stack.aclose()
            if not starting.cancelled():
                starting.result()
            return
        await asyncio.wait((waiting, self.held.lost), return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        self.is_open = False
        await self.stack.aclose()

    async def start(self) -> None:
        """Put the parts together; what takes them apart goes onto the stack."""
        raise NotImplementedError

    def numbers(self) -> BlockNumbers:
        """The numbers of its transactions."""

        async def take() -> range:
            highest = await self.held.read(lambda tables: tables.highest_transaction_number)
            return await self.held.do(
                lambda tables: tables.take_block("transactions", _NUMBERS, highest)
            )

        return BlockNumbers(take, self.complain)

    async def charging_elsewhere(self, organization_id: str, id_tag: str) -> bool:
        return await self.held.read(
            lambda tables: tables.is_charging_elsewhere(self.node, organization_id, id_tag)
        )

    def commands(self) -> rest.CommandApp:
        """The app that sends commands to its own chargers."""
        return rest.CommandApp(self.backend, partial(self.world.said, self.holder))

    def complain(self, error: Exception) -> None:
        """Hear of a fault of its own."""
        if self.process.runs:
            self.world.complain(self.holder, error)

    def let_in(self) -> None:
        """Open the door."""
        balancer = self.world.balancer
        balancer.doors[self.machine] = SimulatedDoor(self.process, self.backend.gate)
        self.stack.callback(balancer.close, self.process)
        self.is_open = True

    def _close_rest(self) -> None:
        self.app = None

    async def drained(self) -> None:
        """Hang up on its chargers; once the database is lost nothing is waited for."""
        self.backend.refuse_more()
        draining = asyncio.create_task(self.backend.drain(DRAIN_S, DRAIN_S))
        try:
            await asyncio.wait((draining, self.held.lost), return_when=asyncio.FIRST_COMPLETED)
            if draining.done():
                draining.result()
        finally:
            draining.cancel()


class NodeLife(Life):
    """A node, as `server.node` puts it together."""

    async def start(self) -> None:
        stack, bus, held, subjects = self.stack, self.bus, self.held, self.subjects
        stack.push_async_callback(bus.close)
        await held.open()
        stack.push_async_callback(held.close)
        owners = SimulatedOwners(held)
        await owners.give_back(self.node)
        notes = NoteSender(bus, subjects.notes)
        stack.push_async_callback(notes.close)
        claims = NodeClaims(self.node, bus, subjects, owners)
        shared = SharedState(
            lambda: held.read(lambda tables: tables.shared_contents()),
            _no_keys,
            self._join,
            asyncio.get_running_loop().time,
        )
        numbers = self.numbers()
        await numbers.fill()
        stack.push_async_callback(numbers.close)
        journal = AnnouncingJournal(held, frozenset({EventStaged}), partial(_announce, notes))
        self.backend = Backend(
            journal,
            self.world.clock,
            random=self.random,
            complain=self.complain,
            judge=may_charge,
            event_log=staging_event_log(
                journal,
                self.node,
                shared.interest,
                lambda event: notes.put(LiveNote(event)),
                self.random,
            ),
            is_node=True,
            claims=claims,
            numbers=numbers,
            charging_elsewhere=self.charging_elsewhere,
            refused=lambda *refusal: None,
        )
        claims.open(self.backend)
        shared.open(self.backend.shared)
        await subscribe(bus, stack, subjects.pulse, shared.heard)
        await answer(bus, stack, subjects.release(self.node), claims.release)
        try:
            async with asyncio.timeout(limits.NODE_JOINS_S):
                await shared.current.wait()
        except TimeoutError:
            raise Unavailable("no server is heard") from None
        relay = RequestRelay(bus, subjects.rest_answers(self.node))
        await relay.open()
        stack.push_async_callback(relay.close)
        own = RequestServer(self.commands(), bus, subjects.rest(self.node, self.holder))
        await own.open()
        stack.push_async_callback(own.close, DRAIN_S)
        self.app = rest.node_front(relay.relay, lambda: subjects.rest(SERVER, shared.server))
        stack.callback(self._close_rest)
        self.let_in()
        stack.push_async_callback(self.backend.close, DRAIN_S)
        stack.push_async_callback(self._let_go, owners)

    async def _join(self, server: str) -> None:
        asked = msgspec.json.encode(Join(self.node, self.holder, __version__))
        answered = await self.bus.request(self.subjects.join, asked, limits.CLAIM_S)
        joined = msgspec.json.decode(answered, type=Joined)
        if joined.refused:
            raise Unavailable(joined.refused)

    async def _let_go(self, owners: SimulatedOwners) -> None:
        await self.drained()
        await self.backend.close(DRAIN_S)
        if self.held.lost.done():
            return
        with contextlib.suppress(VoltyardError):
            await owners.give_back(self.node)
            left = msgspec.json.encode(Left(self.node, self.holder))
            await self.bus.request(self.subjects.leave, left, limits.CLAIM_S)


class ServerLife(Life):
    """A server with nodes beside it, as `server.nodes_beside` puts it together."""

    event_log: BackendEventLog

    async def start(self) -> None:
        stack, bus, held, subjects = self.stack, self.bus, self.held, self.subjects
        stack.push_async_callback(bus.close)
        await self._turn()
        await held.open()
        stack.push_async_callback(held.close)
        self.pulse = ServerPulse(bus, subjects, tuple, tuple)
        staged = StagedEvents(SimulatedStagedEvents(held), self._adopt)
        self.owners = Owners(
            SimulatedOwners(held),
            bus,
            subjects,
            self._close_connections,
            staged.settle,
            lambda node: self.membership.unreachable(node),
            lambda node: self.membership.reached(node),
        )
        self.membership = Membership(
            self.pulse.server,
            lambda: "",
            SimulatedNodeLeases(self.world.database, self.world.fabric, self.process),
            self.owners.take_over,
            self.owners.reconcile,
            asyncio.get_running_loop().time,
        )
        numbers = self.numbers()
        journal = AnnouncingJournal(held, frozenset(SHARED.values()), self.pulse.announce)
        self.event_log = backend_event_log(journal, SimulatedEvents(held), self.random)
        self.backend = Backend(
            journal,
            self.world.clock,
            random=self.random,
            complain=self.complain,
            judge=may_charge,
            event_log=self.event_log,
            claims=self.owners,
            numbers=numbers,
            charging_elsewhere=self.charging_elsewhere,
        )
        self.owners.open(self.backend)
        await self.owners.load()
        await numbers.fill()
        servers = await held.read(
            lambda tables: [id for id in tables.chargers if not tables.owner_of(id)]
        )
        await self._close_connections(servers)
        contents = await held.read(lambda tables: tables.contents_of_server())
        self.event_log.load(contents.highest_event_number)
        self.backend.load(contents)
        self.let_in()
        stack.push_async_callback(self.backend.close, DRAIN_S)
        stack.callback(self.event_log.close)
        stack.callback(self._close_rest)
        stack.push_async_callback(numbers.close)
        self.relay = RequestRelay(bus, subjects.rest_answers(SERVER))
        await self.relay.open()
        stack.push_async_callback(self.relay.close)
        elsewhere = Elsewhere(self._relay, self._place_of, self._resolve, self._is_over)
        app = rest.server_app(self.commands(), elsewhere)
        requests = RequestServer(app, bus, subjects.rest(SERVER, self.pulse.server))
        await requests.open()
        stack.push_async_callback(requests.close, DRAIN_S)
        self.app = app
        notes = NoteReader(
            {
                LiveNote: lambda note: self.event_log.hear(note.event),
                StagedNote: lambda note: staged.nudge(),
            }
        )
        await subscribe(bus, stack, subjects.notes, notes.heard)
        await subscribe(bus, stack, subjects.join, self.membership.joined)
        await subscribe(bus, stack, subjects.leave, self.membership.left)
        await answer(bus, stack, subjects.claim, self.owners.claimed)
        for name, work, every_s in (
            ("nodes_looked_at", self.membership.look, limits.NODE_LOOK_S),
            ("staged_events_moved", staged.keep_moving, limits.STAGED_LOOK_S),
            ("pulse", self.pulse.beat, limits.PULSE_S),
        ):
            task = asyncio.create_task(keep_doing(name, work, every_s))
            stack.push_async_callback(_ended, task)
        stack.push_async_callback(self.drained)

    async def _turn(self) -> None:
        """Wait until the database is free, as a standby does (`storage.leases.lease_keeper`)."""
        database = self.world.database
        while not database.is_free(SERVER):
            lease = database.leases.get(SERVER)
            if lease is not None and lease.renewed_at < database.now - limits.LEASE_S:
                database.terminate(lease.connection)
            await asyncio.sleep(limits.STANDBY_LOOK_S)

    async def _relay(self, subject: str, scope: Scope, receive: Receive, send: Send) -> None:
        await self.relay.relay(subject, rest.admitted(scope), receive, send)

    def _subject_of(self, node: str) -> str:
        return self.subjects.rest(node, self.membership.process_of(node))

    def _place_of(self, scope: Scope) -> str | None:
        box = charger_in(scope)
        assert box is not None
        node = self.backend.elsewhere.node_of(DEFAULT_ORGANIZATION_ID, box)
        return None if node is None else self._subject_of(node)

    async def _resolve(self, scope: Scope, held: HeldElsewhere) -> str | None:
        return self._subject_of(held.node)

    async def _is_over(self, subject: str) -> bool:
        nodes = {self._subject_of(node): node for node in self.membership.names}
        return subject in nodes and await self.membership.is_over(nodes[subject])

    async def _adopt(self, staged: Sequence[tuple[int, EventStaged]]) -> None:
        taken = [StagedEventTaken(number=number) for number, _ in staged]
        await self.event_log.adopt([event for _, event in staged], taken)

    async def _close_connections(self, charger_ids: Sequence[str]) -> None:
        if charger_ids:
            now = self.world.clock()
            await self.held.do(lambda tables: tables.end_connections(charger_ids, now))


def may_charge(question: AuthorizationRequest) -> TagDecision:
    """The simulated operator's word on a tag."""
    return TagDecision("accepted")


def _announce(notes: NoteSender, records: Sequence[Any]) -> None:
    if any(isinstance(record, EventStaged) for record in records):
        notes.put(StagedNote())


async def _no_keys() -> None:
    """There are none."""


async def _ended(task: "asyncio.Task[None]") -> None:
    task.cancel()
    await asyncio.wait([task])
