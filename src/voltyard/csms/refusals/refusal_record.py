"""Record of refused handshakes: the book, and its rows in the journal.

A refusal costs no write of its own: anybody can cause as many as they like. Rows that have changed
are written together, limits.REFUSALS_STORED of them at most every limits.REFUSALS_STORED_EVERY_S,
and one write waits for the other. A server that is killed loses the counts of that time, and more
only where the database or the bound is behind; one that ends writes them all.
"""

from collections.abc import Iterable, Sequence
from random import Random

import structlog
from msgspec import structs

from voltyard.csms.event_log import BackendWriter
from voltyard.csms.records import Record
from voltyard.csms.refusals.reasons import RefusalReason
from voltyard.csms.refusals.refusal_book import RefusalBook, RefusedHandshake
from voltyard.csms.refusals.refusal_rows import RefusalForgotten, RefusalStored
from voltyard.csms.registry import ChargerRegistry
from voltyard.csms.settings import OrganizationSettings
from voltyard.kernel import ids, limits
from voltyard.kernel.errors import Overfull, Unavailable
from voltyard.kernel.time import DAY_S, Instant
from voltyard.ports.journal import Pressure

log = structlog.get_logger(__name__)


class RefusalRecord:
    """Keeps the book of refused handshakes in the journal."""

    def __init__(
        self, writer: BackendWriter, settings: OrganizationSettings, random: Random = ids.SYSTEM
    ) -> None:
        self.book = RefusalBook(random, self._gave_way)
        """To be read; what changes it is here."""
        self._writer = writer
        self._settings = settings
        self._changed: dict[str, None] = {}
        """Ids of rows that are in the book and not as they are stored, the longest first."""
        self._superfluous: dict[str, None] = {}
        """Ids of rows that are stored and not in the book."""
        self._stored: set[str] = set()
        """Ids of the book's rows that are stored, or about to be."""
        self._leaving: set[str] = set()
        """Ids of rows whose deletion somebody waits for: they are not written again."""
        self._is_writing = False
        self._next_at: Instant | None = None

    def load(self, rows: Sequence[RefusalStored], registry: ChargerRegistry) -> None:
        """Take over the stored rows, oldest first; those that a registration was the end of go."""
        for stored in rows:
            row = structs.replace(stored, reason=RefusalReason(stored.reason))
            self._stored.add(row.id)
            self.book.put(row)
        for organization_id, identity in {(row.organization_id, row.identity) for row in rows}:
            if identity is not None and registry.is_registered(organization_id, identity):
                self.registered(organization_id, identity)

    def note(self, refusal: RefusedHandshake, now: Instant) -> RefusalStored:
        """Count one more; its row."""
        row = self.book.note(refusal, now)
        self._changed[row.id] = None
        self._schedule(now)
        return row

    def next_at(self) -> Instant | None:
        """The moment at which `write_due` has something to do."""
        return self._next_at

    def write_due(self, now: Instant) -> None:
        """Write what has changed, if its time has come and the database has room for it."""
        if self._next_at is None or now < self._next_at:
            return
        self._next_at = None
        if not self._is_writing and self._writer.pressure is Pressure.NONE:
            self._write(limits.REFUSALS_STORED)
        self._schedule(now)

    def write_all(self) -> None:
        """Write all that has changed, at the end of the server."""
        self._write(len(self._changed) + len(self._superfluous))

    async def forget(self, rows: Iterable[RefusalStored]) -> int:
        """Delete these rows, where they are still there, and return how many once that is durable.
        Unavailable where it cannot be stored; then nothing is changed."""
        rows = [row for row in rows if self.book.find(row.id) is not None]
        names = {row.id for row in rows}
        self._leaving |= names
        try:
            stored = tuple(RefusalForgotten(id=name) for name in names if name in self._stored)
            if stored:
                await self._writer.durable(stored)
        finally:
            self._leaving -= names
        self._drop(rows)
        return len(rows)

    def registered(self, organization_id: str, identity: str) -> None:
        """Delete the rows of an identity that is registered by now, where that it was not was
        why."""
        self._delete(self.book.list(organization_id, identity, RefusalReason.NOT_REGISTERED))

    def forget_organization(self, organization_id: str) -> None:
        """Delete all rows of an organization that is deleted."""
        self._delete(self.book.list(organization_id))

    async def sweep(self, now: Instant) -> None:
        """Delete rows whose last refusal is older than their organization keeps history."""
        self._delete(
            [
                row
                for row in self.book.rows()
                if row.last_at < now - self._settings.of(row.organization_id).retention_days * DAY_S
            ]
        )

    # --- rows and what is stored of them -------------------------------------------------------

    def _delete(self, rows: Sequence[RefusalStored]) -> None:
        stored = [RefusalForgotten(id=row.id) for row in rows if row.id in self._stored]
        self._drop(rows)
        if stored:
            self._writer.write(stored)

    def _drop(self, rows: Iterable[RefusalStored]) -> None:
        """Take rows out of the book whose deletion is written."""
        rows = list(rows)
        self.book.forget(rows)
        for row in rows:
            self._changed.pop(row.id, None)
            self._stored.discard(row.id)

    def _gave_way(self, row: RefusalStored) -> None:
        self._changed.pop(row.id, None)
        if row.id in self._stored:
            self._stored.discard(row.id)
            self._superfluous[row.id] = None

    def _schedule(self, now: Instant) -> None:
        if self._is_writing or self._changed or self._superfluous:
            due = now + limits.REFUSALS_STORED_EVERY_S
            # An earlier moment may lie far ahead where the clock was put back.
            self._next_at = due if self._next_at is None else min(self._next_at, due)

    def _write(self, most: int) -> None:
        gone = list(self._superfluous)[:most]
        changed = [name for name in self._changed if name not in self._leaving][: most - len(gone)]
        rows = [row for name in changed if (row := self.book.find(name)) is not None]
        if not gone and not rows:
            return
        for name in gone:
            del self._superfluous[name]
        for name in changed:
            del self._changed[name]
        self._stored.update(changed)
        self._is_writing = True  # write_due looks again, for it may fail

        def committed() -> None:
            self._is_writing = False

        def failed(error: Exception) -> None:
            self._is_writing = False
            if isinstance(error, Unavailable | Overfull):
                self._superfluous.update(dict.fromkeys(gone))
                still = [name for name in changed if self.book.find(name) is not None]
                self._changed = {**dict.fromkeys(still), **self._changed}
            else:  # a fault of ours, which would only come again
                log.error("refusals_not_stored", rows=len(rows), error=str(error))

        records: list[Record] = [*rows, *(RefusalForgotten(id=name) for name in gone)]
        self._writer.write(records, (), committed, failed)
