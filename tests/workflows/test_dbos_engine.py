"""The engine on DBOS does what every engine must, on SQLite."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from dbos import DBOS
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError, ProgrammingError
from structlog.testing import capture_logs

from tests.workflows.bench import EngineContract, Open, Work
from voltyard.kernel.errors import Unavailable
from voltyard.ports.workflows import Workflow, WorkflowEngine
from voltyard.storage.database.database import url_of
from voltyard.workflows.dbos_engine import DbosEngine, is_locked

pytestmark = pytest.mark.slow  # each starts and ends DBOS, two seconds


def locked(directory: Path) -> Exception:
    """The error of a write to a database that another is writing to."""
    url = f"sqlite:///{directory / 'locked.db'}"
    with create_engine(url).connect() as holder:
        holder.execute(text("BEGIN IMMEDIATE"))
        with create_engine(url, connect_args={"timeout": 0}).connect() as other:
            with pytest.raises(OperationalError) as refused:
                other.execute(text("BEGIN IMMEDIATE"))
            return refused.value


def test_an_error_that_comes_of_a_lock_is_told_from_others(tmp_path: Path) -> None:
    wrapped = RuntimeError("it did not work")
    wrapped.__cause__ = locked(tmp_path)

    assert is_locked(wrapped)
    assert not is_locked(RuntimeError("database is locked, or so I think"))
    with (
        create_engine("sqlite://").connect() as connection,
        pytest.raises(OperationalError) as missing,
    ):
        connection.execute(text("SELECT * FROM missing"))
    assert not is_locked(missing.value)


@pytest.mark.service
def test_a_lock_of_postgresql_is_one(empty_postgres: str) -> None:
    url = url_of(empty_postgres)
    with create_engine(url).connect() as holder, create_engine(url).connect() as other:
        holder.execute(text("CREATE TABLE one (id int)"))
        holder.commit()
        holder.execute(text("LOCK TABLE one"))
        with pytest.raises(OperationalError) as refused:
            other.execute(text("LOCK TABLE one NOWAIT"))
        with pytest.raises(ProgrammingError) as missing:
            holder.execute(text("SELECT * FROM missing"))

    assert is_locked(refused.value)
    assert not is_locked(missing.value)


class TestDbosEngine(EngineContract):
    @pytest.fixture
    def url(self, tmp_path: Path) -> str:
        return f"sqlite:///{tmp_path / 'workflows.db'}"

    @pytest.fixture
    async def open_engine(self, url: str, pauses_s: list[float]) -> AsyncIterator[Open]:
        opened: list[DbosEngine] = []

        async def pause(seconds: float) -> None:
            pauses_s.append(seconds)

        async def open_one(**workflows: Workflow) -> WorkflowEngine:
            for former in opened:
                await former.close()
            engine = DbosEngine(url, pause)
            for name, workflow in workflows.items():
                engine.define(name, workflow)
            await engine.start()
            opened.append(engine)
            return engine

        yield open_one
        for engine in opened:
            await engine.close()

    async def test_threads_can_be_used_after_its_end(self, open_engine: Open, work: Work) -> None:
        engine = await open_engine(three=work.three)
        await (await engine.begin("three", "r1", {}))

        await engine.close()

        assert await asyncio.to_thread(lambda: 1) == 1

    async def test_what_goes_on_goes_on_in_the_loop_that_started_it(
        self, open_engine: Open, work: Work
    ) -> None:
        work.held = "b"
        engine = await open_engine(three=work.three)
        await engine.begin("three", "r1", {})
        await work.reached.wait()
        await engine.close()
        work.held, loops = None, []

        async def three(run_id: str, argument: object, step: object) -> None:
            loops.append(asyncio.get_running_loop())

        engine = await open_engine(three=three)
        await (await engine.begin("three", "r1", {}))

        assert loops == [asyncio.get_running_loop()]

    async def test_what_is_wrong_for_good_is_told_at_once(
        self, engine: WorkflowEngine, url: str, pauses_s: list[float]
    ) -> None:
        with create_engine(url).connect() as notes:
            notes.execute(text("ALTER TABLE workflow_status RENAME TO gone"))

        with pytest.raises(Unavailable, match="cannot be begun now"):
            await engine.begin("three", "r1", {})

        assert pauses_s == []

    async def test_notes_that_are_locked_are_tried_again(
        self,
        engine: WorkflowEngine,
        work: Work,
        pauses_s: list[float],
        monkeypatch: pytest.MonkeyPatch,
        tmp_path: Path,
    ) -> None:
        begin, errors = DBOS.start_workflow_async, [locked(tmp_path), locked(tmp_path)]

        async def start(*arguments: Any) -> Any:
            if errors:
                raise errors.pop()
            return await begin(*arguments)

        monkeypatch.setattr(DBOS, "start_workflow_async", start)

        assert await (await engine.begin("three", "r1", {}))

        assert pauses_s == [0.2, 1.0]
        assert work.done == ["a", "b", "c"]

    async def test_a_second_one_in_the_process_is_refused(
        self, engine: WorkflowEngine, url: str
    ) -> None:
        with pytest.raises(Unavailable, match="one engine"):
            await DbosEngine(url).start()


async def test_a_database_that_cannot_be_opened_is_unavailable_and_can_be_tried_again(
    tmp_path: Path,
) -> None:
    engine = DbosEngine(f"sqlite:///{tmp_path / 'missing' / 'workflows.db'}")
    with capture_logs() as lines, pytest.raises(Unavailable, match="cannot be opened"):
        await engine.start()
    assert lines == []

    (tmp_path / "missing").mkdir()
    await engine.start()

    await engine.close()


async def test_notes_that_are_damaged_are_said_to_be_so(tmp_path: Path) -> None:
    (tmp_path / "notes.db").write_bytes(b"no database" * 1000)
    engine = DbosEngine(f"sqlite:///{tmp_path / 'notes.db'}")

    with pytest.raises(Unavailable, match="cannot be opened: file is not a database") as refused:
        await engine.start()
    assert "voltyard check" in refused.value.advice


def test_no_thread_meets_half_an_import_of_the_orm_while_it_starts() -> None:
    """Another thread's statements look for sqlalchemy.orm, which DBOS imports in its own."""
    program = """
import asyncio, sys
from voltyard.workflows.dbos_engine import DbosEngine

async def main():
    engine = DbosEngine("sqlite://", asyncio.sleep)
    engine._make = lambda: sys.exit("sqlalchemy.orm" not in sys.modules)
    await engine.start()

asyncio.run(main())
"""
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
