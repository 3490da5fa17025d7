"""Links for tests: a user that records, a gate that lets in, a pair of ends in memory."""

import asyncio
from collections.abc import Awaitable, Callable

from voltyard.kernel.time import Seconds
from voltyard.network.links.memory import MemoryEnd
from voltyard.ports.links import Admitted, Barred, GateDecision, Handshake, Link


class RecordingUser:
    """A `LinkUser` that keeps what it is told, and lets a test wait for it."""

    def __init__(self, on_frame: Callable[[Link, str], None] | None = None) -> None:
        self.link: Link | None = None
        self.frames: list[str] = []
        self.ends: list[tuple[int, str]] = []
        self._on_frame = on_frame
        self._changed = asyncio.Event()

    def opened(self, link: Link) -> None:
        assert self.link is None, "opened twice"
        self.link = link
        self._changed.set()

    def received(self, text: str) -> None:
        assert self.link is not None and not self.ends, "a frame outside the life of the link"
        self.frames.append(text)
        if self._on_frame is not None:
            self._on_frame(self.link, text)
        self._changed.set()

    def closed(self, code: int, reason: str) -> None:
        assert self.link is not None, "closed before it was opened"
        self.ends.append((code, reason))
        self._changed.set()

    async def until(self, holds: Callable[[], bool], timeout_s: Seconds = 60.0) -> None:
        """Wait until that is so; TimeoutError where it does not come about."""
        async with asyncio.timeout(timeout_s):
            while not holds():
                self._changed.clear()
                await self._changed.wait()

    async def until_open(self) -> Link:
        """The link, once it is up."""
        await self.until(lambda: self.link is not None)
        assert self.link is not None
        return self.link

    async def until_frames(self, count: int = 1) -> list[str]:
        """The frames, once there are that many."""
        await self.until(lambda: len(self.frames) >= count)
        return self.frames

    async def until_closed(self, timeout_s: Seconds = 60.0) -> tuple[int, str]:
        """Code and reason of the end."""
        await self.until(lambda: bool(self.ends), timeout_s)
        return self.ends[0]


class RecordingGate:
    """A `Gate` that keeps the handshakes, and admits each to a new `RecordingUser`.

    `speaks` are the subprotocols it knows; the first of the peer's own order wins. `refusal`, while
    set, is the answer to all.
    """

    def __init__(
        self,
        *speaks: str,
        on_frame: Callable[[Link, str], None] | None = None,
        ping_interval_s: Seconds = 0.0,
    ) -> None:
        self.handshakes: list[Handshake] = []
        self.users: list[RecordingUser] = []
        self.refusal: Barred | None = None
        self.decides_later: asyncio.Event | None = None
        """While set, each verdict comes only once this has."""
        self.given_up = 0
        """Verdicts that were cancelled before they came."""
        self.ping_interval_s = ping_interval_s
        self._speaks = speaks
        self._on_frame = on_frame
        self._asked = asyncio.Event()

    async def until_asked(self, timeout_s: Seconds = 5.0) -> None:
        """Wait for the first handshake."""
        await asyncio.wait_for(self._asked.wait(), timeout_s)

    def __call__(self, handshake: Handshake) -> GateDecision | Awaitable[GateDecision]:
        self.handshakes.append(handshake)
        self._asked.set()
        if self.decides_later is not None:
            return self._later(handshake, self.decides_later)
        return self._decide(handshake)

    async def _later(self, handshake: Handshake, when: asyncio.Event) -> GateDecision:
        try:
            await when.wait()
        except asyncio.CancelledError:
            self.given_up += 1
            raise
        return self._decide(handshake)

    def _decide(self, handshake: Handshake) -> GateDecision:
        if self.refusal is not None:
            return self.refusal
        common = [name for name in handshake.subprotocols if name in self._speaks]
        if handshake.subprotocols and not common:
            return Barred(400, "no common subprotocol")
        user = RecordingUser(self._on_frame)
        self.users.append(user)
        return Admitted(user, common[0] if common else None, self.ping_interval_s)

    @property
    def user(self) -> RecordingUser:
        """The one who was let in last."""
        return self.users[-1]


def pair(
    first: RecordingUser, second: RecordingUser, subprotocol: str | None = "ocpp1.6"
) -> tuple[Link, Link]:
    """Both ends of an open link in memory."""
    ends = MemoryEnd(first, subprotocol), MemoryEnd(second, subprotocol)
    ends[0].join(ends[1])
    for end in ends:
        end.opened()
    return ends
