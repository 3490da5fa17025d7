"""Bulk creations while they run: listed, looked at and cancelled."""

import asyncio

import pytest
from msgspec import structs

from tests.api.gateway.bench import CHARGER, Gateway, GatewayBench, job_of
from voltyard.kernel import limits
from voltyard.storage.yard.yard_records import yard_repositories
from voltyard.yard.deployments.deployment import ProvisioningStatus

TEMPLATE = {name: CHARGER[name] for name in ("brand_slug", "model_slug", "connector_type")} | {
    "ws_url": CHARGER["ws_url"]
}


async def begin(gateway: Gateway, location_id: str, count: int, prefix: str = "B-") -> str:
    """A bulk creation; its status_url."""
    names = [str(number) for number in range(count)]
    group = {"template": {**TEMPLATE, "identity_prefix": prefix}, "charger_ids": names}
    answer = await gateway.post(f"/ocpp/locations/{location_id}/chargers", [group])
    assert answer.status_code == 202, answer.text
    return str(answer.json()["status_url"])


async def test_how_far_it_has_come_is_seen_while_it_runs(gateway: Gateway) -> None:
    location_id = await gateway.location()
    await gateway.charger("B-0")
    gateway.provider.gate = asyncio.Event()

    url = await begin(gateway, location_id, 3)
    await gateway.settled()
    job = (await gateway.get(url)).json()

    assert job["status"] == "PROVISIONING"
    assert job["results"]["created"] == []
    assert job["results"]["pending_count"] == 2
    assert job["results"]["failed"] == [
        {"identity": "B-0", "error": "the identity is taken", "code": "conflict"}
    ]
    gateway.provider.gate.set()
    done = await job_of(gateway, url)
    assert done["status"] == "READY"
    assert [one["identity"] for one in done["results"]["created"]] == ["B-1", "B-2"]


async def test_what_is_not_begun_when_it_is_cancelled_is_not_made(gateway: Gateway) -> None:
    location_id = await gateway.location()
    gateway.provider.gate = asyncio.Event()
    at_once, count = limits.PROVISIONINGS_AT_ONCE, limits.PROVISIONINGS_AT_ONCE + 10
    url = await begin(gateway, location_id, count)
    total = 0
    async with asyncio.timeout(120):
        while total < at_once:
            total = (await gateway.get("/ocpp/chargers")).json()["total"]

    answer = await gateway.delete(url)
    again = await gateway.delete(url)
    gateway.provider.gate.set()
    job = await job_of(gateway, url)

    assert answer.status_code == again.status_code == 200
    assert job["status"] == "READY"
    assert job["results"]["created_count"] == at_once
    assert {one["code"] for one in job["results"]["failed"]} == {"cancelled"}
    assert job["results"]["failed_count"] == 10
    assert (await gateway.get("/ocpp/chargers")).json()["total"] == at_once


async def test_cancelling_one_that_has_ended_changes_nothing(gateway: Gateway) -> None:
    location_id = await gateway.location()
    url = await begin(gateway, location_id, 2)
    before = await job_of(gateway, url)

    answer = await gateway.delete(url)

    assert answer.json() == before


async def test_the_jobs_of_a_location_are_listed_the_newest_first(gateway: Gateway) -> None:
    location_id = await gateway.location()
    urls = [await begin(gateway, location_id, 1, prefix) for prefix in ("X-", "Y-")]
    await begin(gateway, await gateway.location(name="Other"), 1, "Z-")
    for url in urls:
        await job_of(gateway, url)

    listed = (await gateway.get(f"/ocpp/locations/{location_id}/chargers/jobs")).json()

    assert [one["job_id"] for one in listed["data"]] == [url.split("/")[-1] for url in urls[::-1]]
    assert (listed["total"], listed["page"], listed["limit"]) == (2, 1, 50)
    assert {one["status"] for one in listed["data"]} == {"READY"}
    counts = {"created_count": 1, "failed_count": 0, "pending_count": 0}
    assert [one["results"] for one in listed["data"]] == [counts, counts]


async def test_a_job_whose_run_has_ended_without_it_comes_to_its_end(yard: GatewayBench) -> None:
    # given a server that was killed when the engine had given up the run, and the job not known it
    gateway = await yard.open()
    location_id = await gateway.location()
    gateway.provider.gate = asyncio.Event()
    url = await begin(gateway, location_id, 3)
    await gateway.settled()
    await yard.close(gateway)
    for run in yard.runs.values():
        run.ended = True

    gateway = await yard.open()

    job = await job_of(gateway, url)
    assert job["status"] == "READY"
    assert job["results"]["created_count"] == 3
    await yard.close(gateway)


async def test_what_was_left_while_the_database_was_away_is_taken_up(
    gateway: Gateway, yard: GatewayBench
) -> None:
    # given rows of which neither a turn nor a run knows any more
    location_id = await gateway.location()
    repositories = yard_repositories(gateway.database)
    made = await gateway.charger()
    await repositories.deployments.provisioned(made, ProvisioningStatus.PROVISIONING, None, None)
    url = await begin(gateway, location_id, 2)
    await job_of(gateway, url)
    job = await repositories.jobs.get(url.split("/")[-1])
    assert job is not None
    await repositories.jobs.change(structs.replace(job, status=ProvisioningStatus.PROVISIONING))

    yard.clock.reading += 61.0
    await gateway.yard.sweep()

    assert (await job_of(gateway, url))["results"]["created_count"] == 2
    await gateway.settled()
    assert (await gateway.get(f"/ocpp/chargers/{made}/status")).json()["status"] == "READY"


@pytest.mark.parametrize("method", ["GET", "DELETE"])
async def test_another_organizations_job_is_not_there(gateway: Gateway, method: str) -> None:
    location_id = await gateway.location()
    url = await begin(gateway, location_id, 1)
    stranger = await gateway.stranger()

    assert (await gateway.send(method, url, key=stranger)).status_code == 404
    listed = await gateway.send("GET", url.rsplit("/", 1)[0], key=stranger)
    assert listed.status_code == 404


async def test_a_connector_that_the_model_lacks_is_said_of_each_charger(gateway: Gateway) -> None:
    location_id = await gateway.location()
    group = {"template": TEMPLATE | {"connector_type": "CHAdeMO"}, "charger_ids": ["1", "2"]}

    answer = await gateway.post(f"/ocpp/locations/{location_id}/chargers", [group])
    job = await job_of(gateway, answer.json()["status_url"])

    assert (job["status"], job["error"]["param"]) == ("FAILED", "connector_type")
    assert len(job["results"]["failed"]) == 2
    assert "it has Type2" in job["results"]["failed"][0]["error"]
