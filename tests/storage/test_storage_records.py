"""What was written is read back as it was: by filters, in parts, and only by its owner."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import msgspec
import pytest
from sqlalchemy import func, select

from tests.storage import bench as rows
from voltyard.config.config import Config
from voltyard.csms.reading import queries
from voltyard.kernel import limits
from voltyard.organizations.organization import Organization
from voltyard.storage.csms import backend_records, history
from voltyard.storage.database.database import Database
from voltyard.storage.database.statements import Append, Replace
from voltyard.storage.organizations import add_organization
from voltyard.storage.retention import retention
from voltyard.storage.schema import csms as tables
from voltyard.storage.schema import metadata
from voltyard.storage.yard import yard_records as lab_storage
from voltyard.yard.records import FrameLogged
from voltyard.yard.repositories import FrameQuery

KEPT = retention.RetentionBounds.of(Config())
PART = {"limit": 50, "offset": 0}


async def store(database: Database, *records: Any) -> None:
    journal = backend_records.csms_journal(database)
    journal.write(records)
    await journal.flush()


async def read(database: Database, function: Callable[..., Any], *args: Any, **kw: Any) -> Any:
    return await database.read(lambda connection: function(connection, *args, **kw))


@pytest.mark.parametrize(
    ("record", "way"),
    [
        pytest.param(record, way, id=record.__name__)
        for ways in (backend_records.ROW_WRITES, lab_storage.ROW_WRITES)
        for record, way in ways.items()
        if isinstance(way, Append | Replace)
    ],
)
def test_a_record_has_the_columns_of_its_table(record: type[msgspec.Struct], way: Any) -> None:
    own = {"number", "deleted_at"}  # the row's, and what another record sets

    columns = set(way.table.c.keys())

    assert columns >= set(record.__struct_fields__)
    assert columns - set(record.__struct_fields__) <= own


def test_every_table_is_in_one_module_of_the_schema() -> None:
    assert set(metadata.tables) >= {"organizations", "api_keys", "chargers", "transactions"}


async def test_records_come_back_as_they_were(database: Database) -> None:
    await store(
        database,
        rows.charger(),
        rows.message(),
        rows.meter_values(),
        rows.data_transfer(),
        rows.command(),
        rows.transaction(),
    )

    org = rows.ORGANIZATION
    messages = await read(database, history.list_messages, org, "CP-1", **PART)
    meter = await read(database, history.list_samples, org, "txn_1", wanted={}, **PART)
    transfers = await read(database, history.list_data_transfers, org, "CP-1", limit=5, offset=0)
    commands = await read(database, history.list_commands, org, "CP-1", **PART)
    transactions = await read(database, history.list_transactions, org, **PART)

    assert messages.items == [rows.message()]
    logged = rows.meter_values()
    assert meter.items == [(logged.at, sample) for sample in logged.samples]
    assert transfers.items == [rows.data_transfer()]
    assert commands.items == [rows.command()]
    assert transactions.items == [rows.transaction()]


async def test_another_organization_sees_nothing(database: Database) -> None:
    await store(database, rows.charger(), rows.message(), rows.meter_values(), rows.transaction())

    assert not await read(database, history.was_registered, "org_x", "CP-1")
    assert (await read(database, history.list_messages, "org_x", "CP-1", **PART)).total == 0
    samples = await read(database, history.list_samples, "org_x", "txn_1", wanted={}, **PART)
    assert samples.total == 0
    assert (await read(database, history.list_transactions, "org_x", **PART)).total == 0
    assert await read(database, history.find_transaction, "org_x", "txn_1") is None


async def test_a_page_is_a_part_of_a_whole(database: Database) -> None:
    await store(database, rows.charger(), *(rows.message(number) for number in range(1, 8)))

    page = await read(database, history.list_messages, rows.ORGANIZATION, "CP-1", limit=3, offset=2)

    assert [row.id for row in page.items] == ["msg_5", "msg_4", "msg_3"]
    assert page.total == 7


async def test_samples_are_counted_and_filtered_one_by_one(database: Database) -> None:
    await store(database, *(rows.meter_values(number) for number in range(1, 4)))

    async def found(part: dict[str, int] = PART, **query: Any) -> tuple[list[str], int]:
        query = {"wanted": {}, **query}
        page = await read(
            database, history.list_samples, rows.ORGANIZATION, "txn_1", **part, **query
        )
        return [sample.value for _, sample in page.items], page.total

    assert await found({"limit": 3, "offset": 1}) == (["7.2", "1100", "7.2"], 6)
    assert await found({"limit": 1, "offset": 1}, wanted={"phase": "L1"}) == (["7.2"], 3)
    assert await found(wanted={"measurand": "Energy.Active.Import.Register", "unit": "Wh"}) == (
        ["1100"] * 3,
        3,
    )
    assert await found(wanted={"location": "EV"}) == ([], 0)
    assert (await found(since=rows.NOW + 2, until=rows.NOW + 2))[1] == 2


async def test_messages_are_filtered(database: Database) -> None:
    await store(
        database,
        rows.charger(),
        rows.message(1, action="BootNotification"),
        rows.message(2, direction="outgoing", verdict="valid", outcome="timeout"),
        rows.message(3),
    )

    async def found(**wanted: Any) -> list[str]:
        query = queries.MessageQuery(**wanted)
        page = await read(database, history.list_messages, rows.ORGANIZATION, "CP-1", query, **PART)
        return [row.id for row in page.items]

    assert await found(action="BootNotification") == ["msg_1"]
    assert await found(direction="outgoing") == ["msg_2"]
    assert await found(verdict="lenient") == ["msg_3", "msg_1"]
    assert await found(outcome="timeout") == ["msg_2"]
    assert await found(since=rows.NOW + 2) == ["msg_3", "msg_2"]
    assert await found(until=rows.NOW + 2) == ["msg_2", "msg_1"]


async def test_messages_follow_a_place_the_oldest_first(database: Database) -> None:
    await store(database, rows.charger(), *(rows.message(n, at=rows.NOW) for n in range(1, 6)))

    async def following(after: Any) -> list[Any]:
        found = await read(
            database,
            history.following_messages,
            rows.ORGANIZATION,
            "CP-1",
            queries.ANY_MESSAGE,
            after,
            2,
        )
        return [(place, row.id) for place, row in found]

    first = await following(None)
    second = await following(first[-1][0])
    third = await following(second[-1][0])

    assert [id for _, id in [*first, *second, *third]] == [f"msg_{n}" for n in range(1, 6)]


async def test_connections_left_open_by_a_kill_are_ended(database: Database) -> None:
    await store(
        database,
        rows.charger(),
        rows.connection(1, closed_at=rows.NOW, code=1000),
        rows.connection(2),
    )

    await database.write(partial(backend_records.end_connections, now=rows.NOW + 9))

    page = await read(database, history.list_connections, rows.ORGANIZATION, "CP-1", **PART)
    assert [(row.id, row.closed_at, row.code) for row in page.items] == [
        ("con_2", rows.NOW + 9, 1006),
        ("con_1", rows.NOW, 1000),
    ]
    assert (await read(database, history.list_connections, "org_x", "CP-1", **PART)).total == 0


async def test_so_many_connections_are_kept(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "CONNECTION_ROWS", 3)
    await store(
        database,
        rows.charger(),
        *(rows.connection(number, closed_at=rows.NOW) for number in range(1, 9)),
    )

    deleted = await retention.sweep(database, rows.NOW, KEPT)

    page = await read(database, history.list_connections, rows.ORGANIZATION, "CP-1", **PART)
    assert deleted == 5
    assert [row.id for row in page.items] == ["con_8", "con_7", "con_6"]


async def test_a_transaction_is_found_by_either_id_the_newest_first(database: Database) -> None:
    await store(
        database,
        rows.transaction(1, number=None, ocpp_id="tx"),
        rows.transaction(2, number=None, ocpp_id="tx"),
    )

    async def found(transaction_id: str) -> str:
        row = await read(database, history.find_transaction, rows.ORGANIZATION, transaction_id)
        return row.id

    assert await found("tx") == "txn_2"
    assert await found("txn_1") == "txn_1"


async def counted(database: Database, table: Any) -> int:
    return await database.read(lambda c: c.scalar(select(func.count()).select_from(table)))


async def test_what_is_too_old_is_swept_and_transactions_stay(database: Database) -> None:
    day = 86_400.0
    organization = Organization(id=rows.ORGANIZATION, name="default", created_at=0.0)
    other = Organization(id="org_x", name="other", created_at=0.0)
    await database.write(lambda c: [add_organization(c, one) for one in (organization, other)])
    settings = backend_records.records.SettingsStored(organization_id="org_x", retention_days=2)
    old = [rows.message(), rows.meter_values(), rows.data_transfer(), rows.command()]
    old.append(rows.connection(closed_at=rows.NOW))
    done = rows.transaction(status="completed")
    await store(database, settings, rows.charger(), done, *old)
    await store(database, rows.message(2, organization_id="org_x"))

    early = await retention.sweep(database, rows.NOW + 2.5 * day, KEPT)
    late = await retention.sweep(database, rows.NOW + 30.5 * day, KEPT)

    assert (early, late) == (1, 5)
    assert await counted(database, tables.messages) == 0
    assert await counted(database, tables.transactions) == 1


async def test_the_yards_log_has_a_size_too(database: Database) -> None:
    journal = lab_storage.yard_journal(database)
    journal.write([_frame(number) for number in range(1, 12)])
    await journal.flush()

    deleted = await retention.sweep(database, rows.NOW, replace(KEPT, log_rows=4))

    frames = lab_storage.yard_repositories(database).frames
    left = await frames.listed("dep-1", FrameQuery())
    assert deleted == 7
    assert [frame.message_id for frame in left.entries] == ["11", "10", "9", "8"]


def _frame(number: int) -> FrameLogged:
    return FrameLogged(
        deployment_id="dep-1",
        at=rows.NOW + number,
        direction="cp_to_csms",
        kind="call",
        action="Heartbeat",
        message_id=str(number),
        text="[]",
        latency_s=None,
        verdict="valid",
    )


async def test_the_message_log_has_a_size(database: Database) -> None:
    await store(database, rows.charger(), *(rows.message(number) for number in range(1, 12)))

    deleted = await retention.sweep(database, rows.NOW, replace(KEPT, log_rows=4))

    page = await read(database, history.list_messages, rows.ORGANIZATION, "CP-1", **PART)
    assert deleted == 7
    assert [row.id for row in page.items] == ["msg_11", "msg_10", "msg_9", "msg_8"]
