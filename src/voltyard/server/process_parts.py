"""Parts that a server and a node have alike: their life, their doors, REST, and threads."""

import contextlib
import socket
from abc import ABC, abstractmethod
from concurrent.futures import Executor, ThreadPoolExecutor
from types import TracebackType
from typing import Any, Self

from voltyard.config.config import Config
from voltyard.csms.backend import Backend
from voltyard.kernel import limits
from voltyard.network.connections import Connections
from voltyard.network.door_tls import DoorTls
from voltyard.network.listening import taken
from voltyard.network.proxies import TrustedProxies
from voltyard.network.rest.rest_server import RestServer
from voltyard.ports.clock import Clock
from voltyard.ports.links import Door
from voltyard.runtimes import file_descriptors


class ServingProcess(ABC):
    """A process that serves chargers and REST, as an async context manager. Where it cannot start
    nothing stays behind."""

    def __init__(self, config: Config, clock: Clock) -> None:
        self._config = config
        self._clock = clock
        self._stack = contextlib.AsyncExitStack()

    async def __aenter__(self) -> Self:
        try:
            await self._start()
        except BaseException:
            await self._stack.aclose()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._stack.aclose()

    @abstractmethod
    async def _start(self) -> None:
        """Put the parts together; what takes them apart goes onto the stack."""

    async def _open(self, door: Door, port: int, backend: Backend) -> None:
        host = self._config.host
        try:
            await door.open(host, port, backend.gate, backend.broken)
        except OSError as error:
            raise taken(host, port, error) from error
        self._stack.push_async_callback(door.close)

    async def _serve(self, listening: socket.socket, app: Any, tls: DoorTls | None) -> None:
        config = self._config
        most = min(config.rest_connections, file_descriptors.share())
        most_each = min(config.rest_connections_per_address, max(1, most // 2))
        rest = RestServer(
            app,
            Connections(most, most_each, limits.HEALTH_CONNECTIONS),
            TrustedProxies(config.trusted_proxies),
            config.drain_s,
            None if tls is None else tls.context(),
        )
        await rest.open(listening)
        self._stack.push_async_callback(rest.close)

    def _hashing(self) -> Executor:
        """The threads that hash passwords."""
        threads = ThreadPoolExecutor(limits.PASSWORD_THREADS, thread_name_prefix="passwords")
        self._stack.callback(threads.shutdown, wait=False, cancel_futures=True)
        return threads
