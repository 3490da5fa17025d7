"""Leases of nodes: who lives is left alone, and who is ended can write nothing more."""

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import psycopg
import pytest
from sqlalchemy import Connection, text

from tests import postgres
from tests.storage import bench as rows
from tests.storage.nodes.bench import be_silent, give, leased, own, owned, store
from voltyard.kernel import limits
from voltyard.kernel.errors import Unavailable
from voltyard.storage.database.database import Database, url_of
from voltyard.storage.leases.database_hold import HoldLost
from voltyard.storage.leases.lease_names import key_of_node
from voltyard.storage.nodes.live_nodes import NodeLeases
from voltyard.storage.nodes.owners import StoredOwners

pytestmark = pytest.mark.service

PATIENCE_S = 60.0

OWNING = """
import asyncio, sys
from tests.storage.nodes.bench import give
from voltyard.storage.database.database import Database

async def main():
    database = await Database.open(sys.argv[1], node="n1")
    print("open", flush=True)
    while True:
        await give(database, 1, "n1")

asyncio.run(main())
"""


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "LEASE_GRACE_S", 0.0)


@pytest.fixture
async def nodes(server: Database, postgres_url: str) -> AsyncIterator[NodeLeases]:
    opened = NodeLeases(url_of(postgres_url))
    await opened.live()
    yield opened
    opened.close()


async def ended(nodes: NodeLeases) -> list[str]:
    """The first that come of looking again and again."""
    async with asyncio.timeout(PATIENCE_S):
        while not (names := await nodes.end_silent()):
            pass  # each look is a round trip
    return names


@contextmanager
def locked_by_another(url: str, node: str) -> Iterator[psycopg.Connection[Any]]:
    """A node's lock, held by a process that has no lease yet."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"SELECT pg_advisory_lock({key_of_node('%s::text')})", (f"node:{node}",))  # type: ignore[arg-type]
        yield connection


async def test_nodes_that_live_are_listed_and_left_alone(
    nodes: NodeLeases, n1: Database, n2: Database
) -> None:
    live = await nodes.live()

    assert [(one.name, one.epoch) for one in live] == [("n1", 1), ("n2", 2)]
    assert all(0 <= one.renewed_s < limits.LEASE_S for one in live)
    assert await nodes.end_silent() == []
    assert len(await nodes.live()) == 2


async def test_a_silent_node_is_ended_and_can_write_nothing_when_it_wakes(
    server: Database, nodes: NodeLeases, n1: Database, n2: Database
) -> None:
    await store(server, rows.charger(1))
    await give(server, 1, "n1")
    await be_silent(n1)
    assert [one.name for one in await nodes.live()] == ["n2"]

    assert await ended(nodes) == ["n1"]

    assert await leased(server) == {"server", "node:n2"}
    with pytest.raises(HoldLost, match="chargers of the node n1"):
        await n1.write(lambda c: c.execute(text("DELETE FROM chargers")))
    with pytest.raises(HoldLost):
        await give(n1, 1, "n2")
    assert await owned(server) == {"chg_1": "n1"}
    await n2.write(lambda c: c.execute(text("SELECT 1")))


async def test_what_a_silent_node_had_begun_to_write_is_undone(
    server: Database, nodes: NodeLeases, n1: Database
) -> None:
    """Its connection stands in the middle of a transaction, as in a process that is stopped."""
    await store(server, rows.charger(1))
    await be_silent(n1)
    with psycopg.connect(_plain(server), autocommit=True) as other:
        other.execute("SELECT pg_advisory_lock(1)")
        stuck = asyncio.create_task(
            n1.write(
                lambda c: (
                    c.execute(text("UPDATE chargers SET name = 'late'")),
                    c.execute(text("SELECT pg_advisory_xact_lock(1)")),
                )
            )
        )
        await asyncio.to_thread(_until_one_waits, _plain(server))

        assert await ended(nodes) == ["n1"]

    with pytest.raises(Unavailable):
        await stuck
    name = await server.read(lambda c: c.scalar(text("SELECT name FROM chargers")))
    assert name is None


async def test_a_node_that_is_killed_is_ended_with_its_lease_and_found_by_its_chargers(
    server: Database, nodes: NodeLeases, postgres_url: str
) -> None:
    await store(server, rows.charger(1))
    code = f"import sys; sys.path[:0] = {sys.path!r}\n{OWNING}"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, postgres_url, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"open\n"
    await give(server, 1, "n1")
    process.kill()
    await process.wait()

    assert [one.name for one in await nodes.live()] == ["n1"]
    assert await nodes.end_silent() == []
    age = text("UPDATE leases SET renewed_at = renewed_at - 100 WHERE name = 'node:n1'")
    await server.write(lambda c: c.execute(age))
    assert await ended(nodes) == ["n1"]

    # A server that is killed here has taken nothing, and the next one is told again.
    assert await nodes.end_silent() == ["n1"]
    taken = await StoredOwners(server).take_from("n1")
    assert taken is not None
    assert [one.charger_id for one in taken] == ["chg_1"]
    assert await nodes.end_silent() == []


async def test_a_node_that_left_without_giving_its_chargers_back_is_found(
    server: Database, nodes: NodeLeases, postgres_url: str
) -> None:
    await store(server, rows.charger(1))
    node = await Database.open(postgres_url, node="n1")
    await give(server, 1, "n1")
    await node.close()

    assert await ended(nodes) == ["n1"]


async def test_a_node_that_begins_is_no_orphan_before_it_has_its_lease(
    server: Database, nodes: NodeLeases, postgres_url: str
) -> None:
    await own(server, 1, "n1")

    with locked_by_another(postgres_url, "n1"):
        assert await nodes.end_silent() == []
        assert await StoredOwners(server).take_from("n1") is None

    assert await ended(nodes) == ["n1"]


async def test_a_new_process_is_not_ended_for_the_lease_of_the_former(
    server: Database, nodes: NodeLeases, n1: Database, postgres_url: str
) -> None:
    """Between the lock and the lease of a new process, the former's lease is still there."""
    await be_silent(n1)
    postgres.cut_connections(postgres_url)
    with pytest.raises(Unavailable):
        await nodes.end_silent()  # its own connection was cut too
    await nodes.live()

    with locked_by_another(postgres_url, "n1") as connection:
        assert await nodes.end_silent() == []
        assert connection.execute("SELECT 1").fetchone() == (1,)


@pytest.mark.parametrize("is_connected", [True, False])
async def test_a_lease_that_is_renewed_at_the_last_moment_stays(
    server: Database, nodes: NodeLeases, n1: Database, postgres_url: str, is_connected: bool
) -> None:
    """It ran out, was seen so, and is renewed before its end."""
    await be_silent(n1)
    silent, _ = await nodes._run(nodes._silent)
    ((name, epoch),) = silent
    renew = text("UPDATE leases SET renewed_at = extract(epoch FROM now()) WHERE name = 'node:n1'")
    await server.write(lambda c: c.execute(renew))
    pid = text("SELECT pg_backend_pid()")
    before = await n1.write(lambda c: c.scalar(pid))
    if not is_connected:
        postgres.cut_connections(postgres_url)
        with pytest.raises(Unavailable):
            await nodes.live()

    ending = partial(nodes._end, name=name, epoch=epoch, silent_s=limits.LEASE_S)
    assert await nodes._run(ending) is False

    assert "node:n1" in await leased(server)
    assert (await n1.write(lambda c: c.scalar(pid)) == before) is is_connected


async def test_a_node_is_ended_at_once_where_it_cannot_be_reached(
    server: Database, nodes: NodeLeases, n1: Database, n2: Database
) -> None:
    assert await nodes.end("n1") is True

    assert await leased(server) == {"server", "node:n2"}
    with pytest.raises(HoldLost):
        await n1.write(lambda c: c.execute(text("DELETE FROM chargers")))
    with pytest.raises(HoldLost, match="chargers of the node n1"):
        await asyncio.wait_for(n1.lost, PATIENCE_S)
    assert await nodes.end("n1") is True
    assert await nodes.end("never there") is True


async def test_a_node_that_began_anew_is_not_ended_for_its_former_process(
    nodes: NodeLeases,
    server: Database,
    n1: Database,
    postgres_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limits, "NODE_END_S", 0.2)
    await nodes.end("n1", 1)
    anew = await Database.open(postgres_url, node="n1")

    assert await nodes.end("n1", 1) is False

    await anew.write(lambda c: c.execute(text("SELECT 1")))
    assert await nodes.end("n1", 2) is True
    await anew.close()


async def test_no_node_is_ended_before_it_could_renew_its_lease_after_an_outage(
    server: Database,
    nodes: NodeLeases,
    n1: Database,
    postgres_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limits, "LEASE_GRACE_S", 3_600.0)
    await be_silent(n1)
    with postgres.out_of_reach(postgres_url), pytest.raises(Unavailable):
        await nodes.end_silent()

    assert await nodes.end_silent() == []
    assert await nodes.end_silent() == []
    monkeypatch.setattr(limits, "LEASE_GRACE_S", 0.0)
    assert await ended(nodes) == ["n1"]


async def test_two_servers_that_look_at_once_end_a_node_once(
    server: Database, nodes: NodeLeases, n1: Database, postgres_url: str
) -> None:
    """One of them has lost its place, and does not know it yet."""
    await be_silent(n1)
    other = NodeLeases(url_of(postgres_url))
    await other.live()
    await nodes.end_silent()  # its connection is told to end

    found: list[list[str]] = []
    async with asyncio.timeout(PATIENCE_S):
        while await leased(server) != {"server"}:
            found += await asyncio.gather(nodes.end_silent(), other.end_silent())

    assert "node:n1" not in await leased(server)
    assert await nodes.live() == []
    with pytest.raises(HoldLost):
        await n1.write(lambda c: c.execute(text("SELECT 1")))
    other.close()


async def test_a_race_of_writes_and_the_end_leaves_nothing_written_after_it(
    server: Database, nodes: NodeLeases, n1: Database
) -> None:
    await store(server, rows.charger(1))
    written = 0
    is_going_on = asyncio.Event()

    async def write() -> None:
        nonlocal written
        while True:
            await n1.write(partial(_set_interval, interval_s=written + 1))
            written += 1
            is_going_on.set()

    writing = asyncio.create_task(write())
    await is_going_on.wait()
    assert await nodes.end("n1")
    last = await _interval(server)

    with pytest.raises(Unavailable):
        await writing
    assert await _interval(server) == last
    assert last is not None
    assert last in (written, written + 1)  # the answer of its last commit may have been lost


def _set_interval(connection: Connection, interval_s: int) -> None:
    connection.execute(text(f"UPDATE chargers SET boot_interval_s = {interval_s}"))


async def _interval(database: Database) -> int | None:
    query = text("SELECT boot_interval_s FROM chargers")
    return await database.read(lambda c: c.scalar(query))


def _plain(database: Database) -> str:
    return database.url.set(drivername="postgresql").render_as_string(hide_password=False)


def _until_one_waits(url: str) -> None:
    waiting: Any = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    with psycopg.connect(url, autocommit=True) as connection:
        while connection.execute(waiting).fetchone() == (0,):
            pass  # each look is a round trip
