"""Doors that stand open because of what is stored: what `voltyard doctor` reads in the database."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Final, NamedTuple

from voltyard.cli.machine import Advice
from voltyard.config.config import Config
from voltyard.kernel.addressing.hosts import is_loopback
from voltyard.kernel.time import Seconds

_PATIENCE_S: Final[Seconds] = 3.0
_COUNTS: Final = (
    "SELECT (SELECT count(*) FROM organizations), (SELECT count(*) FROM chargers "
    "WHERE deleted_at IS NULL AND security_profile = 0 AND password_hash IS NULL)"
)


class StoredCounts(NamedTuple):
    """Figures of a database on which advice depends."""

    organizations: int
    open_chargers: int
    """Chargers of security profile 0 without a password."""


def of_stored(config: Config) -> Iterator[Advice]:
    """The doors that these settings leave open to what is stored; nothing where there is no
    database yet, or it cannot be read."""
    counts = _counts(config)
    if counts is None:
        return
    if counts.open_chargers and not is_loopback(config.host):
        yield Advice(
            f"{counts.open_chargers} registered chargers are of security profile 0 and without a "
            f"password, and the charger socket listens on {config.host}",
            "give them passwords or certificates (securityProfile), or allowedAddresses",
        )
    is_outside = config.ocpp_client_ca is not None and not config.ocpp_client_recorded_only
    if counts.organizations > 1 and is_outside:
        yield Advice(
            f"{counts.organizations} organizations share the roots in {config.ocpp_client_ca}: "
            "a certificate of theirs opens the charger of its common name in each of them",
            "set VOLTYARD_OCPP_CLIENT_RECORDED_ONLY, or give each organization an operatorName",
        )


def _counts(config: Config) -> StoredCounts | None:
    if config.database_url is not None:
        return _of_postgresql(config.database_url)
    from voltyard.storage.database.database import FILE_NAME

    file = (config.data / FILE_NAME).absolute()
    if not file.exists():
        return None
    try:
        with closing(
            sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True, timeout=_PATIENCE_S)
        ) as connection:
            return StoredCounts(*connection.execute(_COUNTS).fetchone())
    except sqlite3.Error:  # none of ours, or of an older schema
        return None


def _of_postgresql(database_url: str) -> StoredCounts | None:
    try:
        import psycopg
    except ImportError:
        return None  # it is told of where the machine is looked at
    url = database_url.replace("postgresql+psycopg://", "postgresql://", 1)
    try:
        with psycopg.connect(url, connect_timeout=int(_PATIENCE_S)) as connection:
            row = connection.execute(_COUNTS).fetchone()
    except psycopg.Error:
        return None
    return None if row is None else StoredCounts(*row)
