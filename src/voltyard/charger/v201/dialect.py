"""The dialect of OCPP 2.0.1: builds its messages, reads its responses, states its rules."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Literal, get_args

from msgspec.structs import replace

from voltyard.catalogue.commands.shared import ConnectorCommand
from voltyard.charger.authorization.id_token import IdToken, TokenInfo
from voltyard.charger.connection.boot import BootAnswer, BootReason
from voltyard.charger.description.specification import ChargerSpec
from voltyard.charger.evse.connector import ActiveFault, ChargePointStatus, Connector
from voltyard.charger.evse.evse import Evse
from voltyard.charger.evse.meter_value import MeterValue
from voltyard.charger.monitoring.monitor import MonitorEvent
from voltyard.charger.security.kept import SigningUse
from voltyard.charger.security.security_event import SecurityEvent
from voltyard.charger.smart_charging.negotiation import EvSchedule
from voltyard.charger.smart_charging.profiles import ChargingLimitSource, InstalledProfile
from voltyard.charger.transactions.transaction import Transaction, TransactionEvent, TriggerReason
from voltyard.charger.v201.charging_needs import needs_request
from voltyard.charger.v201.contracts import CONTRACT_MESSAGES
from voltyard.charger.v201.firmware import firmware_status, upload_status
from voltyard.charger.v201.monitoring.reports import wire_component
from voltyard.charger.v201.publication import publication_status
from voltyard.charger.v201.requests import read_info, token_of
from voltyard.charger.v201.smart_charging import write_schedule
from voltyard.charger.v201.tariff_cost import read_cost
from voltyard.charger.variables.settings import ChargerSettings, Setting
from voltyard.charger.variables.standard.meter_values import (
    ALIGNED_ENDED_INTERVAL,
    ALIGNED_MEASURANDS,
    ENDED_INTERVAL,
    ENDED_MEASURANDS,
)
from voltyard.charger.variables.standard.smart_charging import RATE_UNITS
from voltyard.charger.variables.standard.transactions import TX_START_POINT, TX_STOP_POINT
from voltyard.charger.versions.contract_messages import ContractMessages
from voltyard.charger.versions.dialect import CostAnswer
from voltyard.kernel.errors import NotFound
from voltyard.kernel.time import Instant, Seconds
from voltyard.ocpp.payload import Payload, Untyped
from voltyard.ocpp.timestamps import Timestamp
from voltyard.ocpp.v201 import messages as m
from voltyard.ocpp.versions import V201, Version
from voltyard.physics.charging_needs import ChargingNeeds

_HEARTBEAT = m.HeartbeatRequest()

_WORDS: dict[ChargePointStatus, m.ConnectorStatus] = {
    ChargePointStatus.AVAILABLE: "Available",
    ChargePointStatus.RESERVED: "Reserved",
    ChargePointStatus.UNAVAILABLE: "Unavailable",
    ChargePointStatus.FAULTED: "Faulted",
}
"""Statuses on the wire; all others are Occupied (2.0.1 Part 2, ConnectorStatusEnumType)."""

_REASONS: dict[str, m.Reason] = {
    "DeAuthorized": "DeAuthorized",
    "EmergencyStop": "EmergencyStop",
    "EnergyLimitReached": "EnergyLimitReached",
    "EVDisconnected": "EVDisconnected",
    "GroundFault": "GroundFault",
    "HardReset": "ImmediateReset",
    "SoftReset": "ImmediateReset",
    "ImmediateReset": "ImmediateReset",
    "LocalOutOfCredit": "LocalOutOfCredit",
    "MasterPass": "MasterPass",
    "OvercurrentFault": "OvercurrentFault",
    "PowerLoss": "PowerLoss",
    "PowerQuality": "PowerQuality",
    "Reboot": "Reboot",
    "Remote": "Remote",
    "SOCLimitReached": "SOCLimitReached",
    "StoppedByEV": "StoppedByEV",
    "TimeLimitReached": "TimeLimitReached",
    "Timeout": "Timeout",
}
"""Local is left out of the message (E06.FR.08); what else is not here is Other."""

_NAMED_UNITS = ("W", "A", "V", "Percent", "Hz")
_UNITS = {unit: m.UnitOfMeasure(unit=unit) for unit in _NAMED_UNITS}
"""Wh is the default and left out."""


class ChargerDialect201:
    """OCPP 2.0.1, as the charger speaks it."""

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
    kept_mark_interval: Setting = ALIGNED_ENDED_INTERVAL
    triggered_measurands: Setting = ALIGNED_MEASURANDS
    values_belong_to_transactions = False
    rate_units: Setting = RATE_UNITS
    replaces_profiles = False
    negotiates_schedules = True
    stacks_defaults = True
    contracts: ContractMessages | None = CONTRACT_MESSAGES
    has_monitors = True
    longest_token = 36
    token_kinds: frozenset[str] = frozenset(get_args(m.IdTokenKind))

    def start_points(self, settings: ChargerSettings) -> Collection[str]:
        return settings.members(TX_START_POINT)

    def stop_points(self, settings: ChargerSettings) -> Collection[str]:
        return settings.members(TX_STOP_POINT)

    def kept(self, settings: ChargerSettings) -> tuple[tuple[str, ...], int]:
        measurands = settings.members(ENDED_MEASURANDS)
        interval_s = settings.number(ENDED_INTERVAL)
        return measurands or ("Energy.Active.Import.Register",), interval_s

    def locate(self, evses: Sequence[Evse], at: ConnectorCommand) -> tuple[Evse, Connector]:
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

    def boot(self, spec: ChargerSpec, firmware_version: str, reason: BootReason) -> Payload:
        modem = None
        if spec.iccid or spec.imsi:
            modem = m.Modem(iccid=spec.iccid[:20] or None, imsi=spec.imsi[:20] or None)
        return m.BootNotificationRequest(
            reason=reason,
            charging_station=m.ChargingStation(
                vendor_name=spec.vendor[:50],
                model=spec.model[:20],
                serial_number=spec.serial_number[:25] or None,
                firmware_version=firmware_version[:50] or None,
                modem=modem,
            ),
        )

    def heartbeat(self) -> Payload:
        return _HEARTBEAT

    def authorize(self, token: IdToken) -> Payload:
        return m.AuthorizeRequest(id_token=_wire_token(token))

    def status_word(self, evse: Evse, connector: Connector) -> str:
        if connector.state is ChargePointStatus.PREPARING and evse.plug.connector is not connector:
            return "Available"  # somebody is expected there; nothing occupies it yet
        return _WORDS.get(connector.state, "Occupied")

    def status(self, evse: Evse, connector: Connector, at: Instant) -> Payload:
        return m.StatusNotificationRequest(
            timestamp=Timestamp.of(at),
            connector_status=self.status_word(evse, connector),  # type: ignore[arg-type]
            evse_id=evse.id,
            connector_id=connector.id,
        )

    def station_status(self, operative: bool, at: Instant) -> Payload | None:
        return None

    def list_conflict(self, operative: bool, at: Instant) -> Payload | None:
        return None

    def notify_event(
        self,
        evse: Evse,
        connector: Connector,
        broken: ActiveFault,
        at: Instant,
        new_id: Callable[[], int],
        *,
        mended: bool,
    ) -> Payload | None:
        """NotifyEvent: 2.0.1 has no error codes in its statuses (G05, N07)."""
        fault = broken.fault
        place = None
        if fault.tier != "station":
            number = connector.id if fault.tier == "connector" else None
            place = m.EVSE(id=evse.id, connector_id=number)
        event = m.EventData(
            event_id=new_id(),
            timestamp=Timestamp.of(at),
            trigger="Alerting",
            actual_value="false" if mended else "true",
            tech_code=broken.vendor_error_code or fault.name,
            tech_info=broken.info,
            cleared=True if mended else None,
            component=m.Component(name=fault.component, evse=place),
            event_notification_type="HardWiredNotification",
            variable=m.Variable(name=fault.variable),
        )
        return m.NotifyEventRequest(generated_at=Timestamp.of(at), seq_no=0, event_data=[event])

    def monitor_events(self, events: Sequence[MonitorEvent], at: Instant) -> Payload | None:
        return m.NotifyEventRequest(
            generated_at=Timestamp.of(at),
            seq_no=0,
            event_data=[
                m.EventData(
                    event_id=event.id,
                    timestamp=Timestamp.of(event.at),
                    trigger=event.trigger,
                    actual_value=event.actual_value,
                    cleared=True if event.is_cleared else None,
                    transaction_id=event.transaction_id,
                    component=wire_component(event.monitor.watched),
                    variable_monitoring_id=event.monitor.id,
                    event_notification_type=event.monitor.origin,
                    variable=m.Variable(
                        name=event.monitor.watched.variable,
                        instance=event.monitor.watched.instance,
                    ),
                )
                for event in events
            ],
        )

    def reservation_ended(self, id: int, why: Literal["Expired", "Removed"]) -> Payload | None:
        return m.ReservationStatusUpdateRequest(reservation_id=id, reservation_update_status=why)

    def transaction_message(self, event: TransactionEvent) -> Payload | None:
        # A triggered event tells the state in any case (F06.FR.07).
        tells_state = event.state_changed or event.trigger == "Trigger"
        reason = None
        if event.reason is not None and event.reason != "Local":
            reason = _REASONS.get(event.reason, "Other")
        evse = None
        if event.tell_evse:
            evse = m.EVSE(id=event.evse_id, connector_id=event.connector_id)
        return m.TransactionEventRequest(
            event_type=event.event_type,
            timestamp=Timestamp.of(event.at),
            trigger_reason=_trigger_of(event),
            seq_no=event.seq_no,
            meter_value=[_meter_value(reading) for reading in event.readings] or None,
            number_of_phases_used=event.phases,
            cable_max_current=None if event.cable_a is None else round(event.cable_a),
            transaction_info=m.Transaction(
                transaction_id=event.transaction.id,
                charging_state=event.charging_state if tells_state else None,
                stopped_reason=reason,
                remote_start_id=event.remote_start_id,
            ),
            reservation_id=event.reservation_id,
            evse=evse,
            id_token=None if event.id_token is None else _wire_token(event.id_token),
        )

    def values_message(
        self,
        transaction: Transaction,
        connector_number: int,
        trigger: TriggerReason,
        at: Instant,
        readings: tuple[MeterValue, ...],
    ) -> Payload:
        state = transaction.charging_state if trigger == "Trigger" else None  # F06.FR.07
        return m.TransactionEventRequest(
            event_type="Updated",
            timestamp=Timestamp.of(at),
            trigger_reason=trigger,  # type: ignore[arg-type]
            seq_no=transaction.seq_no,
            meter_value=[_meter_value(reading) for reading in readings] or None,
            transaction_info=m.Transaction(transaction_id=transaction.id, charging_state=state),
        )

    def with_wire_id(self, payload: Payload, wire_id: str | None, offline: bool) -> Payload:
        if offline and isinstance(payload, m.TransactionEventRequest):
            return replace(payload, offline=True)
        return payload

    def meter_values(self, evse: Evse | None, readings: tuple[MeterValue, ...]) -> Payload:
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

    def publication_status(
        self, status: str, request_id: int | None, locations: tuple[str, ...]
    ) -> Payload | None:
        return publication_status(status, request_id, locations)

    def charging_limit(self, one: InstalledProfile, *, with_schedule: bool) -> Payload | None:
        return m.NotifyChargingLimitRequest(
            charging_limit=m.ChargingLimit(
                charging_limit_source=one.source, is_grid_critical=one.is_grid_critical
            ),
            evse_id=one.evse_id or None,
            charging_schedule=[write_schedule(one.profile.schedule)] if with_schedule else None,
        )

    def charging_needs(self, evse: Evse, needs: ChargingNeeds, offset_s: Seconds) -> Payload | None:
        return needs_request(evse, needs, offset_s)

    def read_charging_needs(self, response: Payload) -> str:
        assert isinstance(response, m.NotifyEVChargingNeedsResponse)
        return response.status

    def ev_charging_schedule(self, evse_id: int, chosen: EvSchedule) -> Payload | None:
        return m.NotifyEVChargingScheduleRequest(
            time_base=Timestamp.of(chosen.time_base),
            evse_id=evse_id,
            charging_schedule=write_schedule(chosen.schedule),
        )

    def cleared_charging_limit(self, source: ChargingLimitSource, evse_id: int) -> Payload | None:
        return m.ClearedChargingLimitRequest(charging_limit_source=source, evse_id=evse_id or None)

    def sign_certificate(self, request: str, use: SigningUse) -> Payload:
        kind = None if use == "both" else use
        return m.SignCertificateRequest(csr=request, certificate_type=kind)

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

    def read_cost(self, response: Payload) -> CostAnswer | None:
        assert isinstance(response, m.TransactionEventResponse)
        return read_cost(response)

    def read_signing(self, response: Payload) -> bool:
        assert isinstance(response, m.SignCertificateResponse)
        return response.status == "Accepted"

    def shown_token_info(self, info: TokenInfo) -> dict[str, object]:
        told: dict[str, object] = {"status": info.status}
        if info.expires_at is not None:
            told["cacheExpiryDateTime"] = Timestamp.of(info.expires_at)
        if info.group is not None:
            told["groupIdToken"] = info.group
        return told


def _trigger_of(event: TransactionEvent) -> m.TriggerReason:
    """The trigger in 2.0.1's words: a transaction that goes on after a power loss has changed its
    state, since 2.1 alone has TxResumed."""
    return "ChargingStateChanged" if event.trigger == "TxResumed" else event.trigger


def _wire_token(token: IdToken) -> m.IdToken:
    return m.IdToken(id_token=token.text, type=token.kind)  # type: ignore[arg-type]


def _meter_value(reading: MeterValue) -> m.MeterValue:
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


V201_DIALECT = ChargerDialect201()
