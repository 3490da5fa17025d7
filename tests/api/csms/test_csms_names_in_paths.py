"""A name in a path may have any character in it: whoever writes a URL percent-encodes it."""

from urllib.parse import quote

import pytest

from tests.api.bench import BOOT, BOX, TOKEN, Lab, ScriptedCharger

ODD = (
    "FLEET/7",
    "/",
    "a%2Fb",
    "a/b%2Fc%25",
    "what?",
    "#1",
    "50%",
    "a b",
    "a+b",
    "a&b=c;d",
    "Ünï/çø",
)


@pytest.mark.parametrize("tag", ODD)
async def test_a_tag_is_read_changed_and_deleted_by_its_text(lab: Lab, tag: str) -> None:
    made = await lab.post("/id-tags", {"idTag": tag})
    assert made.status_code == 201, made.text
    path = f"/id-tags/{quote(tag, safe='')}"

    assert (await lab.get(path)).json()["idTag"] == tag
    changed = await lab.patch(path, {"name": "Ada's"})
    assert (changed.status_code, changed.json()["name"]) == (200, "Ada's")
    deleted = await lab.delete(path)
    assert (deleted.status_code, deleted.json()["idTag"]) == (200, tag)
    assert (await lab.get(path)).status_code == 404


async def test_the_encoding_may_be_in_small_letters(lab: Lab) -> None:
    await lab.post("/id-tags", {"idTag": "a/b"})

    assert (await lab.get("/id-tags/a%2fb")).json()["idTag"] == "a/b"


async def test_a_tag_with_a_slash_is_not_one_with_its_encoding(lab: Lab) -> None:
    for tag in ("a/b", "a%2Fb"):
        assert (await lab.post("/id-tags", {"idTag": tag})).status_code == 201

    assert (await lab.get("/id-tags/a%2Fb")).json()["idTag"] == "a/b"
    assert (await lab.get("/id-tags/a%252Fb")).json()["idTag"] == "a%2Fb"


async def test_a_slash_that_is_not_encoded_still_ends_a_name(lab: Lab) -> None:
    await lab.post("/id-tags", {"idTag": "a/b"})

    assert (await lab.get("/id-tags/a/b")).status_code == 404


@pytest.mark.parametrize("box", ["a b", "50%", "a%2Fb", "Ünï", "a&b=c;d+e"])
async def test_a_charger_is_reached_by_its_identity(lab: Lab, box: str) -> None:
    await lab.register(box)
    charger = ScriptedCharger({"Reset": {"status": "Accepted"}})
    await lab.dial(charger, box=quote(box, safe=""))
    await lab.call(charger, "BootNotification", BOOT["1.6"])
    path = f"/chargers/{quote(box, safe='')}"

    assert (await lab.get(path)).json()["chargeBoxId"] == box
    assert (await lab.post(f"{path}/reset", {"type": "Soft"})).json()["status"] == "accepted"
    assert [action for action, _ in charger.asked] == ["Reset"]
    assert (await lab.get(f"{path}/messages")).status_code == 200
    assert (await lab.delete(path)).json()["chargeBoxId"] == box


@pytest.mark.parametrize(
    "path",
    [
        "/chargers/a%2Fb",
        "/chargers/a%2Fb/messages",
        "/chargers/a%2Fb/commands/c%2Fd",
        "/transactions/a%2Fb",
        "/webhooks/a%2Fb",
        "/files/a%2Fb",
        "/auth/api-keys/a%2Fb",
        "/organizations/a%2Fb",
    ],
)
async def test_what_no_thing_is_called_is_not_found(lab: Lab, path: str) -> None:
    answer = await lab.get(path)

    assert answer.status_code == 404, answer.text
    assert set(answer.json()) == {"success", "error"}


async def test_an_encoded_slash_opens_no_other_route(lab: Lab) -> None:
    await lab.register()

    answers = [
        await lab.client.get(f"/api/v1/chargers%2F{BOX}", headers={"X-API-Key": TOKEN}),
        await lab.client.get(f"/api%2Fv1/chargers/{BOX}", headers={"X-API-Key": TOKEN}),
        await lab.client.get(f"/api%2Fv1/chargers/{BOX}"),
    ]

    assert [answer.status_code for answer in answers] == [404, 404, 401]
