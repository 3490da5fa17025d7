"""The composition root: the only place that picks adapters and says which parts make a server."""

import asyncio
import contextlib
import errno
import os
import socket
import time
from collections.abc import Coroutine, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

import uvicorn
from fastapi import FastAPI

from voltyard.api.app import create_app
from voltyard.api.auth import DEFAULT_ORGANIZATION_ID, TOKEN_FILE, Keys, ensure_first_key
from voltyard.api.csms import csms_router
from voltyard.api.csms.context import Csms
from voltyard.api.gateway import gateway_router
from voltyard.config import Config, in_url
from voltyard.csms.backend import Backend
from voltyard.dashboard.routes import dashboard_router
from voltyard.kernel.errors import Unavailable
from voltyard.lab.catalogue import Catalogue
from voltyard.lab.lab import Lab
from voltyard.lab.reports import Reports
from voltyard.ports import Clock, Dialler, Door
from voltyard.runtimes import descriptors
from voltyard.runtimes.inline import InlineProvider
from voltyard.storage.csms import csms_journal, load_contents
from voltyard.storage.database import Database
from voltyard.storage.directory import held
from voltyard.storage.lab import lab_journal, lab_repositories
from voltyard.storage.retention import keep_sweeping

Result = TypeVar("Result")


def run(main: Coroutine[Any, Any, Result]) -> Result:
    """Run a coroutine on the fastest event loop there is."""
    try:
        import uvloop
    except ImportError:  # it is not made for every platform
        return asyncio.run(main)
    return uvloop.run(main)


class Server:
    """Gateway, backend and page in one process. Use it as an async context manager.

    Unavailable where a port is taken, or the data directory is another server's; then nothing stays
    behind.
    """

    def __init__(self, config: Config, clock: Clock = time.time) -> None:
        self._config = config
        self._clock = clock
        self._stack = contextlib.AsyncExitStack()
        self.key = ""
        """The first admin key."""
        self.key_file: Path | None = None
        """Where it is kept, unless it was given."""
        self.key_is_new = False
        """It was made just now, and is shown this once."""
        self.api_url = ""
        """Where REST and the page answer."""
        self.charger_url = ""
        """Where chargers dial, but for their identity."""

    async def __aenter__(self) -> "Server":
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

    async def _start(self) -> None:
        config, clock = self._config, self._clock
        listening = self._listen()
        self._stack.enter_context(held(config.data))
        database = await Database.open(config.database_url or config.data)
        self._stack.push_async_callback(database.close)
        first = await ensure_first_key(database, config.data, config.token, clock())
        self.key = first.text
        self.key_file = None if config.token else config.data / TOKEN_FILE
        self.key_is_new = first.is_new
        keys = await Keys.load(database, clock)

        door, dialler = _links(config)
        backend = await self._backend(database, door)
        lab = self._lab(database, dialler)
        self.api_url = f"http://{in_url(config.host)}:{listening.getsockname()[1]}"
        self._keep(keep_sweeping(database, clock))
        csms = Csms(backend, database, keys, clock, self.charger_url)
        routers = [csms_router(), gateway_router(), dashboard_router()]
        await self._serve(listening, create_app(keys, routers, {"csms": csms, "lab": lab}))
        self._stack.push_async_callback(lab.close)
        await lab.start()

    def _keep(self, work: Coroutine[Any, Any, None]) -> None:
        """Have it done beside everything else, until the server ends."""
        task = asyncio.create_task(work)

        async def end() -> None:
            task.cancel()
            await asyncio.wait([task])

        self._stack.push_async_callback(end)

    def _listen(self) -> socket.socket:
        """Take the port first: a server that cannot answer need not begin."""
        listening = _bind(self._config.host, self._config.port)
        self._stack.callback(listening.close)
        return listening

    async def _backend(self, database: Database, door: Door) -> Backend:
        config = self._config
        backend = Backend(
            csms_journal(database),
            self._clock,
            default_organization_id=DEFAULT_ORGANIZATION_ID,
        )
        backend.load(await database.read(load_contents))
        try:
            await door.open(config.host, config.ocpp_port, backend.gate)
        except OSError as error:
            raise _taken(config.host, config.ocpp_port, error) from error
        self._stack.push_async_callback(door.close)
        self._stack.push_async_callback(backend.close)
        self.charger_url = config.public_ocpp_url or f"ws://{in_url(config.host)}:{door.port}/ocpp"
        return backend

    def _lab(self, database: Database, dialler: Dialler) -> Lab:
        journal = lab_journal(database)
        reports = Reports(journal, self._clock)
        # A charger of ours at our own backend holds both ends of its link.
        room = descriptors.capacity(descriptors.raise_limit(), descriptors_per_charger=2)
        return Lab(
            lab_repositories(database),
            journal,
            InlineProvider(dialler, self._clock, reports, capacity=room),
            reports,
            Catalogue.load(),
            self._clock,
        )

    async def _serve(self, listening: socket.socket, app: FastAPI) -> None:
        web = _Web(
            uvicorn.Config(
                app,
                access_log=False,
                log_config=None,
                lifespan="off",
                timeout_graceful_shutdown=max(1, round(self._config.drain_s)),
            )
        )
        serving = asyncio.create_task(web.serve(sockets=[listening]))

        async def stop() -> None:
            web.should_exit = True
            await serving

        self._stack.push_async_callback(stop)
        while not web.started:
            if serving.done():
                serving.result()
                raise Unavailable("the REST server ended while starting")
            await asyncio.sleep(0.001)


class _Web(uvicorn.Server):
    """uvicorn, leaving signals to whoever runs the server."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _links(config: Config) -> tuple[Door, Dialler]:
    if config.links == "websockets":
        from voltyard.network.websockets_links import WebsocketsDialler, WebsocketsDoor

        return WebsocketsDoor(), WebsocketsDialler()
    from voltyard.network.picows_links import PicowsDialler, PicowsDoor

    return PicowsDoor(), PicowsDialler()


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=1024)
    except OSError as error:
        raise _taken(host, port, error) from error


def _taken(host: str, port: int, error: OSError) -> Unavailable:
    hint = (
        "another server may be running; choose another port with --port and --ocpp-port"
        if error.errno == errno.EADDRINUSE
        else "--host takes an address of this machine"
    )
    # Below zero are the resolver's numbers; above, the words that come along repeat the address.
    why = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror
    return Unavailable(f"cannot listen on {host}:{port}: {why}", hint=hint)
