"""The record of refused handshakes: written together, and there again after a restart."""

import asyncio

import pytest
from msgspec.structs import replace

from tests.csms.bench import ORG, Yard
from voltyard.csms.refusals.refusal_rows import RefusalStored
from voltyard.kernel import limits
from voltyard.kernel.errors import Unavailable
from voltyard.kernel.time import DAY_S
from voltyard.ports.journal import Pressure
from voltyard.ports.links import BrokenHandshake

MOMENT = limits.REFUSALS_STORED_EVERY_S


def rows(yard: Yard, org: str = ORG) -> list[RefusalStored]:
    return yard.backend.refusal_record.book.list(org)


def stored(yard: Yard) -> list[RefusalStored]:
    """Newest first, as in the book."""
    return sorted(yard.journal.refusals.values(), key=lambda row: row.last_at, reverse=True)


async def pass_moments(yard: Yard, count: int = 1) -> None:
    for _ in range(count):
        yard.pass_time(MOMENT)
        await yard.settle()


async def knock_by(yard: Yard, names: range) -> None:
    """Strangers dial, each from an address of its own."""
    for n in names:
        yard.clock.now += 0.0001
        yard.knock(f"/ocpp/S{n}", remote=f"10.{n // 65536}.{n // 256 % 256}.{n % 256}:1")


async def test_counts_of_a_second_are_written_together(yard: Yard) -> None:
    for _ in range(30):
        yard.knock()
    await yard.settle()
    before = yard.journal.commits
    assert stored(yard) == []

    await pass_moments(yard)

    assert stored(yard) == rows(yard)
    assert [row.count for row in stored(yard)] == [30]
    assert yard.journal.commits == before + 1


async def test_a_row_that_stays_as_it_is_is_not_written_again(yard: Yard) -> None:
    yard.knock()
    await pass_moments(yard, 2)
    before = yard.journal.commits

    await pass_moments(yard, 5)

    assert yard.journal.commits == before
    assert yard.backend.refusal_record.next_at() is None


async def test_rows_are_there_after_a_restart_and_count_on(yard: Yard) -> None:
    charger = await yard.register(password="correct horse battery")
    for _ in range(3):
        yard.knock()
    yard.knock("/ocpp/CP2")
    yard.knock("/ocpp/CP2", ())
    yard.backend.broken(BrokenHandshake("192.0.2.3:1", "tls_on_plain_port"))
    before = rows(yard)
    await pass_moments(yard)

    again = yard.restarted()
    assert sorted(rows(again), key=repr) == sorted(before, key=repr)
    again.knock()

    (row,) = again.backend.refusal_record.book.list(ORG, "CP1")
    (former,) = [one for one in before if one.identity == "CP1"]
    assert row == replace(former, count=4, last_at=again.clock.now)
    assert row.charger_id == charger.row.id
    assert len(rows(again)) == len(before)


async def test_the_last_counts_are_written_as_the_server_ends(yard: Yard) -> None:
    await knock_by(yard, range(limits.REFUSALS_STORED + 1))

    await yard.backend.close()

    assert sorted(stored(yard), key=repr) == sorted(rows(yard), key=repr)
    assert len(stored(yard)) == limits.REFUSALS_STORED + 1


async def test_so_many_rows_are_written_at_a_time(yard: Yard) -> None:
    await knock_by(yard, range(limits.REFUSALS_STORED + 1))

    await pass_moments(yard)
    some = len(stored(yard))
    await pass_moments(yard)

    assert some == limits.REFUSALS_STORED
    assert len(stored(yard)) == limits.REFUSALS_STORED + 1


async def test_rows_that_make_room_in_the_book_make_room_in_the_database(yard: Yard) -> None:
    many = limits.REFUSALS_KEPT + 300
    await knock_by(yard, range(200))
    await pass_moments(yard)
    first = {row.id for row in stored(yard)}

    await knock_by(yard, range(200, many))
    await pass_moments(yard, 6)

    assert {row.id for row in stored(yard)} == {row.id for row in rows(yard)}
    assert len(rows(yard)) == limits.REFUSALS_KEPT
    assert not first & yard.journal.refusals.keys()


async def test_a_row_that_made_room_before_it_was_stored_is_never_written(yard: Yard) -> None:
    await knock_by(yard, range(2 * limits.REFUSALS_KEPT))

    await pass_moments(yard)
    at_first = len(stored(yard))
    await pass_moments(yard)

    assert at_first == limits.REFUSALS_STORED
    assert yard.journal.refusals.keys() == {row.id for row in rows(yard)}


async def test_what_is_forgotten_is_forgotten_for_good(yard: Yard) -> None:
    yard.knock()
    await pass_moments(yard)
    yard.knock("/ocpp/CP2")  # not stored yet

    assert await yard.backend.refusal_record.forget(rows(yard)) == 2
    await pass_moments(yard, 2)

    assert rows(yard) == stored(yard) == []
    assert rows(yard.restarted()) == []


async def test_what_cannot_be_forgotten_durably_stays(yard: Yard) -> None:
    yard.knock()
    await pass_moments(yard)
    before = rows(yard)
    yard.journal.fail(Unavailable("the disk is full"))

    with pytest.raises(Unavailable):
        await yard.backend.refusal_record.forget(before)
    yard.journal.fail(None)
    yard.knock()
    await pass_moments(yard, 2)

    assert (
        rows(yard) == stored(yard) == [replace(before[0], count=2, last_at=rows(yard)[0].last_at)]
    )


async def test_a_row_is_not_written_behind_its_deletion(yard: Yard) -> None:
    yard.knock()
    await pass_moments(yard)
    yard.journal.stall(True)
    deletion = asyncio.create_task(yard.backend.refusal_record.forget(rows(yard)))
    await asyncio.sleep(0)

    yard.knock()
    yard.pass_time(MOMENT)
    yard.journal.stall(False)
    await deletion
    await pass_moments(yard, 3)

    assert rows(yard) == stored(yard) == []


async def test_a_registration_deletes_what_asked_for_it(yard: Yard) -> None:
    yard.knock()
    yard.knock("/ocpp/CP2")
    await pass_moments(yard)

    await yard.register("CP1")
    await yard.settle()

    assert [row.identity for row in stored(yard)] == ["CP2"]


async def test_a_registration_that_a_kill_cut_short_deletes_it_at_the_next_start(
    yard: Yard,
) -> None:
    yard.knock()
    await pass_moments(yard)
    killed = dict(yard.journal.refusals)
    await yard.register("CP1")
    await yard.settle()
    yard.journal.refusals.update(killed)

    again = yard.restarted()
    await again.settle()

    assert rows(again) == stored(again) == []


async def test_nothing_is_written_while_the_database_is_behind(yard: Yard) -> None:
    yard.knock()
    yard.journal.press(Pressure.HIGH)
    await pass_moments(yard, 3)
    assert stored(yard) == []

    yard.journal.press(Pressure.NONE)
    await pass_moments(yard)

    assert stored(yard) == rows(yard)


async def test_one_write_waits_for_the_other(yard: Yard) -> None:
    yard.journal.stall(True)
    for _ in range(5):
        yard.knock()
        yard.pass_time(MOMENT)
    before = yard.journal.commits

    yard.journal.stall(False)
    first = [row.count for row in stored(yard)]
    await pass_moments(yard)

    assert first == [1]
    assert [row.count for row in stored(yard)] == [5]
    assert yard.journal.commits <= before + 5


async def test_what_an_outage_kept_from_being_written_follows(yard: Yard) -> None:
    await knock_by(yard, range(limits.REFUSALS_KEPT))
    await pass_moments(yard, 3)
    yard.journal.fail(Unavailable("the disk is full"))
    await knock_by(yard, range(limits.REFUSALS_KEPT - 10, limits.REFUSALS_KEPT + 10))
    await pass_moments(yard, 3)
    assert sorted(stored(yard), key=repr) != sorted(rows(yard), key=repr)

    yard.journal.fail(None)
    await pass_moments(yard, 3)

    assert sorted(stored(yard), key=repr) == sorted(rows(yard), key=repr)


async def test_a_fault_of_ours_is_not_repeated(yard: Yard) -> None:
    yard.journal.fail(ValueError("no such column"))
    yard.knock()
    await pass_moments(yard, 2)
    yard.journal.fail(None)
    await pass_moments(yard, 2)
    assert stored(yard) == []

    yard.knock()
    await pass_moments(yard)

    assert [row.count for row in stored(yard)] == [2]


async def test_a_row_goes_once_its_last_refusal_is_as_old_as_history_may_be(yard: Yard) -> None:
    other = await yard.register("CP1", "org_b", password="correct horse battery")
    await yard.backend.change_settings("org_b", retention_days=2)
    yard.knock()
    yard.knock("/ocpp/org_b/CP1")
    assert rows(yard, "org_b")[0].charger_id == other.row.id
    await pass_moments(yard)
    yard.pass_time(DAY_S)
    yard.knock("/ocpp/CP2")
    await pass_moments(yard)

    await yard.backend.refusal_record.sweep(yard.clock.now + 1.5 * DAY_S)
    await yard.settle()
    after_days = [row.identity for row in stored(yard)]
    await yard.backend.refusal_record.sweep(yard.clock.now + 29.5 * DAY_S)
    await yard.settle()

    assert after_days == ["CP2", "CP1"]
    assert stored(yard) == rows(yard)
    assert [row.identity for row in rows(yard)] == ["CP2"]


async def test_a_clock_that_is_put_back_delays_no_write(yard: Yard) -> None:
    yard.knock()
    yard.clock.now -= DAY_S
    yard.knock()

    await pass_moments(yard)

    assert [row.count for row in stored(yard)] == [2]
