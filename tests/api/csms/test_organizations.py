"""Keys and organizations over REST: made, read, changed, rotated, revoked."""

import asyncio
from typing import Any

import httpx
import pytest

from tests.api.bench import BOX, START, TOKEN, Lab
from voltyard.kernel import limits
from voltyard.organizations.key_cache import Keys
from voltyard.organizations.keys import hashed
from voltyard.organizations.organization import DEFAULT_ORGANIZATION_ID
from voltyard.storage import organizations
from voltyard.storage.organizations import StoredKeys


async def made_key(lab: Lab, **said: Any) -> tuple[str, str]:
    """A new key's id and its text."""
    answer = await lab.post("/auth/api-keys", {"name": "nightly", "scopes": ["operate"], **said})
    assert answer.status_code == 201, answer.text
    return answer.json()["id"], answer.json()["key"]


async def opens(lab: Lab, text: str) -> bool:
    answer = await lab.get("/chargers", key=text)
    assert answer.status_code in (200, 401)
    return answer.status_code == 200


async def whole(lab: Lab) -> Any:
    listed = (await lab.get("/auth/api-keys")).json()["apiKeys"]
    return [{**one, "lastUsed": None, "lastUsedFrom": None, "uses": 0} for one in listed]


async def known_after_a_restart(lab: Lab) -> list[str]:
    keys = await Keys.load(StoredKeys(lab.database), lambda: lab.now)
    return [key.hash for key in keys.keys(DEFAULT_ORGANIZATION_ID)]


async def test_a_key_is_shown_once_and_listed_without_its_text(lab: Lab) -> None:
    lab.now += 1
    made = await lab.post(
        "/auth/api-keys",
        {"name": "nightly", "scopes": ["read", "read"], "expiresAt": "2026-02-11T14:00:00+01:00"},
    )

    body = made.json()
    text = body.pop("key")
    listed = (await lab.get("/auth/api-keys")).json()
    assert made.status_code == 201
    assert (await lab.get("/chargers", key=text)).status_code == 200
    assert text.startswith(body["prefix"]) and body["scopes"] == ["read"]
    assert body["expiresAt"] == "2026-02-11T13:00:00.000Z"
    assert body["organizationId"] == DEFAULT_ORGANIZATION_ID
    assert [one["name"] for one in listed["apiKeys"]] == ["first", "nightly"]
    assert text not in str(listed)
    assert listed["pagination"]["total"] == 2

    revoked = await lab.delete(f"/auth/api-keys/{body['id']}")

    assert revoked.status_code == 200
    assert (await lab.get("/chargers", key=text)).status_code == 401
    assert (await lab.delete(f"/auth/api-keys/{body['id']}")).status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": ""},
        {"name": "x", "scopes": []},
        {"name": "x", "scopes": ["root"]},
        {"name": "x", "expiresAt": "soon"},
    ],
)
async def test_a_key_that_cannot_be_is_not_made(lab: Lab, body: dict[str, Any]) -> None:
    assert (await lab.post("/auth/api-keys", body)).status_code == 400
    assert len((await lab.get("/auth/api-keys")).json()["apiKeys"]) == 1


async def test_a_key_is_read_by_its_id_without_its_text(lab: Lab) -> None:
    key_id, text = await made_key(lab, expiresAt="2026-03-01T00:00:00Z")

    one = await lab.get(f"/auth/api-keys/{key_id}")

    assert one.json() in (await lab.get("/auth/api-keys")).json()["apiKeys"]
    assert one.json()["expiresAt"] == "2026-03-01T00:00:00.000Z"
    assert text not in one.text and "key" not in one.json()


async def test_what_is_stored_of_a_key_opens_nothing(lab: Lab) -> None:
    _, text = await made_key(lab)

    rows = await lab.database.read(organizations.all_keys)

    assert hashed(text) in {row.hash for row in rows}
    assert text not in repr(rows)


async def test_only_what_is_said_of_a_key_changes_and_at_once(lab: Lab) -> None:
    key_id, text = await made_key(lab, expiresAt="2026-03-01T00:00:00Z")
    before = (await lab.get(f"/auth/api-keys/{key_id}")).json()

    renamed = (await lab.patch(f"/auth/api-keys/{key_id}", {"name": "weekly"})).json()
    reader = await lab.patch(f"/auth/api-keys/{key_id}", {"scopes": ["read", "read"]})
    registered = await lab.post("/chargers", {"chargeBoxId": BOX}, key=text)
    lasting = (await lab.patch(f"/auth/api-keys/{key_id}", {"expiresAt": None})).json()

    assert renamed == {**before, "name": "weekly"}
    assert reader.json()["scopes"] == ["read"]
    assert registered.status_code == 403
    assert lasting == {**before, "name": "weekly", "scopes": ["read"], "expiresAt": None} | {
        name: lasting[name] for name in ("lastUsed", "lastUsedFrom", "uses")
    }
    (stored,) = [one for one in await lab.database.read(organizations.all_keys) if one.id == key_id]
    assert (stored.name, stored.scopes, stored.expires_at) == ("weekly", ("read",), None)


async def test_a_key_that_is_to_expire_does(lab: Lab) -> None:
    key_id, text = await made_key(lab)
    await lab.patch(f"/auth/api-keys/{key_id}", {"expiresAt": "2026-03-01T00:00:00Z"})

    assert await opens(lab, text)
    lab.now += 365 * 86_400.0
    assert not await opens(lab, text)


async def test_a_key_whose_end_is_past_opens_nothing(lab: Lab) -> None:
    key_id, text = await made_key(lab)

    await lab.patch(f"/auth/api-keys/{key_id}", {"expiresAt": "2020-01-01T00:00:00Z"})

    assert not await opens(lab, text)


async def test_a_rotated_key_has_another_text_and_the_former_opens_nothing(lab: Lab) -> None:
    key_id, former = await made_key(lab)

    rotated = await lab.post(f"/auth/api-keys/{key_id}/rotate")

    body = rotated.json()
    assert rotated.status_code == 200 and body["id"] == key_id and body["former"] is None
    assert body["key"] != former and body["key"].startswith(body["prefix"])
    assert await opens(lab, body["key"])
    assert not await opens(lab, former)
    kept = await known_after_a_restart(lab)
    assert hashed(body["key"]) in kept and hashed(former) not in kept


async def test_a_former_text_may_be_good_for_a_while(lab: Lab) -> None:
    key_id, former = await made_key(lab)

    body = (await lab.post(f"/auth/api-keys/{key_id}/rotate", {"overlapSeconds": 60})).json()

    assert body["former"]["id"] != key_id
    assert body["former"] in await whole(lab)
    assert {hashed(former), hashed(body["key"])} <= set(await known_after_a_restart(lab))
    assert await opens(lab, former) and await opens(lab, body["key"])
    lab.now += 61
    assert not await opens(lab, former) and await opens(lab, body["key"])


async def test_a_former_text_can_be_revoked_before_its_time(lab: Lab) -> None:
    key_id, former = await made_key(lab)
    body = (await lab.post(f"/auth/api-keys/{key_id}/rotate", {"overlapSeconds": 60})).json()

    await lab.delete(f"/auth/api-keys/{body['former']['id']}")

    assert not await opens(lab, former) and await opens(lab, body["key"])


async def test_a_former_text_is_not_good_for_longer_than_it_was(lab: Lab) -> None:
    key_id, _ = await made_key(lab, expiresAt="2026-02-10T14:00:30Z")
    lab.now = START
    body = (await lab.post(f"/auth/api-keys/{key_id}/rotate", {"overlapSeconds": 86_400})).json()

    assert body["former"]["expiresAt"] == body["expiresAt"] == "2026-02-10T14:00:30.000Z"


@pytest.mark.parametrize("seconds", [-1, limits.KEY_OVERLAP_S + 1, 1.5, "60", None])
async def test_an_overlap_that_cannot_be_is_refused(lab: Lab, seconds: Any) -> None:
    key_id, text = await made_key(lab)

    refused = await lab.post(f"/auth/api-keys/{key_id}/rotate", {"overlapSeconds": seconds})

    assert refused.status_code == 400
    assert refused.json()["error"]["details"][0]["field"] == "overlapSeconds"
    assert await opens(lab, text)


async def test_a_key_rotated_while_it_is_revoked_does_not_live_on(lab: Lab) -> None:
    key_id, former = await made_key(lab)

    rotated, revoked = await asyncio.gather(
        lab.post(f"/auth/api-keys/{key_id}/rotate"), lab.delete(f"/auth/api-keys/{key_id}")
    )

    assert revoked.status_code == 200
    texts = [former, *([rotated.json()["key"]] if rotated.is_success else [])]
    assert not any([await opens(lab, text) for text in texts])
    assert len(await known_after_a_restart(lab)) == 1


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "", None),
        ("PATCH", "", {"name": "x"}),
        ("POST", "/rotate", {}),
        ("DELETE", "", None),
    ],
)
async def test_of_a_key_that_is_not_there_nothing_comes(
    lab: Lab, method: str, path: str, body: Any
) -> None:
    headers = {"X-API-Key": TOKEN}
    url = f"/api/v1/auth/api-keys/key_nobodys{path}"

    answer = await lab.client.request(method, url, json=body, headers=headers)

    assert answer.status_code == 404


@pytest.mark.parametrize(("method", "path"), [("PATCH", ""), ("POST", "/rotate"), ("DELETE", "")])
async def test_the_first_key_is_the_servers_own(lab: Lab, method: str, path: str) -> None:
    before = await whole(lab)
    headers = {"X-API-Key": TOKEN}
    url = f"/api/v1/auth/api-keys/key_first{path}"

    body = None if method == "DELETE" else {}
    answer: httpx.Response = await lab.client.request(method, url, json=body, headers=headers)

    assert answer.status_code == 409
    assert "VOLTYARD_TOKEN" in answer.json()["error"]["message"]
    assert await whole(lab) == before


async def test_an_organization_has_no_more_keys_than_the_bound(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "ORGANIZATION_KEYS", 2)
    key_id, text = await made_key(lab)
    before = await whole(lab)

    made = await lab.post("/auth/api-keys", {"name": "one too many"})
    overlapping = await lab.post(f"/auth/api-keys/{key_id}/rotate", {"overlapSeconds": 60})

    assert (made.status_code, overlapping.status_code) == (409, 409)
    assert await whole(lab) == before and await opens(lab, text)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": None}, "name"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["root"]}, "scopes.0"),
        ({"expiresAt": "soon"}, "expiresAt"),
        ({"organizationId": "org_other"}, "organizationId"),
        ({"key": "vy_mine"}, "key"),
    ],
)
async def test_a_change_of_a_key_that_cannot_be_changes_nothing(
    lab: Lab, body: dict[str, Any], field: str
) -> None:
    key_id, text = await made_key(lab)
    before = await whole(lab)

    refused = await lab.patch(f"/auth/api-keys/{key_id}", body)

    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "VALIDATION_ERROR")
    assert refused.json()["error"]["details"][0]["field"] == field
    assert await whole(lab) == before and await opens(lab, text)


async def test_an_organization_is_made_and_deleted_with_its_keys(lab: Lab) -> None:
    made = await lab.post("/organizations", {"name": "other"})
    organization = made.json()
    key = await lab.post(
        "/auth/api-keys",
        {"name": "theirs", "scopes": ["operate"], "organizationId": organization["id"]},
    )
    theirs = key.json()["key"]
    await lab.post("/chargers", {"chargeBoxId": BOX}, key=theirs)

    again = await lab.post("/organizations", {"name": "other"})
    refused = await lab.delete(f"/organizations/{organization['id']}")
    await lab.delete(f"/chargers/{BOX}", key=theirs)
    deleted = await lab.delete(f"/organizations/{organization['id']}")

    assert made.status_code == 201 and organization["id"].startswith("org_")
    assert (again.status_code, refused.status_code, deleted.status_code) == (409, 409, 200)
    assert (await lab.get("/chargers", key=theirs)).status_code == 401
    assert (await lab.get(f"/organizations/{organization['id']}")).status_code == 404
    names = [one["name"] for one in (await lab.get("/organizations")).json()["organizations"]]
    assert names == ["default"]


async def test_an_admin_acts_for_the_organization_that_is_named_and_nobody_else_does(
    lab: Lab,
) -> None:
    other = await lab.keys.add_organization("other")
    _, theirs = await lab.keys.add(other.id, "theirs", ["operate"])
    await lab.post("/chargers", {"chargeBoxId": BOX})

    async def send(method: str, key: str, organization: str) -> httpx.Response:
        headers = {"X-API-Key": key, "X-Organization-Id": organization}
        body = {"chargeBoxId": BOX} if method == "POST" else None
        return await lab.client.request(method, "/api/v1/chargers", json=body, headers=headers)

    made = await send("POST", TOKEN, other.id)
    again = await send("POST", TOKEN, "other")

    assert (made.status_code, again.status_code) == (201, 409)
    assert (await lab.get("/chargers", key=theirs)).json()["chargers"][0]["id"] == made.json()["id"]
    for key, organization in ((theirs, "default"), (theirs, "nobody"), (TOKEN, "nobody")):
        refused = await send("GET", key, organization)
        assert (refused.status_code, refused.json()["error"]["code"]) == (403, "FORBIDDEN")


async def test_the_default_organization_stays(lab: Lab) -> None:
    response = await lab.delete(f"/organizations/{DEFAULT_ORGANIZATION_ID}")

    assert response.status_code == 409
    one = await lab.get(f"/organizations/{DEFAULT_ORGANIZATION_ID}")
    assert one.json()["name"] == "default"


async def test_of_an_organization_only_what_is_said_changes(lab: Lab) -> None:
    made = (await lab.post("/organizations", {"name": "north"})).json()
    path = f"/organizations/{made['id']}"

    allowed = await lab.patch(path, {"egressNetworks": ["10.20.0.0/16", "10.20.0.0/16"]})
    named = await lab.patch(path, {"name": "south"})

    assert allowed.json() == {**made, "egressNetworks": ["10.20.0.0/16"]}
    assert named.json() == {**allowed.json(), "name": "south"}
    assert (await lab.get(path)).json() == named.json()


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"egressNetworks": ["10.0.0.0/33"]}, 400),
        ({"egressNetworks": ["example.com"]}, 400),
        ({"egressNetworks": None}, 400),
        ({"name": ""}, 400),
        ({"name": "default"}, 409),
        ({"createdAt": 1}, 400),
    ],
)
async def test_a_change_of_an_organization_that_cannot_be_changes_nothing(
    lab: Lab, body: dict[str, Any], status: int
) -> None:
    made = (await lab.post("/organizations", {"name": "north"})).json()
    path = f"/organizations/{made['id']}"

    assert (await lab.patch(path, body)).status_code == status
    assert (await lab.get(path)).json() == made
    assert (await lab.patch("/organizations/org_default", {"name": "x"})).status_code == 409
    networks = {"egressNetworks": ["10.0.0.0/8"]}
    assert (await lab.patch("/organizations/org_default", networks)).status_code == 409
