"""Chargers' requests of OCPP 1.6 in neutral words."""

from voltyard.csms import requests
from voltyard.csms.records import SampledValue
from voltyard.csms.requests import ChargerRequest
from voltyard.csms.translation import RequestTable, meter_values, security_event
from voltyard.ocpp.payload import to_dict
from voltyard.ocpp.v16 import messages as m


def _boot_notification(request: m.BootNotificationRequest) -> ChargerRequest:
    serial = request.charge_point_serial_number or request.charge_box_serial_number
    return requests.BootNotification(
        request.charge_point_vendor,
        request.charge_point_model,
        serial,
        request.firmware_version,
    )


def _status_notification(request: m.StatusNotificationRequest) -> ChargerRequest:
    return requests.StatusNotification(
        evse_id=request.connector_id,
        connector_id=request.connector_id,
        status=request.status,
        error_code=request.error_code,
        info=request.info,
        vendor_id=request.vendor_id,
        vendor_error_code=request.vendor_error_code,
        at=request.timestamp.instant if request.timestamp else None,
        ends_reservations=request.status in ("Faulted", "Unavailable"),  # section 5.13
    )


def _start_transaction(request: m.StartTransactionRequest) -> ChargerRequest:
    return requests.StartTransaction(
        connector_id=request.connector_id,
        id_tag=request.id_tag,
        meter_start_wh=request.meter_start,
        at=request.timestamp.instant,
        reservation_id=request.reservation_id,
    )


def _stop_transaction(request: m.StopTransactionRequest) -> ChargerRequest:
    return requests.StopTransaction(
        number=request.transaction_id,
        meter_stop_wh=request.meter_stop,
        at=request.timestamp.instant,
        id_tag=request.id_tag,
        reason=request.reason or "Local",  # section 7.36: absent means Local
        readings=meter_values(request.transaction_data or (), _sample),
    )


def _meter_values(request: m.MeterValuesRequest) -> ChargerRequest:
    return requests.MeterValues(
        evse_id=request.connector_id,
        connector_id=request.connector_id,
        transaction_number=request.transaction_id,
        readings=meter_values(request.meter_value, _sample),
    )


def _sample(value: m.SampledValue) -> SampledValue:
    """With the defaults of section 7.43; energy without a unit is in Wh."""
    measurand = value.measurand or "Energy.Active.Import.Register"
    return SampledValue(
        value=value.value,
        measurand=measurand,
        context=value.context or "Sample.Periodic",
        phase=value.phase,
        location=value.location,
        unit=value.unit or ("Wh" if measurand.startswith("Energy.Active") else None),
        signed=value.format == "SignedData",
    )


def _data_transfer(request: m.DataTransferRequest) -> ChargerRequest:
    return requests.DataTransfer(request.vendor_id, request.message_id, request.data)


def _sign_certificate(request: m.SignCertificateRequest) -> ChargerRequest:
    return requests.SignCertificate(request.csr, None, to_dict(request))


REQUESTS: RequestTable = {
    m.AuthorizeRequest: lambda request: requests.Authorize(request.id_tag),
    m.BootNotificationRequest: _boot_notification,
    m.DataTransferRequest: _data_transfer,
    m.DiagnosticsStatusNotificationRequest: lambda r: requests.LogStatusNotification(r.status),
    m.FirmwareStatusNotificationRequest: lambda r: requests.FirmwareStatusNotification(r.status),
    m.HeartbeatRequest: lambda request: requests.HEARTBEAT,
    m.LogStatusNotificationRequest: lambda r: requests.LogStatusNotification(
        r.status, r.request_id
    ),
    m.MeterValuesRequest: _meter_values,
    m.SecurityEventNotificationRequest: security_event,
    m.SignCertificateRequest: _sign_certificate,
    m.SignedFirmwareStatusNotificationRequest: (
        lambda r: requests.FirmwareStatusNotification(r.status, r.request_id)
    ),
    m.StartTransactionRequest: _start_transaction,
    m.StatusNotificationRequest: _status_notification,
    m.StopTransactionRequest: _stop_transaction,
}
