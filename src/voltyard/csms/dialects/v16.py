"""OCPP 1.6, security extension included."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from voltyard.csms import commands as ask
from voltyard.csms import happenings as said
from voltyard.csms.commands import Command, Outcome
from voltyard.csms.dialects import charging16, local_list16, promises16, security16
from voltyard.csms.dialects.dialect import (
    Number,
    ReportDue,
    as_typed,
    at,
    checked,
    raw_call,
    typed,
    word,
)
from voltyard.csms.happenings import Reply, Said
from voltyard.csms.promises import Keeping, Promise
from voltyard.csms.records import Sample
from voltyard.kernel.errors import Invalid
from voltyard.kernel.time import Instant
from voltyard.ocpp.payload import Payload, Untyped, to_dict
from voltyard.ocpp.timestamps import Timestamp
from voltyard.ocpp.v16 import messages as m
from voltyard.ocpp.versions import V16

_NO_NUMBER = 0
"""A transactionId where the rules left the request unnumbered; OCPP-J 1.6 errata 3.54."""


class Dialect16:
    """Translates OCPP 1.6. Connector n is EVSE n, connector n; connector 0 is the charger."""

    version = V16
    longest_id_tag = 20
    most_keys = "GetConfigurationMaxKeys"

    def understand(self, request: Payload) -> Said:
        """See `Dialect`."""
        return _UNDERSTOOD[type(request)](request)

    def answer(self, request: Payload, reply: Reply, now: Instant) -> Payload:
        """See `Dialect`."""
        return _ANSWERS[type(request)](reply, now)

    def request(self, command: Command, number: Number) -> Payload:
        """See `Dialect`."""
        if isinstance(command, ask.Call):
            return raw_call(V16, command)
        return checked(V16, _REQUESTS[type(command)](command, number))

    def outcome(self, command: Command, request: Payload, response: Payload) -> Outcome | ReportDue:
        """See `Dialect`."""
        return _OUTCOMES[type(command)](command, request, response)

    def aim(self, connector_id: int | None, evse_id: int | None) -> tuple[int | None, int | None]:
        """See `Dialect`."""
        return connector_id, connector_id

    def report_due(self, request: Payload) -> int | None:
        """See `Dialect`. OCPP 1.6 has no reports."""
        return None

    def promised(self, request: Payload) -> Promise | None:
        """See `Dialect`."""
        known = as_typed(V16, request)
        promise = promises16.PROMISES.get(type(known))
        return None if promise is None else promise(known)

    def mark(self, request: Payload) -> bool | None:
        """See `Dialect`."""
        marked = promises16.MARKS.get(type(request))
        return None if marked is None else marked(request)

    def new_password(self, request: Payload) -> str | None:
        """See `Dialect`."""
        return security16.new_password(as_typed(V16, request))

    def password_status(self, response: Mapping[str, Any]) -> str:
        """See `Dialect`."""
        return security16.password_status(response)

    def keeping(self, request: Payload) -> Keeping | None:
        """See `Dialect`."""
        known = as_typed(V16, request)
        keeping = promises16.KEEPINGS.get(type(known))
        return None if keeping is None else keeping(known)

    def advice(self, action: str, code: str) -> str:
        """See `Dialect`."""
        lacks = code in ("NotImplemented", "NotSupported") and action in security16.EXTENSION
        return security16.LACKING if lacks else ""

    def released(self, request: Payload, response: Payload) -> frozenset[str]:
        """See `Dialect`: section 4.2, a pending charger sends what TriggerMessage asks for."""
        message = _requested_message(request)
        if message is None or getattr(response, "status", None) != "Accepted":
            return frozenset()
        return frozenset(promises16.TRIGGERED.get(message, (message,)))


# --- what the charger says ---------------------------------------------------------------------


def _booted(request: m.BootNotificationRequest) -> Said:
    serial = request.charge_point_serial_number or request.charge_box_serial_number
    return said.Booted(
        request.charge_point_vendor,
        request.charge_point_model,
        serial,
        request.firmware_version,
    )


def _status(request: m.StatusNotificationRequest) -> Said:
    return said.StatusReported(
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


def _opened(request: m.StartTransactionRequest) -> Said:
    return said.Opened(
        connector_id=request.connector_id,
        id_tag=request.id_tag,
        meter_start_wh=request.meter_start,
        at=request.timestamp.instant,
        reservation_id=request.reservation_id,
    )


def _closed(request: m.StopTransactionRequest) -> Said:
    return said.Closed(
        number=request.transaction_id,
        meter_stop_wh=request.meter_stop,
        at=request.timestamp.instant,
        id_tag=request.id_tag,
        reason=request.reason or "Local",  # section 7.36: absent means Local
        readings=_readings(request.transaction_data or ()),
    )


def _metered(request: m.MeterValuesRequest) -> Said:
    return said.Metered(
        evse_id=request.connector_id,
        connector_id=request.connector_id,
        transaction_number=request.transaction_id,
        readings=_readings(request.meter_value),
    )


def _readings(values: Iterable[m.MeterValue]) -> tuple[said.Reading, ...]:
    return tuple(
        [
            said.Reading(value.timestamp.instant, tuple([_sample(v) for v in value.sampled_value]))
            for value in values
        ]
    )


def _sample(value: m.SampledValue) -> Sample:
    """With the defaults of section 7.43; energy without a unit is in Wh."""
    measurand = value.measurand or "Energy.Active.Import.Register"
    return Sample(
        value=value.value,
        measurand=measurand,
        context=value.context or "Sample.Periodic",
        phase=value.phase,
        location=value.location,
        unit=value.unit or ("Wh" if measurand.startswith("Energy.Active") else None),
        signed=value.format == "SignedData",
    )


def _data_sent(request: m.DataTransferRequest) -> Said:
    return said.DataSent(request.vendor_id, request.message_id, request.data)


def _security_event(request: m.SecurityEventNotificationRequest) -> Said:
    return said.SecurityEvent(request.type, request.tech_info, request.timestamp.instant)


def _signing(request: m.SignCertificateRequest) -> Said:
    return said.CertificateAsked(request.csr, None, to_dict(request))


_UNDERSTOOD: Mapping[type[Payload], Callable[[Any], Said]] = {
    m.AuthorizeRequest: lambda request: said.Asked(request.id_tag),
    m.BootNotificationRequest: _booted,
    m.DataTransferRequest: _data_sent,
    m.DiagnosticsStatusNotificationRequest: lambda r: said.DiagnosticsProgress(r.status),
    m.FirmwareStatusNotificationRequest: lambda r: said.FirmwareProgress(r.status),
    m.HeartbeatRequest: lambda request: said.BEAT,
    m.LogStatusNotificationRequest: lambda r: said.DiagnosticsProgress(r.status, r.request_id),
    m.MeterValuesRequest: _metered,
    m.SecurityEventNotificationRequest: _security_event,
    m.SignCertificateRequest: _signing,
    m.SignedFirmwareStatusNotificationRequest: (
        lambda r: said.FirmwareProgress(r.status, r.request_id)
    ),
    m.StartTransactionRequest: _opened,
    m.StatusNotificationRequest: _status,
    m.StopTransactionRequest: _closed,
}


# --- what it is answered -----------------------------------------------------------------------

_TAG_STATUS: Mapping[said.TagStatus, m.AuthorizationStatus] = {
    "accepted": "Accepted",
    "blocked": "Blocked",
    "expired": "Expired",
    "unknown": "Invalid",
    "concurrent": "ConcurrentTx",
    "elsewhere": "Invalid",
}

_REGISTRATION: Mapping[str, m.RegistrationStatus] = {
    "accepted": "Accepted",
    "pending": "Pending",
    "rejected": "Rejected",
}


def _tag(tag: said.Tag) -> m.IdTagInfo:
    parent = tag.parent
    if parent is not None and len(parent) > Dialect16.longest_id_tag:
        parent = None  # no charger of this version can have read such a tag
    return m.IdTagInfo(
        status=_TAG_STATUS[tag.status], expiry_date=at(tag.expires_at), parent_id_tag=parent
    )


def _boot_answer(reply: said.BootReply, now: Instant) -> Payload:
    return m.BootNotificationResponse(
        status=_REGISTRATION[reply.status],
        current_time=Timestamp.seconds(now),
        interval=reply.interval_s,
    )


def _start_answer(reply: said.TransactionReply, now: Instant) -> Payload:
    assert reply.tag is not None
    number = reply.number if reply.number is not None else _NO_NUMBER
    return m.StartTransactionResponse(id_tag_info=_tag(reply.tag), transaction_id=number)


def _stop_answer(reply: said.TransactionReply, now: Instant) -> Payload:
    return m.StopTransactionResponse(id_tag_info=_tag(reply.tag) if reply.tag else None)


def _data_answer(reply: said.DataReply, now: Instant) -> Payload:
    return m.DataTransferResponse(status=reply.status, data=reply.data)  # type: ignore[arg-type]


def _saying(response: Payload) -> Callable[[Any, Instant], Payload]:
    """One response, whatever the reply."""
    return lambda reply, now: response


_ANSWERS: Mapping[type[Payload], Callable[[Any, Instant], Payload]] = {
    m.AuthorizeRequest: lambda reply, now: m.AuthorizeResponse(id_tag_info=_tag(reply.tag)),
    m.BootNotificationRequest: _boot_answer,
    m.DataTransferRequest: _data_answer,
    m.DiagnosticsStatusNotificationRequest: _saying(m.DiagnosticsStatusNotificationResponse()),
    m.FirmwareStatusNotificationRequest: _saying(m.FirmwareStatusNotificationResponse()),
    m.HeartbeatRequest: (
        lambda reply, now: m.HeartbeatResponse(current_time=Timestamp.seconds(now))
    ),
    m.LogStatusNotificationRequest: _saying(m.LogStatusNotificationResponse()),
    m.MeterValuesRequest: _saying(m.MeterValuesResponse()),
    m.SecurityEventNotificationRequest: _saying(m.SecurityEventNotificationResponse()),
    m.SignCertificateRequest: lambda reply, now: m.SignCertificateResponse(
        status="Accepted" if reply.is_accepted else "Rejected"
    ),
    m.SignedFirmwareStatusNotificationRequest: _saying(
        m.SignedFirmwareStatusNotificationResponse()
    ),
    m.StartTransactionRequest: _start_answer,
    m.StatusNotificationRequest: _saying(m.StatusNotificationResponse()),
    m.StopTransactionRequest: _stop_answer,
}


# --- what is asked of it -----------------------------------------------------------------------


_EXTENDED_ALONE = frozenset({"LogStatusNotification", "SignChargePointCertificate"})
"""What ExtendedTriggerMessage alone can ask for (white paper, section 5.5)."""


def _trigger(command: ask.Trigger, number: Number) -> Payload:
    message = command.requested_message
    if message == "SignChargingStationCertificate":  # as 2.x calls it
        message = "SignChargePointCertificate"
    extended = command.extended or message in _EXTENDED_ALONE
    kind = m.ExtendedTriggerMessageRequest if extended else m.TriggerMessageRequest
    return kind(requested_message=message, connector_id=command.connector_id)  # type: ignore[arg-type]


def _update_firmware(command: ask.UpdateFirmware, number: Number) -> Payload:
    return m.UpdateFirmwareRequest(
        location=command.location,
        retrieve_date=Timestamp.seconds(command.retrieve_at),
        retries=command.retries,
        retry_interval=command.retry_interval_s,
    )


def _get_diagnostics(command: ask.GetDiagnostics, number: Number) -> Payload:
    return m.GetDiagnosticsRequest(
        location=command.location,
        retries=command.retries,
        retry_interval=command.retry_interval_s,
        start_time=at(command.start_at),
        stop_time=at(command.stop_at),
    )


def _transfer_data(command: ask.TransferData, number: Number) -> Payload:
    return m.DataTransferRequest(
        vendor_id=command.vendor_id, message_id=command.message_id, data=command.data
    )


def _remote_start(command: ask.RemoteStart, number: Number) -> Payload:
    profile = None
    if command.charging_profile is not None:
        profile = typed(m.ChargingProfile, command.charging_profile, "chargingProfile")
    return m.RemoteStartTransactionRequest(
        connector_id=command.connector_id, id_tag=command.id_tag, charging_profile=profile
    )


def _remote_stop(command: ask.RemoteStop, number: Number) -> Payload:
    try:
        transaction_id = int(command.transaction_id)
    except ValueError:
        raise Invalid(
            f"{command.transaction_id[:50]!r} is no transaction id of OCPP 1.6",
            hint="it is an integer there",
        ) from None
    return m.RemoteStopTransactionRequest(transaction_id=transaction_id)


_REQUESTS: Mapping[type[Any], Callable[[Any, Number], Payload]] = {
    ask.Reset: lambda c, number: m.ResetRequest(type=c.type),
    ask.Unlock: lambda c, number: m.UnlockConnectorRequest(connector_id=c.connector_id),
    ask.ClearCache: lambda c, number: m.ClearCacheRequest(),
    ask.Trigger: _trigger,
    ask.ChangeAvailability: (
        lambda c, number: m.ChangeAvailabilityRequest(connector_id=c.connector_id, type=c.type)
    ),
    ask.GetConfiguration: lambda c, number: m.GetConfigurationRequest(key=c.keys or None),
    ask.ChangeConfiguration: lambda c, number: m.ChangeConfigurationRequest(
        key=c.key, value=c.value
    ),
    ask.UpdateFirmware: _update_firmware,
    ask.GetDiagnostics: _get_diagnostics,
    ask.TransferData: _transfer_data,
    ask.RemoteStart: _remote_start,
    ask.RemoteStop: _remote_stop,
    **charging16.REQUESTS,
    **security16.REQUESTS,
    **local_list16.REQUESTS,
}


def _requested_message(request: Payload) -> str | None:
    if isinstance(request, m.TriggerMessageRequest | m.ExtendedTriggerMessageRequest):
        return request.requested_message
    if isinstance(request, Untyped) and request.action in (
        "TriggerMessage",
        "ExtendedTriggerMessage",
    ):
        message = request.content.get("requestedMessage")
        return message if isinstance(message, str) else None
    return None


# --- what it answers ---------------------------------------------------------------------------


def _answered(command: Command, request: Payload, response: Any) -> Outcome:
    return ask.Answered(status=word(response.status))


def _configuration(
    command: Command, request: Payload, response: m.GetConfigurationResponse
) -> Outcome:
    return ask.ConfigurationRead(
        configuration_key=tuple(
            ask.ConfigurationKey(key=entry.key, readonly=entry.readonly, value=entry.value)
            for entry in response.configuration_key or ()
        ),
        unknown_key=tuple(response.unknown_key or ()),
    )


_OUTCOMES: Mapping[type[Any], Callable[[Any, Any, Any], Outcome]] = {
    ask.Reset: _answered,
    ask.Unlock: _answered,
    ask.ClearCache: _answered,
    ask.Trigger: _answered,
    ask.ChangeAvailability: _answered,
    ask.GetConfiguration: _configuration,
    ask.ChangeConfiguration: lambda c, request, r: ask.Answered(status=r.status),
    # The answers to these two say nothing, or a file name, and never no.
    ask.UpdateFirmware: lambda c, request, r: ask.Answered(status="accepted"),
    ask.GetDiagnostics: (
        lambda c, request, r: ask.FileAnnounced(status="accepted", file_name=r.file_name)
    ),
    ask.TransferData: lambda c, request, r: ask.DataAnswered(status=r.status, data=r.data),
    ask.RemoteStart: lambda c, request, r: ask.RemoteStartAnswered(status=word(r.status)),
    ask.RemoteStop: _answered,
    **charging16.OUTCOMES,
    **security16.OUTCOMES,
    **local_list16.OUTCOMES,
}

DIALECT_16 = Dialect16()
