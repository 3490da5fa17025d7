"""Nodes beside a server: what it keeps for them, asks of them, and tells them."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import AsyncExitStack
from functools import partial
from typing import Any, Final

from starlette.types import ASGIApp, Receive, Scope, Send

from voltyard.api.csms.context import NodeBeside
from voltyard.api.elsewhere.node_apps import admitted
from voltyard.api.elsewhere.relay_gate import Elsewhere, charger_in, deletes_charger
from voltyard.config.config import Config
from voltyard.csms.backend import Backend
from voltyard.csms.event_log import BackendEventLog
from voltyard.csms.refusals.reasons import RefusalReason
from voltyard.csms.transactions.block_numbers import BlockNumbers
from voltyard.events.event_records import EventStaged, StagedEventTaken
from voltyard.kernel import limits
from voltyard.kernel.errors import HeldElsewhere
from voltyard.loop.rounds import keep_doing
from voltyard.nodes.announcing_journal import AnnouncingJournal
from voltyard.nodes.membership import Membership
from voltyard.nodes.messages import (
    SERVER,
    SHARED,
    CertificateNote,
    LiveNote,
    RefusedNote,
    StagedNote,
    Subjects,
    UploadedNote,
)
from voltyard.nodes.notes import NoteReader, NoteSender
from voltyard.nodes.owners import Owners
from voltyard.nodes.pulse import ServerPulse
from voltyard.nodes.staged_events import StagedEvents
from voltyard.nodes.subscribing import answer, subscribe
from voltyard.organizations.organization import Organization
from voltyard.ports.clock import Clock
from voltyard.ports.journal import Journal
from voltyard.relay.request_relay import RequestRelay
from voltyard.relay.request_server import RequestServer
from voltyard.server.workers_bus import WorkersBus
from voltyard.storage.database.database import Database
from voltyard.storage.nodes.live_nodes import NodeLeases
from voltyard.storage.nodes.node_contents import end_connections_of
from voltyard.storage.nodes.owners import StoredOwners
from voltyard.storage.nodes.staged_events import StoredStagedEvents
from voltyard.storage.nodes.transactions import charging_elsewhere, take_transaction_numbers

LIVE: Final = "transaction.updated"
"""The event of which not each is kept."""


class NodesBeside:
    """The nodes of a server. Made before its backend, opened once that is loaded."""

    def __init__(self, config: Config, database: Database, over: WorkersBus, clock: Clock) -> None:
        self._config = config
        self._database = database
        self._bus = over.bus
        self._clock = clock
        self._subjects = Subjects(config.bus_name)
        self._files_url = ""
        self._backend: Backend
        self._event_log: BackendEventLog
        self._organizations: Callable[[], Iterable[Organization]] = tuple
        self._uploads: dict[str, NoteSender] = {}
        self.pulse = ServerPulse(
            self._bus,
            self._subjects,
            partial(self._interested, "webhook"),
            partial(self._interested, "follower"),
        )
        self.staged = StagedEvents(StoredStagedEvents(database), self._adopt)
        self._leases = NodeLeases(database.url)
        now = asyncio.get_running_loop().time
        self.owners = Owners(
            StoredOwners(database),
            self._bus,
            self._subjects,
            self._close_connections,
            self.staged.settle,
            lambda node: self.membership.unreachable(node),
            lambda node: self.membership.reached(node),
        )
        self.membership = Membership(
            self.pulse.server,
            lambda: self._files_url,
            self._leases,
            self.owners.take_over,
            self.owners.reconcile,
            now,
        )
        self.numbers = BlockNumbers(partial(take_transaction_numbers, database))
        self.relay = RequestRelay(self._bus, self._subjects.rest_answers(SERVER))

    def journal(self, journal: Journal[Any]) -> AnnouncingJournal:
        """The same, of whose records nodes are told that concern them."""
        return AnnouncingJournal(journal, frozenset(SHARED.values()), self.pulse.announce)

    @property
    def charging_elsewhere(self) -> Callable[[str, str], Awaitable[bool]]:
        """True where a tag charges at a charger of a node."""
        return partial(charging_elsewhere, self._database, SERVER)

    def known(self) -> list[NodeBeside]:
        """The nodes that there are, by their names."""
        return [
            NodeBeside(one.name, one.version, self.membership.answers(one.name))
            for one in self.membership.members
        ]

    def subject_of(self, node: str) -> str:
        """The subject of REST requests for a node."""
        return self._subjects.rest(node, self.membership.process_of(node))

    async def load(
        self,
        backend: Backend,
        event_log: BackendEventLog,
        organizations: Callable[[], Iterable[Organization]],
    ) -> None:
        """Take over what is on record of nodes, before the backend is loaded."""
        self._backend, self._event_log = backend, event_log
        self._organizations = organizations
        self.owners.open(backend)
        await self.owners.load()
        await self.numbers.fill()

    async def open(self, stack: AsyncExitStack, app: ASGIApp, files_url: str) -> None:
        """Let nodes join, until the stack ends; `app` answers the requests that they hand on."""
        self._files_url = files_url
        bus, subjects = self._bus, self._subjects
        stack.callback(self._leases.close)
        stack.push_async_callback(self.numbers.close)
        await self.relay.open()
        stack.push_async_callback(self.relay.close)
        requests = RequestServer(app, bus, subjects.rest(SERVER, self.pulse.server))
        await requests.open()
        stack.push_async_callback(requests.close, self._config.drain_s)
        notes = NoteReader(
            {
                RefusedNote: self._refused,
                CertificateNote: lambda note: self._backend.shared.take_up(note.row),
                LiveNote: lambda note: self._event_log.hear(note.event),
                StagedNote: lambda note: self.staged.nudge(),
            }
        )
        await subscribe(bus, stack, subjects.notes, notes.heard)
        await subscribe(bus, stack, subjects.join, self.membership.joined)
        await subscribe(bus, stack, subjects.leave, self.membership.left)
        await answer(bus, stack, subjects.claim, self.owners.claimed)
        for name, work, every_s in (
            ("nodes_looked_at", self.membership.look, limits.NODE_LOOK_S),
            ("staged_events_moved", self.staged.keep_moving, limits.STAGED_LOOK_S),
            ("pulse", self.pulse.beat, limits.PULSE_S),
        ):
            task = asyncio.create_task(keep_doing(name, work, every_s))
            stack.push_async_callback(_ended, task)

    @property
    def elsewhere(self) -> Elsewhere:
        """The edge to them, for REST."""
        return Elsewhere(self._relay, self._place_of, self._resolve, self._is_over)

    async def _relay(self, subject: str, scope: Scope, receive: Receive, send: Send) -> None:
        await self.relay.relay(subject, admitted(scope), receive, send)

    def _place_of(self, scope: Scope) -> str | None:
        """A charger's path belongs to whoever has the charger, but for its end: it is deleted
        here, where all are counted."""
        box = charger_in(scope)
        if box is None or deletes_charger(scope):
            return None
        organization_id = scope["state"]["principal"].organization_id
        node = self._backend.elsewhere.node_of(organization_id, box)
        return None if node is None else self.subject_of(node)

    async def _is_over(self, subject: str) -> bool:
        nodes = {self.subject_of(node): node for node in self.membership.names}
        return subject in nodes and await self.membership.is_over(nodes[subject])

    async def _resolve(self, scope: Scope, held: HeldElsewhere) -> str | None:
        box = charger_in(scope)
        if box is None or not deletes_charger(scope):
            return self.subject_of(held.node)
        await self.owners.give(scope["state"]["principal"].organization_id, box, SERVER)
        return None

    def uploaded(self, charger_id: str, command_id: str, file_id: str) -> None:
        """Tell the node that has a charger that it has uploaded a file."""
        node = self._backend.elsewhere.node_with(charger_id)
        if node is None:
            return
        sender = self._uploads.setdefault(
            node, NoteSender(self._bus, self._subjects.notes_to(node))
        )
        sender.put(UploadedNote(charger_id, command_id, file_id))

    def _interested(self, interest: str) -> list[str]:
        return [
            one.id
            for one in self._organizations()
            if self._event_log.interest(one.id, LIVE) == interest
        ]

    def _refused(self, note: RefusedNote) -> None:
        reason = RefusalReason(note.reason)
        self._backend.refused(note.path, note.remote, note.offered, reason, note.detail, note.at)

    async def _adopt(self, staged: Sequence[tuple[int, EventStaged]]) -> None:
        taken = [StagedEventTaken(number=number) for number, _ in staged]
        await self._event_log.adopt([event for _, event in staged], taken)

    async def _close_connections(self, charger_ids: Sequence[str]) -> None:
        if charger_ids:
            close = partial(end_connections_of, charger_ids=charger_ids, now=self._clock())
            await self._database.write(close)


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait([task])
