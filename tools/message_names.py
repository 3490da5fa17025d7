"""The names that generated messages get where the schemas give none, and who sends what.

1.6's schemas write most objects and enums inline; their names here are those of OCPP 1.6 edition 2,
section 7. Who may call an action is said in neither version's schemas.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Source:
    """One version of OCPP: where its schemas lie and how they are read."""

    version: str
    package: str
    request_suffix: str
    charger: frozenset[str]
    """Actions the charger calls; `both` are called by either side, the rest by the backend."""
    both: frozenset[str] = frozenset({"DataTransfer"})
    renamed: Mapping[str, str] = field(default_factory=dict)
    """Definitions whose name without its suffix would clash with another's."""
    objects: Mapping[str, str] = field(default_factory=dict)
    """Inline objects, by wire name."""
    enums: Mapping[str, str] = field(default_factory=dict)
    """Inline enums, by `Owner.wireName`."""
    open_types: Mapping[str, str] = field(default_factory=dict)
    """Definitions that are written by hand, in `ocpp/payload.py`."""
    more_values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Values an enum has in one schema and lacks in another, so that there is one enum."""
    least_items: Mapping[str, int] = field(default_factory=dict)
    """Array bounds a schema forgot, by `Owner.wireName`, so that there is one type."""

    def name_of(self, definition: str) -> str:
        """The class of a named definition: without `Type` or `EnumType`."""
        bare = definition.removesuffix("Type").removesuffix("Enum")
        return self.renamed.get(definition, bare)

    def name_of_object(self, owner: str, wire: str) -> str:
        """The class of an inline object."""
        if wire not in self.objects:
            raise SystemExit(f"{owner}.{wire}: name this object in tools/message_names.py")
        return self.objects[wire]

    def name_of_enum(self, owner: str, wire: str) -> str:
        """The alias of an inline enum."""
        key = f"{owner}.{wire}"
        if key not in self.enums:
            raise SystemExit(f"{key}: name this enum in tools/message_names.py")
        return self.enums[key]

    def sender_of(self, action: str) -> str:
        """`charger`, `csms` or `both`."""
        if action in self.both:
            return "both"
        return "charger" if action in self.charger else "csms"


V16 = Source(
    version="1.6",
    package="v16",
    request_suffix="",
    charger=frozenset(
        {
            "Authorize",
            "BootNotification",
            "DiagnosticsStatusNotification",
            "FirmwareStatusNotification",
            "Heartbeat",
            "LogStatusNotification",
            "MeterValues",
            "SecurityEventNotification",
            "SignCertificate",
            "SignedFirmwareStatusNotification",
            "StartTransaction",
            "StatusNotification",
            "StopTransaction",
        }
    ),
    renamed={
        "FirmwareStatusEnumType": "SignedFirmwareStatus",
        "MessageTriggerEnumType": "ExtendedMessageTrigger",
    },
    objects={
        "chargingProfile": "ChargingProfile",
        "chargingSchedule": "ChargingSchedule",
        "chargingSchedulePeriod": "ChargingSchedulePeriod",
        "configurationKey": "KeyValue",
        "csChargingProfiles": "ChargingProfile",
        "idTagInfo": "IdTagInfo",
        "localAuthorizationList": "AuthorizationData",
        "meterValue": "MeterValue",
        "sampledValue": "SampledValue",
        "transactionData": "MeterValue",
    },
    enums={
        "BootNotificationResponse.status": "RegistrationStatus",
        "CancelReservationResponse.status": "CancelReservationStatus",
        "ChangeAvailabilityRequest.type": "AvailabilityType",
        "ChangeAvailabilityResponse.status": "AvailabilityStatus",
        "ChangeConfigurationResponse.status": "ConfigurationStatus",
        "ChargingProfile.chargingProfileKind": "ChargingProfileKind",
        "ChargingProfile.chargingProfilePurpose": "ChargingProfilePurpose",
        "ChargingProfile.recurrencyKind": "RecurrencyKind",
        "ChargingSchedule.chargingRateUnit": "ChargingRateUnit",
        "ClearCacheResponse.status": "ClearCacheStatus",
        "ClearChargingProfileRequest.chargingProfilePurpose": "ChargingProfilePurpose",
        "ClearChargingProfileResponse.status": "ClearChargingProfileStatus",
        "DataTransferResponse.status": "DataTransferStatus",
        "DiagnosticsStatusNotificationRequest.status": "DiagnosticsStatus",
        "FirmwareStatusNotificationRequest.status": "FirmwareStatus",
        "GetCompositeScheduleRequest.chargingRateUnit": "ChargingRateUnit",
        "GetCompositeScheduleResponse.status": "GetCompositeScheduleStatus",
        "IdTagInfo.status": "AuthorizationStatus",
        "RemoteStartTransactionResponse.status": "RemoteStartStopStatus",
        "RemoteStopTransactionResponse.status": "RemoteStartStopStatus",
        "ReserveNowResponse.status": "ReservationStatus",
        "ResetRequest.type": "ResetType",
        "ResetResponse.status": "ResetStatus",
        "SampledValue.context": "ReadingContext",
        "SampledValue.format": "ValueFormat",
        "SampledValue.location": "Location",
        "SampledValue.measurand": "Measurand",
        "SampledValue.phase": "Phase",
        "SampledValue.unit": "UnitOfMeasure",
        "SendLocalListRequest.updateType": "UpdateType",
        "SendLocalListResponse.status": "UpdateStatus",
        "SetChargingProfileResponse.status": "ChargingProfileStatus",
        "StatusNotificationRequest.errorCode": "ChargePointErrorCode",
        "StatusNotificationRequest.status": "ChargePointStatus",
        "StopTransactionRequest.reason": "Reason",
        "TriggerMessageRequest.requestedMessage": "MessageTrigger",
        "TriggerMessageResponse.status": "TriggerMessageStatus",
        "UnlockConnectorResponse.status": "UnlockStatus",
    },
    # MeterValues.json has the unit and the bound, StopTransaction.json lacks both; the
    # specification has one MeterValue (section 7.33, sampledValue 1..*) and one UnitOfMeasure.
    more_values={"UnitOfMeasure": ("Hertz",)},
    least_items={"MeterValue.sampledValue": 1},
)

V201 = Source(
    version="2.0.1",
    package="v201",
    request_suffix="Request",
    charger=frozenset(
        {
            "Authorize",
            "BootNotification",
            "ClearedChargingLimit",
            "FirmwareStatusNotification",
            "Get15118EVCertificate",
            "GetCertificateStatus",
            "Heartbeat",
            "LogStatusNotification",
            "MeterValues",
            "NotifyChargingLimit",
            "NotifyCustomerInformation",
            "NotifyDisplayMessages",
            "NotifyEVChargingNeeds",
            "NotifyEVChargingSchedule",
            "NotifyEvent",
            "NotifyMonitoringReport",
            "NotifyReport",
            "PublishFirmwareStatusNotification",
            "ReportChargingProfiles",
            "ReservationStatusUpdate",
            "SecurityEventNotification",
            "SignCertificate",
            "StatusNotification",
            "TransactionEvent",
        }
    ),
    renamed={"IdTokenEnumType": "IdTokenKind", "VPNEnumType": "VPNKind"},
    open_types={"CustomDataType": "CustomData"},
)

SOURCES = (V16, V201)
