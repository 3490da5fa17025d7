"""Firmware and logs in OCPP 2.0.1 (blocks L and N)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeAlias

from voltyard.charger.firmware import Order
from voltyard.charger.transfers import persistence
from voltyard.charger.uploads import Wish
from voltyard.ocpp.payload import Payload
from voltyard.ocpp.timestamps import instant_of
from voltyard.ocpp.v201 import messages as m

if TYPE_CHECKING:
    from voltyard.charger.charger import Charger

Handler: TypeAlias = "Callable[[Charger, Any], Iterator[Payload]]"


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


def _update(charger: Charger, request: m.UpdateFirmwareRequest) -> Iterator[Payload]:
    """L01 where it is signed, else L02."""
    firmware = request.firmware
    order = Order(
        location=firmware.location,
        retrieve_at=firmware.retrieve_date_time.instant,
        install_at=instant_of(firmware.install_date_time),
        persistence=persistence(request.retries, request.retry_interval, after_first=True),
        request_id=request.request_id,
        certificate=firmware.signing_certificate,
        signature=firmware.signature,
    )
    if (firmware.signing_certificate is None) is not (firmware.signature is None):
        why = m.StatusInfo(reason_code="MissingParam")
        yield m.UpdateFirmwareResponse(status="Rejected", status_info=why)
        return
    verdict = charger.firmware.judge(order)
    busy = verdict == "Rejected"
    info = m.StatusInfo(reason_code="FwUpdateInProgress") if busy else None
    yield m.UpdateFirmwareResponse(status=verdict, status_info=info)
    if verdict in ("Accepted", "AcceptedCanceled"):
        charger.firmware.begin(order)


def _log(charger: Charger, request: m.GetLogRequest) -> Iterator[Payload]:
    """N01."""
    log = request.log
    wish = Wish(
        location=log.remote_location,
        log=request.log_type,
        oldest_at=instant_of(log.oldest_timestamp),
        latest_at=instant_of(log.latest_timestamp),
        persistence=persistence(request.retries, request.retry_interval, after_first=True),
        request_id=request.request_id,
    )
    name = charger.uploads.announce(wish)
    if name is None:
        why = m.StatusInfo(reason_code="NotFound", additional_info="no log of that time")
        yield m.GetLogResponse(status="Rejected", status_info=why)
        return
    busy = charger.uploads.wish is not None
    yield m.GetLogResponse(status="AcceptedCanceled" if busy else "Accepted", filename=name)
    charger.uploads.begin(wish, name)


HANDLERS: dict[type[Payload], Handler] = {
    m.GetLogRequest: _log,
    m.UpdateFirmwareRequest: _update,
}


# --- triggers ----------------------------------------------------------------------------------


def trigger_firmware(charger: Charger) -> None:
    """The last status, Idle once it is installed (L01.FR.25, FR.26)."""
    progress = charger.firmware.progress
    status = "Idle" if progress.word == "Installed" else progress.word
    message = firmware_status(status, progress.request_id)
    assert message is not None
    charger.wire.call(message)


def trigger_log(charger: Charger) -> None:
    """Uploading, or Idle (N01)."""
    wish = charger.uploads.wish
    busy = wish is not None
    message = upload_status("Uploading" if busy else "Idle", wish.request_id if wish else None)
    assert message is not None
    charger.wire.call(message)
