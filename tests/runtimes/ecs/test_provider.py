"""The ecs provider does what every provider does: services in moto, their tasks in here."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from tests.runtimes.bench import HeardListener, ProviderContract, runtime
from voltyard.bus.memory import MemoryBroker, MemoryBus
from voltyard.network.links.memory import MemoryDialler, MemoryNetwork
from voltyard.runtimes.control.worker import Worker
from voltyard.runtimes.ecs.provider import EcsProvider
from voltyard.runtimes.ecs.services import EcsServices, EcsSettings, ecs_client
from voltyard.testing.processes import free_port

pytestmark = pytest.mark.slow

NAME = "voltyard"
_CLUSTER = "contract"


def clock() -> float:
    return 1_767_571_200.0 + asyncio.get_running_loop().time()


@pytest.fixture(scope="module")
def aws() -> Iterator[str]:
    server = ThreadedMotoServer("127.0.0.1", free_port(), verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


class Cluster:
    """What ECS does with services: a task each, while it is wanted. moto keeps only the books."""

    def __init__(self, client: Any, broker: MemoryBroker) -> None:
        self._client = client
        self._broker = broker
        self._tasks: dict[str, tuple[asyncio.Event, asyncio.Task[None]]] = {}

    async def tend(self) -> None:
        while True:
            wanted = await asyncio.to_thread(self._wanted)
            for name in wanted - self._tasks.keys():
                self._begin(name)
            for name in self._tasks.keys() - wanted:
                await self._end(name)
            await asyncio.sleep(0.02)

    async def close(self) -> None:
        for name in list(self._tasks):
            await self._end(name)

    def _wanted(self) -> set[str]:
        arns = self._client.list_services(cluster=_CLUSTER)["serviceArns"]
        if not arns:
            return set()
        found = self._client.describe_services(cluster=_CLUSTER, services=arns)["services"]
        return {
            one["serviceName"] for one in found if one["desiredCount"] and one["status"] == "ACTIVE"
        }

    def _begin(self, name: str) -> None:
        stopping = asyncio.Event()
        bus, dialler = MemoryBus(self._broker), MemoryDialler(MemoryNetwork())
        worker = Worker(name, bus, dialler, clock, bus_name=NAME, capacity=1, away_s=60)
        self._tasks[name] = stopping, asyncio.create_task(worker.run(stopping))

    async def _end(self, name: str) -> None:
        stopping, task = self._tasks.pop(name)
        stopping.set()
        await task


def services_of(aws: str, client: Any) -> EcsServices:
    client.create_cluster(clusterName=_CLUSTER)
    ec2 = boto3.client("ec2", region_name="eu-west-1", endpoint_url=aws)
    return EcsServices(
        EcsSettings(
            cluster=_CLUSTER,
            image="registry.test/voltyard:1",
            bus_secret="arn:aws:secretsmanager:eu-west-1:1:secret:bus",
            subnets=(ec2.describe_subnets()["Subnets"][0]["SubnetId"],),
        ),
        client,
    )


@asynccontextmanager
async def cluster(aws: str, broker: MemoryBroker) -> AsyncIterator[EcsServices]:
    client = ecs_client("eu-west-1", aws)
    services = services_of(aws, client)
    running = Cluster(client, broker)
    tending = asyncio.create_task(running.tend())
    yield services
    tending.cancel()
    await asyncio.gather(tending, return_exceptions=True)
    await running.close()
    for arn in client.list_services(cluster=_CLUSTER)["serviceArns"]:
        client.delete_service(cluster=_CLUSTER, service=arn, force=True)


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")


async def test_what_is_started_while_its_former_task_has_not_ended_is_wanted_again(
    aws: str,
) -> None:
    # given a charger that was stopped, and a task that AWS takes its time to end
    broker, dialler = MemoryBroker(), MemoryDialler(MemoryNetwork())
    services = services_of(aws, ecs_client("eu-west-1", aws))
    provider = EcsProvider(HeardListener(), MemoryBus(broker), NAME, services)
    await provider.open()
    stopping, bus = asyncio.Event(), MemoryBus(broker)
    worker = Worker("dep-1", bus, dialler, clock, bus_name=NAME, capacity=1, away_s=60)
    task = asyncio.create_task(worker.run(stopping))
    await provider.start(runtime())
    await provider.stop("dep-1")
    await provider.workers.attached("dep-1", 10)
    assert await services.desired_count("dep-1") == 0

    # when it is started again
    await provider.start(runtime())

    # then its service is to run a task
    assert await services.desired_count("dep-1") == 1
    assert await provider.state("dep-1") is not None
    await provider.remove("dep-1")
    stopping.set()
    await task
    await provider.close()


class TestEcsProvider(ProviderContract):
    @pytest.fixture
    async def provider(self, listener: HeardListener, aws: str) -> AsyncIterator[EcsProvider]:
        broker = MemoryBroker()
        async with cluster(aws, broker) as services:
            provider = EcsProvider(listener, MemoryBus(broker), NAME, services)
            await provider.open()
            yield provider
            await provider.close()

    async def test_what_is_stopped_is_a_service_without_a_task(self, provider: EcsProvider) -> None:
        await provider.start(runtime())

        await provider.stop("dep-1")
        assert await provider._services.desired_count("dep-1") == 0

        await provider.remove("dep-1")
        assert await provider._services.desired_count("dep-1") is None

    async def test_it_describes_the_service_as_aws_has_it(self, provider: EcsProvider) -> None:
        assert provider.describe("dep-1", 0) == {
            "provider": "aws",
            "runtime_kind": "ecs_service",
            "service_name": "dep-1",
            "desired_count": 0,
            "status": "ACTIVE",
        }
