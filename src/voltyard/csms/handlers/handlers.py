"""Handlers of chargers' requests: the reply, the records and the events of each."""

from collections.abc import Mapping
from typing import Any

from voltyard.csms import requests
from voltyard.csms.authorization.authorizer import IdTagAuthorizer
from voltyard.csms.commands.outcome_tracker import OutcomeTracker
from voltyard.csms.handlers.authorization import AuthorizationHandlers, ChargingElsewhere
from voltyard.csms.handlers.boot import BootHandlers
from voltyard.csms.handlers.contracts import ContractHandlers
from voltyard.csms.handlers.data_transfer import DataTransfers
from voltyard.csms.handlers.firmware_and_logs import ProgressHandlers
from voltyard.csms.handlers.handling import Handling, RequestHandler
from voltyard.csms.handlers.reservation import ReservationHandlers
from voltyard.csms.handlers.security import SecurityHandlers
from voltyard.csms.handlers.smart_charging import SmartChargingHandlers
from voltyard.csms.handlers.status import StatusHandlers, notify_report
from voltyard.csms.handlers.transactions import TransactionHandlers, Unsettled
from voltyard.csms.registry import RegisteredCharger
from voltyard.csms.requests import ChargerRequest
from voltyard.csms.reservations import Reservations
from voltyard.csms.security.contract_verdicts import CertificateAnswers
from voltyard.csms.settings import OrganizationSettings
from voltyard.csms.smart_charging.charging_plans import ChargingPlans
from voltyard.csms.tariffs.tariff_registry import TariffRegistry
from voltyard.csms.transactions.transactions import Transactions
from voltyard.kernel.time import Instant


class RequestHandlers:
    """Handles the requests of all chargers, from memory."""

    def __init__(
        self,
        settings: OrganizationSettings,
        tags: IdTagAuthorizer,
        transactions: Transactions,
        data_transfers: DataTransfers,
        outcomes: OutcomeTracker,
        reservations: Reservations,
        security: SecurityHandlers,
        certificates: CertificateAnswers,
        plans: ChargingPlans,
        tariffs: TariffRegistry,
        unsettled: Unsettled,
        charging_elsewhere: ChargingElsewhere | None = None,
    ) -> None:
        boot = BootHandlers(settings, outcomes)
        status = StatusHandlers(reservations)
        authorization = AuthorizationHandlers(
            tags, transactions.ledger, certificates, tariffs, charging_elsewhere
        )
        contracts = ContractHandlers(certificates)
        transaction = TransactionHandlers(
            authorization, tags, transactions, reservations, unsettled
        )
        progress = ProgressHandlers(outcomes)
        reservation = ReservationHandlers(reservations)
        smart_charging = SmartChargingHandlers(plans, transactions.ledger)
        self._handlers: Mapping[type[Any], RequestHandler] = {
            requests.BootNotification: boot.boot_notification,
            requests.Heartbeat: boot.heartbeat,
            requests.StatusNotification: status.status_notification,
            requests.Authorize: authorization.authorize,
            requests.StartTransaction: transaction.start_transaction,
            requests.StopTransaction: transaction.stop_transaction,
            requests.TransactionEvent: transaction.transaction_event,
            requests.MeterValues: transaction.meter_values,
            requests.DataTransfer: data_transfers.data_transfer,
            requests.FirmwareStatusNotification: progress.firmware_status_notification,
            requests.PublishFirmwareStatusNotification: progress.publication_status,
            requests.LogStatusNotification: progress.log_status_notification,
            requests.SecurityEventNotification: security.security_event_notification,
            requests.ReportPart: notify_report,
            requests.SignCertificate: security.sign_certificate,
            requests.Get15118EvCertificate: contracts.get_15118_ev_certificate,
            requests.GetCertificateStatus: contracts.get_certificate_status,
            requests.ReservationStatusUpdate: reservation.reservation_status_update,
            requests.NotifyEVChargingNeeds: smart_charging.charging_needs,
            requests.NotifyEVChargingSchedule: smart_charging.ev_schedule,
            requests.ChargingLimit: smart_charging.charging_limit,
            requests.OtherRequest: status.other_request,
        }

    def handle(
        self, charger: RegisteredCharger, version: str, request: ChargerRequest, now: Instant
    ) -> Handling:
        """The outcome of a request. Nothing here waits."""
        return self._handlers[type(request)](charger, version, request, now)
