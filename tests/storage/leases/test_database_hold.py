"""Holds of a server and its nodes on one PostgreSQL database: side by side, each name once."""

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import insert, select, text

from tests import postgres
from voltyard.kernel import limits
from voltyard.kernel.errors import Invalid, Unavailable
from voltyard.storage import migrations
from voltyard.storage.backups.postgres_dumps import held_database
from voltyard.storage.database.database import Database, url_of
from voltyard.storage.leases.database_hold import HeldByAnother, HoldLost
from voltyard.storage.schema.leases import leases
from voltyard.storage.schema.organizations import organizations

pytestmark = pytest.mark.service

PATIENCE_S = 60.0

HOLDING = """
import asyncio, sys
from voltyard.storage.database.database import Database

async def main():
    await Database.open(sys.argv[1], node=sys.argv[2])
    print("open", flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "DATABASE_HOLD_S", 1)
    monkeypatch.setattr(limits, "LEASE_RENEWED_S", 1.0)  # of its statements too


@pytest.fixture
async def server(postgres_url: str) -> AsyncIterator[Database]:
    opened = await Database.open(postgres_url, alone=True)
    yield opened
    await opened.close()


@pytest.fixture
async def node(server: Database, postgres_url: str) -> AsyncIterator[Database]:
    opened = await Database.open(postgres_url, node="n1")
    yield opened
    await opened.close()


def adding(name: str) -> Any:
    row = {"id": f"org_{name}", "name": name, "created_at": 1.5}
    return lambda connection: connection.execute(insert(organizations).values(row))


async def names(database: Database) -> list[str]:
    query = select(organizations.c.name).order_by(organizations.c.name)
    return await database.read(lambda connection: list(connection.scalars(query)))


async def leased(database: Database) -> list[tuple[str, int]]:
    query = select(leases.c.name, leases.c.epoch).order_by(leases.c.name)
    return await database.read(lambda c: [(row.name, row.epoch) for row in c.execute(query)])


async def test_a_server_and_its_nodes_write_side_by_side(
    server: Database, node: Database, postgres_url: str
) -> None:
    another = await Database.open(postgres_url, node="n2")

    await server.write(adding("of the server"))
    await node.write(adding("of n1"))
    await another.write(adding("of n2"))

    assert await names(server) == ["of n1", "of n2", "of the server"]
    assert await leased(server) == [("node:n1", 1), ("node:n2", 2), ("server", 1)]
    assert (server.node, node.node, another.node) == ("", "n1", "n2")
    await another.close()


async def test_a_second_node_of_one_name_is_told_to_choose_another(
    node: Database, postgres_url: str
) -> None:
    with pytest.raises(HeldByAnother, match="another node of the name n1") as refusal:
        await Database.open(postgres_url, node="n1")

    assert "choose another name" in refusal.value.advice
    await node.write(adding("north"))


async def test_a_name_is_free_once_the_process_that_had_it_is_killed(
    server: Database, postgres_url: str
) -> None:
    code = f"import sys; sys.path[:0] = {sys.path!r}\n{HOLDING}"
    holder = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, postgres_url, "n1", stdout=asyncio.subprocess.PIPE
    )
    assert holder.stdout is not None
    assert await holder.stdout.readline() == b"open\n"
    with pytest.raises(HeldByAnother):
        await Database.open(postgres_url, node="n1")

    holder.kill()
    await holder.wait()

    heir = await Database.open(postgres_url, node="n1")
    assert await leased(server) == [("node:n1", 2), ("server", 1)]
    await heir.close()


async def test_a_node_that_ends_in_good_order_leaves_no_lease_and_a_server_its_own(
    server: Database, postgres_url: str
) -> None:
    node = await Database.open(postgres_url, node="n1")
    await node.close()
    assert await leased(server) == [("server", 1)]

    await server.close()

    reader = await Database.open(postgres_url)
    assert await leased(reader) == [("server", 1)]
    await reader.close()


async def test_no_epoch_of_a_node_comes_again(server: Database, postgres_url: str) -> None:
    for epoch, name in ((1, "n1"), (2, "n1"), (3, "n2")):
        node = await Database.open(postgres_url, node=name)
        assert (f"node:{name}", epoch) in await leased(server)
        await node.close()


async def test_what_waits_at_the_end_of_a_node_is_committed_before_its_lease_goes(
    server: Database, postgres_url: str
) -> None:
    node = await Database.open(postgres_url, node="n1")

    await asyncio.gather(node.write(adding("late")), node.close())

    assert await names(server) == ["late"]


async def test_a_node_goes_on_after_the_loss_of_its_connections(
    server: Database, node: Database, postgres_url: str
) -> None:
    await node.write(adding("before"))
    postgres.cut_connections(postgres_url)

    await node.write(adding("after"))

    assert await names(server) == ["after", "before"]
    assert ("node:n1", 1) in await leased(server)


async def test_the_lease_of_a_node_is_renewed_while_nothing_is_written(
    server: Database, node: Database
) -> None:
    query = select(leases.c.renewed_at).where(leases.c.name == "node:n1")

    async def renewed_at() -> float | None:
        return await server.read(lambda connection: connection.scalar(query))

    before = await renewed_at()

    async with asyncio.timeout(PATIENCE_S):
        while await renewed_at() == before:
            assert not node.lost.done()  # each look is a round trip
    assert not server.lost.done()


async def test_a_node_whose_lease_was_ended_hears_that_its_chargers_are_others_now(
    server: Database, node: Database
) -> None:
    await server.write(lambda c: c.execute(text("DELETE FROM leases WHERE name = 'node:n1'")))

    with pytest.raises(HoldLost, match="has given the chargers of the node n1 to others"):
        await asyncio.wait_for(node.lost, PATIENCE_S)


async def test_a_lost_hold_leaves_the_lease_of_its_heir_alone(
    server: Database, postgres_url: str
) -> None:
    former = await Database.open(postgres_url, node="n1")
    postgres.cut_connections(postgres_url)
    heir = await Database.open(postgres_url, node="n1")

    await former.close()

    assert ("node:n1", 2) in await leased(server)
    await heir.close()


async def test_a_node_needs_a_server_to_have_made_the_tables(empty_postgres: str) -> None:
    with pytest.raises(Unavailable, match="nothing of a server in it") as refusal:
        await Database.open(empty_postgres, node="n1")

    assert refusal.value.advice == "start the server first"
    with psycopg.connect(empty_postgres) as connection:
        assert connection.execute("SELECT to_regclass('alembic_version')").fetchone() == (None,)


@pytest.mark.parametrize(
    ("revision", "said", "advice"),
    [
        ("0015", "of an older version", "start the server of this version first"),
        ("9999", "of a newer version", "start the version that its server is of"),
    ],
)
async def test_a_node_takes_no_database_of_another_version(
    empty_postgres: str, revision: str, said: str, advice: str
) -> None:
    await (await Database.open(empty_postgres)).close()
    with psycopg.connect(empty_postgres) as connection:
        connection.execute("UPDATE alembic_version SET version_num = %s", (revision,))

    with pytest.raises(Unavailable, match=said) as refusal:
        await Database.open(empty_postgres, node="n1")

    assert refusal.value.advice == advice
    with psycopg.connect(empty_postgres) as connection:
        assert connection.execute("SELECT count(*) FROM leases").fetchone() == (0,)
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == (
            revision,
        )
        connection.execute("UPDATE alembic_version SET version_num = %s", (migrations.HEAD,))
    await (await Database.open(empty_postgres, node="n1")).close()


async def test_sqlite_has_no_nodes(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="no nodes"):
        await Database.open(tmp_path, node="n1")


async def test_nothing_is_restored_while_a_node_is_there_and_no_node_comes_meanwhile(
    postgres_url: str,
) -> None:
    node = await Database.open(postgres_url, node="n1")
    place = url_of(postgres_url)
    with pytest.raises(HeldByAnother, match="nodes use") as refusal, held_database(place):
        pass
    assert "stop all nodes" in refusal.value.advice
    await node.close()

    with held_database(place), pytest.raises(Unavailable, match="a backup is being restored"):
        await Database.open(postgres_url, node="n1")

    await (await Database.open(postgres_url, node="n1")).close()
