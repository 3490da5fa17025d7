"""Contents of chargers move with them: each is loaded by its owner, whole, and by nobody else."""

from functools import partial
from typing import Any

import msgspec
import pytest
from sqlalchemy import insert, select

from tests.storage import bench as rows
from tests.storage.nodes.bench import own, store
from voltyard.csms import records
from voltyard.csms.records import ChargerDeleted, Contents
from voltyard.kernel import limits
from voltyard.storage.csms.backend_records import end_connections, load_contents
from voltyard.storage.database.database import Database
from voltyard.storage.nodes.node_contents import (
    contents_of,
    end_connections_of,
    shared_contents,
)
from voltyard.storage.schema import csms as tables

pytestmark = pytest.mark.service

MOVED = (
    "chargers",
    "connectors",
    "transactions",
    "commands",
    "reservations",
    "certificates",
    "charging_plans",
)
"""Fields of Contents that belong to chargers."""


def everything_of(number: int) -> list[Any]:
    """Records of one charger: of each kind one that goes along, and those that do not."""
    its: dict[str, Any] = {"charger_id": f"chg_{number}", "charge_box_id": f"CP-{number}"}
    first, second, third = (number * 10 + offset for offset in (1, 2, 3))
    return [
        rows.charger(number),
        rows.connector(1, charger_id=f"chg_{number}"),
        rows.transaction(first, **its),
        rows.transaction(second, status="completed", stopped_at=rows.NOW, **its),
        rows.transaction(third, status="pending", number=None, ocpp_id=None, **its),
        rows.command(first, due_at=rows.NOW + 60, **its),
        rows.command(second, **its),
        rows.reservation(first, **its),
        rows.reservation(second, status="expired", **its),
        rows.certificate(first, **its),
        rows.charging_plan(first),
        rows.connection(first, **its),
    ]


async def contents(database: Database, *numbers: int) -> Contents:
    ids = [f"chg_{number}" for number in numbers]
    return await database.read(partial(contents_of, charger_ids=ids))


def ids_of(contents: Contents) -> dict[str, list[str]]:
    found = {name: getattr(contents, name) for name in MOVED}
    return {
        name: [
            getattr(row, "id", None) or getattr(row, "transaction_id", None) or row.charger_id
            for row in theirs
        ]
        for name, theirs in found.items()
    }


OF_ONE = {
    "chargers": ["chg_1"],
    "connectors": ["chg_1"],
    "transactions": ["txn_11", "txn_12", "txn_13"],
    "commands": ["cmd_11"],
    "reservations": ["rsv_11"],
    "certificates": ["crt_11"],
    "charging_plans": ["txn_11"],
}


async def test_a_charger_brings_along_all_that_is_its_own(server: Database) -> None:
    await store(server, *everything_of(1), *everything_of(2), rows.id_tag())

    found = await contents(server, 1)

    assert ids_of(found) == OF_ONE
    assert found.transactions[0] == rows.transaction(11)
    assert [row.id for row in found.connections] == ["con_11"]
    others = set(Contents.__struct_fields__) - {*MOVED, "connections"}
    assert {name for name in others if getattr(found, name)} == set()


async def test_a_server_loads_all_that_no_node_owns(server: Database) -> None:
    await store(server, *everything_of(1), *everything_of(2), rows.id_tag())
    alone = await server.read(load_contents)
    await own(server, 2, "n1")

    shared = await server.read(load_contents)

    assert ids_of(shared) == {**OF_ONE, "certificates": ["crt_11", "crt_21"]}
    assert shared.highest_transaction_number == alone.highest_transaction_number == 22
    assert list(shared.id_tags) == [rows.id_tag()]


async def test_what_the_server_and_the_nodes_load_is_together_all_there_is(
    server: Database,
) -> None:
    for number in range(1, 8):
        await store(server, *everything_of(number))
    alone = ids_of(await server.read(load_contents))
    await own(server, 3, "n1")
    await own(server, 5, "n1")
    await own(server, 6, "n2")

    parts = [
        ids_of(found)
        for found in (
            await server.read(load_contents),
            await contents(server, 3, 5),
            await contents(server, 6),
        )
    ]

    for name in set(MOVED) - {"certificates"}:
        together = [one for part in parts for one in part[name]]
        assert sorted(together) == sorted(alone[name]), name


async def test_many_chargers_are_read_in_parts_with_one_outcome(
    server: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(1, 8):
        await store(server, *everything_of(number))
    numbers = (7, 2, 5, 1, 5, 3)
    at_once = await contents(server, *numbers)

    monkeypatch.setattr(limits, "OWNED_CHARGERS_READ", 2)

    assert ids_of(await contents(server, *numbers)) == ids_of(at_once)
    assert ids_of(at_once)["chargers"] == ["chg_1", "chg_2", "chg_3", "chg_5", "chg_7"]


async def test_ten_thousand_chargers_are_read(server: Database) -> None:
    chargers = [msgspec.structs.asdict(rows.charger(number)) for number in range(1, 10_001)]
    values = [
        {name: one for name, one in row.items() if name != "allowed_addresses"} for row in chargers
    ]
    await server.write(lambda c: c.execute(insert(tables.chargers), values))
    await store(server, *(rows.connector(1, charger_id=f"chg_{n}") for n in range(1, 10_001)))

    found = await contents(server, *range(1, 10_001))

    assert len(found.chargers) == len(found.connectors) == 10_000


async def test_nothing_is_read_of_no_charger_or_a_deleted_one(server: Database) -> None:
    await store(server, *everything_of(1))
    await store(server, ChargerDeleted(charger_id="chg_1", deleted_at=rows.NOW))

    for numbers in ((), (1, 9)):
        found = await contents(server, *numbers)
        assert not any(getattr(found, name) for name in Contents.__struct_fields__)


async def test_of_each_charger_the_newest_completed_transactions_come_along(
    server: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "CLOSED_TRANSACTIONS_EACH", 2)
    for number in (1, 2):
        its: dict[str, Any] = {"charger_id": f"chg_{number}", "status": "completed"}
        await store(
            server,
            rows.charger(number),
            *(rows.transaction(10 * number + offset, **its) for offset in range(4)),
        )
    await store(server, rows.transaction(5))

    found = await contents(server, 1, 2)

    assert ids_of(found)["transactions"] == ["txn_5", "txn_12", "txn_13", "txn_22", "txn_23"]


async def test_many_chargers_bring_fewer_completed_transactions_each(
    server: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "CLOSED_TRANSACTIONS", 3)
    for number in (1, 2, 3):
        its: dict[str, Any] = {"charger_id": f"chg_{number}", "status": "completed"}
        await store(
            server,
            rows.charger(number),
            *(rows.transaction(10 * number + offset, **its) for offset in range(3)),
        )

    assert len((await contents(server, 1)).transactions) == 3
    assert ids_of(await contents(server, 1, 2, 3))["transactions"] == ["txn_12", "txn_22", "txn_32"]


async def test_what_organizations_have_is_for_every_owner(server: Database) -> None:
    settings = records.SettingsStored(organization_id=rows.ORGANIZATION, heartbeat_interval_s=60)
    await store(server, *everything_of(1), rows.id_tag(2), rows.id_tag(1), settings)

    found = await server.read(shared_contents)

    assert found.settings == [settings]
    assert found.id_tags == [rows.id_tag(1), rows.id_tag(2)]
    assert ids_of(found) == {name: [] for name in MOVED}


async def test_a_server_that_starts_ends_no_connection_of_a_node(server: Database) -> None:
    await store(server, *everything_of(1), *everything_of(2))
    await own(server, 2, "n1")

    await server.write(partial(end_connections, now=rows.NOW + 99))

    assert await open_connections(server) == {"con_21"}


async def test_connections_of_a_node_that_was_killed_are_ended(
    server: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "OWNED_CHARGERS_READ", 1)
    for number in (1, 2, 3):
        await store(server, *everything_of(number))
    closed = rows.connection(1, charger_id="chg_2", closed_at=rows.NOW, code=1000)
    await store(server, closed)

    ending = partial(end_connections_of, charger_ids=["chg_2", "chg_3"], now=rows.NOW + 99)
    await server.write(ending)

    assert await open_connections(server) == {"con_11"}
    query = select(tables.connections).order_by(tables.connections.c.id)
    stored = await server.read(lambda c: {row.id: row for row in c.execute(query)})
    assert (stored["con_21"].closed_at, stored["con_21"].code) == (rows.NOW + 99, 1006)
    assert stored["con_21"].reason == "the node ended without closing it"
    assert (stored["con_1"].closed_at, stored["con_1"].code) == (rows.NOW, 1000)


async def open_connections(database: Database) -> set[str]:
    query = select(tables.connections.c.id).where(tables.connections.c.closed_at.is_(None))
    return await database.read(lambda connection: set(connection.scalars(query)))
