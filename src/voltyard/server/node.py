"""A node: chargers' links, and the sessions with them, in a process beside the server."""

import asyncio
import contextlib
import socket
import time
from collections.abc import Sequence
from functools import partial
from typing import Any, Final

import msgspec
import structlog

from voltyard import __version__
from voltyard.api.csms import csms_router
from voltyard.api.csms.context import BackendContext
from voltyard.api.elsewhere.node_apps import front_app, node_app
from voltyard.config.config import Config
from voltyard.csms.backend import Backend
from voltyard.csms.event_log import staging_event_log
from voltyard.csms.events import QuotaReached
from voltyard.csms.links.frame_quota import FrameQuota
from voltyard.csms.reading.charger_lists import ListsInMemory
from voltyard.csms.security.certificate_rows import CertificateStored
from voltyard.csms.transactions.block_numbers import BlockNumbers
from voltyard.events.event_records import EventStaged
from voltyard.kernel import ids, limits
from voltyard.kernel.addressing.hosts import in_url
from voltyard.kernel.errors import Unavailable, VoltyardError
from voltyard.loop.rounds import keep_doing
from voltyard.loop.turns import Turns
from voltyard.network.door_tls import DoorTls
from voltyard.network.links.picows_links import PicowsDoor
from voltyard.network.listening import bind
from voltyard.network.poster import HttpPoster
from voltyard.nodes.announcing_journal import AnnouncingJournal
from voltyard.nodes.messages import (
    SERVER,
    CertificateNote,
    Join,
    Joined,
    Left,
    LiveNote,
    RefusedNote,
    StagedNote,
    Subjects,
    UploadedNote,
)
from voltyard.nodes.node_claims import NodeClaims
from voltyard.nodes.notes import NoteReader, NoteSender
from voltyard.nodes.shared_state import SharedState
from voltyard.nodes.subscribing import answer, subscribe
from voltyard.organizations import quotas
from voltyard.organizations.egress_policies import EgressPolicies
from voltyard.organizations.key_cache import Keys
from voltyard.ports.bus import Bus
from voltyard.ports.clock import Clock
from voltyard.relay.request_relay import RequestRelay
from voltyard.relay.request_server import RequestServer
from voltyard.runtimes import file_descriptors
from voltyard.server.choices import (
    backend_settings,
    charger_endpoint,
    doors_of,
    signer_of,
    spans_of,
)
from voltyard.server.ending import drained
from voltyard.server.process_parts import ServingProcess
from voltyard.server.workers_bus import named_bus
from voltyard.storage.csms.backend_records import csms_journal
from voltyard.storage.csms.files import Files
from voltyard.storage.csms.reads import StoredReads
from voltyard.storage.database.database import Database
from voltyard.storage.disk import Disk
from voltyard.storage.nodes.node_contents import shared_contents
from voltyard.storage.nodes.owners import StoredOwners
from voltyard.storage.nodes.transactions import (
    charging_elsewhere,
    take_transaction_numbers,
)
from voltyard.storage.organizations import StoredKeys
from voltyard.vitals import Vitals

log = structlog.get_logger(__name__)

ANNOUNCED: Final = frozenset({CertificateStored, EventStaged})
"""Records of a node of which the server is told."""


class Node(ServingProcess):
    """A node of a server. Unavailable where the database, the bus or the server is not reached, a
    port is taken, or another node has its name."""

    def __init__(self, config: Config, name: str, clock: Clock = time.time) -> None:
        super().__init__(config, clock)
        self.name = name
        self._subjects = Subjects(config.bus_name)
        self._process = ids.token(ids.SYSTEM, 12)
        self._files_url = ""
        self.charger_url = ""
        """URL that chargers dial, but for their identity."""
        self.api_url = ""
        """URL of its REST side."""
        self.lost: asyncio.Future[None]
        """Fails once the server has ended this node's hold on the database: it must end."""

    async def _start(self) -> None:
        config = self._config
        file_descriptors.raise_limit()  # each charger takes one
        listening = bind(config.host, config.port)
        self._stack.callback(listening.close)
        bus = await named_bus(config, self._stack, f"_INBOX.node.{self.name}")
        database = await Database.open(config.database_url or "", node=self.name)
        self.lost = database.lost
        self._stack.push_async_callback(database.close)
        database.writer.may_shed = config.shed_logs
        owners = StoredOwners(database)
        await owners.give_back(self.name)  # what a process of this name before it may have owned
        keys = await Keys.load(StoredKeys(database), self._clock, notes_uses=False)
        notes = NoteSender(bus, self._subjects.notes)
        self._stack.push_async_callback(notes.close)
        claims = NodeClaims(self.name, bus, self._subjects, owners)
        shared = SharedState(
            lambda: database.read(shared_contents),
            keys.reload,
            partial(self._join, bus),
            asyncio.get_running_loop().time,
        )
        backend = await self._backend(database, keys, notes, claims, shared)
        claims.open(backend)
        shared.open(backend.shared)
        uploads = NoteReader({UploadedNote: partial(_uploaded, backend)})
        await subscribe(bus, self._stack, self._subjects.pulse, shared.heard)
        await subscribe(bus, self._stack, self._subjects.notes_to(self.name), uploads.heard)
        await answer(bus, self._stack, self._subjects.release(self.name), claims.release)
        await self._until_current(shared)
        vitals = self._vitals(database, bus, shared)
        await self._answer(listening, bus, database, backend, keys, vitals, shared)
        await self._let_in(backend)
        self.api_url = f"http://{in_url(config.host)}:{listening.getsockname()[1]}"
        self._stack.push_async_callback(self._let_go, backend, owners, bus, vitals)

    async def _backend(
        self,
        database: Database,
        keys: Keys,
        notes: NoteSender,
        claims: NodeClaims,
        shared: SharedState,
    ) -> Backend:
        config, clock = self._config, self._clock
        journal = AnnouncingJournal(csms_journal(database), ANNOUNCED, partial(_announce, notes))
        event_log = staging_event_log(
            journal, self.name, shared.interest, lambda event: notes.put(LiveNote(event))
        )
        numbers = BlockNumbers(partial(take_transaction_numbers, database))
        await numbers.fill()
        self._stack.push_async_callback(numbers.close)
        egress = EgressPolicies(keys.organization, config.egress_networks)
        poster = HttpPoster(egress.of, limits.AUTHORIZATION_CONNECTIONS)
        self._stack.push_async_callback(poster.close)
        bounds = quotas.OrganizationQuotas(
            keys.organization,
            {name: getattr(config, f"quota_{name}") for name in quotas.ON_THE_WIRE},
            clock,
            lambda *reached: backend.tell(QuotaReached.of(clock(), *reached)),
        )
        frames = bounds.most_of(quotas.FRAMES), clock, partial(bounds.reached, quotas.FRAMES)
        backend = Backend(
            journal,
            clock,
            poster=poster,
            signer=signer_of(config, makes_authority=False),
            event_log=event_log,
            turns=Turns(clock),
            executor=self._hashing(),
            frame_quota=FrameQuota(*frames),
            is_organization=keys.has_organization,
            is_node=True,
            claims=claims,
            numbers=numbers,
            charging_elsewhere=partial(charging_elsewhere, database, self.name),
            refused=lambda *refusal: notes.put(RefusedNote(*refusal)),
            **backend_settings(config),
        )
        return backend

    async def _join(self, bus: Bus, server: str) -> None:
        """Be one of a server's nodes. Unavailable where it is not reached, or refuses."""
        asked = msgspec.json.encode(Join(self.name, self._process, __version__))
        answered = await bus.request(self._subjects.join, asked, limits.CLAIM_S)
        joined = msgspec.json.decode(answered, type=Joined)
        if joined.refused:
            raise Unavailable(joined.refused, hint="run the same version of both")
        self._files_url = joined.files_url
        log.info("joined_server", node=self.name, server=server)

    async def _until_current(self, shared: SharedState) -> None:
        """Wait for the server's first word; Unavailable where none comes."""
        try:
            async with asyncio.timeout(limits.NODE_JOINS_S):
                await shared.current.wait()
        except TimeoutError:
            reason = shared.reason or "no server is heard on the bus"
            raise Unavailable(
                f"the node {self.name} cannot join: {reason}",
                hint="start its server with --nodes 0, on the same VOLTYARD_BUS_URL and "
                "VOLTYARD_BUS_NAME",
            ) from None

    def _vitals(self, database: Database, bus: Bus, shared: SharedState) -> Vitals:
        disk = Disk(self._config.data, 0)
        vitals = Vitals(
            database, disk, self._clock, lambda problems: None, bus=bus, more=shared.problems
        )
        self._stack.push_async_callback(vitals.close)
        vitals.lag.start()
        keeping = asyncio.create_task(
            keep_doing("vitals_looked_at", vitals.look, limits.VITALS_EVERY_S)
        )
        self._stack.callback(keeping.cancel)
        return vitals

    async def _answer(
        self,
        listening: socket.socket,
        bus: Bus,
        database: Database,
        backend: Backend,
        keys: Keys,
        vitals: Vitals,
        shared: SharedState,
    ) -> None:
        config = self._config
        relay = RequestRelay(bus, self._subjects.rest_answers(self.name))
        await relay.open()
        self._stack.push_async_callback(relay.close)
        context = BackendContext(
            backend,
            StoredReads(database),
            ListsInMemory(backend),
            keys,
            self._clock,
            None,
            None,
            config.public_ocpp_url or charger_endpoint(config, config.ocpp_port),
            self._files(database),
            charger_tls_url=config.public_ocpp_tls_url or "",
        )
        spans = spans_of(config, self._stack)
        state = {"csms": context, "vitals": vitals, "database": database}
        own = RequestServer(
            node_app(csms_router(), state, spans),
            bus,
            self._subjects.rest(self.name, self._process),
        )
        await own.open()
        self._stack.push_async_callback(own.close, config.drain_s)
        front = front_app(
            keys, state, relay.relay, lambda: self._subjects.rest(SERVER, shared.server)
        )
        await self._serve(listening, front, DoorTls.of_rest(config))

    def _files(self, database: Database) -> Files | None:
        """The files of chargers, which upload them to the server."""
        if not self._files_url:
            return None
        return Files(database, self._config.data, self._files_url, self._clock)

    async def _let_in(self, backend: Backend) -> None:
        config = self._config
        door, tls_door = doors_of(
            config, PicowsDoor, DoorTls.of_chargers(config), reuse_port=config.ocpp_reuse_port
        )
        await self._open(door, config.ocpp_port, backend)
        if tls_door is not None:
            await self._open(tls_door, config.ocpp_tls_port or 0, backend)
        self._stack.push_async_callback(backend.close, config.drain_s)
        self.charger_url = config.public_ocpp_url or f"{charger_endpoint(config, door.port)}/ocpp"

    async def _let_go(
        self, backend: Backend, owners: StoredOwners, bus: Bus, vitals: Vitals
    ) -> None:
        """Hang up on all chargers, and give them back to the server."""
        vitals.note_ending()
        await drained(self._config, self.lost, backend)
        await backend.close(self._config.drain_s)  # no timer of it writes from here on
        if self.lost.done():
            return
        with contextlib.suppress(VoltyardError):
            await owners.give_back(self.name)
            left = msgspec.json.encode(Left(self.name, self._process))
            await bus.request(self._subjects.leave, left, limits.CLAIM_S)


def _announce(notes: NoteSender, records: Sequence[Any]) -> None:
    """Tell the server what a node has written that it has to know of."""
    for record in records:
        if isinstance(record, CertificateStored):
            notes.put(CertificateNote(record))
    if any(isinstance(record, EventStaged) for record in records):
        notes.put(StagedNote())


def _uploaded(backend: Backend, note: UploadedNote) -> None:
    backend.uploaded(note.charger_id, note.command_id, note.file_id)
