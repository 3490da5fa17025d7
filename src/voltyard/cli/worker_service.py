"""The process of `voltyard worker`: its host, and its log lines at the gateway."""

import asyncio
import os
import signal
import time
from datetime import UTC, datetime
from typing import Any

import structlog
from structlog.typing import EventDict

from voltyard.kernel.time import Seconds
from voltyard.kernel.tls import Tls
from voltyard.loop import collector
from voltyard.loop.preload import preload
from voltyard.network.links.picows_links import PicowsDialler
from voltyard.network.transfers.transfers import NetworkTransfers
from voltyard.runtimes import file_descriptors
from voltyard.runtimes.control.worker import Worker


async def serve(url: str, name: str, token: str, tls: Tls, away_s: Seconds) -> int:
    """Host chargers until a signal, or until the gateway has stayed away; the exit code."""
    stopping = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    transfers = NetworkTransfers()
    here = Worker(
        name,
        url,
        token,
        PicowsDialler(),
        time.time,
        capacity=file_descriptors.capacity(file_descriptors.raise_limit()),
        away_s=away_s,
        tls=tls,
        transfers=transfers,
    )
    _log_at_the_gateway(here)
    collector.tune()
    ahead = preload()
    try:
        return 0 if await here.run(stopping) else 1
    finally:
        ahead.cancel()
        await transfers.close()


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
