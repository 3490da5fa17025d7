"""Whoever changes something is in the audit log before the answer is out."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.api.bench import START, TOKEN, Lab
from voltyard.kernel import limits
from voltyard.kernel.errors import Unavailable
from voltyard.organizations.audit import AuditEntry
from voltyard.organizations.organization import DEFAULT_ORGANIZATION_ID

pytestmark = pytest.mark.alone
"""It is written by the server alone, and its commits are counted here."""


async def entries(lab: Lab, key: str = TOKEN, **query: Any) -> list[dict[str, Any]]:
    answer = await lab.get("/audit-log", key, **query)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["entries"]
    return found


async def test_a_change_is_noted_with_who_what_and_what_came_of_it(lab: Lab) -> None:
    key, text = await lab.keys.add(DEFAULT_ORGANIZATION_ID, "nightly", ["operate"])

    made = await lab.post("/id-tags", {"idTag": "AABB"}, text)

    assert made.status_code == 201, made.text
    (entry,) = await entries(lab)
    assert entry.pop("id").startswith("aud_")
    assert entry == {
        "at": "2026-02-10T14:00:00.000Z",
        "keyId": key.id,
        "keyName": "nightly",
        "address": "127.0.0.1",
        "requestId": made.headers["X-Request-Id"],
        "method": "POST",
        "route": "/api/v1/id-tags",
        "object": made.json().get("id", "AABB"),
        "status": 201,
        "code": None,
        "arguments": {"body": {"idTag": "AABB"}},
    }


async def test_what_fails_is_noted_with_its_code_and_what_is_refused_is_not(lab: Lab) -> None:
    _, reader = await lab.keys.add(DEFAULT_ORGANIZATION_ID, "reader", ["read"])

    await lab.post("/id-tags", {"idTag": "AABB"}, reader)
    await lab.post("/id-tags", {"idTag": "AABB"}, "no such key")
    await lab.get("/id-tags")
    await lab.delete("/webhooks/wh_none")

    (entry,) = await entries(lab)
    assert (entry["status"], entry["code"]) == (404, "NOT_FOUND")
    assert (entry["object"], entry["route"]) == ("wh_none", "/api/v1/webhooks/{webhookId}")


async def test_arguments_hold_no_secrets(lab: Lab) -> None:
    secret = "Qs3cr3tQ-long-enough"
    await lab.post("/chargers", {"chargeBoxId": "C1", "password": secret, "securityProfile": 1})
    await lab.patch("/settings", {"authorizationUrl": f"https://h.example/?token={secret}"})
    await lab.post("/webhooks", {"url": "https://h.example/", "events": ["*"], "secret": secret})

    found = await entries(lab)

    assert len(found) == 3
    assert secret not in json.dumps(found)
    assert found[-1]["arguments"]["body"]["password"] == "***"


async def test_long_bodies_are_noted_by_their_length(lab: Lab) -> None:
    body = {"idTag": "x" * limits.AUDITED_BODY_BYTES}
    await lab.post("/id-tags", body)
    await lab.client.post("/api/v1/id-tags", content=b"\xff", headers={"X-API-Key": TOKEN})

    broken, long = await entries(lab)

    assert broken["arguments"] == {"bodyBytes": 1}
    assert long["arguments"].keys() == {"bodyBytes"}


async def test_another_organization_is_told_nothing_and_has_its_own(lab: Lab) -> None:
    other = await lab.keys.add_organization("other")
    _, theirs = await lab.keys.add(other.id, "theirs", ["admin"])
    await lab.post("/id-tags", {"idTag": "OURS"})
    await lab.post("/id-tags", {"idTag": "THEIRS"}, theirs)

    assert [one["keyName"] for one in await entries(lab)] == ["first"]
    assert [one["keyName"] for one in await entries(lab, theirs)] == ["theirs"]
    asked = await lab.client.get(
        "/api/v1/audit-log", params={"key": "key_first"}, headers={"X-API-Key": theirs}
    )
    assert asked.json()["entries"] == []
    export = await lab.get("/audit-log/export", theirs)
    assert "OURS" not in export.text and "THEIRS" in export.text


@pytest.mark.parametrize("scope", ["read", "operate"])
async def test_only_admins_read_it(lab: Lab, scope: str) -> None:
    _, text = await lab.keys.add(DEFAULT_ORGANIZATION_ID, "one", [scope])

    for path in ("/audit-log", "/audit-log/export"):
        assert (await lab.get(path, text)).status_code == 403


async def test_entries_are_found_by_key_method_object_answer_and_time(lab: Lab) -> None:
    await lab.post("/id-tags", {"idTag": "AABB"})
    lab.now += 60
    await lab.delete("/id-tags/AABB")
    await lab.delete("/id-tags/AABB")

    async def found(**query: Any) -> list[int]:
        answer = await lab.client.get(
            "/api/v1/audit-log", params=query, headers={"X-API-Key": TOKEN}
        )
        return [one["status"] for one in answer.json()["entries"]]

    assert await found() == [404, 200, 201]
    assert await found(method="DELETE") == [404, 200]
    assert await found(status=404) == [404]
    assert await found(object="AABB", method="DELETE", status=200) == [200]
    assert await found(key="key_first", limit=1) == [404]
    assert await found(key="key_none") == []
    assert len(await found(limit=1, offset=2)) == 1


async def test_the_export_has_every_entry_oldest_first(lab: Lab) -> None:
    for number in range(5):
        await lab.post("/id-tags", {"idTag": f"TAG{number}"})

    answer = await lab.get("/audit-log/export")

    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert [one["arguments"]["body"]["idTag"] for one in lines] == [f"TAG{n}" for n in range(5)]
    assert answer.headers["content-type"].startswith("application/x-ndjson")


async def test_a_change_that_cannot_be_noted_is_not_answered_as_done(lab: Lab) -> None:
    class Full:
        has_changed = False

        def begin(self, entry: Callable[[], AuditEntry]) -> "Full":
            return self

        async def end(self, entry: AuditEntry) -> None:
            raise Unavailable("the database cannot be written")

        def drop(self) -> None:
            """There is nothing."""

    app: Any = lab.client._transport.app  # type: ignore[attr-defined]
    app.state.audit_log.behind = Full()

    answer = await lab.post("/id-tags", {"idTag": "AABB"})

    assert answer.status_code == 503
    assert answer.json()["error"]["code"] == "SERVICE_UNAVAILABLE"


async def test_a_key_is_good_only_from_its_addresses(lab: Lab) -> None:
    made = await lab.post(
        "/auth/api-keys",
        {"name": "far", "scopes": ["read"], "addresses": ["192.0.2.0/24", "2001:db8::/32"]},
    )
    text = made.json()["key"]
    near = await lab.post(
        "/auth/api-keys", {"name": "near", "scopes": ["read"], "addresses": ["127.0.0.0/8"]}
    )

    refused = await lab.get("/chargers", text)
    unknown = await lab.get("/chargers", "vy_unknown")

    assert refused.status_code == 401
    assert refused.json()["error"]["message"] == unknown.json()["error"]["message"]
    assert (await lab.get("/chargers", near.json()["key"])).status_code == 200
    changed = await lab.patch(f"/auth/api-keys/{made.json()['id']}", {"addresses": []})
    assert changed.json()["addresses"] == []
    assert (await lab.get("/chargers", text)).status_code == 200


@pytest.mark.parametrize("address", ["nowhere", "192.0.2.0/33", "", "*"])
async def test_what_is_no_address_is_refused(lab: Lab, address: str) -> None:
    body = {"name": "n", "scopes": ["read"], "addresses": [address]}

    answer = await lab.post("/auth/api-keys", body)

    assert answer.status_code == 400
    assert len((await lab.get("/auth/api-keys")).json()["apiKeys"]) == 1


async def test_uses_of_a_key_are_counted_and_written_once_a_minute(lab: Lab) -> None:
    key, text = await lab.keys.add(DEFAULT_ORGANIZATION_ID, "one", ["read"])
    commits = lab.database.writer.commits
    for _ in range(50):
        assert (await lab.get("/chargers", text)).status_code == 200
    await lab.database.writer.flush()

    shown = (await lab.get(f"/auth/api-keys/{key.id}")).json()
    assert (shown["uses"], shown["lastUsedFrom"]) == (50, "127.0.0.1")
    assert shown["lastUsed"] == "2026-02-10T14:00:00.000Z"
    assert lab.database.writer.commits - commits <= 3

    lab.keys.write_uses()
    await lab.database.writer.flush()
    again = await type(lab.keys).load(lab.keys._store, lambda: START)
    assert again.key(key.id).uses == 50
    assert again.key(key.id).last_used_from == "127.0.0.1"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/id-tags", {"idTag": "AABB"}),
        ("/chargers", {"chargeBoxId": "C1"}),
        ("/organizations", {"name": "other"}),
        ("/auth/api-keys", {"name": "another"}),
        ("/webhooks", {"url": "https://h.example/", "events": ["*"]}),
    ],
)
async def test_a_change_and_its_entry_are_one_commit(lab: Lab, path: str, body: Any) -> None:
    await lab.database.writer.flush()
    before = lab.database.writer.commits

    made = await lab.post(path, body)
    commits = lab.database.writer.commits - before

    assert made.status_code == 201, made.text
    assert commits == 1
    (entry,) = await entries(lab)
    assert (entry["status"], entry["route"]) == (201, f"/api/v1{path}")
    assert entry["object"]
