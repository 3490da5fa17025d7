"""Lock waits: the writer's patience with a lock that another program holds on the database."""

from collections.abc import Callable
from typing import Any, Final, TypeAlias

from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine import ExceptionContext

from voltyard.kernel.time import Seconds
from voltyard.storage.database.database_errors import is_locked

SetWait: TypeAlias = Callable[[Connection, Seconds], None]
"""Has a connection wait so long for a lock, at least until its transaction ends."""

_AT_ONCE_S: Final[Seconds] = 0.05


class LockWaits:
    """The lock waits of an engine's transactions, all of them together.

    Once a lock was waited for in vain, the next transaction fails at once while the lock is still
    there: what it writes has waited behind the one before.
    """

    def __init__(self, engine: Engine, wait_s: Seconds, set_wait: SetWait) -> None:
        self._wait_s = wait_s
        self._set_wait = set_wait
        self._is_exhausted = False
        event.listen(engine, "begin", self._begins)
        event.listen(engine, "commit", self._commits)
        event.listen(engine, "handle_error", self._fails)

    def _begins(self, connection: Connection) -> None:
        if self._is_exhausted:
            self._set_wait(connection, _AT_ONCE_S)

    def _commits(self, connection: Connection) -> None:
        if self._is_exhausted:
            self._set_wait(connection, self._wait_s)
            self._is_exhausted = False

    def _fails(self, context: ExceptionContext) -> None:
        error: Any = context.sqlalchemy_exception
        if error is not None and is_locked(error):
            self._is_exhausted = True
