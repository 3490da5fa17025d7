"""Quota of frames a second: the links of an organization that says more wait, and no other's."""

import asyncio
from collections.abc import Callable
from typing import Final

from voltyard.csms.links.sockets import Socket
from voltyard.kernel.quotas import Most
from voltyard.kernel.time import Instant, Seconds
from voltyard.ports.clock import Clock

_QUOTA: Final = "quota"
_LOOK_S: Final[Seconds] = 0.02
"""The least time between two looks at who may go on."""


class _Bucket:
    """Frames that an organization may still send, refilled with time up to those of a second."""

    __slots__ = ("at", "left", "timer", "waiting")

    def __init__(self, now: Instant, most: int) -> None:
        self.left = float(most)
        self.at = now
        self.waiting: dict[Socket, None] = {}
        self.timer: asyncio.TimerHandle | None = None

    def refill(self, now: Instant, most: int) -> None:
        """Add what time has brought; a clock that was set back brings nothing."""
        self.left = min(float(most), self.left + max(0.0, now - self.at) * most)
        self.at = now


class FrameQuota:
    """Pauses the links of organizations that have sent their frames of this second, and resumes
    them in the order in which they have come to wait."""

    def __init__(self, most: Most, clock: Clock, reached: Callable[[str], None]) -> None:
        self._most = most
        self._clock = clock
        self._reached = reached
        self._buckets: dict[str, _Bucket] = {}

    def used(self, organization_id: str) -> float:
        """Frames of this second that are used up."""
        most, bucket = self._most(organization_id), self._buckets.get(organization_id)
        if most is None or bucket is None:
            return 0.0
        bucket.refill(self._clock(), most)
        return most - bucket.left

    @property
    def paused(self) -> int:
        """Links that are not read until their organizations have frames left."""
        return sum(len(bucket.waiting) for bucket in self._buckets.values())

    def received(self, socket: Socket) -> None:
        """A frame of it was handled."""
        organization_id = socket.session.charger.row.organization_id
        most = self._most(organization_id)
        if most is None:
            return
        bucket = self._buckets.get(organization_id)
        if bucket is None:
            bucket = self._buckets[organization_id] = _Bucket(self._clock(), most)
        bucket.refill(self._clock(), most)
        bucket.left -= 1
        if bucket.left < 1:
            socket.pause(_QUOTA)
            bucket.waiting[socket] = None
            self._reached(organization_id)
            self._look_later(organization_id, bucket, most)

    def closed(self, socket: Socket) -> None:
        """Its link is gone."""
        bucket = self._buckets.get(socket.session.charger.row.organization_id)
        if bucket is not None:
            bucket.waiting.pop(socket, None)

    def close(self) -> None:
        """Look no more."""
        for bucket in self._buckets.values():
            if bucket.timer is not None:
                bucket.timer.cancel()
        self._buckets.clear()

    def _look_later(self, organization_id: str, bucket: _Bucket, most: int) -> None:
        if bucket.timer is None and bucket.waiting:
            in_s = max(_LOOK_S, (1 - bucket.left) / most if most else 1.0)
            loop = asyncio.get_running_loop()
            bucket.timer = loop.call_later(in_s, self._look, organization_id, bucket)

    def _look(self, organization_id: str, bucket: _Bucket) -> None:
        """Let so many links go on as there are frames left."""
        bucket.timer = None
        most = self._most(organization_id)
        if most is not None:
            bucket.refill(self._clock(), most)
        room = len(bucket.waiting) if most is None else int(bucket.left)
        for socket in list(bucket.waiting)[: max(0, room)]:
            del bucket.waiting[socket]
            socket.resume(_QUOTA)
        if most is not None:
            self._look_later(organization_id, bucket, most)
