"""The tester's door where TLS is spoken, and the certificates that it shows to a charger."""

from __future__ import annotations

import ssl
import warnings
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from voltyard.conformance.wire.authority import ConformanceAuthority, Issued
from voltyard.kernel.time import Instant
from voltyard.network.door_tls import DoorTls
from voltyard.network.links.picows_links import PicowsDoor
from voltyard.ports.links import BrokenHandshake, Gate

_OLD_SUITES: Final = "ALL:@SECLEVEL=0"
"""Among them those of TLS 1.0 and 1.1, which OpenSSL refuses otherwise."""
_OF_TLS: Final = frozenset({"certificate_missing", "certificate_invalid", "tls_failed"})


@dataclass(frozen=True)
class DoorCertificates:
    """Certificates of a run."""

    authority: ConformanceAuthority
    """Signs what chargers ask for."""
    shown: Issued
    """The door's."""
    root: str | None
    """Root of `shown`, where the tester knows it."""
    stranger: Issued
    """For the same host, of a root that no charger trusts."""
    client_roots: str
    """Roots of chargers' certificates."""


def door_certificates(
    host: str, at: Instant, *, shown: Issued | None = None, client_ca: str = ""
) -> DoorCertificates:
    """Certificates for a door on that host. `shown` and `client_ca` are the user's own: without
    the former the tester makes one, and chargers' may always be of the tester's authority."""
    authority = ConformanceAuthority("Voltyard conformance root", at)
    return DoorCertificates(
        authority=authority,
        shown=shown or authority.issue(host, host),
        root=authority.root if shown is None else None,
        stranger=ConformanceAuthority("Root of a stranger", at).issue(host, host),
        client_roots=authority.root + client_ca,
    )


class TlsDoor:
    """A door that asks for chargers' certificates, takes those without one too, and shows the
    certificate that a case wants."""

    def __init__(self, certificates: DoorCertificates, directory: Path) -> None:
        """`directory` is for its files alone."""
        self.certificates = certificates
        self.failures: list[BrokenHandshake] = []
        """TLS handshakes of which nothing came, in order."""
        self.told: Callable[[BrokenHandshake], None] = lambda _: None
        """Hears of each of them."""
        self._files = directory / "door.pem", directory / "door.key"
        roots = directory / "clients.pem"
        roots.write_text(certificates.client_roots)
        self._write(certificates.shown)
        self._tls = DoorTls(*self._files, roots, takes_any=True)
        self._suites = ":".join(one["name"] for one in self._tls.context().get_ciphers())
        self._door = PicowsDoor(self._tls)

    @property
    def port(self) -> int:
        """The port it listens on."""
        return self._door.port

    async def open(self, host: str, port: int, gate: Gate) -> None:
        """Listen; port 0 takes a free one. OSError where it cannot."""
        await self._door.open(host, port, gate, self._broken)

    def show(self, issued: Issued) -> None:
        """Show that certificate from the next handshake on. Links that are open go on."""
        self._write(issued)
        self._tls.renew()

    def speak_old_versions(self, is_old: bool) -> None:
        """Speak TLS 1.0 and 1.1 alone from the next handshake on, or what is safe again."""
        context = self._tls.context()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # that is what the case is about
            if is_old:
                context.set_ciphers(_OLD_SUITES)
                context.minimum_version = ssl.TLSVersion.TLSv1
                context.maximum_version = ssl.TLSVersion.TLSv1_1
            else:
                context.maximum_version = ssl.TLSVersion.MAXIMUM_SUPPORTED
                context.minimum_version = ssl.TLSVersion.TLSv1_2
                context.set_ciphers(self._suites)

    async def close(self) -> None:
        """Stop listening, and close every link."""
        await self._door.close()

    def _write(self, issued: Issued) -> None:
        for file, text in zip(self._files, (issued.certificate, issued.key), strict=True):
            file.unlink(missing_ok=True)
            file.touch(mode=0o600)
            file.write_text(text)

    def _broken(self, handshake: BrokenHandshake) -> None:
        if handshake.cause in _OF_TLS:
            self.failures.append(handshake)
            self.told(handshake)


@asynccontextmanager
async def open_tls_door(
    certificates: DoorCertificates, gate: Gate, host: str, port: int = 0
) -> AsyncIterator[TlsDoor]:
    """A door that listens there as long as the context lasts. OSError where it cannot."""
    with TemporaryDirectory(prefix="voltyard-") as directory:
        door = TlsDoor(certificates, Path(directory))
        await door.open(host, port, gate)
        try:
            yield door
        finally:
            await door.close()
