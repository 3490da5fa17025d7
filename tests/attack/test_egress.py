"""Where a tenant can have a server dial: nowhere but the Internet and the server's own sockets."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from tests.attack.bench import PATIENCE_S, heard

pytestmark = pytest.mark.settings(files="on", drain_s=1)

CHARGER = {"brand_slug": "abb", "model_slug": "terra-184", "connector_type": "CCS2"}


class Bait:
    """A service of the server's machine that should never hear of a tenant."""

    def __init__(self) -> None:
        self.calls = 0
        self.port = 0
        self.called = asyncio.Event()

    def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.calls += 1
        self.called.set()
        writer.close()


@pytest.fixture
async def bait() -> AsyncIterator[Bait]:
    made = Bait()
    listening = await asyncio.start_server(made, "127.0.0.1", 0)
    made.port = listening.sockets[0].getsockname()[1]
    yield made
    listening.close()


async def deployed(client: httpx.AsyncClient, identity: str, url: str) -> httpx.Response:
    return await client.post(
        "/ocpp/chargers", json={**CHARGER, "identity": identity, "ws_url": url}
    )


@pytest.mark.parametrize("host", ["127.0.0.1", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]"])
async def test_a_tenants_charger_is_not_made_that_would_dial_the_machine_itself(
    tenant: httpx.AsyncClient, bait: Bait, host: str
) -> None:
    for port in (bait.port, 1):
        refused = await deployed(tenant, f"SPY-{port}", f"ws://{host}:{port}/ocpp")
        assert refused.status_code == 400, refused.text
        assert "this organization may dial" in refused.json()["detail"]

    assert (await tenant.get("/ocpp/chargers")).json()["total"] == 0
    assert bait.calls == 0


async def test_webhooks_hooks_and_files_of_a_tenant_do_not_dial_it_either(
    tenant: httpx.AsyncClient, bait: Bait
) -> None:
    url = f"http://127.0.0.1:{bait.port}/"
    hook = await tenant.post("/api/v1/webhooks", json={"url": url, "events": ["*"]})
    asked = await tenant.patch("/api/v1/settings", json={"authorizationUrl": url})
    box = (await tenant.post("/api/v1/chargers", json={"chargeBoxId": "CP-1"})).json()
    made = await deployed(tenant, "CP-1", box["connectionUrl"].rpartition("/")[0])
    await heard(tenant, "/ocpp/chargers/CP-1/state", '"boot_status":"Accepted"')
    update = {"location": url, "retrieveDate": "2020-01-01T00:00:00Z", "retries": 1}
    sent = await tenant.post("/api/v1/chargers/CP-1/firmware/update", json=update)
    assert sent.is_success, sent.text
    await heard(tenant, "/api/v1/chargers/CP-1/messages", "DownloadFailed")

    assert (hook.status_code, asked.status_code) == (400, 400)
    assert made.is_success
    assert bait.calls == 0


async def test_an_administrator_may_allow_a_tenant_a_network_and_take_it_back(
    admin: httpx.AsyncClient, tenant: httpx.AsyncClient, bait: Bait
) -> None:
    path = f"/api/v1/organizations/{tenant.headers['x-organization-id']}"
    url = f"ws://127.0.0.1:{bait.port}/ocpp"

    allowed = await admin.patch(path, json={"egressNetworks": ["127.0.0.0/8"]})
    made = await deployed(tenant, "GUEST-1", url)
    async with asyncio.timeout(PATIENCE_S):
        await bait.called.wait()
    taken = await admin.patch(path, json={"egressNetworks": []})
    refused = await deployed(tenant, "GUEST-2", url)

    assert allowed.json()["egressNetworks"] == ["127.0.0.0/8"]
    assert (made.status_code, taken.status_code, refused.status_code) == (202, 200, 400)
    await heard(tenant, "/ocpp/events?charger_id=GUEST-1&type=connection.failed", "may dial")


async def test_the_default_organization_dials_what_it_likes_beside_a_tenant(
    admin: httpx.AsyncClient, tenant: httpx.AsyncClient, bait: Bait
) -> None:
    made = await deployed(admin, "OWN-1", f"ws://127.0.0.1:{bait.port}/ocpp")
    url = f"http://127.0.0.1:{bait.port}/"
    hook = await admin.post("/api/v1/webhooks", json={"url": url, "events": ["*"]})
    async with asyncio.timeout(PATIENCE_S):
        await bait.called.wait()

    assert (made.status_code, hook.status_code) == (202, 201)
