"""Links on the `websockets` library: its protocol without I/O, inside an asyncio protocol.

The second implementation, under the same tests as picows's: other code for the same wire.
"""

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from typing import Any, TypeAlias, cast

from websockets.client import ClientProtocol
from websockets.exceptions import InvalidStatus, NegotiationError
from websockets.frames import Close, Frame, Opcode
from websockets.http11 import Request, Response
from websockets.protocol import SEND_EOF, Protocol, State
from websockets.server import ServerProtocol
from websockets.typing import Subprotocol
from websockets.uri import WebSocketURI

from voltyard.kernel import limits
from voltyard.kernel.time import Seconds
from voltyard.network.door_tls import DoorTls
from voltyard.network.links import malformed_upgrades
from voltyard.network.links.address import Address, as_on_wire, authorization, read_url
from voltyard.network.links.handshakes import (
    BAD_REQUEST,
    EARLY_BYTES,
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
from voltyard.network.links.socket_end import CLOSE_GRACE_S, SocketEnd
from voltyard.network.tls import ClientContexts, peer_certificate
from voltyard.ports.links import (
    Barred,
    BrokenHandshakes,
    DialFailed,
    Dialling,
    Gate,
    GateDecision,
    Handshake,
    LinkUser,
    unheard,
)

_HANDSHAKE_TIMEOUT_S: Seconds = 10.0
_TLS_PATIENCE: dict[str, Any] = {
    "ssl_handshake_timeout": _HANDSHAKE_TIMEOUT_S,
    "ssl_shutdown_timeout": CLOSE_GRACE_S,
}
_BACKLOG = 4096

_LOG = logging.getLogger("voltyard.network.websockets")


class WebsocketsWire(asyncio.Protocol):
    """One connection, either end: bytes and frames; what a frame means is the end's affair."""

    __slots__ = ("_is_connected", "_speaks", "_transport", "end")

    def __init__(self, speaks: Protocol) -> None:
        self._speaks = speaks
        self._transport: asyncio.Transport
        self._is_connected = False
        self.end: SocketEnd | None = None

    # --- what asyncio calls ---

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The socket is connected."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is none by inheritance
        self._is_connected = True

    def data_received(self, data: bytes) -> None:
        """Bytes came."""
        self._speaks.receive_data(data)
        for event in self._speaks.events_received():
            if isinstance(event, Frame):
                self._frame(event)
            else:
                self.handshake(event)
        self.flush()
        self._note_failure()

    def eof_received(self) -> bool:
        """The peer sends no more; asyncio closes the transport."""
        self._speaks.receive_eof()
        self.flush()
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is closed."""
        if self.end is not None:
            self._note_failure()
            self.end.gone()

    def handshake(self, event: Request | Response) -> None:
        """The peer's half of the handshake came."""
        raise NotImplementedError

    # --- the wire ---

    def send_text(self, text: str) -> None:
        """Send one whole text frame."""
        if self._speaks.state is State.OPEN:
            self._speaks.send_text(text.encode("utf-8", "surrogateescape"))
            self.flush()

    def send_ping(self) -> None:
        """Send a ping."""
        if self._speaks.state is State.OPEN:
            self._speaks.send_ping(b"")
            self.flush()

    def send_close(self, code: int, reason: str) -> None:
        """Send a close frame, unless the library has."""
        if self._speaks.state is State.OPEN:
            self._speaks.send_close(code, reason)
            self.flush()

    def buffered_bytes(self) -> int:
        """Bytes the socket has not taken."""
        return self._transport.get_write_buffer_size()

    def pause(self) -> None:
        """Read nothing of the socket."""
        if not self._transport.is_closing():
            self._transport.pause_reading()

    def resume(self) -> None:
        """Read it again."""
        if not self._transport.is_closing():
            self._transport.resume_reading()

    def is_failing(self) -> bool:
        """The library has sent a close frame by itself."""
        return self._speaks.state is not State.OPEN

    def finish(self) -> None:
        """The library closes: the server's end at once, the client's when it sees that."""

    def cut(self) -> None:
        """Close at once."""
        self._transport.abort()

    def flush(self) -> None:
        """Hand what the library has written to the socket."""
        self.write(self._speaks.data_to_send())

    def write(self, writes: list[bytes]) -> None:
        """Hand bytes to the socket."""
        for data in writes:
            if data is not SEND_EOF:
                self._transport.write(data)
            elif self._transport.can_write_eof():
                self._transport.write_eof()
            else:
                self._transport.close()

    def _note_failure(self) -> None:
        sent = self._speaks.close_sent
        if sent is not None and self.end is not None:
            self.end.failed(sent.code, sent.reason)

    def _frame(self, frame: Frame) -> None:
        end = self.end
        if end is None:
            return
        end.heard()
        if frame.opcode is Opcode.TEXT and frame.fin:
            try:
                text = bytes(frame.data).decode()
            except UnicodeDecodeError:
                end.bad_text()
            else:
                end.text(text)
        elif frame.opcode is Opcode.TEXT or frame.opcode is Opcode.CONT:
            is_first = frame.opcode is Opcode.TEXT
            end.fragment(bytes(frame.data), is_first=is_first, is_last=frame.fin)
        elif frame.opcode is Opcode.BINARY:
            end.binary()
        elif frame.opcode is Opcode.CLOSE:
            close = Close.parse(frame.data)
            end.close_received(close.code, close.reason)
        else:
            self.flush()  # pings are answered by the library
            end.check_backlog()


class WebsocketsDoor:
    """A `Door` on the `websockets` library."""

    def __init__(self, tls: DoorTls | None = None) -> None:
        """With `tls` it takes wss:// only."""
        self._tls = tls
        self._keeper = OpenEnds()
        self._server: asyncio.Server | None = None
        self._judge = HandshakeJudge()

    @property
    def port(self) -> int:
        """The port it listens on."""
        if self._server is None:
            raise RuntimeError("the door is not open")
        return int(self._server.sockets[0].getsockname()[1])

    async def open(
        self, host: str, port: int, gate: Gate, broken: BrokenHandshakes = unheard
    ) -> None:
        """Listen; of broken handshakes this one tells nothing."""
        self._judge.open(gate)
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: _Incoming(self._judge.ask, self._keeper),
            host,
            port,
            backlog=_BACKLOG,
            ssl=None if self._tls is None else self._tls.context(),
            **({} if self._tls is None else _TLS_PATIENCE),
        )

    async def close(self, code: int = 1001, reason: str = "") -> None:
        """Stop listening and wait until every link is gone."""
        await self._judge.close()
        if self._server is not None:
            self._server.close()
        await self._keeper.close_all(code, reason)


class WebsocketsDialler:
    """A `Dialler` on the `websockets` library."""

    def __init__(self) -> None:
        self._keeper = OpenEnds()
        self._contexts = ClientContexts()

    async def dial(self, dialling: Dialling, user: LinkUser) -> None:
        """Connect."""
        address = read_url(dialling.url)
        loop = asyncio.get_running_loop()
        call = _Outgoing(address, dialling, user, self._keeper, loop.create_future())
        try:
            async with asyncio.timeout(dialling.timeout_s):
                context = await self._contexts.of(dialling.tls) if address.is_secure else None
                if dialling.dial_quirks.rudeness:
                    raise await malformed_upgrades.dial_malformed(
                        address, [address.host], dialling, context
                    )
                await loop.create_connection(lambda: call, address.host, address.port, ssl=context)
                await call.answer
        except OSError as error:
            if call.end is None:  # else it was up in the last moment
                call.give_up()
                raise unreachable(error, address, dialling.timeout_s) from error
        except (asyncio.CancelledError, DialFailed):
            call.give_up()
            raise


_Ask: TypeAlias = "Callable[[Handshake], GateDecision | asyncio.Future[GateDecision]]"


class _Incoming(WebsocketsWire):
    """The server's end."""

    __slots__ = ("_early", "_early_bytes", "_judge", "_keeper", "_patience", "_pending", "_server")

    def __init__(self, judge: "_Ask", keeper: OpenEnds) -> None:
        self._server = ServerProtocol(max_size=limits.FRAME_BYTES, logger=_LOG)
        super().__init__(self._server)
        self._judge = judge
        self._keeper = keeper
        self._patience: asyncio.TimerHandle | None = None
        self._pending: asyncio.Future[GateDecision] | None = None
        self._early: list[Frame | bytes] = []
        """Frames that came while the verdict was pending."""
        self._early_bytes = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        loop = asyncio.get_running_loop()
        self._patience = loop.call_later(_HANDSHAKE_TIMEOUT_S, self._transport.abort)

    def data_received(self, data: bytes) -> None:
        if self._pending is None:
            super().data_received(data)
        else:
            self._keep(data, len(data))

    def eof_received(self) -> bool:
        return False if self._pending is not None else super().eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        if self._pending is not None:
            self._pending.cancel()
        super().connection_lost(exc)

    def handshake(self, event: Request | Response) -> None:
        assert isinstance(event, Request)
        verdict = self._judge(self._handshake(event))
        if isinstance(verdict, asyncio.Future):
            self._stop_waiting()
            self._pending = verdict
            verdict.add_done_callback(partial(self._judged, event))
        else:
            self._conclude(event, verdict)

    def _judged(self, request: Request, judged: "asyncio.Future[GateDecision]") -> None:
        """The verdict has come, or the peer has gone."""
        self._pending = None
        if judged.cancelled() or self._transport.is_closing():
            return
        self._conclude(request, judged.result())
        self.flush()
        early, self._early = self._early, []
        for one in early:
            if isinstance(one, Frame):
                self._frame(one)
            elif not self._transport.is_closing():
                self.data_received(one)

    def _frame(self, frame: Frame) -> None:
        if self._pending is None:
            super()._frame(frame)
        else:
            self._keep(frame, len(frame.data))

    def _keep(self, one: Frame | bytes, size: int) -> None:
        self._early_bytes += size
        self._early.append(one)
        if self._early_bytes > EARLY_BYTES:
            self._transport.abort()

    def _conclude(self, event: Request, verdict: GateDecision) -> None:
        if isinstance(verdict, Barred):
            self._refuse(verdict)
            return
        response = self._server.accept(event)
        if response.status_code != HTTPStatus.SWITCHING_PROTOCOLS:
            self._refuse(Barred(BAD_REQUEST, (response.body or b"").decode().strip()))
            return
        if verdict.subprotocol is not None:
            response.headers["Sec-WebSocket-Protocol"] = verdict.subprotocol
        self._stop_waiting()
        self._server.send_response(response)
        self.end = SocketEnd(
            self, self._keeper, verdict.user, verdict.subprotocol, verdict.ping_interval_s
        )
        self.end.opened()

    def flush(self) -> None:
        writes = self._server.data_to_send()
        if self.end is not None:
            self.write(writes)
        elif writes:
            # The library hangs up on what is no HTTP; whoever sent it is owed an answer.
            if writes[0] is SEND_EOF:
                self._refuse(Barred(BAD_REQUEST, "malformed request"))
                writes[:0] = self._server.data_to_send()
            self.write([data for data in writes if data is not SEND_EOF])
            self._transport.close()

    def _handshake(self, request: Request) -> Handshake:
        ssl_object = self._transport.get_extra_info("ssl_object")
        return Handshake(
            path=as_on_wire(request.path.encode("ascii", "surrogateescape")),
            subprotocols=offered(request.headers.get_all("Sec-WebSocket-Protocol")),
            authorization=request.headers.get("Authorization"),
            remote=peer_name(self._transport.get_extra_info("peername")),
            certificate=peer_certificate(ssl_object),
            is_secure=ssl_object is not None,
        )

    def _refuse(self, barred: Barred) -> None:
        response = self._server.reject(barred.status, f"{barred.reason}\n")
        for name, value in barred.headers:
            response.headers[name] = value
        self._transport.write(response.serialize())
        self._transport.close()

    def _stop_waiting(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None


class _Deaf(ClientProtocol):
    """A client that answers no pings."""

    def send_frame(self, frame: Frame) -> None:
        if frame.opcode is not Opcode.PONG:
            super().send_frame(frame)


class _Outgoing(WebsocketsWire):
    """The client's end."""

    __slots__ = ("_address", "_client", "_dialling", "_keeper", "_user", "answer")

    def __init__(
        self,
        address: Address,
        dialling: Dialling,
        user: LinkUser,
        keeper: OpenEnds,
        answer: "asyncio.Future[None]",
    ) -> None:
        target = dialling.dial_quirks.target or address.resource
        if not target.isascii():  # the library writes ASCII only
            target = as_on_wire(target.encode())
        kind = ClientProtocol if dialling.dial_quirks.answers_pings else _Deaf
        self._client = kind(
            WebSocketURI(address.is_secure, address.host, address.port, target, ""),
            subprotocols=[Subprotocol(name) for name in dialling.subprotocols] or None,
            max_size=limits.FRAME_BYTES,
            logger=_LOG,
        )
        super().__init__(self._client)
        self._address = address
        self._dialling = dialling
        self._user = user
        self._keeper = keeper
        self.answer = answer

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        request = self._client.connect()
        dialling = self._dialling
        credentials = authorization(dialling.username, dialling.password, self._address)
        if credentials is not None:
            request.headers["Authorization"] = credentials
        self._client.send_request(request)
        self.flush()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._client.handshake_exc is not None:
            self._fail(malformed(self._client.handshake_exc))

    def connection_lost(self, exc: Exception | None) -> None:
        self._fail(hung_up(self._address, self._dialling.tls, exc))
        super().connection_lost(exc)

    def handshake(self, event: Request | Response) -> None:
        assert isinstance(event, Response)
        failure = self._client.handshake_exc
        if isinstance(failure, InvalidStatus):
            self._fail(refused(event.status_code, bytes(event.body or b"")))
        elif isinstance(failure, NegotiationError) or failure is None:
            self._agree(event.headers.get("Sec-WebSocket-Protocol"))

    def give_up(self) -> None:
        """Give this end up."""
        if not self.answer.done():
            self.answer.cancel()
        if self._is_connected:
            self._transport.abort()

    def _agree(self, answered: str | None) -> None:
        try:
            subprotocol = checked_subprotocol(answered, self._dialling.subprotocols)
        except DialFailed as failure:
            self._fail(failure)
            return
        self.end = SocketEnd(
            self, self._keeper, self._user, subprotocol, self._dialling.ping_interval_s
        )
        self.end.opened()
        if not self.answer.done():
            self.answer.set_result(None)

    def _fail(self, failure: DialFailed) -> None:
        if not self.answer.done():
            self.answer.set_exception(failure)
