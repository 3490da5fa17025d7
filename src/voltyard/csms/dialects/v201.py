"""OCPP 2.0.1."""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from voltyard.csms import commands as ask
from voltyard.csms import happenings as said
from voltyard.csms.commands import Command, Outcome
from voltyard.csms.dialects import (
    charging201,
    local_list201,
    promises201,
    security201,
    settings201,
)
from voltyard.csms.dialects.answers201 import answered, reason
from voltyard.csms.dialects.asking201 import REQUESTS, released, report_due
from voltyard.csms.dialects.dialect import Number, ReportDue, as_typed, at, checked, raw_call, word
from voltyard.csms.happenings import Reply, Said
from voltyard.csms.promises import Keeping, Promise
from voltyard.csms.records import Sample
from voltyard.kernel.time import Instant
from voltyard.ocpp.payload import Payload, to_dict
from voltyard.ocpp.timestamps import Timestamp
from voltyard.ocpp.v201 import messages as m
from voltyard.ocpp.versions import V201


class Dialect201:
    """Translates OCPP 2.0.1. EVSE 0 is the charging station."""

    version = V201
    longest_id_tag = 36
    most_keys = "DeviceDataCtrlr.ItemsPerMessage[GetVariables]"

    def understand(self, request: Payload) -> Said:
        """See `Dialect`."""
        return _UNDERSTOOD[type(request)](request)

    def answer(self, request: Payload, reply: Reply, now: Instant) -> Payload:
        """See `Dialect`."""
        return _ANSWERS[type(request)](reply, now)

    def request(self, command: Command, number: Number) -> Payload:
        """See `Dialect`."""
        if isinstance(command, ask.Call):
            return raw_call(V201, command)
        return checked(V201, REQUESTS[type(command)](command, number))

    def outcome(self, command: Command, request: Payload, response: Payload) -> Outcome | ReportDue:
        """See `Dialect`."""
        return _OUTCOMES[type(command)](command, request, response)

    def aim(self, connector_id: int | None, evse_id: int | None) -> tuple[int | None, int | None]:
        """See `Dialect`: a connector's number alone is that of its EVSE."""
        return (connector_id, None) if evse_id is None else (evse_id, connector_id)

    def report_due(self, request: Payload) -> int | None:
        """See `Dialect`."""
        return report_due(request)

    def promised(self, request: Payload) -> Promise | None:
        """See `Dialect`."""
        known = as_typed(V201, request)
        promise = promises201.PROMISES.get(type(known))
        return None if promise is None else promise(known)

    def mark(self, request: Payload) -> bool | None:
        """See `Dialect`."""
        marked = promises201.MARKS.get(type(request))
        return None if marked is None else marked(request)

    def new_password(self, request: Payload) -> str | None:
        """See `Dialect`."""
        return security201.new_password(as_typed(V201, request))

    def password_status(self, response: Mapping[str, Any]) -> str:
        """See `Dialect`."""
        return security201.password_status(response)

    def keeping(self, request: Payload) -> Keeping | None:
        """See `Dialect`."""
        known = as_typed(V201, request)
        keeping = promises201.KEEPINGS.get(type(known))
        return None if keeping is None else keeping(known)

    def advice(self, action: str, code: str) -> str:
        """See `Dialect`. Security is no extension here."""
        return ""

    def released(self, request: Payload, response: Payload) -> frozenset[str]:
        """See `Dialect`."""
        return released(request, response)


# --- what the charger says ---------------------------------------------------------------------


def _booted(request: m.BootNotificationRequest) -> Said:
    station = request.charging_station
    return said.Booted(
        station.vendor_name,
        station.model,
        station.serial_number,
        station.firmware_version,
        request.reason,
    )


def _status(request: m.StatusNotificationRequest) -> Said:
    return said.StatusReported(
        evse_id=request.evse_id,
        connector_id=request.connector_id,
        status=request.connector_status,
        at=request.timestamp.instant,
    )


def _told(request: m.TransactionEventRequest) -> Said:
    info, evse, token = request.transaction_info, request.evse, request.id_token
    ended = request.event_type == "Ended"
    return said.Told(
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
        # E06.FR.08: Local may be left out.
        stop_reason=(info.stopped_reason or "Local") if ended else None,
        readings=_readings(request.meter_value or ()),
    )


def _metered(request: m.MeterValuesRequest) -> Said:
    return said.Metered(
        evse_id=request.evse_id, connector_id=None, readings=_readings(request.meter_value)
    )


def _readings(values: Iterable[m.MeterValue]) -> tuple[said.Reading, ...]:
    return tuple(
        [
            said.Reading(value.timestamp.instant, tuple([_sample(v) for v in value.sampled_value]))
            for value in values
        ]
    )


def _sample(value: m.SampledValue) -> Sample:
    """With the defaults of SampledValueType; energy without a unit is in Wh."""
    measurand = value.measurand or "Energy.Active.Import.Register"
    unit = value.unit_of_measure
    return Sample(
        value=repr(value.value),
        measurand=measurand,
        context=value.context or "Sample.Periodic",
        phase=value.phase,
        location=value.location,
        unit=(unit.unit if unit else None)
        or ("Wh" if measurand.startswith("Energy.Active") else None),
        multiplier=(unit.multiplier or 0) if unit else 0,
    )


def _data_sent(request: m.DataTransferRequest) -> Said:
    return said.DataSent(request.vendor_id, request.message_id, _as_text(request.data))


def _as_text(data: Any) -> str | None:
    """Any JSON in text: text as it is, the rest as JSON."""
    if data is None or isinstance(data, str):
        return data
    return json.dumps(data, separators=(",", ":"), ensure_ascii=False)


def _security_event(request: m.SecurityEventNotificationRequest) -> Said:
    return said.SecurityEvent(request.type, request.tech_info, request.timestamp.instant)


def _report_part(request: m.NotifyReportRequest) -> Said:
    return said.ReportPart(
        request.request_id,
        tuple(
            (
                settings201.name(entry.component, entry.variable),
                attribute.mutability == "ReadOnly",
                None if attribute.mutability == "WriteOnly" else attribute.value,
            )
            for entry in request.report_data or ()
            for attribute in entry.variable_attribute
            if attribute.type in (None, "Actual")
        ),
        not request.tbc,
        to_dict(request),
    )


def _events(request: m.NotifyEventRequest) -> Said:
    """An event of a connector's AvailabilityState is a status notification (G01.FR.04)."""
    statuses = tuple(
        said.StatusReported(
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
    return said.Mentioned("NotifyEvent", to_dict(request), statuses)


def _reservation_ended(request: m.ReservationStatusUpdateRequest) -> Said:
    return said.ReservationEnded(
        request.reservation_id,
        request.reservation_update_status == "Expired",
        to_dict(request),
    )


def _mentioning(action: str) -> Callable[[Payload], Said]:
    return lambda request: said.Mentioned(action, to_dict(request))


_UNDERSTOOD: Mapping[type[Payload], Callable[[Any], Said]] = {
    m.AuthorizeRequest: lambda r: said.Asked(r.id_token.id_token, r.id_token.type),
    m.BootNotificationRequest: _booted,
    m.ClearedChargingLimitRequest: _mentioning("ClearedChargingLimit"),
    m.DataTransferRequest: _data_sent,
    m.FirmwareStatusNotificationRequest: lambda r: said.FirmwareProgress(r.status, r.request_id),
    m.Get15118EVCertificateRequest: _mentioning("Get15118EVCertificate"),
    m.GetCertificateStatusRequest: _mentioning("GetCertificateStatus"),
    m.HeartbeatRequest: lambda request: said.BEAT,
    m.LogStatusNotificationRequest: lambda r: said.DiagnosticsProgress(r.status, r.request_id),
    m.MeterValuesRequest: _metered,
    m.NotifyChargingLimitRequest: _mentioning("NotifyChargingLimit"),
    m.NotifyCustomerInformationRequest: _mentioning("NotifyCustomerInformation"),
    m.NotifyDisplayMessagesRequest: _mentioning("NotifyDisplayMessages"),
    m.NotifyEVChargingNeedsRequest: _mentioning("NotifyEVChargingNeeds"),
    m.NotifyEVChargingScheduleRequest: _mentioning("NotifyEVChargingSchedule"),
    m.NotifyEventRequest: _events,
    m.NotifyMonitoringReportRequest: _mentioning("NotifyMonitoringReport"),
    m.NotifyReportRequest: _report_part,
    m.PublishFirmwareStatusNotificationRequest: _mentioning("PublishFirmwareStatusNotification"),
    m.ReportChargingProfilesRequest: _mentioning("ReportChargingProfiles"),
    m.ReservationStatusUpdateRequest: _reservation_ended,
    m.SecurityEventNotificationRequest: _security_event,
    m.SignCertificateRequest: lambda request: said.CertificateAsked(
        request.csr, request.certificate_type, to_dict(request)
    ),
    m.StatusNotificationRequest: _status,
    m.TransactionEventRequest: _told,
}


# --- what it is answered -----------------------------------------------------------------------

_TAG_STATUS: Mapping[said.TagStatus, m.AuthorizationStatus] = {
    "accepted": "Accepted",
    "blocked": "Blocked",
    "expired": "Expired",
    "unknown": "Unknown",
    "concurrent": "ConcurrentTx",
    "elsewhere": "NotAtThisLocation",
}

_REGISTRATION: Mapping[str, m.RegistrationStatus] = {
    "accepted": "Accepted",
    "pending": "Pending",
    "rejected": "Rejected",
}


def _tag(tag: said.Tag) -> m.IdTokenInfo:
    return m.IdTokenInfo(
        status=_TAG_STATUS[tag.status],
        cache_expiry_date_time=at(tag.expires_at),
        group_id_token=m.IdToken(id_token=tag.parent, type="Central") if tag.parent else None,
    )


def _boot_answer(reply: said.BootReply, now: Instant) -> Payload:
    return m.BootNotificationResponse(
        status=_REGISTRATION[reply.status],
        current_time=Timestamp.seconds(now),
        interval=reply.interval_s,
    )


def _event_answer(reply: said.TransactionReply, now: Instant) -> Payload:
    return m.TransactionEventResponse(id_token_info=_tag(reply.tag) if reply.tag else None)


def _data_answer(reply: said.DataReply, now: Instant) -> Payload:
    return m.DataTransferResponse(status=reply.status, data=reply.data)  # type: ignore[arg-type]


def _saying(response: Payload) -> Callable[[Any, Instant], Payload]:
    """One response, whatever the reply."""
    return lambda reply, now: response


_ANSWERS: Mapping[type[Payload], Callable[[Any, Instant], Payload]] = {
    m.AuthorizeRequest: lambda reply, now: m.AuthorizeResponse(id_token_info=_tag(reply.tag)),
    m.BootNotificationRequest: _boot_answer,
    m.ClearedChargingLimitRequest: _saying(m.ClearedChargingLimitResponse()),
    m.DataTransferRequest: _data_answer,
    m.FirmwareStatusNotificationRequest: _saying(m.FirmwareStatusNotificationResponse()),
    # The backend is no certificate authority and has no contract certificates to give out.
    m.Get15118EVCertificateRequest: _saying(
        m.Get15118EVCertificateResponse(status="Failed", exi_response="")
    ),
    m.GetCertificateStatusRequest: _saying(m.GetCertificateStatusResponse(status="Failed")),
    m.HeartbeatRequest: (
        lambda reply, now: m.HeartbeatResponse(current_time=Timestamp.seconds(now))
    ),
    m.LogStatusNotificationRequest: _saying(m.LogStatusNotificationResponse()),
    m.MeterValuesRequest: _saying(m.MeterValuesResponse()),
    m.NotifyChargingLimitRequest: _saying(m.NotifyChargingLimitResponse()),
    m.NotifyCustomerInformationRequest: _saying(m.NotifyCustomerInformationResponse()),
    m.NotifyDisplayMessagesRequest: _saying(m.NotifyDisplayMessagesResponse()),
    # No schedule will follow: the service is not offered.
    m.NotifyEVChargingNeedsRequest: _saying(m.NotifyEVChargingNeedsResponse(status="Rejected")),
    m.NotifyEVChargingScheduleRequest: _saying(
        m.NotifyEVChargingScheduleResponse(status="Accepted")
    ),
    m.NotifyEventRequest: _saying(m.NotifyEventResponse()),
    m.NotifyMonitoringReportRequest: _saying(m.NotifyMonitoringReportResponse()),
    m.NotifyReportRequest: _saying(m.NotifyReportResponse()),
    m.PublishFirmwareStatusNotificationRequest: _saying(
        m.PublishFirmwareStatusNotificationResponse()
    ),
    m.ReportChargingProfilesRequest: _saying(m.ReportChargingProfilesResponse()),
    m.ReservationStatusUpdateRequest: _saying(m.ReservationStatusUpdateResponse()),
    m.SecurityEventNotificationRequest: _saying(m.SecurityEventNotificationResponse()),
    m.SignCertificateRequest: lambda reply, now: m.SignCertificateResponse(
        status="Accepted" if reply.is_accepted else "Rejected"
    ),
    m.StatusNotificationRequest: _saying(m.StatusNotificationResponse()),
    m.TransactionEventRequest: _event_answer,
}


# --- what it answers ---------------------------------------------------------------------------


def _configuration(
    command: ask.GetConfiguration, request: Payload, response: Payload
) -> Outcome | ReportDue:
    if isinstance(request, m.GetBaseReportRequest):
        assert isinstance(response, m.GetBaseReportResponse)
        if response.status == "Accepted":
            return ReportDue(request.request_id)
        # An empty result is a full answer; the rest is a refusal.
        status = "accepted" if response.status == "EmptyResultSet" else word(response.status)
        return ask.ConfigurationRead(configuration_key=(), status=status)
    assert isinstance(response, m.GetVariablesResponse)
    known, unknown = [], []
    for key, result in _matched(command.keys, response.get_variable_result):
        if result is None or result.attribute_status.startswith("Unknown"):
            unknown.append(key)
        else:
            # Rejected is the word for a write-only variable (B06.FR.09).
            value = result.attribute_value if result.attribute_status == "Accepted" else None
            known.append(ask.ConfigurationKey(key=key, readonly=None, value=value))
    return ask.ConfigurationRead(configuration_key=tuple(known), unknown_key=tuple(unknown))


def _matched(
    keys: Iterable[str], results: Iterable[m.GetVariableResult]
) -> Iterable[tuple[str, m.GetVariableResult | None]]:
    """Each key with the result for its place: stations may answer in another order."""
    by_name = {settings201.name(r.component, r.variable): r for r in results}
    return ((key, by_name.get(settings201.name(*settings201.address(key)))) for key in keys)


def _data_answered(command: Command, request: Payload, response: m.DataTransferResponse) -> Outcome:
    return ask.DataAnswered(status=response.status, data=_as_text(response.data))


def _start_answered(
    command: Command, request: Payload, response: m.RequestStartTransactionResponse
) -> Outcome:
    return ask.RemoteStartAnswered(status=word(response.status), reason=reason(response))


_OUTCOMES: Mapping[type[Any], Callable[[Any, Any, Any], Outcome | ReportDue]] = {
    ask.Reset: answered,
    ask.Unlock: answered,
    ask.ClearCache: answered,
    ask.Trigger: answered,
    ask.ChangeAvailability: answered,
    ask.GetConfiguration: _configuration,
    ask.ChangeConfiguration: security201.variable_set,
    ask.UpdateFirmware: answered,
    ask.GetDiagnostics: security201.log_announced,
    ask.TransferData: _data_answered,
    ask.RemoteStart: _start_answered,
    ask.RemoteStop: answered,
    **charging201.OUTCOMES,
    **security201.OUTCOMES,
    **local_list201.OUTCOMES,
}

DIALECT_201 = Dialect201()
