"""OCPP 2.0.1: its messages for what happens, its meanings of what comes, and the rules it has
alone."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING, Literal, get_args

from msgspec.structs import replace

from voltyard.charger import standard
from voltyard.charger.authorization import IdToken, TokenInfo
from voltyard.charger.commands import AtConnector
from voltyard.charger.connector import Broken, Connector, State
from voltyard.charger.core import Core
from voltyard.charger.dialects.calls201 import HANDLERS, read_info, token_of
from voltyard.charger.dialects.dialect import Refusal
from voltyard.charger.dialects.upkeep201 import firmware_status, upload_status
from voltyard.charger.dialects.variables201 import configure
from voltyard.charger.evse import Evse
from voltyard.charger.metering import Reading
from voltyard.charger.registration import BootAnswer, BootReason
from voltyard.charger.security.events import SecurityEvent
from voltyard.charger.settings import Setting, Settings
from voltyard.charger.transaction import Note
from voltyard.kernel.errors import NotFound
from voltyard.kernel.time import Instant
from voltyard.ocpp.payload import Payload, Untyped
from voltyard.ocpp.timestamps import Timestamp
from voltyard.ocpp.v201 import messages as m
from voltyard.ocpp.versions import V201, Version

if TYPE_CHECKING:
    from voltyard.charger.charger import Charger

_HEARTBEAT = m.HeartbeatRequest()

_WORDS: dict[State, m.ConnectorStatus] = {
    State.AVAILABLE: "Available",
    State.RESERVED: "Reserved",
    State.UNAVAILABLE: "Unavailable",
    State.FAULTED: "Faulted",
}
"""What is not here is Occupied (2.0.1 Part 2, ConnectorStatusEnumType)."""

_REASONS: dict[str, m.Reason] = {
    "DeAuthorized": "DeAuthorized",
    "EmergencyStop": "EmergencyStop",
    "EnergyLimitReached": "EnergyLimitReached",
    "EVDisconnected": "EVDisconnected",
    "GroundFault": "GroundFault",
    "HardReset": "ImmediateReset",
    "SoftReset": "ImmediateReset",
    "ImmediateReset": "ImmediateReset",
    "MasterPass": "MasterPass",
    "OvercurrentFault": "OvercurrentFault",
    "PowerLoss": "PowerLoss",
    "PowerQuality": "PowerQuality",
    "Reboot": "Reboot",
    "Remote": "Remote",
    "StoppedByEV": "StoppedByEV",
    "TimeLimitReached": "TimeLimitReached",
    "Timeout": "Timeout",
}
"""Local is left out of the message (E06.FR.08); what else is not here is Other."""

_NAMED_UNITS = ("W", "A", "V", "Percent", "Hz")
_UNITS = {unit: m.UnitOfMeasure(unit=unit) for unit in _NAMED_UNITS}
"""Wh is the default and left out."""


class Dialect201:
    """OCPP 2.0.1."""

    version: Version = V201
    names_transactions_on_confirmation = False
    retries_keep_id = False
    station_is_apart = False
    tells_every_step = False
    tells_errors = False
    keeps_begin = False
    token_uses_reservation = True
    unlocking_stops = False
    answers_while_rejected = True
    asks_again_for_certificates = True
    rides_out_disconnection = False
    kept_mark_interval: Setting = standard.ALIGNED_ENDED_INTERVAL
    triggered_measurands: Setting = standard.ALIGNED_MEASURANDS
    values_belong_to_transactions = False
    rate_units: Setting = standard.RATE_UNITS
    replaces_profiles = False
    stacks_defaults = True
    longest_token = 36
    token_kinds: frozenset[str] = frozenset(get_args(m.IdTokenKind))

    def start_points(self, settings: Settings) -> Collection[str]:
        return settings.members(standard.TX_START_POINT)

    def stop_points(self, settings: Settings) -> Collection[str]:
        return settings.members(standard.TX_STOP_POINT)

    def kept(self, settings: Settings) -> tuple[tuple[str, ...], int]:
        measurands = settings.members(standard.ENDED_MEASURANDS)
        interval_s = settings.number(standard.ENDED_INTERVAL)
        return measurands or ("Energy.Active.Import.Register",), interval_s

    def locate(self, evses: Sequence[Evse], at: AtConnector) -> tuple[Evse, Connector]:
        if 0 < at.evse_id <= len(evses):
            evse = evses[at.evse_id - 1]
            if 0 < at.connector_id <= len(evse.connectors):
                return evse, evse.connectors[at.connector_id - 1]
        raise NotFound(
            f"there is no connector_id {at.connector_id} at evse_id {at.evse_id}",
            evse_id=at.evse_id,
            connector_id=at.connector_id,
        )

    # --- messages ------------------------------------------------------------------------------

    def action_name(self, request: Payload) -> str:
        if isinstance(request, Untyped):
            return request.action
        return V201.action_of(type(request)).name

    def boot(self, core: Core, reason: BootReason) -> Payload:
        spec = core.spec
        modem = None
        if spec.iccid or spec.imsi:
            modem = m.Modem(iccid=spec.iccid[:20] or None, imsi=spec.imsi[:20] or None)
        return m.BootNotificationRequest(
            reason=reason,
            charging_station=m.ChargingStation(
                vendor_name=spec.vendor[:50],
                model=spec.model[:20],
                serial_number=spec.serial_number[:25] or None,
                firmware_version=core.firmware_version[:50] or None,
                modem=modem,
            ),
        )

    def heartbeat(self) -> Payload:
        return _HEARTBEAT

    def authorize(self, token: IdToken) -> Payload:
        return m.AuthorizeRequest(id_token=_wire_token(token))

    def status_word(self, evse: Evse, connector: Connector) -> str:
        if connector.state is State.PREPARING and evse.plugged is not connector:
            return "Available"  # somebody is expected there; nothing occupies it yet
        return _WORDS.get(connector.state, "Occupied")

    def status(self, core: Core, evse: Evse, connector: Connector) -> Payload:
        return m.StatusNotificationRequest(
            timestamp=Timestamp.of(core.time),
            connector_status=self.status_word(evse, connector),  # type: ignore[arg-type]
            evse_id=evse.id,
            connector_id=connector.id,
        )

    def station_status(self, core: Core, operative: bool) -> Payload | None:
        return None

    def list_conflict(self, core: Core, operative: bool) -> Payload | None:
        return None

    def problem(
        self, core: Core, evse: Evse, connector: Connector, broken: Broken, *, mended: bool
    ) -> Payload | None:
        """NotifyEvent: 2.0.1 has no error codes in its statuses (G05, N07)."""
        fault = broken.fault
        at = None
        if fault.tier != "station":
            number = connector.id if fault.tier == "connector" else None
            at = m.EVSE(id=evse.id, connector_id=number)
        event = m.EventData(
            event_id=core.serial(),
            timestamp=Timestamp.of(core.time),
            trigger="Alerting",
            actual_value="false" if mended else "true",
            tech_code=broken.vendor_error_code or fault.name,
            tech_info=broken.info,
            cleared=True if mended else None,
            component=m.Component(name=fault.component, evse=at),
            event_notification_type="HardWiredNotification",
            variable=m.Variable(name=fault.variable),
        )
        return m.NotifyEventRequest(
            generated_at=Timestamp.of(core.time), seq_no=0, event_data=[event]
        )

    def reservation_ended(self, id: int, why: Literal["Expired", "Removed"]) -> Payload | None:
        return m.ReservationStatusUpdateRequest(reservation_id=id, reservation_update_status=why)

    def transaction_message(self, note: Note) -> Payload | None:
        # A triggered event tells the state in any case (F06.FR.07).
        tells_state = note.state_changed or note.trigger == "Trigger"
        reason = None
        if note.reason is not None and note.reason != "Local":
            reason = _REASONS.get(note.reason, "Other")
        evse = None
        if note.tell_evse:
            evse = m.EVSE(id=note.evse_id, connector_id=note.connector_id)
        return m.TransactionEventRequest(
            event_type=note.step,
            timestamp=Timestamp.of(note.at),
            trigger_reason=note.trigger,
            seq_no=note.seq_no,
            meter_value=[_meter_value(reading) for reading in note.readings] or None,
            number_of_phases_used=note.phases,
            cable_max_current=None if note.cable_a is None else round(note.cable_a),
            transaction_info=m.Transaction(
                transaction_id=note.transaction.id,
                charging_state=note.charging_state if tells_state else None,
                stopped_reason=reason,
                remote_start_id=note.remote_start_id,
            ),
            reservation_id=note.reservation_id,
            evse=evse,
            id_token=None if note.id_token is None else _wire_token(note.id_token),
        )

    def addressed(self, payload: Payload, wire_id: str | None, offline: bool) -> Payload:
        if offline and isinstance(payload, m.TransactionEventRequest):
            return replace(payload, offline=True)
        return payload

    def idle_values(self, evse: Evse | None, readings: tuple[Reading, ...]) -> Payload:
        return m.MeterValuesRequest(
            evse_id=0 if evse is None else evse.id,
            meter_value=[_meter_value(reading) for reading in readings],
        )

    def security_event(self, event: SecurityEvent) -> Payload:
        return m.SecurityEventNotificationRequest(
            type=event.type,
            timestamp=Timestamp.of(event.at),
            tech_info=event.info or None,
        )

    def firmware_status(self, status: str, request_id: int | None) -> Payload | None:
        return firmware_status(status, request_id)

    def upload_status(self, status: str, request_id: int | None) -> Payload | None:
        return upload_status(status, request_id)

    def sign_certificate(self, request: str) -> Payload:
        return m.SignCertificateRequest(csr=request, certificate_type="ChargingStationCertificate")

    # --- meanings ------------------------------------------------------------------------------

    def read_boot(self, response: Payload) -> BootAnswer:
        assert isinstance(response, m.BootNotificationResponse)
        return BootAnswer(response.status, response.current_time.instant, response.interval)

    def read_time(self, response: Payload) -> Instant:
        assert isinstance(response, m.HeartbeatResponse)
        return response.current_time.instant

    def read_authorization(self, response: Payload) -> TokenInfo:
        assert isinstance(response, m.AuthorizeResponse)
        return read_info(response.id_token_info)

    def read_transaction(
        self, request: Payload, response: Payload
    ) -> tuple[str | None, IdToken | None, TokenInfo | None]:
        assert isinstance(request, m.TransactionEventRequest)
        assert isinstance(response, m.TransactionEventResponse)
        token = None if request.id_token is None else token_of(request.id_token)
        info = None if response.id_token_info is None else read_info(response.id_token_info)
        return None, token, info

    def read_signing(self, response: Payload) -> bool:
        assert isinstance(response, m.SignCertificateResponse)
        return response.status == "Accepted"

    def told_token(self, info: TokenInfo) -> dict[str, object]:
        told: dict[str, object] = {"status": info.status}
        if info.expires_at is not None:
            told["cacheExpiryDateTime"] = Timestamp.of(info.expires_at)
        if info.group is not None:
            told["groupIdToken"] = info.group
        return told

    # --- what the CSMS asks --------------------------------------------------------------------

    def obey(self, charger: Charger, request: Payload) -> Iterator[Payload | Refusal] | None:
        handler = HANDLERS.get(type(request))
        return None if handler is None else handler(charger, request)

    def configure(self, charger: Charger, name: str, text: str) -> str:
        return configure(charger, name, text)


def _wire_token(token: IdToken) -> m.IdToken:
    return m.IdToken(id_token=token.text, type=token.kind)  # type: ignore[arg-type]


def _meter_value(reading: Reading) -> m.MeterValue:
    return m.MeterValue(
        timestamp=Timestamp.of(reading.at),
        sampled_value=[
            m.SampledValue(
                value=sample.value,
                context=reading.context,
                measurand=sample.measurand,  # type: ignore[arg-type]
                phase=sample.phase,  # type: ignore[arg-type]
                unit_of_measure=_UNITS.get(sample.unit),
            )
            for sample in reading.samples
        ],
    )


V201_DIALECT = Dialect201()
