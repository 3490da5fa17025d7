"""Id tags over REST, and what chargers are answered because of them."""

from pathlib import Path
from typing import Any

import pytest

from tests.api.bench import BOX, Lab
from voltyard.csms.backend import Backend
from voltyard.kernel.errors import NotFound
from voltyard.storage.csms.backend_records import csms_journal, load_contents

ADA = {
    "idTag": "04A2B3C4D5E680",
    "idTagType": "ISO14443",
    "name": "Ada's card",
    "expiryDate": "2027-12-31T23:59:59Z",
    "parentIdTag": "FLEET-7",
    "chargeBoxIds": [BOX, "CHARGER-002"],
}


async def added(lab: Lab, **fields: Any) -> dict[str, Any]:
    response = await lab.post("/id-tags", fields)
    assert response.status_code == 201, response.text
    body: dict[str, Any] = response.json()
    return body


async def test_a_new_tag_is_as_the_contract_has_it(lab: Lab) -> None:
    tag = await added(lab, idTag="DEADBEEF", name="Ada")

    assert tag.pop("id").startswith("tag_")
    assert tag == {
        "idTag": "DEADBEEF",
        "idTagType": None,
        "name": "Ada",
        "status": "active",
        "expiryDate": None,
        "parentIdTag": None,
        "scope": "all",
        "chargeBoxIds": None,
        "source": "api",
        "createdAt": "2026-02-10T14:00:00.000Z",
        "updatedAt": "2026-02-10T14:00:00.000Z",
    }


async def test_a_tag_is_read_changed_and_deleted_by_its_id_or_its_text(lab: Lab) -> None:
    tag = await added(lab, **ADA)
    assert tag["scope"] == "chargers" and tag["chargeBoxIds"] == [BOX, "CHARGER-002"]
    assert tag["expiryDate"] == "2027-12-31T23:59:59.000Z"
    assert (await lab.get(f"/id-tags/{tag['id']}")).json() == tag
    assert (await lab.get("/id-tags/04a2b3c4d5e680")).json() == tag

    lab.now += 1
    changes = {"status": "blocked", "expiryDate": None, "chargeBoxIds": None}
    changed = await lab.patch("/id-tags/04a2b3c4d5e680", changes)

    assert changed.status_code == 200
    assert changed.json() == {
        **tag,
        **changes,
        "scope": "all",
        "updatedAt": "2026-02-10T14:00:01.000Z",
    }
    gone = await lab.delete(f"/id-tags/{tag['id']}")
    assert gone.status_code == 200
    assert gone.json() == {"message": "Id tag deleted", "id": tag["id"], "idTag": ADA["idTag"]}
    for name in (tag["id"], ADA["idTag"]):
        assert (await lab.get(f"/id-tags/{name}")).status_code == 404


async def test_a_duplicate_is_409_in_any_case(lab: Lab) -> None:
    await added(lab, idTag="DeadBeef")

    response = await lab.post("/id-tags", {"idTag": "DEADBEEF"})

    assert response.status_code == 409
    assert response.json()["error"]["code"] == "CONFLICT"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({}, "idTag"),
        ({"idTag": ""}, "idTag"),
        ({"idTag": " A"}, "idTag"),
        ({"idTag": "A\nB"}, "idTag"),
        ({"idTag": "A" * 37}, "idTag"),
        ({"idTag": 7}, "idTag"),
        ({"idTag": "A", "status": "expired"}, "status"),
        ({"idTag": "A", "expiryDate": "tomorrow"}, "expiryDate"),
        ({"idTag": "A", "parentIdTag": "B" * 37}, "parentIdTag"),
        ({"idTag": "A", "chargeBoxIds": []}, "chargeBoxIds"),
        ({"idTag": "A", "chargeBoxIds": ["C"] * 1001}, "chargeBoxIds"),
        ({"idTag": "A", "idTagType": "NoAuthorization"}, "idTagType"),
        ({"idTag": "A", "colour": "red"}, "colour"),
    ],
)
async def test_a_field_at_fault_is_named(lab: Lab, fields: Any, field: str) -> None:
    response = await lab.post("/id-tags", fields)

    assert response.status_code == 400
    assert response.json()["error"]["details"][0]["field"] == field
    assert (await lab.get("/id-tags")).json()["pagination"]["total"] == 0


async def test_a_list_is_filtered_and_paged(lab: Lab) -> None:
    await added(lab, idTag="A1", name="Ada", parentIdTag="Fleet")
    await added(lab, idTag="B2", name="100% Bob", parentIdTag="FLEET")
    await added(lab, idTag="C3", status="blocked")

    async def listed(**query: Any) -> tuple[list[str], Any]:
        body = (await lab.get("/id-tags", **query)).json()
        return [tag["idTag"] for tag in body["idTags"]], body["pagination"]

    first = await listed(limit=2)
    assert sorted(first[0] + (await listed(limit=2, offset=2))[0]) == ["A1", "B2", "C3"]
    assert first[1] == {"total": 3, "limit": 2, "offset": 0}
    assert (await listed(status="blocked"))[0] == ["C3"]
    assert sorted((await listed(parentIdTag="fleet"))[0]) == ["A1", "B2"]
    assert (await listed(search="ADA"))[0] == ["A1"]
    assert (await listed(search="b2"))[0] == ["B2"]
    assert (await listed(search="%"))[0] == ["B2"]
    assert (await listed(search="nobody"))[0] == []


async def test_nothing_is_seen_of_another_organizations(lab: Lab) -> None:
    other = await lab.keys.add_organization("other")
    _, theirs = await lab.keys.add(other.id, "theirs", ["admin"])
    tag = await added(lab, idTag="OURS")

    for name in (tag["id"], "OURS"):
        assert (await lab.get(f"/id-tags/{name}", theirs)).status_code == 404
        assert (await lab.patch(f"/id-tags/{name}", {"name": "x"}, theirs)).status_code == 404
        assert (await lab.delete(f"/id-tags/{name}", theirs)).status_code == 404
    assert (await lab.get("/id-tags", theirs)).json()["idTags"] == []
    assert (await lab.post("/id-tags", {"idTag": "ours"}, theirs)).status_code == 201


async def test_an_organization_takes_its_tags_and_settings_with_it(lab: Lab) -> None:
    other = await lab.keys.add_organization("other")
    _, theirs = await lab.keys.add(other.id, "theirs", ["admin"])
    await added(lab, idTag="OURS")
    await lab.post("/id-tags", {"idTag": "THEIRS"}, theirs)
    await lab.patch("/settings", {"authorizationSecret": None, "retentionDays": 3}, theirs)

    assert (await lab.delete(f"/organizations/{other.id}")).status_code == 200

    contents = await lab.database.read(load_contents)
    assert [row.id_tag for row in contents.id_tags] == ["OURS"]
    assert contents.settings == []
    with pytest.raises(NotFound):
        lab.backend.id_tags.get(other.id, "THEIRS")


@pytest.mark.parametrize(
    ("known", "given", "sent"),
    [("eMAID", None, "eMAID"), ("eMAID", "KeyCode", "KeyCode"), (None, None, "Central")],
)
async def test_a_remote_start_names_the_token_as_it_is_known(
    lab: Lab, known: str | None, given: str | None, sent: str
) -> None:
    charger = await lab.connect("2.0.1", {"RequestStartTransaction": {"status": "Accepted"}})
    await added(lab, idTag="ADA", idTagType=known)
    fields = {} if given is None else {"idTagType": given}

    response = await lab.post(f"/chargers/{BOX}/remote-start", {"idTag": "ada", **fields})

    assert response.status_code == 202
    ((_, asked),) = charger.asked
    assert asked["idToken"] == {"idToken": "ada", "type": sent}


async def test_tags_decide_who_charges_also_after_a_restart(lab: Lab, where: str | Path) -> None:
    charger = await lab.connect("1.6")
    await added(lab, **ADA)
    await added(lab, idTag="BLOCKED", status="blocked")

    ada = await lab.call(charger, "Authorize", {"idTag": ADA["idTag"]})
    blocked = await lab.call(charger, "Authorize", {"idTag": "blocked"})
    stranger = await lab.call(charger, "Authorize", {"idTag": "STRANGER"})

    assert ada["idTagInfo"] == {
        "status": "Accepted",
        "expiryDate": "2027-12-31T23:59:59Z",
        "parentIdTag": "FLEET-7",
    }
    assert blocked["idTagInfo"] == {"status": "Blocked"}
    assert stranger["idTagInfo"] == {"status": "Invalid"}
    # what was answered 201 is there for the next process
    reborn = Backend(csms_journal(lab.database), lambda: lab.now)
    reborn.load(await lab.database.read(load_contents))
    for name in (ADA["idTag"], "BLOCKED"):
        assert reborn.id_tags.get("org_default", name) == lab.backend.id_tags.get(
            "org_default", name
        )
