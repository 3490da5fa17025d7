"""Predictable ids."""

from voltyard.kernel.ids import IdSource


def counter(start: int = 1) -> IdSource:
    """Message ids 1, 2, 3, ... as decimal text."""
    value = start - 1

    def following() -> str:
        nonlocal value
        value += 1
        return str(value)

    return following
