"""Fair turns: the event loop's time shared between links, and the reasons to pause one.

A frame is handled as it comes while its link, and all links together, have had little of this turn
of the loop. What comes beyond waits here for the next turn, and where that is more than one frame
its link is not read meanwhile; in between, timers and other sockets are served. Of those that wait,
the link goes first that has had least: each has a tag that grows with what its frames cost, and
never falls behind that of whoever was served last (start-time fair queueing). So one that seldom
says anything passes a thousand that flood.

Nothing here depends on a clock in which no time passes: in virtual time frames are counted alone.
"""

import asyncio
import logging
from collections import deque
from heapq import heappop, heappush
from typing import Final, Protocol, TypeAlias

from voltyard.kernel import limits
from voltyard.kernel.time import Seconds
from voltyard.ports.clock import Clock
from voltyard.ports.links import Link

TURN: Final = "turn"
"""Reason of a pause: the link has to wait for its turn."""

_LEAST_COST_S: Final[Seconds] = 0.000_01
"""A frame counts as much at least, where no clock tells its cost."""

_TRY_AGAIN_LATER: Final = 1013
_INTERNAL_ERROR: Final = 1011

_log = logging.getLogger("voltyard.turns")


class ReadableLink(Protocol):
    """A link that can be paused and resumed."""

    def pause(self) -> None:
        """Read no more of the peer for now."""

    def resume(self) -> None:
        """Read on."""


class ReadPauses:
    """The named reasons for which a link is paused; it is read while there is none.

    Those who pause a link need not know of each other: each gives its own reason, as often as it
    likes, and takes back that one alone.
    """

    __slots__ = ("_link", "reasons")

    def __init__(self, link: ReadableLink | None = None) -> None:
        self._link = link
        self.reasons: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.reasons)

    def __contains__(self, reason: object) -> bool:
        return reason in self.reasons

    def but_for(self, reason: str) -> bool:
        """True where there is another reason than that."""
        return bool(self.reasons - {reason})

    def pause(self, reason: str) -> None:
        """Leave it unread for that reason too."""
        if not self.reasons and self._link is not None:
            self._link.pause()
        self.reasons |= {reason}

    def resume(self, reason: str) -> None:
        """End a reason; without any, the link is read on."""
        if reason not in self.reasons:
            return
        self.reasons -= {reason}
        if not self.reasons and self._link is not None:
            self._link.resume()

    def follow(self, link: ReadableLink | None) -> None:
        """From here on it is that link which is read or not; None: there is none."""
        self._link = link
        if self.reasons and link is not None:
            link.pause()


class FrameHandler(Protocol):
    """Handler of the frames of one link."""

    def handle(self, text: str) -> None:
        """Handle a frame whose turn it is."""


class Turns:
    """Scheduler that shares one loop's time between the links whose frames it is told of."""

    def __init__(self, clock: Clock) -> None:
        """By the clock of who handles the frames: in virtual time it stands still meanwhile."""
        self.clock = clock
        self.ordinal = 0
        """Of this turn of the loop; turns in which no link had its share are not told apart."""
        self.is_over = False
        """The links together have had limits.TURN_S of this turn."""
        self._spent_s: Seconds = 0.0
        self._waiting: list[_Entry] = []
        self._served: Seconds = 0.0
        """Tag of who was served last."""
        self._latest: Seconds = 0.0
        """The highest tag there is."""
        self._count = 0
        self._next: asyncio.Handle | None = None

    def charge(self, tag: Seconds, cost_s: Seconds) -> Seconds:
        """A link's tag after a frame that cost so much."""
        self._spent_s += cost_s
        if self._spent_s >= limits.TURN_S:
            self.is_over = True
            self._schedule()
        if tag < self._served:
            tag = self._served
        tag += cost_s
        if tag > self._latest:
            self._latest = tag
        return tag

    def queue(self, intake: "Intake", tag: Seconds) -> None:
        """Have it go on in a later turn."""
        self._count += 1
        heappush(self._waiting, (max(tag, self._served), tag, self._count, intake))
        self._schedule()

    def _schedule(self) -> None:
        if self._next is None:
            self._next = asyncio.get_running_loop().call_soon(self._begin)

    def _begin(self) -> None:
        """A new turn of the loop: each that waits may go on, once."""
        self._next = None
        self.ordinal += 1
        self._spent_s = 0.0
        self.is_over = False
        if not self._waiting:
            self._served = self._latest  # what was had while nobody waited counts for nothing
            return
        newest = self._count
        again: list[_Entry] = []
        # One whose frame took long waits until the others have had as much.
        last = self._waiting[0][0] + limits.LINK_TURN_S
        while self._waiting and not self.is_over and self._waiting[0][0] <= last:
            entry = heappop(self._waiting)
            if entry[2] > newest:
                again.append(entry)  # it has gone on in this turn
                continue
            self._served = entry[0]
            entry[3].go_on()
        for entry in again:
            heappush(self._waiting, entry)
        if self._waiting:
            self._schedule()


_Entry: TypeAlias = "tuple[Seconds, Seconds, int, Intake]"
"""Place of a link that waits: by its tag or that of who was served last, whichever is higher, then
by its own, then by when it came."""


class Intake:
    """The received frames of one link on their way to its handler, and the link's pauses.

    What waits is handed over in order, and not while there is a pause for any reason but TURN. It
    is at most limits.UNHANDLED_BYTES; beyond, the link is closed with 1013.
    """

    __slots__ = (
        "_cost_s",
        "_frames",
        "_handler",
        "_is_queued",
        "_is_spent",
        "_link",
        "_ordinal",
        "_pauses",
        "_tag",
        "_turns",
        "_waiting",
        "_waiting_bytes",
    )

    def __init__(self, turns: Turns, handler: FrameHandler) -> None:
        self._turns = turns
        self._handler: FrameHandler | None = handler
        self._link: Link | None = None
        self._pauses = ReadPauses()
        self._ordinal = -1
        self._frames = 0
        """Handled in the turn of that ordinal, and what they cost."""
        self._cost_s: Seconds = 0.0
        self._is_spent = False
        """They were its share of that turn."""
        self._tag: Seconds = 0.0
        self._is_queued = False
        self._waiting: deque[str] | None = None
        self._waiting_bytes = 0

    def follow(self, link: Link) -> None:
        """Follow a link; in the place of another one, where there was one."""
        self._link = link
        self._pauses.follow(link)

    def pause(self, reason: str) -> None:
        """Read nothing of the link and hand nothing over until `resume` of the same reason."""
        self._pauses.pause(reason)

    def resume(self, reason: str) -> None:
        """End a reason for which the link is paused."""
        if reason not in self._pauses:
            return
        if not self._pauses.but_for(reason) and self._waiting:
            self._pauses.pause(TURN)
        self._pauses.resume(reason)
        self._queue_if_due()

    def received(self, text: str) -> None:
        """A frame has come."""
        if self._handler is None:
            return
        turns = self._turns
        if self._ordinal != turns.ordinal:
            self._begin_share(turns.ordinal)
        has_to_wait = self._waiting or self._pauses.reasons or turns.is_over or self._is_spent
        if has_to_wait:
            self._keep(text)
            return
        self._hand_over(text)
        if self._is_spent:
            self._await_turn()

    def closed(self) -> None:
        """The link is gone. What has waited is still handed over, a turn's share of it."""
        waiting, self._waiting = self._waiting, None
        self._link = None
        if waiting is not None and not self._pauses.but_for(TURN):
            for _ in range(min(len(waiting), limits.FRAMES_AT_ONCE)):
                self._hand_over_safely(waiting.popleft())
        self.stop()

    def stop(self) -> None:
        """Hand over nothing any more."""
        self._handler = None
        self._link = None
        self._waiting = None
        self._waiting_bytes = 0
        self._pauses.follow(None)

    def go_on(self) -> None:
        """Its turn has come."""
        self._is_queued = False
        if self._handler is None or self._pauses.but_for(TURN):
            return
        while self._waiting and self._has_share() and not self._pauses.but_for(TURN):
            text = self._waiting.popleft()
            self._waiting_bytes -= len(text)
            self._hand_over_safely(text)
        if self._waiting:
            self._queue_if_due()
            return
        self._waiting = None
        self._pauses.resume(TURN)  # of no link, where it was hung up on meanwhile

    def _has_share(self) -> bool:
        if self._ordinal != self._turns.ordinal:
            self._begin_share(self._turns.ordinal)
        return not self._is_spent

    def _begin_share(self, ordinal: int) -> None:
        """A turn of the loop in which it has had nothing yet."""
        self._ordinal = ordinal
        self._frames = 0
        self._cost_s = 0.0
        self._is_spent = False

    def _hand_over(self, text: str) -> None:
        turns, handler = self._turns, self._handler
        assert handler is not None
        clock = turns.clock
        begun = clock()
        try:
            handler.handle(text)
        finally:
            cost_s = clock() - begun
            if cost_s < _LEAST_COST_S:
                cost_s = _LEAST_COST_S
            self._frames += 1
            self._cost_s += cost_s
            if self._frames >= limits.FRAMES_AT_ONCE or self._cost_s >= limits.LINK_TURN_S:
                self._is_spent = True
            self._tag = turns.charge(self._tag, cost_s)

    def _hand_over_safely(self, text: str) -> None:
        """Hand a frame over. A failure is a bug: said aloud, and the link is closed, as links
        themselves do."""
        try:
            if self._handler is not None:
                self._hand_over(text)
        except Exception:
            _log.exception("link_user_failed", extra={"callback": "received"})
            self._close(_INTERNAL_ERROR, "internal error")

    def _keep(self, text: str) -> None:
        if self._waiting is None:
            self._waiting = deque()
        self._waiting.append(text)
        self._waiting_bytes += len(text)
        if self._waiting_bytes > limits.UNHANDLED_BYTES:
            self._close(_TRY_AGAIN_LATER, "more frames than can be handled")
        elif len(self._waiting) == 1 and not self._is_spent:
            self._queue_if_due()  # most have one frame to say: a pause would cost more than it
        elif not self._pauses.but_for(TURN):
            self._await_turn()

    def _await_turn(self) -> None:
        if self._handler is not None:
            self._pauses.pause(TURN)
            self._queue_if_due()

    def _queue_if_due(self) -> None:
        """Have it go on in a later turn where it has to: frames wait, or it is paused for that."""
        if self._is_queued or not (self._waiting or TURN in self._pauses):
            return
        if not self._pauses.but_for(TURN):
            self._is_queued = True
            self._turns.queue(self, self._tag)

    def _close(self, code: int, reason: str) -> None:
        link = self._link
        self.stop()
        if link is not None:
            link.close(code, reason)
