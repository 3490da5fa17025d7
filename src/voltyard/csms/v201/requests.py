"""Chargers' requests of OCPP 2.0.1 in neutral words."""

import json
from collections.abc import Callable
from typing import Any

from voltyard.csms import requests
from voltyard.csms.records import SampledValue
from voltyard.csms.requests import ChargerRequest
from voltyard.csms.translation import RequestTable, meter_values, report_part, security_event
from voltyard.csms.v201 import smart_charging
from voltyard.csms.v201.monitors import notify_monitoring_report
from voltyard.ocpp.payload import Payload, to_dict
from voltyard.ocpp.v201 import messages as m
from voltyard.pki.statuses import OcspQuery


def _boot_notification(request: m.BootNotificationRequest) -> ChargerRequest:
    station = request.charging_station
    return requests.BootNotification(
        station.vendor_name,
        station.model,
        station.serial_number,
        station.firmware_version,
        request.reason,
    )


def _authorize(request: m.AuthorizeRequest) -> ChargerRequest:
    return requests.Authorize(
        request.id_token.id_token,
        request.id_token.type,
        request.certificate,
        tuple(_query(one) for one in request.iso15118_certificate_hash_data or ()),
    )


def _query(data: m.OCSPRequestData) -> OcspQuery:
    return OcspQuery(
        algorithm=data.hash_algorithm,
        issuer_name=data.issuer_name_hash,
        issuer_key=data.issuer_key_hash,
        serial_number=data.serial_number,
        responder_url=data.responder_url,
    )


def _status_notification(request: m.StatusNotificationRequest) -> ChargerRequest:
    return requests.StatusNotification(
        evse_id=request.evse_id,
        connector_id=request.connector_id,
        status=request.connector_status,
        at=request.timestamp.instant,
    )


def _transaction_event(request: m.TransactionEventRequest) -> ChargerRequest:
    info, evse, token = request.transaction_info, request.evse, request.id_token
    ended = request.event_type == "Ended"
    return requests.TransactionEvent(
        kind=request.event_type,
        ocpp_id=info.transaction_id,
        seq_no=request.seq_no,
        at=request.timestamp.instant,
        trigger=request.trigger_reason,
        charging_state=info.charging_state,
        evse_id=evse.id if evse else None,
        connector_id=evse.connector_id if evse else None,
        id_tag=token.id_token if token else None,
        id_tag_type=token.type if token else None,
        remote_start_id=info.remote_start_id,
        reservation_id=request.reservation_id,
        # E06.FR.09: Local may be left out.
        stop_reason=(info.stopped_reason or "Local") if ended else None,
        readings=meter_values(request.meter_value or (), _sample),
    )


def _meter_values(request: m.MeterValuesRequest) -> ChargerRequest:
    return requests.MeterValues(
        evse_id=request.evse_id,
        connector_id=None,
        readings=meter_values(request.meter_value, _sample),
    )


def _sample(value: m.SampledValue) -> SampledValue:
    """With the defaults of SampledValueType; energy without a unit is in Wh."""
    measurand = value.measurand or "Energy.Active.Import.Register"
    unit = value.unit_of_measure
    return SampledValue(
        value=repr(value.value),
        measurand=measurand,
        context=value.context or "Sample.Periodic",
        phase=value.phase,
        location=value.location,
        unit=(unit.unit if unit else None)
        or ("Wh" if measurand.startswith("Energy.Active") else None),
        multiplier=(unit.multiplier or 0) if unit else 0,
    )


def _data_transfer(request: m.DataTransferRequest) -> ChargerRequest:
    return requests.DataTransfer(request.vendor_id, request.message_id, as_text(request.data))


def as_text(data: Any) -> str | None:
    """Any JSON in text: text as it is, the rest as JSON."""
    if data is None or isinstance(data, str):
        return data
    return json.dumps(data, separators=(",", ":"), ensure_ascii=False)


def _notify_event(request: m.NotifyEventRequest) -> ChargerRequest:
    """An event of a connector's AvailabilityState is a status notification (G01.FR.04)."""
    statuses = tuple(
        requests.StatusNotification(
            evse_id=evse.id,
            connector_id=evse.connector_id or 0,
            status=event.actual_value,
            at=event.timestamp.instant,
        )
        for event in request.event_data
        if event.component.name == "Connector"
        and event.variable.name == "AvailabilityState"
        and (evse := event.component.evse) is not None
    )
    return requests.OtherRequest("NotifyEvent", to_dict(request), statuses)


def _reservation_status_update(request: m.ReservationStatusUpdateRequest) -> ChargerRequest:
    return requests.ReservationStatusUpdate(
        request.reservation_id,
        request.reservation_update_status == "Expired",
        to_dict(request),
    )


def _other_request(action: str) -> Callable[[Payload], ChargerRequest]:
    return lambda request: requests.OtherRequest(action, to_dict(request))


REQUESTS: RequestTable = {
    m.AuthorizeRequest: _authorize,
    m.BootNotificationRequest: _boot_notification,
    m.ClearedChargingLimitRequest: smart_charging.cleared_charging_limit,
    m.DataTransferRequest: _data_transfer,
    m.FirmwareStatusNotificationRequest: lambda r: requests.FirmwareStatusNotification(
        r.status, r.request_id
    ),
    m.Get15118EVCertificateRequest: lambda r: requests.Get15118EvCertificate(
        r.action, r.exi_request, to_dict(r)
    ),
    m.GetCertificateStatusRequest: lambda r: requests.GetCertificateStatus(
        _query(r.ocsp_request_data), to_dict(r)
    ),
    m.HeartbeatRequest: lambda request: requests.HEARTBEAT,
    m.LogStatusNotificationRequest: lambda r: requests.LogStatusNotification(
        r.status, r.request_id
    ),
    m.MeterValuesRequest: _meter_values,
    m.NotifyChargingLimitRequest: smart_charging.charging_limit,
    m.NotifyCustomerInformationRequest: lambda r: report_part(
        "NotifyCustomerInformation", r, (r.data,)
    ),
    m.NotifyDisplayMessagesRequest: lambda r: report_part(
        "NotifyDisplayMessages", r, [to_dict(one) for one in r.message_info or ()]
    ),
    m.NotifyEVChargingNeedsRequest: smart_charging.charging_needs,
    m.NotifyEVChargingScheduleRequest: smart_charging.ev_schedule,
    m.NotifyEventRequest: _notify_event,
    m.NotifyMonitoringReportRequest: notify_monitoring_report,
    m.NotifyReportRequest: lambda r: report_part("NotifyReport", r, r.report_data or ()),
    m.PublishFirmwareStatusNotificationRequest: (
        lambda r: requests.PublishFirmwareStatusNotification(r.status, r.request_id, to_dict(r))
    ),
    m.ReportChargingProfilesRequest: _other_request("ReportChargingProfiles"),
    m.ReservationStatusUpdateRequest: _reservation_status_update,
    m.SecurityEventNotificationRequest: security_event,
    m.SignCertificateRequest: lambda request: requests.SignCertificate(
        request.csr, request.certificate_type, to_dict(request)
    ),
    m.StatusNotificationRequest: _status_notification,
    m.TransactionEventRequest: _transaction_event,
}
