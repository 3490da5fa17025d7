"""Paging: pages of lists, and long lists read page by page, by cursor."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeAlias, TypeVar

ItemT = TypeVar("ItemT")

Cursor: TypeAlias = tuple[float, int]
"""Place of an entry in a log: its moment, and its number among those of the same."""


class ListPart(Protocol):
    """The part of a list that is asked for."""

    @property
    def limit(self) -> int:
        """The most entries of it."""

    @property
    def offset(self) -> int:
        """The number of entries that come before it."""


@dataclass(frozen=True, slots=True)
class Page(Generic[ItemT]):
    """A page of a list, and the length of the whole."""

    items: list[ItemT]
    total: int


async def in_pages(
    following: Callable[[Cursor | None, int], Awaitable[list[tuple[Cursor, ItemT]]]], size: int
) -> AsyncIterator[list[ItemT]]:
    """All entries, `size` at a time. `following` gives so many that come after a place; None is
    before the first."""
    place: Cursor | None = None
    while True:
        part = await following(place, size)
        if part:
            yield [item for _, item in part]
        if len(part) < size:
            return
        place = part[-1][0]
