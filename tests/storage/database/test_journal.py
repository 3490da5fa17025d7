"""What every journal must do (ports.journal.Journal), in memory and in a database of each kind."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from msgspec import Struct
from msgspec.structs import replace

from tests.fakes.journals import MemoryJournal
from tests.storage import bench as rows
from voltyard.csms import records
from voltyard.csms.refusals.refusal_rows import RefusalForgotten
from voltyard.csms.security import certificate_rows
from voltyard.csms.smart_charging.plan_rows import ChargingPlanForgotten
from voltyard.ports.journal import Journal
from voltyard.storage.csms.backend_records import csms_journal, load_contents
from voltyard.storage.database.database import Database


class Kept:
    """A journal, and what a backend that started on it would be handed."""

    def __init__(
        self, journal: Journal[Any], contents: Callable[[], Awaitable[records.Contents]]
    ) -> None:
        self.journal = journal
        self.contents = contents


@pytest.fixture(params=["memory", "sqlite", pytest.param("postgresql", marks=pytest.mark.service)])
def place(request: pytest.FixtureRequest) -> Any:
    """None for memory, else where the database is."""
    names = {"sqlite": "sqlite_directory", "postgresql": "postgres_url"}
    return request.getfixturevalue(names[request.param]) if request.param in names else None


@pytest.fixture
async def kept(place: Any) -> AsyncIterator[Kept]:
    if place is None:
        memory = MemoryJournal()

        async def from_memory() -> records.Contents:
            return memory.contents()

        yield Kept(memory, from_memory)
        return
    database = await Database.open(place)
    yield Kept(csms_journal(database), lambda: database.read(load_contents))
    await database.close()


class Heard:
    """Keeps, in order, what a journal says of writes."""

    def __init__(self) -> None:
        self.told: list[Any] = []
        self._more = asyncio.Event()

    def committed(self, name: str) -> Callable[[], None]:
        return lambda: self._hear(name)

    def failed(self, name: str) -> Callable[[Exception], None]:
        return lambda error: self._hear((name, type(error)))

    async def until(self, count: int) -> list[Any]:
        async with asyncio.timeout(120):
            while len(self.told) < count:
                self._more.clear()
                await self._more.wait()
        return self.told

    def _hear(self, what: Any) -> None:
        self.told.append(what)
        self._more.set()


class Unknown(Struct):
    """A record that no table has."""

    id: str = "x"


async def test_what_is_told_to_be_committed_is_there(kept: Kept) -> None:
    heard = Heard()

    kept.journal.write((rows.charger(), rows.transaction()), heard.committed("both"))

    assert heard.told == []  # never within the call
    await heard.until(1)
    contents = await kept.contents()
    assert list(contents.chargers) == [rows.charger()]
    assert list(contents.transactions) == [rows.transaction()]
    assert contents.highest_transaction_number == 1


async def test_callbacks_come_in_the_order_of_the_writes(kept: Kept) -> None:
    heard = Heard()

    for number in range(50):
        kept.journal.write((rows.transaction(number),), heard.committed(str(number)))

    assert await heard.until(50) == [str(number) for number in range(50)]


async def test_what_nobody_waits_for_is_durable_after_a_flush(kept: Kept) -> None:
    kept.journal.write((rows.charger(),))

    await kept.journal.flush()

    assert list((await kept.contents()).chargers) == [rows.charger()]


async def test_a_write_that_fails_is_told_and_takes_no_other_with_it(kept: Kept) -> None:
    heard = Heard()

    kept.journal.write((rows.charger(1),), heard.committed("before"), heard.failed("before"))
    kept.journal.write((rows.charger(2), Unknown()), heard.committed("bad"), heard.failed("bad"))
    kept.journal.write((rows.charger(3),), heard.committed("after"), heard.failed("after"))

    assert await heard.until(3) == ["before", ("bad", TypeError), "after"]
    assert [row.id for row in (await kept.contents()).chargers] == ["chg_1", "chg_3"]


async def test_a_write_that_fails_without_anybody_waiting_takes_no_other_with_it(
    kept: Kept,
) -> None:
    kept.journal.write((rows.charger(1),))
    kept.journal.write((Unknown(),))
    kept.journal.write((rows.charger(3),))

    await kept.journal.flush()

    assert [row.id for row in (await kept.contents()).chargers] == ["chg_1", "chg_3"]


async def test_the_last_of_what_is_stored_counts(kept: Kept) -> None:
    first, second = rows.transaction(), rows.transaction(status="completed", meter_stop_wh=2.0)
    kept.journal.write((first, replace(first, id_tag="OTHER")))
    kept.journal.write((rows.connector(status="Charging"),))
    kept.journal.write((rows.connector(status="Faulted", error_code="GroundFailure"),))
    kept.journal.write((rows.charger(), second))
    await kept.journal.flush()

    contents = await kept.contents()

    assert list(contents.transactions) == [second]
    assert list(contents.connectors) == [
        rows.connector(status="Faulted", error_code="GroundFailure")
    ]


async def test_being_seen_changes_nothing_else(kept: Kept) -> None:
    kept.journal.write((rows.charger(name="Bay", password_hash="x"),))
    seen = records.ChargerSeen(charger_id="chg_1", last_seen_at=5.0, last_heartbeat_at=None)
    kept.journal.write((replace(seen, last_seen_at=4.0), seen))
    kept.journal.write((replace(seen, charger_id="chg_nobody"),))
    await kept.journal.flush()

    (row,) = (await kept.contents()).chargers

    assert row == rows.charger(name="Bay", password_hash="x", last_seen_at=5.0)


async def test_a_deleted_charger_stays_away_and_its_identity_is_free(kept: Kept) -> None:
    heard = Heard()
    kept.journal.write((rows.charger(), rows.connector()))
    kept.journal.write((records.ChargerDeleted(charger_id="chg_1", deleted_at=rows.NOW),))
    kept.journal.write(
        (rows.charger(2, charge_box_id="CP-1"),), heard.committed("ok"), heard.failed("no")
    )

    assert await heard.until(1) == ["ok"]
    contents = await kept.contents()
    assert [row.id for row in contents.chargers] == ["chg_2"]
    assert list(contents.connectors) == []


async def test_a_forgotten_transaction_is_gone(kept: Kept) -> None:
    kept.journal.write((rows.transaction(status="pending", number=None, ocpp_id=None),))
    kept.journal.write((records.TransactionForgotten(id="txn_1"),))
    await kept.journal.flush()

    assert list((await kept.contents()).transactions) == []


async def test_contents_have_the_open_and_the_completed_and_the_settings(kept: Kept) -> None:
    settings = records.SettingsStored(organization_id="org_x", unknown_id_tags="reject")
    kept.journal.write((settings,))
    kept.journal.write(tuple(rows.charger(number) for number in (1, 2)))
    kept.journal.write((rows.transaction(1, status="completed"),))
    kept.journal.write((rows.transaction(7),))
    kept.journal.write((rows.transaction(3, status="pending", number=None, ocpp_id=None),))
    await kept.journal.flush()

    contents = await kept.contents()

    assert list(contents.settings) == [settings]
    assert {row.id for row in contents.transactions} == {"txn_1", "txn_3", "txn_7"}
    assert contents.highest_transaction_number == 7


async def test_every_kind_of_record_is_taken(kept: Kept) -> None:
    heard = Heard()
    everything = (
        rows.charger(),
        rows.connector(),
        rows.transaction(),
        rows.meter_values(),
        rows.message(),
        rows.data_transfer(),
        rows.command(),
        records.SettingsStored(organization_id="org_x"),
    )

    kept.journal.write(everything, heard.committed("ok"), heard.failed("no"))

    assert await heard.until(1) == ["ok"]


async def test_id_tags_are_kept_until_they_are_deleted(kept: Kept) -> None:
    first, second = rows.id_tag(1, status="blocked", expires_at=rows.NOW), rows.id_tag(2)
    kept.journal.write((first, second))
    kept.journal.write((replace(second, name="Ada"), rows.id_tag(3)))
    kept.journal.write((records.IdTagDeleted(id="tag_3"),))
    await kept.journal.flush()

    contents = await kept.contents()

    assert list(contents.id_tags) == [first, replace(second, name="Ada")]


async def test_charging_plans_are_handed_to_the_next_start_oldest_first(kept: Kept) -> None:
    kept.journal.write((rows.charging_plan(3), rows.charging_plan(1), rows.charging_plan(2)))
    kept.journal.write((rows.charging_plan(1, needs_at=rows.NOW + 9),))
    kept.journal.write((ChargingPlanForgotten(transaction_id="txn_2"),))
    await kept.journal.flush()

    contents = await kept.contents()

    latest = rows.charging_plan(1, needs_at=rows.NOW + 9)
    assert list(contents.charging_plans) == [rows.charging_plan(3), latest]


async def test_certificates_are_handed_to_the_next_start_with_their_revocation(kept: Kept) -> None:
    revoked = rows.certificate(2, revoked_at=rows.NOW, revocation_reason="stolen")
    kept.journal.write((rows.charger(1), rows.charger(2), rows.certificate(1)))
    kept.journal.write((rows.certificate(2), rows.certificate(3)))
    kept.journal.write((rows.certificate(4, charger_id="chg_2"), revoked))
    kept.journal.write((certificate_rows.CertificateForgotten(id="crt_3"),))
    kept.journal.write((records.ChargerDeleted(charger_id="chg_2", deleted_at=rows.NOW),))
    await kept.journal.flush()

    contents = await kept.contents()

    assert list(contents.certificates) == [rows.certificate(1), revoked]


async def test_refusals_are_handed_to_the_next_start_as_they_were_last(kept: Kept) -> None:
    nameless = rows.refusal(4, identity=None, offered=(), charger_id="chg_1", count=2**40)
    kept.journal.write((rows.refusal(1), rows.refusal(2), rows.refusal(3), nameless))
    kept.journal.write(
        (rows.refusal(1, count=7, last_at=rows.NOW + 9), RefusalForgotten(id="rfs_2"))
    )
    await kept.journal.flush()

    contents = await kept.contents()

    again = rows.refusal(1, count=7, last_at=rows.NOW + 9)
    assert list(contents.refusals) == [rows.refusal(3), nameless, again]


async def test_what_is_awaited_is_handed_to_the_next_start_and_nothing_else(kept: Kept) -> None:
    awaited = rows.command(
        1, awaits="log", request_id=7, outcome="Uploading", due_at=rows.NOW, file_id="file_1"
    )
    queued = rows.command(2, status="queued", due_at=rows.NOW)
    over = rows.command(3, awaits="reset", outcome="back after 1.0 s", succeeded=True)
    active = rows.reservation(1)
    kept.journal.write((awaited, queued, over, rows.command(4), active))
    kept.journal.write((rows.reservation(2), rows.reservation(3)))
    kept.journal.write((rows.reservation(2, status="used"), rows.reservation(3, status="expired")))
    await kept.journal.flush()

    contents = await kept.contents()

    assert list(contents.commands) == [awaited, queued]
    assert list(contents.reservations) == [active]
