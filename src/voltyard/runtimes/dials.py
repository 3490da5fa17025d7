"""A host's dials: so many at a time, each as odd as its charger wants it."""

import asyncio
from collections import deque
from typing import Protocol

from voltyard.charger.effects import Dial
from voltyard.ports import NOT_ODD, DialFailed, Dialler, Dialling, LinkUser, Oddness
from voltyard.quirks.dials import OddDial

DIALS_AT_ONCE = 128
"""Dials of one host under way at a time; further ones wait for their turn, oldest first."""


class Caller(LinkUser, Protocol):
    """Who wants a link."""

    @property
    def is_wanted(self) -> bool:
        """Whether it still does."""

    def failed(self, error: DialFailed) -> None:
        """No link came of it."""

    def broke(self, error: Exception) -> None:
        """The dialler failed, which is a bug."""


class Dials:
    """Dials waiting for their turn, and the tasks that take them one after another."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[Dialling, Caller, Dialler]] = deque()
        self._tasks: set[asyncio.Task[None]] = set()

    def put(self, dialling: Dialling, line: Caller, dialler: Dialler) -> None:
        self._waiting.append((dialling, line, dialler))
        if len(self._tasks) < DIALS_AT_ONCE:
            task = asyncio.get_running_loop().create_task(self._take())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def close(self) -> None:
        self._waiting.clear()
        for task in self._tasks:
            task.cancel()

    async def _take(self) -> None:
        while self._waiting:
            dialling, line, dialler = self._waiting.popleft()
            if not line.is_wanted:
                continue
            try:
                await dialler.dial(dialling, line)
            except DialFailed as error:
                line.failed(error)
            except Exception as error:  # a dialler's bug; the charger would wait for ever
                line.broke(error)


def dialling_of(dial: Dial) -> Dialling:
    return Dialling(
        url=dial.url,
        subprotocols=dial.subprotocols,
        username=dial.username,
        password=dial.password,
        tls=dial.tls,
        ping_interval_s=dial.ping_interval_s,
        oddness=_oddness(dial),
    )


def _oddness(dial: Dial) -> Oddness:
    if not isinstance(dial, OddDial):
        return NOT_ODD
    return Oddness(target=dial.target, rudeness=dial.rudeness, answers_pings=dial.answers_pings)
