"""What requests of OCPP 2.0.1 ask for beyond their answers."""

from collections.abc import Callable, Mapping
from typing import Any

from voltyard.csms.promises import Cancelling, Keeping, Promise, Reserving
from voltyard.ocpp.v201 import messages as m

TRIGGERED: Mapping[str, str] = {
    "SignChargingStationCertificate": "SignCertificate",
    "SignV2GCertificate": "SignCertificate",
    "SignCombinedCertificate": "SignCertificate",
}
"""What is sent for a requested message where that has another name."""


def _trigger(request: m.TriggerMessageRequest) -> Promise:
    message = request.requested_message
    return Promise(
        kind="message",
        messages=frozenset({TRIGGERED.get(message, message)}),
        evse_id=request.evse.id if request.evse else None,
    )


def _update(request: m.UpdateFirmwareRequest) -> Promise:
    firmware = request.firmware
    begins = firmware.install_date_time or firmware.retrieve_date_time
    return Promise(kind="firmware", request_id=request.request_id, begins_at=begins.instant)


PROMISES: Mapping[type[Any], Callable[[Any], Promise | None]] = {
    m.GetLogRequest: lambda request: Promise(kind="log", request_id=request.request_id),
    # The reset of one EVSE is no boot of the station (B12).
    m.ResetRequest: lambda request: Promise(kind="reset") if request.evse_id is None else None,
    m.TriggerMessageRequest: _trigger,
    m.UpdateFirmwareRequest: _update,
}


def _is_sampled_by_trigger(request: m.MeterValuesRequest) -> bool:
    return any(
        sample.context == "Trigger"
        for value in request.meter_value
        for sample in value.sampled_value
    )


MARKS: Mapping[type[Any], Callable[[Any], bool]] = {
    m.BootNotificationRequest: lambda request: bool(request.reason == "Triggered"),
    m.MeterValuesRequest: _is_sampled_by_trigger,
    m.TransactionEventRequest: lambda request: bool(request.trigger_reason == "Trigger"),
}
"""Messages that say whether they were triggered. Heartbeat, SignCertificate and the status
notifications have no word for it."""


def _reserving(request: m.ReserveNowRequest) -> Keeping:
    return Reserving(
        reservation_id=request.id,
        evse_id=request.evse_id,
        connector_id=None,
        id_tag=request.id_token.id_token,
        parent_id_tag=request.group_id_token.id_token if request.group_id_token else None,
        expires_at=request.expiry_date_time.instant,
    )


KEEPINGS: Mapping[type[Any], Callable[[Any], Keeping]] = {
    m.ReserveNowRequest: _reserving,
    m.CancelReservationRequest: lambda request: Cancelling(request.reservation_id),
}
