"""The manifest of a charger's Deployment."""

from dataclasses import replace
from pathlib import Path

from voltyard.kernel import limits
from voltyard.runtimes.kubernetes.manifest import KubernetesSettings, manifest

SETTINGS = KubernetesSettings(image="registry.test/voltyard-worker:1", bus_secret="voltyard-bus")


def test_its_container_is_a_worker_of_its_name_that_holds_no_secret() -> None:
    [container] = manifest(SETTINGS, "dep-1")["spec"]["template"]["spec"]["containers"]

    plain = {one["name"]: one["value"] for one in container["env"] if "value" in one}
    secret, publish_host = [one for one in container["env"] if "value" not in one]
    assert plain == {
        "VOLTYARD_BUS_NAME": "voltyard",
        "VOLTYARD_BUS_PLAIN": "False",
        "VOLTYARD_WORKER_NAME": "dep-1",
    }
    assert secret == {
        "name": "VOLTYARD_BUS_URL",
        "valueFrom": {"secretKeyRef": {"name": "voltyard-bus", "key": "url"}},
    }
    assert publish_host == {
        "name": "VOLTYARD_PUBLISH_HOST",
        "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}},
    }
    assert container["args"] == ["worker"]


def test_it_names_its_charger_and_its_gateway() -> None:
    made = manifest(replace(SETTINGS, bus_name="north"), "dep-1")

    assert made["metadata"]["name"] == "dep-1"
    assert made["metadata"]["labels"]["voltyard/deployment"] == "dep-1"
    assert made["metadata"]["labels"]["voltyard/gateway"] == "north"
    assert made["spec"]["template"]["metadata"]["labels"] == made["metadata"]["labels"]
    assert made["spec"]["selector"]["matchLabels"] == {"voltyard/deployment": "dep-1"}


def test_one_pod_at_a_time_leaves_a_node_that_is_gone_when_its_worker_would_have_ended() -> None:
    spec = manifest(SETTINGS, "dep-1")["spec"]

    assert (spec["replicas"], spec["strategy"]) == (1, {"type": "Recreate"})
    tolerated = spec["template"]["spec"]["tolerations"]
    assert {one["tolerationSeconds"] for one in tolerated} == {int(limits.WORKER_AWAY_S)}
    assert spec["template"]["spec"]["terminationGracePeriodSeconds"] > limits.WORKER_STOP_S


def test_its_digest_is_that_of_what_runs_in_it() -> None:
    def digest(settings: KubernetesSettings) -> str:
        [found] = manifest(settings, "dep-1")["metadata"]["annotations"].values()
        return str(found)

    assert digest(SETTINGS) == digest(replace(SETTINGS, kubeconfig=Path("elsewhere")))
    for other in (
        {"image": "registry.test/voltyard-worker:2"},
        {"cpu": "1"},
        {"memory": "1Gi"},
        {"bus_plain": True},
        {"service_account": "chargers"},
    ):
        assert digest(SETTINGS) != digest(replace(SETTINGS, **other))


def test_its_user_is_the_images() -> None:
    user = manifest(SETTINGS, "dep-1")["spec"]["template"]["spec"]["securityContext"]["runAsUser"]

    assert f"USER {user}\n" in (Path(__file__).parents[3] / "Dockerfile").read_text()
