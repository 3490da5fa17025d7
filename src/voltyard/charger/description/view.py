"""Builds the outside state (state.py) of a charger from its parts."""

from __future__ import annotations

from dataclasses import dataclass

from voltyard.charger.authorization.contract import PluggedContract
from voltyard.charger.connection.connection import CsmsConnection
from voltyard.charger.connection.power_and_reset import PowerAndReset
from voltyard.charger.connection.registration import Registration
from voltyard.charger.connection.wire import ChargerWire
from voltyard.charger.context import ChargerContext
from voltyard.charger.display.display import Display
from voltyard.charger.evse.connector import Connector
from voltyard.charger.evse.evse import Evse
from voltyard.charger.evse.session_ends import SessionEnds
from voltyard.charger.evse.statuses import Statuses
from voltyard.charger.firmware.firmware_publication import FirmwarePublication
from voltyard.charger.firmware.firmware_update import FirmwareUpdate
from voltyard.charger.firmware.log_upload import LogUpload
from voltyard.charger.security import x509
from voltyard.charger.security.security import Security
from voltyard.charger.smart_charging.profile_limits import ProfileLimits
from voltyard.charger.smart_charging.profiles import InstalledProfile
from voltyard.charger.state import (
    CertificateState,
    ChargerState,
    ChargingProfileState,
    ConnectorState,
    ContractState,
    CostState,
    DisplayMessageState,
    FaultState,
    FirmwareState,
    PublicationState,
    PublishedFirmwareState,
    RefusedAnswerState,
    ReservationState,
    SecurityState,
    TransactionLimitState,
    TransactionState,
    UploadState,
)
from voltyard.charger.tariff_cost.tariff_cost import shown_cost
from voltyard.charger.transactions.outbox import TransactionOutbox
from voltyard.charger.transactions.transaction import Transaction
from voltyard.kernel.time import Instant


@dataclass(slots=True)
class StateView:
    """The state of one charger, put together from its parts."""

    context: ChargerContext
    evses: tuple[Evse, ...]
    wire: ChargerWire
    security: Security
    connection: CsmsConnection
    registration: Registration
    outbox: TransactionOutbox
    statuses: Statuses
    profile_limits: ProfileLimits
    display: Display
    power: PowerAndReset
    firmware: FirmwareUpdate
    log_upload: LogUpload
    publication: FirmwarePublication | None

    def state(self, now: Instant) -> ChargerState:
        """The state, with the energy that has flowed until now."""
        connectors = []
        faults: list[str] = []
        for evse in self.evses:
            if now > evse.settled_at:
                evse.settle(now)
            for connector in evse.connectors:
                connectors.append(self._connector(evse, connector))
                faults.extend(one.fault.name for one in connector.broken)
        return ChargerState(
            at=now,
            powered=self.power.powered,
            connected=self.connection.up,
            boot_status=self.registration.status,
            connectors=tuple(connectors),
            faults=tuple(faults),
            queue_length=len(self.outbox),
            settings_version=self.context.settings.version,
            reservations=tuple(
                ReservationState(
                    id=one.id,
                    id_tag=one.token.text,
                    group=one.group,
                    expires_at=one.expires_at,
                    evse_id=one.evse_id,
                    connector_id=one.connector_id,
                )
                for one in self.statuses.book.entries.values()
            ),
            charging_profiles=tuple(
                _profile(one)
                for one in (*self.profile_limits.installed, *self.profile_limits.external)
            ),
            display_messages=self._display_messages(now + self.context.offset_s),
            clock_skew_s=self.context.offset_s,
            takes_csms_time=not self.context.keeps_time,
            firmware=self._firmware(),
            upload=self._upload(),
            publication=self._publication(),
            security=self._security(),
            validation=self.context.spec.validation,
            refused_answer=self._refused_answer(),
        )

    def _display_messages(self, at: Instant) -> tuple[DisplayMessageState, ...]:
        messages = self.display.messages(at)
        if not messages:
            return ()
        shown = {one.id for one in self.display.shown(at)} if self.power.powered else set()
        return tuple(
            DisplayMessageState(
                id=one.id,
                priority=one.priority,
                format=one.format,
                content=one.content,
                language=one.language,
                state=one.state,
                starts_at=one.starts_at,
                ends_at=one.ends_at,
                transaction_id=one.transaction_id,
                is_shown=one.id in shown,
            )
            for one in messages
        )

    def _refused_answer(self) -> RefusedAnswerState | None:
        refused = self.wire.refused
        if refused is None:
            return None
        return RefusedAnswerState(
            at=refused.at,
            action=refused.action,
            message_id=refused.message_id,
            field=refused.field,
            rule=refused.rule,
            message=refused.message,
        )

    def _security(self) -> SecurityState:
        security = self.security
        held = [(root.use, root.pem) for root in security.installed.all()]
        own = security.credentials.certificate
        if own is not None:
            held.append(("ChargingStationCertificate", own))
        return SecurityState(
            profile=security.credentials.now.profile,
            on_trial=security.credentials.on_trial,
            certificates=tuple(
                CertificateState(use=use, subject=x509.subject(pem), ends_at=x509.ends_at(pem))
                for use, pem in held
            ),
            tells_events=security.events.tells,
            events_waiting=len(security.events.waiting),
        )

    def _firmware(self) -> FirmwareState:
        progress = self.firmware.progress
        return FirmwareState(
            version=self.context.firmware_version,
            status=progress.status,
            request_id=progress.request_id,
        )

    def _upload(self) -> UploadState | None:
        log_upload = self.log_upload
        progress = log_upload.progress
        if progress.status == "Idle":
            return None
        return UploadState(
            status=progress.status, file_name=log_upload.name, request_id=progress.request_id
        )

    def _publication(self) -> PublicationState | None:
        publication = self.publication
        if publication is None:
            return None
        return PublicationState(
            status=publication.progress.status,
            request_id=publication.progress.request_id,
            files=tuple(
                PublishedFirmwareState(
                    checksum=one.order.checksum,
                    request_id=one.order.request_id,
                    locations=one.locations,
                    downloads=publication.downloads(one),
                )
                for one in publication.published.values()
            ),
        )

    def _connector(self, evse: Evse, connector: Connector) -> ConnectorState:
        plugged = evse.plug.connector is connector
        flow = evse.flow() if plugged else None
        limit = evse.supply.limit_at(connector)
        return ConnectorState(
            evse_id=evse.id,
            connector_id=connector.id,
            status=self.context.dialect.status_word(evse, connector),
            error_code=connector.error,
            vehicle=evse.plug.vehicle.name if plugged and evse.plug.vehicle is not None else None,
            power_w=0.0 if flow is None else flow.power_w,
            current_a=0.0 if flow is None else flow.current_a,
            energy_wh=evse.meter.register_wh,
            soc_percent=evse.plug.soc_percent if plugged else None,
            transaction=_transaction(evse, connector),
            limit_w=limit.power_w,
            limit_source=limit.source,
            charging_profile_id=limit.profile_id,
            wanted_w=evse.wanted_w() if plugged else 0.0,
            least_w=evse.supply.least_w() if plugged else 0.0,
            share_w=evse.supply.share_w,
            faults=tuple(
                FaultState(
                    name=one.fault.name,
                    error_code=one.fault.error_code,
                    effect=one.fault.effect,
                    recover_at=one.recover_at,
                )
                for one in connector.broken
            ),
            contract=_contract(evse.plug.contract) if plugged else None,
            cost=self._cost(evse) if evse.plug.place is connector else None,
        )

    def _cost(self, evse: Evse) -> CostState | None:
        return shown_cost(evse, self.context.settings, online=self.context.online)


def _contract(plugged: PluggedContract | None) -> ContractState | None:
    if plugged is None:
        return None
    return ContractState(
        emaid=plugged.contract.emaid,
        stage=plugged.stage,
        certificate_status=plugged.verdict,
        reason=plugged.reason,
        exi_response=plugged.exi_response,
    )


def _profile(one: InstalledProfile) -> ChargingProfileState:
    profile, schedule = one.profile, one.profile.schedule
    return ChargingProfileState(
        id=profile.id,
        evse_id=one.evse_id,
        connector_id=one.connector_id,
        purpose=profile.purpose,
        stack_level=profile.stack_level,
        kind=profile.kind,
        recurrence=profile.recurrence,
        valid_from=profile.valid_from,
        valid_to=profile.valid_to,
        transaction=profile.transaction,
        start_at=schedule.start_at,
        duration_s=schedule.duration_s,
        unit=schedule.unit,
        periods=schedule.periods,
        installed_at=one.installed_at,
        source=one.source,
    )


def _transaction(evse: Evse, connector: Connector) -> TransactionState | None:
    transaction = evse.transaction
    if transaction is None or transaction.connector_id != connector.id:
        return None
    token = transaction.id_token
    return TransactionState(
        transaction=transaction.id,
        transaction_id=transaction.wire_id,
        id_tag=None if token is None else token.text,
        started_at=transaction.started_at,
        meter_start_wh=transaction.meter_start_wh,
        charging_state=evse.charging_state,
        limits=_limits(evse, transaction),
    )


def _limits(evse: Evse, transaction: Transaction) -> TransactionLimitState | None:
    limits = SessionEnds.of(tuple(end for end in evse.ends.all if end.is_limit))
    if not limits.all:
        return None
    register_wh = limits.register_wh
    costs = [end.cost for end in limits.all if end.cost is not None]
    return TransactionLimitState(
        max_energy_wh=None if register_wh is None else register_wh - transaction.meter_start_wh,
        ends_at=limits.at,
        max_soc_percent=limits.soc_percent,
        max_cost=str(min(costs)) if costs else None,
    )
