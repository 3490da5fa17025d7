"""Outcomes that requests of OCPP 2.0.1 make expected."""

from collections.abc import Callable, Mapping
from typing import Any

from voltyard.csms.commands.expected_outcomes import (
    ExpectedOutcome,
    NewReservation,
    ReservationCancellation,
    ReservationChange,
)
from voltyard.csms.translation import is_sampled_by_trigger
from voltyard.ocpp.v201 import messages as m

TRIGGERED_MESSAGES: Mapping[str, str] = {
    "SignChargingStationCertificate": "SignCertificate",
    "SignV2GCertificate": "SignCertificate",
    "SignCombinedCertificate": "SignCertificate",
}
"""Messages sent for a requested one that has another name."""


def _trigger(request: m.TriggerMessageRequest) -> ExpectedOutcome:
    message = request.requested_message
    return ExpectedOutcome(
        kind="message",
        messages=frozenset({TRIGGERED_MESSAGES.get(message, message)}),
        evse_id=request.evse.id if request.evse else None,
    )


def _update(request: m.UpdateFirmwareRequest) -> ExpectedOutcome:
    firmware = request.firmware
    begins = firmware.install_date_time or firmware.retrieve_date_time
    return ExpectedOutcome(kind="firmware", request_id=request.request_id, begins_at=begins.instant)


EXPECTED_OUTCOMES: Mapping[type[Any], Callable[[Any], ExpectedOutcome | None]] = {
    m.PublishFirmwareRequest: lambda request: ExpectedOutcome(
        kind="publication", request_id=request.request_id
    ),
    m.GetLogRequest: lambda request: ExpectedOutcome(kind="log", request_id=request.request_id),
    m.ResetRequest: lambda request: ExpectedOutcome(kind="reset", evse_id=request.evse_id),
    m.TriggerMessageRequest: _trigger,
    m.UpdateFirmwareRequest: _update,
}


TRIGGER_MARKS: Mapping[type[Any], Callable[[Any], bool]] = {
    m.BootNotificationRequest: lambda request: bool(request.reason == "Triggered"),
    m.MeterValuesRequest: is_sampled_by_trigger,
    m.TransactionEventRequest: lambda request: bool(request.trigger_reason == "Trigger"),
}
"""Messages that say whether they were triggered. Heartbeat, SignCertificate and the status
notifications have no word for it."""


def _reserving(request: m.ReserveNowRequest) -> ReservationChange:
    return NewReservation(
        reservation_id=request.id,
        evse_id=request.evse_id,
        connector_id=None,
        id_tag=request.id_token.id_token,
        parent_id_tag=request.group_id_token.id_token if request.group_id_token else None,
        expires_at=request.expiry_date_time.instant,
    )


RESERVATION_CHANGES: Mapping[type[Any], Callable[[Any], ReservationChange]] = {
    m.ReserveNowRequest: _reserving,
    m.CancelReservationRequest: lambda request: ReservationCancellation(request.reservation_id),
}
