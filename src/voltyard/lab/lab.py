"""The lab: the gateway's services, put together, with their beginning and end."""

import asyncio
from typing import Final

import msgspec
import structlog

from voltyard.kernel.errors import Unavailable
from voltyard.kernel.time import DAY_S, Seconds
from voltyard.lab.bulk import Bulk
from voltyard.lab.catalogue import Catalogue
from voltyard.lab.chargers import Chargers
from voltyard.lab.commands import LIFECYCLE, Command, CommandError, Status
from voltyard.lab.deployments import Provisioning, ProvisioningError
from voltyard.lab.desk import Desk
from voltyard.lab.dispatcher import Dispatcher
from voltyard.lab.provisioning import Provisioner
from voltyard.lab.records import CommandSettled, LabRecord
from voltyard.lab.reports import Reports
from voltyard.lab.repositories import Repositories
from voltyard.lab.sites import Sites
from voltyard.ports import Clock, Journal, Provider

log = structlog.get_logger(__name__)

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
        reports: Reports,
        catalogue: Catalogue,
        clock: Clock,
        *,
        log_retention_s: Seconds = 30 * DAY_S,
    ) -> None:
        self._repositories = repositories
        self._journal = journal
        self._provider = provider
        self._clock = clock
        self._log_retention_s = log_retention_s
        self._sweeping: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        provisioner = Provisioner(provider, repositories.deployments, catalogue, clock)
        self._dispatcher = Dispatcher(provider, journal, clock, self._carry_out)
        self._resumed = asyncio.Event()
        self.catalogue = catalogue
        self.reports = reports
        self.chargers = Chargers(
            repositories, provider, self._dispatcher, provisioner, reports, catalogue, clock
        )
        self.desk = Desk(repositories, provider, self._dispatcher, catalogue, clock, self._resumed)
        self.sites = Sites(repositories, self.chargers, clock)
        self.bulk = Bulk(
            repositories, self.chargers, provisioner, self._dispatcher, clock, self._resumed
        )
        reports.on_broken(self._broken)

    async def start(self) -> None:
        """Bring up what is wanted to run, then what was asked of it and has no result, in order;
        returns when all of that is on its way."""
        waiting = await self._repositories.commands.open()
        for deployment in await self._repositories.deployments.unsettled():
            self.chargers.provision(deployment.id)
        queued = [command for command in waiting if self._survives(command)]
        self._dispatcher.post(queued)
        for job in await self._repositories.jobs.unsettled():
            self.bulk.begin(job)
        self._resumed.set()
        self._sweeping = asyncio.create_task(self._sweep_for_ever())

    async def sweep(self) -> None:
        """Give up commands that have waited too long; drop frames and results that are too old."""
        now = self._clock()
        self._dispatcher.expire(now)
        await self._repositories.frames.prune(now - self._log_retention_s)
        await self._repositories.commands.prune(now - self._log_retention_s)

    async def close(self) -> None:
        """Stop every runtime, keeping what each remembers."""
        if self._sweeping is not None:
            self._sweeping.cancel()
            await asyncio.gather(self._sweeping, return_exceptions=True)
        await self.bulk.close()
        await self._dispatcher.close()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._provider.close()
        await self._journal.flush()

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
        settled = CommandSettled(
            id=command.id,
            status=Status.FAILED,
            result=None,
            error=msgspec.json.encode(error).decode(),
            finished_at=self._clock(),
        )
        self._journal.write([settled])
        return False

    def _broken(self, deployment_id: str, _reason: str) -> None:
        error = ProvisioningError(
            code="runtime_ended",
            message="the charger's runtime ended by itself; start-charger starts it again",
            retryable=True,
        )
        writing = self._repositories.deployments.provisioned(
            deployment_id, Provisioning.FAILED, error, None
        )
        task = asyncio.ensure_future(writing)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _sweep_for_ever(self) -> None:
        while True:
            await asyncio.sleep(_SWEEP_EVERY_S)
            try:
                await self.sweep()
            except Exception:
                log.exception("sweep_failed")
