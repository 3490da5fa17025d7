"""Replay over a link: the shell of `machine.Replay`."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from voltyard.kernel import ids, pace
from voltyard.kernel.errors import Invalid
from voltyard.loop.wheel import Wheel
from voltyard.ocpp.endpoint import with_identity
from voltyard.ports.clock import Clock
from voltyard.ports.links import Dialler, Dialling, Link
from voltyard.replay.machine import Replay
from voltyard.replay.recording import Recording


async def replay(
    recording: Recording,
    dialler: Dialler,
    clock: Clock,
    *,
    url: str,
    identity: str,
    version: str | None = None,
    password: str | None = None,
    rate: float = 1.0,
    prefix: str | None = None,
    expects_commands: bool = False,
    watched: Callable[[Replay], Coroutine[Any, Any, None]] | None = None,
) -> Replay:
    """Hold a recorded conversation again with the CSMS at `url`, as `identity`: what came of it.

    `version` is needed where the recording does not tell it, `rate` is from 1 up. `watched` is a
    task beside it, from the open link to the end. DialFailed where the CSMS cannot be reached,
    Invalid where the version is not known.
    """
    pace.check(rate)
    spoken = version or recording.version
    if spoken is None:
        raise Invalid("the log does not tell its OCPP version", hint="say 1.6 or 2.0.1")
    machine = Replay(
        recording, prefix or ids.hexadecimal(), rate, expects_commands=expects_commands
    )
    line = _Line(machine, clock)
    dialling = Dialling(
        url=with_identity(url, identity),
        subprotocols=(f"ocpp{spoken}",),
        username=identity,
        password=password,
    )
    watching: asyncio.Task[None] | None = None
    try:
        await dialler.dial(dialling, line)
        if watched is not None:
            watching = asyncio.create_task(watched(machine))
        await line.over.wait()
    finally:
        line.end()
        if watching is not None:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
    return machine


class _Line:
    """The user of the link."""

    def __init__(self, machine: Replay, clock: Clock) -> None:
        self._machine = machine
        self._clock = clock
        self._link: Link | None = None
        self._wheel: Wheel[str] = Wheel(clock, self._ring)
        self.over = asyncio.Event()

    def opened(self, link: Link) -> None:
        self._link = link
        self._do(self._machine.opened(self._clock()))

    def received(self, text: str) -> None:
        self._do(self._machine.received(text, self._clock()))

    def closed(self, code: int, reason: str) -> None:
        self._link = None
        self._machine.closed(f"{code} {reason}".rstrip())
        self.over.set()

    def end(self) -> None:
        """Hang up."""
        self._wheel.stop()
        if self._link is not None:
            self._link.close()

    def _ring(self, key: str) -> None:
        self._do(self._machine.tick(self._clock()))

    def _do(self, texts: list[str]) -> None:
        for text in texts:
            if self._link is not None:
                self._link.send(text)
        if self._machine.finished:
            self.over.set()
        self._wheel.set("", self._machine.deadline())
