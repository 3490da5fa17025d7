"""The audit log in the database: read in parts, and swept as other history."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from msgspec import structs
from sqlalchemy import Connection, func, insert, select

from voltyard.config.config import Config
from voltyard.kernel.errors import Invalid
from voltyard.kernel.time import DAY_S
from voltyard.organizations.audit import AuditEntry, AuditQuery
from voltyard.storage.audit_log import OFFLINE_FILE, StoredAuditLog, note_offline
from voltyard.storage.database.database import Database
from voltyard.storage.retention.retention import RetentionBounds, sweep
from voltyard.storage.schema.organizations import audit_log, organizations

ORG = "org_default"


def entry(number: int, at: float = 0.0) -> AuditEntry:
    return AuditEntry(
        id=f"aud_{number}",
        organization_id=ORG,
        at=at,
        key_id="key_first",
        key_name="first",
        address="127.0.0.1",
        request_id=f"req_{number}",
        method="POST",
        route="/api/v1/id-tags",
        object=f"TAG{number}",
        status=201,
        code=None,
        arguments="x" * 1_000,
    )


async def answered(log: StoredAuditLog, one: AuditEntry) -> None:
    """A request that wrote nothing."""
    await log.begin(lambda: one).end(one)


async def entries(log: StoredAuditLog) -> list[AuditEntry]:
    found = await log.following(AuditQuery(organization_id=ORG), None, 100)
    names = AuditEntry.__struct_fields__
    return [AuditEntry(**{name: getattr(one, name) for name in names}) for _, one in found]


def unanswered(number: int) -> AuditEntry:
    return structs.replace(entry(number), status=0, object=None)


def changed(connection: Connection, name: str = "a") -> None:
    """A change, of a table that is as good as any."""
    connection.execute(insert(organizations).values(id=name, name=name, created_at=0.0))


async def count(database: Database) -> tuple[int, int]:
    """Changes and entries that are committed."""
    names = select(func.count()).select_from(organizations).where(organizations.c.id == "a")
    rows = select(func.count()).select_from(audit_log)
    return await database.read(lambda c: (c.scalar(names) or 0, c.scalar(rows) or 0))


async def test_a_change_and_its_entry_are_one_commit(where: str | Path) -> None:
    database = await Database.open(where)
    log, before = StoredAuditLog(database), database.writer.commits

    change = log.begin(lambda: unanswered(1))
    await database.write(changed)
    there, commits = await count(database), database.writer.commits - before
    await change.end(entry(1))
    after = database.writer.commits - before

    assert (there, commits, after) == ((1, 1), 1, 1)
    assert await entries(log) == [entry(1)]
    await database.close()


async def test_of_a_change_that_fails_there_is_neither_until_it_is_answered(
    where: str | Path,
) -> None:
    database = await Database.open(where)
    log = StoredAuditLog(database)

    change = log.begin(lambda: unanswered(1))
    with pytest.raises(Exception, match="no such change"):
        await database.write(_failing)
    assert await count(database) == (0, 0)
    assert not change.has_changed
    refused = structs.replace(entry(1), status=409)
    await change.end(refused)

    assert await count(database) == (0, 1)
    assert await entries(log) == [refused]
    await database.close()


def _failing(connection: Connection) -> None:
    changed(connection)
    raise Invalid("no such change")


async def test_a_server_that_ends_before_its_answer_leaves_a_change_with_its_entry(
    where: str | Path,
) -> None:
    database = await Database.open(where)
    log = StoredAuditLog(database)

    log.begin(lambda: unanswered(1))
    await database.write(changed)
    await database.write(lambda connection: changed(connection, "b"))
    await database.close()

    again = await Database.open(where)
    assert await entries(StoredAuditLog(again)) == [unanswered(1)]
    await again.close()


async def test_what_goes_on_behind_an_answer_takes_no_entry_along(where: str | Path) -> None:
    database = await Database.open(where)
    log = StoredAuditLog(database)

    log.begin(lambda: unanswered(1)).drop()
    await database.write(changed)

    assert await count(database) == (1, 0)
    await database.close()


async def test_requests_at_a_time_have_each_its_own_entry(where: str | Path) -> None:
    database = await Database.open(where)
    log = StoredAuditLog(database)

    async def request(number: int) -> None:
        change = log.begin(lambda: unanswered(number))
        await database.write(lambda connection: changed(connection, f"o{number}"))
        await change.end(entry(number))

    await asyncio.gather(*(request(number) for number in range(20)))

    found = await entries(log)
    assert {one.id: one for one in found} == {f"aud_{n}": entry(n) for n in range(20)}
    assert len(found) == 20
    await database.close()


async def test_a_long_log_is_read_part_by_part(where: str | Path) -> None:
    database = await Database.open(where)
    log = StoredAuditLog(database)
    for number in range(5):
        await answered(log, entry(number))

    query, seen, place = AuditQuery(organization_id=ORG), [], None
    while part := await log.following(query, place, 2):
        seen += [one.id for _, one in part]
        place = part[-1][0]

    assert seen == [f"aud_{number}" for number in range(5)]
    await database.close()


async def test_entries_go_by_age_and_by_bytes(where: str | Path) -> None:
    database = await Database.open(where)
    log = StoredAuditLog(database)
    for number in range(40):
        await answered(log, entry(number, at=number * DAY_S))
    kept = RetentionBounds.of(Config())

    await sweep(database, 375 * DAY_S, kept)
    young = await log.following(AuditQuery(organization_id=ORG), None, 100)
    await sweep(database, 375 * DAY_S, replace(kept, audit_bytes=10_000))
    few = await log.following(AuditQuery(organization_id=ORG), None, 100)

    assert [one.id for _, one in young] == [f"aud_{number}" for number in range(10, 40)]
    assert 0 < len(few) < 12
    assert few[-1][1].id == "aud_39"
    await database.close()


async def test_a_change_without_a_server_is_taken_up_once(
    where: str | Path, tmp_path: Path
) -> None:
    database = await Database.open(where)
    note_offline(tmp_path, "voltyard restore", {"backup": "/b?token=Qs3cr3tQ"}, 5.0)
    noted = (tmp_path / OFFLINE_FILE).read_bytes()

    await StoredAuditLog.load(database, tmp_path)
    assert not (tmp_path / OFFLINE_FILE).exists()
    (tmp_path / OFFLINE_FILE).write_bytes(noted)  # the server ended before it could delete it
    await StoredAuditLog.load(database, tmp_path)

    ((_, one),) = await StoredAuditLog(database).following(AuditQuery(organization_id=ORG), None, 9)
    assert (one.method, one.route, one.key_id, one.at) == (
        "COMMAND",
        "voltyard restore",
        "offline",
        5.0,
    )
    assert one.arguments == '{"backup":"/b?token=***"}'
    await database.close()


async def test_a_note_that_was_cut_short_keeps_no_server_down(
    where: str | Path, tmp_path: Path
) -> None:
    database = await Database.open(where)
    (tmp_path / OFFLINE_FILE).write_bytes(b'{"id": "aud_1", "organi')
    note_offline(tmp_path, "voltyard restore", {}, 5.0)

    await StoredAuditLog.load(database, tmp_path)

    ((_, one),) = await StoredAuditLog(database).following(AuditQuery(organization_id=ORG), None, 9)
    assert one.route == "voltyard restore"
    await database.close()
