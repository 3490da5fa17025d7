"""Firmware that cases offer a charger under test: its owner's, or the tester's for simulated ones.

A simulated charger installs any file, and reads its version from the first line.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from voltyard.conformance.subject import DeclaredFirmware
from voltyard.conformance.wire.firmware_signing import FirmwareSigner
from voltyard.kernel.time import Instant

_VERSION: Final = "2.0.0"
_IMAGE: Final = f"Yard firmware version: {_VERSION}\nand the rest of it".encode()


@dataclass(frozen=True)
class CaseFirmware:
    """An image, with its signature, and the certificate that proves it."""

    image: bytes | Path
    version: str
    """Empty: not known."""
    certificate: str
    """PEM. Empty: it is not signed."""
    signature: str
    """In base64."""
    root: str
    """PEM, to be installed first. Empty: the charger has it."""
    is_for_simulated: bool = False


def for_simulated(at: Instant) -> CaseFirmware:
    """Firmware for a simulated charger, signed by a maker whose certificates hold at that time."""
    signer = FirmwareSigner(at)
    return CaseFirmware(
        _IMAGE,
        _VERSION,
        signer.certificate,
        signer.sign(_IMAGE),
        signer.root,
        is_for_simulated=True,
    )


def declared(firmware: DeclaredFirmware) -> CaseFirmware:
    """The firmware that the owner of a charger has declared."""
    certificate, root = (
        Path(name).read_text() if name else "" for name in (firmware.certificate, firmware.root)
    )
    return CaseFirmware(
        Path(firmware.file), firmware.version, certificate, firmware.signature, root
    )
