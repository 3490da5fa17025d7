"""History within bounds: who gives first, and what stays in any case."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func, insert, select

from tests.storage import bench as rows
from voltyard.config.config import Config
from voltyard.events import event_records
from voltyard.kernel.time import DAY_S
from voltyard.organizations.organization import Organization
from voltyard.storage.csms.backend_records import csms_journal
from voltyard.storage.database.database import Database
from voltyard.storage.organizations import add_organization
from voltyard.storage.retention import history_tables, row_deletion
from voltyard.storage.retention.history_tables import HistoryTable
from voltyard.storage.retention.quotas import Quotas
from voltyard.storage.retention.retention import RetentionBounds, StoredBytes, sweep
from voltyard.storage.schema import csms as tables
from voltyard.storage.schema import yard
from voltyard.storage.yard.yard_records import yard_journal
from voltyard.yard.records import FrameLogged

KEPT = RetentionBounds.of(Config())
LATER = rows.NOW + 90 * DAY_S
OTHER = "org_x"


async def store(database: Database, *records: Any) -> None:
    csms_journal(database).write(records)
    await database.flush()


async def store_frames(database: Database, frames: Sequence[FrameLogged]) -> None:
    journal = yard_journal(database)
    journal.write(frames)
    await journal.flush()


async def counted(database: Database, one: HistoryTable, holder: str | None = None) -> Any:
    statement = select(func.count()).select_from(one.table)
    if holder is not None:
        statement = statement.where(one.table.c[one.holder] == holder)
    return await database.read(lambda c: c.scalar(statement))


async def with_organizations(database: Database) -> None:
    two = [Organization(id=id, name=id, created_at=0.0) for id in (rows.ORGANIZATION, OTHER)]
    await database.write(lambda c: [add_organization(c, one) for one in two])


def quiet_and_noisy(organization_id: str = rows.ORGANIZATION) -> list[Any]:
    """Ten old messages of one charger, and a hundred newer ones of another."""
    return [
        rows.charger(1),
        rows.charger(2, organization_id=organization_id),
        *(rows.message(number) for number in range(10)),
        *(
            rows.message(number, charger_id="chg_2", organization_id=organization_id)
            for number in range(100, 200)
        ),
    ]


async def test_a_noisy_charger_pushes_out_its_own_history_and_no_other(database: Database) -> None:
    await store(database, *quiet_and_noisy())

    deleted = await sweep(database, rows.NOW, replace(KEPT, log_rows=40))

    assert deleted == 70
    assert await counted(database, history_tables.MESSAGES, "chg_1") == 10
    oldest = await database.read(
        lambda c: c.scalar(
            select(func.min(tables.messages.c.at)).where(tables.messages.c.charger_id == "chg_2")
        )
    )
    assert oldest == rows.NOW + 170


async def test_a_noisy_organization_pushes_out_its_own_history(database: Database) -> None:
    await with_organizations(database)
    await store(database, *quiet_and_noisy(OTHER))

    await sweep(database, rows.NOW, replace(KEPT, log_rows=20))

    assert await counted(database, history_tables.MESSAGES, "chg_1") == 10
    assert await counted(database, history_tables.MESSAGES, "chg_2") == 10


async def test_a_quota_holds_also_while_there_is_room(database: Database) -> None:
    await with_organizations(database)
    await store(database, *quiet_and_noisy(OTHER))
    kept = replace(KEPT, log_rows=120)

    await sweep(database, rows.NOW, replace(kept, quotas=Quotas(organization=0.5)))
    of_the_organization = await counted(database, history_tables.MESSAGES, "chg_2")
    await sweep(database, rows.NOW, replace(kept, quotas=Quotas(charger=0.25)))

    assert of_the_organization == 60
    assert await counted(database, history_tables.MESSAGES, "chg_2") == 30
    assert await counted(database, history_tables.MESSAGES, "chg_1") == 10


async def test_an_organization_with_a_quota_of_bytes_gives_of_its_own_oldest_alone(
    database: Database,
) -> None:
    await with_organizations(database)
    await store(database, *quiet_and_noisy(OTHER))
    measured = {OTHER: StoredBytes(1e9)}
    await sweep(database, rows.NOW, KEPT, quotas=measured)
    held = measured[OTHER].held
    half = {OTHER: StoredBytes(held / 2)}

    await sweep(database, rows.NOW, KEPT, quotas=half)

    assert held > 0
    assert half[OTHER].held == pytest.approx(held / 2)
    assert await counted(database, history_tables.MESSAGES, "chg_2") == 50
    assert await counted(database, history_tables.MESSAGES, "chg_1") == 10


async def test_many_alike_give_the_oldest_of_all(database: Database) -> None:
    count = 150  # more than give by themselves
    await store(
        database,
        *(rows.charger(number) for number in range(count)),
        *(rows.message(number, charger_id=f"chg_{number % count}") for number in range(2 * count)),
    )

    await sweep(database, rows.NOW, replace(KEPT, log_rows=200))

    assert await counted(database, history_tables.MESSAGES) == 200


def event(number: int) -> event_records.EventLogged:
    return event_records.EventLogged(
        number=number,
        id=f"evt_{number}",
        organization_id=rows.ORGANIZATION,
        charger_id="chg_1",
        charge_box_id="CP-1",
        at=rows.NOW + number,
        event="charger.connected",
        data='"' + 1_000 * "x" + '"',
    )


def delivery(number: int, **fields: Any) -> event_records.DeliveryStored:
    values = {
        "number": number,
        "webhook_id": "whk_1",
        "organization_id": rows.ORGANIZATION,
        "event_number": number,
        "event_id": f"evt_{number}",
        "event": "charger.connected",
        "lane": "chg_1",
        "created_at": rows.NOW + number,
        "status": "delivered",
        "attempts": 1,
    }
    return event_records.DeliveryStored(**{**values, **fields})


def frame(number: int) -> FrameLogged:
    return FrameLogged(
        deployment_id="dep-1",
        at=rows.NOW + number,
        direction="cp_to_csms",
        kind="call",
        action="Heartbeat",
        message_id=str(number),
        text=1_000 * "x",
        latency_s=None,
        verdict="valid",
    )


def lab_event(number: int) -> dict[str, Any]:
    return {
        "number": number,
        "at": rows.NOW + number,
        "organization_id": rows.ORGANIZATION,
        "deployment_id": "dep-1" if number % 2 else None,
        "type": "charger.ready",
        "data": '"' + 1_000 * "x" + '"',
    }


def lab_command(number: int) -> dict[str, Any]:
    return {
        "id": f"cmd-{number}",
        "organization_id": rows.ORGANIZATION,
        "deployment_id": "dep-1",
        "identity": "CP-1",
        "event_type": "plug_in",
        "verb": "plug_in",
        "ocpp_version": "1.6",
        "payload": {"text": 1_000 * "x"},
        "arguments": {},
        "created_at": rows.NOW + number,
        "finished_at": rows.NOW + number,
        "status": "completed",
    }


LONG = 1_000 * "x"

FILLING: dict[str, Any] = {
    "messages": lambda n: rows.message(n, request=LONG),
    "meter_values": lambda n: rows.meter_values(n, transaction_id=None),
    "data_transfers": lambda n: rows.data_transfer(n, data=LONG),
    "connections": lambda n: rows.connection(n, closed_at=rows.NOW + n, reason=LONG),
    "commands": lambda n: rows.command(n, request=LONG),
    "reservations": lambda n: rows.reservation(n, status="expired"),
    "events": event,
    "webhook_deliveries": lambda n: delivery(n, error=LONG),
}
"""Rows of each table that may go, all of about the same length."""


def audit_entry(number: int) -> dict[str, Any]:
    texts = dict.fromkeys(("id", "key_name", "address", "request_id", "method", "route"), "x")
    return {
        **texts,
        "organization_id": rows.ORGANIZATION,
        "at": rows.NOW + number,
        "key_id": "key_first",
        "status": 201,
        "arguments": "x" * 1_000,
    }


@pytest.mark.parametrize("one", history_tables.ALL, ids=lambda one: one.name)
async def test_every_table_that_grows_has_a_bound_in_bytes(
    database: Database, one: HistoryTable
) -> None:
    numbers = range(1, 101)
    await store(database, rows.charger())
    if one is history_tables.FRAMES:
        await store_frames(database, [frame(number) for number in numbers])
    elif one is history_tables.AUDIT_LOG:
        await database.write(
            lambda c: c.execute(insert(one.table), [audit_entry(number) for number in numbers])
        )
    elif one.table in (yard.events, yard.commands):
        made = lab_event if one.table is yard.events else lab_command
        await database.write(lambda c: c.execute(insert(one.table), [made(n) for n in numbers]))
    else:
        await store(database, *(FILLING[one.name](number) for number in numbers))
    bounds = ("log_bytes", "event_bytes", "meter_value_bytes", "history_bytes", "audit_bytes")

    await sweep(database, rows.NOW, KEPT)
    assert await counted(database, one) == 100
    await sweep(database, rows.NOW, replace(KEPT, **dict.fromkeys(bounds, 15_000)))

    left = await counted(database, one)
    assert 10 <= left <= 90, left
    newest = await database.read(lambda c: c.scalar(select(func.max(one.table.c[one.moment]))))
    assert newest >= rows.NOW + 60
    moments = select(func.count()).where(one.table.c[one.ordered_by] <= rows.NOW + 10)
    if one.ordered_by != "number":
        assert await database.read(lambda c: c.scalar(moments)) == 0


async def test_what_is_owed_stays_however_old_and_much(database: Database) -> None:
    await with_organizations(database)
    await store(
        database,
        rows.charger(),
        rows.transaction(1),
        rows.transaction(2, status="completed"),
        rows.meter_values(1),
        rows.meter_values(2, transaction_id="txn_2"),
        rows.connection(1),
        rows.connection(2, closed_at=rows.NOW),
        rows.command(1, due_at=LATER + 1),
        rows.command(2),
        rows.reservation(1),
        rows.reservation(2, status="cancelled"),
        *(event(number) for number in (1, 2, 3)),
        delivery(1, status="pending", created_at=LATER - 60),
        delivery(2, status="pending"),  # beyond its tries for long
        delivery(3),
    )
    none = replace(KEPT, log_rows=1, event_bytes=1, history_bytes=1, meter_value_bytes=1)

    await sweep(database, LATER, none)

    async def left(one: HistoryTable, column: str) -> list[Any]:
        wanted = select(one.table.c[column]).order_by(one.key)
        return list(await database.read(lambda c: c.scalars(wanted).all()))

    assert await left(history_tables.METER_VALUES, "transaction_id") == ["txn_1"]
    assert await left(history_tables.CONNECTIONS, "id") == ["con_1"]
    assert await left(history_tables.COMMANDS, "id") == ["cmd_1"]
    assert await left(history_tables.RESERVATIONS, "id") == ["rsv_1"]
    assert await left(history_tables.EVENTS, "number") == [
        1,
        3,
    ]  # the numbers go on from the newest
    assert await left(history_tables.DELIVERIES, "number") == [1, 3]
    stored = select(func.count()).select_from(tables.transactions)
    assert await database.read(lambda c: c.scalar(stored)) == 2


async def test_the_logs_give_so_much_when_the_disk_is_low(database: Database) -> None:
    await store(database, rows.charger(), *(rows.message(n, request=LONG) for n in range(100)))
    await store(database, *(rows.meter_values(n) for n in range(100)))
    await store_frames(database, [frame(number) for number in range(100)])

    await sweep(database, rows.NOW, KEPT, shed_bytes=100_000)

    assert 40 <= await counted(database, history_tables.MESSAGES) <= 70
    assert 40 <= await counted(database, history_tables.FRAMES) <= 70
    assert await counted(database, history_tables.METER_VALUES) == 100


async def test_a_sweep_goes_in_small_steps_and_others_write_between(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(row_deletion.limits, "RETENTION_STEP_ROWS", 40)
    await store(database, rows.charger(), *(rows.message(n) for n in range(500)))
    sizes: list[int] = []
    write = database.write

    async def counting(function: Any) -> Any:
        before = await counted(database, history_tables.MESSAGES)
        result = await write(function)
        sizes.append(before - await counted(database, history_tables.MESSAGES))
        return result

    monkeypatch.setattr(database, "write", counting)
    await sweep(database, rows.NOW, replace(KEPT, log_rows=1))

    assert await counted(database, history_tables.MESSAGES) == 1
    assert max(sizes) <= 50
    assert len(sizes) >= 10
