"""Commands of resets, locks, availability, messages, transactions, and any other call.

Only the shape of a command is checked: connector 99 or a foreign transaction id reach the charger,
whose own answer comes back. A refusal is a result. Errors are `NotFound`, `NotConnected` (nothing
was sent), `OutcomeUnknown` (it was, and the link went before the answer), `WrongState` (it was
rejected at boot), `NoAnswer`, `PeerError` (details: code, description, payload) and `Overfull`."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from voltyard.csms.commands.declaration import (
    AnswerShape,
    CommandOperation,
    WireField,
    status_answer,
)
from voltyard.csms.commands.results import (
    RawCallResult,
    RemoteStartResult,
    TransactionStatusResult,
)
from voltyard.csms.commands.shared import (
    AnyConnectorId,
    BackendCommand,
    ChargingProfile,
    ConnectorId,
    EvseId,
    IdTag,
    IdTagType,
    TransactionId,
    Word,
)


class Reset(BackendCommand, frozen=True, kw_only=True, tag="reset"):
    """Restart the charger, or one EVSE of it.

    Soft ends what runs first, Hard does not wait. With 2.x `evseId` resets that EVSE alone, where
    the charger can (EVSE.AllowReset): the others go on, and it is back once its connectors are no
    longer Unavailable. 1.6 has no such reset: 422.

    Body: How to restart. With 2.x Soft is OnIdle and Hard is Immediate.
    """

    operation: ClassVar = CommandOperation(
        name="reset_registered_charger",
        body="ResetBody",
        example={"type": "Soft"},
        answer=status_answer("ResetAnswer", "type"),
        subject="{type} reset",
    )

    type: Literal["Soft", "Hard"]
    evse_id: EvseId = None


class UnlockConnector(BackendCommand, frozen=True, kw_only=True, tag="unlock"):
    """Release a cable.

    For a driver whose cable is stuck; with 1.6 a running transaction ends first.

    Body: Which connector. Without evseId, 2.x takes connector n to be EVSE n's first.
    """

    operation: ClassVar = CommandOperation(
        name="unlock_registered_connector",
        body="UnlockConnectorBody",
        example={"connectorId": 1},
        answer=status_answer("UnlockConnectorAnswer", "connector_id"),
        subject="Unlock",
        sentences={
            "unlocked": "Connector unlocked successfully",
            "unlockFailed": "Charger failed to unlock the connector",
            "notSupported": "Charger cannot unlock this connector",
            "ongoingAuthorizedTransaction": "Charger keeps the connector locked during a "
            "transaction",
            "unknownConnector": "Charger does not know this connector",
        },
        result={"status": "unlocked"},
    )

    connector_id: ConnectorId
    evse_id: EvseId = None


class ClearCache(BackendCommand, frozen=True, kw_only=True, tag="cache/clear"):
    """Empty the authorization cache.

    Rejected by chargers that have none.
    """

    operation: ClassVar = CommandOperation(
        name="clear_cache",
        answer=status_answer("ClearCacheAnswer"),
        subject="Cache clear",
        sentences={"accepted": "Cache cleared successfully"},
    )


class TriggerMessage(BackendCommand, frozen=True, kw_only=True, tag="trigger"):
    """Have the charger send a message.

    The message itself comes later, and is in the message log.

    Body: Which message. `extended`: as ExtendedTriggerMessage (1.6 with the security extension),
    as LogStatusNotification and SignChargePointCertificate are in any case.
    """

    operation: ClassVar = CommandOperation(
        name="trigger_message",
        body="TriggerMessageBody",
        example={"requestedMessage": "StatusNotification", "connectorId": 1},
        answer=status_answer("TriggerMessageAnswer", "requested_message"),
        subject="{requested_message} trigger",
    )

    requested_message: Annotated[
        Literal[
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
        ],
        WireField("requestedMessage"),
    ]
    connector_id: AnyConnectorId = None
    evse_id: EvseId = None
    extended: bool = False


class ChangeAvailability(BackendCommand, frozen=True, kw_only=True, tag="availability"):
    """Take a connector into or out of service.

    What is out of service stays so over a restart.

    Body: Connector 0 is the whole charger.

    Answer: The charger's word; scheduled: once the running transaction has ended.
    """

    operation: ClassVar = CommandOperation(
        name="change_availability",
        body="AvailabilityBody",
        example={"connectorId": 1, "type": "Inoperative"},
        answer=status_answer("AvailabilityAnswer", "connector_id", "type"),
        subject="Availability change",
        sentences={
            "accepted": "Availability changed to {type}",
            "scheduled": "Availability change to {type} scheduled after the transaction",
        },
    )

    connector_id: ConnectorId
    type: Literal["Operative", "Inoperative"]
    evse_id: EvseId = None


class RawCall(BackendCommand, frozen=True, kw_only=True, tag="call"):
    """Send any action.

    For what has no command of its own, and for testing chargers with requests that are wrong.

    Body: Any action of the charger's version, in its own words. The payload is checked against the
    schema unless `validate` is false.

    Answer: The CALLRESULT as it came.
    """

    operation: ClassVar = CommandOperation(
        name="call_charger",
        body="CallBody",
        example={"action": "GetLocalListVersion", "payload": {}},
        answer=AnswerShape("CallAnswer", "charge_box_id", "action", "payload", "latency_ms"),
        result={"payload": {"listVersion": 0}, "latencyMs": 12.5},
    )
    result: ClassVar = RawCallResult

    action: Word
    payload: Mapping[str, Any] = {}
    validate: bool = True
    """Invalid (details: violations) for an action the version does not know, and for a payload that
    does not fit its schema."""


class RemoteStartTransaction(BackendCommand, frozen=True, kw_only=True, tag="remote-start"):
    """Have the charger start a transaction."""

    result: ClassVar = RemoteStartResult

    id_tag: IdTag
    connector_id: AnyConnectorId = None
    evse_id: EvseId = None
    id_tag_type: IdTagType = "Central"
    """2.x only: the IdToken's type."""
    charging_profile: ChargingProfile | None = None


class RemoteStopTransaction(BackendCommand, frozen=True, kw_only=True, tag="remote-stop"):
    """Have the charger stop a transaction."""

    transaction_id: Annotated[str, WireField("transactionId")]
    """The OCPP id in text (1.6: a decimal), or txn_..."""


class GetTransactionStatus(BackendCommand, frozen=True, kw_only=True, tag="transaction-status"):
    """Ask whether a transaction runs, and whether messages of it wait.

    Of OCPP 2.0.1 (E14). The charger is asked, which knows better than the backend after a time
    offline. Of a transaction that it does not know it says false twice.

    Answer: Without a transaction's id, ongoingIndicator is null and messagesInQueue is of all
    transactions.
    """

    operation: ClassVar = CommandOperation(
        name="get_transaction_status",
        method="GET",
        tag="transactions",
        answer=AnswerShape(
            "TransactionStatusAnswer",
            "charge_box_id",
            "transaction_id",
            "ongoing_indicator",
            "messages_in_queue",
        ),
        result={
            "transactionId": "txn_4k2d8s1m0x7c9v3b",
            "ongoingIndicator": True,
            "messagesInQueue": False,
        },
    )
    result: ClassVar = TransactionStatusResult
    first_version: ClassVar = "2.0.1"

    transaction_id: Annotated[
        TransactionId | None,
        WireField(description="The charger's own id, or txn_.... Without one: all transactions."),
    ] = None


class CostUpdated(BackendCommand, frozen=True, kw_only=True, tag="cost-updated"):
    """Tell the charger the running cost of a transaction (2.0.1 I02)."""

    first_version: ClassVar = "2.0.1"

    transaction_id: Annotated[str, WireField("transactionId")]
    """The charger's own id."""
    total_cost: Annotated[float, WireField("totalCost")]
    """A double has fifteen digits, more than an amount: JSON has the very decimal."""
