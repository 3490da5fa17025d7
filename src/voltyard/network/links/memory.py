"""Links in memory, over the running loop: the same rules as on a socket, and no I/O.

Frames are delivered one loop turn after they are sent, in order, so that nobody is called from
inside its own call. In a loop of virtual time all of it is deterministic.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from errno import EADDRINUSE, ECONNREFUSED

from voltyard.kernel import limits
from voltyard.network.links.address import Address, as_on_wire, authorization, read_url
from voltyard.network.links.handshakes import (
    BAD_REQUEST,
    HandshakeJudge,
    checked_subprotocol,
    offered,
    refused,
    unreachable,
)
from voltyard.network.links.socket_end import (
    ABNORMAL,
    INTERNAL_ERROR,
    INVALID_TEXT,
    NOT_UTF8,
    TOO_BIG,
    TRY_AGAIN_LATER,
    clipped,
)
from voltyard.ports.links import (
    Barred,
    BrokenHandshakes,
    Dialling,
    Gate,
    GateDecision,
    Handshake,
    LinkUser,
    unheard,
)

_FIRST_FREE_PORT = 49152

_log = logging.getLogger("voltyard.network")


class MemoryNetwork:
    """Network in memory, on which doors and diallers find each other by host and port."""

    def __init__(self) -> None:
        self._doors: dict[tuple[str, int], MemoryDoor] = {}

    def attach(self, door: "MemoryDoor", host: str, port: int) -> int:
        """Let a door listen; answers its port. OSError where the address is taken."""
        if not port:
            port = _FIRST_FREE_PORT
            while (host, port) in self._doors:
                port += 1
        if (host, port) in self._doors:
            raise OSError(EADDRINUSE, "Address already in use")
        self._doors[host, port] = door
        return port

    def detach(self, host: str, port: int) -> None:
        """Stop listening there."""
        self._doors.pop((host, port), None)

    def door_at(self, host: str, port: int) -> "MemoryDoor":
        """The door that listens there; OSError where none does."""
        door = self._doors.get((host, port))
        if door is None:
            raise OSError(ECONNREFUSED, "Connection refused")
        return door


class MemoryDoor:
    """A `Door` in memory."""

    def __init__(self, network: MemoryNetwork) -> None:
        self._network = network
        self._at: tuple[str, int] | None = None
        self._judge = HandshakeJudge()
        self._ends: dict[MemoryEnd, None] = {}
        self._emptied: asyncio.Event | None = None

    @property
    def port(self) -> int:
        """The port it listens on."""
        if self._at is None:
            raise RuntimeError("the door is not open")
        return self._at[1]

    async def open(
        self, host: str, port: int, gate: Gate, broken: BrokenHandshakes = unheard
    ) -> None:
        """Listen; of broken handshakes this one tells nothing."""
        self._at = (host, self._network.attach(self, host, port))
        self._judge.open(gate)

    async def close(self, code: int = 1001, reason: str = "") -> None:
        """Stop listening and wait until every link is gone."""
        await self._judge.close()
        if self._at is not None:
            self._network.detach(*self._at)
        if not self._ends:
            return
        self._emptied = asyncio.Event()
        for end in list(self._ends):
            end.close(code, reason)
        await self._emptied.wait()

    def judge(self, handshake: Handshake) -> "GateDecision | asyncio.Future[GateDecision]":
        """The gate's word, now or later."""
        return self._judge.ask(handshake)

    def admit(self, end: "MemoryEnd") -> None:
        """Take the server's end of a new link."""
        self._ends[end] = None
        end.opened()

    def forget(self, end: "MemoryEnd") -> None:
        """An end is gone."""
        self._ends.pop(end, None)
        if self._emptied is not None and not self._ends:
            self._emptied.set()


class MemoryDialler:
    """A `Dialler` in memory. Its links need no pings: a peer in memory cannot be half gone."""

    def __init__(self, network: MemoryNetwork) -> None:
        self._network = network

    async def dial(self, dialling: Dialling, user: LinkUser) -> None:
        """Connect."""
        address = read_url(dialling.url)
        if dialling.dial_quirks.rudeness:
            raise refused(BAD_REQUEST, b"malformed request")
        await asyncio.sleep(0)  # a dial is never instant
        try:
            door = self._network.door_at(address.host, address.port)
        except OSError as error:
            raise unreachable(error, address, dialling.timeout_s) from error
        judged = door.judge(_handshake(address, dialling))
        verdict = await judged if isinstance(judged, asyncio.Future) else judged
        if isinstance(verdict, Barred):
            raise refused(verdict.status, verdict.reason.encode())
        checked_subprotocol(verdict.subprotocol, dialling.subprotocols)
        ours = MemoryEnd(user, verdict.subprotocol)
        theirs = MemoryEnd(verdict.user, verdict.subprotocol)
        theirs.join(ours, door.forget)
        door.admit(theirs)
        ours.opened()


def _handshake(address: Address, dialling: Dialling) -> Handshake:
    return Handshake(
        path=as_on_wire((dialling.dial_quirks.target or address.resource).encode()),
        subprotocols=offered(dialling.subprotocols),
        authorization=authorization(dialling.username, dialling.password, address),
        remote="memory",
    )


class MemoryEnd:
    """One end of a link in memory."""

    __slots__ = (
        "_closing",
        "_forget",
        "_is_paused",
        "_is_up",
        "_peer",
        "_unread",
        "_unread_bytes",
        "_user",
        "subprotocol",
    )

    def __init__(self, user: LinkUser, subprotocol: str | None) -> None:
        self.subprotocol = subprotocol
        self._user = user
        self._peer = self
        self._is_up = True
        self._closing: tuple[int, str] | None = None
        self._is_paused = False
        self._unread: deque[tuple[str, int]] | None = None
        """Frames that came while it was paused, and are to be handed over; None: none."""
        self._unread_bytes = 0
        self._forget: Callable[[MemoryEnd], None] | None = None

    def send(self, text: str) -> None:
        """Hand over a frame."""
        if self._closing is not None or not self._is_up:
            return
        peer = self._peer
        try:
            size = len(text) if text.isascii() else len(text.encode())
        except UnicodeEncodeError:  # a lone surrogate stands for a byte that is no text
            asyncio.get_running_loop().call_soon(peer.close, INVALID_TEXT, NOT_UTF8)
            return
        peer._unread_bytes += size
        asyncio.get_running_loop().call_soon(peer._deliver, text, size)
        if peer._unread_bytes > limits.SEND_BUFFER_BYTES:
            self.close(TRY_AGAIN_LATER, "too slow a reader")

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Close with a close frame."""
        self._end(code, clipped(reason))

    def abort(self) -> None:
        """Cut the connection."""
        self._end(ABNORMAL, "")

    def probe(self, answered: Callable[[], None]) -> None:
        """Ask for a sign of life, of which there is no doubt in one process."""
        answered()

    def pause(self) -> None:
        """Read no more for now: what comes waits here, and the peer's `send` bounds it."""
        self._is_paused = True

    def resume(self) -> None:
        """Read on, from the next turn of the loop."""
        if self._is_paused:
            self._is_paused = False
            if self._unread is not None:
                asyncio.get_running_loop().call_soon(self._read_on)

    def join(self, peer: "MemoryEnd", forget: "Callable[[MemoryEnd], None] | None" = None) -> None:
        """Make a pair of these two; `forget` is called with this end when it is gone."""
        self._peer, peer._peer = peer, self
        self._forget = forget

    def opened(self) -> None:
        """Tell the user that the link is up."""
        try:
            self._user.opened(self)
        except Exception:
            self._user_failed("opened")

    def _end(self, code: int, reason: str) -> None:
        if self._closing is not None or not self._is_up:
            return
        self._closing = (code, reason)
        asyncio.get_running_loop().call_soon(self._peer._end_received, code, reason)

    def _deliver(self, text: str, size: int) -> None:
        if self._unread is not None:
            self._unread.append((text, size))
        elif self._is_paused:
            self._unread = deque([(text, size)])
        else:
            self._hand_over(text, size)

    def _read_on(self) -> None:
        while self._unread and not self._is_paused:
            self._hand_over(*self._unread.popleft())
        self._unread = self._unread or None

    def _hand_over(self, text: str, size: int) -> None:
        self._unread_bytes -= size
        if self._closing is not None or not self._is_up:
            return
        if size > limits.FRAME_BYTES:
            self.close(TOO_BIG, f"a frame is longer than {limits.FRAME_BYTES} bytes")
            return
        try:
            self._user.received(text)
        except Exception:
            self._user_failed("received")

    def _end_received(self, code: int, reason: str) -> None:
        """The peer's close came: it is an answer to ours, or is answered by our going."""
        if not self._is_up:
            return
        asyncio.get_running_loop().call_soon(self._peer._end_received, code, reason)
        self._is_paused = False  # what came before the end is handed over before it
        self._read_on()
        self._is_up, self._unread = False, None
        if self._forget is not None:
            self._forget(self)
        try:
            self._user.closed(*(self._closing or (code, reason)))
        except Exception:
            _log.exception("link_user_failed", extra={"callback": "closed"})

    def _user_failed(self, callback: str) -> None:
        """A user's exception is a bug: said aloud, and its link is closed."""
        _log.exception("link_user_failed", extra={"callback": callback})
        self.close(INTERNAL_ERROR, "internal error")
