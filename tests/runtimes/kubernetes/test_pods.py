"""The watch of pods: what changes, what was missed, and what a status means."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from tests.fakes.kubernetes import FakeKubernetes, Refusal
from tests.runtimes.kubernetes.bench import until
from voltyard.runtimes.kubernetes.api import KubernetesApi
from voltyard.runtimes.kubernetes.manifest import KubernetesSettings
from voltyard.runtimes.kubernetes.pods import PodWatch, problem_of
from voltyard.runtimes.kubernetes.workloads import Workloads


class Watched:
    """A watch, and what it has heard."""

    def __init__(self, settings: KubernetesSettings, api: KubernetesApi) -> None:
        self.gone: list[str] = []
        self.pods = PodWatch(settings, api, self.gone.append)
        self.workloads = Workloads(settings, api)
        self.neighbour = Workloads(replace(settings, bus_name="other"), api)

    def reason(self, deployment_id: str) -> str | None:
        problem = self.pods.problem(deployment_id)
        return None if problem is None else problem.reason


@pytest.fixture
async def watched(settings: KubernetesSettings, cluster: FakeKubernetes) -> AsyncIterator[Watched]:
    api = KubernetesApi(settings)
    await api.open()
    watched = Watched(settings, api)
    yield watched
    await watched.pods.close()
    await api.close()


async def running(watched: Watched, cluster: FakeKubernetes, name: str = "dep-1") -> None:
    await watched.workloads.run(name)
    await until(
        lambda: any(pod["status"]["phase"] == "Running" for pod in cluster.pods(name)), "it runs"
    )


async def test_what_is_wrong_from_the_first_is_listed_and_what_changes_is_watched(
    watched: Watched, cluster: FakeKubernetes
) -> None:
    cluster.has_room = False
    await watched.workloads.run("dep-1")
    await until(lambda: "conditions" in cluster.pods("dep-1")[0]["status"], "it has no room")

    await watched.pods.open()
    assert watched.reason("dep-1") == "Unschedulable"

    cluster.has_room = True
    cluster.kick()
    await until(lambda: watched.reason("dep-1") is None, "it has room")
    cluster.crash("dep-1")
    await until(lambda: watched.reason("dep-1") == "CrashLoopBackOff", "its crash is known")
    assert cluster.calls.count(("list", "pods")) == 1


async def test_a_version_that_is_forgotten_is_listed_again_and_nothing_is_missed(
    watched: Watched, cluster: FakeKubernetes
) -> None:
    # given a watch that breaks, and an API that forgets what happens meanwhile
    await running(watched, cluster, "dep-1")
    await running(watched, cluster, "dep-2")
    await watched.pods.open()
    await until(lambda: ("watch", "pods") in cluster.calls, "it is watched")
    cluster.answering.clear()
    cluster.break_watches()
    cluster.crash("dep-1")
    cluster.delete("dep-2")
    await until(lambda: not cluster.pods("dep-2"), "its pod is gone")
    cluster.compact()

    # when it answers again
    cluster.answering.set()

    # then the crash is known, and the pod that is gone was told once
    await until(lambda: watched.reason("dep-1") == "CrashLoopBackOff", "its crash is known")
    await until(lambda: watched.gone, "it is told")
    assert watched.gone == ["dep-2"]


async def test_a_watch_of_a_version_too_old_is_gone_and_begun_anew(
    watched: Watched, cluster: FakeKubernetes
) -> None:
    await running(watched, cluster)
    await watched.pods.open()
    # Before the watch has been asked for: its version is older.
    cluster.edit("dep-1", lambda one: one["metadata"].setdefault("annotations", {}))
    cluster.compact()

    await until(lambda: cluster.calls.count(("list", "pods")) > 1, "it is listed again")
    cluster.crash("dep-1")
    await until(lambda: watched.reason("dep-1") == "CrashLoopBackOff", "its crash is known")


async def test_an_api_that_is_away_at_first_is_watched_once_it_is_there(
    watched: Watched, cluster: FakeKubernetes
) -> None:
    await running(watched, cluster)
    cluster.crash("dep-1")
    cluster.refusals += [Refusal(500, "InternalError", "etcd has no leader")] * 2

    await watched.pods.open()

    assert watched.reason("dep-1") is None
    await until(lambda: watched.reason("dep-1") == "CrashLoopBackOff", "its crash is known")


async def test_the_pods_of_another_gateway_are_not_looked_at(
    watched: Watched, cluster: FakeKubernetes, settings: KubernetesSettings
) -> None:
    # given a pod of ours and one of another gateway in the same namespace
    await watched.pods.open()
    await running(watched, cluster, "dep-1")
    ours, watched.workloads = watched.workloads, watched.neighbour
    await running(watched, cluster, "dep-2")

    # when both crash and are gone, the other's first
    for name in ("dep-2", "dep-1"):
        cluster.crash(name)
    await until(lambda: watched.reason("dep-1") == "CrashLoopBackOff", "its crash is known")
    reason = watched.reason("dep-2")
    await watched.neighbour.stop("dep-2")
    await ours.stop("dep-1")
    await until(lambda: watched.gone, "it is told")

    # then nothing is known of the other's
    assert reason is None
    assert watched.gone == ["dep-1"]


def pod(**status: Any) -> dict[str, Any]:
    return {"metadata": {}, "status": status}


def container(**state: Any) -> list[dict[str, Any]]:
    return [{"name": "worker", **state}]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (pod(phase="Pending"), "None"),
        (pod(phase="Running", containerStatuses=container(state={"running": {}})), "None"),
        (
            pod(containerStatuses=container(state={"waiting": {"reason": "ContainerCreating"}})),
            "None",
        ),
        (pod(phase="Failed", reason="Evicted", message="low on memory"), "Evicted: low on memory"),
        (
            pod(
                containerStatuses=container(
                    state={"terminated": {"reason": "OOMKilled", "exitCode": 137}}
                )
            ),
            "OOMKilled: exit code 137",
        ),
        (
            pod(
                containerStatuses=container(
                    state={"waiting": {"reason": "ImagePullBackOff", "message": "no such image"}}
                )
            ),
            "ImagePullBackOff: no such image",
        ),
        ({**pod(phase="Failed"), "metadata": {"deletionTimestamp": "2026-01-05"}}, "None"),
    ],
)
def test_a_status_is_a_problem_or_none(given: dict[str, Any], said: str) -> None:
    assert str(problem_of(given)) == said
