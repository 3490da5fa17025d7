"""Firmware updates and log uploads in 1.6: FirmwareManagement, and the security white paper."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, get_args

from voltyard.charger.connection.wire import ChargerWire
from voltyard.charger.firmware import requests
from voltyard.charger.firmware.firmware_update import FirmwareUpdate
from voltyard.charger.firmware.log import GetLog
from voltyard.charger.firmware.log_upload import LogUpload
from voltyard.charger.firmware.transfers import persistence
from voltyard.charger.firmware.update import UpdateFirmware
from voltyard.charger.versions.handler_groups import RequestHandler
from voltyard.ocpp.payload import Payload
from voltyard.ocpp.timestamps import instant_of
from voltyard.ocpp.v16 import messages as m

_FIRMWARE_WORDS: Final = frozenset(get_args(m.FirmwareStatus))
_SIGNED_WORDS: Final = frozenset(get_args(m.SignedFirmwareStatus))
_LOG_WORDS: Final = frozenset(get_args(m.UploadLogStatus))
_PLAIN: Final[dict[str, str]] = {"InstallVerificationFailed": "InstallationFailed"}
"""Statuses that the plain update calls otherwise."""
_DIAGNOSTICS: Final[dict[str, m.DiagnosticsStatus]] = {
    "Idle": "Idle",
    "Uploading": "Uploading",
    "Uploaded": "Uploaded",
    "UploadFailure": "UploadFailed",
    "BadMessage": "UploadFailed",
    "NotSupportedOperation": "UploadFailed",
    "PermissionDenied": "UploadFailed",
}


def firmware_status(status: str, request_id: int | None) -> Payload | None:
    """SignedFirmwareStatusNotification of a signed update, else FirmwareStatusNotification."""
    if request_id is not None:
        if status not in _SIGNED_WORDS:
            return None
        return m.SignedFirmwareStatusNotificationRequest(
            status=status,  # type: ignore[arg-type]
            request_id=request_id,
        )
    word = _PLAIN.get(status, status)
    if word not in _FIRMWARE_WORDS:
        return None
    return m.FirmwareStatusNotificationRequest(status=word)  # type: ignore[arg-type]


def upload_status(status: str, request_id: int | None) -> Payload | None:
    """LogStatusNotification of a GetLog, else DiagnosticsStatusNotification."""
    if request_id is None:
        word = _DIAGNOSTICS.get(status)
        return None if word is None else m.DiagnosticsStatusNotificationRequest(status=word)
    if status not in _LOG_WORDS:
        return None
    return m.LogStatusNotificationRequest(
        status=status,  # type: ignore[arg-type]
        request_id=request_id,
    )


# --- what the CSMS may ask ---------------------------------------------------------------------


@dataclass(slots=True)
class Firmware16:
    """Firmware updates and log uploads that the CSMS asks for."""

    firmware: FirmwareUpdate
    log_upload: LogUpload

    def update(self, request: m.UpdateFirmwareRequest) -> Iterator[Payload]:
        """Section 5.19: the answer says nothing."""
        yield m.UpdateFirmwareResponse()
        self.firmware.begin(
            UpdateFirmware(
                location=request.location,
                retrieve_at=request.retrieve_date.instant,
                persistence=persistence(request.retries, request.retry_interval),
            )
        )

    def signed_update(self, request: m.SignedUpdateFirmwareRequest) -> Iterator[Payload]:
        """White paper, L01."""
        order = requests.read_signed_update(request, after_first=False)
        yield from requests.update(
            self.firmware, order, lambda status: m.SignedUpdateFirmwareResponse(status=status)
        )

    def diagnostics(self, request: m.GetDiagnosticsRequest) -> Iterator[Payload]:
        """Section 5.9: without a file name there is nothing to upload."""
        wish = GetLog(
            location=request.location,
            oldest_at=instant_of(request.start_time),
            latest_at=instant_of(request.stop_time),
            persistence=persistence(request.retries, request.retry_interval, after_first=True),
        )
        yield from requests.upload(
            self.log_upload, wish, lambda _, name: m.GetDiagnosticsResponse(file_name=name)
        )

    def log(self, request: m.GetLogRequest) -> Iterator[Payload]:
        """White paper, N01."""
        wish = requests.read_log(request, after_first=False)
        yield from requests.upload(
            self.log_upload,
            wish,
            lambda status, name: m.GetLogResponse(status=status, filename=name),
        )


HANDLERS: dict[type[Payload], RequestHandler] = {
    m.GetDiagnosticsRequest: (Firmware16, Firmware16.diagnostics),
    m.GetLogRequest: (Firmware16, Firmware16.log),
    m.SignedUpdateFirmwareRequest: (Firmware16, Firmware16.signed_update),
    m.UpdateFirmwareRequest: (Firmware16, Firmware16.update),
}


# --- triggers ----------------------------------------------------------------------------------


def trigger_firmware(firmware: FirmwareUpdate, wire: ChargerWire) -> None:
    """Of the plain update: how it goes, Idle where none does (section 4.5)."""
    progress = firmware.progress
    busy = firmware.order is not None and progress.request_id is None
    told = firmware_status(progress.word, None) if busy else None
    wire.call(told or m.FirmwareStatusNotificationRequest(status="Idle"))


def trigger_signed_firmware(firmware: FirmwareUpdate, wire: ChargerWire) -> None:
    """Of the signed one: the last status, Idle once it is installed (white paper, L01)."""
    progress = firmware.progress
    told = None
    if progress.request_id is not None and progress.word != "Installed":
        told = firmware_status(progress.word, progress.request_id)
    wire.call(told or m.SignedFirmwareStatusNotificationRequest(status="Idle"))


def trigger_diagnostics(log_upload: LogUpload, wire: ChargerWire) -> None:
    """Uploading, or Idle (section 4.4)."""
    wish = log_upload.wish
    busy = wish is not None and wish.request_id is None
    status: m.DiagnosticsStatus = "Uploading" if busy else "Idle"
    wire.call(m.DiagnosticsStatusNotificationRequest(status=status))


def trigger_log(log_upload: LogUpload, wire: ChargerWire) -> None:
    """Uploading, or Idle (white paper, N01)."""
    wish = log_upload.wish
    if wish is None or wish.request_id is None:
        wire.call(m.LogStatusNotificationRequest(status="Idle"))
    else:
        wire.call(m.LogStatusNotificationRequest(status="Uploading", request_id=wish.request_id))
