"""Periodic work of a running server."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from voltyard.kernel.time import Seconds

log = structlog.get_logger(__name__)


async def keep_doing(name: str, work: Callable[[], Awaitable[object]], every_s: Seconds) -> None:
    """Do the work now, and each `every_s` after it was done, until cancelled. Work that fails is
    logged under that name, and tried again when its next time has come."""
    while True:
        try:
            await work()
        except Exception:
            log.exception("round_failed", work=name)
        await asyncio.sleep(every_s)
