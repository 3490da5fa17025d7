"""Watch of a gateway's pods: which of them cannot run, and why.

A list says how all is, a watch what changes from there on. Where the API has forgotten that moment
(410 Gone), or the watch breaks, all is listed again.
"""

import asyncio
from asyncio import Task
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import structlog

from voltyard.kernel import limits
from voltyard.kernel.errors import Unavailable, VoltyardError
from voltyard.runtimes.kubernetes.api import KubernetesApi, VersionExpired
from voltyard.runtimes.kubernetes.manifest import (
    DEPLOYMENT_LABEL,
    KubernetesSettings,
    gateway_labels,
)

log = structlog.get_logger(__name__)

_PULL: Final = "see to VOLTYARD_KUBERNETES_IMAGE, and the pull secrets of the service account"
_HINTS: Final[Mapping[str, str]] = {
    "CrashLoopBackOff": "kubectl logs deployment/NAME says why",
    "CreateContainerConfigError": "VOLTYARD_KUBERNETES_BUS_SECRET names a Secret with the key url",
    "ErrImagePull": _PULL,
    "ImagePullBackOff": _PULL,
    "InvalidImageName": _PULL,
    "OOMKilled": "raise VOLTYARD_KUBERNETES_MEMORY",
    "Unschedulable": "give the cluster room, or ask for less: VOLTYARD_KUBERNETES_CPU, _MEMORY",
}
_HOPELESS: Final = frozenset(
    {"CreateContainerConfigError", "ErrImageNeverPull", "ImagePullBackOff", "InvalidImageName"}
)
_COMING: Final = frozenset({"ContainerCreating", "PodInitializing"})
_FIRST_PAUSE_S: Final = 0.5


@dataclass(frozen=True, slots=True)
class PodProblem:
    """Reason for which a pod does not run, in Kubernetes' words."""

    reason: str
    message: str = ""

    @property
    def hint(self) -> str:
        return _HINTS.get(self.reason, "kubectl describe pod says more")

    @property
    def is_hopeless(self) -> bool:
        """True where waiting does not mend it."""
        return self.reason in _HOPELESS

    @property
    def is_backing_off(self) -> bool:
        """True where it has crashed, and waits for minutes before it is started again."""
        return self.reason == "CrashLoopBackOff"

    def __str__(self) -> str:
        return f"{self.reason}: {self.message}" if self.message else self.reason


class PodWatch:
    """Watch of the pods of one gateway in one namespace."""

    def __init__(
        self, settings: KubernetesSettings, api: KubernetesApi, on_gone: Callable[[str], None]
    ) -> None:
        """`on_gone` hears of each deployment whose last pod is gone."""
        self._api = api
        self._path = f"/api/v1/namespaces/{settings.namespace}/pods"
        labels = gateway_labels(settings)
        self._query = {"labelSelector": ",".join(f"{k}={v}" for k, v in labels.items())}
        self._on_gone = on_gone
        self._pods: dict[str, dict[str, PodProblem | None]] = {}
        """The problem of each pod, by deployment and by its name."""
        self._version: str | None = None
        self._following: Task[None] | None = None

    async def open(self) -> None:
        """List the pods, and follow them from there on. Invalid where that is not allowed; an API
        that cannot be reached now is asked again and again."""
        try:
            await self._list()
        except Unavailable as error:
            log.warning("pods_not_watched", reason=str(error))
        self._following = asyncio.create_task(self._follow())

    async def close(self) -> None:
        """Look no more."""
        if self._following is not None:
            self._following.cancel()
            await asyncio.gather(self._following, return_exceptions=True)

    def problem(self, deployment_id: str) -> PodProblem | None:
        """The problem of its pod; None where it runs, is on its way, or is not there."""
        pods = self._pods.get(deployment_id, {})
        return next((problem for problem in reversed(pods.values()) if problem is not None), None)

    async def _follow(self) -> None:
        pause_s, last_reason = _FIRST_PAUSE_S, ""
        while True:
            try:
                if self._version is None:
                    await self._list()
                await self._watch()
                pause_s, last_reason = _FIRST_PAUSE_S, ""
                continue
            except VersionExpired:
                log.info("pods_listed_again")
            except VoltyardError as error:
                if error.message != last_reason:
                    log.warning("pods_not_watched", reason=str(error))
                last_reason = error.message
            self._version = None
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, limits.KUBERNETES_REDIAL_S)

    async def _list(self) -> None:
        before, pods = self._pods, list[dict[str, Any]]()
        async for page in self._api.pages(self._path, self._query):
            pods += page["items"]
            version = page["metadata"]["resourceVersion"]
        self._pods = {}
        for pod in pods:
            self._note(pod, before.get(_deployment(pod), {}).get(pod["metadata"]["name"]))
        self._version = version
        for deployment_id in before.keys() - self._pods.keys():
            self._on_gone(deployment_id)

    async def _watch(self) -> None:
        """Return when the API ends the watch, which is to be begun anew where it was left."""
        assert self._version is not None
        async for event in self._api.events(self._path, self._query, self._version):
            pod = event["object"]
            if event["type"] == "DELETED":
                self._forget(pod)
            elif event["type"] != "BOOKMARK":
                known = self._pods.get(_deployment(pod), {})
                self._note(pod, known.get(pod["metadata"]["name"]))
            self._version = pod["metadata"]["resourceVersion"]

    def _note(self, pod: dict[str, Any], before: PodProblem | None) -> None:
        deployment_id, name = _deployment(pod), pod["metadata"]["name"]
        problem = problem_of(pod)
        self._pods.setdefault(deployment_id, {})[name] = problem
        if problem is not None and (before is None or problem.reason != before.reason):
            log.warning(
                "pod_problem",
                deployment=deployment_id,
                pod=name,
                reason=problem.reason,
                message=problem.message,
                hint=problem.hint,
            )

    def _forget(self, pod: dict[str, Any]) -> None:
        deployment_id = _deployment(pod)
        left = self._pods.get(deployment_id, {})
        left.pop(pod["metadata"]["name"], None)
        if not left:
            self._pods.pop(deployment_id, None)
            self._on_gone(deployment_id)


def problem_of(pod: Mapping[str, Any]) -> PodProblem | None:
    """The problem that a pod's status shows; None where it runs, is on its way, or is to end."""
    status: Mapping[str, Any] = pod.get("status", {})
    if "deletionTimestamp" in pod["metadata"]:
        return None
    if status.get("phase") == "Failed":  # evicted, or lost with its node
        return PodProblem(status.get("reason", "Failed"), status.get("message", ""))
    for one in status.get("conditions", ()):
        if one["type"] == "PodScheduled" and one["status"] == "False":
            return PodProblem(one.get("reason", "Unschedulable"), one.get("message", ""))
    for container in status.get("containerStatuses", ()):
        if problem := _of_container(container):
            return problem
    return None


def _of_container(container: Mapping[str, Any]) -> PodProblem | None:
    state: Mapping[str, Any] = container.get("state", {})
    if ended := state.get("terminated"):
        return PodProblem(ended.get("reason", "Error"), f"exit code {ended.get('exitCode')}")
    waiting = state.get("waiting")
    if not waiting or waiting.get("reason", "ContainerCreating") in _COMING:
        return None
    message = waiting.get("message", "")
    if ended := container.get("lastState", {}).get("terminated"):
        last = f"it ended with {ended.get('reason', 'Error')}, exit code {ended.get('exitCode')}"
        message = f"{last}; {message}" if message else last
    return PodProblem(waiting["reason"], message)


def _deployment(pod: Mapping[str, Any]) -> str:
    return str(pod["metadata"]["labels"].get(DEPLOYMENT_LABEL, ""))
