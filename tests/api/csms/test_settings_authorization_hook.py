"""The authorization hook, as an organization sets it, and over real HTTP."""

import json
from typing import Any

import pytest

from tests.api.bench import Lab
from voltyard.events.webhook_signatures import signed_headers
from voltyard.testing.http_receiver import ReceivedPost, Receiver

SECRET = "whsec_" + "QUJD" * 8


def answering(**verdict: Any) -> Any:
    body = json.dumps(verdict)
    text = f"HTTP/1.1 200 OK\r\ncontent-length: {len(body)}\r\n\r\n{body}"
    return lambda request: text


async def test_without_a_hook_the_settings_say_so(lab: Lab) -> None:
    settings = (await lab.get("/settings")).json()

    assert settings["authorizationUrl"] is None
    assert (settings["authorizationTimeout"], settings["authorizationFallback"]) == (3, "tags")
    assert settings["hasAuthorizationSecret"] is False
    assert "authorizationSecret" not in settings


async def test_a_secret_is_made_and_shown_once(lab: Lab) -> None:
    url = "http://127.0.0.1:9/hook"

    first = (await lab.patch("/settings", {"authorizationUrl": url})).json()
    second = (await lab.patch("/settings", {"authorizationFallback": "accept"})).json()
    read = (await lab.get("/settings")).json()
    new = (await lab.patch("/settings", {"authorizationSecret": None})).json()
    given = (await lab.patch("/settings", {"authorizationSecret": SECRET})).json()

    assert first["authorizationUrl"] == url
    assert first["authorizationSecret"].startswith("whsec_")
    assert new["authorizationSecret"] not in (first["authorizationSecret"], None)
    for answer in (second, read, given):
        assert answer["hasAuthorizationSecret"] is True
        assert "authorizationSecret" not in answer
    kept = lab.backend.settings("org_default").authorization_secret
    assert kept == SECRET


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("authorizationUrl", "ftp://hooks.example.com/"),
        ("authorizationUrl", "hooks"),
        ("authorizationUrl", "http://ada:secret@127.0.0.1/"),
        ("authorizationTimeout", 0),
        ("authorizationTimeout", 21),
        ("authorizationFallback", "maybe"),
        ("authorizationSecret", "secret"),
        ("authorizationSecret", "whsec_QUJD"),
    ],
)
async def test_a_setting_at_fault_is_named(lab: Lab, name: str, value: Any) -> None:
    response = await lab.patch("/settings", {name: value})

    assert response.status_code == 400
    assert response.json()["error"]["details"][0]["field"] == name
    assert (await lab.get("/settings")).json()["authorizationUrl"] is None


async def test_the_hook_decides_over_http_and_can_check_who_asks(lab: Lab) -> None:
    charger = await lab.connect("1.6")
    async with Receiver(answering(status="Blocked", parentIdTag="FAMILY")) as receiver:
        set_to = {"authorizationUrl": receiver.url, "authorizationSecret": SECRET}
        await lab.patch("/settings", set_to)

        answer = await lab.call(charger, "Authorize", {"idTag": "DEADBEEF"})

        (request,) = receiver.requests
    assert answer["idTagInfo"] == {"status": "Blocked", "parentIdTag": "FAMILY"}
    assert request.json()["data"]["idTag"] == "DEADBEEF"
    check(request)


def check(request: ReceivedPost) -> None:
    """As a receiver does."""
    sent = {name: text for name, text in request.headers.items() if name.startswith("webhook-")}
    at = float(sent["webhook-timestamp"])
    assert sent == signed_headers((SECRET,), sent["webhook-id"], at, request.body)


async def test_redirects_are_not_followed(lab: Lab) -> None:
    charger = await lab.connect("1.6")
    async with Receiver(answering(status="Accepted")) as elsewhere:
        moved = f"HTTP/1.1 307 Moved\r\nlocation: {elsewhere.url}\r\ncontent-length: 0\r\n\r\n"
        async with Receiver(lambda request: moved) as receiver:
            set_to = {"authorizationUrl": receiver.url, "authorizationFallback": "reject"}
            await lab.patch("/settings", set_to)

            answer = await lab.call(charger, "Authorize", {"idTag": "DEADBEEF"})

    assert answer["idTagInfo"] == {"status": "Invalid"}
    assert elsewhere.requests == []


async def test_a_tenants_hook_is_not_at_a_private_target(lab: Lab) -> None:
    other = await lab.keys.add_organization("other")
    _, theirs = await lab.keys.add(other.id, "theirs", ["operate"])

    refused = await lab.patch("/settings", {"authorizationUrl": "http://[fec0::1]/"}, key=theirs)

    assert refused.status_code == 400
    assert refused.json()["error"]["details"][0]["field"] == "authorizationUrl"
    assert (await lab.get("/settings", key=theirs)).json()["authorizationUrl"] is None
