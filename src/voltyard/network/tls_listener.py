"""A listener where TLS is spoken, that tells of connections before their handshakes."""

import asyncio
import errno
import socket
import ssl
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any, Final, Protocol, cast

from voltyard.kernel import limits

_HANDSHAKE_RECORD: Final = 0x16
_HEAD_BYTES: Final = 2048
_ALERTS: Final[Mapping[str, int]] = {
    "UNSUPPORTED_PROTOCOL": 70,
    "VERSION_TOO_LOW": 70,
    "NO_SHARED_CIPHER": 40,
}
"""Alerts protocol_version and handshake_failure (RFC 5246 7.2), by OpenSSL's reason. Nothing is
encrypted yet where it gives up for these."""
_FULL: Final = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)


class Greeted(Protocol):
    """The protocol of a connection, told of it from the first moment. It is an asyncio.Protocol,
    too."""

    def arrived(self, address: str, cut: Callable[[], object]) -> None:
        """A socket has been accepted; `cut` ends it before its TLS handshake is done."""

    def greeted(self, error: BaseException | None) -> None:
        """The TLS handshake is over; `error`, where nothing came of it though something was sent.
        None also where it was cut."""


class NotTls(OSError):
    """A connection whose first bytes are not those of TLS."""

    def __init__(self, head: bytes) -> None:
        """`head` is what came first."""
        super().__init__("not TLS")
        self.head = head


class TlsListener:
    """Accepts connections by itself where TLS is spoken, so that each is counted from the first
    moment and can be cut before its TLS handshake is done. An event loop's own server tells of a
    connection only after it."""

    def __init__(
        self,
        listening: socket.socket,
        make: Callable[[], Greeted],
        tls: Callable[[], ssl.SSLContext],
        patience: Mapping[str, Any],
    ) -> None:
        """`tls` gives each connection its context; `patience` are an event loop's time limits for
        TLS."""
        self._listening = listening
        self._make = make
        self._tls = tls
        self._patience = patience
        self._tasks: set[asyncio.Task[bool]] = set()
        self._resting: asyncio.TimerHandle | None = None

    def open(self) -> None:
        """Listen."""
        self._listening.setblocking(False)
        asyncio.get_running_loop().add_reader(self._listening, self._accept)

    def close(self) -> None:
        """Accept no more, and give up those that have not shaken hands."""
        if self._resting is not None:
            self._resting.cancel()
        asyncio.get_running_loop().remove_reader(self._listening)
        for task in self._tasks:
            task.cancel()

    async def wait_closed(self) -> None:
        """Nothing to wait for: whoever listens waits for the connections themselves."""

    def _rest(self) -> None:
        """No descriptor is left: try again in a moment."""
        loop = asyncio.get_running_loop()
        loop.remove_reader(self._listening)
        self._resting = loop.call_later(limits.CONNECTIONS_EVERY_S, self.open)

    def _accept(self) -> None:
        for _ in range(limits.ACCEPTS_AT_ONCE):
            try:
                accepted, peer = self._listening.accept()
            except OSError as error:
                if error.errno in _FULL:
                    self._rest()
                return
            one = self._make()
            task = asyncio.get_running_loop().create_task(self._greet(one, accepted))
            self._tasks.add(task)
            task.add_done_callback(partial(self._greeted, one, accepted))
            one.arrived(str(peer[0]), task.cancel)

    async def _greet(self, one: Greeted, accepted: socket.socket) -> bool:
        """Shake hands; False where nothing was sent: somebody looked whether anybody listens."""
        accepted.setblocking(False)
        try:
            async with asyncio.timeout(self._patience["ssl_handshake_timeout"]):
                head = await _first_bytes(accepted)
        except OSError:  # TimeoutError is one
            return False
        if not head:
            return False
        if head[0] != _HANDSHAKE_RECORD:
            raise NotTls(head)
        with accepted.dup() as beside:
            try:
                await asyncio.get_running_loop().connect_accepted_socket(
                    lambda: cast(asyncio.Protocol, one), accepted, ssl=self._tls(), **self._patience
                )
            except ssl.SSLError as error:
                _tell(beside, error)
                raise
        return True

    def _greeted(self, one: Greeted, accepted: socket.socket, task: "asyncio.Task[bool]") -> None:
        """Here and not in the task: one that is cancelled before it begins does nothing at all."""
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if task.cancelled() or error is not None or not task.result():
            accepted.close()
        one.greeted(error)
        if error is not None and not isinstance(error, OSError):  # ssl.SSLError is one
            raise error


def _tell(peer: socket.socket, error: ssl.SSLError) -> None:
    """Send the alert of that failure, which an event loop closes the connection without. A charger
    tells its CSMS by it what was wrong (InvalidTLSVersion, InvalidTLSCipherSuite)."""
    alert = _ALERTS.get(error.reason or "")
    if alert is not None:
        with suppress(OSError):  # it hung up, or reads nothing
            peer.send(bytes((0x15, 0x03, 0x03, 0, 2, 2, alert)))


async def _first_bytes(accepted: socket.socket) -> bytes:
    """The first bytes that a peer sends, which stay to be read; none where it hangs up."""
    loop = asyncio.get_running_loop()
    while True:
        readable: asyncio.Future[None] = loop.create_future()
        loop.add_reader(accepted, _settle, readable)
        try:
            await readable
        finally:
            loop.remove_reader(accepted)
        try:
            return accepted.recv(_HEAD_BYTES, socket.MSG_PEEK)
        except BlockingIOError:
            continue


def _settle(readable: "asyncio.Future[None]") -> None:
    if not readable.done():
        readable.set_result(None)
