"""Chargers in ECS services, with the whole server: moto keeps AWS's books, and this test runs what
they say is to run."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from tests.server.worker_yard import csms, until, yard
from voltyard.bus.local_server import LocalBusServer
from voltyard.runtimes.ecs.services import ecs_client
from voltyard.testing.processes import ServerProcess, WorkerProcess, free_port

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

CLUSTER = "whole"
REGION = "eu-west-1"


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    server = ThreadedMotoServer("127.0.0.1", free_port(), verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
async def bus(tmp_path: Path) -> AsyncIterator[LocalBusServer]:
    """Where the secret's URL leads."""
    server = LocalBusServer(tmp_path / "bus")
    await server.start()
    yield server
    await server.close()


def told(aws: str, bus_url: str) -> dict[str, str]:
    """The environment of a server whose chargers run there."""
    ec2 = boto3.client("ec2", region_name=REGION, endpoint_url=aws)
    subnets = [one["SubnetId"] for one in ec2.describe_subnets()["Subnets"]][:2]
    return {
        "AWS_ENDPOINT_URL": aws,
        "VOLTYARD_PROVIDER": "ecs",
        "VOLTYARD_BUS_URL": bus_url,
        "VOLTYARD_ECS_REGION": REGION,
        "VOLTYARD_ECS_CLUSTER": CLUSTER,
        "VOLTYARD_ECS_IMAGE": "registry.test/voltyard:1",
        "VOLTYARD_ECS_SUBNETS": ", ".join(subnets),
        "VOLTYARD_ECS_BUS_SECRET": "arn:aws:secretsmanager:eu-west-1:1:secret:bus",
    }


class Books:
    """What AWS would say of the services."""

    def __init__(self, aws: str) -> None:
        self._client = ecs_client(REGION, aws)
        self._client.create_cluster(clusterName=CLUSTER)

    def desired(self, service: str) -> int | None:
        """How many tasks it is to run; None where there is none of that name."""
        active = self._active(service)
        return None if active is None else active["desiredCount"]

    def wanted(self) -> dict[str, dict[str, str]]:
        """The environment of the container of each task that is to run."""
        arns = self._client.list_services(cluster=CLUSTER)["serviceArns"]
        names = [arn.rpartition("/")[2] for arn in arns]
        described = [self._active(name) for name in names]
        return {
            one["serviceName"]: self._environment(one["taskDefinition"])
            for one in described
            if one is not None and one["desiredCount"]
        }

    def _active(self, service: str) -> dict[str, Any] | None:
        found = self._client.describe_services(cluster=CLUSTER, services=[service])["services"]
        return next((one for one in found if one["status"] == "ACTIVE"), None)

    def _environment(self, definition: str) -> dict[str, str]:
        answer = self._client.describe_task_definition(taskDefinition=definition)
        [container] = answer["taskDefinition"]["containerDefinitions"]
        assert container["command"] == ["worker"]
        return {one["name"]: one["value"] for one in container["environment"]}


@asynccontextmanager
async def tasks(books: Books, bus_url: str) -> AsyncIterator[dict[str, WorkerProcess]]:
    """Runs the tasks that services want, as ECS does."""
    running: dict[str, WorkerProcess] = {}

    async def tend() -> None:
        while True:
            wanted: dict[str, Any] = await asyncio.to_thread(books.wanted)
            for name in wanted.keys() - running.keys():
                said = wanted[name]
                running[name] = WorkerProcess(said["VOLTYARD_WORKER_NAME"], bus_url)
            for name in running.keys() - wanted.keys():
                with running.pop(name) as task:
                    assert await asyncio.to_thread(task.stop) == 0
            await asyncio.sleep(0.1)

    tending = asyncio.create_task(tend())
    yield running
    tending.cancel()
    await asyncio.gather(tending, return_exceptions=True)
    for task in running.values():
        with task:
            await asyncio.to_thread(task.stop)


async def test_a_charger_is_a_service_with_as_many_tasks_as_it_should_run(
    tmp_path: Path, aws: str, bus: LocalBusServer
) -> None:
    books = Books(aws)
    server = ServerProcess(tmp_path / "data")
    server.environment |= told(aws, bus.url)
    async with csms() as there, tasks(books, bus.worker_url), yard(server) as here:
        # created: a service of one task, which runs the charger
        charger = await here.charger("CP-1", there.url)
        await here.connected(charger)
        assert (await here.settled(charger))["status"] == "READY"
        assert books.desired(charger) == 1
        assert (await here.command("plug-connector", charger))["status"] == "completed"

        # stopped and started: none, and one again
        five = {
            "provider": "aws",
            "runtime_kind": "ecs_service",
            "service_name": charger,
            "status": "ACTIVE",
        }
        assert await here.runtime("stop-charger", charger) == {**five, "desired_count": 0}
        assert books.desired(charger) == 0
        await until(lambda: there.open_links() == 0, "it has hung up")
        assert await here.runtime("start-charger", charger) == {**five, "desired_count": 1}
        assert books.desired(charger) == 1
        await here.connected(charger)
        assert await here.runtime("reset-charger", charger) == {**five, "desired_count": 1}

        # deleted: gone
        await here.ask("DELETE", f"/ocpp/chargers/{charger}")
        assert books.desired(charger) is None
        await until(lambda: there.open_links() == 0, "it has hung up")


async def test_a_server_that_is_killed_finds_its_services_again_with_all_links_up(
    tmp_path: Path, aws: str, bus: LocalBusServer
) -> None:
    books = Books(aws)
    server = ServerProcess(tmp_path / "data")
    server.environment |= told(aws, bus.url)
    async with csms() as there, tasks(books, bus.worker_url), yard(server) as here:
        charger = await here.charger("CP-1", there.url)
        await here.connected(charger)

        here.server.kill()
        await asyncio.to_thread(here.server.start)

        await here.until(lambda: here.state(charger), lambda answer: answer.is_success)
        await here.connected(charger)
        assert there.visits()["CP-1"] == 1
        assert books.desired(charger) == 1
