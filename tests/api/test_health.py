"""Whether the server lives and can serve, and its figures."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Connection, text

from tests.api.bench import BOX, TOKEN, Lab, ScriptedCharger
from voltyard.kernel import limits
from voltyard.kernel.errors import VoltyardError
from voltyard.ports.journal import Pressure
from voltyard.storage.disk import Disk

pytestmark = pytest.mark.alone
"""A node has a health of its own: tests/server/nodes/test_health.py."""


async def ready(lab: Lab) -> tuple[int, list[str]]:
    """The answer to /health/ready, after a look."""
    await lab.vitals.look()
    answer = await lab.client.get("/health/ready")
    return answer.status_code, [one["code"] for one in answer.json()["problems"]]


async def until(reached: Callable[[], bool]) -> None:
    """Bounds a hang; it does not judge speed."""
    async with asyncio.timeout(30):
        while not reached():  # noqa: ASYNC110
            await asyncio.sleep(0.005)


async def metrics(lab: Lab, key: str = TOKEN) -> httpx.Response:
    return await lab.client.get("/metrics", headers={"X-API-Key": key})


def bound(connection: Connection, pages: int) -> None:
    """Have the disk hold that much, and no more."""
    connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")


def fill(connection: Connection, _records: Sequence[Any]) -> None:
    """With a megabyte."""
    connection.execute(text("CREATE TABLE IF NOT EXISTS filling (what BLOB)"))
    connection.execute(text("INSERT INTO filling VALUES (zeroblob(1000000))"))


async def test_a_server_that_is_well_is_alive_and_ready(lab: Lab) -> None:
    assert (await lab.client.get("/health/live")).json()["status"] == "ok"
    assert await ready(lab) == (200, [])
    assert lab.told == []


@pytest.mark.parametrize("where", ["sqlite"], indirect=True)
async def test_a_full_disk_is_told_once_and_so_is_its_end(lab: Lab, logged: list[Any]) -> None:
    writer = lab.database.writer
    await lab.database.write(lambda c: bound(c, 1))

    writer.put(fill, [1])  # to be kept
    await until(lambda: writer.failure is not None)
    for _ in range(5):
        assert await ready(lab) == (503, ["database_fails"])
    assert (await lab.client.get("/health/live")).status_code == 200
    assert "voltyard_database_up 0.0" in (await metrics(lab)).text

    # connections of the pool are one: the bound is lifted on the very connection that has it
    with writer._engine.connect() as connection:
        bound(connection, 100_000)
    await until(lambda: writer.failure is None)
    assert await ready(lab) == (200, [])
    assert [[one.code for one in problems] for problems in lab.told] == [["database_fails"], []]
    names = [line["event"] for line in logged]
    assert sorted(names) == [
        "database_fails",
        "database_works_again",
        "server_degraded",
        "server_recovered",
    ]


async def test_a_database_that_is_not_asked_for_anything_is_asked_whether_it_is_there(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "DATABASE_PROBE_S", 0.0)
    writer = lab.database.writer
    await lab.database.flush()
    before = writer.commits

    await lab.vitals.look()

    await until(lambda: writer.commits > before)


async def test_a_queue_that_is_full_and_a_disk_that_is_nearly_so_are_problems(
    lab: Lab, tmp_path: Path
) -> None:
    lab.database.writer.pressure = Pressure.FULL
    lab.vitals._disk = Disk(tmp_path, 2**62)

    assert await ready(lab) == (503, ["queue_full", "disk_low"])


async def test_figures_are_for_the_operator(lab: Lab) -> None:
    await lab.connect()
    answer = await metrics(lab)

    assert answer.headers["content-type"].startswith("text/plain")
    assert "voltyard_links 1.0" in answer.text
    assert "voltyard_writer_rows" in answer.text
    assert (await metrics(lab, "nonsense")).status_code == 401


async def test_series_do_not_grow_with_chargers_nor_with_what_they_make_up(lab: Lab) -> None:
    def series(text: str) -> set[str]:
        return {line.rpartition(" ")[0] for line in text.splitlines() if line[:1] != "#"}

    async def said(charger: ScriptedCharger, action: str) -> None:
        charger.send([2, action, action, {}])
        await charger.until(lambda: action in charger.answers)

    for number in range(3):
        charger = await lab.connect(box=f"CP-{number}")
        await lab.call(charger, "Heartbeat", {})
        await said(charger, "MadeUp")
        if number == 0:
            before = series((await metrics(lab)).text)
    await said(charger, "MadeUpToo")

    after = series((await metrics(lab)).text)
    assert after == before
    calls = [one for one in after if one.startswith("voltyard_calls_total")]
    assert any('action="Heartbeat"' in one and 'verdict="valid"' in one for one in calls)
    assert any('action="unknown"' in one and 'verdict="refused"' in one for one in calls)
    assert "MadeUp" not in "".join(calls)


async def test_answers_commands_and_refused_handshakes_are_counted(lab: Lab) -> None:
    charger = await lab.connect(
        script={"ClearCache": {"status": "Accepted"}, "Reset": ["NotImplemented", "", {}]}
    )
    await lab.call(charger, "Heartbeat", {})
    answer = await lab.post(f"/chargers/{BOX}/cache/clear")
    assert answer.status_code == 200, answer.text
    await lab.post(f"/chargers/{BOX}/reset", {"type": "Soft"})
    with pytest.raises(VoltyardError):
        await lab.dial(ScriptedCharger({}), box="STRANGER")

    told = (await metrics(lab)).text.splitlines()

    assert "voltyard_answer_seconds_count 2.0" in told
    assert "voltyard_charger_answer_seconds_count 2.0" in told
    assert 'voltyard_commands_total{command="cache/clear",status="accepted"} 1.0' in told
    assert 'voltyard_commands_total{command="reset",status="error"} 1.0' in told
    assert 'voltyard_handshakes_refused_total{reason="not_registered"} 1.0' in told
    assert "voltyard_links_opened_total 1.0" in told
    assert "voltyard_chargers 1.0" in told


async def test_a_status_that_a_charger_makes_up_is_no_series(lab: Lab) -> None:
    await lab.connect(script={"DataTransfer": {"status": "MadeUp"}})

    await lab.post(f"/chargers/{BOX}/data-transfer", {"vendorId": "com.acme"})

    told = (await metrics(lab)).text
    assert "MadeUp" not in told and "madeup" not in told
    assert 'voltyard_commands_total{command="data-transfer",status="' in told


async def test_a_problem_is_a_series_whether_it_is_there_or_not(lab: Lab) -> None:
    lab.database.writer.pressure = Pressure.FULL
    await lab.vitals.look()

    told = (await metrics(lab)).text.splitlines()

    assert 'voltyard_problem{code="queue_full"} 1.0' in told
    assert 'voltyard_problem{code="disk_low"} 0.0' in told


async def test_a_server_that_ends_is_not_ready_and_lives(lab: Lab) -> None:
    lab.vitals.note_ending()

    answer = await lab.client.get("/health/ready")
    assert answer.status_code == 503
    [problem] = answer.json()["problems"]
    assert problem["code"] == "ending"
    assert problem["message"].startswith("the server ends (ask again once the server that takes")
    assert (await lab.client.get("/health/live")).status_code == 200
    assert 'voltyard_problem{code="ending"} 1.0' in (await metrics(lab)).text
    assert await ready(lab) == (503, ["ending"])
    assert lab.told == []  # it was told to

    lab.database.writer.pressure = Pressure.FULL
    assert await ready(lab) == (503, ["ending", "queue_full"])
    assert [[one.code for one in problems] for problems in lab.told] == [["queue_full"]]


async def test_a_command_asked_for_while_the_server_ends_is_refused_with_a_hint(lab: Lab) -> None:
    charger = await lab.connect()
    lab.backend.refuse_more()

    answer = await lab.post(f"/chargers/{BOX}/cache/clear")

    assert answer.status_code == 503
    error = answer.json()["error"]
    assert error["code"] == "SERVICE_UNAVAILABLE"
    assert "GET /health/ready" in error["message"]
    assert charger.asked == []
    assert (await lab.get("/chargers")).status_code == 200
