"""A clock that jumps, and the history that must not go with it."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from structlog.testing import capture_logs

from tests.storage import bench as rows
from voltyard.config.config import Config
from voltyard.kernel import limits
from voltyard.kernel.time import DAY_S
from voltyard.storage.csms.backend_records import csms_journal
from voltyard.storage.database.database import Database
from voltyard.storage.disk import Disk
from voltyard.storage.retention.history_clock import HistoryClock
from voltyard.storage.retention.retention import RetentionBounds
from voltyard.storage.retention.sweeper import Sweeper
from voltyard.storage.schema import csms as tables

NOW = rows.NOW
HOUR_S = 3_600.0


def test_it_is_the_clocks_as_long_as_that_goes_right() -> None:
    ageing = HistoryClock(NOW - HOUR_S, NOW)

    assert ageing.advance(NOW, 0.0) == NOW
    assert ageing.advance(NOW + 300, 300.0) == NOW + 300
    assert not ageing.is_far_ahead


def test_a_jump_is_followed_a_day_an_hour() -> None:
    ageing = HistoryClock(NOW, NOW)

    assert ageing.advance(NOW + 31 * DAY_S, 300.0) == NOW + 300 * limits.RETENTION_CATCH_UP
    assert ageing.is_far_ahead
    assert ageing.advance(NOW + 31 * DAY_S + HOUR_S, HOUR_S) < NOW + 1.2 * DAY_S
    assert ageing.advance(NOW + 2 * HOUR_S, HOUR_S) == NOW + 2 * HOUR_S  # set right
    assert not ageing.is_far_ahead


@pytest.mark.parametrize("days", [3, 42])
def test_after_weeks_of_standing_still_history_catches_up_by_itself(days: int) -> None:
    now = NOW + days * DAY_S
    ageing = HistoryClock(NOW, now)

    assert ageing.advance(now, 0.0) == NOW
    assert ageing.advance(now + days * HOUR_S, days * HOUR_S * 1.1) == now + days * HOUR_S


def test_a_clock_that_goes_back_ages_nothing() -> None:
    ageing = HistoryClock(NOW, NOW)

    assert ageing.advance(NOW - 10 * DAY_S, 300.0) == NOW - 10 * DAY_S


class Times:
    """A clock that can be set, and time that goes by all the same."""

    def __init__(self) -> None:
        self.now = NOW
        self.steady = 1_000.0

    def go_by(self, seconds: float, jump_s: float = 0.0) -> None:
        self.now += seconds + jump_s
        self.steady += seconds


async def swept(database: Database, times: Times, low_bytes: int = 0) -> Sweeper:
    disk = Disk(Path(database.url.database or "").parent, low_bytes)
    kept = RetentionBounds.of(Config())
    return await Sweeper.begin(database, kept, disk, lambda: times.now, lambda: times.steady)


async def fill(database: Database, *records: Any) -> None:
    csms_journal(database).write([rows.charger(), *records])
    await database.flush()


async def messages(database: Database) -> Any:
    counting = select(func.count()).select_from(tables.messages)
    return await database.read(lambda c: c.scalar(counting))


async def test_a_clock_31_days_ahead_deletes_nothing_and_is_spoken_of_once(
    database: Database,
) -> None:
    times = Times()
    sweeper = await swept(database, times)
    await fill(database, *(rows.message(number) for number in range(50)))
    await sweeper.round()

    with capture_logs() as lines:
        for jump_s in (31 * DAY_S, 0.0, 0.0):
            times.go_by(limits.RETENTION_EVERY_S, jump_s)
            await sweeper.round()

    assert await messages(database) == 50
    said = [line for line in lines if line["event"] == "history_ages_slowly"]
    assert len(said) == 1
    assert said[0]["days_ahead"] == pytest.approx(31, abs=0.2)


async def test_nor_after_a_restart_with_that_clock(database: Database) -> None:
    times = Times()
    first = await swept(database, times)
    await fill(database, *(rows.message(number) for number in range(50)))
    await first.round()
    times.go_by(limits.RETENTION_EVERY_S, 31 * DAY_S)
    await fill(database, rows.message(99, at=times.now))
    await first.round()

    second = await swept(database, times)
    await second.round()

    assert await messages(database) == 51


async def test_nor_where_the_server_starts_with_it(database: Database) -> None:
    times = Times()
    await fill(database, *(rows.message(number) for number in range(50)))
    times.go_by(0, 31 * DAY_S)

    sweeper = await swept(database, times)
    await sweeper.round()

    assert await messages(database) == 50


async def test_what_is_truly_old_goes_in_time(database: Database) -> None:
    times = Times()
    await fill(database, *(rows.message(number) for number in range(50)))
    times.go_by(0, 31 * DAY_S)  # it was switched off
    sweeper = await swept(database, times)

    for _ in range(40):
        times.go_by(HOUR_S)
        await sweeper.round()

    assert await messages(database) == 0


async def test_a_round_before_its_time_does_nothing(database: Database) -> None:
    times = Times()
    sweeper = await swept(database, times)
    await sweeper.round()
    await fill(database, rows.message(1, at=NOW - 60 * DAY_S))

    times.go_by(limits.DISK_EVERY_S)
    early = await sweeper.round()
    times.go_by(limits.RETENTION_EVERY_S)
    late = await sweeper.round()

    assert (early, late) == (0, 1)


async def test_too_little_room_on_the_disk_is_made_at_once_and_spoken_of_once(
    sqlite_directory: Path,
) -> None:
    database = await Database.open(sqlite_directory)
    times = Times()
    room_bytes = Disk(sqlite_directory, 0).free_bytes()
    low = await swept(database, times, low_bytes=2 * room_bytes)  # more than all the logs have
    await low.round()
    await fill(database, *(rows.message(number) for number in range(50)))
    await fill(database, *(rows.meter_values(number) for number in range(50)))

    with capture_logs() as lines:
        for _ in range(2):
            times.go_by(limits.DISK_EVERY_S)
            await low.round()
    left = await messages(database)
    await database.close()

    assert low.disk.free_bytes() < low.disk.low_bytes
    assert left == 0
    assert [line["event"] for line in lines] == ["history_shed"]


async def test_a_disk_with_room_is_left_alone(sqlite_directory: Path) -> None:
    database = await Database.open(sqlite_directory)
    times = Times()
    sweeper = await swept(database, times, low_bytes=1)
    await fill(database, *(rows.message(number) for number in range(50)))

    await sweeper.round()
    left = await messages(database)
    await database.close()

    assert sweeper.disk.free_bytes() >= sweeper.disk.low_bytes
    assert left == 50
