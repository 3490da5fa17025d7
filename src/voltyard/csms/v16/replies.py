"""Responses of OCPP 1.6 to chargers' requests."""

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
from voltyard.ocpp.v16 import messages as m

_TAG_STATUS: Mapping[decisions.TagStatus, m.AuthorizationStatus] = {
    "accepted": "Accepted",
    "blocked": "Blocked",
    "expired": "Expired",
    "unknown": "Invalid",
    "concurrent": "ConcurrentTx",
    "elsewhere": "Invalid",
}


LONGEST_ID_TAG = 20
"""Characters of an IdToken (section 7.28)."""

_NO_NUMBER = 0
"""A transactionId where the rules left the request unnumbered; OCPP-J 1.6 errata 3.54."""


def _tag(tag: decisions.TagDecision) -> m.IdTagInfo:
    parent = tag.parent
    if parent is not None and len(parent) > LONGEST_ID_TAG:
        parent = None  # no charger of this version can have read such a tag
    return m.IdTagInfo(
        status=_TAG_STATUS[tag.status], expiry_date=at(tag.expires_at), parent_id_tag=parent
    )


def _start_answer(reply: requests.TransactionReply, now: Instant) -> Payload:
    assert reply.tag is not None
    number = reply.number if reply.number is not None else _NO_NUMBER
    return m.StartTransactionResponse(id_tag_info=_tag(reply.tag), transaction_id=number)


def _stop_answer(reply: requests.TransactionReply, now: Instant) -> Payload:
    return m.StopTransactionResponse(id_tag_info=_tag(reply.tag) if reply.tag else None)


REPLIES: ReplyTable = {
    m.AuthorizeRequest: lambda reply, now: m.AuthorizeResponse(id_tag_info=_tag(reply.tag)),
    m.BootNotificationRequest: boot_notification(m.BootNotificationResponse),
    m.DataTransferRequest: data_transfer(m.DataTransferResponse),
    m.DiagnosticsStatusNotificationRequest: always(m.DiagnosticsStatusNotificationResponse()),
    m.FirmwareStatusNotificationRequest: always(m.FirmwareStatusNotificationResponse()),
    m.HeartbeatRequest: heartbeat(m.HeartbeatResponse),
    m.LogStatusNotificationRequest: always(m.LogStatusNotificationResponse()),
    m.MeterValuesRequest: always(m.MeterValuesResponse()),
    m.SecurityEventNotificationRequest: always(m.SecurityEventNotificationResponse()),
    m.SignCertificateRequest: sign_certificate(m.SignCertificateResponse),
    m.SignedFirmwareStatusNotificationRequest: always(m.SignedFirmwareStatusNotificationResponse()),
    m.StartTransactionRequest: _start_answer,
    m.StatusNotificationRequest: always(m.StatusNotificationResponse()),
    m.StopTransactionRequest: _stop_answer,
}
