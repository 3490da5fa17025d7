"""What a day has come to is kept, also where the database was away when it should have been."""

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest
from msgspec import structs
from structlog.testing import capture_logs

from voltyard.kernel.errors import Unavailable
from voltyard.kernel.pace import Pace
from voltyard.yard.days import Day, DayPlan, DayService, DayStatus, SiteConnector

NOW = 1_770_732_000.0
DAY = Day(
    id="day_1",
    organization_id="org_1",
    location_id="north",
    plan=DayPlan(),
    began_at=NOW,
    local_at=NOW,
    zone=None,
    places=(SiteConnector(deployment_id="dep-1", identity="CP-1", evse_id=1),),
)
ENDED = {"type": "transaction_ended", "meter_start_wh": 100.0, "meter_stop_wh": 600.0}


class Table:
    """The rows of days, which cannot be written while it is away."""

    def __init__(self) -> None:
        self.row = DAY
        self.is_away = False
        self.refused = 0
        self.chargers: dict[str, Any] = {}
        self._tried = asyncio.Condition()

    async def running(self) -> list[Day]:
        return [self.row] if self.row.status is DayStatus.RUNNING else []

    async def find(self, organization_id: str, day_id: str) -> Day:
        return self.row

    async def change(self, day: Day) -> None:
        async with self._tried:
            if self.is_away:
                self.refused += 1
            else:
                self.row = day
            self._tried.notify_all()
        if self.is_away:
            raise Unavailable("the database is away")

    async def until(self, holds: Callable[[], bool]) -> None:
        """Return once it is so after somebody has tried to write."""
        async with asyncio.timeout(120), self._tried:
            await self._tried.wait_for(holds)

    async def find_many(self, organization_id: str, names: Any) -> dict[str, Any]:
        return self.chargers


def days_over(table: Table, **chargers: Any) -> DayService:
    anything = cast(Any, SimpleNamespace)
    drivers = anything(begin=lambda day, refused: None, end=lambda day_id: None)
    return DayService(
        anything(days=table, deployments=table),
        chargers=anything(**chargers),
        drivers=drivers,
        event_writer=anything(day_told=lambda *_: None),
        catalogue=anything(),
        clock=lambda: NOW,
        kept_each_s=0.001,
    )


async def test_what_could_not_be_written_is_written_later() -> None:
    table = Table()
    days = days_over(table)
    with capture_logs() as lines:
        await days.start()
        await table.until(lambda: table.row.resumed == 1)
        table.is_away = True

        days.happened("dep-1", ENDED)
        await table.until(lambda: table.refused > 1)
        table.is_away = False

        await table.until(lambda: table.row.sessions_ended == 1)
        table.is_away = True
        days.happened("dep-1", ENDED)
        await days.close()
    assert table.row.energy_wh == 500.0
    assert {line["event"] for line in lines} == {"round_failed", "days_not_kept"}


async def test_a_day_whose_end_cannot_be_written_ends_when_it_can() -> None:
    table = Table()
    days = days_over(table)
    with capture_logs():
        await days.start()
        table.is_away = True

        with pytest.raises(Unavailable):
            await days.stop("org_1", "north", "day_1")
        assert (await days.get("org_1", "north", "day_1")).status is DayStatus.RUNNING
        table.is_away = False

        stopped = await days.stop("org_1", "north", "day_1")
        await days.close()
    assert stopped.status is table.row.status is DayStatus.STOPPED


async def test_chargers_get_their_rates_back_together_and_each_of_them_does() -> None:
    table, together, asked = Table(), asyncio.Barrier(3), []
    names = ("dep-1", "dep-2", "dep-3")
    table.row = structs.replace(DAY, rates=dict.fromkeys(names, 1.0))
    fast = SimpleNamespace(pace=Pace(60.0, NOW, NOW))
    table.chargers = {name: SimpleNamespace(id=name, options=fast) for name in names}

    async def go_at(charger: Any, pace: Pace) -> None:
        async with asyncio.timeout(120):
            await together.wait()
        asked.append((charger.id, pace.rate))
        if charger.id == "dep-1":
            raise Unavailable("its row cannot be written")

    days = days_over(table, go_at=go_at)
    await days.start()

    with pytest.raises(Unavailable, match="its row"):
        await days.stop("org_1", "north", "day_1")

    await days.close()
    assert sorted(asked) == [(name, 1.0) for name in names]
