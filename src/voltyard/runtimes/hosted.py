"""A charger at its host: what is kept for it there, and the link of each of its dials."""

from __future__ import annotations

from asyncio import Future
from http import HTTPStatus
from typing import Protocol, TypeAlias

from voltyard.charger.charger import Charger
from voltyard.charger.effects import Done, Failed
from voltyard.charger.happenings import Happening, LinkDown, LinkUp, Received
from voltyard.kernel.pace import Pace
from voltyard.network.faulty import FaultyEnd, Road
from voltyard.ports import Clock, DialFailed, Link
from voltyard.quirks.quirky import Quirky
from voltyard.turns import Intake, Turns

Outcome: TypeAlias = Done | Failed

_GONE = "the charger was taken away before it could answer"


class Steps(Protocol):
    """What a line needs of the host."""

    frames_received: int

    @property
    def turns(self) -> Turns:
        """Who shares the loop's time between links."""

    def step(self, hosted: Hosted, happening: Happening) -> None:
        """Let something happen to the charger."""

    def dial_failed(self, hosted: Hosted, error: DialFailed, *, wanted: bool) -> None:
        """No link came of a dial, which may not be `wanted` any more."""

    def let_go(self, hosted: Hosted, error: Exception) -> None:
        """Its dialler failed, which is a bug."""


class Hosted:
    """A charger and what the host keeps for it."""

    __slots__ = (
        "asked",
        "charger",
        "clock",
        "gone",
        "key",
        "line",
        "machine",
        "open",
        "ordinal",
        "pace",
        "road",
        "stepping",
        "unreached",
        "waiting",
    )

    def __init__(self, key: str, charger: Charger, clock: Clock) -> None:
        self.key = key
        self.charger = charger
        self.clock = clock
        """Its own."""
        self.pace: Pace | None = None
        """None: its time is real time, and its clock the host's."""
        self.machine: Charger | Quirky = charger
        """What is driven: the charger itself, or its quirks around it."""
        self.road: Road | None = None
        """What lies between it and its CSMS, where that was ever bad."""
        self.line: Line | None = None
        self.open: Line | None = None
        """A link it has turned away from and not closed."""
        self.asked: dict[str, Future[Outcome]] = {}
        self.ordinal = 0
        self.waiting: list[Happening] = []
        self.stepping = False
        self.unreached = ""
        """Why no dial has succeeded since the last link, as was reported."""
        self.gone = False

    def keep(self, pace: Pace | None, clock: Clock) -> None:
        """Have it that pace against the host's clock."""
        self.pace = pace
        self.clock = clock if pace is None else lambda: pace.local_at(clock())

    def leave_open(self, line: Line | None) -> None:
        """It dials anew beside a link that it has not closed; of such it keeps one."""
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


class Line:
    """The link of one dial, before, while and after it is open."""

    __slots__ = ("_host", "_hosted", "_intake", "_road_end", "hung_up", "link")

    def __init__(self, host: Steps, hosted: Hosted) -> None:
        self._host = host
        self._hosted = hosted
        self._intake = Intake(host.turns, self)
        self.link: Link | None = None
        self.hung_up = False
        self._road_end: FaultyEnd | None = None
        """Where the network has become bad since the link came up: it passes there first."""

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

    def take(self, road: Road) -> None:
        """The network has changed under an open link."""
        if isinstance(self.link, FaultyEnd):
            self.link.renew()
        elif self.link is not None:
            real, self.link = self.link, road.begin(_Arrivals(self))
            self._road_end = self.link
            self._road_end.adopt(real)
            self._intake.follow(self._road_end)

    def received(self, text: str) -> None:
        if self._road_end is not None:
            self._road_end.received(text)
        else:
            self.arrived(text)

    def arrived(self, text: str) -> None:
        if self._hosted.line is self and not self.hung_up:
            self._intake.received(text)

    def handle(self, text: str) -> None:
        """See turns.Handler."""
        if self._hosted.line is self and not self.hung_up:
            self._host.frames_received += 1
            self._host.step(self._hosted, Received(text))

    def closed(self, code: int, reason: str) -> None:
        if self._road_end is not None:
            self._road_end.closed(code, reason)
        else:
            self.over(code, reason)

    def over(self, code: int, reason: str) -> None:
        self._intake.closed()
        if self._hosted.open is self:
            self._hosted.open = None
        self.end(f"{code} {reason}".rstrip())

    def end(self, reason: str, *, abort: bool = False, cause: str = "") -> None:
        """It is over, or never came to be; told once, and only while it is the charger's line."""
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

    def __init__(self, line: Line) -> None:
        self._line = line

    def opened(self, link: Link) -> None:
        raise AssertionError("the link was open before the network was bad")

    def received(self, text: str) -> None:
        self._line.arrived(text)

    def closed(self, code: int, reason: str) -> None:
        self._line.over(code, reason)


def _cause(error: DialFailed) -> str:
    """Why, in the words of LinkDown."""
    if error.details.get("status") == HTTPStatus.UNAUTHORIZED:
        return "unauthorized"
    return str(error.details.get("cause", ""))
