"""WebSocket handshakes: requests read, refused and judged, and answers checked."""

import asyncio
import logging
import ssl
from collections import deque
from collections.abc import Awaitable, Iterable

from voltyard.kernel import limits
from voltyard.kernel.time import Seconds
from voltyard.kernel.tls import Tls
from voltyard.network import tls
from voltyard.network.links.address import Address
from voltyard.ports.links import Admitted, Barred, DialFailed, Gate, GateDecision, Handshake

BAD_REQUEST = 400
UNAUTHORIZED = 401
NOT_FOUND = 404
INTERNAL_ERROR = 500
UNAVAILABLE = 503

OTHER_VERSION = Barred(
    426, "another version of WebSocket: it is 13 here", (("Sec-WebSocket-Version", "13"),)
)
BUSY = Barred(UNAVAILABLE, "too many handshakes", (("Retry-After", str(limits.HANDSHAKE_RETRY_S)),))
"""The answer where a verdict is not to be had in time."""

EARLY_BYTES = 64 * 1024
"""The bytes that a peer may send behind its request before there is a verdict; beyond them it is
cut off."""

_CLOSING = Barred(UNAVAILABLE, "closing")
_BODY_CHARACTERS = 200

_HINTS = {
    UNAUTHORIZED: "check the user name and the password of the charger",
    NOT_FOUND: "is the charger registered there, and does the URL end in its identity?",
    BAD_REQUEST: "does the peer speak any of the OCPP versions offered?",
}

_log = logging.getLogger("voltyard.network")


def offered(headers: Iterable[str]) -> tuple[str, ...]:
    """The names in Sec-WebSocket-Protocol headers, in the peer's order."""
    names = (name.strip() for header in headers for name in header.split(","))
    return tuple(name for name in names if name)


def peer_name(peername: object) -> str:
    """`host:port` of a socket's peer, empty where there is none to tell."""
    if isinstance(peername, tuple) and len(peername) >= 2:
        host, port = peername[:2]
        return f"[{host}]:{port}" if ":" in str(host) else f"{host}:{port}"
    return ""


class HandshakeJudge:
    """The gate of a door, with the handshakes that wait for its decision.

    It is asked limits.HANDSHAKES_AT_ONCE times in a turn of the loop, so that a whole network that
    dials at once holds up nobody else.
    """

    def __init__(self) -> None:
        self._gate: Gate | None = None
        self._queue: deque[tuple[Handshake, asyncio.Future[GateDecision]]] = deque()
        """Handshakes that the gate has not been asked about yet."""
        self._asked = 0
        self._waiting: dict[asyncio.Future[GateDecision], asyncio.Task[None] | None] = {}

    def open(self, gate: Gate) -> None:
        """Let that gate decide."""
        self._gate = gate

    async def close(self) -> None:
        """Stop letting peers in; those that wait are refused."""
        self._gate = None
        waiting = [future for future in self._waiting if not future.done()]
        for future in waiting:
            future.set_result(_CLOSING)
        if waiting:
            await asyncio.sleep(0)  # in which they are told

    def ask(self, handshake: Handshake) -> "GateDecision | asyncio.Future[GateDecision]":
        """The gate's word, or what will be it: never an exception, and to be cancelled where the
        peer goes. A gate that fails bars, and says nothing of why to the peer."""
        if len(self._waiting) >= limits.HANDSHAKES_WAITING:
            return BUSY
        if self._asked < limits.HANDSHAKES_AT_ONCE:
            verdict = self._decide(handshake)
            if isinstance(verdict, Admitted | Barred):
                return verdict
            future = self._promised()
            self._await(verdict, handshake, future)
        else:
            future = self._promised()
            self._queue.append((handshake, future))
        return future

    def _decide(self, handshake: Handshake) -> GateDecision | Awaitable[GateDecision]:
        if self._gate is None:
            return _CLOSING
        self._asked += 1
        if self._asked == limits.HANDSHAKES_AT_ONCE:
            asyncio.get_running_loop().call_soon(self._go_on)
        try:
            return self._gate(handshake)
        except Exception:
            return _failed(handshake)

    def _go_on(self) -> None:
        """A new turn of the loop."""
        self._asked = 0
        while self._queue and self._asked < limits.HANDSHAKES_AT_ONCE:
            handshake, future = self._queue.popleft()
            if future.done():
                continue
            verdict = self._decide(handshake)
            if isinstance(verdict, Admitted | Barred):
                future.set_result(verdict)
            else:
                self._await(verdict, handshake, future)

    def _promised(self) -> "asyncio.Future[GateDecision]":
        future: asyncio.Future[GateDecision] = asyncio.get_running_loop().create_future()
        future.add_done_callback(self._forget)
        self._waiting[future] = None
        return future

    def _await(
        self,
        verdict: Awaitable[GateDecision],
        handshake: Handshake,
        future: "asyncio.Future[GateDecision]",
    ) -> None:
        self._waiting[future] = asyncio.ensure_future(_settle(verdict, handshake, future))

    def _forget(self, future: "asyncio.Future[GateDecision]") -> None:
        task = self._waiting.pop(future)
        if task is not None:
            task.cancel()


async def _settle(
    verdict: Awaitable[GateDecision], handshake: Handshake, future: "asyncio.Future[GateDecision]"
) -> None:
    settled: GateDecision
    try:
        async with asyncio.timeout(limits.HANDSHAKE_WAIT_S):
            settled = await verdict
    except TimeoutError:
        settled = BUSY
    except Exception:
        settled = _failed(handshake)
    if not future.done():
        future.set_result(settled)


def _failed(handshake: Handshake) -> Barred:
    _log.exception("gate_failed", extra={"path": handshake.path})
    return Barred(INTERNAL_ERROR, "internal error")


def checked_subprotocol(answered: str | None, offered_names: tuple[str, ...]) -> str | None:
    """The subprotocol a server chose; DialFailed where it is not one of ours (RFC 6455 4.1)."""
    if answered is None and not any(offered_names):
        return None
    if answered in offered_names:
        return answered
    raise DialFailed(
        "no common subprotocol",
        hint=_HINTS[BAD_REQUEST],
        offered=list(offered_names),
        answered=answered,
    )


def refused(status: int, body: bytes) -> DialFailed:
    """The peer answered the handshake with something other than 101."""
    return DialFailed(
        f"the peer refused the link with HTTP {status}",
        hint=_HINTS.get(status, ""),
        status=status,
        body=body.decode("utf-8", "replace")[:_BODY_CHARACTERS],
    )


def unreachable(error: OSError, address: Address, timeout_s: Seconds) -> DialFailed:
    """No link came of it: the socket's own error, or our time-out."""
    host, port = address.host, address.port
    if isinstance(error, ssl.SSLError):
        return tls.failed(error, address)
    if address.is_secure and isinstance(error, ConnectionError) and error.errno is None:
        return DialFailed(
            f"{host}:{port} hung up during the TLS handshake",
            hint="is TLS 1.2 or later spoken there?",
            host=host,
            port=port,
        )
    if isinstance(error, TimeoutError) and error.errno is None:
        link = "TLS link" if address.is_secure else "link"
        return DialFailed(
            f"no {link} to {host}:{port} within {timeout_s:g} s", host=host, port=port
        )
    return DialFailed(
        f"cannot connect to {host}:{port}: {error.strerror or error}",
        hint="is the host name right, and is something listening on that port?",
        host=host,
        port=port,
    )


def hung_up(address: Address, asked: Tls, error: Exception | None) -> DialFailed:
    """The connection ended before the handshake did."""
    if isinstance(error, ssl.SSLError):
        return tls.failed(error, address)
    # The word of a peer that hangs up is often lost: what it may have been is said in its place.
    guess = ""
    if not address.is_secure:
        guess = "; does it want TLS, wss://?"
    elif asked.client_certificate is None:
        guess = "; does it want a client certificate?"
    return DialFailed(f"the peer hung up during the handshake{guess}")


def malformed(error: Exception) -> DialFailed:
    """The error of a peer whose answer is no handshake."""
    return DialFailed(f"the peer's handshake is malformed: {error}")
