"""The queue of passwords to be checked: a few at a time in threads, in a fair order.

Those come first whose charger has shown no wrong password at their address lately, and of these
those of an address that has shown none; addresses take turns. So neither who guesses, at one
charger or at many, nor a charger with a wrong password that dials without pause, keeps those out
that come with the right one.
"""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Callable
from concurrent.futures import Executor
from functools import partial
from typing import TypeAlias

from voltyard.kernel import limits
from voltyard.kernel.errors import Overfull
from voltyard.kernel.time import Instant

_CLEAN, _ADDRESS_SUSPECTED, _SUSPECTED = range(3)
"""Ranks, by what was wrong lately: nothing, something of that address, that charger there."""

Spelling: TypeAlias = bytes | None
"""The right spelling of a password; None: it is wrong."""


class _Check:
    """One password shown for one charger, by any number of handshakes."""

    __slots__ = ("address", "charger_id", "presented", "rank", "stored", "waiters")

    def __init__(self, presented: bytes, stored: str, charger_id: str, address: str) -> None:
        self.presented = presented
        self.stored = stored
        self.charger_id = charger_id
        self.address = address
        self.rank = _CLEAN
        self.waiters: list[asyncio.Future[Spelling]] = []

    @property
    def key(self) -> tuple[str, bytes, str]:
        return self.stored, self.presented, self.address

    @property
    def is_awaited(self) -> bool:
        return not all(waiter.done() for waiter in self.waiters)

    def settle(self, result: "Spelling | Exception") -> None:
        for waiter in self.waiters:
            if waiter.done():
                continue
            if isinstance(result, Exception):
                waiter.set_exception(result)
            else:
                waiter.set_result(result)


class PasswordChecks:
    """Runs `is_right` in the executor, limits.PASSWORD_THREADS at a time."""

    def __init__(
        self, is_right: Callable[[bytes, str], Spelling], executor: Executor | None
    ) -> None:
        self._is_right = is_right
        self._executor = executor
        self._ranks: tuple[_Lanes, ...] = (_Lanes(), _Lanes(), _Lanes())
        self._known: dict[tuple[str, bytes, str], _Check] = {}
        """Checks that wait or are under way."""
        self._of_charger: dict[str, list[_Check]] = {}
        """Checks that wait."""
        self._waiting = 0
        self._running = 0
        self._suspected: OrderedDict[tuple[str, str], Instant] = OrderedDict()
        """Until when: (address, charger), and (address, "")."""
        self._is_closed = False

    def ask(
        self, presented: bytes, stored: str, charger_id: str, address: str
    ) -> "asyncio.Future[Spelling]":
        """The spelling that is right, in time; to be cancelled once it is not waited for any more.
        Overfull where too many wait that have as good a name."""
        if self._is_closed:
            raise Overfull("the server ends")
        waiter: asyncio.Future[Spelling] = asyncio.get_running_loop().create_future()
        check = _Check(presented, stored, charger_id, address)
        known = self._known.get(check.key)
        if known is not None:
            known.waiters.append(waiter)
            return waiter
        check.waiters.append(waiter)
        check.rank = self._rank(check)
        self._make_room(check)
        self._known[check.key] = check
        self._of_charger.setdefault(charger_id, []).append(check)
        self._waiting += 1
        self._ranks[check.rank].put(check)
        self._proceed()
        return waiter

    def is_under_way(self, presented: bytes, stored: str, address: str) -> bool:
        """True while that check has a thread."""
        check = self._known.get((stored, presented, address))
        return check is not None and check not in self._of_charger.get(check.charger_id, ())

    def close(self) -> None:
        """Begin no further check: those that wait are told Overfull."""
        self._is_closed = True
        for lanes in self._ranks:
            while (check := lanes.first()) is not None:
                self._left(check)
                self._refuse(check)

    # --- the order -----------------------------------------------------------------------------

    def _rank(self, check: _Check) -> int:
        if self._is_suspected(check.address, check.charger_id):
            return _SUSPECTED
        return _ADDRESS_SUSPECTED if self._is_suspected(check.address, "") else _CLEAN

    def _is_suspected(self, address: str, charger_id: str) -> bool:
        return self._suspected.get((address, charger_id), 0.0) > _now()

    def _suspect(self, check: _Check) -> None:
        for key in ((check.address, check.charger_id), (check.address, "")):
            self._suspected[key] = _now() + limits.WRONG_PASSWORD_S
            self._suspected.move_to_end(key)
        while len(self._suspected) > limits.WRONG_PASSWORDS:
            self._suspected.popitem(last=False)

    def _make_room(self, check: _Check) -> None:
        """One of a worse name gives way; Overfull where there is none."""
        same = self._of_charger.get(check.charger_id, ())
        if len(same) >= limits.PASSWORD_CHECKS_EACH:
            worst = max(same, key=lambda one: (not one.is_awaited, self._rank(one)))
            if worst.is_awaited and self._rank(worst) <= check.rank:
                raise Overfull("too many passwords of that charger wait to be checked")
            self._ranks[worst.rank].remove(worst)
        elif self._waiting >= limits.PASSWORD_CHECKS_WAITING:
            for lanes in reversed(self._ranks[check.rank + 1 :]):
                if (last := lanes.last()) is not None:
                    worst = last
                    break
            else:
                raise Overfull("too many passwords wait to be checked")
        else:
            return
        self._left(worst)
        self._refuse(worst)

    def _next(self) -> _Check | None:
        for rank, lanes in enumerate(self._ranks):
            while (check := lanes.first()) is not None:
                now = self._rank(check)
                if not check.is_awaited:
                    self._left(check)
                    del self._known[check.key]
                elif now > rank:
                    check.rank = now
                    self._ranks[now].put(check)
                else:
                    self._left(check)
                    return check
        return None

    # --- the work ------------------------------------------------------------------------------

    def _proceed(self) -> None:
        while self._running < limits.PASSWORD_THREADS and (check := self._next()) is not None:
            self._running += 1
            working = asyncio.get_running_loop().run_in_executor(
                self._executor, self._is_right, check.presented, check.stored
            )
            working.add_done_callback(partial(self._done, check))

    def _done(self, check: _Check, done: "asyncio.Future[Spelling]") -> None:
        self._running -= 1
        self._known.pop(check.key, None)
        if done.cancelled():  # the executor has been shut down
            self._refuse(check)
            return
        error = done.exception()
        if isinstance(error, Exception):
            check.settle(error)
        else:
            spelling = done.result()
            if spelling is None:
                self._suspect(check)
            else:
                self._suspected.pop((check.address, check.charger_id), None)
            check.settle(spelling)
        self._proceed()

    def _left(self, check: _Check) -> None:
        """Take out a check that waits no more."""
        self._waiting -= 1
        same = self._of_charger[check.charger_id]
        same.remove(check)
        if not same:
            del self._of_charger[check.charger_id]

    def _refuse(self, check: _Check) -> None:
        self._known.pop(check.key, None)
        check.settle(Overfull("too many passwords wait to be checked"))


class _Lanes:
    """Checks of one rank: those of an address in order, addresses in turn."""

    def __init__(self) -> None:
        self._of_address: OrderedDict[str, deque[_Check]] = OrderedDict()

    def put(self, check: _Check) -> None:
        self._of_address.setdefault(check.address, deque()).append(check)

    def first(self) -> _Check | None:
        """Take the one whose turn it is."""
        for address, lane in self._of_address.items():
            check = lane.popleft()
            if lane:
                self._of_address.move_to_end(address)
            else:
                del self._of_address[address]
            return check
        return None

    def last(self) -> _Check | None:
        """Take the newest of the address whose turn comes last."""
        for address in reversed(self._of_address):
            lane = self._of_address[address]
            check = lane.pop()
            if not lane:
                del self._of_address[address]
            return check
        return None

    def remove(self, check: _Check) -> None:
        lane = self._of_address[check.address]
        lane.remove(check)
        if not lane:
            del self._of_address[check.address]


def _now() -> Instant:
    return asyncio.get_running_loop().time()
