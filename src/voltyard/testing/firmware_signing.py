"""The maker of firmware, for tests: its root, and its signatures."""

from voltyard.conformance.wire.firmware_signing import FirmwareSigner

__all__ = ["FirmwareSigner"]
