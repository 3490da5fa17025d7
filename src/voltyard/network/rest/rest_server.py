"""The server of REST: an ASGI app on a socket that listens, until it is closed."""

import asyncio
import contextlib
import errno
import socket
import ssl
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Final, cast

import uvicorn
from uvicorn.server import ServerState

from voltyard.kernel import limits
from voltyard.kernel.errors import Unavailable
from voltyard.kernel.time import Seconds
from voltyard.network.connections import Connections
from voltyard.network.proxies import TrustedProxies
from voltyard.network.rest.http_connection import HttpConnection

_BACKLOG: Final = 4096
_FULL: Final = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)


class RestServer:
    """Serves an app over HTTP/1.1, or HTTPS where there is a context."""

    def __init__(
        self,
        app: Any,
        connections: Connections,
        proxies: TrustedProxies,
        drain_s: Seconds,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._connections = connections
        self._proxies = proxies
        config = uvicorn.Config(
            app,
            http=cast(Any, self._accepted),
            ws="none",
            backlog=_BACKLOG,
            access_log=False,
            log_config=None,
            lifespan="off",
            proxy_headers=False,  # each connection hears its proxy itself
            server_header=False,
            timeout_graceful_shutdown=max(1, round(drain_s)),
        )
        self._web = _Web(config, connections, proxies, tls)
        self._serving: asyncio.Task[None] | None = None
        self._sweeping: asyncio.TimerHandle | None = None

    async def open(self, listening: socket.socket) -> None:
        """Serve; returns once it does."""
        self._serving = asyncio.create_task(self._web.serve(sockets=[listening]))
        self._sweep()
        while not self._web.started:
            if self._serving.done():
                self._serving.result()
                raise Unavailable("the REST server ended while starting")
            await asyncio.sleep(0.001)

    async def close(self) -> None:
        """Finish what is in flight, for so long as it may take."""
        self._web.should_exit = True
        if self._serving is not None:
            await self._serving
        if self._sweeping is not None:
            self._sweeping.cancel()

    def _sweep(self) -> None:
        loop = asyncio.get_running_loop()
        self._connections.sweep(loop.time())
        self._sweeping = loop.call_later(limits.CONNECTIONS_EVERY_S, self._sweep)

    def _accepted(
        self, config: uvicorn.Config, server_state: ServerState, **_: Any
    ) -> asyncio.Protocol:
        return HttpConnection(config, server_state, self._connections, self._proxies)


class _TlsListener:
    """Accepts connections by itself where TLS is spoken, so that each is counted from the first
    moment and can be cut before its TLS handshake is done. An event loop's own server tells of a
    connection only after it."""

    def __init__(
        self, listening: socket.socket, make: Callable[[], HttpConnection], tls: ssl.SSLContext
    ) -> None:
        self._listening = listening
        self._make = make
        self._tls = tls
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
        """Nothing to wait for: uvicorn waits for the connections themselves."""

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
            http = self._make()
            greeting = self._greet(http, accepted)
            task = asyncio.get_running_loop().create_task(greeting)
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            http.arrived(str(peer[0]), task.cancel)

    async def _greet(self, http: HttpConnection, accepted: socket.socket) -> None:
        try:
            await asyncio.get_running_loop().connect_accepted_socket(
                lambda: http,
                accepted,
                ssl=self._tls,
                ssl_handshake_timeout=limits.HTTP_HEAD_S,
                ssl_shutdown_timeout=limits.HTTP_LINGER_S,
            )
        except OSError:  # ssl.SSLError is one
            accepted.close()
        except asyncio.CancelledError:
            accepted.close()
            raise
        finally:
            http.greeted()


class _Web(uvicorn.Server):
    """uvicorn, leaving signals to whoever runs the server, and TLS to a listener of ours."""

    def __init__(
        self,
        config: uvicorn.Config,
        connections: Connections,
        proxies: TrustedProxies,
        tls: ssl.SSLContext | None,
    ) -> None:
        super().__init__(config)
        self._connections = connections
        self._proxies = proxies
        self._tls = tls

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        if self._tls is None or not sockets:
            await super().startup(sockets)
            return
        make = partial(
            HttpConnection, self.config, self.server_state, self._connections, self._proxies
        )
        self.servers = [cast(Any, _TlsListener(one, make, self._tls)) for one in sockets]
        for listener in self.servers:
            cast(_TlsListener, listener).open()
        self.started = True
