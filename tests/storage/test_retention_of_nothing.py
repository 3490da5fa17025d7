"""A sweep of a log that fills while it is swept."""

from functools import partial
from pathlib import Path

import pytest

from voltyard.kernel.time import from_rfc3339
from voltyard.lab.records import FrameLogged
from voltyard.storage import retention
from voltyard.storage.database import Database
from voltyard.storage.lab import lab_journal
from voltyard.storage.retention import Kept, sweep
from voltyard.storage.schema import lab

NOW = from_rfc3339("2026-01-05T10:00:00Z")
KEPT = Kept(
    log_s=86_400.0, log_rows=1_000, log_bytes=1_000_000, events_s=86_400.0, event_rows=1_000
)


async def test_frames_that_come_into_an_empty_log_in_a_sweep_stay(
    where: str | Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = await Database.open(where)
    journal = lab_journal(database)
    frame = FrameLogged(
        deployment_id="dep-1",
        at=NOW,
        direction="cp_to_csms",
        kind="call",
        action="Heartbeat",
        message_id="1",
        text="[]",
        latency_s=None,
        verdict="valid",
    )
    delete_surplus = retention._delete_surplus

    async def after_a_frame(database: Database, table: object, keep_rows: int) -> int:
        if table is lab.frames:
            journal.write([frame])
            await journal.flush()
        return await delete_surplus(database, table, keep_rows)  # type: ignore[arg-type]

    monkeypatch.setattr(retention, "_delete_surplus", after_a_frame)

    await sweep(database, NOW, KEPT)

    left = await database.read(partial(_count))
    await database.close()
    assert left >= 1


def _count(connection: object) -> int:
    return len(connection.execute(lab.frames.select()).fetchall())  # type: ignore[attr-defined]
