"""Lenient decoding: deviations whose meaning is beyond doubt are accepted, and recorded.

It is the second, slower path, taken only for payloads that strict decoding has refused. It builds
the message itself, value by value, so it may keep what a schema forbids: a text that is too long, a
reading's unit that no version knows. What makes no sense it gives up on; the refusal stands.

    what came                                   what is made of it
    null, optional field                        absent
    a field the schema does not know            dropped
    a number or a boolean for a text            its JSON text
    a text for a number or a boolean            the number or boolean it spells
    a fraction for an integer                   the nearest integer
    one object for an array                     an array of it
    too many, too few elements; text too long   kept
    enum in other letter case                   the value it means
    an unknown value of a descriptive enum      kept (`KEPT_ENUMS`)
    a number out of its range                   kept, an integer where 64 bits hold it
    customData without a (sound) vendorId       kept
    date-time without a zone                    UTC
    date-time with +02, +0200, a space for T    +02:00, T

Given up on: a missing required field, an unknown value that steers, an impossible date.
"""

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import msgspec
from msgspec import inspect

from voltyard.ocpp.payload import CustomData, Payload, json_type
from voltyard.ocpp.timestamps import Timestamp
from voltyard.ocpp.violations import Kind, Violation, of_validation

KEPT_ENUMS = frozenset(
    {
        ("SampledValue", "context"),
        ("SampledValue", "format"),
        ("SampledValue", "location"),
        ("SampledValue", "measurand"),
        ("SampledValue", "phase"),
        ("SampledValue", "unit"),
        ("StatusNotificationRequest", "errorCode"),
        ("StopTransactionRequest", "reason"),
        ("BootNotificationRequest", "reason"),
        ("Transaction", "stoppedReason"),
        ("TransactionEventRequest", "triggerReason"),
    }
)
"""Enums that describe and do not steer: an unknown value is worth more than none."""

_LEAST_KEPT, _MOST_KEPT = -(2**63), 2**63 - 1
"""Databases keep integers of 64 bits."""

VIOLATIONS_KEPT = 20
"""Violations recorded of one payload; what follows is let pass all the same."""


class _Lost(Exception):
    """The meaning does not survive."""


class _Findings:
    """The violations met so far."""

    def __init__(self) -> None:
        self.violations: list[Violation] = []

    def note(self, kind: Kind, path: str, message: str) -> None:
        if len(self.violations) < VIOLATIONS_KEPT:
            self.violations.append(Violation(kind, path, message))


def decode(
    kind: type[Payload], raw: msgspec.Raw | bytes | str
) -> tuple[Payload, tuple[Violation, ...]] | None:
    """The payload as it was meant, with its violations; None where that cannot be told."""
    findings = _Findings()
    try:
        value = msgspec.json.decode(raw)
        payload = _struct(_info(kind), value, "$", findings)
    except (_Lost, ValueError, OverflowError, RecursionError):
        return None
    return payload, tuple(findings.violations)


def find_null(kind: type[Payload], raw: msgspec.Raw | bytes | str) -> Violation | None:
    """The first explicit null for an optional field of a payload that is otherwise sound."""
    path = next(_nulls(_info(kind), msgspec.json.decode(raw), "$"), None)
    if path is None:
        return None
    return Violation(Kind.NULL, path, "null for an optional field: it must be left out")


@cache
def _info(kind: type[Payload]) -> inspect.StructType:
    info = inspect.type_info(kind)
    assert isinstance(info, inspect.StructType)
    return info


def _nulls(info: inspect.Type, value: Any, path: str) -> Iterator[str]:
    match info:
        case inspect.StructType(fields=fields):
            for field in fields:
                if field.encode_name not in value:
                    continue
                inner = value[field.encode_name]
                where = f"{path}.{field.encode_name}"
                if inner is not None:
                    yield from _nulls(_given(field.type), inner, where)
                elif not isinstance(field.type, inspect.AnyType):
                    yield where
        case inspect.ListType(item_type=item):
            for index, inner in enumerate(value):
                yield from _nulls(item, inner, f"{path}[{index}]")


def _given(info: inspect.Type) -> inspect.Type:
    """The type of an optional field's value where there is one."""
    if isinstance(info, inspect.UnionType):
        return next(kind for kind in info.types if not isinstance(kind, inspect.NoneType))
    return info


def _struct(info: inspect.StructType, value: Any, path: str, findings: _Findings) -> Payload:
    if not isinstance(value, dict):
        raise _Lost
    known = {field.encode_name: field for field in info.fields}
    values: dict[str, Any] = {}
    for wire, inner in value.items():
        where = f"{path}.{wire}"
        field = known.get(wire)
        if field is None:
            findings.note(Kind.EXTRA, where[:200], "unknown field, dropped")
        elif inner is None and not isinstance(field.type, inspect.AnyType):
            findings.note(Kind.NULL, where, "null, taken as absent")
        else:
            kept = (info.cls.__name__, wire) in KEPT_ENUMS
            values[field.name] = _value(_given(field.type), inner, where, findings, kept)
    if any(field.required and field.name not in values for field in info.fields):
        raise _Lost
    return info.cls(**values)  # type: ignore[return-value]  # every struct inside a payload is one


def _value(
    info: inspect.Type, value: Any, path: str, findings: _Findings, kept: bool = False
) -> Any:
    match info:
        case inspect.StructType():
            return _struct(info, value, path, findings)
        case inspect.ListType():
            return _array(info, value, path, findings)
        case inspect.LiteralType(values=values):
            return _enum(values, value, path, findings, kept)
        case inspect.StrType(max_length=longest):
            return _text(longest, value, path, findings)
        case inspect.IntType() | inspect.FloatType():
            return _number(info, value, path, findings)
        case inspect.BoolType():
            return _boolean(value, path, findings)
        case inspect.CustomType(cls=cls) if cls is Timestamp:
            return _timestamp(value, path, findings)
        case inspect.CustomType(cls=cls) if cls is CustomData:
            return _custom_data(value, path, findings)
        case _:
            return value


def _array(info: inspect.ListType, value: Any, path: str, findings: _Findings) -> list[Any]:
    if isinstance(value, dict):
        findings.note(Kind.WRONG_TYPE, path, "one object, taken as an array of it")
        value = [value]
    if not isinstance(value, list):
        raise _Lost
    least, most = info.min_length or 0, info.max_length
    if len(value) < least or (most is not None and len(value) > most):
        findings.note(Kind.BAD_COUNT, path, f"{len(value)} elements, kept")
    return [
        _value(info.item_type, inner, f"{path}[{index}]", findings)
        for index, inner in enumerate(value)
    ]


def _enum(values: tuple[Any, ...], value: Any, path: str, findings: _Findings, kept: bool) -> str:
    if not isinstance(value, str):
        raise _Lost
    if value in values:
        return value
    meant = next((known for known in values if known.lower() == value.strip().lower()), None)
    if meant is None and not kept:
        raise _Lost
    findings.note(Kind.BAD_ENUM, path, f"{value[:50]!r}, taken as {meant or 'it stands'}")
    return meant or value


def _text(longest: int | None, value: Any, path: str, findings: _Findings) -> str:
    if isinstance(value, (bool, int, float)):
        findings.note(Kind.WRONG_TYPE, path, f"`{json_type(value)}`, taken as its text")
        value = json.dumps(value)
    if not isinstance(value, str):
        raise _Lost
    if longest is not None and len(value) > longest:
        findings.note(Kind.TOO_LONG, path, f"{len(value)} characters of {longest}, kept")
    return value


def _number(
    info: inspect.IntType | inspect.FloatType, value: Any, path: str, findings: _Findings
) -> float:
    if isinstance(value, str):
        findings.note(Kind.WRONG_TYPE, path, "`str`, taken as the number it spells")
        value = _spelled(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise _Lost
    if isinstance(info, inspect.FloatType):
        value = float(value)
    elif isinstance(value, float):
        findings.note(Kind.WRONG_TYPE, path, "a fraction, taken as the nearest integer")
        value = round(value)
    if isinstance(value, int) and not _LEAST_KEPT <= value <= _MOST_KEPT:
        raise _Lost
    if (info.ge is not None and value < info.ge) or (info.le is not None and value > info.le):
        findings.note(Kind.BAD_VALUE, path, f"{value} is out of range, kept")
    return value  # type: ignore[no-any-return]  # int or float by now


def _spelled(text: str) -> int | float:
    """The JSON number a text spells, however it is padded."""
    if not re.fullmatch(r"\s*[+-]?\d{1,300}(\.\d{1,300})?\s*", text, re.ASCII):
        raise _Lost
    return float(text) if "." in text else int(text)


def _boolean(value: Any, path: str, findings: _Findings) -> bool:
    if isinstance(value, bool):
        return value
    meant = {"true": True, "false": False}.get(value.lower()) if isinstance(value, str) else None
    if meant is None:
        raise _Lost
    findings.note(Kind.WRONG_TYPE, path, "`str`, taken as the boolean it spells")
    return meant


def _complete(text: str) -> str:
    """A date-time with what is most often left away: the T, half the offset, all of it."""
    if text[10:11] == " ":
        text = f"{text[:10]}T{text[11:]}"
    if re.search(r":\d\d(\.\d+)?[+-]\d\d$", text):
        return f"{text}:00"
    if re.search(r":\d\d(\.\d+)?[+-]\d\d\d\d$", text):
        return f"{text[:-2]}:{text[-2:]}"
    return text if re.search(r"([Zz]|[+-]\d\d:\d\d)$", text) else f"{text}Z"


def _custom_data(value: Any, path: str, findings: _Findings) -> CustomData:
    if not isinstance(value, dict):
        raise _Lost
    try:
        return CustomData.parse(value)
    except ValueError as error:
        fault = of_validation(msgspec.ValidationError(str(error)))
        findings.note(fault.kind, path, f"{error}; kept")
        return CustomData(value)


def _timestamp(value: Any, path: str, findings: _Findings) -> Timestamp:
    if not isinstance(value, str):
        raise _Lost
    try:
        return Timestamp.parse(value)
    except ValueError as error:
        timestamp = Timestamp.parse(_complete(value.strip()))
        findings.note(Kind.BAD_VALUE, path, f"{error}; taken as {timestamp}"[:200])
        return timestamp
