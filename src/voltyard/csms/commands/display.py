"""Commands about a charger's display: messages set, read and cleared (2.0.1 block O)."""

from typing import Annotated, ClassVar, Literal, TypeAlias

from voltyard.csms.commands.declaration import (
    AnswerShape,
    CommandOperation,
    WireField,
    status_answer,
)
from voltyard.csms.commands.results import DisplayMessagesResult
from voltyard.csms.commands.shared import BackendCommand, Moment, Natural, TransactionId

MessagePriority: TypeAlias = Literal["AlwaysFront", "InFront", "NormalCycle"]
MessageState: TypeAlias = Literal["Charging", "Faulted", "Idle", "Unavailable"]
MessageFormat: TypeAlias = Literal["ASCII", "HTML", "URI", "UTF8"]


class SetDisplayMessage(BackendCommand, frozen=True, kw_only=True, tag="display-messages"):
    """Show a message on the charger's display.

    Of OCPP 2.0.1. One of the same id is replaced. The charger shows it by itself from then on, and
    drops it at its end or with its transaction.

    Body: The message, and when it is shown.
    """

    operation: ClassVar = CommandOperation(
        name="set_display_message",
        tag="display",
        body="SetDisplayMessageBody",
        example={
            "id": 4,
            "priority": "NormalCycle",
            "state": "Idle",
            "endDateTime": "2026-11-30T22:00:00Z",
            "format": "UTF8",
            "language": "en",
            "content": "Closed from 22:00 to 06:00",
        },
        answer=status_answer("DisplayMessageAnswer", "id"),
        subject="Message",
        sentences={
            "notSupportedMessageFormat": "Charger cannot show messages of this format",
            "notSupportedPriority": "Charger cannot show messages of this priority",
            "notSupportedState": "Charger cannot show messages for this state",
            "unknownTransaction": "Charger does not know this transaction",
        },
    )
    first_version: ClassVar = "2.0.1"

    id: Natural
    content: Annotated[str, WireField(min_length=1, max_length=512)]
    format: MessageFormat = "UTF8"
    language: Annotated[str | None, WireField(min_length=1, max_length=8)] = None
    priority: MessagePriority = "NormalCycle"
    state: Annotated[
        MessageState | None, WireField(description="Shown in this state alone; without: in any.")
    ] = None
    start_at: Annotated[Moment | None, WireField("startDateTime")] = None
    end_at: Annotated[Moment | None, WireField("endDateTime")] = None
    transaction_id: Annotated[
        TransactionId | None,
        WireField(description="It goes with this transaction; the charger's own id, or txn_...."),
    ] = None


class GetDisplayMessages(BackendCommand, frozen=True, kw_only=True, tag="display-messages/list"):
    """List the messages that the charger has for its display.

    The charger is asked, and the answer waits for all parts of its report. Unknown where it has no
    message that fits everything given.

    Answer: The messages, as they are on the wire.
    """

    operation: ClassVar = CommandOperation(
        name="list_display_messages",
        path="display-messages",
        method="GET",
        tag="display",
        answer=AnswerShape("DisplayMessagesAnswer", "charge_box_id", "messages", "status"),
        result={
            "messages": [
                {
                    "id": 4,
                    "priority": "NormalCycle",
                    "state": "Idle",
                    "message": {"format": "UTF8", "content": "Closed from 22:00 to 06:00"},
                }
            ]
        },
    )
    result: ClassVar = DisplayMessagesResult
    first_version: ClassVar = "2.0.1"

    id: Natural | None = None
    priority: MessagePriority | None = None
    state: MessageState | None = None


class ClearDisplayMessage(BackendCommand, frozen=True, kw_only=True, tag="display-messages/clear"):
    """Take a message off the charger's display.

    Unknown where the charger has no such message.
    """

    operation: ClassVar = CommandOperation(
        name="clear_display_message",
        path="display-messages/{messageId}",
        method="DELETE",
        tag="display",
        answer=status_answer("DisplayMessageRemovalAnswer", "message_id"),
        subject="Removal",
        sentences={"unknown": "Charger has no such message"},
        result={"messageId": 4},
    )
    first_version: ClassVar = "2.0.1"

    message_id: Annotated[Natural, WireField("messageId")]
