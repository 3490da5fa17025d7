"""The machine that a server is to run on: what `voltyard doctor` looks at beside settings."""

import resource
import shutil
import socket
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple

from voltyard import __version__
from voltyard.config.config import Config
from voltyard.kernel.errors import VoltyardError
from voltyard.kernel.time import DAY_S, Seconds

_FEW_FILES: Final = 4_096
_LITTLE_BYTES: Final = 1_000_000_000
_SOON_DAYS: Final = 30
_PATIENCE_S: Final[Seconds] = 3.0


class Advice(NamedTuple):
    """Something that is not as it should be, and what to do."""

    what: str
    to_do: str


def versions() -> dict[str, str]:
    """The versions of the program and of what it stands on."""
    import sqlite3
    import ssl

    return {
        "voltyard": __version__,
        "python": sys.version.split()[0],
        "sqlite": sqlite3.sqlite_version,
        "tls": ssl.OPENSSL_VERSION,
    }


def of_machine(config: Config) -> Iterator[Advice]:
    """All that is found."""
    yield from _of_ports(config)
    yield from _of_database(config)
    yield from _of_disk(config)
    yield from _of_certificates(config)
    yield from _of_clock()
    yield from _of_files()


def _of_ports(config: Config) -> Iterator[Advice]:
    ports = {
        "VOLTYARD_PORT": config.port,
        "VOLTYARD_OCPP_PORT": config.ocpp_port,
        "VOLTYARD_OCPP_TLS_PORT": config.ocpp_tls_port,
    }
    if _serves(config):
        return  # the others are taken by it, too
    for variable, port in ports.items():
        if not port:
            continue
        family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
        try:
            with socket.socket(family, socket.SOCK_STREAM) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind((config.host, port))
        except OSError as error:
            yield Advice(
                f"port {port} of {config.host} cannot be had: {error.strerror or error}",
                f"stop what listens there, or choose another: {variable}",
            )


def _serves(config: Config) -> bool:
    """True where a server of ours answers at the port of REST."""
    from http.client import HTTPConnection, HTTPException

    host = "127.0.0.1" if config.host == "0.0.0.0" else config.host
    connection = HTTPConnection(host, config.port or 1, timeout=_PATIENCE_S)
    try:
        connection.request("GET", "/health")
        return b'"version"' in connection.getresponse().read(10_000)
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _of_database(config: Config) -> Iterator[Advice]:
    from voltyard.storage.database import sqlite
    from voltyard.storage.database.database import file_of, url_of

    try:
        url = url_of(config.database_url or config.data)
        if file_of(url) is not None:
            sqlite.require()
    except VoltyardError as error:
        yield Advice(error.message, error.advice or "use a Python with a newer SQLite")
        return
    if config.database_url is None or (file_of(url) is not None and "://" in config.database_url):
        return
    # Of what is no URL psycopg would tell all there is, the password with it.
    if url.get_backend_name() != "postgresql":
        yield Advice("the database URL is none", "postgresql://USER:PASSWORD@HOST/NAME")
        return
    try:
        import psycopg
    except ImportError:
        yield Advice("PostgreSQL needs psycopg", "install it: pip install 'voltyard[postgres]'")
        return
    plain_url = config.database_url.replace("postgresql+psycopg://", "postgresql://", 1)
    try:
        psycopg.connect(plain_url, connect_timeout=int(_PATIENCE_S)).close()
    except psycopg.Error as error:
        told = " ".join(str(error).split())
        yield Advice(f"the database does not answer: {told}", "look at VOLTYARD_DATABASE_URL")


def _of_disk(config: Config) -> Iterator[Advice]:
    there = config.data.absolute()
    while not there.exists():
        there = there.parent
    if not there.is_dir():
        yield Advice(f"{there} is no directory", "choose another with --data or VOLTYARD_DATA")
        return
    free_bytes = shutil.disk_usage(there).free
    if free_bytes < _LITTLE_BYTES:
        yield Advice(
            f"{there} has {free_bytes / 1_000_000:,.0f} MB left",
            "make room, or choose another disk with --data; what was answered has to be stored",
        )


def _of_certificates(config: Config) -> Iterator[Advice]:
    from voltyard.kernel import tls_contexts

    pairs = {
        "VOLTYARD_REST_TLS": (config.rest_tls_certificate, config.rest_tls_key),
        "VOLTYARD_OCPP_TLS": (config.ocpp_tls_certificate, config.ocpp_tls_key),
    }
    for variable, (certificate, key) in pairs.items():
        if certificate is None or key is None:
            continue
        try:
            tls_contexts.server_context(certificate, key, None)
        except VoltyardError as error:
            yield Advice(error.message, f"look at {variable}_CERTIFICATE and {variable}_KEY")
            continue
        yield from _of_age(certificate, variable)


def _of_age(certificate: Path, variable: str) -> Iterator[Advice]:
    from cryptography import x509

    ends = x509.load_pem_x509_certificate(certificate.read_bytes()).not_valid_after_utc
    left_days = (ends - datetime.now(UTC)).total_seconds() / DAY_S
    if left_days < _SOON_DAYS:
        told = f"ends in {left_days:.0f} days" if left_days > 0 else "has ended"
        yield Advice(
            f"the certificate in {certificate} {told} ({ends:%Y-%m-%d})",
            f"renew it, and name it in {variable}_CERTIFICATE",
        )


def _of_clock() -> Iterator[Advice]:
    installed_at = Path(__file__).stat().st_mtime
    if time.time() < installed_at - DAY_S:
        yield Advice(
            f"the clock says {datetime.now(UTC):%Y-%m-%d}, before this program was installed",
            "set it, or have NTP do so: chargers are told the time, and certificates judged by it",
        )


def _of_files() -> Iterator[Advice]:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < _FEW_FILES:
        yield Advice(
            f"the process may open {hard} files: each connection takes one",
            f"raise the hard limit of open files to {_FEW_FILES} or more (ulimit -Hn)",
        )
