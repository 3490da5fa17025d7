"""The yard: the gateway's services, put together, with their start and end."""

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine
from typing import Any, Final

import msgspec

from voltyard.catalogue.catalogue import Catalogue
from voltyard.kernel import limits
from voltyard.kernel.addressing.egress import ANYWHERE, Egress
from voltyard.kernel.errors import Unavailable
from voltyard.kernel.quotas import Quota, unbounded
from voltyard.kernel.time import Instant, Seconds
from voltyard.loop.rounds import keep_doing
from voltyard.ports.clock import Clock
from voltyard.ports.journal import Journal
from voltyard.ports.own_backend import OwnBackend
from voltyard.ports.runtimes import Provider
from voltyard.ports.workflows import WorkflowEngine
from voltyard.yard.commands.command import LIFECYCLE, CommandError, CommandStatus, QueuedCommand
from voltyard.yard.commands.command_service import CommandService
from voltyard.yard.commands.dispatcher import Dispatcher
from voltyard.yard.days import DayDrivers, DayService
from voltyard.yard.deployments.charger_service import ChargerService
from voltyard.yard.deployments.defaults import ChargerDefaults
from voltyard.yard.deployments.deployment import (
    UNSETTLED,
    Deployment,
    ProvisioningError,
    ProvisioningStatus,
)
from voltyard.yard.deployments.faults import FaultService
from voltyard.yard.events.event_log import yard_event_log
from voltyard.yard.events.event_reader import EventReader
from voltyard.yard.events.event_writer import EventWriter
from voltyard.yard.frame_logs import FrameLogs
from voltyard.yard.idempotency import Idempotency
from voltyard.yard.locations.location_service import LocationService
from voltyard.yard.locations.power_balancer import PowerBalancer
from voltyard.yard.locations.presets import PresetService
from voltyard.yard.locks import Locks
from voltyard.yard.provisioning.bulk_creation import BulkCreation
from voltyard.yard.provisioning.bulk_job import Job
from voltyard.yard.provisioning.provisioner import Provisioner
from voltyard.yard.records import CommandEnded, YardRecord
from voltyard.yard.repositories import Repositories
from voltyard.yard.runtime_reports import RuntimeReports
from voltyard.yard.samples.charger_list import ChargerListing
from voltyard.yard.samples.power_history import PowerHistory
from voltyard.yard.samples.sample_followers import SampleFollowers
from voltyard.yard.samples.sample_totals import SampleTotals
from voltyard.yard.samples.sampler import Sampler
from voltyard.yard.samples.summary import Summaries

_SWEEP_EVERY_S: Final[Seconds] = 60.0


class Yard:
    """The gateway's services: deployments, locations, commands and logs over one provider.

    `reports` is to be the provider's listener. `start` brings up what ran before, and lets commands
    and bulk creations in, which wait for it. `close` leaves all so that the next start goes on.
    """

    def __init__(
        self,
        repositories: Repositories,
        journal: Journal[YardRecord],
        provider: Provider,
        engine: WorkflowEngine,
        reports: RuntimeReports,
        catalogue: Catalogue,
        clock: Clock,
        drivers: DayDrivers,
        egress_of: Callable[[str], Egress] = lambda organization_id: ANYWHERE,
        quota: Quota | None = None,
        streams: Quota | None = None,
        own_backend: OwnBackend | None = None,
    ) -> None:
        """`egress_of` is an organization's policy for what its chargers dial; `quota` bounds its
        deployments, `streams` who follows the events. Chargers that are given no CSMS dial
        `own_backend`."""
        self._quota = quota or unbounded("deployments")
        self._repositories = repositories
        self._journal = journal
        self._provider = provider
        self._engine = engine
        self._clock = clock
        self._sweeping: asyncio.Task[None] | None = None
        self._recording: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        event_log = yard_event_log(journal, repositories.events, streams)
        self._event_writer = EventWriter(
            event_log, repositories.events, repositories.event_subjects, clock
        )
        self._balancer = PowerBalancer(
            provider, repositories.deployments, repositories.locations, self._event_writer
        )
        self._dispatcher = Dispatcher(provider, journal, clock, self._carry_out, self._ended)
        self._provisioner = Provisioner(
            engine,
            self._dispatcher,
            provider,
            repositories.deployments,
            catalogue,
            clock,
            heard=self._event_writer.provisioned,
            started=self._balancer.started,
            egress_of=egress_of,
            own_backend=own_backend,
        )
        self._sampler = sampler = Sampler(provider, self._event_writer)
        self.commands_ended: Counter[CommandStatus] = Counter()
        """Commands so far, by the status they ended with."""
        self._resumed = asyncio.Event()
        locks = Locks()
        self.catalogue = catalogue
        self.reports = reports
        self.idempotency = Idempotency(repositories.answers, clock)
        self.chargers = ChargerService(
            repositories,
            provider,
            self._dispatcher,
            self._provisioner,
            reports,
            self._event_writer,
            catalogue,
            clock,
            self._resumed,
            locks,
            egress_of,
            self._quota,
            ChargerDefaults(catalogue, own_backend),
        )
        self.faults = FaultService(
            repositories.deployments, provider, self._event_writer, clock, locks
        )
        self.logs = FrameLogs(repositories.frames, self.chargers)
        self.power_history = PowerHistory(sampler, self._event_writer, clock)
        self._samples = SampleFollowers(sampler, self._event_writer, clock)
        self.events = EventReader(repositories, event_log, self._samples)
        self.commands = CommandService(
            repositories, provider, self._dispatcher, catalogue, clock, self._resumed
        )
        self.days = DayService(
            repositories, self.chargers, drivers, self._event_writer, catalogue, clock
        )
        self.locations = LocationService(
            repositories, self.chargers, self._event_writer, self._balancer, self.days, clock, locks
        )
        self.charger_list = ChargerListing(repositories.deployments, sampler, catalogue)
        self.summaries = Summaries(repositories, sampler, self._event_writer, clock)
        self.bulk = BulkCreation(
            engine,
            repositories,
            self.chargers,
            self._provisioner,
            self._event_writer,
            clock,
            self._resumed,
        )
        self.presets = PresetService(catalogue, self.locations, self.chargers, self.bulk)
        reports.listen(self._event_writer.happened)
        reports.listen(self.days.happened)
        reports.listen(self._balancer.happened)
        reports.on_broken(self._broken)
        reports.on_framed(self._dispatcher.framed, of=self._dispatcher.listening)

    async def load(self) -> None:
        """Know what there is, which comes before anything is asked of it."""
        await self._event_writer.load()
        await self._balancer.load()
        for organization_id, number in await self._repositories.deployments.counts():
            self._quota.note(organization_id, number)

    async def start(self) -> None:
        """Bring up what is wanted to run, then what was asked of it and has no result, in order;
        returns when all of that is on its way. Unavailable where the engine cannot start."""
        await self.load()
        waiting = await self._repositories.commands.open()
        running = set()
        jobs = await self._repositories.jobs.unsettled()
        for deployment in await self._repositories.deployments.unsettled():
            self._resume(deployment, jobs)
            if deployment.desired_count > 0:
                running.add(deployment.id)
        queued = [command for command in waiting if self._survives(command)]
        stopped = {one.deployment_id for one in queued} - running
        self._dispatcher.post(queued, held=stopped)
        # Not before each run that goes on has its turn, ahead of what was asked after it.
        await self._engine.start()
        for job in jobs:
            await self.bulk.begin(job)
        self._resumed.set()
        await self.days.start()
        self._sweeping = asyncio.create_task(keep_doing("lab_swept", self.sweep, _SWEEP_EVERY_S))
        recording = keep_doing("power_recorded", self.power_history.record, limits.POWER_STEP_S)
        self._recording = asyncio.create_task(recording)

    async def sweep(self) -> None:
        """Give up commands that have waited too long; forget runs that ended, and answers that were
        given, long ago; take up what was left, since the database was away for too long."""
        now = self._clock()
        self._dispatcher.expire(now)
        await self._engine.prune(now - limits.ENDED_RUNS_S)
        await self.idempotency.prune()
        await self._take_up_left(now)

    async def close(self) -> None:
        """Stop every runtime, keeping what each remembers."""
        rounds = [one for one in (self._sweeping, self._recording) if one is not None]
        for one in rounds:
            one.cancel()
        await asyncio.gather(*rounds, return_exceptions=True)
        await self.days.close()
        await self._samples.close()
        # Before their turns end: a run that is left off goes on, one whose turn is lost has failed.
        await self._engine.close()
        await self.bulk.close()
        await self._dispatcher.close()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._balancer.close()
        await self._provider.close()
        await self._journal.flush()
        self.events.close()

    def _resume(self, deployment: Deployment, jobs: list[Job]) -> None:
        """Go on with its run, where it has one of its own; no run is begun for what was READY."""
        of_a_job = any(job.workflow_run_id == deployment.workflow_run_id for job in jobs)
        if deployment.provisioning in UNSETTLED and not of_a_job:
            self.chargers.provision(deployment)
        else:
            self._provisioner.submit_plain(deployment.id)

    async def _take_up_left(self, now: Instant) -> None:
        jobs = await self._repositories.jobs.unsettled()
        for deployment in await self._repositories.deployments.left(now - _SWEEP_EVERY_S):
            if not self._dispatcher.is_busy(deployment.id):
                self._resume(deployment, jobs)
        for job in jobs:
            if job.created_at < now - _SWEEP_EVERY_S and not self.bulk.is_busy(job.id):
                await self.bulk.begin(job)

    async def _carry_out(self, command: QueuedCommand) -> dict[str, object]:
        return await self.chargers.carry_out(command)

    def _survives(self, command: QueuedCommand) -> bool:
        """True where a command of a former run is still to be done. One that its charger had
        already is not: how far it came is unknown, and none may be carried out twice."""
        if command.status is CommandStatus.QUEUED or command.verb in LIFECYCLE:
            return True
        error = CommandError(
            code=Unavailable.code, message="the server ended before the charger had answered"
        )
        now = self._clock()
        settled = CommandEnded(
            id=command.id,
            status=CommandStatus.FAILED,
            result=None,
            error=msgspec.json.encode(error).decode(),
            finished_at=now,
        )
        self._journal.write([settled])
        self._event_writer.ended(
            msgspec.structs.replace(
                command, status=CommandStatus.FAILED, error=error, finished_at=now
            )
        )
        return False

    def _ended(self, command: QueuedCommand) -> None:
        self.commands_ended[command.status] += 1
        self._event_writer.ended(command)
        self._balancer.ended(command)

    @property
    def deployed(self) -> int:
        """Chargers of all organizations, those that are stopped included."""
        return len(self._event_writer)

    @property
    def sampled(self) -> SampleTotals:
        """Totals of the chargers that run, no older than limits.POWER_STEP_S."""
        return self._sampler.totals

    def confine(self, organization_id: str) -> None:
        """The organization's egress policy has changed: its chargers are held to the new one from
        their next dials on."""

        async def tell() -> None:
            for deployment in await self._repositories.deployments.unsettled():
                if deployment.organization_id == organization_id and deployment.desired_count > 0:
                    self._provisioner.submit_plain(deployment.id)

        self._begin(tell())

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _broken(self, deployment_id: str, _reason: str) -> None:
        error = ProvisioningError(
            code="runtime_ended",
            message="the charger's runtime ended by itself; start-charger starts it again",
            retryable=True,
        )

        async def write() -> None:
            await self._repositories.deployments.provisioned(
                deployment_id, ProvisioningStatus.FAILED, error, None
            )
            self._event_writer.broke(deployment_id, error)

        self._begin(write())
