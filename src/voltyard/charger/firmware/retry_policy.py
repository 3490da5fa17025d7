"""The retry policy of a file transfer: the number of attempts, and the pause between them."""

from __future__ import annotations

from msgspec import Struct

from voltyard.kernel.time import Seconds

ATTEMPTS = 3
"""Attempts at a transfer where the CSMS leaves that open."""


PAUSE_S: Seconds = 30.0
"""Pause between two attempts where the CSMS leaves that open."""


class RetryPolicy(Struct, frozen=True):
    """The number of attempts at a transfer, and the pause between them."""

    attempts: int = ATTEMPTS
    pause_s: Seconds = PAUSE_S
