"""Waiting for a condition that comes about elsewhere, and the error where it does not."""

import time
from collections.abc import Callable
from typing import Final, TypeVar

from voltyard.kernel.time import Seconds

__tracebackhide__ = True  # pytest shows the line of the test, not ours

_FIRST_PAUSE_S: Final[Seconds] = 0.005
_LONGEST_PAUSE_S: Final[Seconds] = 0.05

Found = TypeVar("Found")


class NotInTime(AssertionError):
    """A condition that did not come about in time; pytest shows it as a failed assertion."""


def until(
    found: Callable[[], Found | None], time_out_s: Seconds, otherwise: Callable[[], str]
) -> Found:
    """The first true thing that `found` gives. NotInTime, with the words of `otherwise`, where
    none comes in that time; it is asked once at least, and once more at the end."""
    give_up_at = time.monotonic() + time_out_s
    pause_s = _FIRST_PAUSE_S
    while True:
        is_last = time.monotonic() >= give_up_at
        if result := found():
            return result
        if is_last:
            raise NotInTime(f"not within {time_out_s:g} s: {otherwise()}")
        time.sleep(max(0.0, min(pause_s, give_up_at - time.monotonic())))
        pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
