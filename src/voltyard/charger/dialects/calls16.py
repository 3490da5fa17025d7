"""What a 1.6 CSMS may ask. Each handler yields its answer, and what follows happens after that was
sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeAlias

from voltyard.charger import standard
from voltyard.charger.authorization import IdToken, TokenInfo
from voltyard.charger.dialects import charging16, security16, upkeep16
from voltyard.charger.dialects.dialect import Refusal
from voltyard.charger.dialects.numbers16 import by_number
from voltyard.charger.dialects.rights import access_of, has_key, text_of
from voltyard.charger.events import SettingChanged
from voltyard.charger.reservation import Reservation
from voltyard.charger.settings import Setting, members_of
from voltyard.kernel.secrets import MASK
from voltyard.ocpp.payload import Payload
from voltyard.ocpp.timestamps import instant_of
from voltyard.ocpp.v16 import messages as m

if TYPE_CHECKING:
    from voltyard.charger.charger import Charger

Handler: TypeAlias = "Callable[[Charger, Any], Iterator[Payload | Refusal]]"

_ROTATIONS = frozenset({"NotApplicable", "Unknown", "RST", "RTS", "SRT", "STR", "TRS", "TSR"})


def read_info(info: m.IdTagInfo) -> TokenInfo:
    """An idTagInfo."""
    expires_at = instant_of(info.expiry_date)
    group = None if info.parent_id_tag is None else info.parent_id_tag.lower()
    return TokenInfo(info.status, expires_at, group)


# --- starting and stopping ---------------------------------------------------------------------


def _remote_start(charger: Charger, request: m.RemoteStartTransactionRequest) -> Iterator[Payload]:
    """Section 5.11. Connector 0 is no place to charge (TC_027). Without smart charging a profile is
    ignored."""
    place = None
    token = IdToken(request.id_tag)
    if request.connector_id is None:
        place = charger.orders.place_to_start(token, None)
    else:
        found = by_number(charger.evses, request.connector_id)
        if found is not None:
            place = charger.orders.place_to_start(token, found[0].id, found[1].id)
    wire = request.charging_profile if charging16.supported(charger) else None
    profile = None
    if place is not None and wire is not None:
        profile = charging16.read_profile(wire, None)
        names_one = wire.transaction_id is not None
        if names_one or charger.smart.flaw_of_start(profile, place[0].id) is not None:
            place = None
    if place is None:
        yield m.RemoteStartTransactionResponse(status="Rejected")
        return
    yield m.RemoteStartTransactionResponse(status="Accepted")
    charger.orders.start(*place, token, profile=profile)


def _remote_stop(charger: Charger, request: m.RemoteStopTransactionRequest) -> Iterator[Payload]:
    """Section 5.12."""
    found = charger.orders.running(str(request.transaction_id))
    if found is None:
        yield m.RemoteStopTransactionResponse(status="Rejected")
        return
    yield m.RemoteStopTransactionResponse(status="Accepted")
    charger.orders.stop(found[0])


def _unlock(charger: Charger, request: m.UnlockConnectorRequest) -> Iterator[Payload]:
    """Section 5.18. An unknown connector has no lock (errata to TC_031)."""
    found = by_number(charger.evses, request.connector_id)
    outcome = "NotSupported" if found is None else charger.orders.unlocking(*found)
    if found is not None and outcome != "NotSupported":
        yield m.UnlockConnectorResponse(status=outcome)  # type: ignore[arg-type]
        charger.orders.unlock(*found)
        return
    yield m.UnlockConnectorResponse(status="NotSupported")


# --- availability and reset --------------------------------------------------------------------


def _change_availability(
    charger: Charger, request: m.ChangeAvailabilityRequest
) -> Iterator[Payload]:
    """Section 5.2."""
    operative = request.type == "Operative"
    evse = connector = None
    if request.connector_id != 0:
        found = by_number(charger.evses, request.connector_id)
        if found is None:
            yield m.ChangeAvailabilityResponse(status="Rejected")
            return
        evse, connector = found
    yield m.ChangeAvailabilityResponse(
        status=charger.orders.availability(operative, evse, connector)
    )
    charger.orders.change_availability(operative, evse, connector)


def _reset(charger: Charger, request: m.ResetRequest) -> Iterator[Payload]:
    """Section 5.14."""
    if not charger.orders.resets:
        yield m.ResetResponse(status="Rejected")
        return
    yield m.ResetResponse(status="Accepted")
    charger.orders.reset_now(graceful=request.type == "Soft")


# --- configuration -----------------------------------------------------------------------------


def value_of(charger: Charger, setting: Setting) -> str:
    """A setting's value, some of which follow from what the charger is."""
    if setting is standard.NUMBER_OF_CONNECTORS:
        return str(_connectors(charger))
    if setting is standard.SECURITY_PROFILE:
        return str(charger.security.credentials.now.profile)
    text = text_of(charger, setting)
    if setting is standard.RATE_UNITS_16 and charger.smart.rules.units == ("W",):
        return "Power"
    if setting is standard.PHASE_ROTATION and not text:
        return ",".join(
            f"{number}.{_rotation(charger, number)}" for number in range(_connectors(charger) + 1)
        )
    return text


def _connectors(charger: Charger) -> int:
    return sum(len(evse.connectors) for evse in charger.evses)


def _rotation(charger: Charger, number: int) -> str:
    found = by_number(charger.evses, number)
    spec = charger.evses[0].connectors[0].spec if found is None else found[1].spec
    return "NotApplicable" if spec.current == "DC" else "RST"


def _are_rotations(charger: Charger, text: str) -> bool:
    """Whether every member is `connector.rotation` of a connector there is (section 9.1.8)."""
    numbers = {str(number) for number in range(_connectors(charger) + 1)}
    for member in members_of(text):
        number, _, rotation = member.partition(".")
        if number not in numbers or rotation not in _ROTATIONS:
            return False
    return True


def _get_configuration(charger: Charger, request: m.GetConfigurationRequest) -> Iterator[Payload]:
    """Section 5.8. Without keys: all of them; names are CiStrings."""
    settings = charger.core.settings
    known: list[m.KeyValue] = []
    unknown: list[str] = []
    if not request.key:
        everything = (*_supported(charger), *settings.own.settings)
        known = [_key_value(charger, setting) for setting in everything]
        known += [
            m.KeyValue(key=name[:50], readonly=False, value=text)
            for name, text in settings.vendor().items()
        ]
    for key in (request.key or ())[: settings.number(standard.GET_CONFIGURATION_MAX_KEYS)]:
        setting = _setting(charger, key)
        vendor = settings.vendor_value(key)
        if setting is not None:
            known.append(_key_value(charger, setting))
        elif vendor is not None:
            known.append(m.KeyValue(key=key, readonly=False, value=vendor))
        else:
            unknown.append(key)
    yield m.GetConfigurationResponse(configuration_key=known or None, unknown_key=unknown or None)


def _supported(charger: Charger) -> Iterator[Setting]:
    """The standard's keys, without those of profiles that are left out."""
    return (setting for setting in standard.BY_KEY.values() if has_key(charger, setting))


def _setting(charger: Charger, key: str) -> Setting | None:
    """The setting of that key: a standard one that is supported, or of the charger's own."""
    wanted = key.lower()
    setting = standard.BY_KEY.get(wanted) or charger.core.settings.own.by_key.get(wanted)
    return setting if setting is not None and has_key(charger, setting) else None


def _key_value(charger: Charger, setting: Setting) -> m.KeyValue:
    access = access_of(charger, setting)
    value = None if access == "WriteOnly" else value_of(charger, setting)
    return m.KeyValue(key=setting.name, readonly=access == "ReadOnly", value=value)


def _change_configuration(
    charger: Charger, request: m.ChangeConfigurationRequest
) -> Iterator[Payload]:
    """Section 5.3."""
    status = configure(charger, request.key, request.value)
    yield m.ChangeConfigurationResponse(status=status)  # type: ignore[arg-type]


def configure(charger: Charger, key: str, text: str) -> str:
    """Change a key: Accepted, Rejected, NotSupported or RebootRequired; refused, nothing
    changes."""
    core = charger.core
    setting = _setting(charger, key)
    if setting is None:
        if core.settings.vendor_value(key) is None:
            return "NotSupported"
        if not core.settings.put_vendor(key, text):
            return "Rejected"
    elif setting is standard.AUTHORIZATION_KEY:
        if charger.security.credentials.change_key(text) == "Rejected":
            return "Rejected"
    elif setting is standard.SECURITY_PROFILE:
        if not text.isdecimal() or (
            charger.security.credentials.raise_profile(int(text)) == "Rejected"
        ):
            return "Rejected"
    elif (
        access_of(charger, setting) == "ReadOnly"
        or (setting is standard.PHASE_ROTATION and not _are_rotations(charger, text))
        or not core.settings.put(setting, text)
    ):
        return "Rejected"
    if setting is not None and setting.access == "WriteOnly":
        text = MASK
    core.report(SettingChanged(at=core.now, name=setting.name if setting else key, value=text))
    charger.settings_changed()
    return "RebootRequired" if setting is not None and setting.needs_reboot else "Accepted"


# --- triggers ----------------------------------------------------------------------------------


def _trigger(charger: Charger, request: m.TriggerMessageRequest) -> Iterator[Payload]:
    """Section 5.17: the answer first, then the message; absent connector means all."""
    found = None
    number = request.connector_id
    wanted = request.requested_message
    about_connector = wanted in ("StatusNotification", "MeterValues")
    if about_connector and number:
        found = by_number(charger.evses, number)
        if found is None:
            yield m.TriggerMessageResponse(status="Rejected")
            return
    if wanted == "BootNotification" and charger.registration.status == "Accepted":
        yield m.TriggerMessageResponse(status="Rejected")  # errata 3.35 and 3.40
        return
    yield m.TriggerMessageResponse(status="Accepted")
    evse, connector = found or (None, None)
    match wanted:
        case "BootNotification":
            charger.registration.boot()
        case "DiagnosticsStatusNotification":
            upkeep16.trigger_diagnostics(charger)
        case "FirmwareStatusNotification":
            upkeep16.trigger_firmware(charger)
        case "Heartbeat":
            charger.registration.beat()
        case "MeterValues":
            charger.orders.tell_values(evse)
        case "StatusNotification":
            if connector is None:
                charger.statuses.tell_station()
            if number != 0:
                charger.orders.tell_status(evse, connector)


_UPKEEP: dict[str, Callable[[Charger], None]] = {
    "FirmwareStatusNotification": upkeep16.trigger_signed_firmware,
    "LogStatusNotification": upkeep16.trigger_log,
}
"""Where an extended trigger means other messages than a plain one."""


def _extended_trigger(
    charger: Charger, request: m.ExtendedTriggerMessageRequest
) -> Iterator[Payload]:
    """White paper, section 5.6; what TriggerMessage has too is the same here."""
    wanted = request.requested_message
    if wanted == "SignChargePointCertificate":
        yield m.ExtendedTriggerMessageResponse(status="Accepted")
        charger.security.signing.ask()
        return
    if wanted in _UPKEEP:
        yield m.ExtendedTriggerMessageResponse(status="Accepted")
        _UPKEEP[wanted](charger)
        return
    plain = m.TriggerMessageRequest(
        requested_message=wanted,  # type: ignore[arg-type]
        connector_id=request.connector_id,
    )
    for answer in _trigger(charger, plain):
        assert isinstance(answer, m.TriggerMessageResponse)
        yield m.ExtendedTriggerMessageResponse(status=answer.status)


# --- authorization data ------------------------------------------------------------------------


def _clear_cache(charger: Charger, request: m.ClearCacheRequest) -> Iterator[Payload]:
    """Section 5.4; Rejected where there is no cache (errata)."""
    if not charger.authorization.caches:
        yield m.ClearCacheResponse(status="Rejected")
        return
    charger.authorization.clear_cache()
    charger.core.remember()
    yield m.ClearCacheResponse(status="Accepted")


def _list_version(charger: Charger, request: m.GetLocalListVersionRequest) -> Iterator[Payload]:
    """Section 5.10: -1 where there is no list, as without its profile, 0 where it is empty."""
    version = charger.authorization.list_version if charger.authorization.lists else -1
    yield m.GetLocalListVersionResponse(list_version=version)


def _send_list(charger: Charger, request: m.SendLocalListRequest) -> Iterator[Payload]:
    """Section 5.15."""
    authorization = charger.authorization
    entries = [
        (IdToken(entry.id_tag), None if entry.id_tag_info is None else read_info(entry.id_tag_info))
        for entry in request.local_authorization_list or ()
    ]
    status: m.UpdateStatus = "NotSupported"
    if authorization.lists:
        full = request.update_type == "Full"
        status = authorization.take_list(request.list_version, entries, full=full)
    if status == "Accepted":
        charger.core.remember()
        if not authorization.listed:
            authorization.list_version = 0  # section 5.10: that is what an empty list is called
    yield m.SendLocalListResponse(status=status)


# --- reservations ------------------------------------------------------------------------------


def _reserve(charger: Charger, request: m.ReserveNowRequest) -> Iterator[Payload]:
    """Section 5.13. Connector 0 is none in particular."""
    found = by_number(charger.evses, request.connector_id)
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
    status = charger.reserving.answer(wish)
    yield m.ReserveNowResponse(status=status)
    if status == "Accepted":
        charger.reserving.take(wish)


def _cancel_reservation(charger: Charger, request: m.CancelReservationRequest) -> Iterator[Payload]:
    """Section 5.1."""
    if request.reservation_id not in charger.statuses.book.entries:
        yield m.CancelReservationResponse(status="Rejected")
        return
    yield m.CancelReservationResponse(status="Accepted")
    charger.reserving.cancel(request.reservation_id)


def _data_transfer(charger: Charger, request: m.DataTransferRequest) -> Iterator[Payload]:
    """Section 5.6: no vendor's messages are known."""
    yield m.DataTransferResponse(status="UnknownVendorId")


HANDLERS: dict[type[Payload], Handler] = {
    m.CancelReservationRequest: _cancel_reservation,
    m.ChangeAvailabilityRequest: _change_availability,
    m.ChangeConfigurationRequest: _change_configuration,
    m.ClearCacheRequest: _clear_cache,
    m.ClearChargingProfileRequest: charging16.clear_profile,
    m.DataTransferRequest: _data_transfer,
    m.ExtendedTriggerMessageRequest: _extended_trigger,
    m.GetCompositeScheduleRequest: charging16.composite_schedule,
    m.GetConfigurationRequest: _get_configuration,
    m.GetLocalListVersionRequest: _list_version,
    m.RemoteStartTransactionRequest: _remote_start,
    m.RemoteStopTransactionRequest: _remote_stop,
    m.ReserveNowRequest: _reserve,
    m.ResetRequest: _reset,
    m.SendLocalListRequest: _send_list,
    m.SetChargingProfileRequest: charging16.set_profile,
    m.TriggerMessageRequest: _trigger,
    m.UnlockConnectorRequest: _unlock,
    **security16.HANDLERS,
    **upkeep16.HANDLERS,
}
"""What is not here meets a CALLERROR NotSupported."""

PROFILES: dict[type[Payload], str] = {
    m.CancelReservationRequest: "Reservation",
    m.GetDiagnosticsRequest: "FirmwareManagement",
    m.ReserveNowRequest: "Reservation",
    m.SendLocalListRequest: "LocalAuthListManagement",
    m.TriggerMessageRequest: "RemoteTrigger",
    m.UpdateFirmwareRequest: "FirmwareManagement",
}
"""What is of a profile that SupportedFeatureProfiles may leave out (section 3.4); smart charging
sees to itself, and GetLocalListVersion has an answer of its own for it (-1)."""


def promised(charger: Charger, action: type[Payload]) -> bool:
    """Whether SupportedFeatureProfiles promises it."""
    profile = PROFILES.get(action)
    return profile is None or profile in charger.core.settings.members(standard.FEATURE_PROFILES)
