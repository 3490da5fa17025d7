"""Nothing leaks across organizations, whatever operation is asked: the places where ids are taken
are found in the description, so that an operation that is added is walked as well."""

import asyncio
import re
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from tests.api.gateway.bench import LOCATION
from tests.attack.asking_charger import asked, signing_request
from tests.attack.bench import Target, tenant_of
from tests.attack.walk_of_ids import Operation, Request, operations

pytestmark = pytest.mark.settings(files="on", drain_s=1)

PATIENCE_S = 120.0
NOBODYS = {
    "location_id": "4090477f-a416-4515-a302-97aa344a0a2a",
    "charger_id": "dep-nobodys",
    "charger_ids": "dep-nobodys",
    "job_id": "2f1e8c5a-6a0b-4d4e-9f57-0c3b8a1d2e4f",
    "command_id": "0" * 12,
    "day_id": "day_nobodys",
    "batch_id": "f" * 12,
    "chargeBoxId": "NOBODYS-CP",
    "idTag": "NOBODYS-TAG",
    "transactionId": "987654321",
    "commandId": "cmd_nobodys",
    "tariffId": "tariff_nobodys",
    "webhookId": "wh_nobodys",
    "eventId": "evt_nobodys",
    "fileId": "file_nobodys",
    "certificateId": "crt_nobodys",
}
STREAMS = ["GET /api/v1/events/stream", "GET /ocpp/events/stream"]
"""Their answers do not end, so they have walks of their own: tests/server/test_event_stream.py and
test_backend_stream.py."""
VOLATILE = {"lastUsed", "lastHeartbeat", "lastUpdated", "since", "at"}


class Tenant:
    """An organization with something of every kind. Its word is in every name it gives."""

    def __init__(self, client: httpx.AsyncClient, word: str) -> None:
        self.client = client
        self.word = word
        self.ids: dict[str, str] = {
            "brand_slug": "abb",
            "model_slug": "terra-184",
            "name": "long-range",
            "slug": "office-car-park",
            "fault": "GroundFailure",
            "quirk": "no-pong",
            "personality": "alfen",
            "messageId": "7",
            "reservationId": "7",
        }
        self.other_names: dict[str, str] = {}
        """Second spellings of an id: a charger's identity, a transaction's id in the backend."""

    async def send(self, request: Request) -> httpx.Response:
        if (request.method, request.path) == ("POST", "/api/v1/files"):  # whose body is a file
            return await self.client.post(request.path, params=request.query, content=b"bytes")
        return await self.client.request(
            request.method, request.path, params=request.query or None, json=request.body
        )

    async def stock(self) -> None:
        """Make something of every kind."""
        box = f"{self.word}-CP-{time.monotonic_ns()}"
        registered = await self.post("/api/v1/chargers", {"chargeBoxId": box, "name": self.word})
        tag = await self.post(
            "/api/v1/id-tags", {"idTag": f"{self.word}-{time.monotonic_ns() % 10**12}"}
        )
        location = await self.post("/ocpp/locations", {**LOCATION, "name": f"{self.word} yard"})
        charger = await self.post(
            "/ocpp/chargers", self.charger_body(box, registered, location["id"])
        )
        self.ids |= {"chargeBoxId": box, "charger_id": charger["charger_id"]}
        self.ids |= {"location_id": location["id"], "charger_ids": charger["charger_id"]}
        self.ids["idTag"] = tag["id"]
        self.other_names["idTag"] = tag["idTag"]
        await self._until_accepted()
        session = {"id_tag": tag["idTag"], "connector_id": 1}
        await self._command("start-session", session)
        transaction = await self._transaction("in_progress")
        stopping = await self._command("stop-session", {"connector_id": 1})
        self.ids |= {"command_id": stopping["results"][0]["command"]["id"]}
        self.ids |= {"batch_id": stopping["batch_id"]}
        await self._transaction("completed")
        self.ids["transactionId"] = str(transaction["transactionId"])
        self.other_names |= {"charger_id": box, "charger_ids": box}
        self.other_names["transactionId"] = transaction["id"]
        self.ids["job_id"] = await self._job(location["id"])
        self.ids["day_id"] = await self._day(location["id"])
        await self.post(f"/api/v1/chargers/{box}/trigger", {"requestedMessage": "Heartbeat"})
        sent = (await self.client.get(f"/api/v1/chargers/{box}/commands")).json()["commands"]
        self.ids["commandId"] = sent[0]["id"]
        tariff = {"name": f"{self.word} tariff", "currency": "EUR"}
        self.ids["tariffId"] = (await self.post("/api/v1/tariffs", tariff))["id"]
        if "webhookId" in self.ids:  # of which there may only be so many
            await self.client.delete(f"/api/v1/webhooks/{self.ids['webhookId']}")
        hook = {"url": f"https://{self.word}.invalid/", "events": ["*"], "enabled": False}
        if "webhookId" in self.ids:  # there may only be so many
            await self.client.delete(f"/api/v1/webhooks/{self.ids['webhookId']}")
        self.ids["webhookId"] = (await self.post("/api/v1/webhooks", hook))["id"]
        events = (await self.client.get("/api/v1/events")).json()["events"]
        self.ids["eventId"] = events[0]["id"]
        named = {"name": f"{self.word}.bin"}
        file = await self.client.post("/api/v1/files", params=named, content=b"firmware")
        self.ids["fileId"] = file.json()["id"]
        self.ids["certificateId"] = await self._certificate(
            f"{self.word}-own-{time.monotonic_ns()}"
        )
        self.ids["refusalId"] = await self._refusal(registered["connectionUrl"], box)

    async def _refusal(self, url: str, box: str) -> str:
        """Of a charger that is not registered, beside one that is."""
        dialled = url.replace("ws:", "http:") + "-unknown"
        assert (await self.client.get(dialled)).status_code == 404
        unknown = {"chargeBoxId": f"{box}-unknown"}
        listed = await self.client.get("/api/v1/refusals", params=unknown)
        (row,) = listed.json()["refusals"]
        assert (row["reason"], row["registered"]) == ("not_registered", False)
        return str(row["id"])

    async def _certificate(self, box: str) -> str:
        """Of a charger that has asked for one."""
        secret = "correct-horse-battery"
        made = await self.post("/api/v1/chargers", {"chargeBoxId": box, "password": secret})
        csr = signing_request(box, ec.generate_private_key(ec.SECP256R1()))
        assert await asked(made["connectionUrl"], box, secret, csr)
        listed = await self.client.get("/api/v1/certificates", params={"chargeBoxId": box})
        return str(listed.json()["certificates"][0]["id"])

    def charger_body(self, box: str, registered: Any, location_id: str) -> dict[str, Any]:
        return {
            "identity": box,
            "brand_slug": "abb",
            "model_slug": "terra-184",
            "connector_type": "CCS2",
            "ws_url": registered["connectionUrl"].rpartition("/")[0],
            "charge_point_name": f"{self.word} bay",
            "location_id": location_id,
        }

    async def _day(self, location_id: str) -> str:
        """A day that is over: drivers would go on changing what is compared."""
        days = f"/ocpp/locations/{location_id}/days"
        day = await self.post(days, {})
        (await self.client.delete(f"{days}/{day['id']}")).raise_for_status()
        return str(day["id"])

    async def _until_accepted(self) -> None:
        """A session asked for while a slow machine still boots the charger is refused."""
        give_up_at = time.monotonic() + PATIENCE_S
        while True:
            answer = await self.client.get(f"/ocpp/chargers/{self.ids['charger_id']}/state")
            if answer.is_success and answer.json()["boot_status"] == "Accepted":
                return
            assert time.monotonic() < give_up_at, answer.text
            await asyncio.sleep(0.05)

    async def _command(self, path: str, event: dict[str, Any]) -> Any:
        target = {"charger_id": self.ids["charger_id"]}
        return await self.post(f"/ocpp/commands/{path}", {"target": target, "event": event})

    async def _transaction(self, status: str) -> Any:
        query = {"chargeBoxId": self.ids["chargeBoxId"], "status": status}
        give_up_at = time.monotonic() + PATIENCE_S
        while not (found := await self.listed("/api/v1/transactions", query)):
            assert time.monotonic() < give_up_at, f"no transaction is {status}"
        return found[0]

    async def listed(self, path: str, query: dict[str, Any]) -> Any:
        answer = await self.client.get(path, params=query)
        return answer.json()["transactions"]

    async def _job(self, location_id: str) -> str:
        template = {
            "brand_slug": "wallbox",
            "model_slug": "wallbox-pulsar-plus",
            "connector_type": "Type2",
            "ws_url": "wss://csms.invalid/ocpp",
            "identity_prefix": f"{self.word}-{time.monotonic_ns()}-",
        }
        groups = [{"template": template, "charger_ids": ["1"]}]
        job = await self.post(f"/ocpp/locations/{location_id}/chargers", groups)
        async with asyncio.timeout(PATIENCE_S):
            while (await self.client.get(job["status_url"])).json()["status"] != "READY":
                pass
        return str(job["job_id"])

    async def post(self, path: str, body: Any) -> Any:
        answer = await self.client.post(path, json=body)
        assert answer.is_success, answer.text
        return answer.json()

    async def whole(self) -> Any:
        """All that is this organization's, as it is told to itself."""
        paths = [
            *("/ocpp/chargers", "/ocpp/locations", "/ocpp/commands"),
            *("/api/v1/chargers", "/api/v1/transactions", "/api/v1/settings"),
            *("/api/v1/id-tags", "/api/v1/files", "/api/v1/webhooks", "/api/v1/certificates"),
            "/api/v1/refusals",
            "/ocpp/events",
            f"/ocpp/locations/{self.ids['location_id']}/chargers",
            f"/ocpp/locations/{self.ids['location_id']}/chargers/jobs",
            f"/ocpp/chargers/{self.ids['charger_id']}/logs",
            f"/api/v1/chargers/{self.ids['chargeBoxId']}/commands",
            f"/api/v1/chargers/{self.ids['chargeBoxId']}/messages",
        ]
        return {path: steady((await self.client.get(path)).json()) for path in paths}


def steady(value: Any) -> Any:
    """Without what changes by itself."""
    if isinstance(value, list):
        return [steady(one) for one in value]
    if isinstance(value, dict):
        return {name: steady(one) for name, one in value.items() if name not in VOLATILE}
    return value


@pytest.fixture
async def tenants(target: Target, admin: httpx.AsyncClient) -> AsyncIterator[tuple[Tenant, Tenant]]:
    """Two organizations at one server, each with a key that may operate."""
    made = []
    for word in ("ALPHA", "BRAVO"):
        client = await tenant_of(target, admin, f"{word} ltd")
        tenant = Tenant(client, word)
        own = client.headers["x-organization-id"]
        keys = await admin.get("/api/v1/auth/api-keys", params={"organizationId": own})
        tenant.ids |= {"organizationId": own, "keyId": keys.json()["apiKeys"][0]["id"]}
        await tenant.stock()
        made.append(tenant)
    yield made[0], made[1]
    for tenant in made:
        await tenant.client.aclose()


def may_only_administrate(operation: Operation) -> bool:
    """These are for admin keys, which reach every organization by their nature."""
    surfaces = ("/api/v1/auth/", "/api/v1/organizations", "/api/v1/audit-log")
    return operation.path.startswith(surfaces)


def is_of_201(answer: httpx.Response) -> bool:
    """A command that the charger's OCPP 1.6 has no message for. The charger was found: with another
    organization's it is 404."""
    return answer.status_code == 400 and " is of OCPP 2.0.1, " in answer.text


def refusal(answer: httpx.Response, request: Request) -> str:
    """Its text without what was sent and what is the request's own."""
    text = re.sub(r"req_\w+", "", answer.text)
    for one in sorted(request.texts(), key=len, reverse=True):
        text = text.replace(one, "*")
    return text


def check_tells_nothing(answer: httpx.Response, alpha: Tenant, sent: set[str], what: str) -> None:
    """There is nothing of the other organization's in it, but for what was sent."""
    text = answer.text
    for one in sorted(sent, key=len, reverse=True):
        text = text.replace(one, "")
    assert alpha.word not in text, (what, answer.text)


@pytest.mark.timeout(400)
async def test_ids_of_another_organization_open_nothing(tenants: tuple[Tenant, Tenant]) -> None:
    alpha, bravo = tenants
    before = await alpha.whole()
    walked: set[str] = set()
    assert [one.name for one in operations() if one.streams] == STREAMS
    for operation in operations():
        for names in (alpha.ids, alpha.ids | alpha.other_names):
            foreign = operation.with_foreign(bravo.ids, names)
            nobodys = dict(NOBODYS)
            if names["transactionId"].startswith("txn_"):
                nobodys["transactionId"] = "txn_nobodys"
            unknown = operation.with_foreign(bravo.ids, names | nobodys)
            for (place, request), (_, in_vain) in zip(foreign, unknown, strict=True):
                what = f"{operation.name}: {place}"
                if operation.streams or repr(request) in walked:
                    continue
                walked.add(repr(request))
                answer = await bravo.send(request)
                if may_only_administrate(operation):
                    assert answer.status_code == 403, what
                    continue
                if answer.status_code == 201 and operation.path == "/api/v1/tariffs":
                    # Another of that name would be refused for its name.
                    await bravo.client.delete(f"/api/v1/tariffs/{answer.json()['id']}")
                as_unknown = await bravo.send(in_vain)
                if as_unknown.status_code == 201 and operation.path == "/api/v1/tariffs":
                    await bravo.client.delete(f"/api/v1/tariffs/{as_unknown.json()['id']}")
                assert answer.status_code == as_unknown.status_code, (what, answer.text)
                if is_of_201(answer):
                    assert is_of_201(as_unknown), what
                    continue
                refused = answer.status_code in (400, 404)
                assert refused or answer.is_success, (what, answer.text)
                if refused:
                    assert refusal(answer, request) == refusal(as_unknown, in_vain), what
                check_tells_nothing(answer, alpha, request.texts(), what)
                if place.startswith("path"):
                    assert answer.status_code == 404, what

    assert len(walked) > 150
    assert await alpha.whole() == before


@pytest.mark.timeout(400)
async def test_ones_own_ids_open_everything_and_tell_of_nobody_else(
    tenants: tuple[Tenant, Tenant],
) -> None:
    """So that the walk above is refused for the right reason."""
    alpha, bravo = tenants
    before = await alpha.whole()
    for operation in operations():
        if operation.streams:
            continue
        if operation.method == "DELETE":
            await bravo.stock()
        request = operation.with_own(bravo.ids)
        answer = await bravo.send(request)
        assert alpha.word not in answer.text, operation.name
        if may_only_administrate(operation):
            assert answer.status_code == 403, operation.name
        elif operation.path.endswith("/charging-plan"):
            assert "no vehicle has told its needs" in answer.text  # but the transaction was found
        elif not is_of_201(answer):
            told = (operation.name, answer.status_code, answer.text)
            assert answer.status_code not in (400, 401, 403, 404, 422, 500), told

    assert await alpha.whole() == before


async def test_two_organizations_may_call_their_chargers_alike(
    tenants: tuple[Tenant, Tenant],
) -> None:
    alpha, bravo = tenants
    before = await alpha.whole()
    box = alpha.ids["chargeBoxId"]

    registered = await bravo.post("/api/v1/chargers", {"chargeBoxId": box, "name": "theirs"})
    location_id = bravo.ids["location_id"]
    made = await bravo.post("/ocpp/chargers", bravo.charger_body(box, registered, location_id))

    assert made["charger_id"] != alpha.ids["charger_id"]
    assert await alpha.whole() == before
    await bravo.client.delete(f"/ocpp/chargers/{box}")
    await bravo.client.delete(f"/api/v1/chargers/{box}")
    assert await alpha.whole() == before
