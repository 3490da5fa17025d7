"""Firmware updates and log uploads in 2.0.1 (blocks L and N)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from voltyard.charger.connection.wire import ChargerWire
from voltyard.charger.firmware import requests
from voltyard.charger.firmware.firmware_update import FirmwareUpdate, UpdateFirmwareStatus
from voltyard.charger.firmware.log_upload import LogUpload
from voltyard.charger.firmware.requests import GetLogStatus
from voltyard.charger.v201.status_info import reason
from voltyard.charger.versions.handler_groups import RequestHandler
from voltyard.ocpp.payload import Payload
from voltyard.ocpp.v201 import messages as m


def firmware_status(status: str, request_id: int | None) -> Payload | None:
    """FirmwareStatusNotification; Idle has no request id (L01.FR.20)."""
    return m.FirmwareStatusNotificationRequest(
        status=status,  # type: ignore[arg-type]
        request_id=None if status == "Idle" else request_id,
    )


def upload_status(status: str, request_id: int | None) -> Payload | None:
    """LogStatusNotification; Idle has no request id."""
    return m.LogStatusNotificationRequest(
        status=status,  # type: ignore[arg-type]
        request_id=None if status == "Idle" else request_id,
    )


# --- what the CSMS may ask ---------------------------------------------------------------------


@dataclass(slots=True)
class Firmware201:
    """Firmware updates and log uploads that the CSMS asks for."""

    firmware: FirmwareUpdate
    log_upload: LogUpload

    def update(self, request: m.UpdateFirmwareRequest) -> Iterator[Payload]:
        """L01 where it is signed, else L02."""
        firmware = request.firmware
        if (firmware.signing_certificate is None) is not (firmware.signature is None):
            info = reason("MissingParam")
            yield m.UpdateFirmwareResponse(status="Rejected", status_info=info)
            return
        order = requests.read_signed_update(request, after_first=True)
        yield from requests.update(self.firmware, order, _updating)

    def log(self, request: m.GetLogRequest) -> Iterator[Payload]:
        """N01."""
        wish = requests.read_log(request, after_first=True)
        yield from requests.upload(self.log_upload, wish, _uploading)


def _updating(status: UpdateFirmwareStatus) -> Payload:
    info = reason("FwUpdateInProgress") if status == "Rejected" else None
    return m.UpdateFirmwareResponse(status=status, status_info=info)


def _uploading(status: GetLogStatus, name: str | None) -> Payload:
    info = reason("NotFound", "no log of that time") if status == "Rejected" else None
    return m.GetLogResponse(status=status, filename=name, status_info=info)


HANDLERS: dict[type[Payload], RequestHandler] = {
    m.GetLogRequest: (Firmware201, Firmware201.log),
    m.UpdateFirmwareRequest: (Firmware201, Firmware201.update),
}


# --- triggers ----------------------------------------------------------------------------------


def trigger_firmware(firmware: FirmwareUpdate, wire: ChargerWire) -> None:
    """The last status, Idle once it is installed (L01.FR.25, FR.26)."""
    progress = firmware.progress
    status = "Idle" if progress.word == "Installed" else progress.word
    message = firmware_status(status, progress.request_id)
    assert message is not None
    wire.call(message)


def trigger_log(log_upload: LogUpload, wire: ChargerWire) -> None:
    """Uploading, or Idle (N01)."""
    wish = log_upload.wish
    busy = wish is not None
    message = upload_status("Uploading" if busy else "Idle", wish.request_id if wish else None)
    assert message is not None
    wire.call(message)
