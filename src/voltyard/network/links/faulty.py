"""Links over a bad network: late, lost, doubled, reordered, narrow, cut, or silently dead.

A path is what lies between one caller and its peer; it may get better or worse while links are up.
It goes around any dialler, on sockets or in memory, in real or in virtual time. All paths of a
loop share one wheel: no link has a task or a timer. Chance is the seed's, a stream for each link.
"""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count
from random import Random
from typing import Protocol, TypeAlias

from voltyard.catalogue.network_conditions import GOOD_NETWORK, NetworkConditions
from voltyard.kernel import limits
from voltyard.kernel.seeds import stream
from voltyard.kernel.time import Instant, Seconds
from voltyard.loop.turns import ReadPauses
from voltyard.loop.wheel import Wheel
from voltyard.network.links.socket_end import TRY_AGAIN_LATER
from voltyard.ports.clock import Clock
from voltyard.ports.links import Dialler, Dialling, Link, LinkUser

_OVERTAKEN_S: Seconds = 0.25
"""Delay of a frame that is overtaken, beyond its time."""

_USER, _FULL, _DEAD = "user", "full", "dead"
"""Reasons why the real link is not read: its user said so, a slow reader has enough, nothing is any
more."""

_UNREAD_FRAMES = 4
"""Frames a slow reader has taken in advance."""

OnArrival: TypeAlias = Callable[[], None]


class _Timed(Protocol):
    """Something that the wheel wakes."""

    def __hash__(self) -> int: ...

    def due(self, now: Instant) -> Instant | None:
        """Do what was due; answer when to be woken next."""


class NetworkPaths:
    """The bad networks of one loop, on one timer. Must be made inside it."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._wheel: Wheel[_Timed] = Wheel(clock, self._ring)

    def wake(self, timed: _Timed, at: Instant | None) -> None:
        """Have it woken then, in place of any earlier wish; None: never."""
        self._wheel.set(timed, at)

    def stop(self) -> None:
        """Stop all timers."""
        self._wheel.stop()

    def _ring(self, timed: _Timed) -> None:
        self._wheel.set(timed, timed.due(self.clock()))


class NetworkPath:
    """The network between one charger and its CSMS."""

    def __init__(
        self, paths: NetworkPaths, conditions: NetworkConditions, seed: int, name: str
    ) -> None:
        self.paths = paths
        self.conditions = conditions
        self._seed = seed
        self._name = name
        self._links = 0
        self._is_spent = False

    def over(self, dialler: Dialler) -> FaultyDialler:
        """A dialler whose links take this path."""
        return FaultyDialler(self, dialler)

    def begin(self, user: LinkUser) -> FaultyEnd:
        """The end of a link to be."""
        self._links += 1
        return FaultyEnd(self, user, stream(self._seed, self._name, "network", self._links))

    def takes(self, random: Random) -> bool:
        """True where a link that has come up is on this path."""
        conditions = self.conditions
        if self._is_spent or conditions == GOOD_NETWORK or self._links % conditions.every:
            return False
        if conditions.probability < 1.0 and random.random() >= conditions.probability:
            return False
        self._is_spent = conditions.once
        return True

    def change(self, conditions: NetworkConditions) -> None:
        """From here on it is like that, for links that are up too."""
        self.conditions = conditions
        self._is_spent = False


class FaultyDialler:
    """Dialler over another, whose links go through a bad network."""

    def __init__(self, path: NetworkPath, dialler: Dialler) -> None:
        self._path = path
        self._dialler = dialler

    async def dial(self, dialling: Dialling, user: LinkUser) -> None:
        await self._dialler.dial(dialling, self._path.begin(user))


class FaultyEnd:
    """The caller's end of a faulty link: user of the real link, and link of the real user."""

    __slots__ = (
        "_conditions",
        "_cut_at",
        "_dead_at",
        "_ended",
        "_inward",
        "_is_closing",
        "_is_dead",
        "_is_on",
        "_link",
        "_opened_at",
        "_outward",
        "_over",
        "_path",
        "_pauses",
        "_random",
        "_user",
    )

    _link: Link

    def __init__(self, path: NetworkPath, user: LinkUser, random: Random) -> None:
        self._path = path
        self._user = user
        self._random = random
        self._opened_at: Instant = 0.0
        self._is_on = False
        self._is_dead = False
        self._is_closing = False
        self._ended = False
        self._over: tuple[int, str] | None = None
        """The end of the real link, which the user may not know yet."""
        self._pauses = ReadPauses()
        self._cut_at: Instant | None = None
        self._dead_at: Instant | None = None
        self._conditions = GOOD_NETWORK
        """The conditions by which its own moments were set."""
        self._outward = _Lane(self, is_inward=False)
        self._inward = _Lane(self, is_inward=True)

    # --- the link, as its user sees it ---------------------------------------------------------

    @property
    def subprotocol(self) -> str | None:
        return self._link.subprotocol

    def send(self, text: str) -> None:
        if not self._ended and not self._is_dead:
            self._outward.put(text, lambda: self._link.send(text))

    def close(self, code: int = 1000, reason: str = "") -> None:
        if self._is_dead:
            self.abort()  # no close frame would ever be answered
        elif not self._ended and not self._is_closing:
            self._is_closing = True
            self._lose(self._inward)
            self._outward.follow(lambda: self._link.close(code, reason))

    def abort(self) -> None:
        self._is_closing = True
        self.cut()

    def probe(self, answered: Callable[[], None]) -> None:
        """Ask for a sign of life."""
        if not self._is_dead:
            self._link.probe(answered)

    def pause(self) -> None:
        """Read no more for now; what is on its way arrives once it is read on."""
        if not self._is_closing and self._over is None:
            self._pauses.pause(_USER)

    def resume(self) -> None:
        """Read on."""
        self._pauses.resume(_USER)
        self._inward.go_on()

    @property
    def is_held(self) -> bool:
        """Nothing may be handed to the user for now."""
        return _USER in self._pauses

    # --- what the real link tells --------------------------------------------------------------

    def opened(self, link: Link) -> None:
        self.adopt(link)
        self._user.opened(self)

    def adopt(self, link: Link) -> None:
        """Be the end of a link that is up already."""
        self._link = link
        self._pauses.follow(link)
        self._opened_at = self._path.paths.clock()
        self.renew()

    def renew(self) -> None:
        """The path has changed, or is new: decide whether this link is on it."""
        if self._ended:
            return
        if self._is_dead:
            self.cut()  # it would stay dead on the best of paths
            return
        self._is_on = self._path.takes(self._random)
        self._conditions = self._path.conditions if self._is_on else GOOD_NETWORK
        self._set_moments()

    def received(self, text: str) -> None:
        if not self._is_closing and not self._is_dead:
            self._inward.put(text, lambda: self._user.received(text))

    def closed(self, code: int, reason: str) -> None:
        self._over = code, reason
        self.resume()
        self._inward.follow(lambda: self._end(code, reason))

    def _end(self, code: int, reason: str) -> None:
        if self._ended:
            return
        self._ended = self._is_closing = True
        for lane in (self._inward, self._outward):
            lane.clear()
        self._path.paths.wake(self, None)
        self._user.closed(code, reason)

    # --- what befalls it -----------------------------------------------------------------------

    def now(self) -> NetworkConditions:
        """The conditions for a frame that comes now."""
        if not self._is_on:
            return GOOD_NETWORK
        conditions = self._conditions
        age_s = self._path.paths.clock() - self._opened_at
        if age_s < conditions.from_s or (conditions.to_s and age_s > conditions.to_s):
            return GOOD_NETWORK
        return conditions

    def _set_moments(self) -> None:
        conditions, now = self._conditions, self._path.paths.clock()
        self._cut_at = self._dead_at = None
        if conditions.cut_every_s:
            self._cut_at = now + conditions.cut_every_s * self._random.uniform(0.5, 1.5)
        if conditions.storm_every_s:
            every_s = conditions.storm_every_s
            storm_at = (now // every_s + 1) * every_s
            self._cut_at = storm_at if self._cut_at is None else min(self._cut_at, storm_at)
        if conditions.half_open_after_s:
            self._dead_at = now + conditions.half_open_after_s
        if self._cut_at is not None and conditions.from_s:
            self._cut_at = max(self._cut_at, self._opened_at + conditions.from_s)
        self._path.paths.wake(self, self._next())

    def _next(self) -> Instant | None:
        moments = [at for at in (self._cut_at, self._dead_at) if at is not None]
        return min(moments) if moments else None

    def due(self, now: Instant) -> Instant | None:
        """The next thing happens to the link."""
        if self._cut_at is not None and self._cut_at <= now:
            self._cut_at = None
            self.cut()
        elif self._dead_at is not None and self._dead_at <= now:
            self._dead_at = None
            self._die(now)
        return None if self._ended else self._next()

    def cut(self) -> None:
        """The connection breaks: both ends see it."""
        self._lose(self._outward, self._inward)
        self._link.abort()

    def _lose(self, *lanes: _Lane) -> None:
        """Lose all that is on its way there, but for the end of the link."""
        for lane in lanes:
            lane.clear()
        if self._over is not None and self._inward in lanes:
            code, reason = self._over
            self._inward.follow(lambda: self._end(code, reason))

    def _die(self, now: Instant) -> None:
        """Nothing is read any more, pings neither; whoever sends them finds out."""
        self._is_dead = True
        self._lose(self._outward, self._inward)
        self._pauses.pause(_DEAD)
        self._cut_at = now + self._conditions.half_open_for_s

    def overflowed(self) -> None:
        """More is on the path than a link may hold."""
        self._lose(self._outward, self._inward)
        self._link.close(TRY_AGAIN_LATER, "too slow a network")

    @property
    def random(self) -> Random:
        """Random numbers of this link."""
        return self._random

    @property
    def paths(self) -> NetworkPaths:
        """The paths, by which it is woken."""
        return self._path.paths

    def hold(self, *, is_full: bool) -> None:
        """Read no more of the peer, or read on."""
        if is_full:
            self._pauses.pause(_FULL)
        else:
            self._pauses.resume(_FULL)


class _Lane:
    """One direction of a link: what is on its way, by when it arrives."""

    __slots__ = (
        "_end",
        "_free_at",
        "_heap",
        "_is_inward",
        "_last_at",
        "_order",
        "_size",
        "is_full",
    )

    def __init__(self, end: FaultyEnd, *, is_inward: bool) -> None:
        self._end = end
        self._is_inward = is_inward
        self._heap: list[tuple[Instant, int, int, OnArrival]] = []
        self._order = count()
        self._free_at: Instant = 0.0
        """Moment when the path has room again."""
        self._last_at: Instant = 0.0
        """Moment when the last of those in order arrives."""
        self._size = 0
        self.is_full = False

    def put(self, text: str, passed: OnArrival) -> None:
        """A frame sets out, unless it is lost, alone or with the link."""
        conditions, random = self._end.now(), self._end.random
        if conditions.breaks and random.random() < conditions.breaks:
            self._end.cut()
            return
        if conditions.loss and random.random() < conditions.loss:
            return
        times = 2 if conditions.duplicate and random.random() < conditions.duplicate else 1
        for _ in range(times):
            self._send(len(text), passed, conditions)

    def _send(self, size: int, passed: OnArrival, conditions: NetworkConditions) -> None:
        random, now = self._end.random, self._end.paths.clock()
        at = now
        pace_s = size / conditions.bytes_per_s if conditions.bytes_per_s else 0.0
        if self._is_inward and conditions.reads_per_s:
            pace_s = max(pace_s, 1.0 / conditions.reads_per_s)
        if pace_s:
            at = self._free_at = max(now, self._free_at) + pace_s
        at += conditions.latency_ms / 1_000
        if conditions.jitter_ms:
            at += random.uniform(0.0, conditions.jitter_ms) / 1_000
        at = max(at, self._last_at)
        if conditions.reorder and random.random() < conditions.reorder:
            at += _OVERTAKEN_S
        else:
            self._last_at = at
        self._enter(at, size, passed)

    def follow(self, passed: OnArrival) -> None:
        """Have it done once all that is on its way has arrived."""
        latest = max((one[0] for one in self._heap), default=0.0)
        self._enter(latest, 0, passed)

    def _enter(self, at: Instant, size: int, passed: OnArrival) -> None:
        if not self._heap and at <= self._end.paths.clock() and not self._is_held:
            passed()
            return
        heappush(self._heap, (at, next(self._order), size, passed))
        self._size += size
        if not self._is_held:
            self._end.paths.wake(self, self._heap[0][0])
        if self._size > limits.SEND_BUFFER_BYTES:
            self._end.overflowed()
        elif self._is_inward and not self.is_full and len(self._heap) > _UNREAD_FRAMES:
            self.is_full = self._end.now().reads_per_s > 0.0
            if self.is_full:
                self._end.hold(is_full=True)

    def due(self, now: Instant) -> Instant | None:
        """Let arrive what has its time, while the user reads."""
        while self._heap and self._heap[0][0] <= now and not self._is_held:
            _, _, size, passed = heappop(self._heap)
            self._size -= size
            passed()
        if self.is_full and not self._heap:
            self.is_full = False
            self._end.hold(is_full=False)
        return self._heap[0][0] if self._heap and not self._is_held else None

    def go_on(self) -> None:
        """The user reads on."""
        if self._heap:
            self._end.paths.wake(self, self._heap[0][0])

    @property
    def _is_held(self) -> bool:
        return self._is_inward and self._end.is_held

    def clear(self) -> None:
        """Nothing of it arrives."""
        self._heap.clear()
        self._size = 0
        self._end.paths.wake(self, None)
