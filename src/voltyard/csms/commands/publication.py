"""Commands to a local controller: firmware that stations fetch from it (2.0.1 L03, L04)."""

from typing import Annotated, ClassVar

from voltyard.csms.commands.declaration import CommandOperation, WireField, status_answer
from voltyard.csms.commands.shared import (
    BackendCommand,
    DownloadLocation,
    Natural,
    RequestId,
    RetryInterval,
)

Checksum = Annotated[str, WireField(pattern=r"^[0-9a-fA-F]{32}$")]
"""MD5 of the whole file, in hexadecimal."""


class PublishFirmware(BackendCommand, frozen=True, kw_only=True, tag="firmware/publish"):
    """Have a local controller publish firmware.

    Of OCPP 2.0.1 (L03). How it goes is told by PublishFirmwareStatusNotification: the command's
    outcome is its last word, Published or what went wrong; the places from which stations may fetch
    it are in the event and in the message log.

    Body: Where the firmware is, and the MD5 checksum of its file.
    """

    operation: ClassVar = CommandOperation(
        name="publish_firmware",
        body="PublishFirmwareBody",
        example={
            "location": "https://firmware.example.com/v2.0.0/firmware.bin",
            "checksum": "d41d8cd98f00b204e9800998ecf8427e",
            "retries": 3,
            "retryInterval": 60,
        },
        answer=status_answer("PublishFirmwareAnswer", "request_id"),
        subject="Publication",
        result={"requestId": 7},
    )
    first_version: ClassVar = "2.0.1"

    location: DownloadLocation
    checksum: Checksum
    request_id: RequestId = None
    retries: Natural | None = None
    retry_interval_s: RetryInterval = None


class UnpublishFirmware(BackendCommand, frozen=True, kw_only=True, tag="firmware/unpublish"):
    """Have a local controller publish firmware no longer.

    Of OCPP 2.0.1 (L04). noFirmware where it has none of that checksum, downloadOngoing where
    stations are fetching it.

    Body: The MD5 checksum of the firmware's file.
    """

    operation: ClassVar = CommandOperation(
        name="unpublish_firmware",
        body="UnpublishFirmwareBody",
        example={"checksum": "d41d8cd98f00b204e9800998ecf8427e"},
        answer=status_answer("UnpublishFirmwareAnswer", "checksum"),
        subject="Firmware",
        sentences={
            "unpublished": "Firmware is published no longer",
            "noFirmware": "Controller has no such firmware",
            "downloadOngoing": "Firmware is being fetched by stations",
        },
        result={"status": "unpublished"},
    )
    first_version: ClassVar = "2.0.1"

    checksum: Checksum
