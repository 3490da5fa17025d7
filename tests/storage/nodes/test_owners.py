"""Owners of chargers: given away by the owner alone, after all that it wrote."""

import asyncio
from functools import partial

import pytest
from sqlalchemy import select

from tests import postgres
from tests.storage import bench as rows
from tests.storage.nodes.bench import give, leased, own, owned, store
from voltyard.csms.records import ChargerDeleted
from voltyard.kernel.errors import Unavailable
from voltyard.storage.csms.backend_records import csms_journal
from voltyard.storage.database.database import Database
from voltyard.storage.nodes.owners import StoredOwners
from voltyard.storage.schema import csms as tables

pytestmark = pytest.mark.service

CHARGERS = [rows.charger(number) for number in (1, 2, 3)]


async def test_a_charger_moves_from_the_server_over_two_nodes_and_back(
    server: Database, n1: Database, n2: Database
) -> None:
    await store(server, *CHARGERS)

    for owner, heir, then in (
        (server, "n1", {"chg_1": "n1"}),
        (n1, "n2", {"chg_1": "n2"}),
        (n2, "", {}),
    ):
        assert await give(owner, 1, heir)
        assert await owned(server) == then


@pytest.mark.parametrize("heir", ["", "n2"])
async def test_nobody_gives_away_another_ones_charger(
    server: Database, n1: Database, n2: Database, heir: str
) -> None:
    await store(server, *CHARGERS)
    await give(server, 1, "n1")

    assert await give(server if heir else n2, 1, heir) is False

    assert await owned(server) == {"chg_1": "n1"}
    assert await give(n1, 2, "n2") is False
    assert await owned(server) == {"chg_1": "n1"}


async def test_to_give_a_charger_away_twice_changes_nothing(server: Database, n1: Database) -> None:
    await store(server, *CHARGERS)

    assert await give(server, 1, "n1")
    assert await give(server, 1, "n1")
    assert await owned(server) == {"chg_1": "n1"}

    assert await give(n1, 1, "")
    assert await give(n1, 1, "")
    assert await owned(server) == {}


async def test_what_was_written_before_is_there_once_a_charger_is_anothers(
    server: Database, n1: Database
) -> None:
    await store(server, *CHARGERS)
    journal = csms_journal(server)
    journal.write([rows.transaction(number) for number in range(1, 3_000)])

    giving = asyncio.create_task(give(server, 1, "n1"))
    while not await owned(n1):
        pass  # each look is a round trip

    stored = await n1.read(lambda c: len(c.execute(select(tables.transactions.c.id)).all()))
    assert stored == 2_999
    assert await giving


async def test_of_two_who_are_given_a_charger_at_once_one_has_it(
    server: Database, n1: Database, n2: Database
) -> None:
    await store(server, *CHARGERS)

    given = await asyncio.gather(give(server, 1, "n1"), give(server, 1, "n2"))

    assert sorted(given) == [False, True]
    assert await owned(server) == {"chg_1": "n1" if given[0] else "n2"}


async def test_an_owner_is_found_by_a_chargers_identity(server: Database, n1: Database) -> None:
    await store(server, *CHARGERS)
    await give(server, 2, "n1")
    owners = StoredOwners(n1)
    find = partial(owners.find, rows.ORGANIZATION)

    assert await find("CP-1") == ("chg_1", "")
    assert await find("CP-2") == ("chg_2", "n1")
    assert await find("CP-9") == (None, "")
    assert await owners.find("org_x", "CP-2") == (None, "")


async def test_a_charger_that_was_deleted_at_a_node_is_none_and_its_name_is_free(
    server: Database, n1: Database
) -> None:
    await store(server, *CHARGERS)
    await give(server, 1, "n1")
    await give(server, 2, "n1")
    await store(n1, ChargerDeleted(charger_id="chg_1", deleted_at=rows.NOW))
    await store(server, rows.charger(4, charge_box_id="CP-1"))
    owners = StoredOwners(server)

    assert await owners.find(rows.ORGANIZATION, "CP-1") == ("chg_4", "")
    assert [one.charger_id for one in await owners.elsewhere()] == ["chg_2"]
    assert [one.charger_id for one in await owners.of("n1")] == ["chg_2"]


async def test_the_chargers_of_nodes_are_listed_with_their_owners(
    server: Database, n1: Database, n2: Database
) -> None:
    await store(server, *CHARGERS)
    await give(server, 1, "n1")
    await give(server, 3, "n2")
    owners = StoredOwners(server)

    elsewhere = await owners.elsewhere()

    assert [(one.charger_id, one.charge_box_id, one.node) for one in elsewhere] == [
        ("chg_1", "CP-1", "n1"),
        ("chg_3", "CP-3", "n2"),
    ]
    assert {one.organization_id for one in elsewhere} == {rows.ORGANIZATION}
    assert await owners.of("n2") == elsewhere[1:]


async def test_a_node_that_ends_gives_back_all_of_its_own(
    server: Database, n1: Database, n2: Database
) -> None:
    await store(server, *CHARGERS)
    for number, node in ((1, "n1"), (2, "n1"), (3, "n2")):
        await give(server, number, node)

    await StoredOwners(n1).give_back("n1")

    assert await owned(server) == {"chg_3": "n2"}


async def test_a_server_takes_the_chargers_of_a_node_that_was_killed(
    server: Database, n2: Database, postgres_url: str
) -> None:
    await store(server, *CHARGERS)
    for number, node in ((1, "n1"), (2, "n2"), (3, "n1")):
        await own(server, number, node)

    taken = await StoredOwners(server).take_from("n1")

    assert taken is not None
    assert sorted(one.charger_id for one in taken) == ["chg_1", "chg_3"]
    assert {one.node for one in taken} == {"n1"}
    assert await owned(server) == {"chg_2": "n2"}
    assert await StoredOwners(server).take_from("n1") == []


async def test_nothing_is_taken_from_a_node_that_is_there(server: Database, n1: Database) -> None:
    await store(server, *CHARGERS)
    await give(server, 1, "n1")

    assert await StoredOwners(server).take_from("n1") is None

    assert await owned(server) == {"chg_1": "n1"}
    assert "node:n1" in await leased(server)
    assert await give(n1, 1, "")


async def test_a_node_whose_chargers_were_taken_can_give_none_away(
    server: Database, n1: Database, postgres_url: str
) -> None:
    await store(server, *CHARGERS)
    await give(server, 1, "n1")
    await n1.flush()
    postgres.cut_connections(postgres_url)  # so its lock is free, until it writes again

    assert await StoredOwners(server).take_from("n1") is not None

    with pytest.raises(Unavailable, match="has given the chargers of the node n1"):
        await give(n1, 1, "n2")
    assert await owned(server) == {}


async def test_a_server_that_lost_its_place_takes_nothing(
    server: Database, postgres_url: str
) -> None:
    await store(server, *CHARGERS)
    await own(server, 1, "n1")
    postgres.cut_connections(postgres_url)
    heir = await Database.open(postgres_url, alone=True)

    with pytest.raises(Unavailable):
        await StoredOwners(server).take_from("n1")
    with pytest.raises(Unavailable):
        await give(server, 2, "n1")

    assert await owned(heir) == {"chg_1": "n1"}
    await heir.close()
