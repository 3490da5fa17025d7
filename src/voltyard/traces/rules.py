"""Rules of OCPP that the frames of a trace can break, with their source and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from voltyard.ocpp.violations import ERRORS_16, ERRORS_201, Kind

CONCURRENT_CALL: Final = "concurrent_call"
STRAY_ANSWER: Final = "stray_answer"
UNANSWERED: Final = "unanswered"


class TraceRule(Struct, frozen=True, kw_only=True):
    """A rule: its title, its text for each version, its source, and what to do."""

    key: str
    title: str
    says: str
    """In our words."""
    source_16: str
    source_201: str
    remedy: str
    code_16: str | None = None
    code_201: str | None = None
    """CALLERROR that it is answered with, if it is."""


_PDU_16: Final = "OCPP-J 1.6, section 4.2.3, and the schemas of 1.6"
_PDU_201: Final = "OCPP 2.0.1 Part 4, section 4.3, and the schemas of Part 3"
_RPC_16: Final = "OCPP-J 1.6, section 4.1"
_RPC_201: Final = "OCPP 2.0.1 Part 4, section 4.1"


def _payload_rule(kind: Kind, title: str, says: str, remedy: str) -> TraceRule:
    return TraceRule(
        key=kind.value,
        title=title,
        says=says,
        remedy=remedy,
        source_16=_PDU_16,
        source_201=_PDU_201,
        code_16=ERRORS_16[kind],
        code_201=ERRORS_201[kind],
    )


def _frame_rule(
    kind: Kind, title: str, says: str, remedy: str, source_16: str, source_201: str
) -> TraceRule:
    return TraceRule(
        key=kind.value,
        title=title,
        says=says,
        remedy=remedy,
        source_16=f"OCPP-J 1.6, section {source_16}",
        source_201=f"OCPP 2.0.1 Part 4, section {source_201}",
        code_16=ERRORS_16[kind],
        code_201=ERRORS_201[kind],
    )


def _talk_rule(key: str, title: str, says: str, remedy: str) -> TraceRule:
    return TraceRule(
        key=key,
        title=title,
        says=says,
        remedy=remedy,
        source_16=f"{_RPC_16}.1",
        source_201=f"{_RPC_201}.1",
    )


_OF_PAYLOADS: Final = (
    _payload_rule(
        Kind.MISSING,
        "A required field is missing",
        "Each field that the schema requires is present in the payload.",
        "Send the field, even where its value seems not to matter.",
    ),
    _payload_rule(
        Kind.EXTRA,
        "A field is unknown",
        "A payload has the fields of its schema and no others.",
        "Leave the field out. Vendors' own data belongs in DataTransfer, or in customData (2.x). "
        "Look for a misspelt name, and for a field of another OCPP version.",
    ),
    _payload_rule(
        Kind.WRONG_TYPE,
        "A value has the wrong type",
        "Each value has the JSON type of its schema: a number is not a string.",
        "Mind numbers in quotation marks, and fractions where integers are meant.",
    ),
    _payload_rule(
        Kind.NULL,
        "null stands for an absent field",
        "An optional field without a value is left out; null is not its absence.",
        "Leave such fields out when the message is written.",
    ),
    _payload_rule(
        Kind.TOO_LONG,
        "A text is too long",
        "No text is longer than its schema allows.",
        "Shorten it; an id tag of 1.6 has 20 characters, an id token of 2.0.1 has 36.",
    ),
    _payload_rule(
        Kind.BAD_ENUM,
        "A value is not one of those defined",
        "A field with a list of values has one of them, in its very spelling.",
        "Look at spelling and case, and for a value of another OCPP version.",
    ),
    _payload_rule(
        Kind.BAD_COUNT,
        "An array has too few or too many elements",
        "An array has as many elements as its schema allows.",
        "An array that may not be empty is left out where it is optional.",
    ),
    _payload_rule(
        Kind.BAD_VALUE,
        "A value is outside its range or form",
        "Numbers keep to their range, and date-times are RFC 3339 with a time zone.",
        "Write moments as 2026-01-05T08:00:00Z.",
    ),
    _payload_rule(
        Kind.NOT_OBJECT,
        "A payload is not an object",
        "The payload of a CALL and of a CALLRESULT is a JSON object; without fields it is {}.",
        "Send {} where there is nothing to say.",
    ),
)

_OF_FRAMES: Final = (
    _frame_rule(
        Kind.NOT_JSON,
        "The frame is not JSON",
        "A frame is JSON text in UTF-8.",
        "Look for a frame that was cut, and for quotation marks within text.",
        "4.2",
        "4.2",
    ),
    _frame_rule(
        Kind.BAD_FRAME,
        "The frame is not an OCPP message",
        "A frame is an array: [2, id, action, payload], [3, id, payload], or "
        "[4, id, code, description, details].",
        "Compare its elements and their order with the three forms.",
        "4.2",
        "4.2",
    ),
    _frame_rule(
        Kind.BAD_ID,
        "The message id is not valid",
        "A message id is a string of at most 36 characters.",
        "Use a counter or a UUID, as a string.",
        "4.1.4",
        "4.1.4",
    ),
    _frame_rule(
        Kind.UNKNOWN_TYPE,
        "The message type is unknown",
        "The first element is 2 (CALL), 3 (CALLRESULT) or 4 (CALLERROR).",
        "Types 5 and 6 are of OCPP 2.1; agree on its subprotocol first.",
        "4.1.3",
        "4.4",
    ),
    _frame_rule(
        Kind.UNKNOWN_ACTION,
        "The action is not of this OCPP version",
        "A CALL names an action of the OCPP version that was agreed on.",
        "Look at the subprotocol of the connection, and at the action's spelling.",
        "4.2.1",
        "4.2.1",
    ),
    _frame_rule(
        Kind.WRONG_DIRECTION,
        "The action is the other side's",
        "Some actions are for the charger to call and others for the CSMS.",
        "See who sends it in the chapter of the message.",
        "4.2.1",
        "4.2.1",
    ),
)

_OF_THE_CONVERSATION: Final = (
    _talk_rule(
        CONCURRENT_CALL,
        "A CALL was sent while another one waited",
        "A side sends its next CALL when the one before it has been answered or has timed out.",
        "Queue calls. Some peers drop or mix up what comes beside an open call.",
    ),
    _talk_rule(
        STRAY_ANSWER,
        "The answer belongs to no CALL",
        "A CALLRESULT or CALLERROR has the message id of a CALL that the other side has sent and "
        "that was not answered yet.",
        "Look for an answer sent twice, and for an id that was changed on the way. Where the log "
        "begins in the middle of a conversation, the CALL may be before it.",
    ),
    _talk_rule(
        UNANSWERED,
        "The CALL was never answered",
        "Each CALL is answered with one CALLRESULT or CALLERROR.",
        "See whether the link was lost just then; if it was not, the peer has dropped the message.",
    ),
)

RULES: Final[Mapping[str, TraceRule]] = {
    rule.key: rule for rule in (*_OF_PAYLOADS, *_OF_FRAMES, *_OF_THE_CONVERSATION)
}
"""By key, in the order in which they are told."""
