"""Queue of a host's dials, so many at a time, with the quirks of each."""

import asyncio
from collections import deque
from typing import Protocol

from voltyard.charger.effects import Dial
from voltyard.kernel.addressing.egress import Egress
from voltyard.ports.links import NO_DIAL_QUIRKS, DialFailed, Dialler, Dialling, DialQuirks, LinkUser
from voltyard.quirks.dials import QuirkDial

DIALS_AT_ONCE = 128
"""Dials of one host under way at a time; further ones wait for their turn, oldest first."""


class DialUser(LinkUser, Protocol):
    """User of a link that is being dialled."""

    @property
    def is_wanted(self) -> bool:
        """True while it still wants the link."""

    def failed(self, error: DialFailed) -> None:
        """No link came of it."""

    def broke(self, error: Exception) -> None:
        """The dialler failed, which is a bug."""


class DialQueue:
    """Dials that wait for their turn, and the tasks that carry them out."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[Dialling, DialUser, Dialler]] = deque()
        self._tasks: set[asyncio.Task[None]] = set()

    def put(self, dialling: Dialling, line: DialUser, dialler: Dialler) -> None:
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


def dialling_of(dial: Dial, egress: Egress) -> Dialling:
    """The dial that a charger's effect asks for, under its owner's policy."""
    return Dialling(
        url=dial.url,
        subprotocols=dial.subprotocols,
        username=dial.username,
        password=dial.password,
        tls=dial.tls,
        ping_interval_s=dial.ping_interval_s,
        dial_quirks=_oddness(dial),
        egress=egress,
    )


def _oddness(dial: Dial) -> DialQuirks:
    if not isinstance(dial, QuirkDial):
        return NO_DIAL_QUIRKS
    return DialQuirks(target=dial.target, rudeness=dial.rudeness, answers_pings=dial.answers_pings)
