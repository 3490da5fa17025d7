"""TLS of a door: its certificates and the roots of its clients', taken up when they are renewed."""

import ssl
from pathlib import Path
from typing import TypeAlias

import structlog

from voltyard.config.config import Config
from voltyard.kernel import tls_contexts

log = structlog.get_logger(__name__)

_Stamp: TypeAlias = tuple[int, int, int]


class DoorTls:
    """TLS settings of a door. All files are PEM."""

    def __init__(
        self,
        certificate: Path,
        key: Path,
        client_ca: Path | None = None,
        *,
        takes_any: bool = False,
        second: tuple[Path, Path] | None = None,
        rsa_key_exchange: bool = False,
    ) -> None:
        """`certificate`: the door's own, and then those that lead to its root; `second`: another
        and its key, for clients that know the other kind of key alone. `client_ca`: whom clients'
        certificates must come from; without, none is asked for. With `takes_any`, clients without
        one come in too; who shows one is held to it."""
        self._certificate = certificate
        self._key = key
        self._client_ca = client_ca
        self._takes_any = takes_any
        self._second = second
        self._rsa_key_exchange = rsa_key_exchange
        self._context: ssl.SSLContext | None = None
        self._newest: ssl.SSLContext | None = None
        self._stamps: list[_Stamp | None] = []

    @classmethod
    def of_chargers(cls, config: Config) -> "DoorTls | None":
        """Of the charger socket; None where it speaks no TLS."""
        if config.ocpp_tls_certificate is None or config.ocpp_tls_key is None:
            return None
        second = config.ocpp_tls_second_certificate, config.ocpp_tls_second_key
        if config.ocpp_tls_rsa_key_exchange:
            log.warning("tls_without_forward_secrecy", setting="ocpp_tls_rsa_key_exchange")
        return cls(
            config.ocpp_tls_certificate,
            config.ocpp_tls_key,
            config.ocpp_client_ca,
            takes_any=config.ocpp_tls_port is not None,
            second=(second[0], second[1]) if second[0] and second[1] else None,
            rsa_key_exchange=config.ocpp_tls_rsa_key_exchange,
        )

    @classmethod
    def of_rest(cls, config: Config) -> "DoorTls | None":
        """Of REST; None where it speaks no TLS."""
        if config.rest_tls_certificate is None or config.rest_tls_key is None:
            return None
        return cls(config.rest_tls_certificate, config.rest_tls_key)

    def context(self) -> ssl.SSLContext:
        """The one context for a server that keeps it as long as it is open: certificates are
        renewed in it, roots are only added. Invalid where a file is not what it should be."""
        if self._context is None:
            self._stamps = self._stamped()
            self._context = self._newest = self._made()
        return self._context

    def newest(self) -> ssl.SSLContext:
        """The context for the next connection, which trusts the roots that are in the file now and
        resumes no session from before they changed. Invalid as above."""
        context = self.context()
        return self._newest or context

    def renew(self) -> bool:
        """Show from now on what is in the files, where they have changed; True where they have.
        Links that are open go on. Invalid where they are not what they should be: then everything
        stays as it was, until they change again."""
        stamps = self._stamped()
        if self._context is None or stamps == self._stamps:
            return False
        self._stamps = stamps
        newest = self._made()  # what is half written must not get into those that are in use
        tls_contexts.load_server_files(
            self._context, self._certificate, self._key, self._client_ca, self._second
        )
        self._newest = newest
        return True

    def _made(self) -> ssl.SSLContext:
        return tls_contexts.server_context(
            self._certificate,
            self._key,
            self._client_ca,
            takes_any=self._takes_any,
            second=self._second,
            rsa_key_exchange=self._rsa_key_exchange,
        )

    def _stamped(self) -> list[_Stamp | None]:
        files = (self._certificate, self._key, self._client_ca, *(self._second or ()))
        return [_stamp(file) for file in files if file is not None]


def _stamp(file: Path) -> _Stamp | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
