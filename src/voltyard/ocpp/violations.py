"""Violations of OCPP in frames and payloads, and the error code of each version for them.

The kinds are ours and know no version; `ERRORS_16` and `ERRORS_201` alone turn them into codes.
"""

import re
from collections.abc import Mapping
from enum import Enum

import msgspec


class ValidationMode(Enum):
    """Validation mode: deviations from the schemas refused or forgiven."""

    STRICT = "strict"
    """They are refused with the version's error code."""
    LENIENT = "lenient"
    """They are accepted where meaning survives, and recorded."""


class Kind(Enum):
    """The kinds of fault: found in payloads, found in frames, and found by whoever answers."""

    MISSING = "missing"
    EXTRA = "extra"
    WRONG_TYPE = "wrong_type"
    NULL = "null"
    TOO_LONG = "too_long"
    BAD_ENUM = "bad_enum"
    BAD_COUNT = "bad_count"
    BAD_VALUE = "bad_value"
    NOT_OBJECT = "not_object"

    NOT_JSON = "not_json"
    BAD_FRAME = "bad_frame"
    BAD_ID = "bad_id"
    UNKNOWN_TYPE = "unknown_type"
    UNKNOWN_ACTION = "unknown_action"
    WRONG_DIRECTION = "wrong_direction"

    NOT_SUPPORTED = "not_supported"
    SECURITY = "security"
    INTERNAL = "internal"
    GENERIC = "generic"


class Violation(msgspec.Struct, frozen=True):
    """One violation: kind, place (`$` is the payload, `$.meterValue[0]` in it), and words."""

    kind: Kind
    path: str
    message: str


def in_words(violation: Violation) -> str:
    """A violation in words, with its place: `$.currentTime: not an RFC 3339 ... (bad_value)`."""
    return f"{violation.path}: {violation.message} ({violation.kind.value})"


ERRORS_16: Mapping[Kind, str] = {
    # OCPP-J 1.6 section 4.2.3. "Payload for Action is incomplete":
    Kind.MISSING: "ProtocolError",
    # "syntactically incorrect or not conform the PDU structure for Action":
    Kind.EXTRA: "FormationViolation",
    Kind.NOT_OBJECT: "FormationViolation",
    Kind.NOT_JSON: "FormationViolation",
    Kind.BAD_FRAME: "FormationViolation",
    Kind.BAD_ID: "FormationViolation",
    # "at least one of the fields violates data type constraints"; JSON's null is a type of its own:
    Kind.WRONG_TYPE: "TypeConstraintViolation",
    Kind.NULL: "TypeConstraintViolation",
    # "at least one field contains an invalid value"; the errata count unknown enum values here:
    Kind.TOO_LONG: "PropertyConstraintViolation",
    Kind.BAD_ENUM: "PropertyConstraintViolation",
    Kind.BAD_VALUE: "PropertyConstraintViolation",
    # Spelt with one r; the errata say not to correct it.
    Kind.BAD_COUNT: "OccurenceConstraintViolation",
    # Section 4.1.3 has unknown message types ignored; the code is for the log.
    Kind.UNKNOWN_TYPE: "GenericError",
    # "Requested Action is not known by receiver":
    Kind.UNKNOWN_ACTION: "NotImplemented",
    # "recognized but not supported by the receiver": it is the other end's to answer.
    Kind.WRONG_DIRECTION: "NotSupported",
    Kind.NOT_SUPPORTED: "NotSupported",
    Kind.SECURITY: "SecurityError",
    Kind.INTERNAL: "InternalError",
    Kind.GENERIC: "GenericError",
}

ERRORS_201: Mapping[Kind, str] = {
    # OCPP 2.0.1 Part 4 section 4.3. "violates occurrence constraints": a required field is 1..1.
    Kind.MISSING: "OccurrenceConstraintViolation",
    Kind.BAD_COUNT: "OccurrenceConstraintViolation",
    # "not conform the PDU structure": what is written is sound JSON, and no part of this message.
    Kind.EXTRA: "ProtocolError",
    # "Payload for Action is syntactically incorrect": section 4.1.5 has it a JSON object.
    Kind.NOT_OBJECT: "FormatViolation",
    # "violates data type constraints"; section 4.1.5 allows no null for an absent field:
    Kind.WRONG_TYPE: "TypeConstraintViolation",
    Kind.NULL: "TypeConstraintViolation",
    # "at least one field contains an invalid value":
    Kind.TOO_LONG: "PropertyConstraintViolation",
    Kind.BAD_ENUM: "PropertyConstraintViolation",
    Kind.BAD_VALUE: "PropertyConstraintViolation",
    # "not a valid RPC Request, for example: MessageId could not be read":
    Kind.NOT_JSON: "RpcFrameworkError",
    Kind.BAD_FRAME: "RpcFrameworkError",
    Kind.BAD_ID: "RpcFrameworkError",
    # Section 4.4 (whose name for the code, MessageTypeErrorSupported, is not in the table of 4.3):
    Kind.UNKNOWN_TYPE: "MessageTypeNotSupported",
    Kind.UNKNOWN_ACTION: "NotImplemented",
    Kind.WRONG_DIRECTION: "NotSupported",
    Kind.NOT_SUPPORTED: "NotSupported",
    Kind.SECURITY: "SecurityError",
    Kind.INTERNAL: "InternalError",
    Kind.GENERIC: "GenericError",
}

# msgspec says what is wrong in words only; these are its words (0.19 to 0.22), each held by a test.
# They are matched from the start, for what follows may hold the peer's own text.
_WORDS: tuple[tuple[re.Pattern[str], Kind], ...] = tuple(
    (re.compile(words), kind)
    for words, kind in (
        (r"Object missing required field", Kind.MISSING),
        (r"Object contains unknown field", Kind.EXTRA),
        (r"Invalid enum value", Kind.BAD_ENUM),
        (r"Expected `str` of length", Kind.TOO_LONG),
        (r"Expected `array` of", Kind.BAD_COUNT),
        (r"Expected `(?:int|float)` [<>]=?", Kind.BAD_VALUE),
        (r"Number out of range", Kind.BAD_VALUE),
        (r"Expected `.*?`, got `null`", Kind.NULL),
        (r"Expected `.*?`, got `", Kind.WRONG_TYPE),
    )
)
_PATH = re.compile(r" - at `(\$[^`]*)`$")


def not_json(error: Exception) -> Violation:
    """The violation of text that cannot be decoded at all."""
    deep = isinstance(error, RecursionError)
    words = "nested too deeply" if deep else f"not JSON: {error}"
    return Violation(Kind.NOT_JSON, "$", words[:_MESSAGE_CHARACTERS])


def of_validation(error: msgspec.ValidationError) -> Violation:
    """The violation that a failed typed decoding stands for."""
    words = str(error)
    match = _PATH.search(words)
    path = match[1] if match else "$"
    message = words[: match.start()] if match else words
    kind = next((kind for pattern, kind in _WORDS if pattern.match(words)), Kind.BAD_VALUE)
    if path == "$" and kind in (Kind.WRONG_TYPE, Kind.NULL):
        kind = Kind.NOT_OBJECT
    if kind in (Kind.MISSING, Kind.EXTRA):
        name = message.partition("`")[2].removesuffix("`")
        path = f"{path}.{name}"[:_MESSAGE_CHARACTERS]
    return Violation(kind, path, message[:_MESSAGE_CHARACTERS])


_MESSAGE_CHARACTERS = 200
"""A violation's message becomes a CALLERROR's description, which may have 255 characters."""
