"""A log upload as data: the request, its statuses, and what a snapshot keeps."""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct

from voltyard.charger.firmware.retry_policy import RetryPolicy
from voltyard.kernel.time import Instant

UploadLogStatus: TypeAlias = Literal[
    "Idle",
    "Uploading",
    "Uploaded",
    "UploadFailure",
    "BadMessage",
    "NotSupportedOperation",
    "PermissionDenied",
    "AcceptedCanceled",
]
"""2.0.1 UploadLogStatusEnumType; 1.6 has fewer words."""


class GetLog(Struct, frozen=True, kw_only=True):
    """A neutral GetLog or GetDiagnostics request. Moments are by the charger's clock."""

    location: str
    log: Literal["DiagnosticsLog", "SecurityLog"] = "DiagnosticsLog"
    oldest_at: Instant | None = None
    latest_at: Instant | None = None
    persistence: RetryPolicy = RetryPolicy()
    request_id: int | None = None
    """None: 1.6's GetDiagnostics."""


class KeptUpload(Struct, frozen=True, kw_only=True):
    """An upload under way, or the last one, as a snapshot keeps it."""

    wish: GetLog | None = None
    """None: it is over."""
    name: str
    attempts: int = 0
    status: UploadLogStatus = "Uploading"
    request_id: int | None = None
    word: UploadLogStatus | None = None
    owed: bool = False
