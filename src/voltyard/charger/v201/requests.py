"""Handlers of the requests a 2.0.1 CSMS sends. Each yields its response first, then acts on it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from voltyard.charger.authorization.id_token import IdToken, TokenInfo
from voltyard.charger.authorization.local_authorization import LocalAuthorization
from voltyard.charger.commands.remote_control import RemoteControl
from voltyard.charger.connection.evse_resets import EvseResets
from voltyard.charger.connection.power_and_reset import PowerAndReset
from voltyard.charger.connection.registration import Registration
from voltyard.charger.context import ChargerContext
from voltyard.charger.evse.evse import Evse
from voltyard.charger.evse.sessions import Sessions
from voltyard.charger.evse.statuses import Statuses
from voltyard.charger.reservation.reservation import Reservation
from voltyard.charger.reservation.reservation_controller import ReservationController
from voltyard.charger.smart_charging.profiles import ChargingProfile, ProfileFlaw
from voltyard.charger.smart_charging.smart_charging import SmartCharging
from voltyard.charger.transactions.lifecycle import TransactionLifecycle
from voltyard.charger.transactions.outbox import TransactionOutbox
from voltyard.charger.v201 import (
    customers,
    device_model,
    display,
    firmware,
    publication,
    reports,
    security,
    smart_charging,
    tariff_cost,
)
from voltyard.charger.v201.device_model import DeviceModel201
from voltyard.charger.v201.echoed_names import echoed
from voltyard.charger.v201.model_rows.variable_row import VariableRow
from voltyard.charger.v201.monitoring import requests as monitoring_requests
from voltyard.charger.v201.places import connector_of, evse_of
from voltyard.charger.v201.status_info import reason
from voltyard.charger.v201.triggers import Triggers201
from voltyard.charger.v201.variables import Variables201
from voltyard.charger.variables.reports import DeviceModelReports
from voltyard.charger.variables.settings import ChargerSettings
from voltyard.charger.variables.standard.authorization import RESERVATIONS
from voltyard.charger.versions.dialect import Refusal
from voltyard.charger.versions.handler_groups import RequestHandler
from voltyard.kernel.errors import WrongState
from voltyard.ocpp.payload import Payload
from voltyard.ocpp.timestamps import instant_of
from voltyard.ocpp.v201 import messages as m

_MANY = "reports that were asked for before are still on their way"


def token_of(token: m.IdToken) -> IdToken:
    """An idToken."""
    return IdToken(token.id_token, token.type)


def read_info(info: m.IdTokenInfo) -> TokenInfo:
    """An idTokenInfo."""
    expires = info.cache_expiry_date_time
    group = group_of(info.group_id_token)
    evse_ids = tuple(info.evse_id or ())
    message = tariff_cost.read_message(info.personal_message)
    return TokenInfo(info.status, instant_of(expires), group, evse_ids, message)


def group_of(token: m.IdToken | None) -> str | None:
    """A groupIdToken."""
    return None if token is None else token.id_token.lower()


# --- starting and stopping ---------------------------------------------------------------------


@dataclass(slots=True)
class Transactions201:
    """Remote start and stop, unlocking, and the status of transactions."""

    context: ChargerContext
    evses: tuple[Evse, ...]
    registration: Registration
    outbox: TransactionOutbox
    transactions: TransactionLifecycle
    sessions: Sessions
    smart: SmartCharging
    remote_control: RemoteControl

    def request_start(self, request: m.RequestStartTransactionRequest) -> Iterator[Payload]:
        """F01, F02. Without smart charging a profile is ignored, whatever it says (F02.FR.20)."""
        token = token_of(request.id_token)
        group = group_of(request.group_id_token)
        place = self.remote_control.place_to_start(token, request.evse_id, group=group)
        if place is None:
            why = self._why_no_start(request.evse_id)
            yield m.RequestStartTransactionResponse(status="Rejected", status_info=why)
            return
        profile, flaw = None, None
        if request.charging_profile is not None and smart_charging.supported(self.context.settings):
            profile, flaw = self._profile_to_start(request.charging_profile, place[0])
        if flaw is not None:
            yield m.RequestStartTransactionResponse(status="Rejected", status_info=reason(flaw))
            return
        running = place[0].transaction
        yield m.RequestStartTransactionResponse(
            status="Accepted", transaction_id=None if running is None else running.id
        )
        self.remote_control.start(*place, token, request.remote_start_id, group, profile)

    def _why_no_start(self, evse_id: int | None) -> m.StatusInfo:
        """The reason why no transaction can begin at that EVSE, or at any."""
        if self.registration.status != "Accepted":
            return reason("CSNotAccepted")
        if evse_id is None:
            return reason("Unspecified", "no place is free")
        evse = evse_of(self.evses, evse_id)
        if evse is None:
            return reason("UnknownEvse")
        try:
            self.sessions.check_free(evse, evse.plug.place)
        except WrongState as refusal:
            code = "Unspecified" if evse.authorization.id_token is None else "TxInProgress"
            return reason(code, refusal.message)
        return reason("Unspecified", "it is reserved for somebody else")

    def _profile_to_start(
        self, wire: m.ChargingProfile, evse: Evse
    ) -> tuple[ChargingProfile | None, ProfileFlaw | None]:
        """The TxProfile of a transaction that is asked for, or why it cannot have it
        (F01.FR.11)."""
        profile = smart_charging.read_profile(wire, wire.transaction_id)
        if not isinstance(profile, ChargingProfile):
            return None, profile
        return profile, self.smart.flaw_of_start(profile, evse.id)

    def request_stop(self, request: m.RequestStopTransactionRequest) -> Iterator[Payload]:
        """F03."""
        found = self.remote_control.running(request.transaction_id)
        if found is None:
            accepted = self.registration.status == "Accepted"
            why = reason("TxNotFound" if accepted else "CSNotAccepted")
            yield m.RequestStopTransactionResponse(status="Rejected", status_info=why)
            return
        yield m.RequestStopTransactionResponse(status="Accepted")
        self.remote_control.stop(found[0])

    def unlock(self, request: m.UnlockConnectorRequest) -> Iterator[Payload]:
        """F05: a running transaction is not stopped for it."""
        evse = evse_of(self.evses, request.evse_id)
        connector = connector_of(evse, request.connector_id)
        if evse is None or connector is None:
            yield m.UnlockConnectorResponse(status="UnknownConnector")
            return
        match self.remote_control.unlock_outcome(evse, connector):
            case "Ongoing":
                yield m.UnlockConnectorResponse(status="OngoingAuthorizedTransaction")
            case "Unlocked":
                yield m.UnlockConnectorResponse(status="Unlocked")
                self.remote_control.unlock(evse, connector)
            case "NotSupported":
                yield m.UnlockConnectorResponse(
                    status="UnlockFailed", status_info=reason("FixedCable")
                )
            case _:
                yield m.UnlockConnectorResponse(status="UnlockFailed")

    def transaction_status(self, request: m.GetTransactionStatusRequest) -> Iterator[Payload]:
        """E14. Without an id only the queue is spoken of."""
        wanted = request.transaction_id
        if wanted is None:
            yield m.GetTransactionStatusResponse(messages_in_queue=self.outbox.holds())
            return
        yield m.GetTransactionStatusResponse(
            ongoing_indicator=self.transactions.find(wanted) is not None,
            messages_in_queue=self.outbox.holds(wanted),
        )


# --- availability and reset --------------------------------------------------------------------


@dataclass(slots=True)
class Availability201:
    """Availability and reset."""

    context: ChargerContext
    evses: tuple[Evse, ...]
    power: PowerAndReset
    evse_resets: EvseResets
    remote_control: RemoteControl

    def change_availability(self, request: m.ChangeAvailabilityRequest) -> Iterator[Payload]:
        """G03, G04."""
        operative = request.operational_status == "Operative"
        evse = connector = None
        if request.evse is not None:
            evse = evse_of(self.evses, request.evse.id)
            connector = connector_of(evse, request.evse.connector_id)
            if evse is None:
                yield m.ChangeAvailabilityResponse(
                    status="Rejected", status_info=reason("UnknownEvse")
                )
                return
            if connector is None and request.evse.connector_id is not None:
                yield m.ChangeAvailabilityResponse(
                    status="Rejected", status_info=reason("UnknownConnectorId")
                )
                return
        yield m.ChangeAvailabilityResponse(
            status=self.remote_control.availability(operative, evse, connector)
        )
        self.remote_control.change_availability(operative, evse, connector)

    def reset(self, request: m.ResetRequest) -> Iterator[Payload]:
        """B11, B12."""
        if request.evse_id is not None:
            yield from self._reset_evse(request.evse_id, on_idle=request.type == "OnIdle")
        elif not self.remote_control.can_reset:
            yield self._no_reset()
        elif request.type == "OnIdle" and self.power.busy:
            yield m.ResetResponse(status="Scheduled")
            self.power.reset_when_idle("ImmediateReset")
        else:
            yield m.ResetResponse(status="Accepted")
            self.remote_control.reset_immediately()

    def _reset_evse(self, evse_id: int, *, on_idle: bool) -> Iterator[Payload]:
        """Reset one EVSE, where the station can (B11.FR.09, B12.FR.09)."""
        evse = evse_of(self.evses, evse_id)
        if not self.context.spec.resets_evses:
            yield m.ResetResponse(status="Rejected", status_info=reason("UnsupportedParam"))
        elif evse is None:
            yield m.ResetResponse(status="Rejected", status_info=reason("UnknownEvse"))
        elif not self.remote_control.can_reset_evse(evse):
            yield self._no_reset()
        elif on_idle and evse.transaction is not None:
            yield m.ResetResponse(status="Scheduled")
            self.evse_resets.reset_when_idle(evse)
        else:
            yield m.ResetResponse(status="Accepted")
            self.evse_resets.reset(evse)

    def _no_reset(self) -> m.ResetResponse:
        """The refusal of a reset that cannot be done now (B11.FR.06)."""
        why = "FwUpdateInProgress" if self.context.updating else "InternalError"
        return m.ResetResponse(status="Rejected", status_info=reason(why))


# --- the device model --------------------------------------------------------------------------


@dataclass(slots=True)
class DeviceModelRequests201:
    """Variables read and written, and reports of them."""

    context: ChargerContext
    reports: DeviceModelReports
    model: DeviceModel201
    variables: Variables201

    def get_variables(self, request: m.GetVariablesRequest) -> Iterator[Payload]:
        """B06; what is not said to be another attribute is Actual, and called so (FR.11)."""
        yield m.GetVariablesResponse(
            get_variable_result=[self._get(data) for data in request.get_variable_data]
        )

    def _get(self, data: m.GetVariableData) -> m.GetVariableResult:
        row = self.variables.find(data.component, data.variable)
        status: m.GetVariableStatus
        value = None
        if not isinstance(row, VariableRow):
            status = row
        else:
            status, value = self.variables.get(row, data.attribute_type or "Actual")
        return m.GetVariableResult(
            attribute_status=status,
            attribute_type=data.attribute_type or "Actual",
            attribute_value=value,
            component=echoed(data.component),
            variable=echoed(data.variable),
        )

    def set_variables(self, request: m.SetVariablesRequest) -> Iterator[Payload]:
        """B05; what is not said to be another attribute is Actual, and called so (FR.12)."""
        yield m.SetVariablesResponse(
            set_variable_result=[self._set(data) for data in request.set_variable_data]
        )

    def _set(self, data: m.SetVariableData) -> m.SetVariableResult:
        row = self.variables.find(data.component, data.variable)
        status: m.SetVariableStatus
        if not isinstance(row, VariableRow):
            status = row
        else:
            status = self.variables.put(row, data.attribute_value, data.attribute_type or "Actual")
        return m.SetVariableResult(
            attribute_status=status,
            attribute_type=data.attribute_type or "Actual",
            component=echoed(data.component),
            variable=echoed(data.variable),
        )

    def base_report(self, request: m.GetBaseReportRequest) -> Iterator[Payload]:
        """B07."""
        if self.reports.full:
            yield m.GetBaseReportResponse(status="Rejected", status_info=reason("Busy", _MANY))
            return
        found = reports.base_report(self.model.rows(), request.report_base)
        if not found:
            yield m.GetBaseReportResponse(status="EmptyResultSet")
            return
        yield m.GetBaseReportResponse(status="Accepted")
        self.reports.begin(reports.pages(self.context, request.request_id, found))

    def report(self, request: m.GetReportRequest) -> Iterator[Payload]:
        """B08."""
        if self.reports.full:
            yield m.GetReportResponse(status="Rejected", status_info=reason("Busy", _MANY))
            return
        found = reports.custom_report(
            self.model.rows(),
            tuple(request.component_variable or ()),
            tuple(request.component_criteria or ()),
        )
        if not found:
            yield m.GetReportResponse(status="EmptyResultSet")
            return
        yield m.GetReportResponse(status="Accepted")
        self.reports.begin(reports.pages(self.context, request.request_id, found))


# --- authorization data ------------------------------------------------------------------------


@dataclass(slots=True)
class Authorization201:
    """The authorization cache and the local list."""

    context: ChargerContext
    authorization: LocalAuthorization

    def clear_cache(self, request: m.ClearCacheRequest) -> Iterator[Payload]:
        """C11."""
        if not self.authorization.caches:
            yield m.ClearCacheResponse(status="Rejected", status_info=reason("NotEnabled"))
            return
        self.authorization.clear_cache()
        self.context.remember()
        yield m.ClearCacheResponse(status="Accepted")

    def list_version(self, request: m.GetLocalListVersionRequest) -> Iterator[Payload]:
        """D02: 0 where there is no list or it is not in use."""
        version = self.authorization.list_version if self.authorization.lists else 0
        yield m.GetLocalListVersionResponse(version_number=version)

    def send_list(self, request: m.SendLocalListRequest) -> Iterator[Payload]:
        """D01."""
        authorization = self.authorization
        entries = [
            (
                token_of(entry.id_token),
                None if entry.id_token_info is None else read_info(entry.id_token_info),
            )
            for entry in request.local_authorization_list or ()
        ]
        if not authorization.lists:
            yield m.SendLocalListResponse(status="Failed", status_info=reason("NotEnabled"))
            return
        full = request.update_type == "Full"
        status = authorization.take_list(request.version_number, entries, full=full)
        if status == "Accepted":
            self.context.remember()
        yield m.SendLocalListResponse(status=status)


# --- reservations ------------------------------------------------------------------------------


@dataclass(slots=True)
class Reservations201:
    """Reservations made and cancelled."""

    context: ChargerContext
    evses: tuple[Evse, ...]
    statuses: Statuses
    reservations: ReservationController

    def reserve(self, request: m.ReserveNowRequest) -> Iterator[Payload]:
        """H01."""
        if not self.context.settings.flag(RESERVATIONS):
            yield m.ReserveNowResponse(status="Rejected", status_info=reason("NotEnabled"))
            return
        if request.evse_id is not None and evse_of(self.evses, request.evse_id) is None:
            yield m.ReserveNowResponse(status="Rejected", status_info=reason("UnknownEvse"))
            return
        wish = Reservation(
            id=request.id,
            token=token_of(request.id_token),
            group=group_of(request.group_id_token),
            expires_at=request.expiry_date_time.instant,
            evse_id=request.evse_id,
            connector_type=device_model.type_named(self.evses, request.connector_type),
        )
        status = self.reservations.answer(wish)
        yield m.ReserveNowResponse(status=status)
        if status == "Accepted":
            self.reservations.take(wish)

    def cancel(self, request: m.CancelReservationRequest) -> Iterator[Payload]:
        """H02."""
        if request.reservation_id not in self.statuses.book.entries:
            yield m.CancelReservationResponse(status="Rejected", status_info=reason("NotFound"))
            return
        yield m.CancelReservationResponse(status="Accepted")
        self.reservations.cancel(request.reservation_id)


# --- the rest ----------------------------------------------------------------------------------


@dataclass(slots=True)
class DataTransfer201:
    """DataTransfer, of which no vendor's messages are known."""

    def receive(self, request: m.DataTransferRequest) -> Iterator[Payload]:
        """P01."""
        yield m.DataTransferResponse(status="UnknownVendorId")


HANDLERS: dict[type[Payload], RequestHandler] = {
    m.CancelReservationRequest: (Reservations201, Reservations201.cancel),
    m.ChangeAvailabilityRequest: (Availability201, Availability201.change_availability),
    m.ClearCacheRequest: (Authorization201, Authorization201.clear_cache),
    m.DataTransferRequest: (DataTransfer201, DataTransfer201.receive),
    m.GetBaseReportRequest: (DeviceModelRequests201, DeviceModelRequests201.base_report),
    m.GetLocalListVersionRequest: (Authorization201, Authorization201.list_version),
    m.GetReportRequest: (DeviceModelRequests201, DeviceModelRequests201.report),
    m.GetTransactionStatusRequest: (Transactions201, Transactions201.transaction_status),
    m.GetVariablesRequest: (DeviceModelRequests201, DeviceModelRequests201.get_variables),
    m.RequestStartTransactionRequest: (Transactions201, Transactions201.request_start),
    m.RequestStopTransactionRequest: (Transactions201, Transactions201.request_stop),
    m.ReserveNowRequest: (Reservations201, Reservations201.reserve),
    m.ResetRequest: (Availability201, Availability201.reset),
    m.SendLocalListRequest: (Authorization201, Authorization201.send_list),
    m.SetVariablesRequest: (DeviceModelRequests201, DeviceModelRequests201.set_variables),
    m.TriggerMessageRequest: (Triggers201, Triggers201.trigger),
    m.UnlockConnectorRequest: (Transactions201, Transactions201.unlock),
    **customers.HANDLERS,
    **display.HANDLERS,
    **security.HANDLERS,
    **firmware.HANDLERS,
    **monitoring_requests.HANDLERS,
    **publication.HANDLERS,
    **smart_charging.HANDLERS,
    **tariff_cost.HANDLERS,
}
"""The handler of each request; any other request meets a CALLERROR NotSupported."""


def handler_of(settings: ChargerSettings, action: type[Payload]) -> RequestHandler | Refusal | None:
    """The handler of a request; None where the charger does not support it."""
    if action in smart_charging.HANDLERS and not smart_charging.supported(settings):
        return smart_charging.UNSUPPORTED
    return HANDLERS.get(action)
