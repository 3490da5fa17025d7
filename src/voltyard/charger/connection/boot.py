"""BootNotification in words that are neither version's: its reason, status and response."""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct

from voltyard.kernel.time import Instant

BootStatus: TypeAlias = Literal["Unknown", "Accepted", "Pending", "Rejected"]


BootReason: TypeAlias = Literal[
    "PowerUp", "RemoteReset", "LocalReset", "ScheduledReset", "Triggered", "FirmwareUpdate"
]


class BootAnswer(Struct, frozen=True):
    """The response to BootNotification, whatever the version."""

    status: Literal["Accepted", "Pending", "Rejected"]
    time: Instant
    interval_s: int
