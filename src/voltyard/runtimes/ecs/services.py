"""ECS services, one a charger: made, scaled between 0 and 1, and deleted, through boto.

A service runs a task of one container: a worker (`voltyard worker`) of the deployment's name, which
dials the bus and is told there what charger it is. Nothing of the charger itself is in the task
definition; the URL of the bus, with its password, comes out of AWS Secrets Manager.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, TypeVar

from voltyard.config.config import Config
from voltyard.kernel import limits
from voltyard.kernel.errors import Invalid, Unavailable, VoltyardError

T = TypeVar("T")

CONTAINER: Final = "worker"
_FAMILY: Final = "voltyard-"
_TAG: Final = {"key": "voltyard:gateway", "value": "runtime"}

_TRY_AGAIN: Final = frozenset(
    {
        "LimitExceededException",
        "ServerException",
        "ServiceUnavailable",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
        "UpdateInProgressException",
    }
)
"""Error codes after which the same call may succeed later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EcsSettings:
    """Cluster, image and network of the services."""

    cluster: str
    image: str
    bus_secret: str
    """ARN of the secret that holds the URL of the bus, as workers dial it from the cluster."""
    subnets: tuple[str, ...]
    security_groups: tuple[str, ...] = ()
    execution_role: str | None = None
    cpu: str = "256"
    memory: str = "512"
    public_ip: bool = False
    bus_name: str = "voltyard"
    bus_plain: bool = False

    @classmethod
    def of(cls, config: Config) -> "EcsSettings":
        """The services that the settings name, which have been checked."""
        assert (
            config.ecs_cluster and config.ecs_image and config.ecs_bus_secret
        )  # as config has seen
        return cls(
            cluster=config.ecs_cluster,
            image=config.ecs_image,
            bus_secret=config.ecs_bus_secret,
            subnets=config.ecs_subnets,
            security_groups=config.ecs_security_groups,
            execution_role=config.ecs_execution_role,
            cpu=config.ecs_cpu,
            memory=config.ecs_memory,
            public_ip=config.ecs_public_ip,
            bus_name=config.bus_name,
            bus_plain=config.bus_plain,
        )


def ecs_client(region: str | None = None, endpoint_url: str | None = None) -> Any:
    """A boto client for ECS; credentials come from where boto finds them. Invalid without the
    package or a region."""
    try:
        import boto3
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError
    except ImportError:
        raise Invalid(
            "the provider ecs needs the package boto3", hint="pip install 'voltyard[aws]'"
        ) from None
    config = Config(
        connect_timeout=5,
        read_timeout=20,
        retries={"mode": "standard", "max_attempts": 3},
        max_pool_connections=limits.ECS_CALLS_AT_ONCE,
    )
    try:
        return boto3.client("ecs", region_name=region, endpoint_url=endpoint_url, config=config)
    except (BotoCoreError, ValueError) as error:
        raise Invalid(f"ECS cannot be used so: {error}", hint="set VOLTYARD_ECS_REGION") from error


class EcsServices:
    """The services of one cluster. Unavailable where AWS cannot now, Invalid where it never will;
    each call can be made again with the same outcome."""

    def __init__(self, settings: EcsSettings, client: Any) -> None:
        self._settings = settings
        self._client = client
        self._threads = ThreadPoolExecutor(limits.ECS_CALLS_AT_ONCE, "voltyard-ecs")

    async def run(self, deployment_id: str) -> None:
        """Have its service there, with one task."""
        await self._call(partial(self._run, deployment_id))

    async def stop(self, deployment_id: str) -> None:
        """Have its service, if there is one, run no task."""
        await self._call(partial(self._scale, deployment_id, 0))

    async def renew(self, deployment_id: str) -> None:
        """Have its task replaced by a new one."""
        await self._call(partial(self._renew, deployment_id))

    async def delete(self, deployment_id: str) -> None:
        """Have no service of it, nor task definitions."""
        await self._call(partial(self._delete, deployment_id))

    async def desired_count(self, deployment_id: str) -> int | None:
        """The number of tasks that its service is to run; None where there is no service."""
        found = await self._call(partial(self._service, deployment_id))
        return None if found is None else int(found["desiredCount"])

    async def close(self) -> None:
        """Wait for the calls under way."""
        await asyncio.to_thread(self._threads.shutdown)

    async def _call(self, function: Callable[[], T]) -> T:
        """In a thread: boto waits where it stands."""
        return await asyncio.get_running_loop().run_in_executor(
            self._threads, partial(_translated, function)
        )

    # --- in a thread ---------------------------------------------------------------------------

    def _run(self, deployment_id: str) -> None:
        service = self._service(deployment_id)
        definition = self._definition(deployment_id)
        if service is None:
            self._create(deployment_id, definition)
        elif service["desiredCount"] != 1 or service["taskDefinition"] != definition:
            self._update(deployment_id, desiredCount=1, taskDefinition=definition)

    def _scale(self, deployment_id: str, count: int) -> None:
        service = self._service(deployment_id)
        if service is not None and service["desiredCount"] != count:
            self._update(deployment_id, desiredCount=count)

    def _renew(self, deployment_id: str) -> None:
        self._update(deployment_id, desiredCount=1, forceNewDeployment=True)

    def _delete(self, deployment_id: str) -> None:
        if self._service(deployment_id) is not None:
            self._client.delete_service(
                cluster=self._settings.cluster, service=deployment_id, force=True
            )
        for arn in self._definitions(deployment_id):
            self._client.deregister_task_definition(taskDefinition=arn)

    def _service(self, deployment_id: str) -> dict[str, Any] | None:
        answer = self._client.describe_services(
            cluster=self._settings.cluster, services=[deployment_id]
        )
        # One that was deleted is described for a while, as DRAINING and then INACTIVE.
        there = [one for one in answer["services"] if one["status"] == "ACTIVE"]
        return there[0] if there else None

    def _create(self, deployment_id: str, definition: str) -> None:
        settings = self._settings
        network = {
            "subnets": list(settings.subnets),
            "securityGroups": list(settings.security_groups),
            "assignPublicIp": "ENABLED" if settings.public_ip else "DISABLED",
        }
        self._client.create_service(
            cluster=settings.cluster,
            serviceName=deployment_id,
            taskDefinition=definition,
            desiredCount=1,
            launchType="FARGATE",
            networkConfiguration={"awsvpcConfiguration": network},
            # A charger is one: the new task starts when the old one has ended.
            deploymentConfiguration={"maximumPercent": 100, "minimumHealthyPercent": 0},
            tags=[_TAG],
        )

    def _update(self, deployment_id: str, **changes: Any) -> None:
        self._client.update_service(
            cluster=self._settings.cluster, service=deployment_id, **changes
        )

    def _definition(self, deployment_id: str) -> str:
        """The ARN of the task definition as the settings have it; registered where it is new."""
        wanted = self._wanted(deployment_id)
        known = self._definitions(deployment_id)
        if known:
            newest = self._client.describe_task_definition(taskDefinition=known[-1])
            if _says(newest["taskDefinition"], wanted):
                return known[-1]
        registered = self._client.register_task_definition(**wanted, tags=[_TAG])
        arn: str = registered["taskDefinition"]["taskDefinitionArn"]
        return arn

    def _definitions(self, deployment_id: str) -> list[str]:
        """ARNs of the active ones, the newest last."""
        family = _FAMILY + deployment_id
        answer = self._client.list_task_definitions(familyPrefix=family, status="ACTIVE")
        arns: list[str] = answer["taskDefinitionArns"]
        return [arn for arn in arns if arn.rpartition("/")[2].rpartition(":")[0] == family]

    def _wanted(self, deployment_id: str) -> dict[str, Any]:
        settings = self._settings
        environment = {
            "VOLTYARD_BUS_NAME": settings.bus_name,
            "VOLTYARD_BUS_PLAIN": str(settings.bus_plain),
            "VOLTYARD_WORKER_NAME": deployment_id,
        }
        container = {
            "name": CONTAINER,
            "image": settings.image,
            "essential": True,
            "command": ["worker"],
            "environment": [
                {"name": name, "value": value} for name, value in sorted(environment.items())
            ],
            "secrets": [{"name": "VOLTYARD_BUS_URL", "valueFrom": settings.bus_secret}],
        }
        role = settings.execution_role
        return {
            "family": _FAMILY + deployment_id,
            "networkMode": "awsvpc",
            "requiresCompatibilities": ["FARGATE"],
            "cpu": settings.cpu,
            "memory": settings.memory,
            "containerDefinitions": [container],
            **({} if role is None else {"executionRoleArn": role}),
        }


def _says(described: dict[str, Any], wanted: dict[str, Any]) -> bool:
    """True where a description has all that is wanted; AWS adds defaults of its own."""
    for name, value in wanted.items():
        there = described.get(name)
        if name == "containerDefinitions":
            if not there or not _says(there[0], value[0]):
                return False
        elif there != value:
            return False
    return True


def _translated(function: Callable[[], T]) -> T:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        return function()
    except ClientError as error:
        raise _refusal(error.response) from error
    except BotoCoreError as error:  # no connection, no credentials, a time-out
        raise Unavailable(f"ECS cannot be reached: {error}") from error


def _refusal(response: dict[str, Any]) -> VoltyardError:
    error = response.get("Error", {})
    code, message = error.get("Code", "unknown"), error.get("Message", "")
    status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    said = f"ECS refused: {code}: {message}"
    if code in _TRY_AGAIN or status >= 500:
        return Unavailable(said)
    return Invalid(said, hint="see to the cluster, the role and the settings VOLTYARD_ECS_*")
