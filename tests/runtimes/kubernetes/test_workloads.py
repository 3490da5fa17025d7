"""Deployments of Kubernetes, against an API server that keeps versions and refuses what it must."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from tests.fakes.kubernetes import FakeKubernetes, Refusal
from voltyard.kernel.errors import Invalid, Unavailable
from voltyard.runtimes.kubernetes.api import KubernetesApi
from voltyard.runtimes.kubernetes.manifest import KubernetesSettings
from voltyard.runtimes.kubernetes.workloads import Workloads


@pytest.fixture
async def api(settings: KubernetesSettings) -> AsyncIterator[KubernetesApi]:
    api = KubernetesApi(settings)
    await api.open()
    yield api
    await api.close()


@pytest.fixture
def workloads(settings: KubernetesSettings, api: KubernetesApi) -> Workloads:
    return Workloads(settings, api)


def replicas(cluster: FakeKubernetes, name: str = "dep-1") -> int | None:
    found = cluster.deployment(name)
    return None if found is None else int(found["spec"]["replicas"])


def annotate(deployment: dict[str, Any]) -> None:
    annotations = deployment["metadata"].setdefault("annotations", {})
    annotations["seen"] = annotations.get("seen", "") + "x"


async def test_what_is_run_is_a_deployment_of_one_pod(
    workloads: Workloads, cluster: FakeKubernetes
) -> None:
    assert await workloads.desired_count("dep-1") is None

    await workloads.run("dep-1")

    assert await workloads.desired_count("dep-1") == 1
    assert replicas(cluster) == 1


async def test_running_it_again_writes_nothing(
    workloads: Workloads, cluster: FakeKubernetes
) -> None:
    await workloads.run("dep-1")
    written = [call for call in cluster.calls if call[0] in ("create", "update")]

    await workloads.run("dep-1")

    assert [call for call in cluster.calls if call[0] in ("create", "update")] == written


async def test_another_image_is_taken_up_and_what_others_noted_is_kept(
    workloads: Workloads,
    cluster: FakeKubernetes,
    settings: KubernetesSettings,
    api: KubernetesApi,
) -> None:
    await workloads.run("dep-1")
    cluster.edit("dep-1", annotate)

    await Workloads(replace(settings, image="registry.test/worker:2"), api).run("dep-1")

    found = cluster.deployment("dep-1")
    assert found is not None
    assert found["spec"]["template"]["spec"]["containers"][0]["image"] == "registry.test/worker:2"
    assert found["metadata"]["annotations"]["seen"] == "x"


async def test_what_is_stopped_stays_without_a_pod_and_can_run_again(
    workloads: Workloads, cluster: FakeKubernetes
) -> None:
    await workloads.run("dep-1")

    await workloads.stop("dep-1")
    await workloads.stop("dep-1")
    assert replicas(cluster) == 0
    assert await workloads.running() == []

    await workloads.run("dep-1")
    assert replicas(cluster) == 1
    assert await workloads.running() == ["dep-1"]


async def test_what_is_deleted_leaves_nothing_and_takes_no_other_with_it(
    workloads: Workloads, cluster: FakeKubernetes
) -> None:
    await workloads.run("dep-1")
    await workloads.run("dep-10")

    await workloads.delete("dep-1")
    await workloads.delete("dep-1")

    assert cluster.deployment("dep-1") is None
    assert replicas(cluster, "dep-10") == 1


async def test_stopping_what_is_not_there_writes_nothing(
    workloads: Workloads, cluster: FakeKubernetes
) -> None:
    await workloads.stop("dep-1")

    assert cluster.calls == [("get", "deployments")]


async def test_a_change_that_another_came_before_is_made_again_on_what_is_there(
    workloads: Workloads, cluster: FakeKubernetes
) -> None:
    # given somebody who writes twice between our reading and our writing
    await workloads.run("dep-1")
    left = iter((True, True))
    cluster.before_put = lambda: cluster.edit("dep-1", annotate) if next(left, False) else None

    # when it is stopped
    await workloads.stop("dep-1")

    # then both have what they wrote
    found = cluster.deployment("dep-1")
    assert found is not None
    assert found["spec"]["replicas"] == 0
    assert found["metadata"]["annotations"]["seen"] == "xx"


async def test_a_change_that_others_always_come_before_is_unavailable_at_last(
    workloads: Workloads, cluster: FakeKubernetes
) -> None:
    await workloads.run("dep-1")
    cluster.before_put = lambda: cluster.edit("dep-1", annotate)

    with pytest.raises(Unavailable, match="changes faster"):
        await workloads.stop("dep-1")

    assert replicas(cluster) == 1


async def test_what_another_server_made_meanwhile_is_taken_as_it_is(
    workloads: Workloads, cluster: FakeKubernetes, settings: KubernetesSettings, api: KubernetesApi
) -> None:
    # given a read that came before the other's write: 404, and then 409
    await Workloads(settings, api).run("dep-1")
    cluster.refusals.append(Refusal(404, "NotFound", 'deployments "dep-1" not found'))

    await workloads.run("dep-1")

    assert ("create", "deployments") in cluster.calls[-2:-1]
    assert replicas(cluster) == 1


async def test_a_namespace_that_is_not_there_is_invalid(
    settings: KubernetesSettings, api: KubernetesApi
) -> None:
    elsewhere = Workloads(replace(settings, namespace="nowhere"), api)

    with pytest.raises(Invalid, match='"nowhere" not found') as refused:
        await elsewhere.run("dep-1")

    assert "VOLTYARD_KUBERNETES_NAMESPACE" in refused.value.advice


async def test_what_the_api_can_never_take_is_invalid_and_changes_nothing(
    settings: KubernetesSettings, api: KubernetesApi, cluster: FakeKubernetes
) -> None:
    with pytest.raises(Invalid, match="no quantity: much"):
        await Workloads(replace(settings, cpu="much"), api).run("dep-1")

    assert cluster.deployment("dep-1") is None
