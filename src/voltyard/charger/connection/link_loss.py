"""The loss of the link, the calls that come to nothing with it, and its recovery."""

from __future__ import annotations

from dataclasses import dataclass

from voltyard.charger.connection.connection import CsmsConnection
from voltyard.charger.connection.registration import Registration
from voltyard.charger.connection.responses import Responses
from voltyard.charger.connection.wire import ChargerWire
from voltyard.charger.context import ChargerContext
from voltyard.charger.evse.statuses import Statuses
from voltyard.charger.firmware.firmware_publication import FirmwarePublication
from voltyard.charger.firmware.firmware_update import FirmwareUpdate
from voltyard.charger.firmware.log_upload import LogUpload
from voltyard.charger.monitoring.monitoring import Monitoring
from voltyard.charger.reservation.reservation_controller import ReservationController
from voltyard.charger.security.security import Security
from voltyard.charger.transactions.lifecycle import TransactionLifecycle
from voltyard.charger.transactions.outbox import TransactionOutbox
from voltyard.charger.variables.reports import DeviceModelReports
from voltyard.charger.variables.standard.communication import OFFLINE_THRESHOLD


@dataclass(slots=True)
class LinkLoss:
    """Tells all parts that whatever was under way over the link has come to nothing."""

    context: ChargerContext
    wire: ChargerWire
    registration: Registration
    outbox: TransactionOutbox
    security: Security
    reports: DeviceModelReports
    monitoring: Monitoring
    transactions: TransactionLifecycle
    responses: Responses

    def happen(self) -> None:
        """The link is lost."""
        self.context.go_offline()
        dropped = self.wire.drop()
        self.registration.disconnected()
        self.outbox.disconnected()
        self.security.disconnected()
        self.reports.disconnected()
        self.monitoring.events.disconnected()
        self.transactions.unconfirmed()
        for purpose, _ in dropped:
            self.responses.lost(purpose)


@dataclass(slots=True)
class LinkRecovery:
    """Has all parts tell what is still to be told, on a link to a CSMS that has accepted the
    boot."""

    context: ChargerContext
    connection: CsmsConnection
    statuses: Statuses
    reservations: ReservationController
    firmware: FirmwareUpdate
    log_upload: LogUpload
    publication: FirmwarePublication | None
    outbox: TransactionOutbox
    monitoring: Monitoring
    security: Security

    def happen(self) -> None:
        """The CSMS can be told everything again (2.0.1 B04: all of it after OfflineThreshold)."""
        context = self.context
        context.go_online()
        lost_at = self.connection.lost_at
        threshold_s = context.settings.number(OFFLINE_THRESHOLD)
        long = lost_at is not None and context.now - lost_at > threshold_s
        if long and not context.dialect.station_is_apart:
            self.statuses.tell_all()
        else:
            self.statuses.tell_changes()
        self.reservations.tell()
        self.firmware.progress.online()
        self.log_upload.progress.online()
        if self.publication is not None:
            self.publication.progress.online()
        self.outbox.send()
        self.monitoring.events.send()
        self.security.online()
