"""Responses to the charger's own calls, routed to its parts: results, errors and lost links."""

from __future__ import annotations

from dataclasses import dataclass

from voltyard.charger.authorization.authorizer import UNREACHED, Authorizer
from voltyard.charger.authorization.id_token import IdToken, TokenInfo
from voltyard.charger.authorization.local_authorization import LocalAuthorization
from voltyard.charger.authorization.plug_and_charge import PlugAndCharge
from voltyard.charger.connection.call_purposes import (
    Authorize,
    AuthorizeContract,
    BootNotification,
    CallPurpose,
    FirmwareStatusNotification,
    Get15118EvCertificate,
    GetCertificateStatus,
    Heartbeat,
    LogStatusNotification,
    MonitorNotice,
    NotifyEVChargingNeeds,
    NotifyEvent,
    NotifyReport,
    ProxiedCall,
    PublishFirmwareStatusNotification,
    ReservationStatusUpdate,
    SecurityEventNotification,
    SignCertificate,
    StatusNotification,
    TransactionMessage,
)
from voltyard.charger.connection.registration import Registration
from voltyard.charger.context import ChargerContext
from voltyard.charger.effects import Done, Failed
from voltyard.charger.evse.sessions import Sessions
from voltyard.charger.evse.statuses import Statuses
from voltyard.charger.firmware.firmware_publication import FirmwarePublication
from voltyard.charger.firmware.firmware_update import FirmwareUpdate
from voltyard.charger.firmware.log_upload import LogUpload
from voltyard.charger.monitoring.monitoring import Monitoring
from voltyard.charger.reservation.reservation_controller import ReservationController
from voltyard.charger.security.security import Security
from voltyard.charger.tariff_cost.tariff_cost import TariffCost
from voltyard.charger.transactions.lifecycle import TransactionLifecycle
from voltyard.charger.transactions.outbox import QueuedMessage, TransactionOutbox
from voltyard.charger.variables.reports import DeviceModelReports
from voltyard.charger.variables.standard.tariff_cost import TARIFF_ENABLED
from voltyard.charger.versions.dialect import NO_COST
from voltyard.ocpp.payload import Payload, Untyped, to_dict


@dataclass(slots=True, eq=False, repr=False)
class Responses:
    """Routes the responses to one charger's calls to its parts."""

    _context: ChargerContext
    _registration: Registration
    _outbox: TransactionOutbox
    _authorization: LocalAuthorization
    _statuses: Statuses
    _reservations: ReservationController
    _transactions: TransactionLifecycle
    _sessions: Sessions
    _authorizer: Authorizer
    _security: Security
    _firmware: FirmwareUpdate
    _log_upload: LogUpload
    _reports: DeviceModelReports
    _plug_and_charge: PlugAndCharge
    _monitoring: Monitoring
    _publication: FirmwarePublication | None

    def answered(self, purpose: CallPurpose, request: Payload, response: Payload) -> bool:
        """The CSMS has answered a call of that purpose; False where nothing changes by that but
        the queue of transaction messages."""
        if isinstance(purpose, TransactionMessage):  # nearly always
            return self._transaction_answered(request, response)
        self._other_answered(purpose, request, response)
        return True

    def _other_answered(self, purpose: CallPurpose, request: Payload, response: Payload) -> None:
        dialect = self._context.dialect
        match purpose:
            case StatusNotification() | FirmwareStatusNotification() | LogStatusNotification():
                pass
            case PublishFirmwareStatusNotification():
                pass
            case Heartbeat():
                before_s = self._context.offset_s
                self._registration.heartbeat_answered(dialect.read_time(response))
                if self._context.offset_s != before_s:
                    self._transactions.schedule_aligned()
            case Authorize():
                self._authorizer.answered(purpose, dialect.read_authorization(response))
            case AuthorizeContract() | Get15118EvCertificate() | GetCertificateStatus():
                self._contract_answered(purpose, response)
            case BootNotification():
                self._booted(response)
            case ProxiedCall(command_id=id):
                content = response.content if isinstance(response, Untyped) else to_dict(response)
                self._context.conclude(id, Done({"response": content}))
            case SecurityEventNotification():
                self._security.events.answered()
            case SignCertificate():
                signing = self._security.signing_of(purpose.use)
                signing.answered(dialect.read_signing(response))
            case NotifyReport():
                self._reports.proceed()
            case MonitorNotice():
                self._monitoring.events.answered()
            case NotifyEVChargingNeeds(evse_id=id):
                self._needs_answered(id, dialect.read_charging_needs(response))

    def _contract_answered(self, purpose: CallPurpose, response: Payload) -> None:
        messages = self._context.dialect.contracts
        assert messages is not None, "it has asked"
        match purpose:
            case AuthorizeContract():
                info, verdict = messages.read_authorization(response)
                self._plug_and_charge.answered(purpose, info, verdict)
            case Get15118EvCertificate():
                certificate = messages.read_ev_certificate(response)
                self._plug_and_charge.installed(purpose, certificate)
            case GetCertificateStatus(query=query):
                result = messages.read_certificate_status(response)
                self._security.v2g_status.answered(query, result)

    def _needs_answered(self, evse_id: int, status: str) -> None:
        negotiation = self._sessions.evses[evse_id - 1].negotiation
        if negotiation is not None:
            negotiation.answered(status)

    def _booted(self, response: Payload) -> None:
        context = self._context
        self._registration.answered(context.dialect.read_boot(response))
        if self._registration.status != "Accepted":
            return
        self._monitoring.restarted()
        context.accept_boot()
        context.remember()
        self._statuses.tell_all()
        self._reservations.tell()
        self._firmware.booted()
        self._log_upload.progress.online()
        if self._publication is not None:
            self._publication.progress.online()
        self._transactions.schedule_aligned()
        self._sessions.resume()
        self._plug_and_charge.resume()
        self._outbox.send()
        self._monitoring.events.send()
        self._security.events.notice("StartupOfTheDevice", self._registration.reason)
        self._security.online()

    def _transaction_answered(self, request: Payload, response: Payload) -> bool:
        context = self._context
        wire_id, token, info = context.dialect.read_transaction(request, response)
        entry = self._outbox.confirmed(wire_id)
        cost = context.dialect.read_cost(response)
        if info is None and entry.part == "middle" and (cost is None or cost is NO_COST):
            return False  # nearly always
        if info is not None or entry.part == "start":
            self._judged(entry, wire_id, token, info)
        if cost is not None:
            TariffCost(context, self._sessions).answered(
                entry.transaction, cost, is_end=entry.part == "end"
            )
        return True

    def _judged(
        self,
        entry: QueuedMessage,
        wire_id: str | None,
        token: IdToken | None,
        info: TokenInfo | None,
    ) -> None:
        """The CSMS has taken the begin of a transaction, or has judged its token."""
        context = self._context
        if token is not None and info is not None:
            self._authorization.learn(token, info, context.time)
            if entry.part == "start" and self._authorization.contradicts(token, info, context.time):
                self._statuses.tell_list_conflict()
        if entry.part == "start":
            self._transactions.confirmed(entry.transaction, wire_id, info.status if info else "")
        found = None if info is None else self._transactions.find(entry.transaction)
        owner = None if found is None else found[0].authorization.id_token
        meant = token is None or (owner is not None and owner.key == token.key)
        if found is not None and info is not None and owner is not None and meant:
            if info.group is not None:
                found[0].authorization.note_group(info.group)
            if info.message is not None and context.settings.flag(TARIFF_ENABLED):
                found[0].note_message(info.message)
            if not info.valid_at(found[0].id):
                self._sessions.refused(found[0])
                if entry.part == "start" and found[1].came:
                    self._sessions.leave(found[0])

    def failed(self, purpose: CallPurpose, failure: Failed) -> None:
        """A call of that purpose met a CALLERROR or no answer."""
        match purpose:
            case TransactionMessage():
                transaction = self._outbox.failed(failure.message)
                self._transactions.unconfirmed(transaction)
            case StatusNotification():
                pass  # the CSMS had it; sending it again would not change its mind
            case Heartbeat():
                self._registration.heartbeat_answered(None)
            case Authorize():
                self._authorizer.unanswered(purpose, failure)
            case AuthorizeContract():
                self._plug_and_charge.unanswered(purpose)
            case Get15118EvCertificate():
                self._plug_and_charge.not_installed(purpose, failure)
            case GetCertificateStatus(query=query):
                self._security.v2g_status.answered(query, None)
            case BootNotification():
                self._registration.failed()
            case ProxiedCall(command_id=id):
                self._context.conclude(id, failure)
            case SecurityEventNotification():
                if failure.code == "no_answer":
                    self._security.events.unanswered()
                else:
                    self._security.events.answered()
            case SignCertificate():
                self._security.signing_of(purpose.use).unanswered()
            case NotifyReport():
                self._reports.proceed()
            case MonitorNotice():
                self._monitoring.events.answered()
            case NotifyEVChargingNeeds(evse_id=id):
                self._needs_answered(id, "Rejected")

    def lost(self, purpose: CallPurpose) -> None:
        """The link broke under a call of that purpose; transaction messages go again by
        themselves."""
        match purpose:
            case StatusNotification() | NotifyEvent():
                self._statuses.lost(purpose)
            case ReservationStatusUpdate():
                self._reservations.lost(purpose)
            case FirmwareStatusNotification():
                self._firmware.progress.lost()
            case LogStatusNotification():
                self._log_upload.progress.lost()
            case PublishFirmwareStatusNotification() if self._publication is not None:
                self._publication.progress.lost()
            case NotifyEVChargingNeeds(evse_id=id):
                self._needs_answered(id, "Rejected")
            case Authorize():
                self._authorizer.unanswered(purpose, UNREACHED)
            case AuthorizeContract():
                self._plug_and_charge.unanswered(purpose)
            case Get15118EvCertificate():
                self._plug_and_charge.not_installed(purpose, UNREACHED)
            case ProxiedCall(command_id=id):
                self._context.conclude(id, UNREACHED)
