"""Specimens of Structs: values of the right types, to see what is made of them."""

from collections.abc import Mapping
from enum import Enum
from types import NoneType, UnionType
from typing import Any, Final, Literal, Union, get_args, get_origin, get_type_hints

import msgspec

_PLAIN: Final[Mapping[type, Any]] = {str: "", int: 1, float: 1.0, bool: True, bytes: b""}


def specimen(kind: type[msgspec.Struct]) -> Any:
    """One of that kind, with a value in every field that has no default."""
    hints = get_type_hints(kind)
    return kind(
        **{
            one.name: _value(hints[one.name])
            for one in msgspec.structs.fields(kind)
            if one.required
        }
    )


def _value(hint: Any) -> Any:
    origin, choices = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return _value(next(one for one in choices if one is not NoneType))
    if origin is Literal:
        return choices[0]
    kind = origin or hint
    if kind in _PLAIN:
        return _PLAIN[kind]
    if issubclass(kind, Enum):
        return next(iter(kind))
    if issubclass(kind, msgspec.Struct):
        return specimen(kind)
    return {} if issubclass(kind, Mapping) else ()
