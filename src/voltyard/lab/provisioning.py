"""Provisioning: from a deployment's row to a running charger, step by step.

Each step can be done again with the same outcome, so that whoever runs them may begin anew after a
crash: `prepare` reads, `start` asks the provider for what may run already, `confirm` writes.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from voltyard.kernel import limits
from voltyard.kernel.errors import NotFound, Unavailable, VoltyardError
from voltyard.kernel.time import Seconds
from voltyard.lab.catalogue import Catalogue
from voltyard.lab.deployments import Deployment, Provisioning, ProvisioningError
from voltyard.lab.repositories import Deployments
from voltyard.lab.specification import runtime_of
from voltyard.ports import Clock, Provider, RuntimeSpec

log = structlog.get_logger(__name__)

PREPARE: Final = "prepare"
START: Final = "start"
CONFIRM: Final = "confirm"

_FIRST_PAUSE_S: Seconds = 0.5
_MESSAGE_CHARS = 2_000


class Provisioner:
    """Runs the steps for any number of deployments, limits.PROVISIONINGS_AT_ONCE at a time."""

    def __init__(
        self,
        provider: Provider,
        deployments: Deployments,
        catalogue: Catalogue,
        clock: Clock,
        pause: Callable[[Seconds], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._provider = provider
        self._deployments = deployments
        self._catalogue = catalogue
        self._clock = clock
        self._pause = pause
        self._places = asyncio.Semaphore(limits.PROVISIONINGS_AT_ONCE)

    async def provision(self, deployment_id: str, *, runs: bool | None = None) -> None:
        """Bring a deployment to READY or FAILED, and raise what made it fail.

        It is the state of its row that counts: one that is gone is left alone, and unless told by
        `runs` one that is not wanted to run is only prepared.
        """
        async with self._places:
            step = PREPARE
            try:
                deployment = await self._deployments.get(deployment_id)
                if deployment is None:
                    return
                runtime = self.prepare(deployment)
                step = START
                if deployment.desired_count > 0 if runs is None else runs:
                    await self.start(runtime)
                step = CONFIRM
                await self.confirm(deployment)
            except VoltyardError as error:
                await self.fail(deployment_id, step, error)
                raise
            except Exception as error:
                log.exception("provisioning_failed", deployment=deployment_id, step=step)
                await self.fail(deployment_id, step, error)
                raise

    def prepare(self, deployment: Deployment) -> RuntimeSpec:
        """What the provider is to run."""
        return runtime_of(deployment, self._catalogue)

    async def start(self, runtime: RuntimeSpec) -> None:
        """Have it run, with the memory it had; tried again while the provider is unavailable."""
        snapshot = await self._deployments.memory(runtime.deployment_id)
        pause_s = _FIRST_PAUSE_S
        for left in range(limits.PROVISIONING_ATTEMPTS - 1, -1, -1):
            try:
                await self._provider.start(runtime, snapshot)
                return
            except Unavailable:
                if not left:
                    raise
            await self._pause(pause_s)
            pause_s *= 2

    async def confirm(self, deployment: Deployment) -> None:
        """READY, since when it first was."""
        at = deployment.provisioned_at
        if deployment.provisioning is Provisioning.READY and at is not None:
            return  # it was before; a start of the server has many of these
        await self._deployments.provisioned(
            deployment.id, Provisioning.READY, None, self._clock() if at is None else at
        )

    async def fail(self, deployment_id: str, step: str, error: Exception) -> None:
        """FAILED, and why."""
        await self._deployments.provisioned(
            deployment_id, Provisioning.FAILED, _described(error, step), None
        )


def _described(error: Exception, step: str) -> ProvisioningError:
    if not isinstance(error, VoltyardError):
        # What went wrong inside is for the log: internals never leak.
        return ProvisioningError(
            code="internal", message="an unexpected error", step=step, retryable=True
        )
    param = error.details.get("param")
    return ProvisioningError(
        code="unknown_model" if isinstance(error, NotFound) else error.code,
        message=str(error)[:_MESSAGE_CHARS],
        step=step,
        param=param if isinstance(param, str) else None,
        retryable=isinstance(error, Unavailable),
    )
