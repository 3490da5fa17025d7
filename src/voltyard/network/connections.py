"""Connections at one port: at most so many in all and of an address, silent ones giving way.

A newcomer beyond a bound takes the place of the connection that has been silent for longest, of its
own address first. Where none is silent it is in reserve: there is room for a few that ask for the
server's health, and for nothing else.
"""

from collections import Counter, OrderedDict
from typing import Protocol

from voltyard.kernel.addressing.addresses import household
from voltyard.kernel.time import Instant


class Connection(Protocol):
    """A connection that is counted."""

    @property
    def address(self) -> str:
        """The address at the other end."""

    def cut(self) -> None:
        """End at once; `Connections.left` is called once it has."""

    def is_late(self, now: Instant) -> bool:
        """True where it has taken longer than it may."""


class Connections:
    """The connections of one port."""

    def __init__(self, most: int, most_each: int, reserve: int) -> None:
        self._most = most
        self._most_each = most_each
        self._reserve = reserve
        self._all: OrderedDict[Connection, bool] = OrderedDict()
        """Each with True where it is in reserve."""
        self._of_address: Counter[str] = Counter()
        self._in_reserve = 0
        self._silent: OrderedDict[Connection, None] = OrderedDict()
        self._silent_of_address: dict[str, OrderedDict[Connection, None]] = {}
        self.cut_off = 0
        """Connections ended so far: silent ones that gave way, and those that were late."""
        self.turned_away = 0
        """Newcomers for which there was no room."""

    def __len__(self) -> int:
        return len(self._all)

    def arrived(self, one: Connection, *, is_trusted: bool = False) -> bool:
        """A new one, silent so far; False where there is no room at all, and it is to be cut. A
        trusted proxy's count for many clients, so its address has no bound of its own."""
        is_in_reserve = False
        if not is_trusted and self._of_address[household(one.address)] >= self._most_each:
            is_in_reserve = not self._gives_way(self._silent_of_address.get(household(one.address)))
        if not is_in_reserve and len(self._all) - self._in_reserve >= self._most:
            is_in_reserve = not self._gives_way(self._silent)
        if is_in_reserve and self._in_reserve >= self._reserve:
            self._clean(household(one.address))
            self.turned_away += 1
            return False
        self._all[one] = is_in_reserve
        self._in_reserve += is_in_reserve
        self._of_address[household(one.address)] += 1
        self.silent(one)
        return True

    def is_in_reserve(self, one: Connection) -> bool:
        """True where it may ask for the server's health alone."""
        return self._all.get(one, False)

    def silent(self, one: Connection) -> None:
        """Note that one asks for nothing, or not yet."""
        if one in self._all:
            self._silent[one] = None
            self._silent_of_address.setdefault(household(one.address), OrderedDict())[one] = None

    def asks(self, one: Connection) -> None:
        """Note that one has said what it wants."""
        if self._silent.pop(one, self) is None:
            of_address = self._silent_of_address[household(one.address)]
            del of_address[one]
            if not of_address:
                del self._silent_of_address[household(one.address)]

    def left(self, one: Connection) -> None:
        """Note that one is gone, or about to be."""
        if one not in self._all:
            return
        self.asks(one)
        self._in_reserve -= self._all.pop(one)
        self._of_address[household(one.address)] -= 1
        self._clean(household(one.address))

    def sweep(self, now: Instant) -> None:
        """End those that are late."""
        for one in [one for one in self._all if one.is_late(now)]:
            self._cut(one)

    def _gives_way(self, silent: "OrderedDict[Connection, None] | None") -> bool:
        if not silent:
            return False
        self._cut(next(iter(silent)))
        return True

    def _cut(self, one: Connection) -> None:
        self.cut_off += 1
        self.left(one)
        one.cut()

    def _clean(self, address: str) -> None:
        if not self._of_address[address]:
            del self._of_address[address]
