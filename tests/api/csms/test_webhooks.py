"""/api/v1/webhooks: over HTTP, with receivers that listen on real sockets."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from tests.api.bench import BOX, Lab
from voltyard.storage.csms.backend_records import load_contents
from voltyard.testing.http_receiver import Receiver

AT = "2026-02-10T14:00:00Z"


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with Receiver() as open:
        yield open


async def webhook(lab: Lab, url: str, *events: str, **fields: Any) -> dict[str, Any]:
    answer = await lab.post("/webhooks", {"url": url, "events": list(events) or ["*"], **fields})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def deliveries(lab: Lab, id: str, **query: Any) -> list[dict[str, Any]]:
    answer = await lab.get(f"/webhooks/{id}/deliveries", **query)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["deliveries"])


async def settled(lab: Lab, id: str, count: int, status: str = "delivered") -> list[dict[str, Any]]:
    """The log, once so many deliveries have that status."""
    async with asyncio.timeout(120):
        while len(found := await deliveries(lab, id, status=status)) < count:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    return found


async def pending(lab: Lab, id: str) -> dict[str, Any]:
    """The one that waits."""
    (one,) = await deliveries(lab, id, status="pending")
    return one


async def test_an_event_arrives_in_its_envelope_signed(lab: Lab, receiver: Receiver) -> None:
    lab.now = time.time()
    made = await webhook(lab, receiver.url, "charger.*")
    await lab.connect()
    await receiver.until(lambda: len(receiver.requests) == 2)

    connected, booted = receiver.requests
    for request in (connected, booted):
        message = Webhook(made["secret"]).verify(request.body, request.headers)
        assert set(message) == {"id", "event", "timestamp", "data"}
        assert message["id"] == request.headers["webhook-id"]
        assert request.headers["content-type"] == "application/json"
    assert [one.json()["event"] for one in receiver.requests] == [
        "charger.connected",
        "charger.boot",
    ]
    assert booted.json()["data"]["chargeBoxId"] == BOX
    listed = (await lab.get("/events")).json()["events"]
    assert listed == [booted.json(), connected.json()]
    with pytest.raises(WebhookVerificationError):
        Webhook(made["secret"]).verify(connected.body + b" ", connected.headers)


async def test_a_secret_is_shown_once(lab: Lab, receiver: Receiver) -> None:
    made = await webhook(lab, receiver.url, description="Billing")
    assert made["secret"].startswith("whsec_")

    shown = (await lab.get(f"/webhooks/{made['id']}")).json()
    listed = (await lab.get("/webhooks")).json()
    changed = (await lab.patch(f"/webhooks/{made['id']}", {"description": None})).json()

    del made["secret"]
    assert shown == made == listed["webhooks"][0]
    assert listed["pagination"]["total"] == 1
    assert changed == {**made, "description": None, "updatedAt": changed["updatedAt"]}
    assert (made["status"], made["description"]) == ("active", "Billing")


async def test_a_secret_of_ones_own_is_taken_and_rotated(lab: Lab, receiver: Receiver) -> None:
    lab.now = time.time()
    own = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
    made = await webhook(lab, receiver.url, secret=own)
    assert made["secret"] == own

    rotated = (await lab.post(f"/webhooks/{made['id']}/rotate-secret")).json()
    await lab.post(f"/webhooks/{made['id']}/test")

    (request,) = receiver.requests
    for secret in (own, rotated["secret"]):
        Webhook(secret).verify(request.body, request.headers)
    assert own != rotated["secret"]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"url": "ftp://host/"}, "url"),
        ({"url": "http://user:secret@host/"}, "url"),
        ({"url": ""}, "url"),
        ({"events": ["charger.eaten"]}, "events.0"),
        ({"events": ["x.*"]}, "events.0"),
        ({"events": []}, "events"),
        ({"secret": "guess"}, "secret"),
    ],
)
async def test_what_is_no_webhook_is_400(lab: Lab, fields: dict[str, Any], field: str) -> None:
    answer = await lab.post("/webhooks", {"url": "https://a.example/", "events": ["*"], **fields})

    assert answer.status_code == 400
    error = answer.json()["error"]
    assert error["details"][0]["field"] == field, error
    if field == "events.0":
        assert "transaction.started" in error["details"][0]["message"]
    assert (await lab.get("/webhooks")).json()["webhooks"] == []


async def test_the_log_tells_what_became_of_each(lab: Lab, receiver: Receiver) -> None:
    receiver.answer = lambda request: 503 if request.json()["event"] == "charger.boot" else 201
    made = await webhook(lab, receiver.url)
    await lab.connect()
    await receiver.until(lambda: len(receiver.requests) == 2)
    (connected,) = await settled(lab, made["id"], 1)
    async with asyncio.timeout(120):
        while not (boot := (await pending(lab, made["id"])))["attempts"]:  # noqa: ASYNC110
            await asyncio.sleep(0.01)

    assert (connected["event"], connected["statusCode"]) == ("charger.connected", 201)
    assert (connected["attempts"], connected["error"]) == (1, None)
    assert connected["latencyMs"] is not None and connected["nextAttemptAt"] is None
    assert (boot["event"], boot["statusCode"]) == ("charger.boot", 503)
    assert (boot["attempts"], boot["error"]) == (1, "answered 503")
    assert boot["nextAttemptAt"] > boot["lastAttemptAt"]


async def test_a_ping_tells_at_once_what_came_of_it(lab: Lab, receiver: Receiver) -> None:
    made = await webhook(lab, receiver.url, "authorize", enabled=False)
    path = f"/webhooks/{made['id']}/test"

    good = (await lab.post(path)).json()
    receiver.answer = lambda request: 500
    bad = (await lab.post(path)).json()

    assert (good["event"], good["status"], good["statusCode"]) == ("webhook.test", "delivered", 204)
    assert (bad["status"], bad["error"]) == ("failed", "answered 500")
    assert [one["id"] for one in await deliveries(lab, made["id"])] == [bad["id"], good["id"]]
    assert receiver.requests[0].json()["data"] == {"webhookId": made["id"]}


async def test_events_are_sent_again_one_or_a_range(lab: Lab, receiver: Receiver) -> None:
    made = await webhook(lab, receiver.url, "charger.*")
    await lab.connect()
    await settled(lab, made["id"], 2)
    first = [request.json() for request in receiver.requests]
    path = f"/webhooks/{made['id']}/resend"

    one = await lab.post(path, {"eventId": first[1]["id"]})
    await settled(lab, made["id"], 3)
    some = await lab.post(path, {"from": "2026-02-10T13:00:00Z", "to": "2026-02-10T15:00:00Z"})
    await settled(lab, made["id"], 5)
    none = await lab.post(path, {"from": "2026-02-10T15:00:00Z"})

    assert [one.status_code, some.status_code, none.status_code] == [202, 202, 202]
    assert [one.json()["count"], some.json()["count"], none.json()["count"]] == [1, 2, 0]
    assert [r.json() for r in receiver.requests] == [*first, first[1], *first]


async def test_what_cannot_be_sent_again_is_told(lab: Lab, receiver: Receiver) -> None:
    path = f"/webhooks/{(await webhook(lab, receiver.url))['id']}/resend"

    for body in ({}, {"eventId": "evt_1", "from": AT}, {"eventId": "evt_1", "to": AT}):
        assert (await lab.post(path, body)).status_code == 400
    for id in ("evt_1", "evt_abcdefghijkl999", "evt_abcdefghijkl" + "9" * 40):
        assert (await lab.post(path, {"eventId": id})).status_code == 404


async def test_another_organizations_webhook_is_not_there(lab: Lab, receiver: Receiver) -> None:
    made = await webhook(lab, receiver.url)
    other = (await lab.post("/organizations", {"name": "other"})).json()["id"]
    body = {"name": "theirs", "scopes": ["admin"], "organizationId": other}
    theirs = (await lab.post("/auth/api-keys", body)).json()["key"]

    path = f"/webhooks/{made['id']}"
    answers = [
        await lab.get(path, key=theirs),
        await lab.get(f"{path}/deliveries", key=theirs),
        await lab.patch(path, {"enabled": False}, key=theirs),
        await lab.post(f"{path}/test", key=theirs),
        await lab.post(f"{path}/rotate-secret", key=theirs),
        await lab.post(f"{path}/resend", {"from": AT}, key=theirs),
        await lab.delete(path, key=theirs),
    ]

    await lab.connect()
    (event, *_) = (await lab.get("/events")).json()["events"]
    hook = {"url": "https://hooks.invalid/", "events": ["*"]}
    own = (await lab.post("/webhooks", hook, key=theirs)).json()["id"]
    resent = await lab.post(f"/webhooks/{own}/resend", {"eventId": event["id"]}, key=theirs)
    await lab.delete(f"/webhooks/{own}", key=theirs)

    assert resent.status_code == 404
    assert {answer.status_code for answer in answers} == {404}
    assert (await lab.get("/webhooks", key=theirs)).json()["webhooks"] == []
    assert (await lab.get(path)).json()["enabled"] is True


async def test_a_tenant_reaches_no_private_target_by_address_or_by_name(
    lab: Lab, receiver: Receiver
) -> None:
    other = (await lab.post("/organizations", {"name": "other"})).json()["id"]
    body = {"name": "theirs", "scopes": ["operate"], "organizationId": other}
    theirs = (await lab.post("/auth/api-keys", body)).json()["key"]
    path, allowed = f"/organizations/{other}", {"egressNetworks": ["127.0.0.0/8"]}
    hook = {"url": receiver.url, "events": ["*"]}

    refused = await lab.post("/webhooks", hook, key=theirs)
    await lab.patch(path, allowed)
    made = (await lab.post("/webhooks", hook, key=theirs)).json()
    reached = (await lab.post(f"/webhooks/{made['id']}/test", key=theirs)).json()
    await lab.patch(path, {"egressNetworks": []})
    pinged = (await lab.post(f"/webhooks/{made['id']}/test", key=theirs)).json()

    assert refused.status_code == 400
    assert refused.json()["error"]["details"][0]["field"] == "url"
    assert reached["error"] is None
    assert pinged["error"] == "the target has no address that this organization may dial"
    assert len(receiver.requests) == receiver.connections == 1


async def test_the_webhooks_of_an_organization_go_with_it(lab: Lab) -> None:
    other = (await lab.post("/organizations", {"name": "other"})).json()["id"]
    body = {"name": "theirs", "scopes": ["admin"], "organizationId": other}
    theirs = (await lab.post("/auth/api-keys", body)).json()["key"]
    hook = {"url": "https://hooks.invalid/", "events": ["*"]}
    assert (await lab.post("/webhooks", hook, key=theirs)).status_code == 201

    gone = await lab.delete(f"/organizations/{other}")

    assert gone.status_code == 200
    contents = await lab.database.read(load_contents)
    assert contents.webhooks == []


async def test_the_body_is_what_was_signed_byte_for_byte(lab: Lab, receiver: Receiver) -> None:
    await webhook(lab, receiver.url, "data_transfer.received")
    charger = await lab.connect()
    await lab.call(charger, "DataTransfer", {"vendorId": "Vé", "data": "ü\u2028\n\"'"})
    await receiver.until(lambda: receiver.requests)

    message = json.loads(receiver.requests[0].body)
    assert message["data"]["data"] == "ü\u2028\n\"'"
    assert message["data"]["vendorId"] == "Vé"
