"""The closing of all links as the server ends, in the order that hurts least."""

import asyncio
from collections import deque
from contextlib import suppress

import structlog

from voltyard.csms.event_log import BackendWriter
from voltyard.csms.links.closing_pace import ClosingPace
from voltyard.csms.links.open_sessions import ENDING, OpenSessions
from voltyard.csms.session.session import Session
from voltyard.kernel import limits
from voltyard.kernel.time import Instant, Seconds

log = structlog.get_logger(__name__)

_LOOK_S: Seconds = 0.01
_FLUSH_S: Seconds = 1.0
"""Least time for a commit that answers wait for."""


class LinkDrain:
    """Closes the links that are open, at a pace: those first on which neither end waits for the
    other, and each only once its charger has the answers that it is owed."""

    def __init__(self, sessions: OpenSessions, writer: BackendWriter, pace: ClosingPace) -> None:
        self._sessions = sessions
        self._writer = writer
        self._pace = pace
        self._open: deque[Session] | None = None
        """Those that are not closed yet, busy ones behind; None until it has begun."""
        self._commands_until: Instant = 0.0
        self._at_pace = 0
        self.duration_s: Seconds = 0.0
        """The time that the closes at a pace take, of the run that has begun."""

    async def run(self, commands_s: Seconds, within_s: Seconds) -> None:
        """Returns once all are closed. Commands under way may take `commands_s`; after `within_s`
        whatever is open still is closed at once, and what it was owed will be asked for again.
        Another run goes on with what one that was cut off has left."""
        if self._open is None:
            self._open = deque(self._sessions.all)
        waiting = self._open
        self.duration_s = min(self._pace.duration_s(len(waiting)), within_s)
        now = asyncio.get_running_loop().time
        self._commands_until, last = now() + commands_s, now() + within_s
        self._at_pace = 0
        while waiting:
            closed = self._close_some(waiting, now())
            if not closed and not self._pace.wait_s(now()):
                await self._flush(last - now())
                # Nothing comes in between the flush and here, but what it has let others ask.
                closed = self._close_some(waiting, now())
            if now() >= last:
                break
            # Others are heard in between; a verdict from outside takes its time.
            await asyncio.sleep(0 if closed and not self._pace.wait_s(now()) else _LOOK_S)
        at_once = await self._close_rest(waiting)
        if at_once or self.duration_s:  # an end without a rate needs no words
            hint = {"hint": "raise ocpp_closes_per_s or ocpp_closes_within_s"} if at_once else {}
            log.info("links_closed", closed=self._at_pace, closed_at_once=at_once, **hint)

    def _close_some(self, waiting: deque[Session], now: Instant) -> int:
        """Close as many as may be closed in this turn; how many those were."""
        closed = 0
        for _ in range(min(len(waiting), limits.DRAIN_LOOKS)):
            if closed >= limits.DRAIN_LOT or self._pace.wait_s(now):
                break
            session = waiting.popleft()
            if session not in self._sessions:
                continue
            if session.owed or (now < self._commands_until and not session.is_idle):
                waiting.append(session)
                continue
            self._sessions.step(session, ENDING)
            self._pace.closed(now)
            closed += 1
        self._at_pace += closed
        return closed

    async def _close_rest(self, waiting: deque[Session]) -> int:
        closed = 0
        if waiting:
            await self._flush(0.0)
        while waiting:
            session = waiting.popleft()
            if session in self._sessions:
                self._sessions.step(session, ENDING)
                closed += 1
                if not closed % limits.DRAIN_LOT:
                    await asyncio.sleep(0)
        return closed

    async def _flush(self, within_s: Seconds) -> None:
        """Have the answers sent that wait for a commit."""
        with suppress(TimeoutError):
            async with asyncio.timeout(max(within_s, _FLUSH_S)):
                await self._writer.flush()
