"""What may be asked of a charger, and what it may say to it, in neither version's words.

Only the shape of a command is checked here: connector 99 or a foreign transaction id reach the
charger, whose own answer comes back. A refusal is an outcome. Errors are `NotFound`,
`NotConnected` (nothing was sent), `OutcomeUnknown` (it was, and the link went before the answer),
`WrongState` (it was rejected at boot), `NoAnswer`, `PeerError` (details: code, description,
payload) and `Overfull`.

`status` is the contract's word: lower camel case (accepted, unlockFailed, notImplemented), but as
on the wire for ChangeConfiguration and TransferData (Accepted, RebootRequired). Results that only
2.x knows keep their name in the same style.
"""

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

from msgspec import Struct

from voltyard.csms import charging, local_list, security
from voltyard.kernel.time import Instant, Seconds


class Reset(Struct, frozen=True, kw_only=True, tag="reset", tag_field="command"):
    """Restart the charger. 2.x: Soft is OnIdle, Hard is Immediate. -> `Answered`"""

    type: Literal["Soft", "Hard"]
    evse_id: int | None = None


class Unlock(Struct, frozen=True, kw_only=True, tag="unlock", tag_field="command"):
    """Release a cable. 2.x without evse_id: the first connector of EVSE n. -> `Answered`"""

    connector_id: int
    evse_id: int | None = None


class ClearCache(Struct, frozen=True, kw_only=True, tag="cache/clear", tag_field="command"):
    """Empty the authorization cache. -> `Answered`"""


class Trigger(Struct, frozen=True, kw_only=True, tag="trigger", tag_field="command"):
    """Have the charger send a message. -> `Answered`"""

    requested_message: str
    connector_id: int | None = None
    evse_id: int | None = None
    extended: bool = False
    """1.6: as ExtendedTriggerMessage, as is what TriggerMessage cannot ask for in any case."""


class ChangeAvailability(
    Struct, frozen=True, kw_only=True, tag="availability", tag_field="command"
):
    """Take a connector into or out of service; connector 0 is the whole charger. -> `Answered`"""

    connector_id: int
    type: Literal["Operative", "Inoperative"]
    evse_id: int | None = None


class GetConfiguration(
    Struct, frozen=True, kw_only=True, tag="configuration/get", tag_field="command"
):
    """Read settings; no key: all of them. -> `ConfigurationRead`

    2.x: keys are written as csms.dialects.settings201 says, `Component.Variable` in short; a 1.6
    key that has a counterpart in the device model means that. All of them come by GetBaseReport.
    """

    keys: tuple[str, ...] = ()


class ChangeConfiguration(
    Struct, frozen=True, kw_only=True, tag="configuration/change", tag_field="command"
):
    """Write a setting; keys as in `GetConfiguration`. -> `Answered` (as on the wire)"""

    key: str
    value: str


class UpdateFirmware(Struct, frozen=True, kw_only=True, tag="firmware/update", tag_field="command"):
    """Have the charger fetch and install firmware. -> `Answered`"""

    location: str
    retrieve_at: Instant
    retries: int | None = None
    retry_interval_s: int | None = None


class GetDiagnostics(Struct, frozen=True, kw_only=True, tag="diagnostics", tag_field="command"):
    """Have the charger upload its diagnostics. -> `FileAnnounced`"""

    location: str
    start_at: Instant | None = None
    stop_at: Instant | None = None
    retries: int | None = None
    retry_interval_s: int | None = None


class TransferData(Struct, frozen=True, kw_only=True, tag="data-transfer", tag_field="command"):
    """Vendor-specific talk. -> `DataAnswered` (status as on the wire)"""

    vendor_id: str
    message_id: str | None = None
    data: str | None = None


class RemoteStart(Struct, frozen=True, kw_only=True, tag="remote-start", tag_field="command"):
    """Have the charger start a transaction. -> `RemoteStartAnswered`"""

    id_tag: str
    connector_id: int | None = None
    evse_id: int | None = None
    id_tag_type: str = "Central"
    """2.x only: the IdToken's type."""
    charging_profile: Mapping[str, Any] | None = None
    """In the charger's version's own words; checked against its schema (Invalid)."""


class RemoteStop(Struct, frozen=True, kw_only=True, tag="remote-stop", tag_field="command"):
    """Have the charger stop a transaction. -> `Answered`"""

    transaction_id: str
    """The OCPP id in text (1.6: a decimal), or txn_..."""


class Call(Struct, frozen=True, kw_only=True, tag="call", tag_field="command"):
    """Any action of the charger's version, payload in its own words. -> `CallAnswered`

    Invalid (details: violations) where the payload does not fit the schema, unless `validate` is
    off; Invalid too for an action the version does not know, unless `validate` is off.
    """

    action: str
    payload: Mapping[str, Any] = {}
    validate: bool = True


Command: TypeAlias = (
    Reset
    | Unlock
    | ClearCache
    | Trigger
    | ChangeAvailability
    | GetConfiguration
    | ChangeConfiguration
    | UpdateFirmware
    | GetDiagnostics
    | TransferData
    | RemoteStart
    | RemoteStop
    | Call
    | charging.ReserveNow
    | charging.CancelReservation
    | charging.SetChargingProfile
    | charging.ClearChargingProfile
    | charging.GetCompositeSchedule
    | charging.LimitCharging
    | charging.UnlimitCharging
    | security.GetLog
    | security.UpdateSignedFirmware
    | security.InstallCertificate
    | security.ListCertificates
    | security.DeleteCertificate
    | security.SendCertificate
    | security.ChangePassword
    | local_list.SendLocalList
    | local_list.GetLocalListVersion
)


# --- what the charger says to it ---------------------------------------------------------------


class Answered(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The charger's word. `reason` is 2.x's statusInfo.reasonCode, where it gave one."""

    status: str
    reason: str | None = None
    request_id: int | None = None
    """Under which the charger will tell what becomes of it, where it has one."""


class FileAnnounced(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Whether an upload will follow, and of which file. 1.6 without a file: there is nothing to
    upload, status `accepted` all the same, since its answer knows no other."""

    status: str
    file_name: str | None = None
    request_id: int | None = None
    reason: str | None = None


class DataAnswered(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The answer to vendor-specific talk; JSON other than text (2.x) as JSON text."""

    status: str
    data: str | None = None


class RemoteStartAnswered(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Whether the charger will try. `id` is the txn_... that waits, where it was accepted."""

    status: str
    id: str | None = None
    reason: str | None = None


class ConfigurationKey(Struct, frozen=True, kw_only=True):
    """One setting; `value` is None for write-only ones."""

    key: str
    readonly: bool | None
    """None: not told (2.x says it in reports only, not for single variables)."""
    value: str | None


class ConfigurationRead(Struct, frozen=True, kw_only=True):
    """The settings asked for."""

    configuration_key: tuple[ConfigurationKey, ...]
    unknown_key: tuple[str, ...] = ()
    status: str = "accepted"
    """2.x may refuse to report all settings: rejected, notSupported."""


class CallAnswered(Struct, frozen=True, kw_only=True):
    """A CALLRESULT as it came."""

    action: str
    payload: dict[str, Any]
    latency_ms: float

    @property
    def status(self) -> str:
        """The payload's own status, where it has one."""
        status = self.payload.get("status")
        return status if isinstance(status, str) else "answered"


Outcome: TypeAlias = (
    Answered
    | FileAnnounced
    | DataAnswered
    | RemoteStartAnswered
    | ConfigurationRead
    | CallAnswered
    | charging.Reserved
    | charging.CompositeRead
    | security.CertificatesListed
    | local_list.LocalListVersion
)

TimeOut: TypeAlias = Seconds | None
"""None: as the organization's settings say."""
