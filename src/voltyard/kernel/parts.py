"""Long lists, read a part at a time."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeAlias, TypeVar

ItemT = TypeVar("ItemT")

Place: TypeAlias = tuple[float, int]
"""Where an entry is in a log: its moment, and its number among those of the same."""


async def in_parts(
    following: Callable[[Place | None, int], Awaitable[list[tuple[Place, ItemT]]]], size: int
) -> AsyncIterator[list[ItemT]]:
    """All entries, `size` at a time. `following` gives so many that come after a place; None is
    before the first."""
    place: Place | None = None
    while True:
        part = await following(place, size)
        if part:
            yield [item for _, item in part]
        if len(part) < size:
            return
        place = part[-1][0]
