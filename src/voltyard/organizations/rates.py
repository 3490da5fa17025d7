"""Rate limits: requests a minute of an organization, counted in memory.

A minute begins with the first request after the last one has passed. One counter an organization:
there are no more of them than organizations.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from voltyard.kernel.errors import TooOften
from voltyard.kernel.time import MINUTE_S, Instant
from voltyard.ports.clock import Clock

LIMIT: Final = b"ratelimit-limit"
REMAINING: Final = b"ratelimit-remaining"
RESET: Final = b"ratelimit-reset"
RETRY_AFTER: Final = b"retry-after"


@dataclass(slots=True)
class _Minute:
    ends_at: Instant
    used: int = 0


class Rates:
    """Counts requests. `limit_of` gives an organization's bound; None: it has none."""

    def __init__(self, limit_of: Callable[[str], int | None], clock: Clock) -> None:
        self._limit_of = limit_of
        self._clock = clock
        self._minutes: dict[str, _Minute] = {}

    def count(self, organization_id: str) -> tuple[list[tuple[bytes, bytes]], TooOften | None]:
        """One more request: the headers of its answer, and the error it meets beyond the bound."""
        most = self._limit_of(organization_id)
        if most is None:
            self._minutes.pop(organization_id, None)
            return [], None
        now = self._clock()
        minute = self._minutes.get(organization_id)
        # A clock that was set back must not make a minute of an hour.
        if minute is None or not minute.ends_at - MINUTE_S <= now < minute.ends_at:
            minute = self._minutes[organization_id] = _Minute(now + MINUTE_S)
        is_over = minute.used >= most
        if not is_over:
            minute.used += 1
        reset_s = str(math.ceil(minute.ends_at - now)).encode()
        headers = [
            (LIMIT, str(most).encode()),
            (REMAINING, str(max(0, most - minute.used)).encode()),
            (RESET, reset_s),
        ]
        if not is_over:
            return headers, None
        hint = f"wait {reset_s.decode()} s, or have requestsPerMinute raised in the settings"
        error = TooOften(f"more than {most} requests within a minute", hint=hint)
        return [*headers, (RETRY_AFTER, reset_s)], error
