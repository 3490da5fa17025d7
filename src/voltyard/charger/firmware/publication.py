"""Published firmware as data: the request, its statuses, and what a snapshot keeps (L03, L04)."""

from __future__ import annotations

import re
from enum import Enum
from typing import Final, Literal, TypeAlias
from urllib.parse import unquote, urlsplit

from msgspec import Struct

from voltyard.charger.firmware.retry_policy import RetryPolicy

PublicationStatus: TypeAlias = Literal[
    "Idle",
    "Downloading",
    "DownloadPaused",
    "Downloaded",
    "DownloadFailed",
    "ChecksumVerified",
    "InvalidChecksum",
    "Published",
    "PublishFailed",
]
"""2.0.1 PublishFirmwareStatusEnumType. DownloadScheduled is left out: a PublishFirmware request
names no moment, so a download is never scheduled."""

_NAME_CHARACTERS: Final = 100
_UNSAFE: Final = re.compile(r"[^0-9A-Za-z._+-]")


class PublicationPhase(Enum):
    """The phase of a publication."""

    DOWNLOADING = "downloading"
    """An attempt is under way, or the next one is waited for."""
    PAUSED = "paused"
    PUBLISHING = "publishing"
    """The file is there, and will be served."""


class PublishFirmware(Struct, frozen=True, kw_only=True):
    """A neutral PublishFirmware request."""

    location: str
    checksum: str
    """MD5 of the whole file, in lower-case hexadecimal."""
    request_id: int
    persistence: RetryPolicy = RetryPolicy()

    @property
    def file_name(self) -> str:
        """The name under which the file is published: that of its location."""
        name = unquote(urlsplit(self.location).path).rstrip("/").rpartition("/")[2]
        return _UNSAFE.sub("_", name)[-_NAME_CHARACTERS:].lstrip(".") or "firmware.bin"


class PublishedFirmware(Struct, frozen=True, kw_only=True):
    """A published file. Its content is kept by whoever runs the charger, under its id."""

    order: PublishFirmware
    file_id: str
    locations: tuple[str, ...]
    """The URLs of which the CSMS was told."""


class KeptPublication(Struct, frozen=True, kw_only=True):
    """Publications of a local controller, as a snapshot keeps them."""

    status: PublicationStatus = "Idle"
    word: PublicationStatus = "Idle"
    request_id: int | None = None
    owed: bool = False
    locations: tuple[str, ...] = ()
    """Of the last Published."""
    phase: PublicationPhase | None = None
    order: PublishFirmware | None = None
    """The publication under way."""
    attempts: int = 0
    file_id: str = ""
    """Of the file that is about to be published."""
    published: tuple[PublishedFirmware, ...] = ()
    waiting: tuple[PublishFirmware, ...] = ()
    """Published before, and to be fetched again."""
