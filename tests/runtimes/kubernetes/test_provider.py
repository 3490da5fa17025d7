"""The kubernetes provider does what every provider does, and says what keeps a pod from running."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from tests.fakes.kubernetes import FakeKubernetes
from tests.runtimes.bench import HeardListener, ProviderContract, runtime
from tests.runtimes.kubernetes.bench import until
from voltyard.bus.memory import MemoryBroker, MemoryBus
from voltyard.kernel.errors import Invalid, Unavailable
from voltyard.runtimes.kubernetes.manifest import KubernetesSettings
from voltyard.runtimes.kubernetes.provider import KubernetesProvider


class BreakableListener(HeardListener):
    """One that expects chargers to break."""

    def __init__(self) -> None:
        super().__init__()
        self.broken: dict[str, str] = {}

    def broke(self, deployment_id: str, reason: str) -> None:
        self.broken[deployment_id] = reason


@asynccontextmanager
async def opened(
    settings: KubernetesSettings,
    broker: MemoryBroker,
    listener: HeardListener | None = None,
    *,
    attach_s: float = 0.3,
    adoption_s: float = 120.0,
) -> AsyncIterator[KubernetesProvider]:
    provider = KubernetesProvider(
        listener or HeardListener(),
        MemoryBus(broker),
        settings,
        adoption_s=adoption_s,
        attach_s=attach_s,
        hopeless_s=0.1,
    )
    await provider.open()
    yield provider
    await provider.close()


class TestKubernetesProvider(ProviderContract):
    @pytest.fixture
    async def provider(
        self, listener: HeardListener, settings: KubernetesSettings, broker: MemoryBroker
    ) -> AsyncIterator[KubernetesProvider]:
        async with opened(settings, broker, listener, attach_s=60) as provider:
            yield provider

    async def test_what_is_stopped_is_a_deployment_without_a_pod(
        self, provider: KubernetesProvider, cluster: FakeKubernetes
    ) -> None:
        await provider.start(runtime())
        assert len(cluster.pods("dep-1")) == 1

        await provider.stop("dep-1")
        await until(lambda: not cluster.pods("dep-1"), "the pod has ended")
        stopped = cluster.deployment("dep-1")
        await provider.remove("dep-1")

        assert stopped is not None and stopped["spec"]["replicas"] == 0
        assert cluster.deployment("dep-1") is None

    async def test_it_describes_the_deployment_of_kubernetes(
        self, provider: KubernetesProvider
    ) -> None:
        assert provider.describe("dep-1", 1) == {
            "provider": "kubernetes",
            "runtime_kind": "kubernetes_deployment",
            "service_name": "dep-1",
            "desired_count": 1,
            "status": "ACTIVE",
        }


async def test_a_pod_that_is_replaced_goes_on_with_the_memory_of_the_charger(
    cluster: FakeKubernetes, settings: KubernetesSettings, broker: MemoryBroker
) -> None:
    listener = BreakableListener()
    async with opened(settings, broker, listener, attach_s=60) as provider:
        await provider.start(runtime())
        await provider.command("dep-1", "plug", {})
        [first] = cluster.pods("dep-1")

        cluster.evict("dep-1")
        await until(
            lambda: (pods := cluster.pods("dep-1")) and pods != [first], "another pod is there"
        )
        await until(lambda: provider.workers.is_attached("dep-1"), "its worker is there")

        state = await provider.state("dep-1")
        assert state is not None
        assert state["connectors"][0]["status"] == "Preparing"
        assert listener.broken == {}


@pytest.mark.parametrize(
    ("lacks", "said", "advice"),
    [
        ("room", "Unschedulable: 0/1 nodes are available", "VOLTYARD_KUBERNETES_CPU"),
        ("secret", 'CreateContainerConfigError: secret "voltyard-bus" not found', "BUS_SECRET"),
        ("quota", "has no pod: exceeded quota", "quota"),
    ],
)
async def test_a_pod_that_cannot_run_fails_the_start_with_its_reason(
    cluster: FakeKubernetes,
    settings: KubernetesSettings,
    broker: MemoryBroker,
    lacks: str,
    said: str,
    advice: str,
) -> None:
    # given a cluster that lacks something
    cluster.has_room = lacks != "room"
    cluster.pod_quota = 0 if lacks == "quota" else None
    secrets = dict(cluster.secrets)
    if lacks == "secret":
        cluster.secrets.clear()
    async with opened(settings, broker) as provider:
        # when a charger is started
        with pytest.raises(Unavailable, match=said) as failed:
            await provider.start(runtime())

        # then it says what, and with that there the same start works
        assert advice in failed.value.advice
        assert await provider.state("dep-1") is None
        cluster.has_room, cluster.pod_quota = True, None
        cluster.secrets |= secrets
        cluster.kick()
        await until(lambda: provider.workers.is_attached("dep-1"), "its worker is there")
        await provider.start(runtime())
        assert await provider.state("dep-1") is not None


@pytest.mark.slow  # a command waits for the worker, which may come back
async def test_a_crashed_pod_is_told_with_the_state_and_renewed_by_a_start(
    cluster: FakeKubernetes, settings: KubernetesSettings, broker: MemoryBroker
) -> None:
    async with opened(settings, broker, attach_s=60) as provider:
        await provider.start(runtime())

        cluster.crash("dep-1", "OOMKilled", 137)
        await until(lambda: provider._pods.problem("dep-1"), "the problem is known")
        await until(lambda: not provider.workers.is_attached("dep-1"), "its worker is away")
        with pytest.raises(Unavailable, match="CrashLoopBackOff: it ended with OOMKilled"):
            await provider.state("dep-1")

        await provider.start(runtime())
        assert await provider.state("dep-1") is not None


@pytest.mark.parametrize("how", ["deleted", "scaled to 0"])
async def test_a_deployment_that_somebody_else_ends_breaks_its_charger(
    cluster: FakeKubernetes, settings: KubernetesSettings, broker: MemoryBroker, how: str
) -> None:
    listener = BreakableListener()
    async with opened(settings, broker, listener, attach_s=60) as provider:
        await provider.start(runtime())

        if how == "deleted":
            cluster.delete("dep-1")
        else:
            cluster.edit("dep-1", lambda one: one["spec"].update(replicas=0))
        await until(lambda: listener.broken, "the charger has broken")

        assert how in listener.broken["dep-1"]
        assert await provider.state("dep-1") is None
        await provider.start(runtime(), listener.memories["dep-1"])
        assert len(cluster.pods("dep-1")) == 1


async def test_a_former_servers_deployments_are_found_and_those_nobody_asks_for_are_stopped(
    cluster: FakeKubernetes, settings: KubernetesSettings, broker: MemoryBroker
) -> None:
    # given two chargers of a server that is gone, and one of a server that shares the namespace
    other = replace(settings, bus_name="other")
    async with opened(settings, broker, attach_s=60) as former:
        for name in ("dep-1", "dep-2"):
            await former.start(runtime(name))
    async with opened(other, broker, attach_s=60) as neighbour:
        await neighbour.start(runtime("dep-3"))
        pods = cluster.pods("dep-1")

        # when it is back, and one of them is asked for
        async with opened(settings, broker, attach_s=60, adoption_s=1.0) as provider:
            await provider.start(runtime("dep-1"))
            await until(lambda: not cluster.pods("dep-2"), "the orphan has stopped")

            # then that one goes on in its pod, and the neighbour's is left alone
            assert cluster.pods("dep-1") == pods
            assert await neighbour.state("dep-3") is not None
            with pytest.raises(Invalid, match="another gateway's"):
                await provider.start(runtime("dep-3"))


async def test_a_server_without_rights_does_not_start(
    cluster: FakeKubernetes, settings: KubernetesSettings, broker: MemoryBroker
) -> None:
    cluster.rights.remove(("list", "pods"))
    provider = KubernetesProvider(HeardListener(), MemoryBus(broker), settings)

    with pytest.raises(Invalid, match="cannot list") as refused:
        await provider.open()

    assert "Role" in refused.value.advice
    await provider.close()
