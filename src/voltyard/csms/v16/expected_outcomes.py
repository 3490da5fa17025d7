"""Outcomes that requests of OCPP 1.6 make expected."""

from collections.abc import Callable, Mapping
from typing import Any

from voltyard.csms.commands.expected_outcomes import (
    ExpectedOutcome,
    NewReservation,
    ReservationCancellation,
    ReservationChange,
)
from voltyard.csms.translation import is_sampled_by_trigger
from voltyard.ocpp.v16 import messages as m

TRIGGERED_MESSAGES: Mapping[str, tuple[str, ...]] = {
    "SignChargePointCertificate": ("SignCertificate",),
    "FirmwareStatusNotification": (
        "FirmwareStatusNotification",
        "SignedFirmwareStatusNotification",
    ),
}
"""Messages sent for a requested one that has another name."""


def _trigger(request: Any) -> ExpectedOutcome:
    message = request.requested_message
    return ExpectedOutcome(
        kind="message",
        messages=frozenset(TRIGGERED_MESSAGES.get(message, (message,))),
        evse_id=request.connector_id,
    )


def _signed_update(request: m.SignedUpdateFirmwareRequest) -> ExpectedOutcome:
    firmware = request.firmware
    begins = firmware.install_date_time or firmware.retrieve_date_time
    return ExpectedOutcome(kind="firmware", request_id=request.request_id, begins_at=begins.instant)


EXPECTED_OUTCOMES: Mapping[type[Any], Callable[[Any], ExpectedOutcome | None]] = {
    m.ExtendedTriggerMessageRequest: _trigger,
    m.GetDiagnosticsRequest: lambda request: ExpectedOutcome(kind="log"),
    m.GetLogRequest: lambda request: ExpectedOutcome(kind="log", request_id=request.request_id),
    m.ResetRequest: lambda request: ExpectedOutcome(kind="reset"),
    m.SignedUpdateFirmwareRequest: _signed_update,
    m.TriggerMessageRequest: _trigger,
    m.UpdateFirmwareRequest: (
        lambda request: ExpectedOutcome(kind="firmware", begins_at=request.retrieve_date.instant)
    ),
}


TRIGGER_MARKS: Mapping[type[Any], Callable[[Any], bool]] = {
    m.MeterValuesRequest: is_sampled_by_trigger,
}
"""Messages that say whether they were triggered (the ReadingContext Trigger). BootNotification,
Heartbeat and the status notifications have no word for it."""


def _reserving(request: m.ReserveNowRequest) -> ReservationChange:
    return NewReservation(
        reservation_id=request.reservation_id,
        evse_id=request.connector_id or None,
        connector_id=request.connector_id,
        id_tag=request.id_tag,
        parent_id_tag=request.parent_id_tag,
        expires_at=request.expiry_date.instant,
    )


RESERVATION_CHANGES: Mapping[type[Any], Callable[[Any], ReservationChange]] = {
    m.ReserveNowRequest: _reserving,
    m.CancelReservationRequest: lambda request: ReservationCancellation(request.reservation_id),
}
