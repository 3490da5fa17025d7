"""Pacing of command batches: the start of each command, with one timer for all of them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from msgspec import Struct

from voltyard.kernel import limits
from voltyard.kernel.errors import Invalid
from voltyard.kernel.time import Instant, Seconds
from voltyard.loop.wheel import Wheel
from voltyard.ports.clock import Clock


class Pacing(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Pacing of a command for many chargers."""

    mode: Literal["all_at_once", "staggered", "rolling"] = "all_at_once"
    interval_s: Seconds | None = None
    """Staggered: from the begin of one to the begin of the next."""
    at_once: int | None = None
    """Rolling: so many are under way; the next begins when one of them has ended."""


class CommandBatch(Struct, frozen=True, kw_only=True):
    """The common properties of the commands of one request."""

    id: str
    pacing: Pacing | None
    queue_if_stopped: bool
    begun_at: Instant

    def check_length(self, count: int) -> None:
        """Invalid where the last of so many commands would begin after its lifetime."""
        interval_s = 0.0 if self.pacing is None else self.pacing.interval_s or 0.0
        if (count - 1) * interval_s >= limits.COMMAND_LIFETIME_S:
            raise Invalid(
                f"{count} chargers, one every {interval_s:g} s, take longer than a command may "
                f"wait: {limits.COMMAND_LIFETIME_S:g} s",
                param="pacing.interval_s",
            )

    def place(self, position: int) -> dict[str, Any]:
        """Fields of the command at that place."""
        pacing = self.pacing
        if pacing is not None and pacing.mode == "all_at_once":
            pacing = None
        interval_s = None if pacing is None else pacing.interval_s
        return {
            "batch_id": self.id,
            "position": position,
            "pacing": pacing,
            "due_at": None if interval_s is None else self.begun_at + position * interval_s,
            "queue_if_stopped": self.queue_if_stopped,
        }


class PacedCommand(Struct, frozen=True):
    """A command that waits for its batch."""

    id: str
    batch_id: str
    pacing: Pacing
    due_at: Instant | None


@dataclass(slots=True)
class _Rolling:
    """A batch of which so many are under way at a time."""

    at_once: int
    waiting: dict[str, None] = field(default_factory=dict)
    under_way: set[str] = field(default_factory=set)


class Pacer:
    """Starts commands by `begin(command_id)`. It must be told of every one's end by `ended`.

    A rolling batch waits for each of its commands for limits.ROLLING_WAIT_S at most: one that has
    no result by then goes on, and no longer holds back the rest.
    """

    def __init__(self, clock: Clock, begin: Callable[[str], None]) -> None:
        self._clock = clock
        self._begin = begin
        self._batches: dict[str, _Rolling] = {}
        self._batch_of: dict[str, str] = {}
        self._wheel: Wheel[str] = Wheel(clock, self._ring)

    def add(self, commands: Sequence[PacedCommand]) -> None:
        """Take commands in their order. Those of a staggered batch that are overdue, as after a
        restart of the server, keep their distance from one another."""
        late_s: dict[str, Seconds] = {}
        now = self._clock()
        rolling: dict[str, _Rolling] = {}
        for one in commands:
            if one.pacing.mode == "rolling":
                batch = self._batches.get(one.batch_id)
                if batch is None:
                    batch = self._batches[one.batch_id] = _Rolling(one.pacing.at_once or 1)
                rolling[one.batch_id] = batch
                batch.waiting[one.id] = None
                self._batch_of[one.id] = one.batch_id
            else:
                due_at = now if one.due_at is None else one.due_at
                due_at += late_s.setdefault(one.batch_id, max(0.0, now - due_at))
                if due_at <= now:  # before what its charger is asked next
                    self._begin(one.id)
                else:
                    self._wheel.set(one.id, due_at)
        for batch in rolling.values():
            self._fill(batch)

    def ended(self, command_id: str) -> None:
        """Note that a command has its result, whichever, or is not to be waited for any more."""
        self._wheel.set(command_id, None)
        batch_id = self._batch_of.pop(command_id, None)
        if batch_id is None:
            return
        batch = self._batches[batch_id]
        batch.waiting.pop(command_id, None)
        batch.under_way.discard(command_id)
        self._fill(batch)
        if not batch.waiting and not batch.under_way:
            del self._batches[batch_id]

    def leave_out(self, command_ids: Iterable[str]) -> None:
        """They will never begin: none of them takes a place that another one leaves."""
        for command_id in command_ids:
            batch_id = self._batch_of.get(command_id)
            if batch_id is not None:
                self._batches[batch_id].waiting.pop(command_id, None)

    def stop(self) -> None:
        """Let nothing begin any more."""
        self._wheel.stop()
        self._batches.clear()
        self._batch_of.clear()

    def _fill(self, batch: _Rolling) -> None:
        while batch.waiting and len(batch.under_way) < batch.at_once:
            command_id = next(iter(batch.waiting))
            del batch.waiting[command_id]
            batch.under_way.add(command_id)
            self._wheel.set(command_id, self._clock() + limits.ROLLING_WAIT_S)
            self._begin(command_id)

    def _ring(self, command_id: str) -> None:
        if command_id in self._batch_of:
            self.ended(command_id)
        else:
            self._begin(command_id)
