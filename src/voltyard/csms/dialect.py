"""The protocol of a dialect, and functions that the dialects share."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeAlias, TypeVar

import msgspec

from voltyard.csms.commands.control import RawCall
from voltyard.csms.commands.expected_outcomes import ExpectedOutcome, ReservationChange
from voltyard.csms.commands.results import BackendCommandResult
from voltyard.csms.commands.shared import BackendCommand
from voltyard.csms.requests import ChargerRequest, Reply
from voltyard.kernel.errors import Invalid
from voltyard.kernel.time import Instant
from voltyard.ocpp.payload import Payload, Untyped, from_plain, to_json
from voltyard.ocpp.timestamps import Timestamp
from voltyard.ocpp.versions import Version
from voltyard.ocpp.violations import Kind, Violation

NextNumber: TypeAlias = Callable[[], int]
"""Gives request ids, remote start ids: positive, and each once."""


class ReportExpected(msgspec.Struct, frozen=True):
    """An answer that announces a report: the result comes in parts (`ReportPart`) of that request
    id."""

    request_id: int


class CsmsDialect(Protocol):
    """Translates between neutral words and one version's messages, without state."""

    @property
    def version(self) -> Version:
        """The version it speaks."""

    @property
    def longest_id_tag(self) -> int:
        """The characters of the longest tag that its chargers can read."""

    @property
    def max_keys_setting(self) -> str:
        """The setting that says how many settings one message may ask for."""

    def understand(self, request: Payload) -> ChargerRequest:
        """The charger's request in neutral words. Every request a charger may send is
        understood."""

    def answer(self, request: Payload, reply: Reply, now: Instant) -> Payload:
        """The response to that request which says `reply`."""

    def request(self, command: BackendCommand, number: NextNumber) -> Payload:
        """The request that carries the command. Invalid where the version has no words for it."""

    def outcome(
        self, command: BackendCommand, request: Payload, response: Payload
    ) -> BackendCommandResult | ReportExpected:
        """The result of a command, from the charger's response to the request for it."""

    def aim(self, connector_id: int | None, evse_id: int | None) -> tuple[int | None, int | None]:
        """EVSE and connector that a command's numbers mean, as the charger will name them."""

    def expected_report(self, request: Payload) -> int | None:
        """The request id of the report that this request asks for, None where it asks for none."""

    def whole_report(self, command: BackendCommand, items: tuple[Any, ...]) -> BackendCommandResult:
        """The result of a command whose report is whole, from the items of all its parts."""

    def expected_outcome(self, request: Payload) -> ExpectedOutcome | None:
        """The outcome that the request asks for beyond its answer, None where that is all; so too
        for a call in the caller's own words."""

    def says_triggered(self, request: Payload) -> bool | None:
        """True where a charger's request says that it was triggered; None where the version has no
        word for that."""

    def new_password(self, request: Payload) -> str | None:
        """The password that the request gives to the charger, None where it gives none; so too for
        a call in the caller's own words."""

    def password_status(self, response: Mapping[str, Any]) -> str:
        """The charger's status of a password change, in its own word; `response` is plain JSON."""

    def reservation_change(self, request: Payload) -> ReservationChange | None:
        """The change that the request makes to a reservation, None where it is about none."""

    def advice(self, action: str, code: str) -> str:
        """Advice on a CALLERROR to that action; empty: none."""

    def released(self, request: Payload, response: Payload) -> frozenset[str]:
        """Actions that a charger still pending may send since it was asked to (B02.FR.09)."""


CONTRACT_STATUSES: Mapping[str, str] = {
    "Accepted": "accepted",
    "AcceptedCanceled": "acceptedCanceled",
    "Failed": "failed",
    "Faulted": "faulted",
    "EmptyResultSet": "emptyResultSet",
    "InvalidCertificate": "invalidCertificate",
    "NoProfiles": "noProfiles",
    "DownloadOngoing": "downloadOngoing",
    "NoFirmware": "noFirmware",
    "NotFound": "notFound",
    "NotImplemented": "notImplemented",
    "Invalid": "invalid",
    "NotSupported": "notSupported",
    "NotSupportedMessageFormat": "notSupportedMessageFormat",
    "NotSupportedPriority": "notSupportedPriority",
    "NotSupportedState": "notSupportedState",
    "Occupied": "occupied",
    "OngoingAuthorizedTransaction": "ongoingAuthorizedTransaction",
    "Rejected": "rejected",
    "RevokedCertificate": "revokedCertificate",
    "Scheduled": "scheduled",
    "Unavailable": "unavailable",
    "Unknown": "unknown",
    "UnknownConnector": "unknownConnector",
    "UnknownTransaction": "unknownTransaction",
    "UnlockFailed": "unlockFailed",
    "VersionMismatch": "versionMismatch",
    "Unlocked": "unlocked",
    "Unpublished": "unpublished",
}
"""The statuses of both versions as the contract writes them."""


CERTIFICATE_HASHES = frozenset({"hashAlgorithm", "issuerNameHash", "issuerKeyHash", "serialNumber"})
"""The fields that name a certificate, in both versions."""


def word(status: str) -> str:
    """The contract's word for a status; one that only a lenient reading let pass stays as it is."""
    return CONTRACT_STATUSES.get(status, status)


def at(moment: Instant | None) -> Timestamp | None:
    """A moment for the wire: chargers in the field read whole seconds and Z, not always more."""
    return None if moment is None else Timestamp.seconds(moment)


PayloadT = TypeVar("PayloadT", bound=Payload)


def typed(kind: type[PayloadT], plain: Mapping[str, Any], where: str) -> PayloadT:
    """A part of a request that the caller wrote in the version's own words; Invalid otherwise."""
    try:
        return msgspec.convert(plain, kind, dec_hook=from_plain)
    except msgspec.ValidationError as error:
        raise Invalid(f"{where}: {error}", field=where) from None


def checked(version: Version, request: Payload, under: str | None = None) -> Payload:
    """The request, once it fits the schema; Invalid (details: field, violations) otherwise. The
    field is the first name of the path, or all of it below `under`."""
    if isinstance(request, Untyped):
        decoded = version.decode_request(request.action, to_json(request.content))
    else:
        decoded = version.decode_request(version.action_of(type(request)).name, to_json(request))
    if isinstance(decoded, Violation):
        raise Invalid(
            f"{decoded.message} at {decoded.path}",
            field=_field(decoded, under),
            violations=[
                {"kind": decoded.kind.value, "path": decoded.path, "message": decoded.message}
            ],
        )
    return request


def _field(violation: Violation, under: str | None) -> str:
    if violation.kind is Kind.UNKNOWN_ACTION:
        return "action"
    names = violation.path.removeprefix("$")
    return names.removeprefix(".").partition(".")[0] if under is None else under + names


def as_typed(version: Version, request: Payload) -> Payload | None:
    """The request as what its action has; None for one in the caller's own words that is no such
    thing."""
    if not isinstance(request, Untyped):
        return request
    if not isinstance(request.content, dict):
        return None
    decoded = version.decode_request(request.action, to_json(request.content))
    return None if isinstance(decoded, Violation) else decoded.payload


def raw_call(version: Version, command: RawCall) -> Payload:
    """The request of a generic call."""
    request = Untyped(action=command.action, content=dict(command.payload))
    return checked(version, request, "payload") if command.validate else request
