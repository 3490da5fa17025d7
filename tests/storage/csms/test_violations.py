"""What chargers get wrong is counted by rule and by charger, within one organization."""

from typing import Any

import msgspec
import pytest
from sqlalchemy import Connection, event

from tests.storage import bench as rows
from voltyard.csms.reading.queries import ViolationQuery
from voltyard.kernel import limits
from voltyard.storage.csms import backend_records, violations
from voltyard.storage.database.database import Database

PART = {"limit": 50, "offset": 0}


async def store(database: Database, *records: Any) -> None:
    journal = backend_records.csms_journal(database)
    journal.write(records)
    await journal.flush()


async def rules(
    database: Database, organization_id: str = rows.ORGANIZATION, by_path: bool = True, **said: Any
) -> Any:
    part = {name: said.pop(name) for name in PART if name in said}
    query = ViolationQuery(**said)
    return await database.read(
        lambda connection: violations.list_violations(
            connection, organization_id, query, by_path=by_path, **{**PART, **part}
        )
    )


async def chargers(
    database: Database, organization_id: str = rows.ORGANIZATION, **said: Any
) -> Any:
    part = {name: said.pop(name) for name in PART if name in said}
    query = ViolationQuery(**said)
    return await database.read(
        lambda connection: violations.list_straying_chargers(
            connection, organization_id, query, **{**PART, **part}
        )
    )


async def test_violations_of_a_charger_are_counted_by_action_and_kind(database: Database) -> None:
    twice = ("extra $.x: what", "extra $.y: what", "null $.z: what")
    await store(
        database,
        rows.charger(),
        rows.message(1, violations=twice),
        rows.message(2, violations=twice[:1]),
        rows.message(3, verdict="refused", violations=("missing $.idTag: what",)),
        rows.message(4, verdict="valid", violations=()),
    )

    async def found(**query: Any) -> Any:
        return await rules(database, by_path=False, charge_box_id="CP-1", **query)

    page = await found()
    assert page.total == 3
    assert [(one.rule.kind, one.rule.verdict, one.count) for one in page.items] == [
        ("extra", "lenient", 2),
        ("missing", "refused", 1),
        ("null", "lenient", 1),
    ]
    most = page.items[0]
    assert (most.first_at, most.last_at) == (rows.NOW + 1, rows.NOW + 2)
    assert most.example.id == "msg_2"
    assert [one.rule.kind for one in (await found(limit=1, offset=1)).items] == ["missing"]
    assert (await found(since=rows.NOW + 3)).total == 1
    others = await rules(database, "org_x", by_path=False, charge_box_id="CP-1")
    assert others.total == 0


async def two_organizations(database: Database) -> None:
    second: dict[str, Any] = {"charger_id": "chg_2", "charge_box_id": "CP-2"}
    unit = "bad_enum $.meterValue[{}].sampledValue[{}].unit: what"
    values: dict[str, Any] = {"action": "MeterValues"}
    await store(
        database,
        rows.charger(1),
        rows.charger(2),
        rows.charger(3, organization_id="org_x"),
        rows.message(1, violations=(unit.format(0, 0), unit.format(0, 1)), **values),
        rows.message(2, violations=(unit.format(3, 17), "extra $.x: what"), **values, **second),
        rows.message(3, violations=("extra $.x: \x00 what",), verdict="refused", **second),
        rows.message(4, violations=(), verdict="valid", **second),
        rows.message(5, organization_id="org_x", charger_id="chg_3", charge_box_id="CP-3"),
        rows.message(6, violations=("extra $.x: what",), direction="outgoing", **second),
    )


async def test_violations_of_an_organization_are_counted_by_rule(database: Database) -> None:
    await two_organizations(database)

    page = await rules(database)

    unit = "$.meterValue[...].sampledValue[...].unit"
    assert [(one.rule, one.count, one.chargers) for one in page.items] == [
        (("MeterValues", "incoming", "bad_enum", unit, "lenient"), 2, {"CP-1", "CP-2"}),
        (("Heartbeat", "incoming", "extra", "$.x", "refused"), 1, {"CP-2"}),
        (("Heartbeat", "outgoing", "extra", "$.x", "lenient"), 1, {"CP-2"}),
        (("MeterValues", "incoming", "extra", "$.x", "lenient"), 1, {"CP-2"}),
    ]
    assert [one.example.id for one in page.items] == ["msg_2", "msg_3", "msg_6", "msg_2"]
    assert (page.items[0].first_at, page.items[0].last_at) == (rows.NOW + 1, rows.NOW + 2)


@pytest.mark.parametrize(
    ("query", "total"),
    [
        ({"charge_box_id": "CP-1"}, 1),
        ({"charge_box_id": "CP-3"}, 0),
        ({"action": "Heartbeat"}, 2),
        ({"direction": "outgoing"}, 1),
        ({"kind": "extra"}, 3),
        ({"verdict": "refused"}, 1),
        ({"since": rows.NOW + 3}, 2),
        ({"until": rows.NOW + 1}, 1),
        ({"kind": "extra", "action": "MeterValues"}, 1),
        ({"verdict": "valid"}, 0),
    ],
)
async def test_violations_are_filtered(
    database: Database, query: dict[str, Any], total: int
) -> None:
    await two_organizations(database)

    assert (await rules(database, **query)).total == total


async def test_chargers_are_listed_by_how_much_of_what_they_say_strays(
    database: Database,
) -> None:
    await two_organizations(database)

    page = await chargers(database)

    assert msgspec.to_builtins(page.items) == [
        {
            "charge_box_id": "CP-2",
            "count": 3,
            "refused": 1,
            "kinds": {"bad_enum": 1, "extra": 3},
            "first_at": rows.NOW + 2,
            "last_at": rows.NOW + 6,
        },
        {
            "charge_box_id": "CP-1",
            "count": 1,
            "refused": 0,
            "kinds": {"bad_enum": 1},
            "first_at": rows.NOW + 1,
            "last_at": rows.NOW + 1,
        },
    ]
    assert [one.count for one in (await chargers(database, kind="extra")).items] == [3]
    assert [one.charge_box_id for one in (await chargers(database, limit=1, offset=1)).items] == [
        "CP-1"
    ]
    assert [one.charge_box_id for one in (await chargers(database, "org_x")).items] == ["CP-3"]


async def test_rules_that_a_charger_makes_up_are_counted_together_beyond_a_bound(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "VIOLATION_RULES", 3)
    await store(
        database, *(rows.message(n, violations=(f"extra $.x{n}: what",)) for n in range(1, 8))
    )

    page = await rules(database)

    assert page.total == 4
    assert (page.items[0].rule.path, page.items[0].count) == ("...", 4)


@pytest.mark.parametrize(
    ("query", "index"),
    [
        (ViolationQuery(since=rows.NOW), "ix_messages_organization_id_at_not_valid"),
        (ViolationQuery(charge_box_id="CP-1"), "ix_messages_charger_id_not_valid"),
    ],
)
async def test_only_what_strays_is_looked_through(
    database: Database, query: ViolationQuery, index: str
) -> None:
    if database.url.get_backend_name() != "sqlite":
        pytest.skip("PostgreSQL plans by what is in the table")

    def plan(connection: Connection) -> str:
        ran: list[Any] = []
        event.listen(connection, "before_cursor_execute", lambda *seen: ran.append(seen[2:4]))
        violations.list_straying_chargers(connection, rows.ORGANIZATION, query, **PART)
        (statement, values) = next(one for one in ran if "SELECT" in one[0])
        return str(connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all())

    assert index in await database.read(plan)
