"""A firmware update as data: the request, its phases and statuses, and what a snapshot keeps."""

from __future__ import annotations

from enum import Enum
from typing import Literal, TypeAlias

from msgspec import Struct

from voltyard.charger.firmware.retry_policy import RetryPolicy
from voltyard.kernel.time import Instant

FirmwareStatus: TypeAlias = Literal[
    "Idle",
    "DownloadScheduled",
    "Downloading",
    "DownloadPaused",
    "Downloaded",
    "DownloadFailed",
    "SignatureVerified",
    "InvalidSignature",
    "InstallScheduled",
    "Installing",
    "InstallRebooting",
    "Installed",
    "InstallationFailed",
    "InstallVerificationFailed",
]
"""2.0.1 FirmwareStatusEnumType; what a version or a message cannot say, its dialect leaves out."""


class UpdatePhase(Enum):
    """The phase of a firmware update."""

    SCHEDULED = "scheduled"
    DOWNLOADING = "downloading"
    """An attempt is under way, or the next one is waited for."""
    PAUSED = "paused"
    WAITING = "waiting"
    """For its moment, or for transactions to end."""
    INSTALLING = "installing"
    REBOOTING = "rebooting"
    """Until the CSMS has accepted the boot."""


class UpdateFirmware(Struct, frozen=True, kw_only=True):
    """A neutral UpdateFirmware request. Moments are by the charger's clock."""

    location: str
    retrieve_at: Instant
    install_at: Instant | None = None
    persistence: RetryPolicy = RetryPolicy()
    request_id: int | None = None
    """None: 1.6's plain UpdateFirmware."""
    certificate: str | None = None
    """PEM: of whoever signed it; None: it is not signed."""
    signature: str | None = None
    """In base64."""


class KeptUpdate(Struct, frozen=True, kw_only=True):
    """An update under way, or the last one, as a snapshot keeps it."""

    phase: UpdatePhase | None
    status: FirmwareStatus
    request_id: int | None
    order: UpdateFirmware | None = None
    attempts: int = 0
    version: str = ""
    owed: bool = False
    word: FirmwareStatus | None = None
    """None: it was remembered before there was a word of its own; the status is it."""
