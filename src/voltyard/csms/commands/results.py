"""Results of commands, in neither version's words.

`status` is the contract's word: lower camel case (accepted, unlockFailed, notImplemented), but as
on the wire for ChangeConfiguration, ChangePassword and SendDataTransfer (Accepted, RebootRequired).
Results that only 2.x knows keep their name in the same style."""

from collections.abc import Callable, Iterable
from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from msgspec import Struct

from voltyard.csms.commands.declaration import WireField
from voltyard.kernel.time import Instant


class StatusResult(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A status, with 2.x's statusInfo.reasonCode as `reason` where there is one."""

    status: str
    reason: str | None = None
    request_id: Annotated[int | None, WireField("requestId")] = None
    """Under which the charger will tell what becomes of it, where it has one."""


class LogResult(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The status of GetLog or GetDiagnostics, and the name of the file to come."""

    status: str
    file_name: Annotated[str | None, WireField("fileName")] = None
    request_id: Annotated[int | None, WireField("requestId")] = None
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
    """One setting; `value` is null where it can only be written, `readonly` where 2.x tells not."""

    schema_name: ClassVar = "ConfigurationKey"

    key: str
    readonly: bool | None
    """2.x says it in reports only, not for single variables."""
    value: str | None


class ConfigurationResult(Struct, frozen=True, kw_only=True):
    """The settings asked for."""

    configuration_key: Annotated[tuple[ConfigurationEntry, ...], WireField("configurationKey")]
    unknown_key: Annotated[tuple[str, ...], WireField("unknownKey")] = ()
    status: str = "accepted"
    """2.x may refuse to report all settings: rejected, notSupported."""


class RawCallResult(Struct, frozen=True, kw_only=True):
    """A CALLRESULT as it came."""

    action: str
    payload: dict[str, Any]
    latency_ms: Annotated[float, WireField("latencyMs")]

    @property
    def status(self) -> str:
        """The payload's own status, where it has one."""
        status = self.payload.get("status")
        return status if isinstance(status, str) else "answered"


class ReservationResult(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The status of ReserveNow, and the reservation's id."""

    status: str
    reservation_id: Annotated[int, WireField("reservationId")]
    reason: str | None = None


class CompositeScheduleResult(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The composite schedule in 1.6's words, which 2.x shares; None where it was refused."""

    status: str
    connector_id: Annotated[int | None, WireField("connectorId")] = None
    """2.x: the EVSE's."""
    start_at: Annotated[Instant | None, WireField("scheduleStart", kind="moment")] = None
    charging_schedule: Annotated[
        dict[str, Any] | None, WireField("chargingSchedule", schema="ChargingSchedule")
    ] = None
    reason: str | None = None


class InstalledCertificatesResult(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The hashes of each certificate; with 2.x also its type and the chain below it."""

    status: str
    hash_data: Annotated[tuple[dict[str, Any], ...], WireField("certificateHashData")] = ()
    reason: str | None = None


class DisplayMessagesResult(Struct, frozen=True, kw_only=True):
    """The messages of a display, each a MessageInfo."""

    messages: tuple[dict[str, Any], ...] = ()
    status: str = "accepted"


class CustomerInformationResult(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The text that the charger told of a customer."""

    data: str = ""
    status: str = "accepted"
    reason: str | None = None


class TransactionStatusResult(Struct, frozen=True, kw_only=True):
    """The answer to GetTransactionStatus (2.0.1 E14)."""

    ongoing_indicator: Annotated[
        bool | None,
        WireField("ongoingIndicator", description="Null where no transaction was asked for."),
    ]
    messages_in_queue: Annotated[
        bool,
        WireField("messagesInQueue", description="Whether messages wait to be delivered."),
    ]
    status: str = "answered"


class VariablesReadResult(Struct, frozen=True, kw_only=True):
    """Variables of the device model: `name`, `attribute`, `status`, `value` and `reason` each. The
    status is as on the wire; Unanswered where the charger says nothing of it."""

    variables: tuple[dict[str, Any], ...] = ()
    status: str = "answered"


class VariablesSetResult(Struct, frozen=True, kw_only=True):
    """The charger's word on variables that were set: `name`, `attribute`, `status` and `reason`
    each, as with VariablesReadResult."""

    variables: tuple[dict[str, Any], ...] = ()
    status: str = "answered"

    def status_of(self, is_meant: Callable[[str], bool]) -> str:
        """The status of the first variable whose name is meant; empty where none is."""
        return next((one["status"] for one in self.variables if is_meant(one["name"])), "")


class ReportResult(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Reported variables: `name`, `attributes` and `characteristics` each."""

    variables: tuple[dict[str, Any], ...] = ()
    status: str = "accepted"
    reason: str | None = None


class LocalListVersionResult(Struct, frozen=True, kw_only=True):
    """The version of the charger's list: 0 for none or an empty one, -1 (1.6) for no support."""

    list_version: Annotated[int, WireField("listVersion")]
    status: str = "answered"


class LocalListResult(Struct, frozen=True, kw_only=True):
    """The result of a delivery. `status` is the charger's word for the last part: accepted, failed,
    notSupported, versionMismatch."""

    status: str
    list_version: Annotated[
        int,
        WireField(
            "listVersion",
            description="What the charger has now; where it refused, what it refused.",
        ),
    ]
    update_type: Annotated[str, WireField("updateType")]
    """Full also where it was sent in full after a differential update did not fit."""
    entries: int
    parts: int
    parts_taken: Annotated[int, WireField("partsTaken")]
    reason: str | None = None


MonitorType: TypeAlias = Literal[
    "UpperThreshold", "LowerThreshold", "Delta", "Periodic", "PeriodicClockAligned"
]


class SetMonitorResult(Struct, frozen=True, kw_only=True):
    """The charger's word for one monitor; without an id where there is none."""

    schema_name: ClassVar = "SetMonitorResult"

    id: int | None
    variable: str
    type: MonitorType
    severity: int
    status: str
    reason: str | None = None


class MonitorsSetResult(Struct, frozen=True, kw_only=True):
    """The words for all monitors, in the order in which they were given."""

    status: str
    results: tuple[SetMonitorResult, ...]

    @classmethod
    def of(cls, results: tuple[SetMonitorResult, ...]) -> "MonitorsSetResult":
        """The result of several, whose status is the first that is not accepted."""
        return cls(status=first_refusal(one.status for one in results), results=results)


class ReportedMonitor(Struct, frozen=True, kw_only=True):
    """A monitor as a charger reports it."""

    schema_name: ClassVar = "ReportedMonitor"

    id: int
    variable: str
    type: MonitorType
    value: float
    severity: int
    transaction: bool


class MonitorsResult(Struct, frozen=True, kw_only=True):
    """The monitors of a report."""

    status: str = "accepted"
    """The charger may refuse to report: rejected, notSupported."""
    monitors: tuple[ReportedMonitor, ...] = ()


class ClearedMonitor(Struct, frozen=True, kw_only=True):
    """The charger's word for one monitor that was to be removed."""

    schema_name: ClassVar = "ClearedMonitor"

    id: int
    status: str


class MonitorsClearedResult(Struct, frozen=True, kw_only=True):
    """The words for all monitors, in the order in which they were given."""

    status: str
    results: tuple[ClearedMonitor, ...]

    @classmethod
    def of(cls, results: tuple[ClearedMonitor, ...]) -> "MonitorsClearedResult":
        """The result of several, whose status is the first that is not accepted."""
        return cls(status=first_refusal(one.status for one in results), results=results)


def first_refusal(statuses: Iterable[str]) -> str:
    """The first status that is not accepted; accepted where there is none."""
    return next((status for status in statuses if status != "accepted"), "accepted")


BackendCommandResult: TypeAlias = (
    StatusResult
    | LogResult
    | DataTransferResult
    | RemoteStartResult
    | ConfigurationResult
    | RawCallResult
    | ReservationResult
    | CompositeScheduleResult
    | InstalledCertificatesResult
    | DisplayMessagesResult
    | CustomerInformationResult
    | TransactionStatusResult
    | VariablesReadResult
    | VariablesSetResult
    | ReportResult
    | LocalListVersionResult
    | MonitorsSetResult
    | MonitorsResult
    | MonitorsClearedResult
    | LocalListResult
)
