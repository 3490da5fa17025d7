"""The Helm chart, as Helm renders it: valid for Kubernetes, with settings that are taken."""

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import typer.main
import yaml
from jsonschema import Draft7Validator
from referencing import Registry
from referencing.jsonschema import DRAFT7

from voltyard import __version__
from voltyard.cli.main import app
from voltyard.config.checks import check_node
from voltyard.config.environment import from_environment
from voltyard.kernel import limits
from voltyard.nodes.messages import check_name

pytestmark = pytest.mark.service

ROOT = Path(__file__).parents[2]
CHART = ROOT / "deploy" / "chart"
OLDEST, NEWEST = "1.28", "1.37"
COMPONENT = "app.kubernetes.io/component"
POSTGRESQL = {"database": {"existingSecret": "database"}, "persistence": {"enabled": False}}
BUS = {"gatewaySecret": "gateway", "workerSecret": "worker"}
CASES: dict[str, dict[str, Any]] = {
    "as it is": {},
    "a standby": {**POSTGRESQL, "replicas": 2, "podAnnotations": {"a": "b"}},
    "uploads kept": {"database": {"existingSecret": "database"}},
    "workers": {
        "provider": "process",
        "bus": {**BUS, "plain": True},
        "networkPolicy": {"enabled": True, "rest": [{"podSelector": {}}]},
        "workers": {"nodeSelector": {"for": "chargers"}, "tolerations": [{"operator": "Exists"}]},
    },
    "pods": {"provider": "kubernetes", "bus": BUS, "imagePullSecrets": [{"name": "registry"}]},
    "nodes": {
        **POSTGRESQL,
        "replicas": 2,
        "nodes": {"replicas": 3, "tolerations": [{"operator": "Exists"}]},
        "bus": {"gatewaySecret": "gateway", "nodeSecret": "node", "plain": True},
        "networkPolicy": {"enabled": True, "ocpp": [{"podSelector": {}}]},
        "podAnnotations": {"a": "b"},
        "imagePullSecrets": [{"name": "registry"}],
    },
    "nodes as needed": {
        **POSTGRESQL,
        "provider": "kubernetes",
        "nodes": {"autoscaling": {"enabled": True}, "nodeSelector": {"for": "chargers"}},
        "bus": BUS,
        "authority": {"existingSecret": "authority"},
        "ocpp": {"tlsSecret": "tls", "clientCaSecret": "roots"},
        "settings": {"OCPP_CLOSES_PER_S": 200, "KUBERNETES_CPU": "200m"},
    },
    "from outside": {
        "settings": {
            "LOG_ROWS": 10_000_000,
            "FILES": True,
            "DRAIN_S": 2.5,
            "OCPP_CLOSES_PER_S": 200,
            "OCPP_CLOSES_WITHIN_S": 80,
        },
        "trustedProxies": ["10.0.0.0/8", "192.0.2.1"],
        "authority": {"existingSecret": "authority"},
        "ocpp": {
            "publicUrl": "wss://ocpp.example/ocpp",
            "tlsSecret": "tls",
            "clientCaSecret": "roots",
            "service": {"type": "LoadBalancer", "loadBalancerSourceRanges": ["192.0.2.0/24"]},
        },
        "ingress": {
            "className": "nginx",
            "annotations": {"a": "b"},
            "rest": {"host": "rest.example", "tlsSecret": "rest"},
            "ocpp": {"host": "ocpp.example"},
        },
        "nodeSelector": {"for": "server"},
        "serviceMonitor": {"enabled": True, "labels": {"release": "prometheus"}},
    },
}
REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"replica": 2}, "replica is not allowed"),
    ({"replicas": 3}, "replicas: Must be less than or equal to 2"),
    ({"replicas": 2}, "a standby needs PostgreSQL"),
    ({**POSTGRESQL, "replicas": 2, "persistence": {"enabled": True}}, "cannot share a claim"),
    ({"persistence": {"enabled": False}}, "SQLite needs a claim"),
    ({"token": {"existingSecret": ""}}, "name a Secret with the first admin key"),
    ({"nodes": {"replicas": 1}}, "nodes: they need PostgreSQL"),
    ({**POSTGRESQL, "nodes": {"autoscaling": {"enabled": True}}}, "nodes: they need a bus"),
    (
        {
            **POSTGRESQL,
            "nodes": {"replicas": 1, "preStopSeconds": 80},
            "bus": BUS,
        },
        "must be above 90, which the end of a node may take",
    ),
    ({"settings": {"NODES": 2}}, "NODES is set by the chart"),
    ({"provider": "ecs"}, "provider must be one of the following"),
    ({"provider": "process"}, "the provider process needs both"),
    ({"ocpp": {"clientCaSecret": "roots"}}, "need ocpp.tlsSecret"),
    ({"settings": {"VOLTYARD_FILES": True}}, "VOLTYARD_FILES without VOLTYARD_ before it"),
    ({"settings": {"TOKEN": "secret"}}, "TOKEN is set by the chart"),
    ({"settings": {"files": True}}, "files"),
    ({"terminationGracePeriodSeconds": 10}, "must be above 10, which an end may take"),
    ({"settings": {"DRAIN_S": 45}}, "must be above 90, which an end may take"),
    ({"settings": {"OCPP_CLOSES_PER_S": 50, "DRAIN_S": 30}}, "must be above 90, which an end may"),
    (
        {"settings": {"OCPP_CLOSES_PER_S": "50", "OCPP_CLOSES_WITHIN_S": "85.5"}},
        "must be above 90.5, which an end may take",
    ),
]


class Rendered(NamedTuple):
    """The objects of a release called `site`, as Helm renders them."""

    things: list[dict[str, Any]]

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [one for one in self.things if one["kind"] == kind]

    def pods_of(self, component: str) -> dict[str, Any]:
        """What its Deployment says of its pods."""
        pods: dict[str, Any]
        [pods] = [
            one["spec"]["template"]["spec"]
            for one in self.of("Deployment")
            if component_of(one) == component
        ]
        return pods


def component_of(workload: dict[str, Any]) -> str:
    return str(workload["spec"]["selector"]["matchLabels"][COMPONENT])


def helm(*words: str, values: dict[str, Any] | None = None) -> subprocess.CompletedProcess[str]:
    """A run of Helm. Without Helm a test is skipped, and in CI fails."""
    beside = Path(sys.executable).parent / "helm"
    path = str(beside) if beside.exists() else shutil.which("helm")
    if path is None and os.environ.get("CI"):
        pytest.fail("helm is missing")
    if path is None:
        pytest.skip("needs helm: make .venv/.chart")
    return subprocess.run(
        [path, *words, *(() if values is None else ("--values", "-"))],
        input="" if values is None else yaml.safe_dump(values),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def rendered(values: dict[str, Any]) -> Rendered:
    done = helm("template", "site", str(CHART), "--namespace", "lab", values=values)
    assert done.returncode == 0, done.stderr
    return Rendered([one for one in yaml.safe_load_all(done.stdout) if one is not None])


def schemas(version: str) -> Path:
    """The folder with the schemas of a version of Kubernetes, which take no unknown field."""
    found = importlib.util.find_spec("kubernetes_validate")
    if found is None and os.environ.get("CI"):
        pytest.fail("the schemas of Kubernetes are missing")
    if found is None or found.origin is None:
        pytest.skip("needs the schemas of Kubernetes: make .venv/.chart")
    home = Path(found.origin).parent / "kubernetes-json-schema"
    return home / f"v{version}.0-local-strict"


def faults(thing: dict[str, Any], version: str) -> Iterator[str]:
    """What the API of that version would refuse in it."""
    *group, of = thing["apiVersion"].split("/")
    name = "-".join([thing["kind"].lower(), *(one.split(".")[0] for one in group), of])
    folder = schemas(version)
    schema = json.loads((folder / f"{name}.json").read_text())
    definitions = DRAFT7.create_resource(json.loads((folder / "_definitions.json").read_text()))
    registry: Registry[Any] = Registry().with_resource("_definitions.json", definitions)
    for error in Draft7Validator(schema, registry=registry).iter_errors(thing):
        yield f"{thing['kind']} {error.json_path}: {error.message}"


def environment(container: dict[str, Any]) -> dict[str, str]:
    """What the container is told, with something for what a Secret or the pod says."""
    known = {
        "VOLTYARD_BUS_URL": "tls://a:b@bus.test",
        "VOLTYARD_DATABASE_URL": "postgresql://db/v",
        "VOLTYARD_TOKEN": "a-key-of-the-tests",
    }
    return {
        one["name"]: one.get("value") or known.get(one["name"], "told") for one in container["env"]
    }


@pytest.mark.parametrize("version", [OLDEST, NEWEST])
@pytest.mark.parametrize("case", CASES)
def test_every_object_is_one_that_kubernetes_takes(case: str, version: str) -> None:
    things = [
        one for one in rendered(CASES[case]).things if "coreos" not in one["apiVersion"]
    ]  # what an operator defines has no schema here

    assert things
    assert [fault for thing in things for fault in faults(thing, version)] == []


def test_a_field_that_kubernetes_does_not_know_is_a_fault() -> None:
    [deployment] = rendered({}).of("Deployment")
    deployment["spec"]["template"]["spec"]["containers"][0]["prots"] = []

    assert any("prots" in fault for fault in faults(deployment, NEWEST))


def test_helm_finds_nothing_to_complain_of() -> None:
    done = helm("lint", "--strict", str(CHART))

    assert done.returncode == 0, done.stdout


def test_values_of_the_guide_are_taken() -> None:
    guide = (ROOT / "docs" / "containers.md").read_text()
    blocks = re.findall(r"^```yaml\n(.*?)^```$", guide, re.MULTILINE | re.DOTALL)

    assert len(blocks) == 5
    for block in blocks:
        things = rendered(yaml.safe_load(block)).things
        assert [fault for thing in things for fault in faults(thing, NEWEST)] == []


@pytest.mark.parametrize("case", CASES)
def test_the_server_takes_what_it_is_told(case: str) -> None:
    pod = rendered(CASES[case]).pods_of("server")
    [container] = pod["containers"]
    told = environment(container)
    files = {name: path for name, path in told.items() if path.startswith("/run/")}
    config = from_environment({**told, **dict.fromkeys(files, os.devnull)})

    assert config.provider == CASES[case].get("provider", "inline")
    assert config.standby == ("database" in CASES[case])
    assert config.nodes == (0 if "nodes" in CASES[case] else None)
    assert len(container["env"]) == len(told)
    mounted = {one["mountPath"] for one in container["volumeMounts"]}
    assert {str(Path(path).parent) for path in files.values()} <= mounted
    assert {one["name"] for one in container["volumeMounts"]} == {
        one["name"] for one in pod["volumes"]
    }
    end_s = config.drain_s + max(config.drain_s, config.ocpp_closes_within_s)
    assert end_s < pod["terminationGracePeriodSeconds"]


NODES = [case for case in CASES if "nodes" in CASES[case]]


@pytest.mark.parametrize("case", NODES)
def test_a_node_takes_what_it_is_told(case: str) -> None:
    pod = rendered(CASES[case]).pods_of("node")
    [container] = pod["containers"]
    told = environment(container)
    files = {name: path for name, path in told.items() if path.startswith("/run/")}
    config = from_environment({**told, **dict.fromkeys(files, os.devnull)}, nodes=0)
    check_node(config)
    [server] = rendered(CASES[case]).pods_of("server")["containers"]

    assert container["args"] == ["node"]
    assert len(container["env"]) == len(told)
    assert config.node_name == "told"
    alike = told.keys() - {"VOLTYARD_NODE_NAME", "VOLTYARD_BUS_URL"}
    assert {name: told[name] for name in alike} == {
        name: environment(server)[name] for name in alike
    }
    mounted = {one["mountPath"] for one in container["volumeMounts"]}
    assert {str(Path(path).parent) for path in files.values()} <= mounted
    assert {one["name"] for one in container["volumeMounts"]} == {
        one["name"] for one in pod["volumes"]
    }
    before_s = float(container["lifecycle"]["preStop"]["exec"]["command"][1])
    end_s = config.drain_s + max(config.drain_s, config.ocpp_closes_within_s)
    assert before_s + end_s < pod["terminationGracePeriodSeconds"]


def test_nodes_have_a_user_of_the_bus_of_their_own_where_there_is_one() -> None:
    def secret(case: str) -> str:
        [container] = rendered(CASES[case]).pods_of("node")["containers"]
        [url] = [one for one in container["env"] if one["name"] == "VOLTYARD_BUS_URL"]
        return str(url["valueFrom"]["secretKeyRef"]["name"])

    assert [secret(case) for case in NODES] == ["node", "gateway"]


@pytest.mark.parametrize("release", ["site", "r" * 53])
def test_a_pods_name_is_one_of_a_node(release: str) -> None:
    done = helm("template", release, str(CHART), values=CASES["nodes"])
    [deployment] = [
        one
        for one in yaml.safe_load_all(done.stdout)
        if one["kind"] == "Deployment" and component_of(one) == "node"
    ]

    check_name(deployment["metadata"]["name"] + "-0123456789-abcde")


def test_there_are_as_many_nodes_as_are_asked_for_or_needed() -> None:
    def count(case: str) -> int | None:
        [replicas] = [
            one["spec"].get("replicas")
            for one in rendered(CASES[case]).of("Deployment")
            if component_of(one) == "node"
        ]
        return None if replicas is None else int(replicas)

    assert [count(case) for case in NODES] == [3, None]
    assert rendered(CASES["nodes"]).of("HorizontalPodAutoscaler") == []
    [scaler] = rendered(CASES["nodes as needed"]).of("HorizontalPodAutoscaler")
    target = scaler["spec"]["scaleTargetRef"]["name"]
    [node] = [
        one["metadata"]["name"]
        for one in rendered(CASES["nodes as needed"]).of("Deployment")
        if component_of(one) == "node"
    ]
    assert target == node


def test_settings_of_ones_own_arrive_as_they_were_written() -> None:
    [container] = rendered(CASES["from outside"]).pods_of("server")["containers"]
    config = from_environment(environment(container))

    assert (config.log_rows, config.files, config.drain_s) == (10_000_000, True, 2.5)
    assert config.trusted_proxies == ("10.0.0.0/8", "192.0.2.1")
    assert config.public_ocpp_url == "wss://ocpp.example/ocpp"


def test_an_authority_is_made_only_where_it_is_kept() -> None:
    def told(case: str) -> dict[str, str]:
        [container] = rendered(CASES[case]).pods_of("server")["containers"]
        return environment(container)

    assert told("a standby")["VOLTYARD_OWN_CA"] == "false"
    assert told("nodes")["VOLTYARD_OWN_CA"] == "false"
    assert "VOLTYARD_OWN_CA" not in told("as it is")
    assert "VOLTYARD_OWN_CA" not in told("uploads kept")


def test_a_worker_takes_what_it_is_told() -> None:
    [pods] = rendered(CASES["workers"]).of("StatefulSet")
    worker = typer.main.get_command(app).commands["worker"]  # type: ignore[attr-defined]
    known = {one.envvar for one in worker.params} | {"VOLTYARD_BUS_URL"}
    [container] = pods["spec"]["template"]["spec"]["containers"]

    told = environment(container)
    assert {"VOLTYARD_WORKER_NAME", "VOLTYARD_BUS_URL"} <= told.keys() <= known
    end_s = float(told["VOLTYARD_WORKER_MOVE_S"]) + limits.WORKER_STOP_S
    assert end_s < pods["spec"]["template"]["spec"]["terminationGracePeriodSeconds"]


@pytest.mark.parametrize("case", CASES)
def test_services_budgets_and_policies_find_their_pods(case: str) -> None:
    found = rendered(CASES[case])
    pods = [one["spec"] for one in found.of("Deployment") + found.of("StatefulSet")]
    labels = [one["template"]["metadata"]["labels"] for one in pods]
    looking = [one["selector"]["matchLabels"] for one in pods]
    looking += [one["spec"]["selector"] for one in found.of("Service")]
    looking += [one["spec"]["selector"]["matchLabels"] for one in found.of("PodDisruptionBudget")]
    looking += [one["spec"]["podSelector"]["matchLabels"] for one in found.of("NetworkPolicy")]

    serving = {"server", "node"} if "nodes" in CASES[case] else {"server"}
    for one in looking:
        reached = [label[COMPONENT] for label in labels if one.items() <= label.items()]
        if COMPONENT in one:
            assert reached == [one[COMPONENT]], one
        else:  # what takes chargers and answers REST
            assert set(reached) == serving and len(reached) == len(serving), one
    ports = {
        port["name"]
        for pod in pods
        for container in pod["template"]["spec"]["containers"]
        for port in container.get("ports", ())
    }
    for service in found.of("Service"):
        assert {one["targetPort"] for one in service["spec"].get("ports", ())} <= ports
    services = {one["metadata"]["name"] for one in found.of("Service")}
    for ingress in found.of("Ingress"):
        [rule] = ingress["spec"]["rules"]
        assert rule["http"]["paths"][0]["backend"]["service"]["name"] in services


def test_the_rights_are_those_of_the_example() -> None:
    example = yaml.safe_load_all((ROOT / "examples/kubernetes/chargers.yaml").read_text())
    [role] = [one for one in example if one["kind"] == "Role"]
    found = rendered(CASES["pods"])

    assert [one["rules"] for one in found.of("Role")] == [role["rules"]]
    assert rendered(CASES["workers"]).of("Role") == []
    account = found.pods_of("server")["serviceAccountName"]
    assert [one["metadata"]["name"] for one in found.of("ServiceAccount")] == [account]


@pytest.mark.parametrize(("values", "why"), REFUSED, ids=[why for _, why in REFUSED])
def test_values_that_cannot_work_are_refused(values: dict[str, Any], why: str) -> None:
    done = helm("template", "site", str(CHART), values=values)

    assert done.returncode != 0
    assert why in done.stderr


def test_the_schema_has_every_value_and_no_other() -> None:
    def compare(values: dict[str, Any], schema: dict[str, Any], where: str) -> None:
        if schema.get("additionalProperties") is not False:
            return
        known = schema["properties"].keys() - {"global"}
        assert known == values.keys(), where
        for name, value in values.items():
            if isinstance(value, dict):
                compare(value, schema["properties"][name], f"{where}.{name}")

    schema = json.loads((CHART / "values.schema.json").read_text())
    assert schema["additionalProperties"] is False
    compare(yaml.safe_load((CHART / "values.yaml").read_text()), schema, "values")


def test_the_chart_is_of_this_version_and_runs_as_the_images_user() -> None:
    about = yaml.safe_load((CHART / "Chart.yaml").read_text())
    [deployment] = rendered({}).of("Deployment")
    user = deployment["spec"]["template"]["spec"]["securityContext"]["runAsUser"]

    assert about["version"] == about["appVersion"] == __version__
    assert f"USER {user}\n" in (ROOT / "Dockerfile").read_text()
