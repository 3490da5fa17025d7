"""Example payloads of every message, made from its type: a minimal and a full one."""

from typing import Any

from msgspec import inspect

from voltyard.ocpp.payload import CustomData, Payload
from voltyard.ocpp.timestamps import Timestamp

MOMENT = "2026-11-21T09:00:00Z"


def minimal(kind: type[Payload]) -> dict[str, Any]:
    """A valid payload with the required fields alone, as plain JSON values."""
    return _object(_struct_of(kind), full=False)


def full(kind: type[Payload]) -> dict[str, Any]:
    """A valid payload with every field, nested ones too, one element in each array."""
    return _object(_struct_of(kind), full=True)


def _struct_of(kind: type[Payload]) -> inspect.StructType:
    info = inspect.type_info(kind)
    assert isinstance(info, inspect.StructType)
    return info


def _object(info: inspect.StructType, *, full: bool) -> dict[str, Any]:
    return {
        field.encode_name: _example(field.type, field.encode_name, full=full)
        for field in info.fields
        if field.required or full
    }


def _example(info: inspect.Type, name: str, *, full: bool) -> Any:
    match info:
        case inspect.UnionType(types=types):
            given = next(kind for kind in types if not isinstance(kind, inspect.NoneType))
            return _example(given, name, full=full)
        case inspect.StructType():
            return _object(info, full=full)
        case inspect.ListType(item_type=item):
            return [_example(item, name, full=full)]
        case inspect.LiteralType(values=values):
            return values[0]
        case inspect.StrType(max_length=longest):
            return name[:longest]
        case inspect.IntType():
            return 1
        case inspect.FloatType():
            return 1.5
        case inspect.BoolType():
            return True
        case inspect.CustomType(cls=cls) if cls is Timestamp:
            return MOMENT
        case inspect.CustomType(cls=cls) if cls is CustomData:
            return {"vendorId": "org.example", "note": None}
        case _:
            return {"anything": [1, "two", None]}
