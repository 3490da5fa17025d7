"""The audit log in the database: read in parts, and swept as other history."""

from dataclasses import replace
from pathlib import Path

from voltyard.config import Config
from voltyard.kernel.time import DAY_S
from voltyard.organizations.audit import AuditEntry, AuditQuery
from voltyard.storage.audit_log import OFFLINE_FILE, StoredAuditLog, note_offline
from voltyard.storage.database.database import Database
from voltyard.storage.retention.retention import RetentionBounds, sweep

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


async def test_a_long_log_is_read_part_by_part(where: str | Path) -> None:
    database = await Database.open(where)
    log = StoredAuditLog(database)
    for number in range(5):
        await log.write(entry(number))

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
        await log.write(entry(number, at=number * DAY_S))
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
