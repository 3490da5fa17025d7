"""Manifest of a charger's Deployment: one pod, whose container is a worker of the charger's name.

Nothing of the charger itself is in it; the URL of the bus, with its password, comes out of a
Secret.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from voltyard.config.config import Config
from voltyard.kernel import limits

CONTAINER: Final = "worker"

DEPLOYMENT_LABEL: Final = "voltyard/deployment"
"""Label with the id of the charger's deployment; the selector of its pods."""

TEMPLATE_ANNOTATION: Final = "voltyard/template"
"""Annotation with a digest of what was wanted, as the API adds defaults and rewrites quantities."""

_BUS_SECRET_KEY: Final = "url"
_USER: Final = 10001
"""The image's."""

_GRACE_S: Final = 30
"""More than limits.WORKER_STOP_S: the worker stops its chargers and says good-bye."""

_NODE_TAINTS: Final = ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable")


@dataclass(frozen=True, slots=True, kw_only=True)
class KubernetesSettings:
    """Namespace, image and resources of the pods, and the way to the API."""

    image: str
    bus_secret: str
    namespace: str = "default"
    service_account: str | None = None
    cpu: str = "100m"
    memory: str = "256Mi"
    bus_name: str = "voltyard"
    bus_plain: bool = False
    kubeconfig: Path | None = None
    context: str | None = None

    @classmethod
    def of(cls, config: Config) -> "KubernetesSettings":
        """The pods that the settings name, which have been checked."""
        assert config.kubernetes_image and config.kubernetes_bus_secret  # as config has seen
        return cls(
            image=config.kubernetes_image,
            bus_secret=config.kubernetes_bus_secret,
            namespace=config.kubernetes_namespace,
            service_account=config.kubernetes_service_account,
            cpu=config.kubernetes_cpu,
            memory=config.kubernetes_memory,
            bus_name=config.bus_name,
            bus_plain=config.bus_plain,
            kubeconfig=config.kubernetes_kubeconfig,
            context=config.kubernetes_context,
        )


def gateway_labels(settings: KubernetesSettings) -> dict[str, str]:
    """The labels of all that belongs to one gateway: its name, and the Secret of its bus. A bus
    has no second gateway of a name, and a namespace no second Secret."""
    return {
        "app.kubernetes.io/managed-by": "voltyard",
        "voltyard/gateway": settings.bus_name,
        "voltyard/bus": settings.bus_secret,
    }


def manifest(settings: KubernetesSettings, deployment_id: str) -> dict[str, Any]:
    """A Deployment of one pod. The selector is the id alone, since it can never be changed."""
    labels = {**gateway_labels(settings), DEPLOYMENT_LABEL: deployment_id}
    template = {"metadata": {"labels": labels}, "spec": _pod(settings, deployment_id)}
    digest = hashlib.sha256(json.dumps(template, sort_keys=True).encode()).hexdigest()[:16]
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {
            "name": deployment_id,
            "labels": labels,
            "annotations": {TEMPLATE_ANNOTATION: digest},
        },
        "spec": {
            "replicas": 1,
            "revisionHistoryLimit": 0,
            # A charger is one: the new pod starts when the old one has ended.
            "strategy": {"type": "Recreate"},
            "selector": {"matchLabels": {DEPLOYMENT_LABEL: deployment_id}},
            "template": template,
        },
    }


def _pod(settings: KubernetesSettings, deployment_id: str) -> dict[str, Any]:
    account = settings.service_account
    return {
        "containers": [_container(settings, deployment_id)],
        "terminationGracePeriodSeconds": _GRACE_S,
        "automountServiceAccountToken": False,
        # Kubernetes would set VOLTYARD_PORT=tcp://... for a service of that name.
        "enableServiceLinks": False,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": _USER,
            "runAsGroup": _USER,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        # The charger moves from a node that is gone. A worker there that has lost its gateway as
        # well has stopped it by then.
        "tolerations": [
            {
                "key": taint,
                "operator": "Exists",
                "effect": "NoExecute",
                "tolerationSeconds": int(limits.WORKER_AWAY_S),
            }
            for taint in _NODE_TAINTS
        ],
        **({} if account is None else {"serviceAccountName": account}),
    }


def _container(settings: KubernetesSettings, deployment_id: str) -> dict[str, Any]:
    environment = {
        "VOLTYARD_BUS_NAME": settings.bus_name,
        "VOLTYARD_BUS_PLAIN": str(settings.bus_plain),
        "VOLTYARD_WORKER_NAME": deployment_id,
    }
    secret = {"name": settings.bus_secret, "key": _BUS_SECRET_KEY}
    return {
        "name": CONTAINER,
        "image": settings.image,
        "args": ["worker"],
        "env": [
            *({"name": name, "value": value} for name, value in sorted(environment.items())),
            {"name": "VOLTYARD_BUS_URL", "valueFrom": {"secretKeyRef": secret}},
            # Firmware that a local controller publishes is fetched from its pod.
            {
                "name": "VOLTYARD_PUBLISH_HOST",
                "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}},
            },
        ],
        "resources": {
            "requests": {"cpu": settings.cpu, "memory": settings.memory},
            "limits": {"memory": settings.memory},
        },
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
        },
    }
