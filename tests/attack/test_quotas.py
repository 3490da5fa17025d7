"""What a tenant may have: beyond it nothing happens, and nobody else notices."""

import asyncio
import json
import time
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest

from tests.attack.bench import PATIENCE_S
from voltyard.network.links.picows_links import PicowsDialler
from voltyard.ports.links import Dialling, Link

pytestmark = pytest.mark.settings(files="on", drain_s=1)

CHARGER = {"brand_slug": "abb", "model_slug": "terra-184", "connector_type": "CCS2"}
ABSENT = "wss://csms.invalid/ocpp"


async def bound(admin: httpx.AsyncClient, tenant: httpx.AsyncClient, **quotas: int) -> None:
    path = f"/api/v1/organizations/{tenant.headers['x-organization-id']}"
    (await admin.patch(path, json={"quotas": quotas})).raise_for_status()


def left(answer: httpx.Response) -> dict[str, int]:
    """What is left by the answer's headers, which name each quota that there is."""
    found = dict(one.strip().split(";r=") for one in answer.headers["ratelimit"].split(","))
    policies = answer.headers["ratelimit-policy"].split(",")
    assert [one.strip().split(";")[0] for one in policies] == list(found)
    return {name.strip('"'): int(rest) for name, rest in found.items()}


async def test_beyond_its_quota_a_tenant_registers_and_deploys_nothing(
    admin: httpx.AsyncClient, tenant: httpx.AsyncClient
) -> None:
    await bound(admin, tenant, chargers=2, deployments=1, webhooks=1)

    def register(client: httpx.AsyncClient, box: str) -> Any:
        return client.post("/api/v1/chargers", json={"chargeBoxId": box})

    def deploy(client: httpx.AsyncClient, name: str) -> Any:
        body = {**CHARGER, "identity": name, "ws_url": ABSENT, "start": False}
        return client.post("/ocpp/chargers", json=body)

    def hook(client: httpx.AsyncClient) -> Any:
        return client.post("/api/v1/webhooks", json={"url": "https://x.invalid/", "events": ["*"]})

    answers = [await register(tenant, f"CP-{n}") for n in range(3)]
    answers += [await deploy(tenant, f"YARD-{n}") for n in range(2)]
    answers += [await hook(tenant) for _ in range(2)]
    others = [await register(admin, "CP-9"), await deploy(admin, "YARD-9"), await hook(admin)]
    listed = [await tenant.get(path) for path in ("/api/v1/chargers", "/ocpp/chargers")]

    statuses = [answer.status_code for answer in answers]
    assert statuses == [201, 201, 409, 202, 409, 201, 409]
    assert [left(answer)["chargers"] for answer in answers[:3]] == [1, 0, 0]
    assert left(answers[-1]) == {
        "streams": 100,
        "deployments": 0,
        "webhooks": 0,
        "chargers": 0,
    }
    assert answers[2].json()["error"]["code"] == "CONFLICT"
    assert "have an administrator raise the quota" in answers[2].json()["error"]["message"]
    assert "its quota is 1" in answers[4].json()["detail"]
    assert all(answer.is_success for answer in others)
    assert listed[0].json()["pagination"]["total"] == 2
    assert listed[1].json()["total"] == 1
    told = (await tenant.get("/api/v1/events?event=quota.reached")).json()["events"]
    assert {one["data"]["quota"] for one in told} == {"chargers", "deployments", "webhooks"}


async def test_the_streams_of_a_tenant_leave_those_of_others(
    admin: httpx.AsyncClient, tenant: httpx.AsyncClient
) -> None:
    await bound(admin, tenant, streams=2)
    async with AsyncExitStack() as stack:
        for path in ("/api/v1/events/stream", "/ocpp/events/stream"):
            opened = await stack.enter_async_context(tenant.stream("GET", path))
            assert opened.status_code == 200
        beyond = await tenant.get("/ocpp/events/stream")
        others = await stack.enter_async_context(admin.stream("GET", "/ocpp/events/stream"))

        assert beyond.status_code == 503
        assert left(beyond)["streams"] == 0
        assert others.status_code == 200
    async with asyncio.timeout(PATIENCE_S):
        while left(await tenant.get("/api/v1/chargers"))["streams"] < 2:  # noqa: ASYNC110
            await asyncio.sleep(0.02)


class Talker:
    """A charger that says heartbeats, and notes the answers."""

    def __init__(self) -> None:
        self.link: Link | None = None
        self.answers = 0
        self.answered = asyncio.Event()

    def opened(self, link: Link) -> None:
        self.link = link

    def received(self, text: str) -> None:
        if json.loads(text)[0] in (3, 4):
            self.answers += 1
            self.answered.set()

    def closed(self, code: int, reason: str) -> None:
        self.link = None

    def say(self, count: int = 1) -> None:
        assert self.link is not None
        for number in range(count):
            self.link.send(json.dumps([2, f"m{number}", "Heartbeat", {}]))


async def connected(client: httpx.AsyncClient, box: str) -> Talker:
    made = await client.post("/api/v1/chargers", json={"chargeBoxId": box})
    talker = Talker()
    await PicowsDialler().dial(Dialling(made.json()["connectionUrl"], ("ocpp1.6",)), talker)
    return talker


async def test_a_tenant_that_floods_waits_and_another_is_answered_at_once(
    admin: httpx.AsyncClient, tenant: httpx.AsyncClient
) -> None:
    await bound(admin, tenant, framesPerSecond=20)
    flooding = [await connected(tenant, f"CP-{n}") for n in range(5)]
    quiet = await connected(admin, "CP-Q")
    begun = time.monotonic()
    for talker in flooding:
        talker.say(500)

    waits = []
    for _ in range(20):
        asked = time.monotonic()
        quiet.answered.clear()
        quiet.say()
        async with asyncio.timeout(PATIENCE_S):
            await quiet.answered.wait()
        waits.append(time.monotonic() - asked)
        await asyncio.sleep(0.05)
    took_s = time.monotonic() - begun
    shown = await tenant.get("/api/v1/events?event=quota.reached")

    answered = sum(talker.answers for talker in flooding)
    assert 0 < answered <= 20 * (took_s + 1) + len(flooding)
    assert sorted(waits)[len(waits) // 2] < 0.5
    assert [one["data"] for one in shown.json()["events"]] == [{"quota": "frames", "limit": 20}]
    assert 'frames";q=20;w=1' in shown.headers["ratelimit-policy"]
    assert all(talker.link is not None for talker in flooding)


async def test_beyond_its_bytes_a_tenant_keeps_no_file(
    admin: httpx.AsyncClient, tenant: httpx.AsyncClient
) -> None:
    def put(client: httpx.AsyncClient) -> Any:
        body = b"x" * 1_000_000
        return client.post("/api/v1/files", params={"name": "a.bin"}, content=body)

    await bound(admin, tenant, storedMb=1)
    kept, refused, others = await put(tenant), await put(tenant), await put(admin)

    assert (kept.status_code, refused.status_code, others.status_code) == (201, 503, 201)
    assert "no room for another file" in refused.json()["error"]["message"]
    assert len((await tenant.get("/api/v1/files")).json()["files"]) == 1
