"""The keeping of a PostgreSQL database's lease: renewed by its holder, looked at by a standby.

Each has a connection of its own: a writer that is busy for long still lives.
"""

import asyncio
import threading
from collections.abc import Callable
from typing import Final

import structlog
from sqlalchemy import URL, Engine, text
from sqlalchemy.exc import DBAPIError

from voltyard.kernel import limits
from voltyard.kernel.errors import Unavailable, VoltyardError
from voltyard.storage.leases.database_hold import DatabaseHold
from voltyard.storage.leases.lease_names import KEY, LEASE, NOW, holders

log = structlog.get_logger(__name__)

_RENEW: Final = text(
    f"UPDATE leases SET renewed_at = {NOW} WHERE name = :name AND holder = :holder"
)

_IS_FREE: Final = text(f"SELECT pg_try_advisory_xact_lock({KEY})")

_HAS_LEASES: Final = text("SELECT to_regclass('leases') IS NOT NULL")

_END_HOLDER: Final = text(f"""
SELECT pg_terminate_backend(pg_locks.pid)
    FROM leases JOIN pg_locks ON pg_locks.pid = leases.pid
    WHERE name = :name AND renewed_at < {NOW} - :lease_s AND {holders(KEY)}
""")
"""Ends the holder's connection, and with it the lock: whatever it had begun to write is undone.
Only if it is still the one whose lease has run out: who has taken over meanwhile has another."""


class LeaseKeeper:
    """A thread that renews a hold's lease until it is closed, or the lease is another's or gone."""

    def __init__(self, engine: Engine, hold: DatabaseHold, lost: Callable[[], None]) -> None:
        """`lost` is called in the thread, once. The engine is disposed of at the end."""
        self._engine = engine
        self._hold = hold
        self._lost = lost
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="voltyard-lease", daemon=True)
        self._thread.start()

    async def close(self) -> None:
        """Renew it no more."""
        self._ended.set()
        await asyncio.to_thread(self._thread.join)

    def _run(self) -> None:
        while not self._ended.wait(limits.LEASE_RENEWED_S):
            try:
                if self._hold.epoch is not None and not self._renew():
                    self._hold.is_lost = True
                    self._lost()
                    break
            except (DBAPIError, VoltyardError) as error:
                # Without a database there is nothing to be held; the writer says so.
                log.debug("lease_not_renewed", error=str(error))
        self._engine.dispose()

    def _renew(self) -> bool:
        with self._engine.begin() as connection:
            mine = {"name": self._hold.lease, "holder": self._hold.holder}
            return connection.execute(_RENEW, mine).rowcount == 1


class Standby:
    """A server that waits for its turn at a database."""

    def __init__(self, url: URL) -> None:
        from voltyard.storage.database import postgresql

        self._engine = postgresql.keeping_engine(url)

    async def turn(self) -> None:
        """Return once the database is free: its holder has ended, or its lease has run out and it
        was ended. Another standby may still be quicker. Unavailable where it cannot be reached at
        the first look; later it is waited for."""
        try:
            is_free = await asyncio.to_thread(self._look)
            while not is_free:
                await asyncio.sleep(limits.STANDBY_LOOK_S)
                try:
                    is_free = await asyncio.to_thread(self._look)
                except (DBAPIError, Unavailable) as error:
                    log.warning("standby_cannot_look", error=str(error))
        finally:
            self._engine.dispose()

    def _look(self) -> bool:
        with self._engine.begin() as connection:
            if connection.scalar(_IS_FREE):
                return True  # and free again at the end of this transaction
            if not connection.scalar(_HAS_LEASES):
                return False  # an older version's, or it is being made
            given = {"name": LEASE, "lease_s": limits.LEASE_S}
            if connection.scalars(_END_HOLDER, given).all():
                log.warning("holder_ended", silent_for_s=limits.LEASE_S)
        return False
