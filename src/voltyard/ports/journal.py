"""Port of the journal: records written durably, in order, with back-pressure."""

from collections.abc import Callable, Sequence
from enum import IntEnum
from typing import Protocol, TypeVar

RecordT_contra = TypeVar("RecordT_contra", contravariant=True)


class Pressure(IntEnum):
    """Backlog of a journal, which asks whoever takes in more to slow down."""

    NONE = 0
    HIGH = 1
    """Take one thing at a time from each charger, the next once the last is written."""
    FULL = 2
    """Take in nothing more."""


class Journal(Protocol[RecordT_contra]):
    """Durable log of records, written in the order of the calls. Never waits, never raises.

    The records of one call become durable together or not at all, but for those of a log (frames
    of a charger): these come when there is room, may be shed, and are told of to no one. A group
    that fails takes no other group with it.
    """

    @property
    def pressure(self) -> Pressure:
        """The present backlog."""

    def on_relief(self, callback: Callable[[], None]) -> None:
        """Have it called, on the caller's loop, whenever the pressure falls from FULL."""

    def write(
        self,
        records: Sequence[RecordT_contra],
        committed: Callable[[], None] | None = None,
        failed: Callable[[Exception], None] | None = None,
        *,
        urgent: bool = False,
    ) -> None:
        """Take these records. The callbacks are called later, on the caller's loop, in the order
        of the writes that have one.

        With `failed`, exactly one of the two is called: what could not be stored must not appear
        later. Without it the records are kept until they are stored, through any outage, in their
        place before what was written later. Without callbacks they may stay uncommitted for
        limits.WRITER_IDLE_S, unless they are `urgent`.
        """

    async def flush(self) -> None:
        """Return once everything written before this call is durable, or has failed, and those who
        waited for it have been told."""
