"""The server: its parts, put together and taken apart."""

import asyncio
import socket
import time
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any, Final, NamedTuple

from fastapi import APIRouter

from voltyard.api.access.audit_trail import AuditTrail
from voltyard.api.app import create_app
from voltyard.api.csms import csms_router
from voltyard.api.csms.context import BackendContext
from voltyard.api.gateway import gateway_router
from voltyard.catalogue.catalogue import Catalogue
from voltyard.config.config import Config
from voltyard.csms.backend import Backend
from voltyard.csms.event_log import BackendEventLog, backend_event_log, backend_webhooks
from voltyard.csms.events import (
    QuotaReached,
    ServerCertificateExpiring,
    ServerDegraded,
    ServerRecovered,
)
from voltyard.csms.links.frame_quota import FrameQuota
from voltyard.csms.reading.charger_lists import ChargerLists, ListsInMemory
from voltyard.csms.records import Record
from voltyard.csms.refusals.refusal_events import KeyRefused
from voltyard.dashboard.routes import dashboard_router
from voltyard.drivers.site_drivers import SiteDrivers
from voltyard.events.webhooks.webhooks import Webhooks
from voltyard.kernel import limits
from voltyard.kernel.addressing.hosts import in_url
from voltyard.kernel.counting.tally import Count
from voltyard.kernel.errors import Overfull
from voltyard.kernel.time import Instant, Seconds
from voltyard.loop.preload import preload
from voltyard.loop.rounds import keep_doing
from voltyard.loop.turns import Turns
from voltyard.network.certificate_watch import CertificateWatch, certificate_files
from voltyard.network.door_tls import DoorTls
from voltyard.network.links.picows_links import PicowsDialler, PicowsDoor
from voltyard.network.listening import bind
from voltyard.network.poster import HttpPoster
from voltyard.network.transfers.transfers import NetworkTransfers
from voltyard.nodes.announced_keys import AnnouncedKeys
from voltyard.organizations import quotas
from voltyard.organizations.egress_policies import EgressPolicies
from voltyard.organizations.first_key import TOKEN_FILE, ensure_first_key
from voltyard.organizations.key_cache import Keys
from voltyard.organizations.key_guesses import KeyGuesses
from voltyard.organizations.keys import KeyStore
from voltyard.organizations.organization import DEFAULT_ORGANIZATION_ID
from voltyard.organizations.rates import Rates
from voltyard.ports.clock import Clock
from voltyard.ports.http import Poster
from voltyard.ports.journal import Journal
from voltyard.ports.links import Dialler, Door
from voltyard.ports.workflows import WorkflowEngine
from voltyard.runtimes.remote import RemoteProvider
from voltyard.server.choices import (
    backend_settings,
    charger_endpoint,
    doors_of,
    is_reached_by_name,
    provider_of,
    signer_of,
    spans_of,
)
from voltyard.server.ending import closes_s, let_go
from voltyard.server.nodes_beside import NodesBeside
from voltyard.server.own_backend import BackendBeside
from voltyard.server.own_nodes import OwnNodes, told_to_own_nodes
from voltyard.server.process_parts import ServingProcess
from voltyard.server.standby import opened_in_turn
from voltyard.server.workers_bus import WorkersBus, open_workers_bus
from voltyard.storage.audit_log import StoredAuditLog
from voltyard.storage.csms.backend_records import csms_journal, end_connections, load_contents
from voltyard.storage.csms.charger_lists import StoredChargers
from voltyard.storage.csms.deliveries import StoredDeliveries
from voltyard.storage.csms.events import stored_backend_events
from voltyard.storage.csms.files import Files
from voltyard.storage.csms.reads import StoredReads
from voltyard.storage.data_directory import (
    held_database_file,
    held_directory,
    workflows_file,
)
from voltyard.storage.database.database import Database, file_of, url_of
from voltyard.storage.database.in_use_mark import in_use
from voltyard.storage.disk import Disk
from voltyard.storage.organizations import StoredKeys
from voltyard.storage.retention.retention import RetentionBounds
from voltyard.storage.retention.sweeper import Sweeper
from voltyard.storage.yard.yard_records import yard_journal, yard_repositories
from voltyard.vitals import ServerProblem, Vitals
from voltyard.workflows import dbos_engine
from voltyard.yard.runtime_reports import RuntimeReports
from voltyard.yard.yard import Yard


class LinkLibrary(NamedTuple):
    """WebSocket library of the charger socket: its door and its dialler."""

    door: Callable[..., Door]
    dialler: Callable[[], Dialler]


PICOWS: Final = LinkLibrary(PicowsDoor, PicowsDialler)


def routers() -> list[APIRouter]:
    """Every part of the REST surface."""
    return [csms_router(), gateway_router(), dashboard_router()]


class Server(ServingProcess):
    """Gateway, backend and page in one process. Use it as an async context manager.

    Unavailable where a port is taken, or the data directory or the database is another server's;
    then nothing stays behind.
    """

    def __init__(
        self,
        config: Config,
        clock: Clock = time.time,
        engine: WorkflowEngine | None = None,
        links: LinkLibrary = PICOWS,
    ) -> None:
        """`engine` stands in for the durable one, of which a process has but one."""
        super().__init__(config, clock)
        self._links = links
        self._engine = engine
        self.key = ""
        """The first admin key."""
        self.key_file: Path | None = None
        """The file that it is kept in, unless it was given."""
        self.key_is_new = False
        """True where it was made just now, and is shown this once."""
        self.api_url = ""
        """URL of REST and of the page."""
        self.charger_url = ""
        """URL that chargers dial, but for their identity."""
        self.charger_tls_url = ""
        """URL that those of security profiles 2 and 3 dial, if that is elsewhere; else empty."""
        self.lost: asyncio.Future[None]
        """Fails, of a server that has started, once another has taken over the database: this one
        must end."""
        self.bus = ""
        """The bus that workers dial; empty where there is no use for them."""

    async def _start(self) -> None:
        config, clock = self._config, self._clock
        listening = self._listen()
        spans = spans_of(config, self._stack)
        self._stack.enter_context(held_directory(config.data))
        where = config.database_url or config.data
        if (file := file_of(url_of(where))) is not None:
            self._stack.enter_context(held_database_file(file))
            self._stack.enter_context(in_use(file))
        if config.standby:
            database = await opened_in_turn(config, listening, clock)
        else:
            database = await Database.open(where, alone=True)
        self.lost = database.lost
        self._stack.push_async_callback(database.close)
        database.writer.may_shed = config.shed_logs
        disk = Disk(config.data if file is None else file.parent, config.disk_low_mb * 1_000_000)
        sweeper = await Sweeper.begin(database, RetentionBounds.of(config), disk, clock)
        turns = Turns(clock)
        over = await open_workers_bus(config, self._stack)
        nodes = None
        if config.nodes is not None:
            assert over is not None
            nodes = NodesBeside(config, database, over, clock)
        stored_keys: KeyStore = StoredKeys(database)
        if nodes is not None:
            stored_keys = AnnouncedKeys(stored_keys, nodes.pulse.announce_keys)
        first = await ensure_first_key(stored_keys, config.data, config.token, clock())
        self.key = first.text
        self.key_file = None if config.token else config.data / TOKEN_FILE
        self.key_is_new = first.is_new
        keys = await Keys.load(stored_keys, clock)
        self._stack.callback(keys.write_uses)
        trail = AuditTrail(await StoredAuditLog.load(database, config.data), clock)

        door_tls, rest_tls = DoorTls.of_chargers(config), DoorTls.of_rest(config)
        shares_port = {"reuse_port": True} if config.nodes or config.ocpp_reuse_port else {}
        door, tls_door = doors_of(config, self._links.door, door_tls, **shares_port)
        dialler = self._links.dialler()
        journal = yard_journal(database)
        reports = RuntimeReports(journal, clock)
        self._egress = EgressPolicies(keys.organization, config.egress_networks)
        bounds = self._quotas = quotas.OrganizationQuotas(
            keys.organization,
            {name: getattr(config, f"quota_{name}") for name in quotas.ON_THE_WIRE},
            clock,
            lambda *reached: backend.tell(QuotaReached.of(clock(), *reached)),
        )
        streams = bounds.quota(quotas.STREAMS, "streams of events", Overfull)
        transfers = NetworkTransfers(publish_host=config.publish_host or config.host)
        self._stack.push_async_callback(transfers.close)
        provider = provider_of(config, dialler, transfers, clock, reports, turns, over)
        hooks = self._poster(limits.AUTHORIZATION_CONNECTIONS)
        journal_of_backend: Journal[Record] = csms_journal(database)
        if nodes is not None:
            journal_of_backend = nodes.journal(journal_of_backend)
        event_log = backend_event_log(
            journal_of_backend, stored_backend_events(database), streams=streams
        )
        webhooks = self._webhooks(database, event_log)
        backend = await self._backend(
            database, journal_of_backend, event_log, webhooks, turns, hooks, keys, nodes
        )
        await self._open(door, config.ocpp_port, backend)
        if tls_door is not None:
            await self._open(tls_door, config.ocpp_tls_port or 0, backend)
        self._stack.push_async_callback(backend.close, config.drain_s)
        self.charger_url = config.public_ocpp_url or f"{charger_endpoint(config, door.port)}/ocpp"
        if tls_door is not None:
            tls_url = f"wss://{in_url(config.host)}:{tls_door.port}/ocpp"
            self.charger_tls_url = config.public_ocpp_tls_url or tls_url
        catalogue = Catalogue.load()
        yard = Yard(
            yard_repositories(database),
            journal,
            provider,
            self._engine or _engine(database),
            reports,
            catalogue,
            clock,
            SiteDrivers(provider, catalogue, clock),
            self._egress.of_chargers,
            bounds.quota(quotas.DEPLOYMENTS, "deployments"),
            streams,
            BackendBeside(backend, self.charger_url, self.charger_tls_url),
        )
        await yard.load()
        scheme = "http" if config.rest_tls_certificate is None else "https"
        self.api_url = f"{scheme}://{in_url(config.host)}:{listening.getsockname()[1]}"
        keys.on_change(lambda organization: yard.confine(organization.id))
        files_url = (config.public_url or self.api_url) if config.files else ""
        self._egress.open(self.charger_url, self.charger_tls_url, files_url)
        sweeper.quotas = partial(bounds.all_bytes, keys.organizations)
        bounds.measure_bytes(lambda: sweeper.stored)
        self._keep("history_swept", sweeper.round, limits.DISK_EVERY_S)
        self._keep("refusals_swept", lambda: backend.refusal_record.sweep(sweeper.moment()))
        files = await self._files(database, sweeper)
        csms = BackendContext(
            backend,
            StoredReads(database),
            self._lists(database, backend, nodes),
            keys,
            clock,
            event_log,
            webhooks,
            self.charger_url,
            files,
            charger_tls_url=self.charger_tls_url,
            is_reached_by_name=is_reached_by_name(config),
            uploaded_elsewhere=None if nodes is None else nodes.uploaded,
            nodes=tuple if nodes is None else nodes.known,
        )
        rates = Rates(backend.requests_per_minute, clock)
        certificates = self._watch((door_tls, rest_tls), keys, backend)
        vitals = self._vitals(database, disk, keys, backend, certificates, over)
        state = {"csms": csms, "yard": yard, "vitals": vitals, "database": database}
        guesses = self._key_guesses(backend)
        elsewhere = None if nodes is None else nodes.elsewhere
        app = create_app(keys, routers(), state, rates, guesses, trail, bounds, spans, elsewhere)
        await self._serve(listening, app, rest_tls)
        self._stack.push_async_callback(yard.close)
        self._stack.callback(event_log.close)
        if isinstance(provider, RemoteProvider):
            await provider.open()
            self.bus = "" if over is None else over.shown
        await yard.start()
        if nodes is not None:
            await nodes.open(self._stack, app, files_url)
        own = None
        if config.nodes and over is not None:
            told = told_to_own_nodes(config, over.url, door.port)
            own = OwnNodes(config.nodes, told, closes_s(config) + config.drain_s)
            own.open()
            self._stack.push_async_callback(own.close)
        self._stack.callback(preload().cancel)
        self._stack.push_async_callback(let_go, config, self.lost, vitals, backend, yard)
        if own is not None:
            self._stack.callback(own.begin_end)  # they let go at the same time

    def _lists(
        self, database: Database, backend: Backend, nodes: NodesBeside | None
    ) -> ChargerLists:
        if nodes is None:
            return ListsInMemory(backend)
        return StoredChargers(database, backend.refusal_record.book.list)

    async def _files(self, database: Database, sweeper: Sweeper) -> Files | None:
        config, clock = self._config, self._clock
        if not config.files:
            return None
        url, bytes_of = config.public_url or self.api_url, self._quotas.bytes_of
        files = Files(database, config.data, url, clock, bytes_of)
        files.load()
        self._keep("files_swept", lambda: files.sweep(sweeper.moment()))
        return files

    def _watch(
        self, doors: tuple[DoorTls | None, ...], keys: Keys, backend: Backend
    ) -> CertificateWatch:
        def tell(setting: str, at: Instant) -> None:
            for one in keys.organizations():
                about: dict[str, Any] = {"organization_id": one.id, "at": self._clock()}
                backend.tell(ServerCertificateExpiring(**about, setting=setting, expires_at=at))

        watch = CertificateWatch(doors, certificate_files(self._config), self._clock, tell)
        self._keep("certificates_looked_at", watch.look, limits.CERTIFICATES_EVERY_S)
        told = backend.certificates.tell_expiring
        self._keep("expiring_certificates_told", told, limits.ISSUED_CERTIFICATES_EVERY_S)
        return watch

    def _vitals(
        self,
        database: Database,
        disk: Disk,
        keys: Keys,
        backend: Backend,
        certificates: CertificateWatch,
        over: WorkersBus | None,
    ) -> Vitals:
        def tell(problems: tuple[ServerProblem, ...]) -> None:
            codes = tuple(one.code for one in problems)
            for organization in keys.organizations():
                about: dict[str, Any] = {"organization_id": organization.id, "at": self._clock()}
                backend.tell(
                    ServerDegraded(**about, problems=codes) if codes else ServerRecovered(**about)
                )

        bus = None if over is None else over.bus
        vitals = Vitals(database, disk, self._clock, tell, certificates.expires_at, bus)
        self._stack.push_async_callback(vitals.close)
        vitals.lag.start()
        self._keep("vitals_looked_at", vitals.look, limits.VITALS_EVERY_S)
        return vitals

    def _key_guesses(self, backend: Backend) -> KeyGuesses:
        def tell(count: Count) -> None:
            about: dict[str, Any] = {"organization_id": DEFAULT_ORGANIZATION_ID}
            about |= {"at": self._clock(), "count": count.count, "reason": count.reason}
            backend.tell(KeyRefused(**about, addresses=tuple(count.sources)))

        guesses = KeyGuesses(self._clock, tell)
        self._keep("refused_keys_told", guesses.told, limits.REFUSALS_LOOK_S)
        return guesses

    def _keep(
        self,
        name: str,
        work: Callable[[], Awaitable[object]],
        every_s: Seconds = limits.RETENTION_EVERY_S,
    ) -> None:
        """Have it done again and again beside everything else, until the server ends."""
        task = asyncio.create_task(keep_doing(name, work, every_s))

        async def end() -> None:
            task.cancel()
            await asyncio.wait([task])

        self._stack.push_async_callback(end)

    def _listen(self) -> socket.socket:
        """Take the port first: a server that cannot answer need not begin."""
        listening = bind(self._config.host, self._config.port)
        self._stack.callback(listening.close)
        return listening

    def _poster(self, connections: int) -> HttpPoster:
        poster = HttpPoster(self._egress.of, connections)
        self._stack.push_async_callback(poster.close)
        return poster

    def _webhooks(self, database: Database, event_log: BackendEventLog) -> Webhooks:
        poster = self._poster(limits.WEBHOOK_POSTS)
        journal, deliveries = csms_journal(database), StoredDeliveries(database)
        quota = self._quotas.quota(quotas.WEBHOOKS, "webhooks")
        return backend_webhooks(event_log, journal, deliveries, poster, self._clock, quota=quota)

    async def _backend(
        self,
        database: Database,
        journal: Journal[Record],
        event_log: BackendEventLog,
        webhooks: Webhooks,
        turns: Turns,
        hooks: Poster,
        keys: Keys,
        nodes: NodesBeside | None,
    ) -> Backend:
        config, bounds = self._config, self._quotas
        most = bounds.most_of(quotas.FRAMES)
        frame_quota = FrameQuota(most, self._clock, partial(bounds.reached, quotas.FRAMES))
        bounds.measure(quotas.FRAMES, frame_quota.used)
        more: dict[str, Any] = {}
        if nodes is not None:
            more = {
                "claims": nodes.owners,
                "numbers": nodes.numbers,
                "charging_elsewhere": nodes.charging_elsewhere,
            }
        backend = Backend(
            journal,
            self._clock,
            poster=hooks,
            signer=signer_of(config),
            event_log=event_log,
            turns=turns,
            executor=self._hashing(),
            charger_quota=bounds.quota(quotas.CHARGERS, "chargers"),
            frame_quota=frame_quota,
            is_organization=keys.has_organization,
            **backend_settings(config),
            **more,
        )
        if nodes is not None:
            await nodes.load(backend, event_log, keys.organizations)
        await database.write(partial(end_connections, now=self._clock()))
        contents = await database.read(load_contents, limit_s=None)
        event_log.load(contents.highest_event_number)
        event_log.outbox.load(contents.highest_delivery_number)
        backend.load(contents)
        await webhooks.start(contents.webhooks)
        self._stack.push_async_callback(webhooks.close)
        return backend


def _engine(database: Database) -> WorkflowEngine:
    """Its notes are beside the database: in a file of their own, or in a schema of their own."""
    url = database.url
    if (file := file_of(url)) is not None:
        url = url.set(database=str(workflows_file(file)))
    return dbos_engine.DbosEngine(url)
