"""Moments in payloads: when a thing was so, which may be long before its message came."""

from voltyard.kernel.time import Instant
from voltyard.ocpp.timestamps import Timestamp, instant_of


def moment_of(written: Timestamp | None, came_at: Instant, begin: Instant) -> Instant:
    """The moment at which a payload says that it was; the frame's own where it says none, or one
    that a wrong clock must have told: after the frame, or before the trace begins."""
    at = instant_of(written)
    return at if at is not None and begin <= at <= came_at else came_at
