"""The examples run, or are checked as far as that goes without containers and a cluster."""

import os
import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import typer.main
import yaml

from tests.testing.bench import plugin_path
from voltyard.cli.main import app
from voltyard.config.checks import check_node
from voltyard.config.config import ENVIRONMENT_PREFIX, Config
from voltyard.config.environment import from_environment
from voltyard.testing.processes import free_port

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
WORKFLOWS = sorted([*(ROOT / ".github" / "workflows").glob("*.yml"), *EXAMPLES.rglob("*on/*.yml")])
SETTINGS = {ENVIRONMENT_PREFIX + setting.name.upper() for setting in fields(Config)}


def read(path: Path) -> list[Any]:
    """The documents of a file of YAML."""
    return list(yaml.safe_load_all(path.read_text()))


def runs(workflow: Path) -> list[str]:
    """What the steps of a workflow type into bash."""
    [read_workflow] = read(workflow)
    return [
        step["run"]
        for job in read_workflow["jobs"].values()
        for step in job.get("steps", ())
        if "run" in step
    ]


def failure(text: str, directory: Path, *options: str, **environment: str) -> str:
    """What it printed where it failed, run as GitHub does: bash ends at the first failure."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-eo", "pipefail", *options, "-c", text],
        cwd=directory,
        env={**os.environ, "PATH": path, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=250,
    )
    return "" if done.returncode == 0 else f"{done.stdout}{done.stderr}(exit {done.returncode})"


@pytest.mark.slow
def test_the_tests_of_the_example_pass_against_the_own_backend(tmp_path: Path) -> None:
    settings = tmp_path / "pytest.ini"
    settings.write_text("[pytest]\naddopts = -p no:cacheprovider -p no:schemathesis\n")

    command = f"python -m pytest -q -c {settings} --rootdir . --voltyard-artifacts {tmp_path} ."
    assert not failure(
        command,
        EXAMPLES / "pytest",
        VOLTYARD_CSMS_URL="",
        PYTHONPATH=plugin_path(tmp_path / "site"),
    )


@pytest.mark.service  # with curl and bash
def test_the_job_of_the_example_runs_a_crowd(tmp_path: Path) -> None:
    [crowd] = [
        text for text in runs(EXAMPLES / "github-action" / "voltyard.yml") if "fleet" in text
    ]
    ports = {"8080": str(free_port()), "9000": str(free_port())}
    for named, taken in ports.items():
        crowd = crowd.replace(named, taken)

    on_ports = {"VOLTYARD_PORT": ports["8080"], "VOLTYARD_OCPP_PORT": ports["9000"]}
    assert not failure(crowd, tmp_path, RUNNER_TEMP=str(tmp_path), **on_ports)


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_steps_of_a_workflow_are_bash_and_name_commands_and_options_that_exist(
    workflow: Path, tmp_path: Path
) -> None:
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    steps = runs(workflow)

    assert steps
    for step in steps:
        assert not failure(re.sub(r"\$\{\{.*?\}\}", "x", step), tmp_path, "-n")
        for name, rest in re.findall(r"^ *voltyard (\w+)([^>&\n]*)", step, re.MULTILINE):
            known = {option for parameter in commands[name].params for option in parameter.opts}
            assert set(re.findall(r"--[\w-]+", rest)) <= known


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_says_what_its_token_may_and_how_long_it_takes(workflow: Path) -> None:
    [read_workflow] = read(workflow)

    assert "permissions" in read_workflow
    assert all("timeout-minutes" in job for job in read_workflow["jobs"].values())


@pytest.mark.parametrize(
    "path", sorted(EXAMPLES.rglob("*.y*ml")), ids=lambda path: f"{path.parent.name}/{path.name}"
)
def test_the_settings_that_an_example_names_are_settings(path: Path) -> None:
    named = set(re.findall(rf"\b{ENVIRONMENT_PREFIX}[A-Z_]+\b", path.read_text()))

    assert named <= SETTINGS


def test_compose_builds_the_image_and_keeps_its_data() -> None:
    [compose] = read(EXAMPLES / "compose" / "compose.yaml")
    server = compose["services"]["voltyard"]

    assert (EXAMPLES / "compose" / server["build"] / "Dockerfile").exists()
    assert server["environment"]["VOLTYARD_HOST"] == "0.0.0.0"
    assert {one.rpartition(":")[2] for one in server["ports"]} == {"8080", "9000"}
    [volume] = server["volumes"]
    assert volume == "data:/data"
    assert "data" in compose["volumes"]


def test_compose_on_postgresql_waits_for_the_database_that_it_names() -> None:
    [postgres] = read(EXAMPLES / "compose" / "postgres.yaml")
    services = postgres["services"]
    url = services["voltyard"]["environment"]["VOLTYARD_DATABASE_URL"]
    database = services["postgres"]["environment"]

    assert url.startswith(f"postgresql://{database['POSTGRES_USER']}:")
    assert url.endswith(f"@postgres/{database['POSTGRES_DB']}")
    assert services["voltyard"]["depends_on"]["postgres"]["condition"] == "service_healthy"
    assert "healthcheck" in services["postgres"]


def test_nodes_of_compose_and_their_server_meet_on_one_database_and_one_bus() -> None:
    [nodes] = read(EXAMPLES / "compose" / "nodes.yaml")
    [postgres] = read(EXAMPLES / "compose" / "postgres.yaml")
    services = nodes["services"]
    told = {
        name: {variable: str(value) for variable, value in services[name]["environment"].items()}
        for name in ("voltyard", "node")
    }
    database = postgres["services"]["voltyard"]["environment"]["VOLTYARD_DATABASE_URL"]
    server = from_environment({**told["voltyard"], "VOLTYARD_DATABASE_URL": database})
    node = from_environment(told["node"], nodes=0)
    check_node(node)

    assert services["node"]["command"] == ["node"]
    assert server.nodes == 0
    assert (node.database_url, node.bus_url) == (database, server.bus_url)
    assert services["node"]["depends_on"]["voltyard"]["condition"] == "service_healthy"
    [ports] = services["node"]["ports"]
    first, last = map(int, ports.partition(":")[0].split("-"))
    assert last - first + 1 == services["node"]["deploy"]["replicas"]


def test_manifests_fit_together_and_run_one_server() -> None:
    claim, deployment, service = read(EXAMPLES / "kubernetes" / "voltyard.yaml")
    pod = deployment["spec"]["template"]
    [container] = pod["spec"]["containers"]
    ports = {one["name"]: one["containerPort"] for one in container["ports"]}
    [volume] = pod["spec"]["volumes"]

    assert deployment["spec"]["replicas"] == 1
    assert deployment["spec"]["strategy"] == {"type": "Recreate"}
    assert deployment["spec"]["selector"]["matchLabels"] == pod["metadata"]["labels"]
    assert service["spec"]["selector"] == pod["metadata"]["labels"]
    assert {one["targetPort"] for one in service["spec"]["ports"]} == set(ports)
    assert volume["persistentVolumeClaim"]["claimName"] == claim["metadata"]["name"]
    assert container["volumeMounts"] == [{"name": volume["name"], "mountPath": "/data"}]
    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
        assert container[probe]["httpGet"]["port"] in ports
    # Kubernetes sets VOLTYARD_PORT for a service of this name, and the server would read that.
    assert pod["spec"]["enableServiceLinks"] is False


def test_the_server_of_chargers_in_pods_has_rights_and_settings_that_are_enough() -> None:
    account, role, binding = read(EXAMPLES / "kubernetes" / "chargers.yaml")
    [patch] = read(EXAMPLES / "kubernetes" / "chargers-patch.yaml")
    _, deployment, _ = read(EXAMPLES / "kubernetes" / "voltyard.yaml")
    pod = patch["spec"]["template"]["spec"]
    [container] = pod["containers"]
    said = {one["name"]: one.get("value") or "tls://a:b@bus.test" for one in container["env"]}

    assert from_environment(said).provider == "kubernetes"
    assert container["name"] == deployment["spec"]["template"]["spec"]["containers"][0]["name"]
    assert pod["serviceAccountName"] == account["metadata"]["name"]
    assert pod["automountServiceAccountToken"] is True
    assert binding["roleRef"]["name"] == role["metadata"]["name"]
    assert [one["name"] for one in binding["subjects"]] == [account["metadata"]["name"]]


def test_the_user_of_the_pod_is_the_images() -> None:
    _, deployment, _ = read(EXAMPLES / "kubernetes" / "voltyard.yaml")
    user = deployment["spec"]["template"]["spec"]["securityContext"]["runAsUser"]

    assert f"USER {user}\n" in (ROOT / "Dockerfile").read_text()
