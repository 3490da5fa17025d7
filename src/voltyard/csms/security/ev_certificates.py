"""Contract certificates of vehicles, as files in EXI (M01, M02).

install.exi, update.exi       what any vehicle gets that asks for the one or the other
<SHA-256>.exi                 what a vehicle gets whose request has that hash, in hexadecimal
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Protocol

from voltyard.kernel import limits


class EvCertificates(Protocol):
    """The answers to vehicles' requests for contract certificates."""

    def __call__(self, action: str, request: bytes) -> bytes | None:
        """The CertificateInstallationRes or CertificateUpdateRes to a request, both in EXI; None
        where there is none. It may read files."""


def no_ev_certificates(action: str, request: bytes) -> bytes | None:
    """The answers where there are none."""
    return None


class EvCertificateFiles:
    """The answers in a folder, as it is when a vehicle asks."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __call__(self, action: str, request: bytes) -> bytes | None:
        for name in (hashlib.sha256(request).hexdigest(), action.lower()):
            try:
                with (self._folder / f"{name}.exi").open("rb") as file:
                    found = file.read(limits.EV_CERTIFICATE_BYTES + 1)
            except OSError:
                continue
            if 0 < len(found) <= limits.EV_CERTIFICATE_BYTES:
                return found
        return None
