"""Types that several schemas of the API share, by their names in its description.

A generated client has one class for each; without a name it would have one for each place.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal, TypeAlias

import msgspec
from pydantic import WithJsonSchema

from voltyard.api.description.plain_schemas import NAME, named
from voltyard.catalogue.vehicles import DescribedVehicle
from voltyard.csms import records
from voltyard.csms.commands import charging, device_model, display, security
from voltyard.csms.security import certificate_rows, issued_certificates
from voltyard.csms.smart_charging import charging_plans
from voltyard.csms.tariffs import terms
from voltyard.events import event_records
from voltyard.ocpp import violations
from voltyard.organizations import scopes

# --- of both halves ------------------------------------------------------------------------------

ResetType: TypeAlias = Annotated[Literal["Soft", "Hard"], named("ResetType")]
ValidationMode: TypeAlias = Annotated[Literal["strict", "lenient"], named("ValidationMode")]

ChargingProfile: TypeAlias = Annotated[dict[str, Any], named("ChargingProfile")]
"""A charging profile in the words of the charger's OCPP version."""

# --- of the gateway ------------------------------------------------------------------------------

DayKind: TypeAlias = Annotated[Literal["home", "public", "work"], named("DayKind")]
DisabledPart: TypeAlias = Annotated[
    Literal["lock", "reader", "reset", "download", "flash", "image"], named("DisabledPart")
]
ContractAction: TypeAlias = Annotated[Literal["Install", "Update"], named("ContractAction")]
ExternalLimitSource: TypeAlias = Annotated[
    Literal["EMS", "SO", "Other"], named("ExternalLimitSource")
]
FrameDirection: TypeAlias = Annotated[Literal["cp_to_csms", "csms_to_cp"], named("FrameDirection")]

_VEHICLE: Final = msgspec.json.schema_components([DescribedVehicle])[1]["DescribedVehicle"]
_POINT: Final = {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2}
_VEHICLE["properties"]["curve"] = {
    "type": ["array", "null"],
    "items": _POINT,
    "description": "Points of state of charge in percent and power as a share of the greatest: "
    "[[0, 1.0], [80, 0.5], [100, 0.05]].",
}
_VEHICLE[NAME] = "VehicleDescription"
Vehicle: TypeAlias = str | Annotated[dict[str, Any], WithJsonSchema(_VEHICLE)]

# --- of the backend ------------------------------------------------------------------------------

AuthorizationFallback: TypeAlias = Annotated[
    records.AuthorizationFallback, named("AuthorizationFallback")
]
AwaitedOutcome: TypeAlias = Annotated[records.Awaited, named("AwaitedOutcome")]
BootPolicy: TypeAlias = Annotated[Literal["accept", "pending", "reject"], named("BootPolicy")]
CertificateStatus: TypeAlias = Annotated[
    issued_certificates.CertificateStatus, named("CertificateStatus")
]
CertificateUse: TypeAlias = Annotated[certificate_rows.CertificateUse, named("CertificateUse")]
CertificateType: TypeAlias = Annotated[security.CertificateType, named("CertificateType")]
ChargingRateUnit: TypeAlias = Annotated[charging.RateUnit, named("ChargingRateUnit")]
ChosenScheduleVerdict: TypeAlias = Annotated[
    charging_plans.ScheduleVerdict, named("ChosenScheduleVerdict")
]
ConnectionStatus: TypeAlias = Annotated[Literal["online", "offline"], named("ConnectionStatus")]
DayOfWeek: TypeAlias = Annotated[terms.DayOfWeek, named("DayOfWeek")]
DeliveryStatus: TypeAlias = Annotated[event_records.DeliveryStatus, named("DeliveryStatus")]
DeviceModelCriterion: TypeAlias = Annotated[
    device_model.ComponentCriterion, named("DeviceModelCriterion")
]
DeviceModelReportBase: TypeAlias = Annotated[
    device_model.ReportBase, named("DeviceModelReportBase")
]
VariableAttribute: TypeAlias = Annotated[device_model.VariableAttribute, named("VariableAttribute")]
DisplayMessageFormat: TypeAlias = Annotated[display.MessageFormat, named("DisplayMessageFormat")]
DisplayMessagePriority: TypeAlias = Annotated[
    display.MessagePriority, named("DisplayMessagePriority")
]
DisplayMessageState: TypeAlias = Annotated[display.MessageState, named("DisplayMessageState")]
FileKind: TypeAlias = Annotated[Literal["firmware", "upload"], named("FileKind")]
HttpMethod: TypeAlias = Annotated[Literal["POST", "PUT", "PATCH", "DELETE"], named("HttpMethod")]
IdTagStatus: TypeAlias = Annotated[records.IdTagStatus, named("IdTagStatus")]
IdTagType: TypeAlias = Annotated[
    Literal["Central", "eMAID", "ISO14443", "ISO15693", "KeyCode", "Local", "MacAddress"],
    named("IdTagType"),
]
KeyScope: TypeAlias = Annotated[scopes.Scope, named("KeyScope")]
MessageDirection: TypeAlias = Annotated[records.Direction, named("MessageDirection")]
MessageOutcome: TypeAlias = Annotated[records.MessageOutcome, named("MessageOutcome")]
MessageVerdict: TypeAlias = Annotated[records.Verdict, named("MessageVerdict")]
NoCommonSubprotocol: TypeAlias = Annotated[
    records.NoCommonSubprotocolPolicy, named("NoCommonSubprotocol")
]
ReservationStatus: TypeAlias = Annotated[records.ReservationStatus, named("ReservationStatus")]
TakeoverPolicy: TypeAlias = Annotated[records.Takeover, named("TakeoverPolicy")]
TransactionStatus: TypeAlias = Annotated[records.TransactionStatus, named("TransactionStatus")]
ViolationKind: TypeAlias = Annotated[
    violations.Kind,
    WithJsonSchema(
        {"type": "string", "enum": [one.value for one in violations.Kind], NAME: "ViolationKind"}
    ),
]
WebhookStatus: TypeAlias = Annotated[
    Literal["active", "paused", "disabled"], named("WebhookStatus")
]

# --- of commands ---------------------------------------------------------------------------------

DECLARED: Final[Mapping[Any, Any]] = {
    Literal["Soft", "Hard"]: ResetType,
    security.CertificateType: CertificateType,
    charging.RateUnit: ChargingRateUnit,
    device_model.ComponentCriterion: DeviceModelCriterion,
    device_model.ReportBase: DeviceModelReportBase,
    device_model.VariableAttribute: VariableAttribute,
    display.MessageFormat: DisplayMessageFormat,
    Literal["Install", "Update"]: ContractAction,
    Literal["EMS", "SO", "Other"]: ExternalLimitSource,
    display.MessagePriority: DisplayMessagePriority,
    display.MessageState: DisplayMessageState,
    str | dict[str, Any]: Vehicle,
}
"""These types, by what declarations of commands have in their place."""
