"""Wrong payloads: a sound request with one fault in it, made from the version's messages.

`missing` leaves a required field out, `type` gives a field a value of another JSON type, `enum` a
value that is not in its list, and `length` a text that is one character too long.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

from msgspec import UNSET, inspect

from voltyard.ocpp.payload import Payload
from voltyard.ocpp.timestamps import Timestamp

FaultKind: TypeAlias = Literal["missing", "type", "enum", "length"]

_MOMENT: Final = "2026-01-05T10:00:00Z"
_UNHEARD_OF: Final = "Unheard-of"


@dataclass(frozen=True)
class Mutation:
    """A payload with one fault, at that path."""

    path: str
    payload: dict[str, Any]


def sound_payload(request: type[Payload]) -> dict[str, Any]:
    """A payload with the required fields alone."""
    found = inspect.type_info(request)
    assert isinstance(found, inspect.StructType)
    return _sound_object(found)


def mutations(request: type[Payload], kind: FaultKind) -> list[Mutation]:
    """Every payload with one fault of that kind, in the fields of a sound one and in the optional
    fields beside them."""
    payload = sound_payload(request)
    info = inspect.type_info(request)
    assert isinstance(info, inspect.StructType)
    return list(_mutations(payload, info, (), payload, kind))


def _mutations(
    whole: dict[str, Any],
    info: inspect.StructType,
    path: tuple[str | int, ...],
    here: dict[str, Any],
    kind: FaultKind,
) -> Iterator[Mutation]:
    for field in info.fields:
        name, type = field.encode_name, _bare(field.type)
        at = (*path, name)
        if kind == "missing":
            if field.required:
                yield _edited(whole, at, UNSET)
        elif (wrong := _wrong_value(type, kind)) is not UNSET:
            yield _edited(whole, at, wrong)
        inner, value = type, here.get(name)
        if isinstance(inner, inspect.ListType) and value:
            inner, value, at = _bare(inner.item_type), value[0], (*at, 0)
        if isinstance(inner, inspect.StructType) and isinstance(value, dict):
            yield from _mutations(whole, inner, at, value, kind)


def _wrong_value(type: inspect.Type, kind: FaultKind) -> Any:
    """A value with that fault for a field of that type; UNSET where there is none."""
    match kind, type:
        case "type", inspect.StructType() | inspect.CollectionType():
            return "text"
        case "type", inspect.StrType() | inspect.LiteralType():
            return {"wrong": "type"}
        case "type", inspect.CustomType(cls=cls) if cls is Timestamp:
            return {"wrong": "type"}
        case "type", inspect.IntType() | inspect.FloatType() | inspect.BoolType():
            return ["wrong type"]
        case "enum", inspect.LiteralType():
            return _UNHEARD_OF
        case "length", inspect.StrType(max_length=int(longest)):
            return "x" * (longest + 1)
    return UNSET


def _edited(whole: dict[str, Any], path: tuple[str | int, ...], value: Any) -> Mutation:
    payload = deepcopy(whole)
    at: Any = payload
    for part in path[:-1]:
        at = at[part]
    if value is UNSET:
        del at[path[-1]]
    else:
        at[path[-1]] = value
    return Mutation(".".join(map(str, path)), payload)


def _sound_object(info: inspect.StructType) -> dict[str, Any]:
    return {one.encode_name: _sound(_bare(one.type)) for one in info.fields if one.required}


def _sound(type: inspect.Type) -> Any:
    match type:
        case inspect.StructType():
            return _sound_object(type)
        case inspect.ListType(item_type=item):
            return [_sound(_bare(item))]
        case inspect.LiteralType(values=values):
            return values[0]
        case inspect.BoolType():
            return False
        case inspect.IntType(ge=least) | inspect.FloatType(ge=least):
            return max(1, least or 0)
        case inspect.CustomType(cls=cls) if cls is Timestamp:
            return _MOMENT
    return "0"


def _bare(type: inspect.Type) -> inspect.Type:
    """The type without its annotations, and of an optional one what it is when it is there."""
    while isinstance(type, inspect.Metadata):
        type = type.type
    if isinstance(type, inspect.UnionType):
        for one in type.types:
            if not isinstance(one, inspect.NoneType):
                return _bare(one)
    return type
