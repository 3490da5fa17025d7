"""One end of a link over a socket, whatever WebSocket library is beneath it."""

import logging
from codecs import getincrementaldecoder
from collections.abc import Callable
from io import StringIO
from typing import Protocol

from voltyard.kernel import limits
from voltyard.kernel.time import Instant, Seconds
from voltyard.network.links.open_ends import OpenEnds
from voltyard.ports.links import LinkUser

NORMAL = 1000
GOING_AWAY = 1001
PROTOCOL_ERROR = 1002
UNSUPPORTED_DATA = 1003
NO_STATUS = 1005
ABNORMAL = 1006
INVALID_TEXT = 1007
TOO_BIG = 1009
INTERNAL_ERROR = 1011
TRY_AGAIN_LATER = 1013

CLOSE_GRACE_S: Seconds = 2.0
"""Time for which a closed end waits for the peer's close frame before the connection is cut."""

LOOK_INTERVAL_S: Seconds = 60.0
"""Interval at which an end that sends no pings is looked at, for a connection that failed to
finish."""

NOT_UTF8 = "text that is not UTF-8"

_REASON_BYTES = 123
_UNANSWERED_PINGS = 2

_log = logging.getLogger("voltyard.network")


class WebSocketWire(Protocol):
    """The WebSocket library as an end needs it. Nothing here waits or raises."""

    def send_text(self, text: str) -> None:
        """Send one whole text frame; a lone surrogate is the byte it stands for."""

    def send_ping(self) -> None:
        """Send a ping."""

    def send_close(self, code: int, reason: str) -> None:
        """Send a close frame."""

    def buffered_bytes(self) -> int:
        """Bytes handed over that the socket has not taken."""

    def pause(self) -> None:
        """Read nothing of the socket."""

    def resume(self) -> None:
        """Read it again."""

    def is_failing(self) -> bool:
        """The library itself has closed, on a violation it found."""

    def finish(self) -> None:
        """Both close frames have passed: close the connection."""

    def cut(self) -> None:
        """Close the connection at once, whatever is still in it."""


class SocketEnd:
    """A `Link` over a socket. Its wire reports: opened, heard, text, fragments, close, gone.

    `closed` is told the first close frame of the two directions, or 1006 where there was none.
    After `close` or `abort` the user is told of nothing but the end.
    """

    __slots__ = (
        "_closing",
        "_fragments",
        "_is_paused",
        "_is_up",
        "_keeper",
        "_ping_interval_s",
        "_probes",
        "_unanswered",
        "_user",
        "_wire",
        "subprotocol",
    )

    def __init__(
        self,
        wire: WebSocketWire,
        keeper: OpenEnds,
        user: LinkUser,
        subprotocol: str | None,
        ping_interval_s: Seconds,
    ) -> None:
        self.subprotocol = subprotocol
        self._wire = wire
        self._keeper = keeper
        self._user = user
        self._ping_interval_s = ping_interval_s
        self._unanswered = 0
        self._probes: list[Callable[[], None]] = []
        self._closing: tuple[int, str] | None = None
        self._fragments: Fragments | None = None
        self._is_up = False
        self._is_paused = False

    # --- the link, as its user sees it ---

    def send(self, text: str) -> None:
        """Hand over a frame."""
        if self._closing is not None or not self._is_up:
            return
        self._wire.send_text(text)
        self.check_backlog()

    def close(self, code: int = NORMAL, reason: str = "") -> None:
        """Close with a close frame; the peer has CLOSE_GRACE_S to answer it."""
        if self._closing is not None or not self._is_up:
            return
        reason = clipped(reason)
        self._closing = (code, reason)
        self._wire.send_close(code, reason)
        self._keeper.call_in(self, CLOSE_GRACE_S)
        self._read_on()  # the peer's close frame is behind what was left unread

    def abort(self) -> None:
        """Cut the connection."""
        if self._closing is None:
            self._closing = (ABNORMAL, "")
        self._wire.cut()

    def probe(self, answered: Callable[[], None]) -> None:
        """Ask for a sign of life."""
        if self._closing is not None or not self._is_up:
            return
        if self._is_paused:
            answered()  # what it says waits to be read
            return
        if not self._probes:
            self._wire.send_ping()
        self._probes.append(answered)

    def pause(self) -> None:
        """Read no more for now."""
        if self._is_up and self._closing is None and not self._is_paused:
            self._is_paused = True
            self._wire.pause()

    def resume(self) -> None:
        """Read on."""
        if self._is_up:
            self._read_on()

    def _read_on(self) -> None:
        if self._is_paused:
            self._is_paused = False
            self._unanswered = 0
            self._wire.resume()

    # --- what the wire reports ---

    def opened(self) -> None:
        """The handshake is done."""
        self._is_up = True
        self._keeper.add(self)
        self._keeper.call_in(self, self._ping_interval_s or LOOK_INTERVAL_S)
        try:
            self._user.opened(self)
        except Exception:
            self._user_failed("opened")

    def heard(self) -> None:
        """Anything came. A peer that talks is there, even one that answers no pings."""
        self._unanswered = 0
        if self._probes:
            probes, self._probes = self._probes, []
            for answered in probes:
                answered()

    def text(self, text: str) -> None:
        """A whole text frame came."""
        if self._closing is not None:
            return
        if self._fragments is not None:
            self.close(PROTOCOL_ERROR, "a new message inside a fragmented one")
            return
        try:
            self._user.received(text)
        except Exception:
            self._user_failed("received")

    def fragment(self, data: bytes, *, is_first: bool, is_last: bool) -> None:
        """A part of a text message came."""
        if self._closing is not None:
            return
        if is_first != (self._fragments is None):
            self.close(PROTOCOL_ERROR, "fragments out of order")
            return
        fragments = self._fragments = self._fragments or Fragments()
        if not fragments.fits(data):
            self.close(TOO_BIG, f"a frame is longer than {limits.FRAME_BYTES} bytes")
            return
        try:
            fragments.add(data, is_last=is_last)
        except UnicodeDecodeError:
            self.bad_text()
            return
        if is_last:
            self._fragments = None
            self.text(fragments.text)

    def bad_text(self) -> None:
        """A text frame was no UTF-8."""
        self.close(INVALID_TEXT, NOT_UTF8)

    def binary(self) -> None:
        """A binary frame came, of which OCPP has none."""
        self.close(UNSUPPORTED_DATA, "binary frames are not taken")

    def close_received(self, code: int, reason: str) -> None:
        """The peer's close frame came, as an answer to ours or of its own accord."""
        if self._closing is None:
            self._closing = (code, reason)
            self._wire.send_close(NORMAL if code == NO_STATUS else code, "")
        self._keeper.call_in(self, CLOSE_GRACE_S)
        self._wire.finish()

    def check_backlog(self) -> None:
        """Give up on a peer that takes what it is sent too slowly."""
        if self._wire.buffered_bytes() > limits.SEND_BUFFER_BYTES:
            self.close(TRY_AGAIN_LATER, "too slow a reader")

    def failed(self, code: int, reason: str) -> None:
        """The library has sent a close frame by itself, on a violation it found."""
        if self._closing is None:
            self._closing = (code, reason)
            self._keeper.call_in(self, CLOSE_GRACE_S)

    def gone(self) -> None:
        """The connection is closed."""
        if not self._is_up:
            return
        self._is_up = False
        self._keeper.remove(self)
        self._fragments = None
        code, reason = self._closing or (ABNORMAL, "")
        try:
            self._user.closed(code, reason)
        except Exception:
            _log.exception("link_user_failed", extra={"callback": "closed"})

    # --- time ---

    def due(self, now: Instant) -> Instant | None:
        """Send the next ping, or give up on a peer that answers nothing."""
        if self._closing is not None or self._wire.is_failing():
            self._wire.cut()
            return None
        if not self._ping_interval_s:
            return now + LOOK_INTERVAL_S
        if self._unanswered >= _UNANSWERED_PINGS:
            self.abort()
            return None
        if not self._is_paused:  # who is not read may well have answered
            self._unanswered += 1
        self._wire.send_ping()
        self.check_backlog()
        return now + (self._ping_interval_s if self._closing is None else CLOSE_GRACE_S)

    def _user_failed(self, callback: str) -> None:
        """A user's exception is a bug: said aloud, and its link is closed."""
        _log.exception("link_user_failed", extra={"callback": callback})
        self.close(INTERNAL_ERROR, "internal error")


class Fragments:
    """A fragmented text message, decoded as its parts come."""

    __slots__ = ("_bytes", "_decoder", "_text")

    def __init__(self) -> None:
        self._decoder = getincrementaldecoder("utf-8")()
        self._text = StringIO()  # a list would grow without bound on empty fragments
        self._bytes = 0

    @property
    def text(self) -> str:
        """The message so far."""
        return self._text.getvalue()

    def fits(self, data: bytes) -> bool:
        """True where the message stays within limits.FRAME_BYTES with this part."""
        return self._bytes + len(data) <= limits.FRAME_BYTES

    def add(self, data: bytes, *, is_last: bool) -> None:
        """Take a part; UnicodeDecodeError where the message cannot be UTF-8."""
        self._bytes += len(data)
        self._text.write(self._decoder.decode(data, is_last))


def clipped(reason: str) -> str:
    """The part of a reason that a close frame holds, whole characters only."""
    return reason.encode()[:_REASON_BYTES].decode(errors="ignore")
