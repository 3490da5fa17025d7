"""Somebody else's decision about tags: asked in time, answered strictly, and what counts if not."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest

from tests.csms.bench import ORG, ZULU, Yard
from voltyard.csms.authorization.id_tag_service import IdTagChange
from voltyard.events.webhook_signatures import signed_headers
from voltyard.kernel import limits
from voltyard.kernel.errors import Invalid
from voltyard.ports.http import PostFailed, PostResponse

URL = "https://hooks.example.com/authorize"
SECRET = "whsec_" + "QUJD" * 8
START_16 = {"connectorId": 1, "idTag": "TAG", "meterStart": 0, "timestamp": ZULU}


class Hook:
    """Stands in for HTTP: keeps what is posted, and answers when and what it is told."""

    def __init__(self) -> None:
        self.posted: list[tuple[str, Mapping[str, str], bytes]] = []
        self.reply: Any = PostResponse(200, b'{"status":"Accepted"}')
        self.open = asyncio.Event()
        self.open.set()
        self.at_once = 0
        self.most_at_once = 0

    def check(self, organization_id: str, url: str) -> None:
        if "10.0.0.1" in url:
            raise Invalid("the target is not a public address", url=url)

    async def post(
        self,
        organization_id: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes,
        timeout_s: float,
    ) -> PostResponse:
        self.posted.append((url, headers, body))
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await self.open.wait()
        finally:
            self.at_once -= 1
        if isinstance(self.reply, Exception):
            raise self.reply
        found: PostResponse = self.reply
        return found

    async def close(self) -> None:
        """Nothing is open."""

    def says(self, **answer: Any) -> None:
        self.reply = PostResponse(200, json.dumps(answer).encode())


@pytest.fixture
async def hook() -> Hook:
    return Hook()


@pytest.fixture
async def yard(hook: Hook) -> AsyncIterator[Yard]:
    """A backend whose default organization has the hook."""
    yard = Yard(poster=hook)
    await yard.backend.change_settings(ORG, authorization_url=URL, authorization_secret=SECRET)
    yield yard
    await yard.backend.close()
    assert not yard.complaints


async def authorized(peer: Any, id_tag: str = "TAG") -> Any:
    id = peer.call("Authorize", {"idTag": id_tag})
    async with asyncio.timeout(120):
        while not peer.answers(id):
            await peer.yard.settle()
    kind, _, payload = peer.answers(id)[0]
    assert kind == 3
    return payload["idTagInfo"]


async def test_the_question_is_signed_and_says_who_asks_about_whom(yard: Yard, hook: Hook) -> None:
    peer = await yard.booted()

    await authorized(peer)

    ((url, headers, body),) = hook.posted
    asked = json.loads(body)
    assert url == URL
    assert asked == {
        "id": headers["webhook-id"],
        "event": "authorization.requested",
        "timestamp": "2026-09-21T14:13:20.000Z",
        "data": {"chargeBoxId": "CP1", "idTag": "TAG", "idTagType": None},
    }
    assert headers["Content-Type"] == "application/json"
    expected = signed_headers((SECRET,), asked["id"], yard.clock.now, body)
    assert {name: headers[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("answer", "info_16", "status_201"),
    [
        ({"status": "Accepted"}, {"status": "Accepted"}, "Accepted"),
        ({"status": "Blocked"}, {"status": "Blocked"}, "Blocked"),
        ({"status": "ConcurrentTx"}, {"status": "ConcurrentTx"}, "ConcurrentTx"),
        ({"status": "Invalid"}, {"status": "Invalid"}, "Unknown"),
        ({"status": "Unknown"}, {"status": "Invalid"}, "Unknown"),
        ({"status": "NotAtThisLocation"}, {"status": "Invalid"}, "NotAtThisLocation"),
        (
            {"status": "Expired", "expiryDate": "2026-09-21T14:00:00Z", "parentIdTag": "FAMILY"},
            {"status": "Expired", "expiryDate": "2026-09-21T14:00:00Z", "parentIdTag": "FAMILY"},
            "Expired",
        ),
    ],
)
async def test_its_verdict_is_said_in_each_versions_words(
    yard: Yard, hook: Hook, answer: Any, info_16: Any, status_201: str
) -> None:
    hook.says(**answer)
    old = await yard.booted("OLD")
    new = await yard.booted("NEW", "ocpp2.0.1")

    assert await authorized(old) == info_16
    said = await new.say("Authorize", {"idToken": {"idToken": "TAG", "type": "ISO14443"}})
    assert said["idTokenInfo"]["status"] == status_201
    assert json.loads(hook.posted[1][2])["data"]["idTagType"] == "ISO14443"
    assert [event.data()["decidedBy"] for event in yard.heard("authorize")] == ["hook", "hook"]


NO_VERDICTS = [
    PostFailed("refused"),
    Invalid("no URL"),
    PostResponse(500, b'{"status":"Accepted"}'),
    PostResponse(201, b'{"status":"Accepted"}'),
    PostResponse(302, b""),
    PostResponse(200, b'{"status":"Accepted"}', is_whole=False),
    PostResponse(200, b""),
    PostResponse(200, b"[]"),
    PostResponse(200, b'{"status":"accepted"}'),
    PostResponse(200, b'{"status":"Accepted","expirydate":"2026-09-21T14:00:00Z"}'),
    PostResponse(200, b'{"status":"Accepted","expiryDate":"tomorrow"}'),
    PostResponse(200, b'{"status":"Accepted","expiryDate":"2026-09-21T14:00:00"}'),
    PostResponse(200, b'{"status":"Accepted","expiryDate":"9999-12-31T23:59:59-14:00"}'),
    PostResponse(200, b'{"status":"Accepted","parentIdTag":"' + b"A" * 37 + b'"}'),
    PostResponse(200, b'{"status":"Accepted","parentIdTag":""}'),
    PostResponse(200, b"[" * 16_000),
    PostResponse(200, b"\xff"),
]


@pytest.mark.parametrize("reply", NO_VERDICTS, ids=str)
async def test_whatever_is_no_verdict_leaves_it_to_the_fallback(
    yard: Yard, hook: Hook, reply: Any
) -> None:
    hook.reply = reply
    await yard.backend.change_settings(ORG, authorization_fallback="reject")
    peer = await yard.booted()

    assert await authorized(peer) == {"status": "Invalid"}
    assert [event.by for event in yard.heard("authorize")] == ["fallback"]


@pytest.mark.parametrize(
    ("fallback", "known", "stranger"),
    [
        ("accept", "Accepted", "Accepted"),
        ("reject", "Invalid", "Invalid"),
        ("tags", "Blocked", "Invalid"),
    ],
)
async def test_the_fallback_is_as_set(
    yard: Yard, hook: Hook, fallback: str, known: str, stranger: str
) -> None:
    hook.reply = PostFailed("refused")
    await yard.backend.change_settings(ORG, authorization_fallback=fallback)
    await yard.backend.id_tags.add(ORG, "KNOWN", IdTagChange(status="blocked"))
    peer = await yard.booted()

    assert (await authorized(peer, "KNOWN"))["status"] == known
    assert (await authorized(peer, "STRANGER"))["status"] == stranger
    assert [event.by for event in yard.heard("authorize")] == ["fallback", "fallback"]


async def test_a_hook_that_takes_too_long_leaves_it_to_the_fallback(yard: Yard, hook: Hook) -> None:
    hook.open.clear()
    await yard.backend.change_settings(
        ORG, authorization_timeout_s=0.1, authorization_fallback="accept"
    )
    peer = await yard.booted()

    assert await authorized(peer) == {"status": "Accepted"}


async def test_while_it_thinks_nobody_else_waits(yard: Yard, hook: Hook) -> None:
    hook.open.clear()
    peer = await yard.booted()
    other = await yard.booted("CP2")
    asking = peer.call("Authorize", {"idTag": "TAG"})
    starting = peer.call("StartTransaction", START_16)

    assert (await peer.ask("Heartbeat", {}))[0] == 3
    assert (await other.ask("Heartbeat", {}))[0] == 3
    assert peer.answers(asking) == peer.answers(starting) == []

    hook.says(status="Blocked")
    hook.open.set()
    while not peer.answers(starting):
        await yard.settle()
    assert peer.answers(starting)[0][2] == {
        "idTagInfo": {"status": "Blocked"},
        "transactionId": 1,
    }


async def test_a_stop_is_taken_whatever_the_hook_thinks(yard: Yard, hook: Hook) -> None:
    peer = await yard.booted()
    await peer.say("StartTransaction", START_16)
    hook.reply = PostFailed("refused")
    await yard.backend.change_settings(ORG, authorization_fallback="reject")

    stopped = await peer.say(
        "StopTransaction",
        {"transactionId": 1, "meterStop": 1, "timestamp": ZULU, "idTag": "STRANGER"},
    )

    assert stopped == {"idTagInfo": {"status": "Invalid"}}
    assert yard.backend.transaction(ORG, "1").status == "completed"


async def test_it_is_asked_so_many_questions_at_once(yard: Yard, hook: Hook) -> None:
    hook.open.clear()
    peers = [await yard.booted(f"CP{n}") for n in range(3)]
    calls = [
        (peer, peer.call("Authorize", {"idTag": f"TAG{n}"})) for peer in peers for n in range(40)
    ]
    await yard.settle()
    assert len(hook.posted) == hook.at_once == limits.AUTHORIZATIONS_AT_ONCE

    hook.open.set()
    while not all(peer.answers(id) for peer, id in calls):
        await yard.settle()

    assert len(hook.posted) == len(calls)
    assert hook.most_at_once == limits.AUTHORIZATIONS_AT_ONCE


async def test_beyond_so_many_the_fallback_decides_at_once(
    yard: Yard, hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "AUTHORIZATIONS_WAITING", 2)
    hook.open.clear()
    await yard.backend.change_settings(ORG, authorization_fallback="accept")
    peer = await yard.booted()
    waiting = [peer.call("Authorize", {"idTag": "TAG"}) for _ in range(2)]

    assert await authorized(peer, "THIRD") == {"status": "Accepted"}

    assert [peer.answers(id) for id in waiting] == [[], []]
    hook.open.set()


async def test_no_authorization_and_other_organizations_are_not_its_concern(
    yard: Yard, hook: Hook
) -> None:
    peer = await yard.booted(subprotocol="ocpp2.0.1")
    await yard.register("CP9", "org_other")
    theirs = yard.connect("org_other/CP9")
    await theirs.boot()

    token = {"idToken": "", "type": "NoAuthorization"}
    answer = await peer.say("Authorize", {"idToken": token})

    assert answer["idTokenInfo"]["status"] == "Accepted"
    assert await authorized(theirs) == {"status": "Accepted"}
    assert hook.posted == []


async def test_a_target_that_must_not_be_asked_is_no_setting(yard: Yard) -> None:
    with pytest.raises(Invalid) as caught:
        await yard.backend.change_settings(ORG, authorization_url="http://10.0.0.1/")

    assert caught.value.details == {"field": "authorizationUrl"}
    assert yard.backend.settings(ORG).authorization_url == URL


async def test_without_a_poster_there_is_no_hook() -> None:
    yard = Yard()

    with pytest.raises(Invalid):
        await yard.backend.change_settings(ORG, authorization_url=URL)


async def test_a_hook_without_a_secret_is_given_one(hook: Hook) -> None:
    yard = Yard(poster=hook)

    row = await yard.backend.change_settings(ORG, authorization_url=URL)
    again = await yard.backend.change_settings(ORG, authorization_timeout_s=1.0)
    new = await yard.backend.change_settings(ORG, authorization_secret=None)

    assert row.authorization_secret is not None
    assert row.authorization_secret == again.authorization_secret != new.authorization_secret
    assert new.authorization_secret is not None
    assert yard.restarted().backend.settings(ORG) == new
