"""Routes of reset, unlock, cache, trigger, availability and raw calls. Each waits for the charger's
own answer and hands it on.

A refusal is an answer: HTTP success, with its status. No link is 503, no answer in time 504, a
CALLERROR 502.
"""

from typing import Any, Final, Literal

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
    Connector,
    Evse,
    Natural,
    Reason,
    Word,
    example,
)
from voltyard.api.errors import BACKEND_PREFIX
from voltyard.api.routers import api_router
from voltyard.csms.commands import commands

router = api_router(
    prefix=BACKEND_PREFIX + "/chargers/{chargeBoxId}",
    tags=["commands"],
    responses=error_responses(*OF_A_CHARGER) | BEGUN_RESPONSE,
    route_class=CommandRoute,
)

# --- reset ----------------------------------------------------------------------------------------


class ResetBody(BackendBody):
    """How to restart. With 2.x Soft is OnIdle and Hard is Immediate."""

    model_config = example(type="Soft")

    type: Literal["Soft", "Hard"]
    evse_id: Evse = None


class ResetAnswer(BackendAnswer):
    """The charger's word."""

    model_config = example(
        message="Soft reset accepted by charger",
        chargeBoxId=EXAMPLE_CHARGER,
        type="Soft",
        status="accepted",
    )

    message: str
    charge_box_id: BoxId
    type: str
    status: str
    reason: Reason = None


@router.post("/reset", summary="Restart the charger")
async def reset(box: Box, body: ResetBody, here: CommandDep, principal: Operator) -> ResetAnswer:
    """Soft ends what runs first, Hard does not wait."""
    command = commands.Reset(type=body.type, evse_id=body.evse_id)
    outcome = await ask(here, principal, box, command, commands.StatusResult)
    return ResetAnswer(
        message=status_sentence(f"{body.type} reset", outcome.status),
        charge_box_id=box,
        type=body.type,
        status=outcome.status,
        reason=outcome.reason,
    )


# --- unlock ---------------------------------------------------------------------------------------

_UNLOCK: Final = {
    "unlocked": "Connector unlocked successfully",
    "unlockFailed": "Charger failed to unlock the connector",
    "notSupported": "Charger cannot unlock this connector",
    "ongoingAuthorizedTransaction": "Charger keeps the connector locked during a transaction",
    "unknownConnector": "Charger does not know this connector",
}


class UnlockBody(BackendBody):
    """Which connector. Without evseId, 2.x takes connector n to be EVSE n's first."""

    model_config = example(connectorId=1)

    connector_id: Connector
    evse_id: Evse = None


class UnlockAnswer(BackendAnswer):
    """The charger's word."""

    model_config = example(
        message="Connector unlocked successfully",
        chargeBoxId=EXAMPLE_CHARGER,
        connectorId=1,
        status="unlocked",
    )

    message: str
    charge_box_id: BoxId
    connector_id: int = Field(serialization_alias="connectorId")
    status: str
    reason: Reason = None


@router.post("/unlock", summary="Release a cable")
async def unlock(box: Box, body: UnlockBody, here: CommandDep, principal: Operator) -> UnlockAnswer:
    """For a driver whose cable is stuck; with 1.6 a running transaction ends first."""
    command = commands.UnlockConnector(connector_id=body.connector_id, evse_id=body.evse_id)
    outcome = await ask(here, principal, box, command, commands.StatusResult)
    return UnlockAnswer(
        message=status_sentence("Unlock", outcome.status, _UNLOCK),
        charge_box_id=box,
        connector_id=body.connector_id,
        status=outcome.status,
        reason=outcome.reason,
    )


# --- cache/clear ----------------------------------------------------------------------------------


class ClearCacheAnswer(ChargerStatusAnswer):
    """The charger's word."""

    model_config = example(
        message="Cache cleared successfully", chargeBoxId=EXAMPLE_CHARGER, status="accepted"
    )


@router.post("/cache/clear", summary="Empty the authorization cache")
async def clear_cache(box: Box, here: CommandDep, principal: Operator) -> ClearCacheAnswer:
    """Rejected by chargers that have none."""
    outcome = await ask(here, principal, box, commands.ClearCache(), commands.StatusResult)
    sentences = {"accepted": "Cache cleared successfully"}
    return ClearCacheAnswer.of(box, "Cache clear", outcome, sentences)


# --- trigger --------------------------------------------------------------------------------------


class TriggerBody(BackendBody):
    """Which message. `extended`: as ExtendedTriggerMessage (1.6 with the security extension), as
    LogStatusNotification and SignChargePointCertificate are in any case."""

    model_config = example(requestedMessage="StatusNotification", connectorId=1)

    requested_message: Literal[
        "BootNotification",
        "CombinedMeterValues",
        "DiagnosticsStatusNotification",
        "FirmwareStatusNotification",
        "Heartbeat",
        "LogStatusNotification",
        "MeterValues",
        "PublishFirmwareStatusNotification",
        "SignChargePointCertificate",
        "SignChargingStationCertificate",
        "SignCombinedCertificate",
        "SignV2GCertificate",
        "StatusNotification",
        "TransactionEvent",
    ] = Field(alias="requestedMessage")
    connector_id: Natural | None = Field(None, alias="connectorId")
    evse_id: Evse = None
    extended: bool = False


class TriggerAnswer(BackendAnswer):
    """The charger's word."""

    model_config = example(
        message="StatusNotification trigger accepted by charger",
        chargeBoxId=EXAMPLE_CHARGER,
        requestedMessage="StatusNotification",
        status="accepted",
    )

    message: str
    charge_box_id: BoxId
    requested_message: str = Field(serialization_alias="requestedMessage")
    status: str
    reason: Reason = None


@router.post("/trigger", summary="Have the charger send a message")
async def trigger(
    box: Box, body: TriggerBody, here: CommandDep, principal: Operator
) -> TriggerAnswer:
    """The message itself comes later, and is in the message log."""
    command = commands.TriggerMessage(
        requested_message=body.requested_message,
        connector_id=body.connector_id,
        evse_id=body.evse_id,
        extended=body.extended,
    )
    outcome = await ask(here, principal, box, command, commands.StatusResult)
    return TriggerAnswer(
        message=status_sentence(f"{body.requested_message} trigger", outcome.status),
        charge_box_id=box,
        requested_message=body.requested_message,
        status=outcome.status,
        reason=outcome.reason,
    )


# --- availability ---------------------------------------------------------------------------------


class AvailabilityBody(BackendBody):
    """Connector 0 is the whole charger."""

    model_config = example(connectorId=1, type="Inoperative")

    connector_id: Connector
    type: Literal["Operative", "Inoperative"]
    evse_id: Evse = None


class AvailabilityAnswer(BackendAnswer):
    """The charger's word; scheduled: once the running transaction has ended."""

    model_config = example(
        message="Availability changed to Inoperative",
        chargeBoxId=EXAMPLE_CHARGER,
        connectorId=1,
        type="Inoperative",
        status="accepted",
    )

    message: str
    charge_box_id: BoxId
    connector_id: int = Field(serialization_alias="connectorId")
    type: str
    status: str
    reason: Reason = None


@router.post("/availability", summary="Take a connector into or out of service")
async def availability(
    box: Box, body: AvailabilityBody, here: CommandDep, principal: Operator
) -> AvailabilityAnswer:
    """What is out of service stays so over a restart."""
    command = commands.ChangeAvailability(
        connector_id=body.connector_id, type=body.type, evse_id=body.evse_id
    )
    outcome = await ask(here, principal, box, command, commands.StatusResult)
    sentences = {
        "accepted": f"Availability changed to {body.type}",
        "scheduled": f"Availability change to {body.type} scheduled after the transaction",
    }
    return AvailabilityAnswer(
        message=status_sentence("Availability change", outcome.status, sentences),
        charge_box_id=box,
        connector_id=body.connector_id,
        type=body.type,
        status=outcome.status,
        reason=outcome.reason,
    )


# --- call -----------------------------------------------------------------------------------------


class CallBody(BackendBody):
    """Any action of the charger's version, in its own words. The payload is checked against the
    schema unless `validate` is false."""

    model_config = example(action="GetLocalListVersion", payload={})

    action: Word
    payload: dict[str, Any] = Field(default_factory=dict)
    is_validated: bool = Field(True, alias="validate")


class CallAnswer(BackendAnswer):
    """The CALLRESULT as it came."""

    model_config = example(
        chargeBoxId=EXAMPLE_CHARGER,
        action="GetLocalListVersion",
        payload={"listVersion": 0},
        latencyMs=12.5,
    )

    charge_box_id: BoxId
    action: str
    payload: dict[str, Any]
    latency_ms: float = Field(serialization_alias="latencyMs")


@router.post("/call", summary="Send any action")
async def call(box: Box, body: CallBody, here: CommandDep, principal: Operator) -> CallAnswer:
    """For what has no command of its own, and for testing chargers with requests that are wrong."""
    command = commands.RawCall(action=body.action, payload=body.payload, validate=body.is_validated)
    outcome = await ask(here, principal, box, command, commands.RawCallResult)
    return CallAnswer(
        charge_box_id=box,
        action=outcome.action,
        payload=outcome.payload,
        latency_ms=outcome.latency_ms,
    )
