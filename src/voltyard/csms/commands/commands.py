"""Commands to a charger and their results, in neither version's words.

Only the shape of a command is checked here: connector 99 or a foreign transaction id reach the
charger, whose own answer comes back. A refusal is an outcome. Errors are `NotFound`,
`NotConnected` (nothing was sent), `OutcomeUnknown` (it was, and the link went before the answer),
`WrongState` (it was rejected at boot), `NoAnswer`, `PeerError` (details: code, description,
payload) and `Overfull`.

`status` is the contract's word: lower camel case (accepted, unlockFailed, notImplemented), but as
on the wire for ChangeConfiguration and SendDataTransfer (Accepted, RebootRequired). Results that
only 2.x knows keep their name in the same style."""

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

from msgspec import Struct

from voltyard.csms.commands import charging, local_list, security
from voltyard.kernel.time import Instant


class Reset(Struct, frozen=True, kw_only=True, tag="reset", tag_field="command"):
    """Restart the charger. 2.x: Soft is OnIdle, Hard is Immediate. -> `StatusResult`"""

    type: Literal["Soft", "Hard"]
    evse_id: int | None = None


class UnlockConnector(Struct, frozen=True, kw_only=True, tag="unlock", tag_field="command"):
    """Release a cable. 2.x without evse_id: the first connector of EVSE n. -> `StatusResult`"""

    connector_id: int
    evse_id: int | None = None


class ClearCache(Struct, frozen=True, kw_only=True, tag="cache/clear", tag_field="command"):
    """Empty the authorization cache. -> `StatusResult`"""


class TriggerMessage(Struct, frozen=True, kw_only=True, tag="trigger", tag_field="command"):
    """Have the charger send a message. -> `StatusResult`"""

    requested_message: str
    connector_id: int | None = None
    evse_id: int | None = None
    extended: bool = False
    """1.6: as ExtendedTriggerMessage, as is what TriggerMessage cannot ask for in any case."""


class ChangeAvailability(
    Struct, frozen=True, kw_only=True, tag="availability", tag_field="command"
):
    """Take a connector into or out of service; connector 0 is the whole charger. ->
    `StatusResult`"""

    connector_id: int
    type: Literal["Operative", "Inoperative"]
    evse_id: int | None = None


class GetConfiguration(
    Struct, frozen=True, kw_only=True, tag="configuration/get", tag_field="command"
):
    """Read settings; no key: all of them. -> `ConfigurationResult`

    2.x: keys are written as csms.v201.configuration_keys says, `Component.Variable` in short; a 1.6
    key that has a counterpart in the device model means that. All of them come by GetBaseReport.
    """

    keys: tuple[str, ...] = ()


class ChangeConfiguration(
    Struct, frozen=True, kw_only=True, tag="configuration/change", tag_field="command"
):
    """Write a setting; keys as in `GetConfiguration`. -> `StatusResult` (as on the wire)"""

    key: str
    value: str


class UpdateFirmware(Struct, frozen=True, kw_only=True, tag="firmware/update", tag_field="command"):
    """Have the charger fetch and install firmware. -> `StatusResult`"""

    location: str
    retrieve_at: Instant
    retries: int | None = None
    retry_interval_s: int | None = None


class GetDiagnostics(Struct, frozen=True, kw_only=True, tag="diagnostics", tag_field="command"):
    """Have the charger upload its diagnostics. -> `LogResult`"""

    location: str
    start_at: Instant | None = None
    stop_at: Instant | None = None
    retries: int | None = None
    retry_interval_s: int | None = None


class SendDataTransfer(Struct, frozen=True, kw_only=True, tag="data-transfer", tag_field="command"):
    """Send a DataTransfer. -> `DataTransferResult` (status as on the wire)"""

    vendor_id: str
    message_id: str | None = None
    data: str | None = None


class RemoteStartTransaction(
    Struct, frozen=True, kw_only=True, tag="remote-start", tag_field="command"
):
    """Have the charger start a transaction. -> `RemoteStartResult`"""

    id_tag: str
    connector_id: int | None = None
    evse_id: int | None = None
    id_tag_type: str = "Central"
    """2.x only: the IdToken's type."""
    charging_profile: Mapping[str, Any] | None = None
    """In the charger's version's own words; checked against its schema (Invalid)."""


class RemoteStopTransaction(
    Struct, frozen=True, kw_only=True, tag="remote-stop", tag_field="command"
):
    """Have the charger stop a transaction. -> `StatusResult`"""

    transaction_id: str
    """The OCPP id in text (1.6: a decimal), or txn_..."""


class RawCall(Struct, frozen=True, kw_only=True, tag="call", tag_field="command"):
    """Send any action of the charger's version, payload in its own words. -> `RawCallResult`

    Invalid (details: violations) where the payload does not fit the schema, unless `validate` is
    off; Invalid too for an action the version does not know, unless `validate` is off.
    """

    action: str
    payload: Mapping[str, Any] = {}
    validate: bool = True


BackendCommand: TypeAlias = (
    Reset
    | UnlockConnector
    | ClearCache
    | TriggerMessage
    | ChangeAvailability
    | GetConfiguration
    | ChangeConfiguration
    | UpdateFirmware
    | GetDiagnostics
    | SendDataTransfer
    | RemoteStartTransaction
    | RemoteStopTransaction
    | RawCall
    | charging.ReserveNow
    | charging.CancelReservation
    | charging.SetChargingProfile
    | charging.ClearChargingProfiles
    | charging.GetCompositeSchedule
    | charging.SetChargingLimit
    | charging.ClearChargingLimit
    | security.GetLog
    | security.SignedUpdateFirmware
    | security.InstallCertificate
    | security.GetInstalledCertificateIds
    | security.DeleteCertificate
    | security.CertificateSigned
    | security.ChangePassword
    | local_list.SendLocalList
    | local_list.GetLocalListVersion
)


# --- what the charger says to it ---------------------------------------------------------------


class StatusResult(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A status, with 2.x's statusInfo.reasonCode as `reason` where there is one."""

    status: str
    reason: str | None = None
    request_id: int | None = None
    """Under which the charger will tell what becomes of it, where it has one."""


class LogResult(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The status of GetLog or GetDiagnostics, and the name of the file to come."""

    status: str
    file_name: str | None = None
    request_id: int | None = None
    reason: str | None = None


class DataTransferResult(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The answer to a DataTransfer; JSON other than text (2.x) as JSON text."""

    status: str
    data: str | None = None


class RemoteStartResult(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The status of a remote start, and the id of the transaction that is expected. `id` is the
    txn_... that waits, where it was accepted."""

    status: str
    id: str | None = None
    reason: str | None = None


class ConfigurationEntry(Struct, frozen=True, kw_only=True):
    """One setting; `value` is None for write-only ones."""

    key: str
    readonly: bool | None
    """None: not told (2.x says it in reports only, not for single variables)."""
    value: str | None


class ConfigurationResult(Struct, frozen=True, kw_only=True):
    """The settings asked for."""

    configuration_key: tuple[ConfigurationEntry, ...]
    unknown_key: tuple[str, ...] = ()
    status: str = "accepted"
    """2.x may refuse to report all settings: rejected, notSupported."""


class RawCallResult(Struct, frozen=True, kw_only=True):
    """A CALLRESULT as it came."""

    action: str
    payload: dict[str, Any]
    latency_ms: float

    @property
    def status(self) -> str:
        """The payload's own status, where it has one."""
        status = self.payload.get("status")
        return status if isinstance(status, str) else "answered"


BackendCommandResult: TypeAlias = (
    StatusResult
    | LogResult
    | DataTransferResult
    | RemoteStartResult
    | ConfigurationResult
    | RawCallResult
    | charging.ReservationResult
    | charging.CompositeScheduleResult
    | security.InstalledCertificatesResult
    | local_list.LocalListVersionResult
)
