"""A connection of REST: uvicorn's protocol with bounds on what a client may send, and how slowly.

uvicorn bounds the silence between two requests, and nothing else: neither the length of headers,
nor how long they or a body take, nor the silence before the first request.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Any, Final, cast

import msgspec
import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from voltyard.kernel import limits
from voltyard.kernel.time import Instant
from voltyard.network.connections import Connections
from voltyard.network.proxies import TrustedProxies
from voltyard.network.rest.counted_transport import CountedTransport

_PART_BYTES: Final = 16 * 1024
"""Given to the parser at a time, so that what it gathers is bounded within one read, too."""
_HEALTH: Final = b"/health"
_BAD_REQUEST, _TOO_LONG, _UNAVAILABLE = 400, 431, 503
_REASONS: Final = {_TOO_LONG: "Request Header Fields Too Large", _BAD_REQUEST: "Bad Request"}
_FORWARDED_FOR, _FORWARDED_PROTO = b"x-forwarded-for", b"x-forwarded-proto"

# A line for each broken request would let a stranger fill the log.
_log = logging.getLogger("voltyard.network.rest")
_log.setLevel(logging.ERROR)


class HttpConnection(HttpToolsProtocol):
    """One connection, and its requests one after the other."""

    def __init__(
        self,
        config: uvicorn.Config,
        server_state: ServerState,
        connections: Connections,
        proxies: TrustedProxies,
    ) -> None:
        super().__init__(config, server_state, {})
        self.logger = _log
        self.address = ""
        self._connections = connections
        self._proxies = proxies
        self._cut: Callable[[], object] | None = None
        self._is_made = False
        self._is_refused = False
        self._is_asking = False
        """Headers are complete; a body may follow."""
        self._since = 0.0
        """The moment from which on the headers, or the body, are waited for."""
        self._body_bytes = 0
        self._answered_bytes = 0
        """Of the body, after its request was answered."""
        self._unfinished_bytes = 0
        """Taken by the parser without a whole of anything: headers, trailers."""
        self._wire: CountedTransport | None = None
        self._taken: tuple[int, Instant] = (0, 0.0)
        """Bytes that the client had taken at a moment from which on it has been owed some."""

    # --- its life ------------------------------------------------------------------------------

    def arrived(self, address: str, cut: Callable[[], object]) -> None:
        """A socket has been accepted; `cut` ends it. TLS may have to come yet."""
        self._cut = cut
        self.address = address
        self._since = self.loop.time()
        if not self._connections.arrived(self, is_trusted=address in self._proxies):
            cut()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin: it can be read from, and written to."""
        made = cast(asyncio.Transport, transport)  # uvloop's is none by inheritance
        if self._cut is None:
            peer = made.get_extra_info("peername")
            self.arrived(str(peer[0]) if isinstance(peer, tuple) else "", made.abort)
        self._cut = made.abort
        self._is_made = True
        self._wire = CountedTransport(made)
        super().connection_made(cast(asyncio.Transport, self._wire))
        self._since = self.loop.time()
        self._taken = (0, self._since)

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        self._connections.left(self)
        super().connection_lost(exc)

    def greeted(self, error: BaseException | None) -> None:
        """The TLS handshake is over, whether anything came of it or not."""
        if not self._is_made:
            self._connections.left(self)

    def cut(self) -> None:
        """See network.connections.Connection."""
        if self._cut is not None:
            self._cut()

    def is_late(self, now: Instant) -> bool:
        """See network.connections.Connection."""
        waited_s = now - self._since
        if self._is_refused:
            return waited_s > limits.HTTP_LINGER_S
        if self._takes_too_little(now):
            return True
        if not self._is_asking and self._is_owed:
            self._since = now  # it still reads the answer to its last request
            return False
        if not self._is_asking:
            return waited_s > limits.HTTP_HEAD_S
        if self.cycle is None or not self.cycle.more_body:
            return False
        if self.flow.read_paused:
            self._since = now  # it is we who do not read
            return False
        return waited_s > limits.HTTP_BODY_S + self._body_bytes / limits.HTTP_BODY_BYTES_PER_S

    @property
    def _is_owed(self) -> bool:
        return self._wire is not None and self._wire.unsent_bytes > 0

    def _takes_too_little(self, now: Instant) -> bool:
        if self._wire is None:
            return False
        before, since = self._taken
        if self._is_owed and now - since <= limits.HTTP_ANSWER_S:
            return False
        self._taken = (self._wire.taken_bytes, now)
        return self._is_owed and self._taken[0] - before < limits.HTTP_ANSWER_BYTES

    # --- what comes ----------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        """Parse, a part at a time."""
        while data and not self._is_refused and not self.transport.is_closing():
            room = limits.HTTP_HEAD_BYTES - self._unfinished_bytes
            if room <= 0:
                most = limits.HTTP_HEAD_BYTES
                self._refuse(_TOO_LONG, f"the headers are longer than {most} bytes")
                return
            part = data[: min(_PART_BYTES, room)]
            data = data[len(part) :]
            if not self._is_asking and not self._unfinished_bytes:
                self._since = self.loop.time()
            self._unfinished_bytes += len(part)
            super().data_received(part)

    def on_header(self, name: bytes, value: bytes) -> None:
        """A whole header came, or a trailer."""
        super().on_header(name, value)
        if len(self.headers) > limits.HTTP_HEADERS:
            raise _TooManyHeaders

    def on_headers_complete(self) -> None:
        """A request begins."""
        self._unfinished_bytes = 0
        self._body_bytes = self._answered_bytes = 0
        self._is_asking = True
        self._since = self.loop.time()
        self._connections.asks(self)
        if len(self.pipeline) >= limits.HTTP_PIPELINE:
            self.cut()
            return
        self._hear_proxy()
        if self._connections.is_in_reserve(self) and not self.url.startswith(_HEALTH):
            self.app = _busy
        super().on_headers_complete()

    def _hear_proxy(self) -> None:
        if self.address not in self._proxies:
            return
        found = [v.decode("latin-1") for name, v in self.headers if name == _FORWARDED_FOR]
        self.scope["client"] = (self._proxies.client(self.address, found), 0)
        schemes = [v.decode("latin-1") for name, v in self.headers if name == _FORWARDED_PROTO]
        if schemes and schemes[-1].strip().lower() in ("http", "https"):
            self.scope["scheme"] = schemes[-1].strip().lower()

    def on_body(self, body: bytes) -> None:
        """A part of a body came."""
        self._unfinished_bytes = 0
        self._body_bytes += len(body)
        if self.cycle.response_complete:
            self._answered_bytes += len(body)
            if self._answered_bytes > limits.HTTP_DRAINED_BYTES:
                self.cut()
        super().on_body(body)

    def on_message_complete(self) -> None:
        """A request is whole."""
        self._unfinished_bytes = 0
        super().on_message_complete()
        if self.cycle.response_complete:  # it had been answered before all of it was read
            self._rest()

    def on_response_complete(self) -> None:
        """A request is answered."""
        is_whole = not self.cycle.more_body
        super().on_response_complete()
        if is_whole and not self.pipeline:
            self._rest()

    def _rest(self) -> None:
        self._is_asking = False
        self._since = self.loop.time()
        self._connections.silent(self)

    # --- refusals ------------------------------------------------------------------------------

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no request, or one with too many headers."""
        if self.headers is not None and len(self.headers) > limits.HTTP_HEADERS:
            self._refuse(_TOO_LONG, f"there are more than {limits.HTTP_HEADERS} headers")
        else:
            self._refuse(_BAD_REQUEST, "this is no HTTP request")

    def _refuse(self, status: int, detail: str) -> None:
        """Answer, read no more, and hang up a moment later: at once, and the answer would be lost
        with what has not been read."""
        self._is_refused = True
        self.transport.pause_reading()
        self._since = self.loop.time()
        if self.cycle is not None and not self.cycle.response_complete:
            self.cut()  # a part of another answer may be out
            return
        body = msgspec.json.encode({"detail": detail})
        head = (
            f"HTTP/1.1 {status} {_REASONS[status]}\r\ncontent-type: application/json\r\n"
            f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
        )
        self.transport.write(head.encode() + body)
        if self.transport.can_write_eof():
            self.transport.write_eof()
        else:
            self.transport.close()


class _TooManyHeaders(Exception):
    """Ends the parsing of a request."""


async def _busy(scope: Any, receive: Any, send: Any) -> None:
    """The app of connections in reserve that ask for more than the server's health."""
    body = msgspec.json.encode({"detail": "there are too many connections"})
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"retry-after", str(limits.HANDSHAKE_RETRY_S).encode()),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": _UNAVAILABLE, "headers": headers})
    await send({"type": "http.response.body", "body": body})
