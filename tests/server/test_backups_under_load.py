"""Backups of a server under load: each has every transaction that was answered before it began."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from tests import postgres
from tests.server.stubborn_charger import StubbornCharger
from voltyard.storage.backups.checking import check, check_backup
from voltyard.storage.backups.making import make
from voltyard.storage.backups.restoring import restore
from voltyard.storage.backups.server_data import ServerData
from voltyard.storage.database.database import engines
from voltyard.storage.schema.csms import transactions
from voltyard.testing.processes import ServerProcess

CHARGERS = 8


@dataclass(frozen=True, slots=True)
class Answered:
    """What the chargers had been answered at one moment."""

    started: frozenset[tuple[str, int]]
    stopped: frozenset[tuple[str, int]]

    @classmethod
    def by(cls, chargers: Sequence[StubbornCharger]) -> "Answered":
        return cls(
            frozenset((one.box, number) for one in chargers for number in one.starts),
            frozenset((one.box, number) for one in chargers for number in one.stopped),
        )


def stored(place: ServerData) -> Answered:
    """The transactions of a place."""
    writing, reading = engines(place.url)
    columns = transactions.c
    with reading.connect() as connection:
        rows = connection.execute(
            select(columns.charge_box_id, columns.number, columns.status)
        ).all()
    for engine in (writing, reading):
        engine.dispose()
    return Answered(
        frozenset((box, number) for box, number, _ in rows),
        frozenset((box, number) for box, number, status in rows if status == "completed"),
    )


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.service)])
async def places(
    request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[tuple[ServerData, ServerData]]:
    """Where a server runs, and where its backups are restored to."""
    here, there = tmp_path / "data", tmp_path / "restored"
    if request.param == "sqlite":
        yield ServerData.of(here, None), ServerData.of(there, None)
        return
    url = request.getfixturevalue("empty_postgres")
    with postgres.fresh_database() as other:
        yield ServerData.of(here, url), ServerData.of(there, other)


@pytest.mark.slow
@pytest.mark.timeout(1200)
async def test_twenty_backups_under_load_have_every_transaction_answered_before(
    places: tuple[ServerData, ServerData], tmp_path: Path
) -> None:
    place, target = places
    url = None if place.is_sqlite else place.url.render_as_string(hide_password=False)
    chargers = [StubbornCharger(number) for number in range(CHARGERS)]
    server = ServerProcess(place.data, database_url=url)
    with server:
        with server.client() as client:
            for charger in chargers:
                client.post("/api/v1/chargers", json={"chargeBoxId": charger.box})
        charging = [asyncio.create_task(one.charge(server.charger_url)) for one in chargers]
        for number in range(20):
            more = len(Answered.by(chargers).stopped) + 20
            async with asyncio.timeout(60):
                while len(Answered.by(chargers).stopped) < more:
                    await asyncio.wait(charging, timeout=0.01)
            before = Answered.by(chargers)
            backup = tmp_path / f"backup-{number}"

            await asyncio.to_thread(make, place, backup, time.time)
            await asyncio.to_thread(restore, backup, target, force=number > 0)

            restored = await asyncio.to_thread(stored, target)
            assert before.started <= restored.started
            assert before.stopped <= restored.stopped
            assert await asyncio.to_thread(lambda: list(check(target))) == []
        assert list(check_backup(backup)) == []
        assert not any(one.done() for one in charging), "the load ended"
        for one in charging:
            one.cancel()

    url = None if target.is_sqlite else target.url.render_as_string(hide_password=False)
    with ServerProcess(target.data, database_url=url) as after, after.client() as client:
        listed = client.get("/api/v1/transactions", params={"limit": 1}).json()
        assert listed["pagination"]["total"] == len(restored.started)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_backup_of_a_running_server_is_a_server_again(tmp_path: Path) -> None:
    place, target = (
        ServerData.of(tmp_path / "data", None),
        ServerData.of(tmp_path / "restored", None),
    )
    with ServerProcess(place.data) as server, server.client() as client:
        added(client, "BAY-1")
        make(place, tmp_path / "backup", time.time)
        added(client, "BAY-2")
        assert list(check(place)) == []
    restore(tmp_path / "backup", target)

    with ServerProcess(target.data) as server, server.client() as client:
        assert client.get("/api/v1/chargers/BAY-1").status_code == 200
        assert client.get("/api/v1/chargers/BAY-2").status_code == 404
        assert list(check(target)) == []


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_copy_of_a_running_servers_file_is_no_server(tmp_path: Path) -> None:
    place = ServerData.of(tmp_path / "data", None)
    with ServerProcess(place.data) as server:
        (tmp_path / "copied").mkdir()
        (tmp_path / "copied" / "voltyard.db").write_bytes(place.database.read_bytes())
        assert server.stop() == 0
    assert not (place.data / "voltyard.db.in-use").exists()
    copied = ServerProcess(tmp_path / "copied")

    with pytest.raises(AssertionError, match="without its log"):
        copied.start()


def added(client: httpx.Client, identity: str) -> None:
    client.post("/api/v1/chargers", json={"chargeBoxId": identity}).raise_for_status()
