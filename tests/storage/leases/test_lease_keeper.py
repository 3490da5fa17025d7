"""Leases of a PostgreSQL database: who keeps one has it, and who falls silent loses it."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select, text, update

from tests import postgres
from voltyard.kernel import limits
from voltyard.kernel.errors import Unavailable
from voltyard.storage.database.database import Database, url_of
from voltyard.storage.leases.database_hold import HoldLost
from voltyard.storage.leases.lease_keeper import Standby
from voltyard.storage.schema.leases import leases

pytestmark = pytest.mark.service

PATIENCE_S = 60.0


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "STANDBY_LOOK_S", 0.05)
    monkeypatch.setattr(limits, "LEASE_RENEWED_S", 1.0)  # of its statements too


@pytest.fixture
async def holder(postgres_url: str) -> AsyncIterator[Database]:
    opened = await Database.open(postgres_url, alone=True)
    yield opened
    await opened.close()


async def renewed_at(database: Database) -> float:
    return float(await database.read(lambda c: c.scalar(select(leases.c.renewed_at))) or 0)


async def be_silent(database: Database, url: str) -> None:
    """Leave it as a server that is paused: its connections are there, and it says nothing."""
    assert database._keeper is not None
    await database._keeper.close()
    # the database's clock goes on: as if that had been so for long
    long_ago = update(leases).values(renewed_at=leases.c.renewed_at - 2 * limits.LEASE_S)
    await database.write(lambda c: c.execute(long_ago))


async def test_a_lease_is_renewed_while_nothing_is_written(
    postgres_url: str, holder: Database
) -> None:
    before = await renewed_at(holder)

    async with asyncio.timeout(PATIENCE_S):
        while await renewed_at(holder) == before:
            pass  # each look is a round trip
    assert not holder.lost.done()


async def test_a_standby_waits_while_the_holder_lives_and_goes_on_once_it_ends(
    postgres_url: str, holder: Database
) -> None:
    turn = asyncio.create_task(Standby(url_of(postgres_url)).turn())
    done, _ = await asyncio.wait([turn], timeout=0.5)
    assert not done

    await holder.close()

    await asyncio.wait_for(turn, PATIENCE_S)
    await (await Database.open(postgres_url, alone=True)).close()


async def test_a_silent_holder_is_ended_and_can_spoil_nothing_when_it_wakes(
    postgres_url: str, holder: Database
) -> None:
    await be_silent(holder, postgres_url)

    await asyncio.wait_for(Standby(url_of(postgres_url)).turn(), PATIENCE_S)
    heir = await Database.open(postgres_url, alone=True)

    with pytest.raises(Unavailable, match="another server uses"):
        await holder.write(lambda c: c.execute(text("DELETE FROM organizations")))
    await heir.close()
    with pytest.raises(HoldLost):
        await holder.write(lambda c: c.execute(text("DELETE FROM organizations")))


async def test_a_holder_hears_that_another_has_taken_over(
    postgres_url: str, holder: Database
) -> None:
    postgres.cut_connections(postgres_url)
    heir = await Database.open(postgres_url, alone=True)

    with pytest.raises(HoldLost):
        await asyncio.wait_for(holder.lost, PATIENCE_S)

    await heir.close()


async def test_a_lease_that_ran_out_long_ago_ends_nobody_who_took_over_since(
    postgres_url: str, holder: Database
) -> None:
    """Between the lock and the lease of who takes over, the former's lease is still there."""
    await be_silent(holder, postgres_url)
    forget = update(leases).values(pid=1)
    await holder.write(lambda c: c.execute(forget))

    turn = asyncio.create_task(Standby(url_of(postgres_url)).turn())
    done, _ = await asyncio.wait([turn], timeout=0.5)

    assert not done
    turn.cancel()
    await asyncio.wait([turn])


async def test_a_standby_outlasts_a_database_that_is_away(
    postgres_url: str, holder: Database
) -> None:
    turn = asyncio.create_task(Standby(url_of(postgres_url)).turn())
    await asyncio.wait([turn], timeout=0.3)
    with postgres.out_of_reach(postgres_url):
        done, _ = await asyncio.wait([turn], timeout=0.5)
        assert not done

    await holder.close()

    await asyncio.wait_for(turn, PATIENCE_S)
