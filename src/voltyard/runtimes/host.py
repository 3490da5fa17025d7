"""A host: one asyncio loop that drives any number of chargers.

A charger is a machine without I/O; here its happenings come from a link, a wheel of deadlines and
the commands of whoever asks, and its effects are carried out. There is one timer for all of them,
no task and no timer a charger. A dial is a task while it lasts, of which there are DIALS_AT_ONCE.
"""

import asyncio
from asyncio import Future
from collections import deque
from collections.abc import Callable
from typing import Protocol, TypeAlias

from voltyard.charger.charger import Charger
from voltyard.charger.commands import Command, PowerCut
from voltyard.charger.effects import (
    Answer,
    Dial,
    Done,
    Effect,
    Failed,
    HangUp,
    Remember,
    Report,
    Transmit,
)
from voltyard.charger.events import ConnectionChanged, Event
from voltyard.charger.happenings import Asked, Happening, LinkDown, LinkUp, Received, Tick
from voltyard.charger.snapshot import Snapshot
from voltyard.charger.specification import ChargerSpec
from voltyard.kernel import limits
from voltyard.kernel.errors import Conflict, NotFound, Overfull
from voltyard.kernel.time import Instant
from voltyard.ports import Clock, DialFailed, Dialler, Dialling, Link
from voltyard.runtimes.wheel import Wheel

DIALS_AT_ONCE = 128
"""Dials of one host under way at a time; further ones wait for their turn, oldest first."""

Outcome: TypeAlias = Done | Failed

_TICK = Tick()
_GONE = "the charger was taken away before it could answer"


class HostListener(Protocol):
    """Who hears what a host's chargers do. Calls come in order and never wait."""

    def reported(self, key: str, event: Event) -> None:
        """The charger reports an event."""

    def remembered(self, key: str) -> None:
        """What `Host.memory` says of the charger has changed; asking for it takes a while."""

    def broke(self, key: str, error: Exception) -> None:
        """The charger's machine failed, which is a bug; the host has let go of it."""


class Host:
    """Drives chargers, each under a key of its owner's choice."""

    def __init__(
        self,
        dialler: Dialler,
        clock: Clock,
        listener: HostListener,
        *,
        capacity: int | None = None,
        after_step: Callable[[str, Charger, Instant], None] | None = None,
    ) -> None:
        """`capacity` bounds the chargers, Overfull beyond. `after_step` sees each charger after
        each of its steps: a simulation checks its invariants there."""
        self._loop = asyncio.get_running_loop()
        self._clock = clock
        self._listener = listener
        self._capacity = capacity
        self._after_step = after_step
        self._hosted: dict[str, _Hosted] = {}
        self._wheel: Wheel[_Hosted] = Wheel(clock, self._tick)
        self._dials = _Dials(dialler)
        self.frames_received = 0
        self.frames_sent = 0
        self.dials_failed = 0
        self.last_failure = ""
        """Why the last dial that failed did."""

    def __len__(self) -> int:
        return len(self._hosted)

    def __contains__(self, key: str) -> bool:
        return key in self._hosted

    def add(self, key: str, spec: ChargerSpec, memory: Snapshot | None = None) -> None:
        """Drive a new charger, or one that had this memory. Conflict where the key is in use."""
        if key in self._hosted:
            raise Conflict(f"{key} is driven already", key=key)
        if self._capacity is not None and len(self._hosted) >= self._capacity:
            raise Overfull(f"this host drives {self._capacity} chargers at most", key=key)
        now = self._clock()
        charger = Charger(spec, now) if memory is None else Charger.restore(spec, memory, now)
        hosted = self._hosted[key] = _Hosted(key, charger)
        if memory is None:
            self._wheel.set(hosted, charger.deadline())
        else:
            self._step(hosted, _TICK)  # it has to tell what became of what it remembers

    def remove(self, key: str) -> None:
        """Let go of a charger as it is: its link is cut, what it owed is answered with Failed.

        NotFound where there is no such charger.
        """
        hosted = self._of(key)
        del self._hosted[key]
        self._wheel.set(hosted, None)
        hosted.leave()

    def power_off(self, key: str) -> Snapshot:
        """Take a charger's power, then let go of it; returns what its memory holds.

        NotFound where there is no such charger.
        """
        hosted = self._of(key)
        self._step(hosted, Asked(PowerCut()))
        if hosted.line is not None:
            # Nobody will be there to hear the link's own word.
            hosted.line.end("power cut", abort=True)
        if not hosted.gone:
            self.remove(key)
        return hosted.charger.snapshot(self._clock())

    def ask(self, key: str, command: Command) -> "Future[Outcome]":
        """Hand a command to a charger, at once and in order; the future is its one result.

        NotFound where there is no such charger, Overfull where limits.COMMAND_QUEUE are waiting.
        """
        hosted = self._of(key)
        if len(hosted.asked) >= limits.COMMAND_QUEUE:
            raise Overfull(f"{key} has {limits.COMMAND_QUEUE} commands waiting", key=key)
        hosted.ordinal += 1
        identifier = str(hosted.ordinal)
        future: Future[Outcome] = self._loop.create_future()
        hosted.asked[identifier] = future
        self._step(hosted, Asked(command, identifier))
        return future

    def charger(self, key: str) -> Charger:
        """The machine itself, to be looked at. NotFound where there is no such charger."""
        return self._of(key).charger

    def memory(self, key: str) -> Snapshot:
        """What the charger's memory holds. NotFound where there is no such charger."""
        return self._of(key).charger.snapshot(self._clock())

    def keys(self) -> list[str]:
        """Every charger driven here, in the order they came."""
        return list(self._hosted)

    def close(self) -> None:
        """Let go of every charger, and of the dials under way."""
        for key in self.keys():
            self.remove(key)
        self._wheel.stop()
        self._dials.close()

    def _step(self, hosted: "_Hosted", happening: Happening) -> None:
        """Let something happen to a charger, and carry out what it wants done.

        What happens in the course of that (a listener asks, a link closes at once) waits its turn.
        """
        if hosted.gone:
            return
        if hosted.stepping:
            hosted.waiting.append(happening)
            return
        hosted.stepping = True
        try:
            self._carry_out(hosted, happening)
            while hosted.waiting and not hosted.gone:
                self._carry_out(hosted, hosted.waiting.pop(0))
        except Exception as error:  # one charger's bug is not to stop the others
            self._let_go(hosted, error)
        finally:
            hosted.stepping = False
        if not hosted.gone:
            self._wheel.set(hosted, hosted.charger.deadline())

    def _unreached(self, hosted: "_Hosted", reason: str) -> None:
        """Tell why a charger is not connected: its machine dials on and says nothing. A reason is
        told once, not with every dial."""
        if hosted.gone or hosted.unreached == reason:
            return
        hosted.unreached = reason
        event = ConnectionChanged(at=self._clock(), connected=False, reason=reason)
        self._listener.reported(hosted.key, event)

    def _tick(self, hosted: "_Hosted") -> None:
        self._step(hosted, _TICK)

    def _let_go(self, hosted: "_Hosted", error: Exception) -> None:
        if not hosted.gone:
            self.remove(hosted.key)
        self._listener.broke(hosted.key, error)

    def _carry_out(self, hosted: "_Hosted", happening: Happening) -> None:
        now = self._clock()
        for effect in hosted.charger.step(happening, now):
            # Frames and their reports are nearly all there is; they come first.
            if type(effect) is Transmit:
                self.frames_sent += 1
                line = hosted.line
                if line is not None and line.link is not None:
                    line.link.send(effect.text)
            elif type(effect) is Report:
                self._listener.reported(hosted.key, effect.event)
            else:
                self._carry_out_rare(hosted, effect)
        if self._after_step is not None and not hosted.gone:
            self._after_step(hosted.key, hosted.charger, now)

    def _carry_out_rare(self, hosted: "_Hosted", effect: Effect) -> None:
        match effect:
            case Answer(identifier, outcome):
                future = hosted.asked.pop(identifier, None)
                if future is not None and not future.done():
                    future.set_result(outcome)
            case Remember():
                self._listener.remembered(hosted.key)
            case Dial():
                hosted.line = _Line(self, hosted)
                self._dials.put(_dialling(effect), hosted.line)
            case HangUp():
                self._hang_up(hosted.line, effect)
            case _:
                raise AssertionError(f"unknown effect {effect!r}")

    def _hang_up(self, line: "_Line | None", effect: HangUp) -> None:
        if line is None:
            return
        line.hung_up = True
        if line.link is None:
            self._loop.call_soon(line.end, "hung up before it was open")
        elif effect.abruptly:
            line.link.abort()
        else:
            line.link.close(effect.code, effect.reason)

    def _of(self, key: str) -> "_Hosted":
        try:
            return self._hosted[key]
        except KeyError:
            raise NotFound(f"{key} does not run here", key=key) from None


class _Hosted:
    """A charger and what the host keeps for it."""

    __slots__ = (
        "asked",
        "charger",
        "gone",
        "key",
        "line",
        "ordinal",
        "stepping",
        "unreached",
        "waiting",
    )

    def __init__(self, key: str, charger: Charger) -> None:
        self.key = key
        self.charger = charger
        self.line: _Line | None = None
        self.asked: dict[str, Future[Outcome]] = {}
        self.ordinal = 0
        self.waiting: list[Happening] = []
        self.stepping = False
        self.unreached = ""
        """Why no dial has succeeded since the last link, as was reported."""
        self.gone = False

    def leave(self) -> None:
        """Cut the link, answer what is owed; nothing reaches the charger any more."""
        self.gone = True
        line, self.line = self.line, None
        if line is not None and line.link is not None:
            line.link.abort()
        asked, self.asked = self.asked, {}
        for future in asked.values():
            if not future.done():
                future.set_result(Failed("unavailable", _GONE))


class _Line:
    """The link of one dial, before, while and after it is open."""

    __slots__ = ("_host", "_hosted", "hung_up", "link")

    def __init__(self, host: Host, hosted: _Hosted) -> None:
        self._host = host
        self._hosted = hosted
        self.link: Link | None = None
        self.hung_up = False

    @property
    def is_wanted(self) -> bool:
        return self._hosted.line is self and not self.hung_up

    def opened(self, link: Link) -> None:
        if not self.is_wanted:
            link.abort()
            return
        self.link = link
        self._hosted.unreached = ""
        self._host._step(self._hosted, LinkUp(link.subprotocol or ""))

    def received(self, text: str) -> None:
        if self._hosted.line is self and not self.hung_up:
            self._host.frames_received += 1
            self._host._step(self._hosted, Received(text))

    def closed(self, code: int, reason: str) -> None:
        self.end(f"{code} {reason}".rstrip())

    def end(self, reason: str, *, abort: bool = False) -> None:
        """It is over, or never came to be; told once, and only while it is the charger's line."""
        if self._hosted.line is self:
            self._hosted.line = None
            if abort and self.link is not None:
                self.link.abort()
            self._host._step(self._hosted, LinkDown(reason))

    def failed(self, error: DialFailed) -> None:
        self._host.dials_failed += 1
        self._host.last_failure = error.message
        wanted = self.is_wanted
        self.end(error.message)
        if wanted:
            self._host._unreached(self._hosted, error.message)

    def broke(self, error: Exception) -> None:
        self._host._let_go(self._hosted, error)


class _Dials:
    """Dials waiting for their turn, and the tasks that take them one after another."""

    def __init__(self, dialler: Dialler) -> None:
        self._dialler = dialler
        self._waiting: deque[tuple[Dialling, _Line]] = deque()
        self._tasks: set[asyncio.Task[None]] = set()

    def put(self, dialling: Dialling, line: _Line) -> None:
        self._waiting.append((dialling, line))
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
            dialling, line = self._waiting.popleft()
            if not line.is_wanted:
                continue
            try:
                await self._dialler.dial(dialling, line)
            except DialFailed as error:
                line.failed(error)
            except Exception as error:  # a dialler's bug; the charger would wait for ever
                line.broke(error)


def _dialling(dial: Dial) -> Dialling:
    return Dialling(
        url=dial.url,
        subprotocols=dial.subprotocols,
        username=dial.username,
        password=dial.password,
        ping_interval_s=dial.ping_interval_s,
    )
