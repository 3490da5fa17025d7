"""A server that waits until it may use a PostgreSQL database."""

import socket

import structlog

from voltyard.api.standby import standby_app
from voltyard.config.config import Config
from voltyard.kernel import limits
from voltyard.network.connections import Connections
from voltyard.network.door_tls import DoorTls
from voltyard.network.proxies import TrustedProxies
from voltyard.network.rest.rest_server import RestServer
from voltyard.ports.clock import Clock
from voltyard.storage.database.database import Database, require_postgresql, url_of

log = structlog.get_logger(__name__)


async def opened_in_turn(config: Config, listening: socket.socket, clock: Clock) -> Database:
    """The configured PostgreSQL database, held, once no other server holds it. Meanwhile health is
    answered on the socket, which is left open."""
    require_postgresql()
    from voltyard.storage.leases.database_hold import HeldByAnother
    from voltyard.storage.leases.lease_keeper import Standby

    where = config.database_url or ""
    log.info("standing_by")
    tls = DoorTls.of_rest(config)
    rest = RestServer(
        standby_app(clock()),
        Connections(config.rest_connections, config.rest_connections, limits.HEALTH_CONNECTIONS),
        TrustedProxies(config.trusted_proxies),
        config.drain_s,
        None if tls is None else tls.context(),
    )
    await rest.open(listening.dup())
    try:
        while True:
            await Standby(url_of(where)).turn()
            try:
                database = await Database.open(where, alone=True)
            except HeldByAnother:
                continue  # another standby was quicker
            log.info("took_over")
            return database
    finally:
        await rest.close()
