"""Firmware and log requests as far as both versions have them alike (L01, L02, N01)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal, TypeAlias

from voltyard.charger.firmware.firmware_update import FirmwareUpdate, UpdateFirmwareStatus
from voltyard.charger.firmware.log import GetLog
from voltyard.charger.firmware.log_upload import LogUpload
from voltyard.charger.firmware.transfers import persistence
from voltyard.charger.firmware.update import UpdateFirmware
from voltyard.ocpp.payload import Payload
from voltyard.ocpp.timestamps import instant_of
from voltyard.ocpp.v16 import messages as m16
from voltyard.ocpp.v201 import messages as m201

GetLogStatus: TypeAlias = Literal["Accepted", "AcceptedCanceled", "Rejected"]


def read_signed_update(
    request: m16.SignedUpdateFirmwareRequest | m201.UpdateFirmwareRequest, *, after_first: bool
) -> UpdateFirmware:
    """An update that may be signed; retries count `after_first` attempt, or in all."""
    firmware = request.firmware
    return UpdateFirmware(
        location=firmware.location,
        retrieve_at=firmware.retrieve_date_time.instant,
        install_at=instant_of(firmware.install_date_time),
        persistence=persistence(request.retries, request.retry_interval, after_first=after_first),
        request_id=request.request_id,
        certificate=firmware.signing_certificate,
        signature=firmware.signature,
    )


def update(
    firmware: FirmwareUpdate,
    order: UpdateFirmware,
    answer: Callable[[UpdateFirmwareStatus], Payload],
) -> Iterator[Payload]:
    """Answer an order of an update, then do it if it was accepted."""
    status = firmware.judge(order)
    yield answer(status)
    if status in ("Accepted", "AcceptedCanceled"):
        firmware.begin(order)


def read_log(request: m16.GetLogRequest | m201.GetLogRequest, *, after_first: bool) -> GetLog:
    """A log that is to be uploaded; retries as above."""
    log = request.log
    return GetLog(
        location=log.remote_location,
        log=request.log_type,
        oldest_at=instant_of(log.oldest_timestamp),
        latest_at=instant_of(log.latest_timestamp),
        persistence=persistence(request.retries, request.retry_interval, after_first=after_first),
        request_id=request.request_id,
    )


def upload(
    log_upload: LogUpload, wish: GetLog, answer: Callable[[GetLogStatus, str | None], Payload]
) -> Iterator[Payload]:
    """Answer with the name of the file, then upload it; None: there is nothing to upload."""
    name = log_upload.announce(wish)
    if name is None:
        yield answer("Rejected", None)
        return
    yield answer("Accepted" if log_upload.wish is None else "AcceptedCanceled", name)
    log_upload.begin(wish, name)
