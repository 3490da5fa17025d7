"""Bulk creation: a durable job with one step a charger."""

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from functools import partial
from typing import Any, Final

import msgspec
import structlog

from voltyard.kernel import ids, limits
from voltyard.kernel.errors import Invalid, NotFound, Unavailable, VoltyardError
from voltyard.kernel.time import Seconds
from voltyard.loop.attempts import at_once, attempt, failure_of
from voltyard.ports.clock import Clock
from voltyard.ports.workflows import Retry, StepFailure, StepRunner, Work, WorkflowEngine
from voltyard.yard.deployments.charger_service import ChargerService, NewCharger
from voltyard.yard.deployments.deployment import (
    UNSETTLED,
    Deployment,
    ProvisioningError,
    ProvisioningStatus,
)
from voltyard.yard.events.event_writer import EventWriter
from voltyard.yard.keyed_answers import AnswerNote
from voltyard.yard.locations.location import Location
from voltyard.yard.provisioning.bulk_job import (
    ChargerTemplate,
    Job,
    JobItem,
    JobProgress,
    TemplateGroup,
    plan,
    size_of,
)
from voltyard.yard.provisioning.provisioner import RETRY, Provisioner, new_run
from voltyard.yard.repositories import Listing, PageRequest, Repositories

log = structlog.get_logger(__name__)

_WORKFLOW: Final = "create_chargers"

_CANCELLED: Final = ProvisioningError(
    code="cancelled", message="the creation was cancelled before this charger was made"
)
_NOT_BEGUN: Final = ProvisioningError(
    code="unavailable", message="the creation could not be begun", retryable=True
)
_INTERNAL: Final = ProvisioningError(code="internal", message="an unexpected error", retryable=True)


class BulkCreation:
    """Bulk creation of chargers at a location, and its progress."""

    def __init__(
        self,
        engine: WorkflowEngine,
        repositories: Repositories,
        chargers: ChargerService,
        provisioner: Provisioner,
        event_writer: EventWriter,
        clock: Clock,
        resumed: asyncio.Event,
    ) -> None:
        """No job is written down before `resumed`, or it would be taken for a former run's."""
        self._engine = engine
        self._resumed = resumed
        self._repositories = repositories
        self._jobs = repositories.jobs
        self._chargers = chargers
        self._provisioner = provisioner
        self._event_writer = event_writer
        self._clock = clock
        self._seen_to: dict[str, asyncio.Task[None]] = {}
        """By the job's id."""
        engine.define(_WORKFLOW, self._workflow)

    async def create(
        self,
        organization_id: str,
        location_id: str,
        groups: Sequence[TemplateGroup],
        note: AnswerNote[Job] | None = None,
    ) -> Job:
        """Write the job down and begin. NotFound where there is no such location, Invalid where
        nothing, or more than limits.BULK_CHARGERS, is asked for, or a ws_url can be no CSMS's."""
        await self._check_location(organization_id, location_id)
        return await self._create(organization_id, location_id, groups, note)

    async def furnish(
        self,
        location: Location,
        groups: Sequence[TemplateGroup],
        note: AnswerNote[Job] | None = None,
    ) -> Job:
        """Create like `create`, at a location that is written down with the job, and gone where
        that cannot be begun."""
        return await self._create(location.organization_id, location.id, groups, note, location)

    async def _create(
        self,
        organization_id: str,
        location_id: str,
        groups: Sequence[TemplateGroup],
        note: AnswerNote[Job] | None,
        location: Location | None = None,
    ) -> Job:
        count = sum(size_of(group) for group in groups)
        if not 0 < count <= limits.BULK_CHARGERS:
            raise Invalid(
                f"between 1 and {limits.BULK_CHARGERS} chargers, not {count}",
                param="chargers_number",
            )
        groups = [self._completed(organization_id, group) for group in groups]
        for group in groups:
            self._chargers.check_target(organization_id, group.template.ws_url)
        self._chargers.quota.check(organization_id, count)
        await self._resumed.wait()
        job = Job(
            id=ids.uuid(),
            organization_id=organization_id,
            location_id=location_id,
            workflow_run_id=new_run(),
            templates=tuple(group.template for group in groups),
            created_at=self._clock(),
        )
        answer = None if note is None else note(job)
        await self._jobs.add(job, plan(job.id, groups, ids.SYSTEM), answer, location=location)
        try:
            await self.begin(job)
        except Unavailable:
            # Should the engine know of it after all, it finds nothing left to make.
            await self._jobs.settle_unclaimed(job.id, _NOT_BEGUN)
            await self._end(
                job, ProvisioningStatus.FAILED, _NOT_BEGUN, await self._jobs.items(job.id)
            )
            if location is not None:
                locations = self._repositories.locations
                await locations.remove(organization_id, location_id, self._clock())
            if answer is not None:
                await self._repositories.answers.forget(answer)
            raise
        return job

    def _completed(self, organization_id: str, group: TemplateGroup) -> TemplateGroup:
        completing = self._chargers.defaults.completing(organization_id, group.template)
        template = msgspec.structs.replace(group.template, **completing)
        return msgspec.structs.replace(group, template=template)

    async def begin(self, job: Job) -> None:
        """Do what of the job is not done yet, in the background; durable once this returns."""
        end = await self._engine.begin(_WORKFLOW, job.workflow_run_id, {"job_id": job.id})
        if job.id not in self._seen_to:
            task = asyncio.create_task(self._see_to_its_end(job.id, end))
            self._seen_to[job.id] = task
            task.add_done_callback(lambda _: self._seen_to.pop(job.id))

    def is_busy(self, job_id: str) -> bool:
        """True where it is being seen to its end."""
        return job_id in self._seen_to

    async def close(self) -> None:
        """Leave off; the next start goes on."""
        tasks = list(self._seen_to.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def get(
        self, organization_id: str, location_id: str, job_id: str
    ) -> tuple[Job, list[JobItem]]:
        """A job and its items. NotFound where there is none."""
        job = await self._jobs.find(organization_id, location_id, job_id)
        if job is None:
            raise NotFound(f"there is no job {job_id!r} at this location")
        return job, await self._jobs.items(job_id)

    async def listed(
        self, organization_id: str, location_id: str, page: PageRequest
    ) -> Listing[tuple[Job, JobProgress]]:
        """A location's jobs, the newest first. NotFound where there is no such location."""
        await self._check_location(organization_id, location_id)
        listing = await self._jobs.listed(organization_id, location_id, page)
        progress = await self._jobs.progress([job.id for job in listing.entries])
        return Listing([(job, progress[job.id]) for job in listing.entries], listing.total)

    async def cancel(
        self, organization_id: str, location_id: str, job_id: str
    ) -> tuple[Job, list[JobItem]]:
        """Make no charger of it that is not being made yet; those are listed as failed. A job that
        has ended stays as it is. NotFound where there is none."""
        await self.get(organization_id, location_id, job_id)
        await self._jobs.settle_unclaimed(job_id, _CANCELLED)
        return await self.get(organization_id, location_id, job_id)

    async def _workflow(self, _run_id: str, argument: Mapping[str, Any], step: StepRunner) -> None:
        job = await self._jobs.get(argument["job_id"])
        if job is not None:
            await self._steps(job, step)

    async def _see_to_its_end(self, job_id: str, end: asyncio.Future[bool]) -> None:
        """Its run may have ended in a process before this one, or been given up, and the job not
        know of it."""

        def step(name: str, work: Work, retry: Retry = RETRY) -> Awaitable[StepFailure | None]:
            return attempt(name, work, retry)

        await end
        try:
            job = await self._jobs.get(job_id)
            if job is not None and job.status in UNSETTLED:
                await self._steps(job, step)
        except VoltyardError:
            log.exception("job_left", job=job_id)

    async def _steps(self, job: Job, step: StepRunner) -> None:
        await step("begin", partial(self._begun, job), RETRY)
        # All of them, also those that are made: a step is known by its number.
        items = await self._jobs.items(job.id)
        steps = [
            step(f"charger {item.position}", partial(self._make, job, item), RETRY)
            for item in items
        ]
        await at_once(limits.PROVISIONINGS_AT_ONCE, steps)
        await step("finish", partial(self._finish, job), RETRY)

    async def _begun(self, job: Job) -> None:
        await self._jobs.change(
            msgspec.structs.replace(job, status=ProvisioningStatus.PROVISIONING)
        )

    async def _make(self, job: Job, item: JobItem) -> None:
        """One charger: its row and its runtime, unless it has settled before."""
        if not await self._jobs.claim(item):
            return
        error = await self._made(job, item)
        status = ProvisioningStatus.READY if error is None else ProvisioningStatus.FAILED
        await self._jobs.settle([msgspec.structs.replace(item, status=status, error=error)])

    async def _made(self, job: Job, item: JobItem) -> ProvisioningError | None:
        """Make a charger; the error, if there was one."""
        try:
            deployment = self._drawn_up(job, item)
            self._chargers.quota.take(job.organization_id)
        except VoltyardError as error:
            failure = failure_of(error)
            return _error(failure.code, failure.message, failure.param)
        kept: list[Deployment] = []
        try:
            kept = await self._repositories.deployments.add([deployment], only_housed=True)
        finally:
            if not kept:
                self._chargers.quota.give_back(job.organization_id)
        if kept:
            self._event_writer.created(kept[0])
        elif await self._repositories.deployments.get(deployment.id) is None:
            return await self._left_out(job)
        return await self._provision(deployment.id, has_memory=not kept)

    async def _left_out(self, job: Job) -> ProvisioningError:
        """The reason why the database would not have it."""
        locations = self._repositories.locations
        if await locations.find(job.organization_id, job.location_id) is None:
            return _error("not_found", "the location was deleted meanwhile")
        return _error("conflict", "the identity is taken", "identity")

    async def _provision(self, deployment_id: str, *, has_memory: bool) -> ProvisioningError | None:
        """Take its turn among what is asked of the charger; what went wrong, if anything did."""
        try:
            if await self._provisioner.submit_plain(deployment_id, has_memory=has_memory) is None:
                return None
        except asyncio.CancelledError:
            current = asyncio.current_task()
            if current is not None and current.cancelling():
                raise
        deployment = await self._repositories.deployments.get(deployment_id)
        if deployment is None:
            return _error("not_found", "the charger was deleted meanwhile")
        return deployment.error

    async def _finish(self, job: Job) -> None:
        """READY once each is made or refused; FAILED where none could be made."""
        items = await self._jobs.items(job.id)
        lost = [
            msgspec.structs.replace(item, status=ProvisioningStatus.FAILED, error=_INTERNAL)
            for item in items
            if item.status in UNSETTLED
        ]
        await self._jobs.settle(lost)
        errors = [item.error for item in items if item.error is not None]
        settled = [one for one in items if one.status not in UNSETTLED] + lost
        if len(errors) + len(lost) < len(items):
            await self._end(job, ProvisioningStatus.READY, None, settled)
        else:
            error = errors[0] if errors else _INTERNAL
            await self._end(job, ProvisioningStatus.FAILED, error, settled)

    async def _end(
        self,
        job: Job,
        status: ProvisioningStatus,
        error: ProvisioningError | None,
        items: Sequence[JobItem],
    ) -> None:
        ended = msgspec.structs.replace(
            job, status=status, error=error, provisioned_at=self._clock()
        )
        await self._jobs.change(ended)
        self._event_writer.job_finished(ended, items)

    async def _check_location(self, organization_id: str, location_id: str) -> None:
        if await self._repositories.locations.find(organization_id, location_id) is None:
            raise NotFound(f"there is no location {location_id!r}")

    def _drawn_up(self, job: Job, item: JobItem) -> Deployment:
        template = job.templates[item.template]
        new = new_charger(template, item.identity, item.name, job.location_id)
        drawn = self._chargers.drawn_up(job.organization_id, new, item.deployment_id)
        return msgspec.structs.replace(
            drawn,
            created_at=job.created_at + item.position * _APART_S,
            provisioning=ProvisioningStatus.PROVISIONING,
            workflow_run_id=job.workflow_run_id,
        )


_APART_S: Final[Seconds] = 1e-6
"""Between the chargers of a job, which are listed in the order they were asked for."""


def new_charger(
    template: ChargerTemplate,
    identity: str,
    name: str | None = None,
    location_id: str | None = None,
) -> NewCharger:
    """A request for a charger of a template."""
    return NewCharger(
        identity=identity,
        brand_slug=template.brand_slug,
        model_slug=template.model_slug,
        connector_type=template.connector_type,
        ws_url=template.ws_url,
        ocpp_version=template.ocpp_version,
        name=name,
        location_id=location_id,
        options=template.options,
    )


def _error(code: str, message: str, param: str | None = None) -> ProvisioningError:
    return ProvisioningError(code=code, message=message, step="reserve", param=param)
