"""The bus over which the server reaches its workers and nodes: one that is named, else its own."""

import asyncio
from contextlib import AsyncExitStack
from typing import NamedTuple

from voltyard.bus.local_server import WORKER_URL_FILE, LocalBusServer
from voltyard.bus.nats_bus import NatsBus
from voltyard.config.config import Config
from voltyard.files.tls_files import read_tls
from voltyard.kernel.addressing.bus_url import without_credentials
from voltyard.kernel.tls_contexts import client_context
from voltyard.ports.bus import Bus

_DIRECTORY = "bus"


class WorkersBus(NamedTuple):
    """The bus, and how workers and nodes get there."""

    bus: Bus
    url: str
    """The server's own, by which nodes get there, too."""
    worker_url: str
    """With user and password."""
    shown: str
    """The same in words, without them."""


async def open_workers_bus(config: Config, stack: AsyncExitStack) -> WorkersBus | None:
    """Reach the bus, and leave it with the stack; None where the server has no use for one.
    BusGone, Invalid or Unavailable where it cannot be had."""
    if config.provider == "inline" and config.nodes is None:
        return None
    if config.bus_url is not None:
        named: Bus = await named_bus(config, stack, "_INBOX.gateway")
        return WorkersBus(
            named, config.bus_url, config.bus_url, without_credentials(config.bus_url)
        )
    server = LocalBusServer(config.data / _DIRECTORY)
    stack.push_async_callback(server.close)
    await server.start()
    bus = await NatsBus.connect(server.url, inbox="_INBOX.gateway")
    stack.push_async_callback(bus.close)
    where = config.data / _DIRECTORY / WORKER_URL_FILE
    return WorkersBus(
        bus, server.url, server.worker_url, f"{without_credentials(server.worker_url)}  ({where})"
    )


async def named_bus(config: Config, stack: AsyncExitStack, inbox: str) -> Bus:
    """Reach the bus that the settings name, and leave it with the stack."""
    tls = read_tls(config.bus_ca, config.bus_certificate, config.bus_key, "bus_")
    context = await asyncio.to_thread(client_context, tls)
    bus = await NatsBus.connect(config.bus_url or "", tls=context, inbox=inbox)
    stack.push_async_callback(bus.close)
    return bus
