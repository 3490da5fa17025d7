"""The tags that an organization knows: what they are worth, and how they change."""

import asyncio
from typing import Any

import pytest

from tests.csms.bench import ORG, START, ZULU, Yard
from voltyard.csms.authorization.id_tag_registry import IdTagRegistry
from voltyard.csms.authorization.id_tag_service import IdTagChange
from voltyard.csms.records import IdTagStored
from voltyard.kernel.errors import Conflict, NotFound, Overfull, Unavailable

START_16 = {"connectorId": 1, "idTag": "TAG", "meterStart": 0, "timestamp": ZULU}
LONG = "A-GROUP-WITH-MORE-THAN-TWENTY-LETTERS"


async def add(yard: Yard, id_tag: str = "TAG", **fields: Any) -> IdTagStored:
    return await yard.backend.id_tags.add(ORG, id_tag, IdTagChange(**fields))


@pytest.mark.parametrize(
    ("fields", "info_16", "info_201"),
    [
        ({}, {"status": "Accepted"}, {"status": "Accepted"}),
        ({"status": "blocked"}, {"status": "Blocked"}, {"status": "Blocked"}),
        (
            {"expires_at": START + 60},
            {"status": "Accepted", "expiryDate": "2026-09-21T14:14:20Z"},
            {"status": "Accepted", "cacheExpiryDateTime": "2026-09-21T14:14:20Z"},
        ),
        (
            {"expires_at": START},
            {"status": "Expired", "expiryDate": "2026-09-21T14:13:20Z"},
            {"status": "Expired", "cacheExpiryDateTime": "2026-09-21T14:13:20Z"},
        ),
        (
            {"parent_id_tag": "FAMILY"},
            {"status": "Accepted", "parentIdTag": "FAMILY"},
            {"status": "Accepted", "groupIdToken": {"idToken": "FAMILY", "type": "Central"}},
        ),
        # 1.6 has twenty characters for a tag: what no reader of it can read is left out
        (
            {"parent_id_tag": LONG},
            {"status": "Accepted"},
            {"status": "Accepted", "groupIdToken": {"idToken": LONG, "type": "Central"}},
        ),
        (
            {"charge_box_ids": ("ELSEWHERE",)},
            {"status": "Invalid"},
            {"status": "NotAtThisLocation"},
        ),
        ({"charge_box_ids": ("OLD", "NEW")}, {"status": "Accepted"}, {"status": "Accepted"}),
    ],
)
async def test_a_tag_is_worth_what_is_known_of_it(
    yard: Yard, fields: Any, info_16: Any, info_201: Any
) -> None:
    await add(yard, "Tag", **fields)
    old = await yard.booted("OLD")
    new = await yard.booted("NEW", "ocpp2.0.1")

    # CiString20, identifierString: in either case
    assert await old.say("Authorize", {"idTag": "tAG"}) == {"idTagInfo": info_16}
    token = {"idToken": "tAG", "type": "ISO14443"}
    assert await new.say("Authorize", {"idToken": token}) == {"idTokenInfo": info_201}


@pytest.mark.parametrize(
    ("kept", "asked", "status"),
    [
        (None, "ISO14443", "Accepted"),
        ("ISO14443", "ISO14443", "Accepted"),
        ("ISO14443", "KeyCode", "Unknown"),
    ],
)
async def test_in_2_0_1_a_token_has_a_type(
    yard: Yard, kept: str | None, asked: str, status: str
) -> None:
    await add(yard, id_tag_type=kept)
    peer = await yard.booted(subprotocol="ocpp2.0.1")

    answer = await peer.say("Authorize", {"idToken": {"idToken": "TAG", "type": asked}})

    assert answer["idTokenInfo"]["status"] == status


async def test_in_1_6_a_token_has_none(yard: Yard) -> None:
    await add(yard, id_tag_type="KeyCode")
    peer = await yard.booted()

    assert (await peer.say("Authorize", {"idTag": "TAG"}))["idTagInfo"]["status"] == "Accepted"


async def test_a_tag_expires_while_it_is_known(yard: Yard) -> None:
    await add(yard, expires_at=START + 60)
    peer = await yard.booted()

    yard.clock.now += 61
    answer = await peer.say("Authorize", {"idTag": "TAG"})

    assert answer["idTagInfo"]["status"] == "Expired"


async def test_a_stop_with_a_stranger_or_another_of_the_family_is_taken(yard: Yard) -> None:
    await add(yard, "ADA", parent_id_tag="FAMILY")
    await add(yard, "BOB", parent_id_tag="FAMILY")
    peer = await yard.booted(allow_concurrent_transactions=False)

    def stop(number: int, id_tag: str) -> dict[str, Any]:
        return {"transactionId": number, "meterStop": 1, "timestamp": ZULU, "idTag": id_tag}

    await peer.say("StartTransaction", {**START_16, "idTag": "ADA"})
    asked = await peer.say("Authorize", {"idTag": "BOB"})
    by_bob = await peer.say("StopTransaction", stop(1, "BOB"))
    await peer.say("StartTransaction", {**START_16, "idTag": "ADA", "meterStart": 1})
    by_nobody = await peer.say("StopTransaction", stop(2, "STRANGER"))

    assert asked == by_bob == {"idTagInfo": {"status": "Accepted", "parentIdTag": "FAMILY"}}
    assert by_nobody == {"idTagInfo": {"status": "Invalid"}}
    for number, id_tag in (("1", "BOB"), ("2", "STRANGER")):
        row = yard.backend.transaction(ORG, number)
        assert (row.status, row.id_tag, row.stop_id_tag) == ("completed", "ADA", id_tag)


async def test_a_tag_that_charges_elsewhere_keeps_its_family(yard: Yard) -> None:
    await add(yard, parent_id_tag="FAMILY")
    peer = await yard.booted(allow_concurrent_transactions=False)
    await peer.say("StartTransaction", START_16)

    answer = await peer.say("Authorize", {"idTag": "TAG"})

    assert answer == {"idTagInfo": {"status": "ConcurrentTx", "parentIdTag": "FAMILY"}}


async def test_changes_count_at_once(yard: Yard) -> None:
    peer = await yard.booted()

    async def status() -> Any:
        return (await peer.say("Authorize", {"idTag": "TAG"}))["idTagInfo"]["status"]

    row = await add(yard)
    await yard.backend.id_tags.change(ORG, row.id, IdTagChange(status="blocked"))
    blocked = await status()
    await yard.backend.id_tags.change(ORG, "tag", IdTagChange(status="active"))
    active = await status()
    await add(yard, "OTHER")
    await yard.backend.id_tags.delete(ORG, "tag")

    assert (blocked, active, await status()) == ("Blocked", "Accepted", "Invalid")


async def test_what_is_left_out_of_a_change_stays(yard: Yard) -> None:
    row = await add(yard, name="Ada", parent_id_tag="FAMILY", charge_box_ids=("CP1",))
    yard.clock.now += 5

    changed = await yard.backend.id_tags.change(ORG, "TAG", IdTagChange(name=None))

    assert (changed.name, changed.parent_id_tag) == (None, "FAMILY")
    assert changed.charge_box_ids == ("CP1",)
    assert (changed.id, changed.created_at, changed.updated_at) == (row.id, START, START + 5)


async def test_tags_outlive_the_backend(yard: Yard) -> None:
    kept = await add(yard, "KEPT", status="blocked", charge_box_ids=("CP1", "CP2"))
    gone = await add(yard, "GONE")
    await yard.backend.id_tags.delete(ORG, "GONE")

    other = yard.restarted()

    assert other.backend.id_tags.get(ORG, kept.id) == kept
    with pytest.raises(NotFound):
        other.backend.id_tags.get(ORG, gone.id)
    await other.backend.close()


async def test_what_cannot_be_stored_is_as_before(yard: Yard) -> None:
    row = await add(yard)
    yard.journal.fail(OSError("full"))

    with pytest.raises(Unavailable):
        await add(yard, "OTHER")
    with pytest.raises(Unavailable):
        await yard.backend.id_tags.change(ORG, "TAG", IdTagChange(status="blocked"))
    with pytest.raises(Unavailable):
        await yard.backend.id_tags.delete(ORG, "TAG")

    yard.journal.fail(None)
    assert yard.backend.id_tags.get(ORG, "tag") == row
    with pytest.raises(NotFound):
        yard.backend.id_tags.get(ORG, "OTHER")
    assert (await add(yard, "OTHER")).id_tag == "OTHER"
    assert len(yard.complaints) == 3
    yard.complaints.clear()


async def test_a_text_is_there_once_an_organization(yard: Yard) -> None:
    row = await add(yard, "tag")

    with pytest.raises(Conflict):
        await add(yard, "TAG")
    theirs = await yard.backend.id_tags.add("org_other", "TAG", IdTagChange())

    assert yard.backend.id_tags.get(ORG, "TAG") is row
    for name in (theirs.id, "nobody"):
        with pytest.raises(NotFound):
            yard.backend.id_tags.get(ORG, name)


def test_beyond_the_bound_a_tag_is_refused() -> None:
    register = IdTagRegistry(limit=2)
    rows = [
        IdTagStored(id=f"tag_{n}", organization_id=ORG, id_tag=str(n), created_at=0, updated_at=0)
        for n in range(3)
    ]
    for row in rows[:2]:
        register.add(row)

    with pytest.raises(Overfull):
        register.add(rows[2])

    register.remove(rows[0])
    register.add(rows[2])
    assert [row.id_tag for row in register.of(ORG)] == ["1", "2"]


def test_an_organization_is_forgotten_with_its_tags() -> None:
    register = IdTagRegistry()
    row = IdTagStored(id="tag_1", organization_id=ORG, id_tag="T", created_at=0, updated_at=0)
    register.add(row)

    register.forget(ORG)

    assert register.count(ORG) == 0
    with pytest.raises(NotFound):
        register.get(ORG, "tag_1")


async def test_a_start_that_is_repeated_is_answered_the_same(yard: Yard) -> None:
    await add(yard, parent_id_tag="FAMILY", expires_at=START + 60)
    peer = await yard.booted()
    first = await peer.say("StartTransaction", START_16)

    yard.clock.now += 61
    again = await peer.say("StartTransaction", START_16)

    assert first == again
    assert first["idTagInfo"] == {
        "status": "Accepted",
        "expiryDate": "2026-09-21T14:14:20Z",
        "parentIdTag": "FAMILY",
    }


async def test_settings_changed_at_once_are_all_changed(yard: Yard) -> None:
    await asyncio.gather(
        yard.backend.change_settings(ORG, heartbeat_interval_s=7),
        yard.backend.change_settings(ORG, unknown_id_tags="reject"),
    )

    row = yard.restarted().backend.settings(ORG)
    assert (row.heartbeat_interval_s, row.unknown_id_tags) == (7, "reject")
    assert yard.backend.settings(ORG) == row


async def test_settings_that_cannot_be_stored_are_as_before(yard: Yard) -> None:
    yard.journal.fail(OSError("full"))

    with pytest.raises(Unavailable):
        await yard.backend.change_settings(ORG, heartbeat_interval_s=7)

    assert yard.backend.settings(ORG).heartbeat_interval_s == 300
    assert len(yard.complaints) == 1
    yard.complaints.clear()
