"""A charger at its host: its state there, and the link of each of its dials."""

from __future__ import annotations

from asyncio import Future
from http import HTTPStatus
from typing import Protocol, TypeAlias

from voltyard.charger.charger import Charger
from voltyard.charger.effects import Done, Failed
from voltyard.charger.inputs import Input, LinkDown, LinkUp, Received
from voltyard.kernel.addressing.egress import ANYWHERE
from voltyard.kernel.pace import Pace
from voltyard.kernel.time import Instant
from voltyard.loop.turns import Intake, Turns
from voltyard.network.links.faulty import FaultyEnd, NetworkPath
from voltyard.ports.clock import Clock
from voltyard.ports.links import DialFailed, Link
from voltyard.quirks.quirky_charger import QuirkyCharger

ChargerCommandResult: TypeAlias = Done | Failed

_GONE = "the charger was taken away before it could answer"


class ChargerStepper(Protocol):
    """The host as a link sees it."""

    frames_received: int

    @property
    def turns(self) -> Turns:
        """Turns, which share the loop's time between links."""

    def step(self, hosted: HostedCharger, incoming: Input) -> None:
        """Let something happen to the charger."""

    def dial_failed(self, hosted: HostedCharger, error: DialFailed, *, wanted: bool) -> None:
        """No link came of a dial, which may not be `wanted` any more."""

    def let_go(self, hosted: HostedCharger, error: Exception) -> None:
        """Its dialler failed, which is a bug."""


class HostedCharger:
    """A charger with the state its host keeps for it."""

    __slots__ = (
        "asked",
        "charger",
        "clock",
        "due_at",
        "egress",
        "gone",
        "key",
        "line",
        "machine",
        "open",
        "ordinal",
        "pace",
        "path",
        "stepping",
        "unreached",
        "waiting",
    )

    def __init__(self, key: str, charger: Charger, clock: Clock) -> None:
        self.key = key
        self.charger = charger
        self.clock = clock
        """Its own."""
        self.due_at: Instant | None = None
        """Moment at which the host's wheel has it, by the host's clock."""
        self.egress = ANYWHERE
        """Policy for what it dials and transfers."""
        self.pace: Pace | None = None
        """None: its time is real time, and its clock the host's."""
        self.machine: Charger | QuirkyCharger = charger
        """The machine that is driven: the charger itself, or its quirks around it."""
        self.path: NetworkPath | None = None
        """The path between it and its CSMS, where that was ever bad."""
        self.line: DialledLink | None = None
        self.open: DialledLink | None = None
        """A link it has turned away from and not closed."""
        self.asked: dict[str, Future[ChargerCommandResult]] = {}
        self.ordinal = 0
        self.waiting: list[Input] = []
        self.stepping = False
        self.unreached = ""
        """Reason why no dial has succeeded since the last link, as was reported."""
        self.gone = False

    def keep(self, pace: Pace | None, clock: Clock) -> None:
        """Have it that pace against the host's clock."""
        self.pace = pace
        self.clock = clock if pace is None else lambda: pace.local_at(clock())

    def leave_open(self, line: DialledLink | None) -> None:
        """Keep a link that it has not closed, beside which it dials anew; of such it keeps one."""
        if self.open is not None and self.open.link is not None:
            self.open.link.abort()
        self.open = line

    def leave(self) -> None:
        """Cut the link, answer what is owed; nothing reaches the charger any more."""
        self.gone = True
        self.leave_open(None)
        line, self.line = self.line, None
        if line is not None and line.link is not None:
            line.link.abort()
        asked, self.asked = self.asked, {}
        for future in asked.values():
            if not future.done():
                future.set_result(Failed("unavailable", _GONE))


class DialledLink:
    """The link of one dial, and its FrameHandler, before, while and after it is open."""

    __slots__ = ("_host", "_hosted", "_intake", "_path_end", "hung_up", "link")

    def __init__(self, host: ChargerStepper, hosted: HostedCharger) -> None:
        self._host = host
        self._hosted = hosted
        self._intake = Intake(host.turns, self)
        self.link: Link | None = None
        self.hung_up = False
        self._path_end: FaultyEnd | None = None
        """The bad network that has come since the link was up: it passes there first."""

    @property
    def is_wanted(self) -> bool:
        return self._hosted.line is self and not self.hung_up

    def opened(self, link: Link) -> None:
        if not self.is_wanted:
            link.abort()
            return
        self.link = link
        self._intake.follow(link)
        self._hosted.unreached = ""
        self._host.step(self._hosted, LinkUp(link.subprotocol or ""))

    def take(self, path: NetworkPath) -> None:
        """The network has changed under an open link."""
        if isinstance(self.link, FaultyEnd):
            self.link.renew()
        elif self.link is not None:
            real, self.link = self.link, path.begin(_Arrivals(self))
            self._path_end = self.link
            self._path_end.adopt(real)
            self._intake.follow(self._path_end)

    def received(self, text: str) -> None:
        if self._path_end is not None:
            self._path_end.received(text)
        elif self._hosted.line is self and not self.hung_up:  # as `arrived` does
            self._intake.received(text)

    def arrived(self, text: str) -> None:
        if self._hosted.line is self and not self.hung_up:
            self._intake.received(text)

    def handle(self, text: str) -> None:
        host, hosted = self._host, self._hosted
        if hosted.line is self and not self.hung_up:
            host.frames_received += 1
            host.step(hosted, Received(text))

    def closed(self, code: int, reason: str) -> None:
        if self._path_end is not None:
            self._path_end.closed(code, reason)
        else:
            self.over(code, reason)

    def over(self, code: int, reason: str) -> None:
        self._intake.closed()
        if self._hosted.open is self:
            self._hosted.open = None
        self.end(f"{code} {reason}".rstrip())

    def end(self, reason: str, *, abort: bool = False, cause: str = "") -> None:
        """End the link, or a dial that came to nothing; told once, and only while it is the
        charger's line."""
        if self._hosted.line is self:
            self._hosted.line = None
            if abort and self.link is not None:
                self.link.abort()
            self._host.step(self._hosted, LinkDown(reason, cause))

    def failed(self, error: DialFailed) -> None:
        wanted = self.is_wanted
        self.end(error.message, cause=_cause(error))
        self._host.dial_failed(self._hosted, error, wanted=wanted)

    def broke(self, error: Exception) -> None:
        self._host.let_go(self._hosted, error)


class _Arrivals:
    """The far end of a bad network: a LinkUser for what has got through to a line."""

    __slots__ = ("_line",)

    def __init__(self, line: DialledLink) -> None:
        self._line = line

    def opened(self, link: Link) -> None:
        raise AssertionError("the link was open before the network was bad")

    def received(self, text: str) -> None:
        self._line.arrived(text)

    def closed(self, code: int, reason: str) -> None:
        self._line.over(code, reason)


def _cause(error: DialFailed) -> str:
    """The cause of a failure, in the words of LinkDown."""
    if error.details.get("status") == HTTPStatus.UNAUTHORIZED:
        return "unauthorized"
    return str(error.details.get("cause", ""))
