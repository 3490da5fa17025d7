"""Deployments of Kubernetes, one a charger: made, scaled between 0 and 1, and deleted."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final

import structlog

from voltyard.kernel import limits
from voltyard.kernel.errors import Conflict, Invalid, NotFound, Unavailable
from voltyard.runtimes.kubernetes.api import KubernetesApi
from voltyard.runtimes.kubernetes.manifest import (
    DEPLOYMENT_LABEL,
    TEMPLATE_ANNOTATION,
    KubernetesSettings,
    gateway_labels,
    manifest,
)

log = structlog.get_logger(__name__)

_PAUSE_S: Final = 0.1
_LONGEST_PAUSE_S: Final = 1.0


class Workloads:
    """The Deployments of one gateway in one namespace. Errors are KubernetesApi's; each call can be
    made again with the same outcome. What belongs to another gateway is left alone."""

    def __init__(self, settings: KubernetesSettings, api: KubernetesApi) -> None:
        self._settings = settings
        self._labels = gateway_labels(settings)
        self._api = api
        namespace = settings.namespace
        self._deployments = f"/apis/apps/v1/namespaces/{namespace}/deployments"
        self._pods = f"/api/v1/namespaces/{namespace}/pods"

    async def run(self, deployment_id: str) -> None:
        """Have its Deployment there, as the settings have it, with one pod."""
        for attempt in range(limits.KUBERNETES_CONFLICTS):
            try:
                there = await self._own(deployment_id)
                if there is None:
                    return await self._create(deployment_id)
                if "deletionTimestamp" not in there["metadata"]:
                    return await self._adapt(deployment_id, there)
            except (Conflict, NotFound):
                pass  # it was changed, or deleted, since it was read
            await _pause(attempt)
        raise self._contended(deployment_id)

    async def stop(self, deployment_id: str) -> None:
        """Have its Deployment, if there is one, run no pod."""
        for attempt in range(limits.KUBERNETES_CONFLICTS):
            there = await self._own(deployment_id)
            if there is None or there["spec"]["replicas"] == 0:
                return
            try:
                there["spec"]["replicas"] = 0
                await self._replace(deployment_id, there)
            except (Conflict, NotFound):
                await _pause(attempt)
            else:
                return
        raise self._contended(deployment_id)

    async def renew(self, deployment_id: str) -> None:
        """Have its pod replaced by a new one, which does not wait as a crashed one does."""
        await self.run(deployment_id)
        query = {"labelSelector": f"{DEPLOYMENT_LABEL}={deployment_id}"}
        await self._api.call("DELETE", self._pods, query=query)

    async def delete(self, deployment_id: str) -> None:
        """Have no Deployment of it, and no pods."""
        for attempt in range(limits.KUBERNETES_CONFLICTS):
            there = await self._own(deployment_id)
            if there is None:
                return
            body = {
                "apiVersion": "v1",
                "kind": "DeleteOptions",
                "propagationPolicy": "Background",
                "preconditions": {"uid": there["metadata"]["uid"]},
            }
            try:
                await self._api.call("DELETE", self._path(deployment_id), body=body)
            except NotFound:
                return
            except Conflict:
                await _pause(attempt)
            else:
                return
        raise self._contended(deployment_id)

    async def desired_count(self, deployment_id: str) -> int | None:
        """The number of pods that its Deployment is to run; None where there is none."""
        there = await self._own(deployment_id)
        return None if there is None else int(there["spec"]["replicas"])

    async def running(self) -> list[str]:
        """The ids of all that are to run a pod."""
        found: list[str] = []
        selector = ",".join(f"{name}={value}" for name, value in self._labels.items())
        async for page in self._api.pages(self._deployments, {"labelSelector": selector}):
            found += [one["metadata"]["name"] for one in page["items"] if one["spec"]["replicas"]]
        return found

    async def failure(self, deployment_id: str) -> str:
        """The reason for which no pod can be made, if there is one: a quota, a service account that
        is not there, a policy of the namespace."""
        there = await self._own(deployment_id)
        conditions = () if there is None else there.get("status", {}).get("conditions", ())
        for one in conditions:
            if one["type"] == "ReplicaFailure" and one["status"] == "True":
                return str(one.get("message", one.get("reason", "")))
        return ""

    # --- calls ---------------------------------------------------------------------------------

    def _path(self, deployment_id: str) -> str:
        return f"{self._deployments}/{deployment_id}"

    async def _own(self, deployment_id: str) -> dict[str, Any] | None:
        """Its Deployment; None where there is none. Invalid where it is another gateway's."""
        try:
            there = await self._api.call("GET", self._path(deployment_id))
        except NotFound:
            return None
        labels: Mapping[str, str] = there["metadata"].get("labels", {})
        if any(labels.get(name) != value for name, value in self._labels.items()):
            raise Invalid(
                f"the Deployment {deployment_id} is another gateway's",
                hint="VOLTYARD_BUS_NAME and VOLTYARD_KUBERNETES_BUS_SECRET name a gateway: give "
                "back the former ones, or delete that Deployment",
            )
        return there

    async def _create(self, deployment_id: str) -> None:
        wanted = manifest(self._settings, deployment_id)
        try:
            await self._api.call("POST", self._deployments, body=wanted)
        except NotFound as error:
            raise Invalid(
                error.message, hint="make the namespace, or set VOLTYARD_KUBERNETES_NAMESPACE"
            ) from error

    async def _adapt(self, deployment_id: str, there: dict[str, Any]) -> None:
        wanted = manifest(self._settings, deployment_id)
        [digest] = wanted["metadata"]["annotations"].values()
        annotations = there["metadata"].setdefault("annotations", {})
        if annotations.get(TEMPLATE_ANNOTATION) == digest and there["spec"]["replicas"] == 1:
            return
        annotations[TEMPLATE_ANNOTATION] = digest
        for name in ("replicas", "strategy", "template"):
            there["spec"][name] = wanted["spec"][name]
        await self._replace(deployment_id, there)

    async def _replace(self, deployment_id: str, changed: dict[str, Any]) -> None:
        """Conflict where it is not as it was read: it carries its resource version."""
        await self._api.call("PUT", self._path(deployment_id), body=changed)

    def _contended(self, deployment_id: str) -> Unavailable:
        return Unavailable(
            f"the Deployment {deployment_id} changes faster than it can be changed",
            hint="see what else writes it; it may still be being deleted",
        )


async def _pause(attempt: int) -> None:
    await asyncio.sleep(min(_PAUSE_S * 2**attempt, _LONGEST_PAUSE_S))
