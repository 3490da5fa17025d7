"""Handlers of the requests a 1.6 CSMS sends. Each yields its response first, then acts on it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from voltyard.charger.authorization.id_token import IdToken, TokenInfo
from voltyard.charger.authorization.local_authorization import LocalAuthorization
from voltyard.charger.commands.remote_control import RemoteControl
from voltyard.charger.context import ChargerContext
from voltyard.charger.evse.evse import Evse
from voltyard.charger.evse.statuses import Statuses
from voltyard.charger.reservation.reservation import Reservation
from voltyard.charger.reservation.reservation_controller import ReservationController
from voltyard.charger.smart_charging.smart_charging import SmartCharging
from voltyard.charger.v16 import firmware, security, smart_charging
from voltyard.charger.v16.connector_numbers import by_number
from voltyard.charger.v16.triggers import Triggers16
from voltyard.charger.v16.variables import Configuration16
from voltyard.charger.variables.settings import ChargerSettings
from voltyard.charger.variables.standard.station import FEATURE_PROFILES
from voltyard.charger.versions.dialect import Refusal
from voltyard.charger.versions.handler_groups import RequestHandler
from voltyard.ocpp.payload import Payload
from voltyard.ocpp.timestamps import instant_of
from voltyard.ocpp.v16 import messages as m


def read_info(info: m.IdTagInfo) -> TokenInfo:
    """An idTagInfo."""
    expires_at = instant_of(info.expiry_date)
    group = None if info.parent_id_tag is None else info.parent_id_tag.lower()
    return TokenInfo(info.status, expires_at, group)


# --- starting and stopping ---------------------------------------------------------------------


@dataclass(slots=True)
class Transactions16:
    """Remote start and stop, and unlocking."""

    context: ChargerContext
    evses: tuple[Evse, ...]
    smart: SmartCharging
    remote_control: RemoteControl

    def remote_start(self, request: m.RemoteStartTransactionRequest) -> Iterator[Payload]:
        """Section 5.11. Connector 0 is no place to charge (TC_027). Without smart charging a
        profile is ignored."""
        place = None
        token = IdToken(request.id_tag)
        if request.connector_id is None:
            place = self.remote_control.place_to_start(token, None)
        else:
            found = by_number(self.evses, request.connector_id)
            if found is not None:
                place = self.remote_control.place_to_start(token, found[0].id, found[1].id)
        wire = request.charging_profile if smart_charging.supported(self.context.settings) else None
        profile = None
        if place is not None and wire is not None:
            profile = smart_charging.read_profile(wire, None)
            names_one = wire.transaction_id is not None
            if names_one or self.smart.flaw_of_start(profile, place[0].id) is not None:
                place = None
        if place is None:
            yield m.RemoteStartTransactionResponse(status="Rejected")
            return
        yield m.RemoteStartTransactionResponse(status="Accepted")
        self.remote_control.start(*place, token, profile=profile)

    def remote_stop(self, request: m.RemoteStopTransactionRequest) -> Iterator[Payload]:
        """Section 5.12."""
        found = self.remote_control.running(str(request.transaction_id))
        if found is None:
            yield m.RemoteStopTransactionResponse(status="Rejected")
            return
        yield m.RemoteStopTransactionResponse(status="Accepted")
        self.remote_control.stop(found[0])

    def unlock(self, request: m.UnlockConnectorRequest) -> Iterator[Payload]:
        """Section 5.18. An unknown connector has no lock (errata to TC_031)."""
        found = by_number(self.evses, request.connector_id)
        outcome = "NotSupported" if found is None else self.remote_control.unlock_outcome(*found)
        if found is not None and outcome != "NotSupported":
            yield m.UnlockConnectorResponse(status=outcome)  # type: ignore[arg-type]
            self.remote_control.unlock(*found)
            return
        yield m.UnlockConnectorResponse(status="NotSupported")


# --- availability and reset --------------------------------------------------------------------


@dataclass(slots=True)
class Availability16:
    """Availability and reset."""

    evses: tuple[Evse, ...]
    remote_control: RemoteControl

    def change_availability(self, request: m.ChangeAvailabilityRequest) -> Iterator[Payload]:
        """Section 5.2."""
        operative = request.type == "Operative"
        evse = connector = None
        if request.connector_id != 0:
            found = by_number(self.evses, request.connector_id)
            if found is None:
                yield m.ChangeAvailabilityResponse(status="Rejected")
                return
            evse, connector = found
        yield m.ChangeAvailabilityResponse(
            status=self.remote_control.availability(operative, evse, connector)
        )
        self.remote_control.change_availability(operative, evse, connector)

    def reset(self, request: m.ResetRequest) -> Iterator[Payload]:
        """Section 5.14."""
        if not self.remote_control.can_reset:
            yield m.ResetResponse(status="Rejected")
            return
        yield m.ResetResponse(status="Accepted")
        self.remote_control.reset_now(graceful=request.type == "Soft")


# --- authorization data ------------------------------------------------------------------------


@dataclass(slots=True)
class Authorization16:
    """The authorization cache and the local list."""

    context: ChargerContext
    authorization: LocalAuthorization

    def clear_cache(self, request: m.ClearCacheRequest) -> Iterator[Payload]:
        """Section 5.4; Rejected where there is no cache (errata)."""
        if not self.authorization.caches:
            yield m.ClearCacheResponse(status="Rejected")
            return
        self.authorization.clear_cache()
        self.context.remember()
        yield m.ClearCacheResponse(status="Accepted")

    def list_version(self, request: m.GetLocalListVersionRequest) -> Iterator[Payload]:
        """Section 5.10: -1 where there is no list, as without its profile, 0 where it is empty."""
        version = self.authorization.list_version if self.authorization.lists else -1
        yield m.GetLocalListVersionResponse(list_version=version)

    def send_list(self, request: m.SendLocalListRequest) -> Iterator[Payload]:
        """Section 5.15."""
        authorization = self.authorization
        entries = [
            (
                IdToken(entry.id_tag),
                None if entry.id_tag_info is None else read_info(entry.id_tag_info),
            )
            for entry in request.local_authorization_list or ()
        ]
        status: m.UpdateStatus = "NotSupported"
        if authorization.lists:
            full = request.update_type == "Full"
            status = authorization.take_list(request.list_version, entries, full=full)
        if status == "Accepted":
            self.context.remember()
            if not authorization.listed:
                authorization.number_list(0)  # section 5.10: that is what an empty list is called
        yield m.SendLocalListResponse(status=status)


# --- reservations ------------------------------------------------------------------------------


@dataclass(slots=True)
class Reservations16:
    """Reservations made and cancelled."""

    evses: tuple[Evse, ...]
    statuses: Statuses
    reservations: ReservationController

    def reserve(self, request: m.ReserveNowRequest) -> Iterator[Payload]:
        """Section 5.13. Connector 0 is none in particular."""
        found = by_number(self.evses, request.connector_id)
        if found is None and request.connector_id != 0:
            yield m.ReserveNowResponse(status="Rejected")
            return
        wish = Reservation(
            id=request.reservation_id,
            token=IdToken(request.id_tag),
            group=None if request.parent_id_tag is None else request.parent_id_tag.lower(),
            expires_at=request.expiry_date.instant,
            evse_id=None if found is None else found[0].id,
            connector_id=None if found is None else found[1].id,
        )
        status = self.reservations.answer(wish)
        yield m.ReserveNowResponse(status=status)
        if status == "Accepted":
            self.reservations.take(wish)

    def cancel(self, request: m.CancelReservationRequest) -> Iterator[Payload]:
        """Section 5.1."""
        if request.reservation_id not in self.statuses.book.entries:
            yield m.CancelReservationResponse(status="Rejected")
            return
        yield m.CancelReservationResponse(status="Accepted")
        self.reservations.cancel(request.reservation_id)


# --- the rest ----------------------------------------------------------------------------------


@dataclass(slots=True)
class DataTransfer16:
    """DataTransfer, of which no vendor's messages are known."""

    def receive(self, request: m.DataTransferRequest) -> Iterator[Payload]:
        """Section 5.6."""
        yield m.DataTransferResponse(status="UnknownVendorId")


HANDLERS: dict[type[Payload], RequestHandler] = {
    m.CancelReservationRequest: (Reservations16, Reservations16.cancel),
    m.ChangeAvailabilityRequest: (Availability16, Availability16.change_availability),
    m.ChangeConfigurationRequest: (Configuration16, Configuration16.change_configuration),
    m.ClearCacheRequest: (Authorization16, Authorization16.clear_cache),
    m.DataTransferRequest: (DataTransfer16, DataTransfer16.receive),
    m.ExtendedTriggerMessageRequest: (Triggers16, Triggers16.extended_trigger),
    m.GetConfigurationRequest: (Configuration16, Configuration16.get_configuration),
    m.GetLocalListVersionRequest: (Authorization16, Authorization16.list_version),
    m.RemoteStartTransactionRequest: (Transactions16, Transactions16.remote_start),
    m.RemoteStopTransactionRequest: (Transactions16, Transactions16.remote_stop),
    m.ReserveNowRequest: (Reservations16, Reservations16.reserve),
    m.ResetRequest: (Availability16, Availability16.reset),
    m.SendLocalListRequest: (Authorization16, Authorization16.send_list),
    m.TriggerMessageRequest: (Triggers16, Triggers16.trigger),
    m.UnlockConnectorRequest: (Transactions16, Transactions16.unlock),
    **security.HANDLERS,
    **firmware.HANDLERS,
    **smart_charging.HANDLERS,
}
"""The handler of each request; any other request meets a CALLERROR NotSupported."""

PROFILE_OF_REQUEST: dict[type[Payload], str] = {
    m.CancelReservationRequest: "Reservation",
    m.GetDiagnosticsRequest: "FirmwareManagement",
    m.ReserveNowRequest: "Reservation",
    m.SendLocalListRequest: "LocalAuthListManagement",
    m.TriggerMessageRequest: "RemoteTrigger",
    m.UpdateFirmwareRequest: "FirmwareManagement",
}
"""Requests of a profile that SupportedFeatureProfiles may leave out (section 3.4); smart charging
sees to itself, and GetLocalListVersion has an answer of its own for it (-1)."""


def handler_of(settings: ChargerSettings, action: type[Payload]) -> RequestHandler | Refusal | None:
    """The handler of a request; None where the charger does not support it, as
    SupportedFeatureProfiles has it."""
    if action in smart_charging.HANDLERS and not smart_charging.supported(settings):
        return smart_charging.UNSUPPORTED
    profile = PROFILE_OF_REQUEST.get(action)
    if profile is not None and profile not in settings.members(FEATURE_PROFILES):
        return None
    return HANDLERS.get(action)
