"""What requests of OCPP 1.6 ask for beyond their answers."""

from collections.abc import Callable, Mapping
from typing import Any

from voltyard.csms.promises import Cancelling, Keeping, Promise, Reserving
from voltyard.ocpp.v16 import messages as m

TRIGGERED: Mapping[str, tuple[str, ...]] = {
    "SignChargePointCertificate": ("SignCertificate",),
    "FirmwareStatusNotification": (
        "FirmwareStatusNotification",
        "SignedFirmwareStatusNotification",
    ),
}
"""What is sent for a requested message where that has another name."""


def _trigger(request: Any) -> Promise:
    message = request.requested_message
    return Promise(
        kind="message",
        messages=frozenset(TRIGGERED.get(message, (message,))),
        evse_id=request.connector_id,
    )


def _signed_update(request: m.SignedUpdateFirmwareRequest) -> Promise:
    firmware = request.firmware
    begins = firmware.install_date_time or firmware.retrieve_date_time
    return Promise(kind="firmware", request_id=request.request_id, begins_at=begins.instant)


PROMISES: Mapping[type[Any], Callable[[Any], Promise | None]] = {
    m.ExtendedTriggerMessageRequest: _trigger,
    m.GetDiagnosticsRequest: lambda request: Promise(kind="log"),
    m.GetLogRequest: lambda request: Promise(kind="log", request_id=request.request_id),
    m.ResetRequest: lambda request: Promise(kind="reset"),
    m.SignedUpdateFirmwareRequest: _signed_update,
    m.TriggerMessageRequest: _trigger,
    m.UpdateFirmwareRequest: (
        lambda request: Promise(kind="firmware", begins_at=request.retrieve_date.instant)
    ),
}


def _is_sampled_by_trigger(request: m.MeterValuesRequest) -> bool:
    return any(
        sample.context == "Trigger"
        for value in request.meter_value
        for sample in value.sampled_value
    )


MARKS: Mapping[type[Any], Callable[[Any], bool]] = {
    m.MeterValuesRequest: _is_sampled_by_trigger,
}
"""Messages that say whether they were triggered (the ReadingContext Trigger). BootNotification,
Heartbeat and the status notifications have no word for it."""


def _reserving(request: m.ReserveNowRequest) -> Keeping:
    return Reserving(
        reservation_id=request.reservation_id,
        evse_id=request.connector_id or None,
        connector_id=request.connector_id,
        id_tag=request.id_tag,
        parent_id_tag=request.parent_id_tag,
        expires_at=request.expiry_date.instant,
    )


KEEPINGS: Mapping[type[Any], Callable[[Any], Keeping]] = {
    m.ReserveNowRequest: _reserving,
    m.CancelReservationRequest: lambda request: Cancelling(request.reservation_id),
}
