"""Responses of OCPP 2.0.1 to chargers' requests."""

from collections.abc import Mapping

from voltyard.csms import requests
from voltyard.csms.authorization import decisions
from voltyard.csms.dialect import at
from voltyard.csms.translation import (
    ReplyTable,
    always,
    boot_notification,
    data_transfer,
    heartbeat,
    sign_certificate,
)
from voltyard.kernel.time import Instant
from voltyard.ocpp.payload import Payload
from voltyard.ocpp.v201 import messages as m

_TAG_STATUS: Mapping[decisions.TagStatus, m.AuthorizationStatus] = {
    "accepted": "Accepted",
    "blocked": "Blocked",
    "expired": "Expired",
    "unknown": "Unknown",
    "concurrent": "ConcurrentTx",
    "elsewhere": "NotAtThisLocation",
}


def _tag(tag: decisions.TagDecision) -> m.IdTokenInfo:
    return m.IdTokenInfo(
        status=_TAG_STATUS[tag.status],
        cache_expiry_date_time=at(tag.expires_at),
        group_id_token=m.IdToken(id_token=tag.parent, type="Central") if tag.parent else None,
        personal_message=(
            m.MessageContent(format="UTF8", content=tag.message) if tag.message else None
        ),
    )


def _authorize_answer(reply: requests.AuthorizeReply, now: Instant) -> Payload:
    """C07: whoever's certificate is not accepted is not, whatever is known of the eMAID."""
    refused = reply.certificate_status not in (None, "Accepted")
    return m.AuthorizeResponse(
        id_token_info=m.IdTokenInfo(status="Invalid") if refused else _tag(reply.tag),
        certificate_status=reply.certificate_status,
    )


def _ev_certificate(reply: requests.EvCertificateReply, now: Instant) -> Payload:
    if reply.exi_response is None:
        return m.Get15118EVCertificateResponse(
            status="Failed", exi_response="", status_info=_reason(reply.reason)
        )
    return m.Get15118EVCertificateResponse(status="Accepted", exi_response=reply.exi_response)


def _certificate_status(reply: requests.CertificateStatusReply, now: Instant) -> Payload:
    if reply.ocsp_result is None:
        return m.GetCertificateStatusResponse(status="Failed", status_info=_reason(reply.reason))
    return m.GetCertificateStatusResponse(status="Accepted", ocsp_result=reply.ocsp_result)


def _reason(why: str) -> m.StatusInfo:
    return m.StatusInfo(reason_code="Unspecified", additional_info=why[:512] or None)


def _event_answer(reply: requests.TransactionReply, now: Instant) -> Payload:
    return m.TransactionEventResponse(
        # A double has fifteen digits, more than an amount: JSON has the very decimal.
        total_cost=None if reply.total_cost is None else float(reply.total_cost),
        id_token_info=_tag(reply.tag) if reply.tag else None,
    )


REPLIES: ReplyTable = {
    m.AuthorizeRequest: _authorize_answer,
    m.BootNotificationRequest: boot_notification(m.BootNotificationResponse),
    m.ClearedChargingLimitRequest: always(m.ClearedChargingLimitResponse()),
    m.DataTransferRequest: data_transfer(m.DataTransferResponse),
    m.FirmwareStatusNotificationRequest: always(m.FirmwareStatusNotificationResponse()),
    m.Get15118EVCertificateRequest: _ev_certificate,
    m.GetCertificateStatusRequest: _certificate_status,
    m.HeartbeatRequest: heartbeat(m.HeartbeatResponse),
    m.LogStatusNotificationRequest: always(m.LogStatusNotificationResponse()),
    m.MeterValuesRequest: always(m.MeterValuesResponse()),
    m.NotifyChargingLimitRequest: always(m.NotifyChargingLimitResponse()),
    m.NotifyCustomerInformationRequest: always(m.NotifyCustomerInformationResponse()),
    m.NotifyDisplayMessagesRequest: always(m.NotifyDisplayMessagesResponse()),
    m.NotifyEVChargingNeedsRequest: lambda reply, now: m.NotifyEVChargingNeedsResponse(
        status="Accepted" if reply.is_accepted else "Rejected"
    ),
    m.NotifyEVChargingScheduleRequest: lambda reply, now: m.NotifyEVChargingScheduleResponse(
        status="Accepted" if reply.is_accepted else "Rejected"
    ),
    m.NotifyEventRequest: always(m.NotifyEventResponse()),
    m.NotifyMonitoringReportRequest: always(m.NotifyMonitoringReportResponse()),
    m.NotifyReportRequest: always(m.NotifyReportResponse()),
    m.PublishFirmwareStatusNotificationRequest: always(
        m.PublishFirmwareStatusNotificationResponse()
    ),
    m.ReportChargingProfilesRequest: always(m.ReportChargingProfilesResponse()),
    m.ReservationStatusUpdateRequest: always(m.ReservationStatusUpdateResponse()),
    m.SecurityEventNotificationRequest: always(m.SecurityEventNotificationResponse()),
    m.SignCertificateRequest: sign_certificate(m.SignCertificateResponse),
    m.StatusNotificationRequest: always(m.StatusNotificationResponse()),
    m.TransactionEventRequest: _event_answer,
}
