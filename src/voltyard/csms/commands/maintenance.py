"""Commands of configuration, firmware, diagnostics and DataTransfer (B, L, N, P)."""

from typing import Annotated, ClassVar

from voltyard.csms.commands.declaration import (
    AnswerField,
    AnswerShape,
    CommandOperation,
    WireField,
    status_answer,
)
from voltyard.csms.commands.results import ConfigurationResult, DataTransferResult, LogResult
from voltyard.csms.commands.shared import (
    BackendCommand,
    DownloadLocation,
    Moment,
    Natural,
    RetryInterval,
    UploadLocation,
    Word,
)
from voltyard.kernel import limits


class GetConfiguration(BackendCommand, frozen=True, kw_only=True, tag="configuration/get"):
    """Read settings of the charger.

    The charger is asked each time; nothing is cached but how many settings it takes in one message,
    which is asked for first: more than that go in parts.

    Body: Which settings; none named: all of them. With 2.x `Component.Variable`, or a 1.6 key that
    has a counterpart in the device model.

    Answer: The settings asked for.
    """

    operation: ClassVar = CommandOperation(
        name="get_configuration",
        body="GetConfigurationBody",
        is_body_optional=True,
        example={"key": ["HeartbeatInterval", "MeterValueSampleInterval"]},
        answer=AnswerShape(
            "ConfigurationAnswer", "charge_box_id", "configuration_key", "unknown_key"
        ),
        result={
            "configurationKey": [{"key": "HeartbeatInterval", "readonly": False, "value": "300"}],
            "unknownKey": [],
        },
    )
    result: ClassVar = ConfigurationResult

    keys: Annotated[tuple[Word, ...], WireField("key", max_length=limits.CONFIGURATION_KEYS)] = ()
    """2.x: as csms.v201.configuration_keys says. All of them come by GetBaseReport."""


class ChangeConfiguration(BackendCommand, frozen=True, kw_only=True, tag="configuration/change"):
    """Change a setting of the charger.

    Whether the value is in range is for the charger to say.

    Body: One setting and its new value, which OCPP has as text.

    Answer: The charger's word, as it is on the wire.
    """

    operation: ClassVar = CommandOperation(
        name="change_configuration",
        body="ChangeConfigurationBody",
        example={"key": "HeartbeatInterval", "value": "600"},
        answer=AnswerShape(
            "ChangeConfigurationAnswer",
            "charge_box_id",
            "key",
            "value",
            "status",
            "message",
            "reason",
        ),
        subject="Configuration change",
        sentences={
            "Accepted": "Configuration changed successfully",
            "RebootRequired": "Configuration changed, and takes effect once the charger has "
            "rebooted",
            "Rejected": "Configuration change rejected by charger",
            "NotSupported": "Charger does not know this configuration key",
        },
        result={"status": "Accepted"},
    )

    key: Word
    value: str


class UpdateFirmware(BackendCommand, frozen=True, kw_only=True, tag="firmware/update"):
    """Have the charger install firmware.

    How it goes is told by FirmwareStatusNotification, in the message log.

    Body: Where the firmware is, and when to fetch it.

    Answer: The charger's word; 1.6 knows no other than accepted.
    """

    operation: ClassVar = CommandOperation(
        name="update_firmware",
        body="UpdateFirmwareBody",
        example={
            "location": "https://firmware.example.com/v2.0.0/firmware.bin",
            "retrieveDate": "2026-02-10T14:00:00Z",
            "retries": 3,
            "retryInterval": 60,
        },
        answer=status_answer("UpdateFirmwareAnswer"),
        subject="Firmware update",
    )

    location: DownloadLocation
    retrieve_at: Annotated[Moment, WireField("retrieveDate")]
    retries: Natural | None = None
    retry_interval_s: RetryInterval = None


class GetDiagnostics(BackendCommand, frozen=True, kw_only=True, tag="diagnostics"):
    """Have the charger upload its diagnostics.

    With 2.x as GetLog. How it goes is told by status notifications, in the message log.

    Body: Where to upload to, and of which time.

    Answer: The charger's word; no file name where it has nothing to upload.
    """

    operation: ClassVar = CommandOperation(
        name="get_diagnostics",
        body="DiagnosticsBody",
        example={
            "location": "https://uploads.example.com/diagnostics/",
            "startTime": "2026-02-09T00:00:00Z",
            "stopTime": "2026-02-10T00:00:00Z",
            "retries": 3,
            "retryInterval": 60,
        },
        answer=status_answer("DiagnosticsAnswer", "file_name"),
        subject="Diagnostics upload",
        result={"fileName": "diagnostics-2026-02-10.zip"},
    )
    result: ClassVar = LogResult

    location: UploadLocation
    start_at: Annotated[Moment | None, WireField("startTime")] = None
    stop_at: Annotated[Moment | None, WireField("stopTime")] = None
    retries: Natural | None = None
    retry_interval_s: RetryInterval = None


class SendDataTransfer(BackendCommand, frozen=True, kw_only=True, tag="data-transfer"):
    """Send vendor-specific data.

    Kept in the data-transfer history, with its answer.

    Body: Vendor-specific talk.

    Answer: The charger's word, as it is on the wire.
    """

    operation: ClassVar = CommandOperation(
        name="transfer_data",
        body="TransferDataBody",
        example={"vendorId": "MyVendor", "messageId": "GetDisplayMessage", "data": '{"screen": 1}'},
        answer=AnswerShape(
            "TransferDataAnswer",
            "message",
            "charge_box_id",
            "vendor_id",
            "message_id",
            "status",
            AnswerField("data", "responseData"),
        ),
        subject="DataTransfer",
        sentences={
            "UnknownVendorId": "Charger does not know this vendorId",
            "UnknownMessageId": "Charger does not know this messageId",
        },
        result={"status": "Accepted", "responseData": '{"text": "Hello"}'},
    )
    result: ClassVar = DataTransferResult

    vendor_id: Annotated[Word, WireField("vendorId")]
    message_id: Annotated[Word | None, WireField("messageId")] = None
    data: str | None = None
