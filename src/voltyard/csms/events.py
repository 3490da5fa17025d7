"""What happened at the backend, for webhooks, streams and logs. Never refused; any number listen.

`name` is the event's public name, `data` what it says, in the names of the REST resources. The name
of a new one that comes with every frame belongs in `is_live`.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, Final, Literal, TypeAlias, get_args

from msgspec import Struct, field, to_builtins

from voltyard.csms.records import Anomaly, ConnectorStored, ReservationStored, TransactionStored
from voltyard.csms.refusals.refusal_events import ChargerRefused, KeyRefused
from voltyard.csms.security.certificate_rows import CertificateStored
from voltyard.csms.transactions.ledger import (
    duration_minutes,
    energy_delivered_kwh,
    ocpp_id,
    power_average_w,
    power_peak_w,
    register,
)
from voltyard.kernel.time import Instant, Seconds, to_rfc3339

_BESIDE: Final = ("organization_id", "charger_id", "at")


class _About(Struct, frozen=True, kw_only=True):
    """Which charger it concerns, and when it happened."""

    organization_id: str
    charger_id: str
    charge_box_id: str = field(name="chargeBoxId")
    at: Instant

    def data(self) -> dict[str, Any]:
        """Its fields as JSON can hold them, without those that every event has beside its data."""
        told: dict[str, Any] = to_builtins(self)
        return {name: told[name] for name in told if name not in _BESIDE}


class ChargerConnected(_About, frozen=True, kw_only=True):
    """A charger connected."""

    name: ClassVar[str] = "charger.connected"
    version: str = field(name="ocppVersion")
    remote: str = field(name="remoteAddress")


class ChargerDisconnected(_About, frozen=True, kw_only=True):
    """A charger has lost its connection. A connection that a newer one replaced does not count."""

    name: ClassVar[str] = "charger.disconnected"
    code: int
    reason: str


class ChargerFlapped(_About, frozen=True, kw_only=True):
    """A charger connects again and again. Told once, until it has been calm for a while."""

    name: ClassVar[str] = "charger.flapping"
    connections: int
    within_s: Seconds = field(name="withinSeconds")


class ChargerReplaced(_About, frozen=True, kw_only=True):
    """A newer connection of a charger took the place of its open one, which is closed: the charger
    came back before its loss was noticed, or somebody else uses its name."""

    name: ClassVar[str] = "charger.replaced"
    remote: str = field(name="remoteAddress")
    former_remote: str = field(name="formerRemoteAddress")


class ChargerProfileChanged(_About, frozen=True, kw_only=True):
    """A charger needs another security profile from now on: an operator changed it, or the charger
    connected with a higher one itself (2.0.1 A05.FR.07)."""

    name: ClassVar[str] = "charger.profile_changed"
    previous_profile: int = field(name="previousProfile")
    security_profile: int = field(name="securityProfile")
    by: Literal["charger", "operator"]


class ChargerBooted(_About, frozen=True, kw_only=True):
    """A charger sent BootNotification and got this answer."""

    name: ClassVar[str] = "charger.boot"
    status: str
    vendor: str
    model: str
    serial_number: str | None = field(name="serialNumber")
    firmware_version: str | None = field(name="firmwareVersion")
    reason: str | None


class ConnectorStatusChanged(_About, frozen=True, kw_only=True):
    """A connector reported a status, other than its last or with another error."""

    name: ClassVar[str] = "connector.status_changed"
    connector: ConnectorStored
    previous_status: str | None

    def data(self) -> dict[str, Any]:
        one = self.connector
        return {
            "chargeBoxId": self.charge_box_id,
            "connectorId": one.connector_id,
            "evseId": one.evse_id,
            "status": one.status,
            "previousStatus": self.previous_status,
            "errorCode": one.error_code,
            "info": one.info,
            "vendorId": one.vendor_id,
            "vendorErrorCode": one.vendor_error_code,
        }


class TransactionStarted(_About, frozen=True, kw_only=True):
    """A transaction began, and its row is durable."""

    name: ClassVar[str] = "transaction.started"
    transaction: TransactionStored

    def data(self) -> dict[str, Any]:
        return _transaction(self.transaction, self.at)


class TransactionUpdated(_About, frozen=True, kw_only=True):
    """Meter values, a new charging state or a tag came for a transaction; or, `corrected`, the
    charger's word on an end that had been told of."""

    name: ClassVar[str] = "transaction.updated"
    transaction: TransactionStored
    corrected: bool = False

    def data(self) -> dict[str, Any]:
        return {**_transaction(self.transaction, self.at), "corrected": self.corrected}


class TransactionStopped(_About, frozen=True, kw_only=True):
    """A transaction ended, and its row is durable."""

    name: ClassVar[str] = "transaction.stopped"
    transaction: TransactionStored

    def data(self) -> dict[str, Any]:
        return _transaction(self.transaction, self.at)


class TransactionDoubted(_About, frozen=True, kw_only=True):
    """Something about a transaction cannot be as the charger told it; once for each kind."""

    name: ClassVar[str] = "transaction.anomaly"
    transaction: TransactionStored
    anomaly: Anomaly

    def data(self) -> dict[str, Any]:
        return {**_transaction(self.transaction, self.at), "anomaly": _anomaly(self.anomaly)}


class Authorized(_About, frozen=True, kw_only=True):
    """A tag was asked about; `status` is what was answered, accepted or not, `by` who decided."""

    name: ClassVar[str] = "authorize"
    id_tag: str = field(name="idTag")
    status: str
    by: str = field(default="tags", name="decidedBy")
    certificate_status: str | None = field(default=None, name="certificateStatus")
    """Of a contract certificate (2.x C07)."""
    certificate_reason: str | None = field(default=None, name="certificateReason")


class FirmwareStatusReported(_About, frozen=True, kw_only=True):
    """A charger reported the status of a firmware update."""

    name: ClassVar[str] = "firmware.status"
    status: str
    request_id: int | None = field(name="requestId")


class DiagnosticsStatusReported(_About, frozen=True, kw_only=True):
    """A charger reported the status of an upload of diagnostics or of a log."""

    name: ClassVar[str] = "diagnostics.status"
    status: str
    request_id: int | None = field(name="requestId")


class DataTransferReceived(_About, frozen=True, kw_only=True):
    """A charger sent vendor-specific data (DataTransfer)."""

    name: ClassVar[str] = "data_transfer.received"
    vendor_id: str = field(name="vendorId")
    message_id: str | None = field(name="messageId")
    text: str | None = field(name="data")
    """The data that was sent."""
    status: str


class SecurityEventReported(_About, frozen=True, kw_only=True):
    """The charger reported a security event; `happened_at` is its own clock's."""

    name: ClassVar[str] = "security.event"
    type: str
    tech_info: str | None = field(name="techInfo")
    happened_at: Instant = field(name="happenedAt")

    def data(self) -> dict[str, Any]:
        return {**super().data(), "happenedAt": to_rfc3339(self.happened_at)}


class Notified(_About, frozen=True, kw_only=True):
    """The charger told of what the backend keeps no state for: NotifyEvent, NotifyReport, ..."""

    name: ClassVar[str] = "charger.notified"
    action: str
    payload: dict[str, Any]

    def data(self) -> dict[str, Any]:
        return {**super().data(), "payload": self.payload}


class CertificateRequested(_About, frozen=True, kw_only=True):
    """A charger asked for a certificate of its own. Accepted: it is sent once it is signed."""

    name: ClassVar[str] = "certificate.requested"
    certificate_type: str | None = field(name="certificateType")
    status: str
    reason: str | None


class CertificateIssued(_About, frozen=True, kw_only=True):
    """A certificate was signed for the charger, and is on record."""

    name: ClassVar[str] = "certificate.issued"
    certificate: CertificateStored

    def data(self) -> dict[str, Any]:
        return _certificate(self.certificate)


class CertificateRevoked(_About, frozen=True, kw_only=True):
    """A certificate that was issued to the charger was revoked: it lets nobody in any more."""

    name: ClassVar[str] = "certificate.revoked"
    certificate: CertificateStored

    def data(self) -> dict[str, Any]:
        return {
            **_certificate(self.certificate),
            "reason": self.certificate.revocation_reason,
        }


class CertificateExpiring(_About, frozen=True, kw_only=True):
    """The last valid certificate that was issued to the charger for its link, or for vehicles
    alone, ends within 30 days; told once for each certificate, also over restarts of the server."""

    name: ClassVar[str] = "certificate.expiring"
    certificate: CertificateStored

    def data(self) -> dict[str, Any]:
        return _certificate(self.certificate)


class CertificateMismatched(_About, frozen=True, kw_only=True):
    """A charger that came by certificate booted with a serial number that is not the one its
    certificate or its operator names; its link was closed (2.0.1 B01.FR.12)."""

    name: ClassVar[str] = "certificate.mismatch"
    common_name: str = field(name="commonName")
    serial_number: str = field(name="serialNumber")
    expected_serial_number: str = field(name="expectedSerialNumber")


class CommandFinished(_About, frozen=True, kw_only=True):
    """A command has its result; `status` is the outcome's, or error, timeout, lost, unsent."""

    name: ClassVar[str] = "command.finished"
    command_id: str = field(name="commandId")
    command: str
    status: str


class WebhookPaused(Struct, frozen=True, kw_only=True):
    """Nothing arrived at a webhook for too long. Nothing more is sent until it is resumed."""

    name: ClassVar[str] = "webhook.paused"
    organization_id: str
    at: Instant
    webhook_id: str
    url: str
    reason: str
    charger_id: None = None
    charge_box_id: None = None

    def data(self) -> dict[str, Any]:
        return {"webhookId": self.webhook_id, "url": self.url, "reason": self.reason}


class _OfServer(Struct, frozen=True, kw_only=True):
    organization_id: str
    at: Instant
    charger_id: None = None
    charge_box_id: None = None


class QuotaReached(Struct, frozen=True, kw_only=True):
    """The organization has used up a quota: what goes beyond is refused, or waits. Told at most
    once a minute for each."""

    name: ClassVar[str] = "quota.reached"
    organization_id: str
    at: Instant
    quota: str
    """Name in the answers' RateLimit-Policy."""
    limit: int
    charger_id: None = None
    charge_box_id: None = None

    @classmethod
    def of(cls, at: Instant, organization_id: str, quota: str, limit: int) -> "QuotaReached":
        """The event of that moment."""
        return cls(organization_id=organization_id, at=at, quota=quota, limit=limit)

    def data(self) -> dict[str, Any]:
        return {"quota": self.quota, "limit": self.limit}


class ServerDegraded(_OfServer, frozen=True, kw_only=True):
    """The server cannot serve as it should: its database fails or stalls, too much waits to be
    stored, its disk is all but full. Told again when the problems change."""

    name: ClassVar[str] = "server.degraded"
    problems: tuple[str, ...]
    """As GET /health/ready has them."""

    def data(self) -> dict[str, Any]:
        return {"problems": list(self.problems)}


class ServerRecovered(_OfServer, frozen=True, kw_only=True):
    """The server can serve again; none of the problems is left."""

    name: ClassVar[str] = "server.recovered"

    def data(self) -> dict[str, Any]:
        return {}


class ServerCertificateExpiring(_OfServer, frozen=True, kw_only=True):
    """A certificate of the server's own ends within 30 days; told once, and at each start."""

    name: ClassVar[str] = "server.certificate_expiring"
    setting: str
    """The setting that names its file."""
    expires_at: Instant

    def data(self) -> dict[str, Any]:
        return {"setting": self.setting, "expiresAt": to_rfc3339(self.expires_at)}


class CommandSettled(_About, frozen=True, kw_only=True):
    """What came of a command after its answer, once that is final: Installed, Uploaded, back after
    12.3 s. `succeeded` is None where nobody can tell."""

    name: ClassVar[str] = "command.outcome"
    command_id: str = field(name="commandId")
    command: str
    status: str
    outcome: str
    succeeded: bool | None


class ReservationChanged(_About, frozen=True, kw_only=True):
    """A reservation was made, used, cancelled, or has expired."""

    name: ClassVar[str] = "reservation.changed"
    reservation: ReservationStored

    def data(self) -> dict[str, Any]:
        one = self.reservation
        return {
            "chargeBoxId": self.charge_box_id,
            "id": one.id,
            "reservationId": one.reservation_id,
            "connectorId": one.connector_id,
            "evseId": one.evse_id,
            "idTag": one.id_tag,
            "expiryDate": to_rfc3339(one.expires_at),
            "status": one.status,
        }


BackendEvent: TypeAlias = (
    ChargerConnected
    | ChargerDisconnected
    | ChargerFlapped
    | ChargerReplaced
    | ChargerRefused
    | ChargerBooted
    | ChargerProfileChanged
    | ConnectorStatusChanged
    | TransactionStarted
    | TransactionUpdated
    | TransactionStopped
    | TransactionDoubted
    | Authorized
    | FirmwareStatusReported
    | DiagnosticsStatusReported
    | DataTransferReceived
    | SecurityEventReported
    | Notified
    | CertificateRequested
    | CertificateIssued
    | CertificateRevoked
    | CertificateExpiring
    | CertificateMismatched
    | CommandFinished
    | WebhookPaused
    | CommandSettled
    | ReservationChanged
    | QuotaReached
    | ServerDegraded
    | ServerCertificateExpiring
    | ServerRecovered
    | KeyRefused
)

NAMES: Final[Mapping[str, str]] = {
    kind.name: " ".join((kind.__doc__ or "").split()) for kind in get_args(BackendEvent)
}
"""Meaning of each name."""


def is_live(event: BackendEvent) -> bool:
    """True where it is kept only if a webhook asks for it: it comes with every meter value."""
    return type(event) is TransactionUpdated and not event.corrected


def _transaction(row: TransactionStored, now: Instant) -> dict[str, Any]:
    """As GET /api/v1/transactions/:id shows it."""
    return {
        "id": row.id,
        "transactionId": ocpp_id(row),
        "chargeBoxId": row.charge_box_id,
        "connectorId": row.connector_id,
        "evseId": row.evse_id,
        "idTag": row.id_tag,
        "status": row.status,
        "meterStart": register(row.meter_start_wh),
        "meterStop": register(row.meter_stop_wh),
        "energyDelivered": energy_delivered_kwh(row),
        "durationMinutes": duration_minutes(row, now),
        "averagePower": power_average_w(row, now),
        "peakPower": power_peak_w(row),
        "startTime": None if row.started_at is None else to_rfc3339(row.started_at),
        "stopTime": None if row.stopped_at is None else to_rfc3339(row.stopped_at),
        "stopReason": row.stop_reason,
        "remoteStarted": row.remote_started,
        "ocppVersion": row.version,
        "chargingState": row.charging_state,
        "anomalies": [_anomaly(anomaly) for anomaly in row.anomalies],
        "cost": _cost(row),
    }


def _cost(row: TransactionStored) -> dict[str, Any] | None:
    if not row.cost:
        return None
    (cost,) = row.cost
    return {
        "tariffId": cost.tariff_id,
        "total": str(cost.total),
        "currency": cost.terms.currency,
        "isFinal": row.status == "completed",
    }


def _certificate(row: CertificateStored) -> dict[str, Any]:
    return {
        "chargeBoxId": row.charge_box_id,
        "certificateId": row.id,
        "commonName": row.common_name,
        "serialNumber": row.serial_number,
        "fingerprint": row.fingerprint,
        "use": row.use,
        "notBefore": to_rfc3339(row.not_before),
        "notAfter": to_rfc3339(row.not_after),
    }


def _anomaly(one: Anomaly) -> dict[str, Any]:
    return {"kind": one.kind, "at": to_rfc3339(one.at), "detail": one.detail, "count": one.count}
