"""The list of tags that a charger keeps: how it gets there whole, whatever the charger says."""

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from tests.csms.bench import ORG, START, Peer, Yard
from voltyard.csms.authorization.id_tag_service import IdTagChange
from voltyard.csms.commands.local_list import LocalListTag, LocalListTagInfo
from voltyard.csms.commands.results import LocalListResult
from voltyard.kernel import limits
from voltyard.kernel.errors import (
    Conflict,
    Invalid,
    NoAnswer,
    NotConnected,
    OutcomeUnknown,
    PeerError,
)

Answering = Mapping[str, Any]
ACCEPTED = {"SendLocalList": {"status": "Accepted"}}
ADA = LocalListTag(id_tag="ADA", info=LocalListTagInfo(status="Accepted"))


def entries(count: int) -> list[LocalListTag]:
    return [
        LocalListTag(id_tag=f"T{n}", info=LocalListTagInfo(status="Accepted")) for n in range(count)
    ]


async def sent(
    peer: Peer, answers: Answering, *order: Any, **options: Any
) -> tuple[LocalListResult, list[Any]]:
    """A list that is sent to a charger which answers like that; what the charger was asked."""
    box_id = options.pop("box_id", "CP1")
    task = asyncio.create_task(peer.yard.backend.local_lists.send(ORG, box_id, *order, **options))
    return await finished(peer, answers, task)


async def finished(
    peer: Peer, answers: Answering, task: "asyncio.Task[LocalListResult]"
) -> tuple[LocalListResult, list[Any]]:
    answered = len(peer.asked())
    asked = []
    async with asyncio.timeout(120):
        while not task.done():
            await peer.yard.settle()
            for _, id, action, payload in peer.asked()[answered:]:
                answered += 1
                asked.append((action, payload))
                reply = answers.get(action)
                if isinstance(reply, Callable):  # type: ignore[arg-type]
                    reply = reply(payload)
                frame = [4, id, reply, "", {}] if isinstance(reply, str) else [3, id, reply]
                if reply is not None:
                    peer.text(json.dumps(frame))
            if not any(answers.get(action) for action, _ in asked[-1:]):
                peer.yard.pass_time(1)
    return task.result(), asked


async def test_a_full_list_is_what_the_tags_in_scope_are_worth(yard: Yard) -> None:
    tags = yard.backend.id_tags
    await tags.add(ORG, "ADA", IdTagChange(parent_id_tag="FAMILY", expires_at=START + 60))
    await tags.add(ORG, "BOB", IdTagChange(status="blocked", id_tag_type="KeyCode"))
    await tags.add(ORG, "EVE", IdTagChange(expires_at=START))
    elsewhere = ("CP7",)
    await tags.add(ORG, "ONLY-ELSEWHERE", IdTagChange(charge_box_ids=elsewhere))
    await tags.add(ORG, "NOT-EVEN-THERE", IdTagChange(charge_box_ids=elsewhere, status="blocked"))
    await tags.add(ORG, "LONGER-THAN-TWENTY-LETTERS", IdTagChange())
    await tags.add("org_other", "THEIRS", IdTagChange())
    old = await yard.booted("OLD")
    new = await yard.booted("NEW", "ocpp2.0.1")

    delivered, ((_, full_16),) = await sent(old, ACCEPTED, "Full", 5, box_id="OLD")
    _, ((_, full_201),) = await sent(new, ACCEPTED, "Full", 5, box_id="NEW")

    assert full_16 == {
        "listVersion": 5,
        "updateType": "Full",
        "localAuthorizationList": [
            {
                "idTag": "ADA",
                "idTagInfo": {
                    "status": "Accepted",
                    "expiryDate": "2026-09-21T14:14:20Z",
                    "parentIdTag": "FAMILY",
                },
            },
            {"idTag": "BOB", "idTagInfo": {"status": "Blocked"}},
            {
                "idTag": "EVE",
                "idTagInfo": {"status": "Expired", "expiryDate": "2026-09-21T14:13:20Z"},
            },
        ],
    }
    assert (full_201["versionNumber"], full_201["updateType"]) == (5, "Full")
    assert full_201["localAuthorizationList"][:2] == [
        {
            "idToken": {"idToken": "ADA", "type": "Central"},
            "idTokenInfo": {
                "status": "Accepted",
                "cacheExpiryDateTime": "2026-09-21T14:14:20Z",
                "groupIdToken": {"idToken": "FAMILY", "type": "Central"},
            },
        },
        {"idToken": {"idToken": "BOB", "type": "KeyCode"}, "idTokenInfo": {"status": "Blocked"}},
    ]
    assert len(full_201["localAuthorizationList"]) == 4
    assert delivered == LocalListResult(
        status="accepted", list_version=5, update_type="Full", entries=3, parts=1, parts_taken=1
    )


@pytest.mark.parametrize(
    ("subprotocol", "version"), [("ocpp1.6", "listVersion"), ("ocpp2.0.1", "versionNumber")]
)
async def test_without_a_version_it_is_the_one_after_the_chargers(
    yard: Yard, subprotocol: str, version: str
) -> None:
    peer = await yard.booted(subprotocol=subprotocol)
    answers = {**ACCEPTED, "GetLocalListVersion": {version: 41}}

    delivered, asked = await sent(peer, answers, "Full", entries=[])

    assert asked == [
        ("GetLocalListVersion", {}),
        ("SendLocalList", {version: 42, "updateType": "Full"}),
    ]
    assert delivered.list_version == 42


async def test_a_differential_update_adds_and_takes_away(yard: Yard) -> None:
    peer = await yard.booted()
    gone = LocalListTag(id_tag="BOB")

    _, ((_, payload),) = await sent(peer, ACCEPTED, "Differential", 9, entries=[ADA, gone])

    assert payload == {
        "listVersion": 9,
        "updateType": "Differential",
        "localAuthorizationList": [
            {"idTag": "ADA", "idTagInfo": {"status": "Accepted"}},
            {"idTag": "BOB"},
        ],
    }


async def test_after_a_version_mismatch_the_whole_list_follows(yard: Yard) -> None:
    await yard.backend.id_tags.add(ORG, "Bob", IdTagChange())
    await yard.backend.id_tags.add(ORG, "CAROL", IdTagChange())
    peer = await yard.booted()

    def reply(payload: Any) -> Any:
        full = payload["updateType"] == "Full"
        return {"status": "Accepted" if full else "VersionMismatch"}

    order = [ADA, LocalListTag(id_tag="BOB")]
    delivered, asked = await sent(peer, {"SendLocalList": reply}, "Differential", 9, entries=order)

    assert [payload["updateType"] for _, payload in asked] == ["Differential", "Full"]
    assert asked[1][1]["listVersion"] == 9
    whole = {entry["idTag"] for entry in asked[1][1]["localAuthorizationList"]}
    assert whole == {"ADA", "CAROL"}
    assert (delivered.status, delivered.update_type) == ("accepted", "Full")


@pytest.mark.parametrize("update_type", ["Full", "Differential"])
async def test_what_a_charger_refuses_twice_is_told(yard: Yard, update_type: str) -> None:
    peer = await yard.booted()
    answers = {"SendLocalList": {"status": "VersionMismatch"}}

    delivered, asked = await sent(peer, answers, update_type, 9, entries=[ADA])

    assert delivered.status == "versionMismatch"
    assert len(asked) == (1 if update_type == "Full" else 2)


@pytest.mark.parametrize(
    ("said", "status"), [("Failed", "failed"), ("NotSupported", "notSupported")]
)
async def test_a_refusal_is_the_answer(yard: Yard, said: str, status: str) -> None:
    peer = await yard.booted()

    delivered, asked = await sent(
        peer, {"SendLocalList": {"status": said}}, "Full", 3, entries=[ADA]
    )

    assert (delivered.status, delivered.parts_taken, len(asked)) == (status, 0, 1)


async def test_a_charger_that_keeps_no_lists_is_sent_none(yard: Yard) -> None:
    peer = await yard.booted()

    delivered, asked = await sent(
        peer, {"GetLocalListVersion": {"listVersion": -1}}, "Full", entries=[ADA]
    )

    assert (delivered.status, delivered.list_version) == ("notSupported", -1)
    assert [action for action, _ in asked] == ["GetLocalListVersion"]


LENGTH_16 = {
    "GetConfiguration": {
        "configurationKey": [{"key": "SendLocalListMaxLength", "readonly": True, "value": "10"}]
    }
}
LENGTH_201 = {
    "GetVariables": {
        "getVariableResult": [
            {
                "component": {"name": "LocalAuthListCtrlr"},
                "variable": {"name": "ItemsPerMessage"},
                "attributeStatus": "Accepted",
                "attributeValue": "10",
            }
        ]
    }
}


@pytest.mark.parametrize(
    ("subprotocol", "length", "version"),
    [("ocpp1.6", LENGTH_16, "listVersion"), ("ocpp2.0.1", LENGTH_201, "versionNumber")],
)
async def test_a_long_list_goes_in_parts_as_long_as_the_charger_takes(
    yard: Yard, subprotocol: str, length: Any, version: str
) -> None:
    peer = await yard.booted(subprotocol=subprotocol)

    delivered, asked = await sent(peer, {**ACCEPTED, **length}, "Full", 30, entries=entries(25))

    parts = [payload for action, payload in asked if action == "SendLocalList"]
    # the last has the version that was asked for; each one above the one before
    assert [(part[version], part["updateType"]) for part in parts] == [
        (28, "Full"),
        (29, "Differential"),
        (30, "Differential"),
    ]
    assert [len(part["localAuthorizationList"]) for part in parts] == [10, 10, 5]
    assert (delivered.list_version, delivered.parts, delivered.parts_taken) == (30, 3, 3)
    assert delivered.update_type == "Full"


@pytest.mark.parametrize(
    ("update_type", "wanted", "current", "versions"),
    [
        ("Full", 2, 40, [2, 3, 4]),  # there is no room below it
        ("Differential", 43, 40, [41, 42, 43]),
        ("Differential", 42, 40, [42, 43, 44]),
        ("Differential", None, 40, [41, 42, 43]),
        ("Full", None, 0, [1, 2, 3]),
    ],
)
async def test_parts_have_versions_that_the_charger_takes(
    yard: Yard, update_type: str, wanted: int | None, current: int, versions: list[int]
) -> None:
    peer = await yard.booted()
    answers = {**ACCEPTED, **LENGTH_16, "GetLocalListVersion": {"listVersion": current}}

    delivered, asked = await sent(peer, answers, update_type, wanted, entries=entries(25))

    parts = [payload for action, payload in asked if action == "SendLocalList"]
    assert [part["listVersion"] for part in parts] == versions
    assert delivered.list_version == versions[-1]


async def test_a_part_that_is_refused_ends_it_and_is_told(yard: Yard) -> None:
    peer = await yard.booted()

    def reply(payload: Any) -> Any:
        return {"status": "Accepted" if payload["listVersion"] < 7 else "Failed"}

    answers = {**LENGTH_16, "SendLocalList": reply}
    delivered, asked = await sent(peer, answers, "Full", 7, entries=entries(25))

    assert (delivered.status, delivered.list_version) == ("failed", 7)
    assert (delivered.parts, delivered.parts_taken) == (3, 2)
    assert len(asked) == 4


async def test_an_error_between_parts_says_how_many_were_taken(yard: Yard) -> None:
    peer = await yard.booted()

    def reply(payload: Any) -> Any:
        return {"status": "Accepted"} if payload["listVersion"] < 7 else "InternalError"

    with pytest.raises(PeerError) as caught:
        await sent(peer, {**LENGTH_16, "SendLocalList": reply}, "Full", 7, entries=entries(25))

    assert caught.value.details["partsTaken"] == 2


@pytest.mark.parametrize(
    "said", ["NotImplemented", {"unknownKey": ["SendLocalListMaxLength"]}, None]
)
async def test_a_charger_that_does_not_say_gets_it_at_once(yard: Yard, said: Any) -> None:
    peer = await yard.booted()

    delivered, asked = await sent(
        peer, {**ACCEPTED, "GetConfiguration": said}, "Full", 7, entries=entries(25)
    )

    assert delivered.status == "accepted"
    assert len(asked[-1][1]["localAuthorizationList"]) == 25


async def test_a_list_beyond_the_bound_is_refused(
    yard: Yard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "LOCAL_LIST_ENTRIES", 2)
    peer = await yard.booted()

    with pytest.raises(Invalid):
        await yard.backend.local_lists.send(ORG, "CP1", "Full", 7, entries(3))

    assert peer.asked() == []


async def test_one_list_at_a_time_is_on_its_way(yard: Yard) -> None:
    peer = await yard.booted()
    first = asyncio.create_task(yard.backend.local_lists.send(ORG, "CP1", "Full", 7, [ADA]))
    await asyncio.sleep(0)

    with pytest.raises(Conflict):
        await yard.backend.local_lists.send(ORG, "CP1", "Full", 8, [ADA])

    await peer.answer({"status": "Accepted"})
    assert (await first).list_version == 7
    second, _ = await sent(peer, ACCEPTED, "Full", 8, entries=[ADA])
    assert second.list_version == 8


async def test_a_charger_that_is_away_or_silent_is_an_error(yard: Yard) -> None:
    await yard.register("AWAY")
    peer = await yard.booted()

    with pytest.raises(NotConnected):
        await yard.backend.local_lists.send(ORG, "AWAY", "Full", 7, [ADA])
    with pytest.raises(NoAnswer):
        await sent(peer, {}, "Full", 7, entries=[ADA])


async def test_a_list_whose_link_goes_says_whether_anything_of_it_was_sent(
    yard: Yard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "LOCAL_LIST_UNASKED", 0)
    peer = await yard.booted()
    sending = asyncio.create_task(yard.backend.local_lists.send(ORG, "CP1", "Full", 7, [ADA]))
    await yard.settle()
    assert [call[2] for call in peer.asked()] == ["GetConfiguration"]

    await peer.gone()
    with pytest.raises(NotConnected):
        await sending

    peer = yard.connect()
    sending = asyncio.create_task(yard.backend.local_lists.send(ORG, "CP1", "Full", 7, [ADA]))
    await yard.settle()
    await peer.answer({"configurationKey": []})
    assert peer.asked()[-1][2] == "SendLocalList"
    await peer.gone()
    with pytest.raises(OutcomeUnknown):
        await sending


async def test_a_word_that_a_version_does_not_know_is_refused(yard: Yard) -> None:
    peer = await yard.booted()
    entry = LocalListTag(id_tag="ADA", info=LocalListTagInfo(status="NoCredit"))

    with pytest.raises(Invalid):
        await yard.backend.local_lists.send(ORG, "CP1", "Full", 7, [entry])

    assert peer.asked() == []
