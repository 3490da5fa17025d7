"""The process of `voltyard worker`: its host, and its log lines at the gateway."""

import asyncio
import os
import signal
import time
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import structlog
from structlog.typing import EventDict

from voltyard.bus.nats_bus import NatsBus
from voltyard.kernel.time import Seconds
from voltyard.kernel.tls import Tls
from voltyard.kernel.tls_contexts import client_context
from voltyard.loop import collector
from voltyard.loop.preload import preload
from voltyard.network.links.picows_links import PicowsDialler
from voltyard.network.transfers.transfers import NetworkTransfers
from voltyard.ports.bus import BusGone
from voltyard.runtimes import file_descriptors
from voltyard.runtimes.control.worker import FIRST_REDIAL_S, Worker

log = structlog.get_logger(__name__)


async def serve(
    url: str,
    bus_name: str,
    name: str,
    tls: Tls,
    away_s: Seconds,
    move_s: Seconds,
    publish_host: str,
) -> int:
    """Host chargers until a signal, or until the gateway has stayed away; the exit code. A second
    signal has it end without waiting for its chargers to be moved."""
    stopping, hurrying = asyncio.Event(), asyncio.Event()

    def told() -> None:
        (hurrying if stopping.is_set() else stopping).set()

    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, told)
    bus = await _bus(url, tls, away_s, stopping)
    if bus is None:
        return 0 if stopping.is_set() else 1
    transfers = NetworkTransfers(publish_host=publish_host)
    here = Worker(
        name,
        bus,
        PicowsDialler(),
        time.time,
        bus_name=bus_name,
        capacity=file_descriptors.capacity(file_descriptors.raise_limit()),
        away_s=away_s,
        move_s=move_s,
        transfers=transfers,
    )
    _log_at_the_gateway(here)
    collector.tune()
    ahead = preload()
    try:
        return 0 if await here.run(stopping, hurrying) else 1
    finally:
        ahead.cancel()
        await transfers.close()
        await bus.close()


async def _bus(url: str, tls: Tls, away_s: Seconds, stopping: asyncio.Event) -> NatsBus | None:
    """The bus, dialled for as long as the worker would be without its gateway; None where it is not
    reached."""
    context = await asyncio.to_thread(client_context, tls)
    loop = asyncio.get_running_loop()
    give_up_at = loop.time() + away_s
    last_reason = ""
    while not stopping.is_set() and loop.time() < give_up_at:
        try:
            return await NatsBus.connect(url, tls=context, inbox="_INBOX.worker")
        except BusGone as gone:
            if gone.message != last_reason:
                log.warning("bus_not_reached", reason=gone.message)
            last_reason = gone.message
        with suppress(TimeoutError):
            async with asyncio.timeout(FIRST_REDIAL_S):
                await stopping.wait()
    log.error("gateway_given_up", reason=last_reason)
    return None


def _log_at_the_gateway(here: Worker) -> None:
    """Every line is also one of the gateway's log; the gateway's own workers say it there alone."""
    is_quiet = bool(os.environ.get("VOLTYARD_WORKER_QUIET"))

    def tell(logger: Any, level: str, line: EventDict) -> EventDict:
        whole = structlog.processors.format_exc_info(logger, level, {**line})
        event = str(whole.pop("event", ""))
        whole["at"] = datetime.now(UTC).isoformat(timespec="milliseconds")  # it may arrive late
        here.logged(level, event, {key: str(value) for key, value in whole.items()})
        if is_quiet:
            raise structlog.DropEvent
        return line

    structlog.configure(processors=[tell, *structlog.get_config()["processors"]])
