"""Certificates of `voltyard conform charger`: those of files, and those that it makes itself."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from voltyard.kernel.errors import Invalid

if TYPE_CHECKING:
    from voltyard.conformance.charger.tls_door import DoorCertificates


@dataclass(frozen=True)
class TlsFiles:
    """PEM files that the options name."""

    certificate: Path | None = None
    key: Path | None = None
    client_ca: Path | None = None
    write_root: Path | None = None

    def certificates(self, host: str) -> DoorCertificates:
        """The certificates of a run on that host; its root is written where that is asked for.

        Invalid, with the option's name, for a file that cannot be used.
        """
        from voltyard.conformance.charger.tls_door import door_certificates
        from voltyard.conformance.wire.authority import Issued
        from voltyard.kernel import tls_contexts

        if (self.certificate is None) != (self.key is None):
            raise Invalid("--tls-certificate and --tls-key go together")
        shown = None
        if self.certificate is not None and self.key is not None:
            tls_contexts.server_context(self.certificate, self.key, None)
            shown = Issued(
                _read("--tls-certificate", self.certificate), _read("--tls-key", self.key)
            )
        client_ca = ""
        if self.client_ca is not None:
            client_ca = _read("--client-ca", self.client_ca)
            tls_contexts.check_text("--client-ca", client_ca)
        made = door_certificates(host, time.time(), shown=shown, client_ca=client_ca)
        if self.write_root is not None:
            self._write(made)
        return made

    def _write(self, made: DoorCertificates) -> None:
        assert self.write_root is not None
        try:
            self.write_root.write_text(made.authority.root)
        except OSError as error:
            raise Invalid(f"--write-root {self.write_root}: {error.strerror or error}") from None


def _read(option: str, path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no PEM file"
        raise Invalid(f"{option} {path}: {why}") from None
