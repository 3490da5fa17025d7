"""The dialect of OCPP 1.6: builds its messages, reads its responses, states its rules."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Literal

from msgspec.structs import replace

from voltyard.catalogue.commands.shared import ConnectorCommand
from voltyard.charger.authorization.id_token import IdToken, TokenInfo
from voltyard.charger.connection.boot import BootAnswer, BootReason
from voltyard.charger.description.specification import ChargerSpec
from voltyard.charger.evse.connector import ActiveFault, Connector
from voltyard.charger.evse.evse import Evse
from voltyard.charger.evse.meter_value import MeterValue
from voltyard.charger.monitoring.monitor import MonitorEvent
from voltyard.charger.security.kept import SigningUse
from voltyard.charger.security.security_event import SecurityEvent
from voltyard.charger.smart_charging.negotiation import EvSchedule
from voltyard.charger.smart_charging.profiles import ChargingLimitSource, InstalledProfile
from voltyard.charger.transactions.transaction import (
    METER_VALUE_TRIGGERS,
    Transaction,
    TransactionEvent,
    TriggerReason,
)
from voltyard.charger.v16.connector_numbers import by_number
from voltyard.charger.v16.firmware import firmware_status, upload_status
from voltyard.charger.v16.requests import read_info
from voltyard.charger.variables.settings import ChargerSettings, Setting
from voltyard.charger.variables.standard.meter_values import (
    CLOCK_ALIGNED_INTERVAL,
    ENDED_MEASURANDS,
    SAMPLE_INTERVAL,
    SAMPLED_MEASURANDS,
)
from voltyard.charger.variables.standard.smart_charging import RATE_UNITS_16
from voltyard.charger.versions.contract_messages import ContractMessages
from voltyard.charger.versions.dialect import CostAnswer
from voltyard.kernel.errors import NotFound
from voltyard.kernel.time import Instant, Seconds
from voltyard.ocpp.payload import Payload, Untyped
from voltyard.ocpp.timestamps import Timestamp
from voltyard.ocpp.v16 import messages as m
from voltyard.ocpp.versions import V16, Version
from voltyard.physics.charging_needs import ChargingNeeds

_START_POINTS = frozenset({"PowerPathClosed"})
_STOP_POINTS = frozenset({"EVConnected", "Authorized"})

_HEARTBEAT = m.HeartbeatRequest()

_UNNAMED = -1
"""In place of an id that is not known: `with_wire_id` puts the real one in, or leaves it (errata
3.18)."""

_REASONS: dict[str, m.Reason] = {
    "DeAuthorized": "DeAuthorized",
    "EmergencyStop": "EmergencyStop",
    "EVDisconnected": "EVDisconnected",
    "HardReset": "HardReset",
    "ImmediateReset": "HardReset",
    "Local": "Local",
    "PowerLoss": "PowerLoss",
    "Reboot": "Reboot",
    "Remote": "Remote",
    "SoftReset": "SoftReset",
    "UnlockCommand": "UnlockCommand",
}
"""Reasons on the wire; all others are Other (1.6 section 7.36)."""

_SECURITY_EVENTS = {
    "CsmsFailedToAuthenticate": "CentralSystemFailedToAuthenticate",
    "FailedToAuthenticateAtCsms": "FailedToAuthenticateAtCentralSystem",
    "InvalidChargingStationCertificate": "InvalidChargePointCertificate",
    "InvalidCsmsCertificate": "InvalidCentralSystemCertificate",
}
"""Names the white paper has otherwise."""


class ChargerDialect16:
    """OCPP 1.6-J, as the charger speaks it."""

    version: Version = V16
    names_transactions_on_confirmation = True
    retries_keep_id = True
    station_is_apart = True
    tells_every_step = True
    tells_errors = True
    keeps_begin = True
    token_uses_reservation = False
    unlocking_stops = True
    answers_while_rejected = False
    asks_again_for_certificates = False
    rides_out_disconnection = True
    kept_mark_interval: Setting = CLOCK_ALIGNED_INTERVAL
    triggered_measurands: Setting = SAMPLED_MEASURANDS
    values_belong_to_transactions = True
    rate_units: Setting = RATE_UNITS_16
    replaces_profiles = True
    negotiates_schedules = False
    stacks_defaults = False
    contracts: ContractMessages | None = None
    has_monitors = False
    longest_token = 20
    token_kinds: frozenset[str] = frozenset()

    def start_points(self, settings: ChargerSettings) -> Collection[str]:
        return _START_POINTS

    def stop_points(self, settings: ChargerSettings) -> Collection[str]:
        return _STOP_POINTS

    def kept(self, settings: ChargerSettings) -> tuple[tuple[str, ...], int]:
        measurands = settings.members(ENDED_MEASURANDS)
        return measurands, settings.number(SAMPLE_INTERVAL) if measurands else 0

    def locate(self, evses: Sequence[Evse], at: ConnectorCommand) -> tuple[Evse, Connector]:
        for evse in evses:
            if evse.id != at.evse_id:
                continue
            for connector in evse.connectors:
                if connector.id == at.connector_id:
                    return evse, connector
        found = by_number(evses, at.connector_id) if at.evse_id == 1 else None
        if found is None:
            raise NotFound(
                f"there is no connector_id {at.connector_id} at evse_id {at.evse_id}",
                evse_id=at.evse_id,
                connector_id=at.connector_id,
            )
        return found

    # --- messages ------------------------------------------------------------------------------

    def action_name(self, request: Payload) -> str:
        if isinstance(request, Untyped):
            return request.action
        return V16.action_of(type(request)).name

    def boot(self, spec: ChargerSpec, firmware_version: str, reason: BootReason) -> Payload:
        return m.BootNotificationRequest(
            charge_point_vendor=spec.vendor[:20],
            charge_point_model=spec.model[:20],
            charge_point_serial_number=spec.serial_number[:25] or None,
            charge_box_serial_number=spec.charge_box_serial_number[:25] or None,
            firmware_version=firmware_version[:50] or None,
            iccid=spec.iccid[:20] or None,
            imsi=spec.imsi[:20] or None,
            meter_type=spec.meter_type[:25] or None,
            meter_serial_number=spec.meter_serial_number[:25] or None,
        )

    def heartbeat(self) -> Payload:
        return _HEARTBEAT

    def authorize(self, token: IdToken) -> Payload:
        return m.AuthorizeRequest(id_tag=token.text)

    def status_word(self, evse: Evse, connector: Connector) -> str:
        return connector.state.value

    def status(self, evse: Evse, connector: Connector, at: Instant) -> Payload:
        return m.StatusNotificationRequest(
            connector_id=evse.before + connector.id,
            error_code=connector.error,  # type: ignore[arg-type]
            status=connector.state.value,
            info=connector.fault_info or connector.info,
            vendor_error_code=connector.vendor_error_code,
            timestamp=Timestamp.of(at),
        )

    def station_status(self, operative: bool, at: Instant) -> Payload | None:
        return _of_station(operative, at, "NoError")

    def list_conflict(self, operative: bool, at: Instant) -> Payload | None:
        return _of_station(operative, at, "LocalListConflict")

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
        return None

    def monitor_events(self, events: Sequence[MonitorEvent], at: Instant) -> Payload | None:
        return None

    def reservation_ended(self, id: int, why: Literal["Expired", "Removed"]) -> Payload | None:
        return None

    def transaction_message(self, event: TransactionEvent) -> Payload | None:
        if event.event_type == "Started":
            token = event.transaction.id_token
            return m.StartTransactionRequest(
                connector_id=event.connector_number,
                id_tag="" if token is None else token.text,
                meter_start=int(event.transaction.meter_start_wh),
                timestamp=Timestamp.of(event.at),
                reservation_id=event.reservation_id,
            )
        if event.event_type == "Ended":
            return m.StopTransactionRequest(
                id_tag=None if event.id_token is None else event.id_token.text,
                meter_stop=int(event.meter_stop_wh),
                timestamp=Timestamp.of(event.at),
                transaction_id=_UNNAMED,
                reason=_REASONS.get(event.reason or "Local", "Other"),
                transaction_data=[_meter_value(reading) for reading in event.readings] or None,
            )
        # The rest of a transaction's middle has no message.
        if event.trigger in METER_VALUE_TRIGGERS or event.trigger == "TxResumed":
            return self.values_message(
                event.transaction, event.connector_number, event.trigger, event.at, event.readings
            )
        return None

    def values_message(
        self,
        transaction: Transaction,
        connector_number: int,
        trigger: TriggerReason,
        at: Instant,
        readings: tuple[MeterValue, ...],
    ) -> Payload:
        return m.MeterValuesRequest(
            connector_id=connector_number,
            transaction_id=_UNNAMED,
            meter_value=[_meter_value(reading) for reading in readings],
        )

    def with_wire_id(self, payload: Payload, wire_id: str | None, offline: bool) -> Payload:
        if isinstance(payload, _OF_TRANSACTION):
            return replace(payload, transaction_id=_UNNAMED if wire_id is None else int(wire_id))
        return payload

    def meter_values(self, evse: Evse | None, readings: tuple[MeterValue, ...]) -> Payload:
        number = 0
        if evse is not None:
            number = evse.before + evse.plug.place.id
        return m.MeterValuesRequest(
            connector_id=number, meter_value=[_meter_value(reading) for reading in readings]
        )

    def security_event(self, event: SecurityEvent) -> Payload:
        return m.SecurityEventNotificationRequest(
            type=_SECURITY_EVENTS.get(event.type, event.type),
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
        return None

    def charging_limit(self, one: InstalledProfile, *, with_schedule: bool) -> Payload | None:
        return None

    def charging_needs(self, evse: Evse, needs: ChargingNeeds, offset_s: Seconds) -> Payload | None:
        return None

    def read_charging_needs(self, response: Payload) -> str:
        return "Rejected"

    def ev_charging_schedule(self, evse_id: int, chosen: EvSchedule) -> Payload | None:
        return None

    def cleared_charging_limit(self, source: ChargingLimitSource, evse_id: int) -> Payload | None:
        return None

    def sign_certificate(self, request: str, use: SigningUse) -> Payload:
        return m.SignCertificateRequest(csr=request)

    # --- meanings ------------------------------------------------------------------------------

    def read_boot(self, response: Payload) -> BootAnswer:
        assert isinstance(response, m.BootNotificationResponse)
        return BootAnswer(response.status, response.current_time.instant, response.interval)

    def read_time(self, response: Payload) -> Instant:
        assert isinstance(response, m.HeartbeatResponse)
        return response.current_time.instant

    def read_authorization(self, response: Payload) -> TokenInfo:
        assert isinstance(response, m.AuthorizeResponse)
        return read_info(response.id_tag_info)

    def read_transaction(
        self, request: Payload, response: Payload
    ) -> tuple[str | None, IdToken | None, TokenInfo | None]:
        if isinstance(response, m.MeterValuesResponse):  # nearly always
            return None, None, None
        if isinstance(response, m.StartTransactionResponse):
            assert isinstance(request, m.StartTransactionRequest)
            info = read_info(response.id_tag_info)
            return str(response.transaction_id), IdToken(request.id_tag), info
        if isinstance(response, m.StopTransactionResponse) and response.id_tag_info is not None:
            assert isinstance(request, m.StopTransactionRequest)
            token = None if request.id_tag is None else IdToken(request.id_tag)
            return None, token, read_info(response.id_tag_info)
        return None, None, None

    def read_cost(self, response: Payload) -> CostAnswer | None:
        return None

    def read_signing(self, response: Payload) -> bool:
        assert isinstance(response, m.SignCertificateResponse)
        return response.status == "Accepted"

    def shown_token_info(self, info: TokenInfo) -> dict[str, object]:
        told: dict[str, object] = {"status": info.status}
        if info.expires_at is not None:
            told["expiryDate"] = Timestamp.of(info.expires_at)
        if info.group is not None:
            told["parentIdTag"] = info.group
        return told


_OF_TRANSACTION = (m.MeterValuesRequest, m.StopTransactionRequest)
"""Requests that name their transaction."""

_UNITS: dict[str, str | None] = {"": None, "Hz": None}
"""1.6 has no unit of frequency: such a value is in hertz, and names none (its UnitOfMeasure)."""


def _of_station(operative: bool, at: Instant, error_code: m.ChargePointErrorCode) -> Payload:
    return m.StatusNotificationRequest(
        connector_id=0,
        error_code=error_code,
        status="Available" if operative else "Unavailable",
        timestamp=Timestamp.of(at),
    )


def _meter_value(reading: MeterValue) -> m.MeterValue:
    return m.MeterValue(
        timestamp=Timestamp.of(reading.at),
        sampled_value=[
            m.SampledValue(
                value=_number(sample.value),
                context=reading.context,
                measurand=sample.measurand,  # type: ignore[arg-type]
                phase=sample.phase,  # type: ignore[arg-type]
                unit=_UNITS.get(sample.unit, sample.unit),  # type: ignore[arg-type]
            )
            for sample in reading.samples
        ],
    )


def _number(value: float) -> str:
    """Without a fraction where there is none: register values are whole Wh."""
    whole = int(value)
    return str(whole) if whole == value else str(value)


V16_DIALECT = ChargerDialect16()
