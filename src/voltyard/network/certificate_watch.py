"""The server's own certificates on disk: renewed without a restart, and told of before they end."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

import structlog

from voltyard.config.config import Config
from voltyard.kernel.errors import Invalid
from voltyard.kernel.time import DAY_S, Instant, Seconds
from voltyard.network.door_tls import DoorTls
from voltyard.ports.clock import Clock

EXPIRES_SOON_S: Final[Seconds] = 30 * DAY_S

log = structlog.get_logger(__name__)


_SETTINGS: Final = (
    "ocpp_tls_certificate",
    "ocpp_tls_second_certificate",
    "rest_tls_certificate",
    "ocpp_client_ca",
    "ca_certificate",
)


def certificate_files(config: Config) -> dict[str, Path]:
    """The server's own, by the names of their settings."""
    files = {name: getattr(config, name) for name in _SETTINGS}
    return {name: file for name, file in files.items() if file is not None}


class CertificateWatch:
    """Looks after certificates again and again."""

    def __init__(
        self,
        doors: Sequence[DoorTls | None],
        files: Mapping[str, Path],
        clock: Clock,
        expires_soon: Callable[[str, Instant], None],
    ) -> None:
        """`files` are certificates by what they are called; `expires_soon` hears once of each that
        ends within EXPIRES_SOON_S."""
        self._doors = [door for door in doors if door is not None]
        self._files = files
        self._clock = clock
        self._expires_soon = expires_soon
        self._told: dict[str, Instant] = {}
        self.expires_at: dict[str, Instant] = {}
        """The end of each certificate that can be read."""

    async def look(self) -> None:
        """Take up what was renewed, and tell of what ends soon."""
        for door in self._doors:
            try:
                if door.renew():
                    log.info("tls_certificates_renewed")
            except Invalid as error:
                log.warning("tls_certificates_not_renewed", reason=str(error))
        found = {name: _ends_at(file) for name, file in self._files.items()}
        self.expires_at.clear()
        self.expires_at |= {name: at for name, at in found.items() if at is not None}
        for name, at in self.expires_at.items():
            if at - self._clock() <= EXPIRES_SOON_S and self._told.get(name) != at:
                self._told[name] = at
                log.warning("certificate_expires_soon", certificate=name, expires_at=at)
                self._expires_soon(name, at)


def _ends_at(file: Path) -> Instant | None:
    """The end of the first certificate in it; None where there is none."""
    from cryptography import x509

    try:
        return x509.load_pem_x509_certificate(file.read_bytes()).not_valid_after_utc.timestamp()
    except (OSError, ValueError):
        return None
