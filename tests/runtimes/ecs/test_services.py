"""ECS services, against moto's server: AWS as it answers over HTTP, without AWS."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import Any

import boto3
import httpx
import pytest
from moto.server import ThreadedMotoServer

from voltyard.kernel.errors import Invalid, Unavailable
from voltyard.runtimes.ecs.services import EcsServices, EcsSettings, ecs_client
from voltyard.testing.processes import free_port

SETTINGS = EcsSettings(
    cluster="yard",
    image="registry.test/voltyard:1",
    bus_secret="arn:aws:secretsmanager:eu-west-1:1:secret:bus",
    subnets=("subnet-1",),
)


@pytest.fixture(scope="module")
def aws() -> Iterator[str]:
    server = ThreadedMotoServer("127.0.0.1", free_port(), verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def client(aws: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    # Its memory is the process's: other tests wrote there too.
    httpx.post(f"{aws}/moto-api/reset", timeout=120)
    client = ecs_client("eu-west-1", aws)
    client.create_cluster(clusterName="yard")
    return client


@pytest.fixture
def settings(aws: str, client: Any) -> EcsSettings:
    network = boto3.client("ec2", region_name="eu-west-1", endpoint_url=aws)
    [subnet, *_] = network.describe_subnets()["Subnets"]
    return replace(SETTINGS, subnets=(subnet["SubnetId"],))


@pytest.fixture
async def services(client: Any, settings: EcsSettings) -> AsyncIterator[EcsServices]:
    services = EcsServices(settings, client)
    yield services
    for deployment_id in ("dep-1", "dep-10"):
        await services.delete(deployment_id)
    await services.close()


def described(client: Any, deployment_id: str) -> dict[str, Any]:
    answer = client.describe_services(cluster="yard", services=[deployment_id])
    service: dict[str, Any] = answer["services"][0]
    return service


async def test_what_is_run_is_a_service_with_one_task(services: EcsServices, client: Any) -> None:
    assert await services.desired_count("dep-1") is None

    await services.run("dep-1")

    assert await services.desired_count("dep-1") == 1
    assert described(client, "dep-1")["serviceName"] == "dep-1"


async def test_its_task_is_a_worker_of_its_name_that_holds_no_secret(
    services: EcsServices, client: Any
) -> None:
    await services.run("dep-1")

    arn = described(client, "dep-1")["taskDefinition"]
    definition = client.describe_task_definition(taskDefinition=arn)["taskDefinition"]
    [container] = definition["containerDefinitions"]
    said = {one["name"]: one["value"] for one in container["environment"]}
    assert said == {
        "VOLTYARD_BUS_NAME": "voltyard",
        "VOLTYARD_BUS_PLAIN": "False",
        "VOLTYARD_WORKER_NAME": "dep-1",
    }
    assert container["secrets"] == [{"name": "VOLTYARD_BUS_URL", "valueFrom": SETTINGS.bus_secret}]
    assert container["command"] == ["worker"]


async def test_running_it_again_makes_nothing_new(services: EcsServices, client: Any) -> None:
    await services.run("dep-1")
    first = described(client, "dep-1")["taskDefinition"]

    await services.run("dep-1")

    assert described(client, "dep-1")["taskDefinition"] == first
    assert len(client.list_services(cluster="yard")["serviceArns"]) == 1


async def test_another_image_is_taken_up(
    client: Any, services: EcsServices, settings: EcsSettings
) -> None:
    await services.run("dep-1")
    first = described(client, "dep-1")["taskDefinition"]
    newer = EcsServices(replace(settings, image="registry.test/voltyard:2"), client)

    await newer.run("dep-1")
    await newer.close()

    assert described(client, "dep-1")["taskDefinition"] != first


async def test_what_is_stopped_stays_with_no_task_and_can_run_again(
    services: EcsServices,
) -> None:
    await services.run("dep-1")

    await services.stop("dep-1")
    assert await services.desired_count("dep-1") == 0

    await services.run("dep-1")
    assert await services.desired_count("dep-1") == 1


async def test_what_is_renewed_runs(services: EcsServices) -> None:
    await services.run("dep-1")
    await services.stop("dep-1")

    await services.renew("dep-1")

    assert await services.desired_count("dep-1") == 1


async def test_what_is_deleted_leaves_nothing_and_takes_no_other_with_it(
    services: EcsServices, client: Any
) -> None:
    await services.run("dep-1")
    await services.run("dep-10")

    await services.delete("dep-1")
    await services.delete("dep-1")

    assert await services.desired_count("dep-1") is None
    assert await services.desired_count("dep-10") == 1
    left = client.list_task_definitions(status="ACTIVE")["taskDefinitionArns"]
    assert [arn.rpartition("/")[2].partition(":")[0] for arn in left] == ["voltyard-dep-10"]


async def test_stopping_what_is_not_there_is_no_error(services: EcsServices) -> None:
    await services.stop("dep-1")


async def test_what_aws_will_never_do_is_invalid_and_says_why(client: Any) -> None:
    elsewhere = EcsServices(replace(SETTINGS, cluster="no-such-cluster"), client)

    with pytest.raises(Invalid, match="ClusterNotFoundException"):
        await elsewhere.run("dep-1")
    await elsewhere.close()


async def test_an_aws_that_cannot_be_reached_is_unavailable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    nowhere = EcsServices(SETTINGS, ecs_client("eu-west-1", f"http://127.0.0.1:{free_port()}"))

    with pytest.raises(Unavailable, match="cannot be reached"):
        await nowhere.run("dep-1")
    await nowhere.close()
