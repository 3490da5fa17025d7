"""Firmware and logs in OCPP 1.6: its FirmwareManagement profile and the security white paper's
messages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final, TypeAlias, get_args

from voltyard.charger.firmware import Order
from voltyard.charger.transfers import persistence
from voltyard.charger.uploads import Wish
from voltyard.ocpp.payload import Payload
from voltyard.ocpp.timestamps import instant_of
from voltyard.ocpp.v16 import messages as m

if TYPE_CHECKING:
    from voltyard.charger.charger import Charger

Handler: TypeAlias = "Callable[[Charger, Any], Iterator[Payload]]"

_FIRMWARE_WORDS: Final = frozenset(get_args(m.FirmwareStatus))
_SIGNED_WORDS: Final = frozenset(get_args(m.SignedFirmwareStatus))
_LOG_WORDS: Final = frozenset(get_args(m.UploadLogStatus))
_PLAIN: Final[dict[str, str]] = {"InstallVerificationFailed": "InstallationFailed"}
"""What the plain update calls otherwise."""
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


def _update(charger: Charger, request: m.UpdateFirmwareRequest) -> Iterator[Payload]:
    """Section 5.19: the answer says nothing."""
    yield m.UpdateFirmwareResponse()
    charger.firmware.begin(
        Order(
            location=request.location,
            retrieve_at=request.retrieve_date.instant,
            persistence=persistence(request.retries, request.retry_interval),
        )
    )


def _signed_update(charger: Charger, request: m.SignedUpdateFirmwareRequest) -> Iterator[Payload]:
    """White paper, L01."""
    firmware = request.firmware
    order = Order(
        location=firmware.location,
        retrieve_at=firmware.retrieve_date_time.instant,
        install_at=instant_of(firmware.install_date_time),
        persistence=persistence(request.retries, request.retry_interval),
        request_id=request.request_id,
        certificate=firmware.signing_certificate,
        signature=firmware.signature,
    )
    verdict = charger.firmware.judge(order)
    yield m.SignedUpdateFirmwareResponse(status=verdict)
    if verdict in ("Accepted", "AcceptedCanceled"):
        charger.firmware.begin(order)


def _diagnostics(charger: Charger, request: m.GetDiagnosticsRequest) -> Iterator[Payload]:
    """Section 5.9: without a file name there is nothing to upload."""
    wish = Wish(
        location=request.location,
        oldest_at=instant_of(request.start_time),
        latest_at=instant_of(request.stop_time),
        persistence=persistence(request.retries, request.retry_interval, after_first=True),
    )
    name = charger.uploads.announce(wish)
    yield m.GetDiagnosticsResponse(file_name=name)
    if name is not None:
        charger.uploads.begin(wish, name)


def _log(charger: Charger, request: m.GetLogRequest) -> Iterator[Payload]:
    """White paper, N01."""
    log = request.log
    wish = Wish(
        location=log.remote_location,
        log=request.log_type,
        oldest_at=instant_of(log.oldest_timestamp),
        latest_at=instant_of(log.latest_timestamp),
        persistence=persistence(request.retries, request.retry_interval),
        request_id=request.request_id,
    )
    name = charger.uploads.announce(wish)
    if name is None:
        yield m.GetLogResponse(status="Rejected")
        return
    busy = charger.uploads.wish is not None
    yield m.GetLogResponse(status="AcceptedCanceled" if busy else "Accepted", filename=name)
    charger.uploads.begin(wish, name)


HANDLERS: dict[type[Payload], Handler] = {
    m.GetDiagnosticsRequest: _diagnostics,
    m.GetLogRequest: _log,
    m.SignedUpdateFirmwareRequest: _signed_update,
    m.UpdateFirmwareRequest: _update,
}


# --- triggers ----------------------------------------------------------------------------------


def trigger_firmware(charger: Charger) -> None:
    """Of the plain update: how it goes, Idle where none does (section 4.5)."""
    progress = charger.firmware.progress
    busy = charger.firmware.order is not None and progress.request_id is None
    told = firmware_status(progress.word, None) if busy else None
    charger.wire.call(told or m.FirmwareStatusNotificationRequest(status="Idle"))


def trigger_signed_firmware(charger: Charger) -> None:
    """Of the signed one: the last status, Idle once it is installed (white paper, L01)."""
    progress = charger.firmware.progress
    told = None
    if progress.request_id is not None and progress.word != "Installed":
        told = firmware_status(progress.word, progress.request_id)
    charger.wire.call(told or m.SignedFirmwareStatusNotificationRequest(status="Idle"))


def trigger_diagnostics(charger: Charger) -> None:
    """Uploading, or Idle (section 4.4)."""
    wish = charger.uploads.wish
    busy = wish is not None and wish.request_id is None
    status: m.DiagnosticsStatus = "Uploading" if busy else "Idle"
    charger.wire.call(m.DiagnosticsStatusNotificationRequest(status=status))


def trigger_log(charger: Charger) -> None:
    """Uploading, or Idle (white paper, N01)."""
    wish = charger.uploads.wish
    if wish is None or wish.request_id is None:
        charger.wire.call(m.LogStatusNotificationRequest(status="Idle"))
    else:
        charger.wire.call(
            m.LogStatusNotificationRequest(status="Uploading", request_id=wish.request_id)
        )
