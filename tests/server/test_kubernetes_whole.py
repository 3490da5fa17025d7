"""Chargers in pods of Kubernetes, with the whole server: a cluster whose containers are workers in
processes of their own."""

import asyncio
from asyncio import Event
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fakes.kubernetes import FakeKubernetes
from tests.runtimes.kubernetes.bench import rights
from tests.server.worker_yard import Yard, csms, until, yard
from voltyard.bus.local_server import LocalBusServer
from voltyard.testing.processes import ServerProcess, WorkerProcess

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

_SECRET = "voltyard-bus"


async def _container(environment: dict[str, str], stopping: Event) -> None:
    url, name = environment["VOLTYARD_BUS_URL"], environment["VOLTYARD_WORKER_NAME"]
    with WorkerProcess(name, url, environment=environment) as worker:
        ended = asyncio.create_task(asyncio.to_thread(worker.ended))
        stopped = asyncio.create_task(stopping.wait())
        await asyncio.wait((ended, stopped), return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        if not ended.done():
            assert await asyncio.to_thread(worker.stop) == 0
        await ended


@pytest.fixture
async def bus(tmp_path: Path) -> AsyncIterator[LocalBusServer]:
    """Where the URL of the Secret leads."""
    server = LocalBusServer(tmp_path / "bus")
    await server.start()
    yield server
    await server.close()


@pytest.fixture
async def cluster(bus: LocalBusServer) -> AsyncIterator[FakeKubernetes]:
    cluster = FakeKubernetes(_container)
    cluster.rights = rights()
    cluster.secrets[_SECRET] = {"url": bus.worker_url}
    await cluster.open()
    yield cluster
    await cluster.close()


@pytest.fixture
def server(tmp_path: Path, cluster: FakeKubernetes, bus: LocalBusServer) -> ServerProcess:
    server = ServerProcess(tmp_path / "data")
    server.environment |= {
        "VOLTYARD_PROVIDER": "kubernetes",
        "VOLTYARD_BUS_URL": bus.url,
        "VOLTYARD_KUBERNETES_KUBECONFIG": str(cluster.kubeconfig(tmp_path / "kubeconfig")),
        "VOLTYARD_KUBERNETES_IMAGE": "registry.test/voltyard-worker:1",
        "VOLTYARD_KUBERNETES_BUS_SECRET": _SECRET,
    }
    return server


def replicas(cluster: FakeKubernetes, charger: str) -> int | None:
    found = cluster.deployment(charger)
    return None if found is None else int(found["spec"]["replicas"])


async def test_a_charger_is_a_deployment_with_as_many_pods_as_it_should_run(
    cluster: FakeKubernetes, server: ServerProcess
) -> None:
    async with csms() as there, yard(server) as here:
        # created: a Deployment of one pod, which runs the charger
        charger = await here.charger("CP-1", there.url)
        await here.connected(charger)
        assert replicas(cluster, charger) == 1
        assert (await here.command("plug-connector", charger))["status"] == "completed"

        # stopped and started: none, and one again
        five = {
            "provider": "kubernetes",
            "runtime_kind": "kubernetes_deployment",
            "service_name": charger,
            "status": "ACTIVE",
        }
        assert await here.runtime("stop-charger", charger) == {**five, "desired_count": 0}
        assert replicas(cluster, charger) == 0
        await until(lambda: there.open_links() == 0, "it has hung up")
        assert await here.runtime("start-charger", charger) == {**five, "desired_count": 1}
        assert replicas(cluster, charger) == 1
        await here.connected(charger)
        assert await here.runtime("reset-charger", charger) == {**five, "desired_count": 1}

        # deleted: gone
        await here.ask("DELETE", f"/ocpp/chargers/{charger}")
        assert replicas(cluster, charger) is None
        await until(lambda: there.open_links() == 0, "it has hung up")


async def test_a_server_that_is_killed_finds_its_pods_again_with_all_links_up(
    cluster: FakeKubernetes, server: ServerProcess
) -> None:
    async with csms() as there, yard(server) as here:
        charger = await here.charger("CP-1", there.url)
        await here.connected(charger)
        pods = cluster.pods(charger)

        here.server.kill()
        await asyncio.to_thread(here.server.start)

        await here.until(lambda: here.state(charger), lambda answer: answer.is_success)
        await here.connected(charger)
        assert there.visits()["CP-1"] == 1
        assert cluster.pods(charger) == pods


async def test_a_deployment_that_somebody_deletes_is_a_failed_charger_until_it_is_started(
    cluster: FakeKubernetes, server: ServerProcess
) -> None:
    async def status(here: Yard, charger: str) -> str:
        return str((await here.status(charger))["status"])

    async with csms() as there, yard(server) as here:
        charger = await here.charger("CP-1", there.url)
        await here.connected(charger)

        cluster.delete(charger)
        await here.until(lambda: status(here, charger), lambda said: said == "FAILED")

        await here.runtime("start-charger", charger)
        await here.connected(charger)
        assert replicas(cluster, charger) == 1
