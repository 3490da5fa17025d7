"""The lab: the gateway's services, put together, with their beginning and end."""

import asyncio
from typing import Final

import msgspec

from voltyard.kernel import limits
from voltyard.kernel.errors import Unavailable
from voltyard.kernel.time import Instant, Seconds
from voltyard.lab.alone import Alone
from voltyard.lab.balancer import Balancer
from voltyard.lab.bulk import Bulk
from voltyard.lab.catalogue import Catalogue
from voltyard.lab.chargers import Chargers
from voltyard.lab.commands import LIFECYCLE, Command, CommandError, Status
from voltyard.lab.days import Days, Drivers
from voltyard.lab.deployments import UNSETTLED, Deployment, Provisioning, ProvisioningError
from voltyard.lab.desk import Desk
from voltyard.lab.dispatcher import Dispatcher
from voltyard.lab.events.chronicle import Chronicle
from voltyard.lab.events.happenings import Happenings
from voltyard.lab.events.history import History
from voltyard.lab.faults import Faults
from voltyard.lab.jobs import Job
from voltyard.lab.logs import Logs
from voltyard.lab.once import Once
from voltyard.lab.presets import Presets
from voltyard.lab.provisioning import Provisioner
from voltyard.lab.records import CommandSettled, LabRecord
from voltyard.lab.reports import Reports
from voltyard.lab.repositories import Repositories
from voltyard.lab.sites import Sites
from voltyard.ports import Clock, Engine, Journal, Provider
from voltyard.rounds import keep_doing

_SWEEP_EVERY_S: Final[Seconds] = 60.0


class Lab:
    """Deployments, locations, commands and logs over one provider.

    `reports` is to be the provider's listener. `start` brings up what ran before, and lets commands
    and bulk creations in, which wait for it. `close` leaves all so that the next start goes on.
    """

    def __init__(
        self,
        repositories: Repositories,
        journal: Journal[LabRecord],
        provider: Provider,
        engine: Engine,
        reports: Reports,
        catalogue: Catalogue,
        clock: Clock,
        drivers: Drivers,
    ) -> None:
        self._repositories = repositories
        self._journal = journal
        self._provider = provider
        self._engine = engine
        self._clock = clock
        self._sweeping: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        chronicle = Chronicle(journal, repositories.events)
        self._happenings = Happenings(chronicle, repositories.events, clock)
        self._balancer = Balancer(
            provider, repositories.deployments, repositories.locations, self._happenings
        )
        self._dispatcher = Dispatcher(provider, journal, clock, self._carry_out, self._ended)
        self._provisioner = Provisioner(
            engine,
            self._dispatcher,
            provider,
            repositories.deployments,
            catalogue,
            clock,
            heard=self._happenings.provisioned,
            started=self._balancer.started,
        )
        self._resumed = asyncio.Event()
        alone = Alone()
        self.catalogue = catalogue
        self.reports = reports
        self.once = Once(repositories.answers, clock)
        self.chargers = Chargers(
            repositories,
            provider,
            self._dispatcher,
            self._provisioner,
            reports,
            self._happenings,
            catalogue,
            clock,
            self._resumed,
            alone,
        )
        self.faults = Faults(repositories.deployments, provider, self._happenings, clock, alone)
        self.logs = Logs(repositories.frames, self.chargers)
        self.events = History(repositories, chronicle)
        self.desk = Desk(repositories, provider, self._dispatcher, catalogue, clock, self._resumed)
        self.days = Days(repositories, self.chargers, drivers, self._happenings, catalogue, clock)
        self.sites = Sites(
            repositories, self.chargers, self._happenings, self._balancer, self.days, clock, alone
        )
        self.bulk = Bulk(
            engine,
            repositories,
            self.chargers,
            self._provisioner,
            self._happenings,
            clock,
            self._resumed,
        )
        self.presets = Presets(catalogue, self.sites, self.chargers, self.bulk)
        reports.listen(self._happenings.happened)
        reports.listen(self.days.happened)
        reports.listen(self._balancer.happened)
        reports.on_broken(self._broken)

    async def load(self) -> None:
        """Know what there is, which comes before anything is asked of it."""
        await self._happenings.load()
        await self._balancer.load()

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

    async def sweep(self) -> None:
        """Give up commands that have waited too long; forget runs that ended, and answers that were
        given, long ago; take up what was left, since the database was away for too long."""
        now = self._clock()
        self._dispatcher.expire(now)
        await self._engine.prune(now - limits.ENDED_RUNS_S)
        await self.once.prune()
        await self._take_up_left(now)

    async def close(self) -> None:
        """Stop every runtime, keeping what each remembers."""
        if self._sweeping is not None:
            self._sweeping.cancel()
            await asyncio.gather(self._sweeping, return_exceptions=True)
        await self.days.close()
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

    async def _carry_out(self, command: Command) -> dict[str, object]:
        return await self.chargers.carry_out(command)

    def _survives(self, command: Command) -> bool:
        """Whether a command of a former run is still to be done. One that its charger had already
        is not: nobody knows how far it came, and none may be carried out twice."""
        if command.status is Status.QUEUED or command.verb in LIFECYCLE:
            return True
        error = CommandError(
            code=Unavailable.code, message="the server ended before the charger had answered"
        )
        now = self._clock()
        settled = CommandSettled(
            id=command.id,
            status=Status.FAILED,
            result=None,
            error=msgspec.json.encode(error).decode(),
            finished_at=now,
        )
        self._journal.write([settled])
        self._happenings.ended(
            msgspec.structs.replace(command, status=Status.FAILED, error=error, finished_at=now)
        )
        return False

    def _ended(self, command: Command) -> None:
        self._happenings.ended(command)
        self._balancer.ended(command)

    def _broken(self, deployment_id: str, _reason: str) -> None:
        error = ProvisioningError(
            code="runtime_ended",
            message="the charger's runtime ended by itself; start-charger starts it again",
            retryable=True,
        )

        async def write() -> None:
            await self._repositories.deployments.provisioned(
                deployment_id, Provisioning.FAILED, error, None
            )
            self._happenings.broke(deployment_id, error)

        task = asyncio.create_task(write())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
