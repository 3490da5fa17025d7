"""Provisioning: the steps from a deployment's row to a running charger.

Each attempt is a run of the engine with an id of its own, which the row names. Each step can be
done again with the same outcome: `reserve` writes, `prepare` reads, and has
the charger registered unless it is, `start` asks the provider for
what may run already, `confirm` writes that it runs, in this process. What changes the row meanwhile
has a run of its own, after this one; a row that is gone is left alone.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, TypeAlias

from voltyard.catalogue.catalogue import Catalogue
from voltyard.kernel import ids, limits
from voltyard.kernel.addressing.egress import ANYWHERE, Egress
from voltyard.kernel.errors import Conflict, Invalid, NoAnswer, NotFound, Unavailable, VoltyardError
from voltyard.kernel.time import Instant, Seconds
from voltyard.loop.attempts import Pause, attempt
from voltyard.ports.clock import Clock
from voltyard.ports.own_backend import OwnBackend
from voltyard.ports.runtimes import Provider
from voltyard.ports.workflows import Retry, StepFailure, StepRunner, Work, WorkflowEngine
from voltyard.yard.commands.dispatcher import Dispatcher, Ended
from voltyard.yard.deployments.deployment import (
    UNSETTLED,
    Deployment,
    ProvisioningError,
    ProvisioningStatus,
)
from voltyard.yard.deployments.runtime_spec import runtime_of
from voltyard.yard.repositories import DeploymentRepository

RESERVE: Final = "reserve"
PREPARE: Final = "prepare"
START: Final = "start"
CONFIRM: Final = "confirm"
_FAIL: Final = "fail"

OnProvisioned: TypeAlias = Callable[[str, ProvisioningStatus, ProvisioningError | None], None]

RETRY: Final = Retry(attempts=limits.PROVISIONING_ATTEMPTS, first_pause_s=0.5)

_WORKFLOW: Final = "provision"

_ERRORS: Final[Mapping[str, type[VoltyardError]]] = {
    kind.code: kind for kind in (Invalid, NoAnswer, NotFound, Unavailable)
}
"""The error of a failure for somebody who waited for the outcome; anything else is a Conflict."""


def new_run() -> str:
    """The id of an attempt."""
    return ids.prefixed("wfr_")


@dataclass(slots=True)
class _Course:
    """Facts that a run knows of its deployment, in this process: its row is read once for all
    steps."""

    deployment_id: str
    runs: bool | None
    """True to have it run; None: if it is wanted to."""
    has_memory: bool = True
    found: Deployment | None = None
    """The row as it was read."""
    is_read: bool = False
    is_started: bool = False


class Provisioner:
    """Brings deployments to READY or FAILED. Each comes in its turn among what is asked of its
    charger; limits.PROVISIONINGS_AT_ONCE runtimes are started at a time."""

    def __init__(
        self,
        engine: WorkflowEngine,
        dispatcher: Dispatcher,
        provider: Provider,
        deployments: DeploymentRepository,
        catalogue: Catalogue,
        clock: Clock,
        pause: Pause = asyncio.sleep,
        heard: OnProvisioned = lambda deployment_id, provisioning, error: None,
        started: Callable[[str, bytes | None], None] = lambda deployment_id, memory: None,
        egress_of: Callable[[str], Egress] = lambda organization_id: ANYWHERE,
        own_backend: OwnBackend | None = None,
    ) -> None:
        """`heard` is told of each row that has become READY or FAILED, `started` of each charger
        that runs, before anything happens at it, and with which memory. `egress_of` is an
        organization's policy for what its chargers dial; those that ask for it are registered at
        `own_backend`."""
        self._engine = engine
        self._dispatcher = dispatcher
        self._provider = provider
        self._deployments = deployments
        self._catalogue = catalogue
        self._clock = clock
        self._pause = pause
        self._heard = heard
        self._started = started
        self._egress_of = egress_of
        self._own_backend = own_backend
        self._places = asyncio.Semaphore(limits.PROVISIONINGS_AT_ONCE)
        self._awaited: dict[str, asyncio.Event] = {}
        engine.define(_WORKFLOW, self._workflow)

    def submit(self, deployment_id: str, run_id: str) -> Ended:
        """Have it provisioned in that run, after what was asked of it before; its row tells the
        outcome. A run that has begun already is joined."""
        # Before its turn has come the engine may have taken the run up again: it is to go on.
        self._awaited[run_id] = asyncio.Event()
        ended = self._dispatcher.submit(deployment_id, partial(self._run, deployment_id, run_id))
        ended.add_done_callback(lambda _: self._awaited.pop(run_id, None))
        return ended

    async def reserved(self, run_id: str, timeout_s: Seconds) -> bool:
        """True where a submitted run's row is PROVISIONING, or settled, within that time."""
        event = self._awaited.get(run_id)
        if event is None:
            return True
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                await event.wait()
        return event.is_set()

    def submit_plain(self, deployment_id: str, *, has_memory: bool = True) -> Ended:
        """Submit like `submit`, without a run of its own: for what another run, or a row that has
        settled before, makes durable. `has_memory`: unless it never ran."""
        course = _Course(deployment_id, None, has_memory)
        return self._dispatcher.submit(deployment_id, partial(self._bring_up, course))

    async def start(self, deployment_id: str, run_id: str) -> None:
        """Start its runtime in that run, wanted or not, within a turn; raises why it failed."""
        self._awaited[run_id] = asyncio.Event()
        try:
            await self._run(deployment_id, run_id, runs=True)
        finally:
            self._awaited.pop(run_id, None)
        await self._check(deployment_id)

    async def _bring_up(self, course: _Course) -> None:
        """Do the steps here and now, within a turn; raises why it failed."""

        def step(name: str, work: Work, retry: Retry = RETRY) -> Awaitable[StepFailure | None]:
            return attempt(name, work, retry, self._pause)

        _raise(await self._steps(course, {}, step))

    async def _run(self, deployment_id: str, run_id: str, runs: bool | None = None) -> None:
        argument = {"deployment_id": deployment_id, "runs": runs}

        end: asyncio.Future[bool] | None = None

        async def begin() -> None:
            nonlocal end
            end = await self._engine.begin(_WORKFLOW, run_id, argument)

        failure = await attempt(RESERVE, begin, RETRY, self._pause)
        if failure is not None:
            await self._fail(_Course(deployment_id, runs), _error(RESERVE, failure))
        elif end is not None and not await end:
            # It ended before this process did, or was given up: the row may not know of it.
            deployment = await self._deployments.get(deployment_id)
            if deployment is not None and deployment.provisioning in UNSETTLED:
                await self._bring_up(_Course(deployment_id, runs))

    async def _workflow(self, run_id: str, argument: Mapping[str, Any], step: StepRunner) -> None:
        if run_id not in self._awaited:
            return  # of a former process, and nobody's any more: its row names another, or is gone
        course = _Course(argument["deployment_id"], argument["runs"])
        first = {RESERVE: partial(self._reserve, course.deployment_id, run_id)}
        await self._steps(course, first, step)

    async def _steps(
        self, course: _Course, first: Mapping[str, Work], step: StepRunner
    ) -> ProvisioningError | None:
        """Do them; why one failed."""
        works: dict[str, Work] = {
            **first,
            PREPARE: partial(self._prepare, course),
            START: partial(self._start, course),
            CONFIRM: partial(self._confirm, course),
        }
        for name, work in works.items():
            failure = await step(name, work, RETRY)
            if failure is not None:
                error = _error(name, failure)
                await step(_FAIL, partial(self._fail, course, error), RETRY)
                return error
        return None

    async def _reserve(self, deployment_id: str, run_id: str) -> None:
        """PROVISIONING, in this run."""
        await self._deployments.begun(deployment_id, run_id)
        if run_id in self._awaited:
            self._awaited[run_id].set()

    async def _read(self, course: _Course) -> Deployment | None:
        if not course.is_read:
            course.found = await self._deployments.get(course.deployment_id)
            course.is_read = True
        return course.found

    async def _prepare(self, course: _Course) -> None:
        """Check that the specification for the provider can be made; have the charger registered
        where it has never run before. What an operator deletes at the backend stays so."""
        deployment = await self._read(course)
        if deployment is None:
            return
        runtime_of(deployment, self._catalogue)
        options = deployment.options
        if options.registers and deployment.provisioned_at is None and self._own_backend:
            await self._own_backend.register(
                deployment.organization_id,
                deployment.identity,
                password=options.basic_auth_password,
                security_profile=options.security_profile,
            )

    async def _start(self, course: _Course) -> None:
        """Have it run, with the memory it had; unless told by `runs`, where it is wanted to."""
        async with self._places:
            deployment = await self._read(course)
            if deployment is None:
                return
            if deployment.desired_count > 0 if course.runs is None else course.runs:
                egress = self._egress_of(deployment.organization_id)
                runtime = runtime_of(deployment, self._catalogue, egress)
                memory = await self._memory(course)
                await self._provider.start(runtime, memory)
                self._started(deployment.id, memory)
        course.is_started = True

    async def _memory(self, course: _Course) -> bytes | None:
        return await self._deployments.memory(course.deployment_id) if course.has_memory else None

    async def _confirm(self, course: _Course) -> None:
        """READY, since when it first was; unless it was changed since it was read, which another
        run takes up."""
        if not course.is_started:  # but by a process before this one, and its runtime may be gone
            await self._start(course)
        deployment = await self._read(course)
        if deployment is None or _is_confirmed(deployment):
            return  # a start of the server has many that were before
        at = deployment.provisioned_at
        at = self._clock() if at is None else at
        await self._keep(course, ProvisioningStatus.READY, None, at)

    async def _fail(self, course: _Course, error: ProvisioningError) -> None:
        """FAILED, and why; likewise."""
        await self._keep(course, ProvisioningStatus.FAILED, error, None)

    async def _keep(
        self,
        course: _Course,
        provisioning: ProvisioningStatus,
        error: ProvisioningError | None,
        at: Instant | None,
    ) -> None:
        run_id = None if course.found is None else course.found.workflow_run_id
        identifier = course.deployment_id
        if await self._deployments.provisioned(identifier, provisioning, error, at, run_id):
            self._heard(identifier, provisioning, error)

    async def _check(self, deployment_id: str) -> None:
        deployment = await self._deployments.get(deployment_id)
        _raise(None if deployment is None else deployment.error)


def _error(step: str, failure: StepFailure) -> ProvisioningError:
    unknown = step == PREPARE and failure.code == NotFound.code
    return ProvisioningError(
        code="unknown_model" if unknown else failure.code,
        message=failure.message,
        step=step,
        param=failure.param,
        retryable=failure.retryable,
    )


def _raise(error: ProvisioningError | None) -> None:
    if error is not None:
        raise _ERRORS.get(error.code, Conflict)(error.message)


def _is_confirmed(deployment: Deployment) -> bool:
    return (
        deployment.provisioning is ProvisioningStatus.READY
        and deployment.provisioned_at is not None
    )
