"""Links on picows: callbacks in place of tasks, and a small receive buffer."""

import asyncio
import contextlib
import logging
import socket
import ssl
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from typing import Any, TypeAlias, cast

from picows import (
    WSAutoPingStrategy,
    WSCloseCode,
    WSFrame,
    WSHandshakeError,
    WSListener,
    WSMsgType,
    WSTransport,
    WSUpgradeRequest,
    WSUpgradeResponse,
    WSUpgradeResponseWithListener,
)
from picows.picows import (  # type: ignore[attr-defined]
    WSProtocol,
    _parse_http_request,
    _validate_upgrade_request,
)

from voltyard.kernel import limits
from voltyard.kernel.addressing.addresses import without_port
from voltyard.kernel.addressing.egress import EgressRefused
from voltyard.kernel.time import Instant, Seconds
from voltyard.network.connections import Connections
from voltyard.network.door_tls import DoorTls
from voltyard.network.links import broken_handshakes, malformed_upgrades
from voltyard.network.links.address import Address, as_on_wire, authorization, read_url
from voltyard.network.links.handshakes import (
    BAD_REQUEST,
    EARLY_BYTES,
    OTHER_VERSION,
    HandshakeJudge,
    checked_subprotocol,
    hung_up,
    malformed,
    offered,
    peer_name,
    refused,
    unreachable,
)
from voltyard.network.links.open_ends import OpenEnds
from voltyard.network.links.socket_end import CLOSE_GRACE_S, NO_STATUS, PROTOCOL_ERROR, SocketEnd
from voltyard.network.name_resolution import Resolver, Unresolved, first_connected
from voltyard.network.proxies import TrustedProxies
from voltyard.network.tls import ClientContexts, peer_certificate
from voltyard.network.tls_listener import NotTls, TlsListener
from voltyard.ports.links import (
    Barred,
    BrokenHandshake,
    BrokenHandshakes,
    DialFailed,
    Dialling,
    Gate,
    GateDecision,
    Handshake,
    LinkUser,
    PeerCertificate,
    unheard,
)

_RECEIVE_BUFFER_BYTES = 1024  # what picows rounds up to its own least; it grows with long frames
_HANDSHAKE_TIMEOUT_S: Seconds = 10.0
_TLS_PATIENCE: dict[str, Any] = {
    "ssl_handshake_timeout": _HANDSHAKE_TIMEOUT_S,
    "ssl_shutdown_timeout": CLOSE_GRACE_S,
}
_REQUEST_BYTES = 16 * 1024  # beyond which picows takes no request
_BACKLOG = 4096  # a whole fleet calls at once after a restart

_LOG = logging.getLogger("voltyard.network.picows")

_TEXT = WSMsgType.TEXT
_CONTINUATION = WSMsgType.CONTINUATION
_PING = WSMsgType.PING
_PONG = WSMsgType.PONG
_CLOSE = WSMsgType.CLOSE


_Ask: TypeAlias = "Callable[[WSUpgradeRequest, str, PeerCertificate | None], _Judged]"
_Judged: TypeAlias = "GateDecision | asyncio.Future[GateDecision]"
_Admit: TypeAlias = Callable[[WSUpgradeRequest, str, GateDecision], WSUpgradeResponseWithListener]


class _Log:
    """Logger handed to picows, which adds the connection it complains of.

    Of a plain logger picows makes a Logger object a connection, and an adapter is a dictionary.
    """

    __slots__ = ("peer",)

    def __init__(self, peer: str) -> None:
        self.peer = peer

    def isEnabledFor(self, level: int) -> bool:
        return _LOG.isEnabledFor(level)

    def log(self, level: int, message: str, *args: object) -> None:
        _LOG.log(level, "%s: " + message, self.peer, *args, extra={"peer": self.peer})

    def debug(self, message: str, *args: object) -> None:
        self.log(logging.DEBUG, message, *args)

    def info(self, message: str, *args: object) -> None:
        self.log(logging.INFO, message, *args)

    def warning(self, message: str, *args: object) -> None:
        self.log(logging.WARNING, message, *args)

    def error(self, message: str, *args: object) -> None:
        self.log(logging.ERROR, message, *args)

    def exception(self, message: str, *args: object) -> None:
        _LOG.exception("%s: " + message, self.peer, *args, extra={"peer": self.peer})


class PicowsWire(WSListener):
    """One connection: picows's callbacks in, a `WebSocketWire` for the end out."""

    __slots__ = ("_answers_pings", "_transport", "end")

    def __init__(self, *, answers_pings: bool = True) -> None:
        self.end: SocketEnd
        self._transport: WSTransport
        self._answers_pings = answers_pings

    # --- what picows calls ---

    def on_ws_connected(self, transport: WSTransport) -> None:
        """The handshake is done on both ends."""
        self._transport = transport
        # Headers are of no more use, and many connections make them many megabytes.
        transport.request.headers.clear()
        transport.response.headers.clear()
        self.end.opened()

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """A frame came, control frames included."""
        end = self.end
        if transport.is_close_frame_sent:
            self._note_failure(transport)  # picows reads on for a moment after one
        end.heard()
        if frame.rsv1 or frame.rsv2 or frame.rsv3:
            end.close(PROTOCOL_ERROR, "reserved bits without an extension")
            return
        kind = frame.msg_type
        if kind == _TEXT and frame.fin:
            try:
                text = frame.get_payload_as_utf8_text()
            except UnicodeDecodeError:
                end.bad_text()
            else:
                end.text(text)
        elif kind in (_TEXT, _CONTINUATION):
            data = frame.get_payload_as_bytes()
            end.fragment(data, is_first=kind == _TEXT, is_last=bool(frame.fin))
        elif kind == _PING:
            if self._answers_pings:
                transport.send_pong(frame.get_payload_as_bytes())
                end.check_backlog()
        elif kind == _CLOSE:
            end.close_received(*read_close(frame.get_payload_as_bytes()))
        elif kind != _PONG:
            end.binary()

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        """The connection is closed."""
        self._note_failure(transport)
        self.end.gone()

    def pause_writing(self) -> None:
        """Nothing to do: `SocketEnd.check_backlog` bounds what is unsent."""

    def resume_writing(self) -> None:
        """Nothing to do."""

    def _note_failure(self, transport: WSTransport) -> None:
        sent = transport.close_handshake.sent if transport.close_handshake else None
        if sent is not None:
            self.end.failed(int(cast(int, sent.code)), sent.reason)

    # --- the wire ---

    def send_text(self, text: str) -> None:
        """Send one whole text frame."""
        try:
            self._transport.send(_TEXT, text)
        except UnicodeEncodeError:
            self._transport.send(_TEXT, text.encode("utf-8", "surrogateescape"))

    def send_ping(self) -> None:
        """Send a ping."""
        self._transport.send_ping()

    def send_close(self, code: int, reason: str) -> None:
        """Send a close frame."""
        self._transport.send_close(cast(WSCloseCode, code), reason)

    def buffered_bytes(self) -> int:
        """Bytes the socket has not taken."""
        return self._transport.underlying_transport.get_write_buffer_size()

    def pause(self) -> None:
        """Read nothing of the socket."""
        if not self._transport.underlying_transport.is_closing():
            self._transport.underlying_transport.pause_reading()

    def resume(self) -> None:
        """Read it again."""
        if not self._transport.underlying_transport.is_closing():
            self._transport.underlying_transport.resume_reading()

    def is_failing(self) -> bool:
        """picows has sent a close frame by itself."""
        return self._transport.is_close_frame_sent

    def finish(self) -> None:
        """Close once what is unsent is sent."""
        self._transport.disconnect()

    def cut(self) -> None:
        """Close at once."""
        self._transport.disconnect(graceful=False)


class PicowsDoor:
    """A `Door` on picows."""

    def __init__(
        self,
        tls: DoorTls | None = None,
        most_silent: int = limits.HANDSHAKES_WAITING,
        proxies: TrustedProxies | None = None,
        *,
        reuse_port: bool = False,
    ) -> None:
        """With `tls` it takes wss:// only. Of connections that have sent no request yet the longest
        silent give way beyond `most_silent`; the word of `proxies` is taken on who is behind. With
        `reuse_port` other processes may listen at the same port, each taking some of those who
        dial."""
        self._reuse_port = reuse_port
        self._tls = tls
        self._knocks = Connections(most_silent, most_silent, 0)
        self._proxies = proxies or TrustedProxies()
        self._keeper = OpenEnds()
        self._server: asyncio.Server | TlsListener | None = None
        self._listening: list[socket.socket] = []
        self._judge = HandshakeJudge()
        self._broken: BrokenHandshakes = unheard

    @property
    def port(self) -> int:
        """The port it listens on."""
        if not self._listening:
            raise RuntimeError("the door is not open")
        return int(self._listening[0].getsockname()[1])

    async def open(
        self, host: str, port: int, gate: Gate, broken: BrokenHandshakes = unheard
    ) -> None:
        """Listen."""
        self._judge.open(gate)
        self._broken = broken
        make = partial(_Knock, self._ask, self._admit, self._knocks, broken)
        if self._tls is None:
            loop = asyncio.get_running_loop()
            self._server = await loop.create_server(
                make, host, port, backlog=_BACKLOG, reuse_port=self._reuse_port
            )
            self._listening = list(self._server.sockets)
            return
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listening = socket.create_server(
            (host, port), family=family, backlog=_BACKLOG, reuse_port=self._reuse_port
        )
        self._listening = [listening]
        self._tls.context()  # Invalid here and now, not with the first connection
        self._server = TlsListener(listening, make, self._tls.newest, _TLS_PATIENCE)
        self._server.open()

    async def close(self, code: int = 1001, reason: str = "") -> None:
        """Stop listening and wait until every link is gone."""
        await self._judge.close()
        if self._server is not None:
            self._server.close()
        if self._tls is not None:
            for listening in self._listening:
                listening.close()
        await self._keeper.close_all(code, reason)

    def _ask(
        self, request: WSUpgradeRequest, remote: str, certificate: PeerCertificate | None
    ) -> _Judged:
        """Have one handshake judged."""
        headers = request.headers
        address = without_port(remote)
        if address in self._proxies:
            remote = self._proxies.client(address, headers.getall("X-Forwarded-For", ())) + ":0"
        return self._judge.ask(
            Handshake(
                path=as_on_wire(request.path),
                subprotocols=offered(headers.getall("Sec-WebSocket-Protocol", ())),
                authorization=headers.get("Authorization"),
                remote=remote,
                origin=headers.get("Origin"),
                host=headers.get("Host"),
                certificate=certificate,
                is_secure=self._tls is not None,
            )
        )

    def _admit(
        self, request: WSUpgradeRequest, remote: str, verdict: GateDecision
    ) -> WSUpgradeResponseWithListener:
        """Answer a handshake as it was judged; picows checks the upgrade headers after this."""
        if isinstance(verdict, Barred):
            return _refusal(verdict)
        headers = request.headers
        # picows takes the bare word only; a list with keep-alive in it is just as lawful.
        if "upgrade" in offered(headers.get("Connection", "").lower().split(",")):
            headers["Connection"] = "upgrade"
        if not _is_upgrade(request):
            path = as_on_wire(request.path)
            self._broken(BrokenHandshake(remote, "not_a_websocket", path=path))
        wire = PicowsWire()
        wire.end = SocketEnd(
            wire, self._keeper, verdict.user, verdict.subprotocol, verdict.ping_interval_s
        )
        chosen = {"Sec-WebSocket-Protocol": verdict.subprotocol} if verdict.subprotocol else None
        return WSUpgradeResponseWithListener(WSUpgradeResponse.create_101_response(chosen), wire)


class PicowsDialler:
    """A `Dialler` on picows."""

    def __init__(self) -> None:
        self._keeper = OpenEnds()
        self._contexts = ClientContexts()
        self._resolver = Resolver()

    async def dial(self, dialling: Dialling, user: LinkUser) -> None:
        """Connect."""
        address = read_url(dialling.url)
        call = _Call(self._keeper, dialling, user)
        outgoing: _Outgoing | None = None
        try:
            async with asyncio.timeout(dialling.timeout_s):
                addresses = await self._resolver.addresses(
                    address.host, address.port, dialling.egress
                )
                context = await self._contexts.of(dialling.tls) if address.is_secure else None
                if dialling.dial_quirks.rudeness:
                    raise await malformed_upgrades.dial_malformed(
                        address, addresses, dialling, context
                    )
                outgoing = await first_connected(
                    addresses, partial(_connected, address, call, context)
                )
                await outgoing.wait_until_handshake_complete()
        except (EgressRefused, Unresolved) as error:
            raise DialFailed(error.message, host=address.host, port=address.port) from error
        except WSHandshakeError as error:
            raise _handshake_failed(error) from error
        except OSError as error:
            if not call.is_up:  # else it was up in the last moment
                raise unreachable(error, address, dialling.timeout_s) from error
        except asyncio.CancelledError:
            call.is_wanted = False
            raise
        finally:
            if outgoing is not None and not (call.is_up and call.is_wanted):
                outgoing.transport.disconnect(False)
        if not call.is_up:
            raise hung_up(address, dialling.tls, call.ended_by)


async def _connected(
    address: Address, call: "_Call", context: ssl.SSLContext | None, one: str
) -> "_Outgoing":
    """A connection to one of the host's addresses."""
    _, outgoing = await asyncio.get_running_loop().create_connection(
        lambda: _Outgoing(address, call),
        one,
        address.port,
        ssl=context,
        server_hostname=address.host if context else None,
    )
    return outgoing


class _Call:
    """One attempt to connect."""

    def __init__(self, keeper: OpenEnds, dialling: Dialling, user: LinkUser) -> None:
        self._keeper = keeper
        self._user = user
        self.dialling = dialling
        self.is_wanted = True
        self.is_up = False
        self.ended_by: Exception | None = None

    def headers(self, address: Address) -> list[tuple[str, str]]:
        """Headers of the request beyond the upgrade itself."""
        dialling = self.dialling
        headers = [("Host", address.authority)]
        if dialling.subprotocols:
            headers.append(("Sec-WebSocket-Protocol", ", ".join(dialling.subprotocols)))
        credentials = authorization(dialling.username, dialling.password, address)
        if credentials is not None:
            headers.append(("Authorization", credentials))
        return headers

    def answered(self, request: WSUpgradeRequest, response: WSUpgradeResponse) -> WSListener:
        """The peer has answered 101."""
        dialling = self.dialling
        answer = response.headers.get("Sec-WebSocket-Protocol")
        subprotocol = checked_subprotocol(answer, dialling.subprotocols)
        wire = PicowsWire(answers_pings=dialling.dial_quirks.answers_pings)
        wire.end = SocketEnd(wire, self._keeper, self._user, subprotocol, dialling.ping_interval_s)
        self.is_up = True
        return wire


class _Knock(asyncio.Protocol):
    """A new connection until its request is judged; picows, which asks for a verdict at once, has
    it from then on, with all that has come."""

    __slots__ = (
        "_address",
        "_admit",
        "_ask",
        "_broken",
        "_cut",
        "_data",
        "_knocks",
        "_patience",
        "_pending",
        "_transport",
    )

    def __init__(
        self, ask: _Ask, admit: _Admit, knocks: Connections, broken: BrokenHandshakes
    ) -> None:
        self._ask = ask
        self._admit = admit
        self._knocks = knocks
        self._broken = broken
        self._address = ""
        self._data = b""
        self._transport: asyncio.Transport
        self._cut: Callable[[], object] | None = None
        self._patience: asyncio.TimerHandle | None = None
        self._pending: asyncio.Future[GateDecision] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is none by inheritance
        loop = asyncio.get_running_loop()
        self._patience = loop.call_later(_HANDSHAKE_TIMEOUT_S, self._transport.abort)
        if self._cut is None:
            self._knocks.arrived(self)
        self._cut = self._transport.abort

    def arrived(self, address: str, cut: Callable[[], object]) -> None:
        """See network.tls_listener.Greeted."""
        self._cut = cut
        self._address = address
        self._knocks.arrived(self)

    def greeted(self, error: BaseException | None) -> None:
        """See network.tls_listener.Greeted."""
        if error is not None:
            self._broken(_broken_tls(error, self._address))
        if self._patience is None and self._pending is None:
            self._knocks.left(self)

    @property
    def address(self) -> str:
        """See network.connections.Connection; they are bounded all together."""
        return ""

    def cut(self) -> None:
        """See network.connections.Connection."""
        if self._cut is not None:
            self._cut()

    def is_late(self, now: Instant) -> bool:
        """See network.connections.Connection; each has a timer of its own."""
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        if self._pending is not None:
            self._pending.cancel()

    def data_received(self, data: bytes) -> None:
        self._data += data
        if self._pending is not None:
            if len(self._data) > _REQUEST_BYTES + EARLY_BYTES:
                self._transport.abort()
            return
        if self._data.startswith(broken_handshakes.TLS_BEGINNING):
            remote = peer_name(self._transport.get_extra_info("peername"))
            self._broken(BrokenHandshake(remote, "tls_on_plain_port"))
            self._transport.abort()
            return
        head, end, _ = self._data.partition(b"\r\n\r\n")
        if end or len(self._data) > _REQUEST_BYTES:
            self._stop_waiting()
            self._judge(head)

    def _judge(self, head: bytes) -> None:
        remote = peer_name(self._transport.get_extra_info("peername"))
        try:
            request = _parse_http_request(head)
        except RuntimeError:
            self._broken(BrokenHandshake(remote, "malformed_request"))
            self._hand_over(remote, Barred(BAD_REQUEST, "malformed request"))  # picows says of what
            return
        if request.headers.get("Sec-WebSocket-Version", "13").strip() != "13":
            self._hand_over(remote, OTHER_VERSION)
            return
        certificate = peer_certificate(self._transport.get_extra_info("ssl_object"))
        judged = self._ask(request, remote, certificate)
        if isinstance(judged, asyncio.Future):
            self._pending = judged
            judged.add_done_callback(partial(self._judged, remote))
        else:
            self._hand_over(remote, judged)

    def _judged(self, remote: str, judged: "asyncio.Future[GateDecision]") -> None:
        """The verdict has come, or the peer has gone."""
        self._pending = None
        if not judged.cancelled() and not self._transport.is_closing():
            self._hand_over(remote, judged.result())

    def _hand_over(self, remote: str, verdict: GateDecision) -> None:
        transport, data, self._data = self._transport, memoryview(self._data), b""
        incoming = _Incoming(self._admit, remote, verdict)
        transport.pause_reading()
        transport.set_protocol(incoming)
        transport.resume_reading()  # into picows's own buffer from here on
        incoming.connection_made(transport)
        while data and not transport.is_closing():
            room = incoming.get_buffer(-1)
            size = min(len(room), len(data))
            room[:size] = data[:size]
            data = data[size:]
            incoming.buffer_updated(size)

    def _stop_waiting(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None
        self._knocks.left(self)


class _Incoming(WSProtocol):  # type: ignore[misc]
    """picows's protocol, made by us because its factory is not told who is calling."""

    __slots__ = ("_admit", "_log", "_remote", "_verdict")

    def __init__(self, admit: _Admit, remote: str, verdict: GateDecision) -> None:
        self._admit = admit
        self._remote = remote
        self._verdict = verdict
        self._log = _Log(remote)
        super().__init__(
            host_port=None,
            ws_path=None,
            is_client_side=False,
            ws_listener_factory=self._judge,
            extra_headers=None,
            logger=self._log,
            websocket_handshake_timeout=_HANDSHAKE_TIMEOUT_S,
            **_SETTINGS,
        )

    def _judge(self, request: WSUpgradeRequest) -> WSUpgradeResponseWithListener:
        # The path ends in who is calling; a query may hold what no log should.
        self._log.peer = f"{as_on_wire(request.path).partition('?')[0]} ({self._remote})"
        return self._admit(request, self._remote, self._verdict)


class _Outgoing(WSProtocol):  # type: ignore[misc]
    """picows's protocol, made by us so that a dial given up leaves no socket behind."""

    __slots__ = ("_call",)

    def __init__(self, address: Address, call: _Call) -> None:
        self._call: _Call | None = call
        super().__init__(
            host_port=address.authority,
            ws_path=call.dialling.dial_quirks.target or address.resource,
            is_client_side=True,
            ws_listener_factory=call.answered,
            extra_headers=call.headers(address),
            logger=_Log(call.dialling.username or address.authority),
            websocket_handshake_timeout=None,
            **_SETTINGS,
        )

    def connection_lost(self, exc: Exception | None) -> None:
        if self._call is not None:
            self._call.ended_by = exc
            self._call = None
        super().connection_lost(exc)


_SETTINGS: dict[str, Any] = {
    "disconnect_on_exception": True,
    "enable_auto_ping": False,  # it would be a task a connection
    "auto_ping_idle_timeout": 0,
    "auto_ping_reply_timeout": 0,
    "auto_ping_strategy": WSAutoPingStrategy.PING_PERIODICALLY,
    "enable_auto_pong": False,  # answered here, where the backlog is watched
    "max_frame_size": limits.FRAME_BYTES,
    "read_buffer_init_size": _RECEIVE_BUFFER_BYTES,
}


def _is_upgrade(request: WSUpgradeRequest) -> bool:
    """True where picows takes the request for a WebSocket handshake."""
    try:
        _validate_upgrade_request(request)
    except RuntimeError:
        return False
    return True


def _broken_tls(error: BaseException, address: str) -> BrokenHandshake:
    """The broken TLS handshake of a peer; where it spoke HTTP, its path is known."""
    if isinstance(error, NotTls):
        with contextlib.suppress(RuntimeError):
            request = _parse_http_request(error.head.partition(b"\r\n\r\n")[0])
            return BrokenHandshake(
                f"{address}:0",
                "plain_on_tls_port",
                path=as_on_wire(request.path),
                subprotocols=offered(request.headers.getall("Sec-WebSocket-Protocol", ())),
            )
    return broken_handshakes.broken_tls(error, address)


def read_close(payload: bytes) -> tuple[int, str]:
    """Code and reason of a close frame, 1005 where it carries none (RFC 6455 7.1.5)."""
    if len(payload) < 2:
        return NO_STATUS, ""
    return int.from_bytes(payload[:2], "big"), payload[2:].decode("utf-8", "replace")


def _refusal(barred: Barred) -> WSUpgradeResponseWithListener:
    body = f"{barred.reason}\n".encode()
    response = WSUpgradeResponse.create_error_response(barred.status, body, barred.headers)
    return WSUpgradeResponseWithListener(response, None)


def _handshake_failed(error: WSHandshakeError) -> DialFailed:
    status = error.response.status if error.response is not None else None
    if status is None or status == HTTPStatus.SWITCHING_PROTOCOLS:
        return malformed(error)
    return refused(int(status), error.raw_body or b"")
