"""The beginning of a server's end: it says so, begins nothing more, and lets go of its chargers."""

import asyncio

import structlog

from voltyard.config.config import Config
from voltyard.csms.backend import Backend
from voltyard.kernel.time import Seconds
from voltyard.vitals import Vitals
from voltyard.yard.yard import Yard

log = structlog.get_logger(__name__)


async def let_go(
    config: Config, lost: asyncio.Future[None], vitals: Vitals, backend: Backend, yard: Yard
) -> None:
    """Hang up on all chargers while REST still answers; returns once that is done, after the longer
    of drain_s and, with a rate, ocpp_closes_within_s at the latest. Once the database is `lost` to
    another server, nothing is waited for."""
    vitals.note_ending()
    yard.commands.refuse_more()
    await drained(config, lost, backend)


def closes_s(config: Config) -> Seconds:
    """The time that the closes of all chargers may take."""
    within_s = config.ocpp_closes_within_s if config.ocpp_closes_per_s else 0.0
    return max(config.drain_s, within_s)


async def drained(config: Config, lost: asyncio.Future[None], backend: Backend) -> None:
    """Hang up on a backend's chargers, as `let_go` does on a server's."""
    if config.ocpp_closes_per_s:
        log.info("server_ending", chargers=backend.links, closes_per_s=config.ocpp_closes_per_s)
    backend.refuse_more()
    draining = asyncio.create_task(backend.drain(config.drain_s, closes_s(config)))
    try:
        await asyncio.wait((draining, lost), return_when=asyncio.FIRST_COMPLETED)
        if draining.done():
            draining.result()
    finally:
        draining.cancel()  # what is left is closed with the backend
