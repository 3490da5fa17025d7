"""The server of REST: an ASGI app on a socket that listens, until it is closed."""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Iterator
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
from voltyard.network.tls_listener import TlsListener

_BACKLOG: Final = 4096
_PATIENCE: Final[dict[str, Any]] = {
    "ssl_handshake_timeout": limits.HTTP_HEAD_S,
    "ssl_shutdown_timeout": limits.HTTP_LINGER_S,
}


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
        tls = self._tls
        if tls is None or not sockets:
            await super().startup(sockets)
            return
        make = partial(
            HttpConnection, self.config, self.server_state, self._connections, self._proxies
        )
        self.servers = [
            cast(Any, TlsListener(one, make, lambda: tls, _PATIENCE)) for one in sockets
        ]
        for listener in self.servers:
            cast(TlsListener, listener).open()
        self.started = True
