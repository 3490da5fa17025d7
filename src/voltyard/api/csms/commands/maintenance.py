"""Routes of configuration, firmware, diagnostics and DataTransfer."""

from typing import Final

from pydantic import Field

from voltyard.api.auth import Operator
from voltyard.api.csms.commands.command_route import (
    BEGUN_RESPONSE,
    ChargerStatusAnswer,
    CommandDep,
    CommandRoute,
    ask,
    status_sentence,
)
from voltyard.api.csms.error_responses import OF_A_CHARGER, error_responses
from voltyard.api.csms.fields import (
    EXAMPLE_CHARGER,
    BackendAnswer,
    BackendBody,
    Box,
    BoxId,
    DownloadUrl,
    Moment,
    Natural,
    Reason,
    UploadUrl,
    Word,
    example,
)
from voltyard.api.csms.files import upload_place
from voltyard.api.errors import BACKEND_PREFIX
from voltyard.api.routers import api_router
from voltyard.csms.commands import commands
from voltyard.kernel import limits

router = api_router(
    prefix=BACKEND_PREFIX + "/chargers/{chargeBoxId}",
    tags=["commands"],
    responses=error_responses(*OF_A_CHARGER) | BEGUN_RESPONSE,
    route_class=CommandRoute,
)

# --- configuration --------------------------------------------------------------------------------

_CHANGED: Final = {
    "Accepted": "Configuration changed successfully",
    "RebootRequired": "Configuration changed, and takes effect once the charger has rebooted",
    "Rejected": "Configuration change rejected by charger",
    "NotSupported": "Charger does not know this configuration key",
}


class GetConfigurationBody(BackendBody):
    """Which settings; none named: all of them. With 2.x `Component.Variable`, or a 1.6 key that
    has a counterpart in the device model."""

    model_config = example(key=["HeartbeatInterval", "MeterValueSampleInterval"])

    key: list[Word] = Field(default_factory=list, max_length=limits.CONFIGURATION_KEYS)


class ConfigurationKey(BackendAnswer):
    """One setting; `value` is null where it can only be written, `readonly` where 2.x tells not."""

    key: str
    readonly: bool | None
    value: str | None


class ConfigurationAnswer(BackendAnswer):
    """The settings asked for."""

    model_config = example(
        chargeBoxId=EXAMPLE_CHARGER,
        configurationKey=[{"key": "HeartbeatInterval", "readonly": False, "value": "300"}],
        unknownKey=[],
    )

    charge_box_id: BoxId
    configuration_key: list[ConfigurationKey] = Field(serialization_alias="configurationKey")
    unknown_key: list[str] = Field(serialization_alias="unknownKey")


@router.post("/configuration/get", summary="Read settings of the charger")
async def get_configuration(
    box: Box, here: CommandDep, principal: Operator, body: GetConfigurationBody | None = None
) -> ConfigurationAnswer:
    """The charger is asked each time; nothing is cached but how many settings it takes in one
    message, which is asked for first: more than that go in parts."""
    command = commands.GetConfiguration(keys=tuple(body.key) if body else ())
    outcome = await ask(here, principal, box, command, commands.ConfigurationResult)
    return ConfigurationAnswer(
        charge_box_id=box,
        configuration_key=[
            ConfigurationKey(key=one.key, readonly=one.readonly, value=one.value)
            for one in outcome.configuration_key
        ],
        unknown_key=list(outcome.unknown_key),
    )


class ChangeConfigurationBody(BackendBody):
    """One setting and its new value, which OCPP has as text."""

    model_config = example(key="HeartbeatInterval", value="600")

    key: Word
    value: str


class ChangeConfigurationAnswer(BackendAnswer):
    """The charger's word, as it is on the wire."""

    model_config = example(
        chargeBoxId=EXAMPLE_CHARGER,
        key="HeartbeatInterval",
        value="600",
        status="Accepted",
        message="Configuration changed successfully",
    )

    charge_box_id: BoxId
    key: str
    value: str
    status: str
    message: str
    reason: Reason = None


@router.post("/configuration/change", summary="Change a setting of the charger")
async def change_configuration(
    box: Box, body: ChangeConfigurationBody, here: CommandDep, principal: Operator
) -> ChangeConfigurationAnswer:
    """Whether the value is in range is for the charger to say."""
    command = commands.ChangeConfiguration(key=body.key, value=body.value)
    outcome = await ask(here, principal, box, command, commands.StatusResult)
    return ChangeConfigurationAnswer(
        charge_box_id=box,
        key=body.key,
        value=body.value,
        status=outcome.status,
        message=status_sentence("Configuration change", outcome.status, _CHANGED),
        reason=outcome.reason,
    )


# --- firmware and diagnostics ---------------------------------------------------------------------


class UpdateFirmwareBody(BackendBody):
    """Where the firmware is, and when to fetch it."""

    model_config = example(
        location="https://firmware.example.com/v2.0.0/firmware.bin",
        retrieveDate="2026-02-10T14:00:00Z",
        retries=3,
        retryInterval=60,
    )

    location: DownloadUrl
    retrieve_at: Moment = Field(alias="retrieveDate")
    retries: Natural | None = None
    retry_interval_s: Natural | None = Field(None, alias="retryInterval")


class UpdateFirmwareAnswer(ChargerStatusAnswer):
    """The charger's word; 1.6 knows no other than accepted."""

    model_config = example(
        message="Firmware update accepted by charger",
        chargeBoxId=EXAMPLE_CHARGER,
        status="accepted",
    )


@router.post("/firmware/update", summary="Have the charger install firmware")
async def update_firmware(
    box: Box, body: UpdateFirmwareBody, here: CommandDep, principal: Operator
) -> UpdateFirmwareAnswer:
    """How it goes is told by FirmwareStatusNotification, in the message log."""
    command = commands.UpdateFirmware(
        location=body.location,
        retrieve_at=body.retrieve_at,
        retries=body.retries,
        retry_interval_s=body.retry_interval_s,
    )
    outcome = await ask(here, principal, box, command, commands.StatusResult)
    return UpdateFirmwareAnswer.of(box, "Firmware update", outcome)


class DiagnosticsBody(BackendBody):
    """Where to upload to, and of which time."""

    model_config = example(
        location="https://uploads.example.com/diagnostics/",
        startTime="2026-02-09T00:00:00Z",
        stopTime="2026-02-10T00:00:00Z",
        retries=3,
        retryInterval=60,
    )

    location: UploadUrl | None = Field(
        None, description="Where absent: this server, if it keeps files (VOLTYARD_FILES)."
    )
    start_at: Moment | None = Field(None, alias="startTime")
    stop_at: Moment | None = Field(None, alias="stopTime")
    retries: Natural | None = None
    retry_interval_s: Natural | None = Field(None, alias="retryInterval")


class DiagnosticsAnswer(BackendAnswer):
    """The charger's word; no file name where it has nothing to upload."""

    model_config = example(
        message="Diagnostics upload accepted by charger",
        chargeBoxId=EXAMPLE_CHARGER,
        fileName="diagnostics-2026-02-10.zip",
        status="accepted",
    )

    message: str
    charge_box_id: BoxId
    file_name: str | None = Field(serialization_alias="fileName")
    status: str
    reason: Reason = None


@router.post("/diagnostics", summary="Have the charger upload its diagnostics")
async def diagnostics(
    box: Box, body: DiagnosticsBody, here: CommandDep, principal: Operator
) -> DiagnosticsAnswer:
    """With 2.x as GetLog. How it goes is told by status notifications, in the message log."""
    location, id = await upload_place(here, principal, box, body.location)
    command = commands.GetDiagnostics(
        location=location,
        start_at=body.start_at,
        stop_at=body.stop_at,
        retries=body.retries,
        retry_interval_s=body.retry_interval_s,
    )
    outcome = await ask(here, principal, box, command, commands.LogResult, id)
    return DiagnosticsAnswer(
        message=status_sentence("Diagnostics upload", outcome.status),
        charge_box_id=box,
        file_name=outcome.file_name,
        status=outcome.status,
        reason=outcome.reason,
    )


# --- data-transfer --------------------------------------------------------------------------------


class TransferDataBody(BackendBody):
    """Vendor-specific talk."""

    model_config = example(vendorId="MyVendor", messageId="GetDisplayMessage", data='{"screen": 1}')

    vendor_id: Word = Field(alias="vendorId")
    message_id: Word | None = Field(None, alias="messageId")
    data: str | None = None


class TransferDataAnswer(BackendAnswer):
    """The charger's word, as it is on the wire."""

    model_config = example(
        message="DataTransfer accepted by charger",
        chargeBoxId=EXAMPLE_CHARGER,
        vendorId="MyVendor",
        messageId="GetDisplayMessage",
        status="Accepted",
        responseData='{"text": "Hello"}',
    )

    message: str
    charge_box_id: BoxId
    vendor_id: str = Field(serialization_alias="vendorId")
    message_id: str | None = Field(serialization_alias="messageId")
    status: str
    response_data: str | None = Field(serialization_alias="responseData")


@router.post("/data-transfer", summary="Send vendor-specific data")
async def transfer_data(
    box: Box, body: TransferDataBody, here: CommandDep, principal: Operator
) -> TransferDataAnswer:
    """Kept in the data-transfer history, with its answer."""
    command = commands.SendDataTransfer(
        vendor_id=body.vendor_id, message_id=body.message_id, data=body.data
    )
    outcome = await ask(here, principal, box, command, commands.DataTransferResult)
    sentences = {
        "UnknownVendorId": "Charger does not know this vendorId",
        "UnknownMessageId": "Charger does not know this messageId",
    }
    return TransferDataAnswer(
        message=status_sentence("DataTransfer", outcome.status, sentences),
        charge_box_id=box,
        vendor_id=body.vendor_id,
        message_id=body.message_id,
        status=outcome.status,
        response_data=outcome.data,
    )
