"""A cluster whose containers are workers in this process, on a bus in memory."""

import asyncio
from asyncio import Event
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fakes.kubernetes import FakeKubernetes
from tests.runtimes.kubernetes.bench import rights
from voltyard.bus.memory import MemoryBroker, MemoryBus
from voltyard.network.links.memory import MemoryDialler, MemoryNetwork
from voltyard.runtimes.control.worker import Worker
from voltyard.runtimes.kubernetes.manifest import KubernetesSettings


@pytest.fixture
def broker() -> MemoryBroker:
    return MemoryBroker()


@pytest.fixture
async def cluster(broker: MemoryBroker) -> AsyncIterator[FakeKubernetes]:
    def clock() -> float:
        return 1_767_571_200.0 + asyncio.get_running_loop().time()

    async def container(environment: dict[str, str], stopping: Event) -> None:
        worker = Worker(
            environment["VOLTYARD_WORKER_NAME"],
            MemoryBus(broker),
            MemoryDialler(MemoryNetwork()),
            clock,
            bus_name=environment["VOLTYARD_BUS_NAME"],
            capacity=1,
            away_s=60,
        )
        await worker.run(stopping)

    cluster = FakeKubernetes(container)
    cluster.rights = rights()
    cluster.secrets["voltyard-bus"] = {"url": "tls://worker:secret@bus.test:4222"}
    await cluster.open()
    yield cluster
    await cluster.close()


@pytest.fixture
def settings(cluster: FakeKubernetes, tmp_path: Path) -> KubernetesSettings:
    return KubernetesSettings(
        image="registry.test/voltyard-worker:1",
        bus_secret="voltyard-bus",
        kubeconfig=cluster.kubeconfig(tmp_path / "kubeconfig"),
    )
