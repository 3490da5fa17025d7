"""Security events and their types (white paper A04, 2.0.1 Part 2 appendix 1)."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from voltyard.kernel.time import Instant

CRITICAL: Final = frozenset(
    {
        "FirmwareUpdated",
        "SettingSystemTime",
        "StartupOfTheDevice",
        "ResetOrReboot",
        "SecurityLogWasCleared",
        "MemoryExhaustion",
        "TamperDetectionActivated",
        "MaintenanceLoginAccepted",
        "MaintenanceLoginFailed",
    }
)
"""Security events that the CSMS must be told of (A04.FR.01). Names are 2.x's; a dialect has its
own."""


_DEMANDED: Final = frozenset(
    {
        "InvalidCsmsCertificate",
        "InvalidChargingStationCertificate",
        "InvalidFirmwareSignature",
        "InvalidFirmwareSigningCertificate",
        "InvalidTLSVersion",
        "InvalidTLSCipherSuite",
    }
)
"""Not critical, but asked for by the use cases in which they come up (A00, A02, L01)."""


TOLD: Final = CRITICAL | _DEMANDED


TYPES: Final = TOLD | {
    "FailedToAuthenticateAtCsms",
    "CsmsFailedToAuthenticate",
    "ReconfigurationOfSecurityParameters",
    "InvalidMessages",
    "AttemptedReplayAttacks",
}
"""Every type there is; what is not TOLD is in the log only."""


class SecurityEvent(Struct, frozen=True, kw_only=True):
    """One security event."""

    type: str
    at: Instant
    """By the charger's clock."""
    info: str = ""
    """Words for people, never a secret."""
