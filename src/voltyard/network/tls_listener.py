"""A listener where TLS is spoken, that tells of connections before their handshakes."""

import asyncio
import errno
import socket
import ssl
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final, Protocol, cast

from voltyard.kernel import limits

_FULL: Final = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)


class Greeted(Protocol):
    """The protocol of a connection, told of it from the first moment. It is an asyncio.Protocol,
    too."""

    def arrived(self, address: str, cut: Callable[[], object]) -> None:
        """A socket has been accepted; `cut` ends it before its TLS handshake is done."""

    def greeted(self) -> None:
        """The TLS handshake is over, whether anything came of it or not."""


class TlsListener:
    """Accepts connections by itself where TLS is spoken, so that each is counted from the first
    moment and can be cut before its TLS handshake is done. An event loop's own server tells of a
    connection only after it."""

    def __init__(
        self,
        listening: socket.socket,
        make: Callable[[], Greeted],
        tls: ssl.SSLContext,
        patience: Mapping[str, Any],
    ) -> None:
        """`patience` are an event loop's time limits for TLS."""
        self._listening = listening
        self._make = make
        self._tls = tls
        self._patience = patience
        self._tasks: set[asyncio.Task[None]] = set()
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

    async def _greet(self, one: Greeted, accepted: socket.socket) -> None:
        await asyncio.get_running_loop().connect_accepted_socket(
            lambda: cast(asyncio.Protocol, one), accepted, ssl=self._tls, **self._patience
        )

    def _greeted(self, one: Greeted, accepted: socket.socket, task: "asyncio.Task[None]") -> None:
        """Here and not in the task: one that is cancelled before it begins does nothing at all."""
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if task.cancelled() or error is not None:
            accepted.close()
        one.greeted()
        if error is not None and not isinstance(error, OSError):  # ssl.SSLError is one
            raise error
