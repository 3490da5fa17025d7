"""Refused handshakes over REST: listed, filtered, forgotten, and gone with a registration."""

from typing import Any

import pytest

from tests.api.bench import Lab
from voltyard.csms.backend import Backend
from voltyard.csms.refusals.refusal_rows import RefusalStored
from voltyard.organizations.organization import DEFAULT_ORGANIZATION_ID
from voltyard.ports.links import Handshake
from voltyard.storage.csms.backend_records import csms_journal, load_contents

pytestmark = pytest.mark.alone
"""What a node refuses, and tells its server of, is in tests/server/nodes."""


def knock(lab: Lab, box: str, subprotocol: str = "ocpp1.6") -> None:
    shown = Handshake(f"/ocpp/{box}", (subprotocol,), None, "192.0.2.7:40000")
    lab.backend.gate(shown)


async def after_restart(lab: Lab) -> list[RefusalStored]:
    """Refusals that another server lists, which begins with what this one has stored."""
    backend = Backend(csms_journal(lab.database), lambda: lab.now)
    backend.load(await lab.database.read(load_contents))
    return backend.refusal_record.book.list(DEFAULT_ORGANIZATION_ID)


async def listed(lab: Lab, **query: Any) -> list[dict[str, Any]]:
    answer = await lab.get("/refusals", **query)
    assert answer.status_code == 200, answer.text
    rows: list[dict[str, Any]] = answer.json()["refusals"]
    return rows


async def test_a_refused_charger_is_listed_until_it_is_forgotten(lab: Lab) -> None:
    knock(lab, "CP-2")
    knock(lab, "CP-2")

    (row,) = await listed(lab)

    assert row.pop("id").startswith("rfs_")
    assert row == {
        "identity": "CP-2",
        "organizationId": DEFAULT_ORGANIZATION_ID,
        "address": "192.0.2.7",
        "offeredSubprotocols": ["ocpp1.6"],
        "reason": "not_registered",
        "hint": 'not registered: POST /api/v1/chargers {"chargeBoxId": "CP-2"}',
        "count": 2,
        "firstAt": "2026-02-10T14:00:00.000Z",
        "lastAt": "2026-02-10T14:00:00.000Z",
        "registered": False,
    }


async def test_the_hint_of_a_stranger_can_be_taken_as_it_is(lab: Lab) -> None:
    knock(lab, "CP 2")
    (row,) = await listed(lab)

    assert (await lab.post("/chargers", {"chargeBoxId": row["identity"]})).status_code == 201
    knock(lab, "CP%202", "ocpp1.5")

    (after,) = await listed(lab, chargeBoxId="CP 2")
    assert (after["reason"], after["registered"]) == ("no_common_subprotocol", True)


async def test_refusals_are_listed_newest_first_in_parts_and_filtered(lab: Lab) -> None:
    await lab.register("CP-0")
    for box in ("CP-0", "CP-1", "CP-2"):
        lab.now += 1
        knock(lab, box, "ocpp1.5")

    assert [row["identity"] for row in await listed(lab)] == ["CP-2", "CP-1", "CP-0"]
    assert [row["identity"] for row in await listed(lab, limit=1, offset=1)] == ["CP-1"]
    assert [row["identity"] for row in await listed(lab, chargeBoxId="CP-1")] == ["CP-1"]
    of_reason = await listed(lab, reason="no_common_subprotocol")
    assert [(row["identity"], row["registered"]) for row in of_reason] == [("CP-0", True)]
    assert (await lab.get("/refusals", reason="because")).status_code == 400


async def test_one_or_many_are_forgotten(lab: Lab) -> None:
    for n in range(4):
        lab.now += 1
        knock(lab, f"CP-{n}")
    rows = await listed(lab)

    one = await lab.delete(f"/refusals/{rows[0]['id']}")
    again = await lab.delete(f"/refusals/{rows[0]['id']}")
    some = await lab.delete("/refusals?chargeBoxId=CP-1")

    assert (one.status_code, one.json()) == (200, rows[0])
    assert again.status_code == 404
    assert some.json() == {"forgotten": 1}
    assert [row["identity"] for row in await listed(lab)] == ["CP-2", "CP-0"]
    assert (await lab.delete("/refusals")).json() == {"forgotten": 2}
    assert await listed(lab) == []


async def test_refusals_outlast_a_restart_and_what_is_forgotten_does_not(lab: Lab) -> None:
    for n in range(4):
        lab.now += 1
        knock(lab, f"CP-{n}")
    lab.now += 2
    lab.tick()
    await lab.database.flush()
    rows = await listed(lab)

    await lab.delete(f"/refusals/{rows[0]['id']}")
    await lab.delete("/refusals?chargeBoxId=CP-1")
    again = await after_restart(lab)

    assert [row.id for row in again] == [rows[1]["id"], rows[3]["id"]]
    assert again == lab.backend.refusal_record.book.list(DEFAULT_ORGANIZATION_ID)


async def test_an_organization_takes_its_refusals_with_it(lab: Lab) -> None:
    other = await lab.keys.add_organization("other")
    _, theirs = await lab.keys.add(other.id, "theirs", ["admin"])
    await lab.post("/chargers", {"chargeBoxId": "CP-1"}, theirs)
    knock(lab, f"{other.id}/CP-1", "ocpp1.5")
    knock(lab, "CP-1", "ocpp1.5")
    await lab.delete("/chargers/CP-1", theirs)
    lab.now += 2
    lab.tick()
    await lab.database.flush()
    stored = await lab.database.read(load_contents)
    assert {row.organization_id for row in stored.refusals} == {other.id, DEFAULT_ORGANIZATION_ID}

    assert (await lab.delete(f"/organizations/{other.id}")).status_code == 200

    assert [row.organization_id for row in await after_restart(lab)] == [DEFAULT_ORGANIZATION_ID]
    assert lab.backend.refusal_record.book.list(other.id) == []
