"""Bulk creation: a durable job whose chargers are written down and provisioned one by one."""

import asyncio
from collections.abc import Sequence
from functools import partial

import msgspec
import structlog

from voltyard.kernel import ids, limits
from voltyard.kernel.errors import Invalid, NotFound, VoltyardError
from voltyard.lab.chargers import Chargers, NewCharger
from voltyard.lab.deployments import Deployment, Provisioning, ProvisioningError
from voltyard.lab.dispatcher import Dispatcher
from voltyard.lab.jobs import Group, Job, JobItem, plan, size_of
from voltyard.lab.provisioning import Provisioner
from voltyard.lab.repositories import Repositories
from voltyard.ports import Clock

log = structlog.get_logger(__name__)

_AT_ONCE = limits.PROVISIONINGS_AT_ONCE


class Bulk:
    """Makes many chargers at a location, and tells how far it has come."""

    def __init__(
        self,
        repositories: Repositories,
        chargers: Chargers,
        provisioner: Provisioner,
        dispatcher: Dispatcher,
        clock: Clock,
        resumed: asyncio.Event,
    ) -> None:
        """No job is written down before `resumed`, or it would be taken for a former run's."""
        self._resumed = resumed
        self._repositories = repositories
        self._dispatcher = dispatcher
        self._jobs = repositories.jobs
        self._chargers = chargers
        self._provisioner = provisioner
        self._clock = clock
        self._tasks: set[asyncio.Task[None]] = set()

    async def create(self, organization_id: str, location_id: str, groups: Sequence[Group]) -> Job:
        """Write the job down and begin. NotFound where there is no such location, Invalid where
        nothing, or more than limits.BULK_CHARGERS, is asked for."""
        if await self._repositories.locations.find(organization_id, location_id) is None:
            raise NotFound(f"there is no location {location_id!r}")
        count = sum(size_of(group) for group in groups)
        if not 0 < count <= limits.BULK_CHARGERS:
            raise Invalid(f"between 1 and {limits.BULK_CHARGERS} chargers, not {count}")
        await self._resumed.wait()
        job = Job(
            id=ids.uuid(),
            organization_id=organization_id,
            location_id=location_id,
            workflow_run_id=ids.prefixed("wfr_"),
            templates=tuple(group.template for group in groups),
            created_at=self._clock(),
        )
        await self._jobs.add(job, plan(job.id, groups, ids.SYSTEM))
        self.begin(job)
        return job

    def begin(self, job: Job) -> None:
        """Do what of the job is not done yet, in the background."""
        task = asyncio.create_task(self._run(job))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def get(
        self, organization_id: str, location_id: str, job_id: str
    ) -> tuple[Job, list[JobItem]]:
        """A job and its items. NotFound where there is none."""
        job = await self._jobs.find(organization_id, location_id, job_id)
        if job is None:
            raise NotFound(f"there is no job {job_id!r} at this location")
        return job, await self._jobs.items(job_id)

    async def close(self) -> None:
        """Leave off; the next start goes on."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _run(self, job: Job) -> None:
        try:
            await self._jobs.change(msgspec.structs.replace(job, status=Provisioning.PROVISIONING))
            waiting = [
                item
                for item in await self._jobs.items(job.id)
                if item.status is Provisioning.PENDING
            ]
            for start in range(0, len(waiting), _AT_ONCE):
                await self._make(job, waiting[start : start + _AT_ONCE])
            await self._finish(job)
        except Exception:
            log.exception("bulk_creation_failed", job=job.id)
            error = ProvisioningError(
                code="internal", message="an unexpected error", retryable=True
            )
            await self._jobs.change(
                msgspec.structs.replace(job, status=Provisioning.FAILED, error=error)
            )

    async def _make(self, job: Job, items: Sequence[JobItem]) -> None:
        """Some of its chargers: their rows together, their runtimes each by itself."""
        drawn: list[Deployment] = []
        failed: dict[int, ProvisioningError] = {}
        for item in items:
            try:
                drawn.append(self._drawn_up(job, item))
            except VoltyardError as error:
                failed[item.position] = _error(error.code, str(error))
        await self._repositories.deployments.add(drawn)
        made = await self._own(job, items)
        for item in items:
            if item.position not in failed and item.deployment_id not in made:
                failed[item.position] = _error("conflict", "the identity is taken")
        going = [item for item in items if item.position not in failed]
        ends = await asyncio.gather(*(self._provision(item.deployment_id) for item in going))
        for item, end in zip(going, ends, strict=True):
            if end is not None:
                failed[item.position] = end
        await self._jobs.settle([_settled(item, failed.get(item.position)) for item in items])

    async def _own(self, job: Job, items: Sequence[JobItem]) -> set[str]:
        """Those whose rows are there, be it from before a restart."""
        ids = [item.deployment_id for item in items]
        return set(await self._repositories.deployments.find_many(job.organization_id, ids))

    async def _provision(self, deployment_id: str) -> ProvisioningError | None:
        """Take its turn among what is asked of the charger; what went wrong, if anything did."""
        turn = partial(self._provisioner.provision, deployment_id)
        try:
            error = await self._dispatcher.submit(deployment_id, turn)
        except asyncio.CancelledError:
            current = asyncio.current_task()
            if current is not None and current.cancelling():
                raise
            return _error("not_found", "the charger was deleted meanwhile")
        if isinstance(error, VoltyardError):
            return _error(error.code, str(error))
        return None if error is None else _error("internal", "an unexpected error")

    async def _finish(self, job: Job) -> None:
        """READY once each is made or refused; FAILED where none could be made."""
        items = await self._jobs.items(job.id)
        errors = [item.error for item in items if item.error is not None]
        all_failed = len(errors) == len(items)
        await self._jobs.change(
            msgspec.structs.replace(
                job,
                status=Provisioning.FAILED if all_failed else Provisioning.READY,
                error=errors[0] if all_failed else None,
                provisioned_at=self._clock(),
            )
        )

    def _drawn_up(self, job: Job, item: JobItem) -> Deployment:
        template = job.templates[item.template]
        new = NewCharger(
            identity=item.identity,
            brand_slug=template.brand_slug,
            model_slug=template.model_slug,
            connector_type=template.connector_type,
            ws_url=template.ws_url,
            ocpp_version=template.ocpp_version,
            name=item.name,
            location_id=job.location_id,
        )
        return self._chargers.drawn_up(job.organization_id, new, item.deployment_id)


def _settled(item: JobItem, error: ProvisioningError | None) -> JobItem:
    status = Provisioning.READY if error is None else Provisioning.FAILED
    return msgspec.structs.replace(item, status=status, error=error)


def _error(code: str, message: str) -> ProvisioningError:
    return ProvisioningError(code=code, message=message, step="provision")
