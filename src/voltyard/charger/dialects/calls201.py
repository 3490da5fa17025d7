"""What a 2.0.1 CSMS may ask. Each handler yields its answer, and what follows happens after that
was sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeAlias

from voltyard.charger import standard
from voltyard.charger.authorization import IdToken, TokenInfo
from voltyard.charger.connector import Connector
from voltyard.charger.dialects import (
    charging201,
    model201,
    reports201,
    security201,
    upkeep201,
    variables201,
)
from voltyard.charger.dialects.dialect import Refusal
from voltyard.charger.dialects.model201 import Row
from voltyard.charger.evse import Evse
from voltyard.charger.reservation import Reservation
from voltyard.charger.smart.profiles import Flaw, Profile
from voltyard.kernel.errors import WrongState
from voltyard.ocpp.payload import Payload
from voltyard.ocpp.timestamps import instant_of
from voltyard.ocpp.v201 import messages as m

if TYPE_CHECKING:
    from voltyard.charger.charger import Charger

Handler: TypeAlias = "Callable[[Charger, Any], Iterator[Payload | Refusal]]"


def token_of(token: m.IdToken) -> IdToken:
    """An idToken."""
    return IdToken(token.id_token, token.type)


def read_info(info: m.IdTokenInfo) -> TokenInfo:
    """An idTokenInfo."""
    expires = info.cache_expiry_date_time
    group = group_of(info.group_id_token)
    evse_ids = tuple(info.evse_id or ())
    return TokenInfo(info.status, instant_of(expires), group, evse_ids)


def group_of(token: m.IdToken | None) -> str | None:
    """A groupIdToken."""
    return None if token is None else token.id_token.lower()


def _why(code: str, text: str | None = None) -> m.StatusInfo:
    """A reason of Part 2, appendix 5, and more of it in words."""
    return m.StatusInfo(reason_code=code, additional_info=text)


def _evse(charger: Charger, evse_id: int) -> Evse | None:
    return charger.evses[evse_id - 1] if 0 < evse_id <= len(charger.evses) else None


def _connector(evse: Evse | None, connector_id: int | None) -> Connector | None:
    if evse is None or connector_id is None:
        return None
    return evse.connectors[connector_id - 1] if 0 < connector_id <= len(evse.connectors) else None


# --- starting and stopping ---------------------------------------------------------------------


def _request_start(
    charger: Charger, request: m.RequestStartTransactionRequest
) -> Iterator[Payload]:
    """F01, F02. Without smart charging a profile is ignored, whatever it says (F02.FR.20)."""
    token = token_of(request.id_token)
    group = group_of(request.group_id_token)
    place = charger.orders.place_to_start(token, request.evse_id, group=group)
    if place is None:
        why = _why_no_start(charger, request.evse_id)
        yield m.RequestStartTransactionResponse(status="Rejected", status_info=why)
        return
    profile, flaw = None, None
    if request.charging_profile is not None and charging201.supported(charger):
        profile, flaw = _profile_to_start(charger, request.charging_profile, place[0])
    if flaw is not None:
        yield m.RequestStartTransactionResponse(status="Rejected", status_info=_why(flaw))
        return
    running = place[0].transaction
    yield m.RequestStartTransactionResponse(
        status="Accepted", transaction_id=None if running is None else running.id
    )
    charger.orders.start(*place, token, request.remote_start_id, group, profile)


def _why_no_start(charger: Charger, evse_id: int | None) -> m.StatusInfo:
    """Why nobody can begin at that EVSE, or at any."""
    if charger.registration.status != "Accepted":
        return _why("CSNotAccepted")
    if evse_id is None:
        return _why("Unspecified", "no place is free")
    evse = _evse(charger, evse_id)
    if evse is None:
        return _why("UnknownEvse")
    try:
        charger.sessions.check_free(evse, evse.plugged or evse.connectors[0])
    except WrongState as refusal:
        code = "Unspecified" if evse.id_token is None else "TxInProgress"
        return _why(code, refusal.message)
    return _why("Unspecified", "it is reserved for somebody else")


def _profile_to_start(
    charger: Charger, wire: m.ChargingProfile, evse: Evse
) -> tuple[Profile | None, Flaw | None]:
    """The TxProfile of a transaction that is asked for, or why it cannot have it (F01.FR.11)."""
    profile = charging201.read_profile(wire, wire.transaction_id)
    if not isinstance(profile, Profile):
        return None, profile
    return profile, charger.smart.flaw_of_start(profile, evse.id)


def _request_stop(charger: Charger, request: m.RequestStopTransactionRequest) -> Iterator[Payload]:
    """F03."""
    found = charger.orders.running(request.transaction_id)
    if found is None:
        accepted = charger.registration.status == "Accepted"
        why = _why("TxNotFound" if accepted else "CSNotAccepted")
        yield m.RequestStopTransactionResponse(status="Rejected", status_info=why)
        return
    yield m.RequestStopTransactionResponse(status="Accepted")
    charger.orders.stop(found[0])


def _unlock(charger: Charger, request: m.UnlockConnectorRequest) -> Iterator[Payload]:
    """F05: a running transaction is not stopped for it."""
    evse = _evse(charger, request.evse_id)
    connector = _connector(evse, request.connector_id)
    if evse is None or connector is None:
        yield m.UnlockConnectorResponse(status="UnknownConnector")
        return
    match charger.orders.unlocking(evse, connector):
        case "Ongoing":
            yield m.UnlockConnectorResponse(status="OngoingAuthorizedTransaction")
        case "Unlocked":
            yield m.UnlockConnectorResponse(status="Unlocked")
            charger.orders.unlock(evse, connector)
        case "NotSupported":
            yield m.UnlockConnectorResponse(status="UnlockFailed", status_info=_why("FixedCable"))
        case _:
            yield m.UnlockConnectorResponse(status="UnlockFailed")


def _transaction_status(
    charger: Charger, request: m.GetTransactionStatusRequest
) -> Iterator[Payload]:
    """E14. Without an id only the queue is spoken of."""
    wanted = request.transaction_id
    if wanted is None:
        yield m.GetTransactionStatusResponse(messages_in_queue=charger.outbox.holds())
        return
    yield m.GetTransactionStatusResponse(
        ongoing_indicator=charger.ledger.find(wanted) is not None,
        messages_in_queue=charger.outbox.holds(wanted),
    )


# --- availability and reset --------------------------------------------------------------------


def _change_availability(
    charger: Charger, request: m.ChangeAvailabilityRequest
) -> Iterator[Payload]:
    """G03, G04."""
    operative = request.operational_status == "Operative"
    evse = connector = None
    if request.evse is not None:
        evse = _evse(charger, request.evse.id)
        connector = _connector(evse, request.evse.connector_id)
        if evse is None:
            yield m.ChangeAvailabilityResponse(status="Rejected", status_info=_why("UnknownEvse"))
            return
        if connector is None and request.evse.connector_id is not None:
            yield m.ChangeAvailabilityResponse(
                status="Rejected", status_info=_why("UnknownConnectorId")
            )
            return
    yield m.ChangeAvailabilityResponse(
        status=charger.orders.availability(operative, evse, connector)
    )
    charger.orders.change_availability(operative, evse, connector)


def _reset(charger: Charger, request: m.ResetRequest) -> Iterator[Payload]:
    """B11, B12. Single EVSEs cannot be reset (EVSE.AllowReset is false)."""
    if request.evse_id is not None:
        yield m.ResetResponse(status="Rejected", status_info=_why("UnsupportedParam"))
    elif not charger.orders.resets:
        why = "FwUpdateInProgress" if charger.core.updating else "InternalError"
        yield m.ResetResponse(status="Rejected", status_info=_why(why))
    elif request.type == "OnIdle" and charger.life.busy:
        yield m.ResetResponse(status="Scheduled")
        charger.life.reset_when_idle("ImmediateReset")
    else:
        yield m.ResetResponse(status="Accepted")
        charger.orders.reset_immediately()


# --- the device model --------------------------------------------------------------------------


def _get_variables(charger: Charger, request: m.GetVariablesRequest) -> Iterator[Payload]:
    """B06; what is not said to be another attribute is Actual, and called so (FR.11)."""
    yield m.GetVariablesResponse(
        get_variable_result=[_get(charger, data) for data in request.get_variable_data]
    )


def _get(charger: Charger, data: m.GetVariableData) -> m.GetVariableResult:
    row = variables201.find(charger, data.component, data.variable)
    status: m.GetVariableStatus
    value = None
    if not isinstance(row, Row):
        status = row
    else:
        status, value = variables201.get(charger, row, data.attribute_type or "Actual")
    return m.GetVariableResult(
        attribute_status=status,
        attribute_type=data.attribute_type or "Actual",
        attribute_value=value,
        component=data.component,
        variable=data.variable,
    )


def _set_variables(charger: Charger, request: m.SetVariablesRequest) -> Iterator[Payload]:
    """B05; what is not said to be another attribute is Actual, and called so (FR.12)."""
    yield m.SetVariablesResponse(
        set_variable_result=[_set(charger, data) for data in request.set_variable_data]
    )


def _set(charger: Charger, data: m.SetVariableData) -> m.SetVariableResult:
    row = variables201.find(charger, data.component, data.variable)
    status: m.SetVariableStatus
    if not isinstance(row, Row):
        status = row
    else:
        status = variables201.put(
            charger, row, data.attribute_value, data.attribute_type or "Actual"
        )
    return m.SetVariableResult(
        attribute_status=status,
        attribute_type=data.attribute_type or "Actual",
        component=data.component,
        variable=data.variable,
    )


def _base_report(charger: Charger, request: m.GetBaseReportRequest) -> Iterator[Payload]:
    """B07."""
    if charger.reports.full:
        yield m.GetBaseReportResponse(status="Rejected", status_info=_why("Busy", _MANY))
        return
    found = reports201.base_report(charger, request.report_base)
    if not found:
        yield m.GetBaseReportResponse(status="EmptyResultSet")
        return
    yield m.GetBaseReportResponse(status="Accepted")
    charger.reports.begin(reports201.pages(charger, request.request_id, found))


def _report(charger: Charger, request: m.GetReportRequest) -> Iterator[Payload]:
    """B08."""
    if charger.reports.full:
        yield m.GetReportResponse(status="Rejected", status_info=_why("Busy", _MANY))
        return
    found = reports201.custom_report(
        charger, tuple(request.component_variable or ()), tuple(request.component_criteria or ())
    )
    if not found:
        yield m.GetReportResponse(status="EmptyResultSet")
        return
    yield m.GetReportResponse(status="Accepted")
    charger.reports.begin(reports201.pages(charger, request.request_id, found))


_MANY = "reports that were asked for before are still on their way"


# --- triggers ----------------------------------------------------------------------------------


def _trigger(charger: Charger, request: m.TriggerMessageRequest) -> Iterator[Payload]:
    """F06: the answer first, then the message."""
    evse = connector = None
    wanted = request.requested_message
    status: m.TriggerMessageStatus = "Accepted"
    if request.evse is not None:
        evse = _evse(charger, request.evse.id)
        connector = _connector(evse, request.evse.connector_id)
    about_evse = wanted in ("MeterValues", "TransactionEvent", "StatusNotification")
    if wanted not in _TRIGGERED:
        status = "NotImplemented"
    elif (about_evse and request.evse is not None and request.evse.id != 0 and evse is None) or (
        wanted == "BootNotification" and charger.registration.status == "Accepted"
    ):
        status = "Rejected"
    elif wanted == "StatusNotification" and connector is None:
        status = "Rejected"  # F06.FR.12: it needs both an EVSE and a connector
    yield m.TriggerMessageResponse(status=status)
    if status == "Accepted":
        _TRIGGERED[wanted](charger, evse, connector)


def _trigger_boot(charger: Charger, evse: Evse | None, connector: Connector | None) -> None:
    charger.registration.boot("Triggered")


def _trigger_heartbeat(charger: Charger, evse: Evse | None, connector: Connector | None) -> None:
    charger.registration.beat()


def _trigger_values(charger: Charger, evse: Evse | None, connector: Connector | None) -> None:
    charger.orders.tell_values(evse)


def _trigger_status(charger: Charger, evse: Evse | None, connector: Connector | None) -> None:
    charger.orders.tell_status(evse, connector)


def _trigger_event(charger: Charger, evse: Evse | None, connector: Connector | None) -> None:
    charger.orders.tell_transaction(evse)


def _trigger_signing(charger: Charger, evse: Evse | None, connector: Connector | None) -> None:
    charger.security.signing.ask()


_TRIGGERED: dict[str, Callable[[Charger, Evse | None, Connector | None], None]] = {
    "BootNotification": _trigger_boot,
    "FirmwareStatusNotification": lambda charger, *_: upkeep201.trigger_firmware(charger),
    "Heartbeat": _trigger_heartbeat,
    "LogStatusNotification": lambda charger, *_: upkeep201.trigger_log(charger),
    "SignChargingStationCertificate": _trigger_signing,
    "MeterValues": _trigger_values,
    "StatusNotification": _trigger_status,
    "TransactionEvent": _trigger_event,
}


# --- authorization data ------------------------------------------------------------------------


def _clear_cache(charger: Charger, request: m.ClearCacheRequest) -> Iterator[Payload]:
    """C11."""
    if not charger.authorization.caches:
        yield m.ClearCacheResponse(status="Rejected", status_info=_why("NotEnabled"))
        return
    charger.authorization.clear_cache()
    charger.core.remember()
    yield m.ClearCacheResponse(status="Accepted")


def _list_version(charger: Charger, request: m.GetLocalListVersionRequest) -> Iterator[Payload]:
    """D02: 0 where there is no list or it is not in use."""
    version = charger.authorization.list_version if charger.authorization.lists else 0
    yield m.GetLocalListVersionResponse(version_number=version)


def _send_list(charger: Charger, request: m.SendLocalListRequest) -> Iterator[Payload]:
    """D01."""
    authorization = charger.authorization
    entries = [
        (
            token_of(entry.id_token),
            None if entry.id_token_info is None else read_info(entry.id_token_info),
        )
        for entry in request.local_authorization_list or ()
    ]
    if not authorization.lists:
        yield m.SendLocalListResponse(status="Failed", status_info=_why("NotEnabled"))
        return
    full = request.update_type == "Full"
    status = authorization.take_list(request.version_number, entries, full=full)
    if status == "Accepted":
        charger.core.remember()
    yield m.SendLocalListResponse(status=status)


# --- reservations ------------------------------------------------------------------------------


def _reserve(charger: Charger, request: m.ReserveNowRequest) -> Iterator[Payload]:
    """H01."""
    if not charger.core.settings.flag(standard.RESERVATIONS):
        yield m.ReserveNowResponse(status="Rejected", status_info=_why("NotEnabled"))
        return
    if request.evse_id is not None and _evse(charger, request.evse_id) is None:
        yield m.ReserveNowResponse(status="Rejected", status_info=_why("UnknownEvse"))
        return
    wish = Reservation(
        id=request.id,
        token=token_of(request.id_token),
        group=group_of(request.group_id_token),
        expires_at=request.expiry_date_time.instant,
        evse_id=request.evse_id,
        connector_type=model201.type_named(charger, request.connector_type),
    )
    status = charger.reserving.answer(wish)
    yield m.ReserveNowResponse(status=status)
    if status == "Accepted":
        charger.reserving.take(wish)


def _cancel_reservation(charger: Charger, request: m.CancelReservationRequest) -> Iterator[Payload]:
    """H02."""
    if request.reservation_id not in charger.statuses.book.entries:
        yield m.CancelReservationResponse(status="Rejected", status_info=_why("NotFound"))
        return
    yield m.CancelReservationResponse(status="Accepted")
    charger.reserving.cancel(request.reservation_id)


def _data_transfer(charger: Charger, request: m.DataTransferRequest) -> Iterator[Payload]:
    """P01: no vendor's messages are known."""
    yield m.DataTransferResponse(status="UnknownVendorId")


HANDLERS: dict[type[Payload], Handler] = {
    m.CancelReservationRequest: _cancel_reservation,
    m.ChangeAvailabilityRequest: _change_availability,
    m.ClearCacheRequest: _clear_cache,
    m.ClearChargingProfileRequest: charging201.clear_profile,
    m.DataTransferRequest: _data_transfer,
    m.GetBaseReportRequest: _base_report,
    m.GetChargingProfilesRequest: charging201.get_profiles,
    m.GetCompositeScheduleRequest: charging201.composite_schedule,
    m.GetLocalListVersionRequest: _list_version,
    m.GetReportRequest: _report,
    m.GetTransactionStatusRequest: _transaction_status,
    m.GetVariablesRequest: _get_variables,
    m.RequestStartTransactionRequest: _request_start,
    m.RequestStopTransactionRequest: _request_stop,
    m.ReserveNowRequest: _reserve,
    m.ResetRequest: _reset,
    m.SendLocalListRequest: _send_list,
    m.SetChargingProfileRequest: charging201.set_profile,
    m.SetVariablesRequest: _set_variables,
    m.TriggerMessageRequest: _trigger,
    m.UnlockConnectorRequest: _unlock,
    **security201.HANDLERS,
    **upkeep201.HANDLERS,
}
"""What is not here meets a CALLERROR NotSupported."""
