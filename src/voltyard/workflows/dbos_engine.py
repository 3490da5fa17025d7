"""Durable workflows on DBOS: each step is noted in a database before the next one begins.

DBOS is one per process, and so is an engine that is started. It is imported when it starts, which
takes longer than the rest of the server, in a thread; so are its migrations.
"""

import asyncio
import logging
import sqlite3
from collections.abc import Awaitable, Callable, Generator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context, copy_context
from dataclasses import asdict
from datetime import UTC, datetime
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

import structlog
from sqlalchemy import URL, create_engine, event, make_url
from sqlalchemy import Engine as SqlEngine
from sqlalchemy.exc import DBAPIError

from voltyard.kernel import limits
from voltyard.kernel.errors import Unavailable
from voltyard.kernel.time import Instant
from voltyard.loop.attempts import Pause, attempt
from voltyard.ports.workflows import Retry, StepFailure, Work, Workflow
from voltyard.workflows.sqlite_time import provide_unixepoch

if TYPE_CHECKING:
    from dbos import DBOSConfig

log = structlog.get_logger(__name__)

_NAME: Final = "voltyard"
# A run is taken up again only by what has the name and version it was begun with.
_VERSION: Final = "1"
_EXECUTOR: Final = "server"
_ENDED: Final = ("SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED")
_PRUNED_AT_ONCE: Final = 500

_started: "DbosEngine | None" = None

_BEGIN_PAUSES_S: Final = (0.2, 1.0, 3.0)
"""Pauses before a run that could not be begun, since the notes were locked, is begun again."""

_LOCKED: Final = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_PRIMARY_CODE: Final = 0xFF
"""The bits of an extended code of SQLite that say what kind of error it is."""
_LOCKED_STATES: Final = ("55P03", "40P01", "40001")
"""PostgreSQL's lock_not_available, deadlock_detected and serialization_failure."""


class DbosEngine:
    """A ports.workflows.WorkflowEngine that keeps its notes in the database at `url`."""

    def __init__(self, url: str | URL, pause: Pause = asyncio.sleep) -> None:
        self._url = make_url(url)
        self._pause = pause
        self._workflows: dict[str, Workflow] = {}
        self._functions: dict[str, Callable[..., Any]] = {}
        self._ends: dict[str, asyncio.Future[bool]] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._sql: SqlEngine | None = None
        self._ready = asyncio.Event()
        self._outside = Context()
        """The context of no run."""

    def define(self, name: str, workflow: Workflow) -> None:
        self._workflows[name] = workflow

    async def start(self) -> None:
        global _started
        if _started is not None:
            raise Unavailable("one process has one engine of workflows, and it runs already")
        _started = self
        # DBOS imports it in its thread; a statement that another thread makes meanwhile would meet
        # half of it, and fail.
        import_module("sqlalchemy.orm")
        try:
            dbos = await asyncio.to_thread(self._make)
            # Launched in a thread it would not know that its runs belong to this loop.
            dbos._background_event_loop.set_main_loop()
            await asyncio.to_thread(dbos.launch)
            logging.getLogger("dbos").setLevel(logging.WARNING)
        except Exception as error:
            await self.close()
            said = ""
            if isinstance(error, DBAPIError):
                said = f": {error.orig}".partition("\n")[0]
            else:
                log.error("workflows_unavailable", exc_info=error)
            raise Unavailable(
                f"the database of workflows cannot be opened{said}",
                hint=f"does {self._url.render_as_string()} exist, and may this user write there "
                "(PostgreSQL: own the database)? `voltyard check` says whether it is whole",
            ) from error
        self._outside = copy_context()
        self._ready.set()

    async def begin(
        self, name: str, run_id: str, argument: Mapping[str, Any]
    ) -> asyncio.Future[bool]:
        await self._ready.wait()
        known = run_id in self._ends
        end = self._end_of(run_id)
        if known:
            return end
        for pause_s in (*_BEGIN_PAUSES_S, None):
            try:
                # Whoever begins a run may be in the middle of another one: DBOS would take what is
                # done here for a step of that.
                begun = asyncio.create_task(
                    self._begin(name, run_id, argument), context=self._outside.copy()
                )
                is_over = await begun
                break
            except Exception as error:
                if pause_s is None or not is_locked(error):
                    self._ends.pop(run_id, None)
                    log.error("workflow_not_begun", run=run_id, exc_info=error)
                    raise Unavailable("the workflow cannot be begun now") from error
            await self._pause(pause_s)  # its notes are locked for a moment on a busy disk
        if is_over and not end.done():
            self._ended(run_id, False)
        return end

    async def _begin(self, name: str, run_id: str, argument: Mapping[str, Any]) -> bool:
        """Have DBOS begin it; True where it has ended already."""
        from dbos import DBOS, SetWorkflowID

        with SetWorkflowID(run_id):  # begun twice by that id, it is one run
            handle = await DBOS.start_workflow_async(self._functions[name], dict(argument))
        return (await handle.get_status()).status in _ENDED

    async def prune(self, before: Instant) -> int:
        from dbos import DBOS

        moment = datetime.fromtimestamp(before, UTC).isoformat()
        total = 0
        while True:
            ended = await DBOS.list_workflows_async(
                status=list(_ENDED),
                completed_before=moment,
                limit=_PRUNED_AT_ONCE,
                load_input=False,
                load_output=False,
            )
            if ended:
                await DBOS.delete_workflows_async([one.workflow_id for one in ended])
            total += len(ended)
            if len(ended) < _PRUNED_AT_ONCE:
                return total

    async def close(self) -> None:
        global _started
        if _started is not self:
            return
        self._ready.clear()
        logging.getLogger("dbos").setLevel(logging.CRITICAL)  # it takes a cancelled task for news
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        # DBOS has put its own threads behind this loop's to_thread, and now takes them away.
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor())
        await asyncio.to_thread(self._destroy)
        _started = None

    def _make(self) -> Any:
        from dbos import DBOS

        self._sql = _sqlite(self._url) if self._url.get_backend_name() == "sqlite" else None
        dbos = DBOS(config=self._config())
        logger = logging.getLogger("dbos")
        logger.handlers[:] = [_Forward()]
        logger.setLevel(logging.CRITICAL)  # start() raises what goes wrong at the launch
        for name, workflow in self._workflows.items():
            self._functions[name] = DBOS.workflow(name=name)(_runner(self, workflow))
        return dbos

    def _config(self) -> "DBOSConfig":
        return {
            "name": _NAME,
            "system_database_url": self._url.render_as_string(hide_password=False),
            "system_database_engine": self._sql,
            "sys_db_pool_size": limits.WORKFLOW_THREADS,
            "max_executor_threads": limits.WORKFLOW_THREADS,
            "application_version": _VERSION,
            "executor_id": _EXECUTOR,
            "use_listen_notify": False,
            "log_level": "ERROR",
        }

    def _destroy(self) -> None:
        from dbos import DBOS

        DBOS.destroy(destroy_registry=True)
        if self._sql is not None:
            self._sql.dispose()

    async def run(self, workflow: Workflow, argument: Mapping[str, Any]) -> None:
        """One run, on its way through DBOS. It never fails there: its failures are values."""
        from dbos import DBOS

        run_id = DBOS.workflow_id
        task = asyncio.current_task()
        assert run_id is not None and task is not None
        self._end_of(run_id)
        self._tasks.add(task)
        came_to_its_end = False
        try:
            await workflow(run_id, argument, self._step)
            came_to_its_end = True
        except Exception:
            log.exception("workflow_failed", run=run_id)
        finally:
            self._tasks.discard(task)
        self._ended(run_id, came_to_its_end)

    def _step(self, name: str, work: Work, retry: Retry = Retry()) -> "_Numbered":  # noqa: B008
        from dbos import DBOS

        # The number is taken now, so that the order of the calls is the order of the steps.
        number = DBOS.reserve_step()

        async def outcome() -> dict[str, Any] | None:
            failure = await attempt(name, work, retry, self._pause)
            return None if failure is None else asdict(failure)

        async def noted() -> StepFailure | None:
            found = await number.run_async({"name": name}, outcome)
            return None if found is None else StepFailure(**found)

        return _Numbered(noted)

    def _end_of(self, run_id: str) -> asyncio.Future[bool]:
        if run_id not in self._ends:
            self._ends[run_id] = asyncio.get_running_loop().create_future()
        return self._ends[run_id]

    def _ended(self, run_id: str, came_to_its_end: bool) -> None:
        end = self._ends.pop(run_id, None)
        if end is not None and not end.done():
            end.set_result(came_to_its_end)


class _Numbered:
    """A step that has its number, and is done when it is awaited, if ever."""

    def __init__(self, done: Callable[[], Awaitable[StepFailure | None]]) -> None:
        self._done = done

    def __await__(self) -> Generator[Any, None, StepFailure | None]:
        return self._done().__await__()


class _Forward(logging.Handler):
    """Handler that puts DBOS's messages in our log."""

    def emit(self, record: logging.LogRecord) -> None:
        log.log(
            record.levelno, "workflow_engine", said=record.getMessage(), exc_info=record.exc_info
        )


def is_locked(error: BaseException | None) -> bool:
    """True where another holds the database of notes at the moment, or did so for too long; also
    where that is the cause of the error."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        if isinstance(error, DBAPIError):
            code = getattr(error.orig, "sqlite_errorcode", 0) & _PRIMARY_CODE
            if code in _LOCKED or getattr(error.orig, "sqlstate", None) in _LOCKED_STATES:
                return True
        error = error.__cause__ or error.__context__
    return False


def _runner(engine: DbosEngine, workflow: Workflow) -> Callable[..., Awaitable[None]]:
    async def run(argument: dict[str, Any]) -> None:
        await engine.run(workflow, argument)

    return run


def _sqlite(url: URL) -> SqlEngine:
    """One connection, taken in turns: SQLite has one writer, and waiting for it in Python is
    shorter than in its own loop of sleeps."""
    sql = create_engine(url, pool_size=1, max_overflow=0, connect_args={"check_same_thread": False})

    @event.listens_for(sql, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = "IMMEDIATE"
        connection.execute("PRAGMA journal_mode = WAL")
        # A step whose note a power cut takes is done again, which every step allows.
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA busy_timeout = 30000")
        provide_unixepoch(connection)

    return sql
