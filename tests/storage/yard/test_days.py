"""Days at sites, on either database: kept as they were, by whom and where they are."""

from typing import Any

import pytest
from msgspec import structs

from voltyard.kernel import limits
from voltyard.storage.database.database import Database
from voltyard.storage.yard.yard_records import yard_repositories
from voltyard.yard.days import Day, DayPlan, DayStatus, SiteConnector
from voltyard.yard.repositories import PageRequest

DAY = Day(
    id="day_1",
    organization_id="org_1",
    location_id="north",
    plan=DayPlan(
        kind="work",
        hours=9.5,
        start=2_000.0,
        rate=60.0,
        peer_agrees_to_rate=True,
        seed=2**53 - 1,
        vehicles=("honda-e",),
        tags=("TÄG-1", "TAG-2"),
        unknown=0.05,
    ),
    began_at=1_000.25,
    local_at=2_000.125,
    zone="Europe/Paris",
    places=(SiteConnector(deployment_id="dep-1", identity="CP-É", evse_id=2),),
    rates={"dep-1": 1.0},
)


def day(number: int, **said: Any) -> Day:
    return structs.replace(DAY, id=f"day_{number}", **said)


async def listed(database: Database, location_id: str = "north", **page: int) -> list[str]:
    days = yard_repositories(database).days
    found = await days.listed("org_1", location_id, PageRequest(**page))
    return [one.id for one in found.entries]


async def test_a_day_comes_back_as_it_was(database: Database) -> None:
    days = yard_repositories(database).days

    await days.add(DAY)

    assert await days.find("org_1", "day_1") == DAY
    assert await days.running() == [DAY]
    assert await days.find("org_2", "day_1") is None
    assert (await days.listed("org_2", "north", PageRequest())).total == 0
    assert await days.find("org_1", "day_2") is None


async def test_what_it_has_come_to_is_kept(database: Database) -> None:
    days = yard_repositories(database).days
    await days.add(DAY)
    await days.add(day(2, location_id="south"))
    ended = structs.replace(
        DAY,
        status=DayStatus.STOPPED,
        ended_at=5_000.5,
        resumed=2,
        sessions_begun=3,
        sessions_ended=2,
        energy_wh=12_345.678,
        refused=1,
    )

    await days.change(ended)

    assert await days.find("org_1", "day_1") == ended
    assert [one.id for one in await days.running()] == ["day_2"]


async def test_the_days_of_a_location_are_listed_in_pages_the_newest_first(
    database: Database,
) -> None:
    days = yard_repositories(database).days
    for number in range(5):
        await days.add(day(number))
    await days.add(day(9, location_id="south"))

    assert await listed(database) == ["day_4", "day_3", "day_2", "day_1", "day_0"]
    assert await listed(database, number=2, size=2) == ["day_2", "day_1"]
    assert await listed(database, number=9, size=2) == []
    assert (await days.listed("org_1", "north", PageRequest(size=2))).total == 5


async def test_a_location_keeps_its_newest_days_and_no_other_loses_any(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "DAYS_KEPT", 2)
    days = yard_repositories(database).days
    await days.add(day(0, location_id="south"))

    for number in range(1, 5):
        await days.add(day(number))

    assert await listed(database) == ["day_4", "day_3"]
    assert await listed(database, "south") == ["day_0"]
