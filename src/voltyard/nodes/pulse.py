"""The pulse: a server's sign of life to its nodes, with what has changed of what they go by."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec

from voltyard.kernel import ids, limits
from voltyard.nodes.messages import Pulse, SharedChange, Subjects
from voltyard.ports.bus import Bus, BusGone

Organizations = Callable[[], Iterable[str]]
"""Ids of those whose live events are asked for."""


class ServerPulse:
    """Beats every limits.PULSE_S, and at once when something has changed."""

    def __init__(
        self, bus: Bus, subjects: Subjects, wanted: Organizations, followed: Organizations
    ) -> None:
        self.server = ids.token(ids.SYSTEM, 12)
        """Different at each start."""
        self._bus = bus
        self._subject = subjects.pulse
        self._wanted = wanted
        self._followed = followed
        self._number = 0
        self._changes: list[SharedChange] = []
        self._keys_changed = False
        self._due = asyncio.Event()

    @property
    def number(self) -> int:
        """The number of the last beat that told of a change, or will tell of one that is due."""
        return self._number + bool(self._changes or self._keys_changed)

    def announce(self, records: Sequence[Any]) -> None:
        """Tell of records that are stored."""
        for record in records:
            kind = type(record).__name__
            self._changes.append(SharedChange(kind, msgspec.Raw(msgspec.json.encode(record))))
        self._due.set()

    def announce_keys(self) -> None:
        """Tell that keys or organizations are others now."""
        self._keys_changed = True
        self._due.set()

    async def beat(self) -> None:
        """Beat until cancelled."""
        while True:
            await self._say()
            try:
                async with asyncio.timeout(limits.PULSE_S):
                    await self._due.wait()
            except TimeoutError:
                continue

    async def _say(self) -> None:
        self._due.clear()
        changes = tuple(self._changes[: limits.PULSE_CHANGES])
        del self._changes[: len(changes)]
        keys_changed, self._keys_changed = self._keys_changed, False
        if changes or keys_changed:
            self._number += 1
        if self._changes:
            self._due.set()
        pulse = Pulse(
            server=self.server,
            number=self._number,
            changes=changes,
            keys_changed=keys_changed,
            wanted=tuple(self._wanted()),
            followed=tuple(self._followed()),
        )
        try:
            await self._bus.publish(self._subject, msgspec.json.encode(pulse))
        except BusGone:
            return  # who has missed a number reads all of it anew
