"""Predictable ids."""

from itertools import count

from voltyard.kernel.ids import IdSource


def counter(start: int = 1) -> IdSource:
    """Message ids 1, 2, 3, ... as decimal text."""
    return map(str, count(start)).__next__
