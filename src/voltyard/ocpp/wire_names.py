"""Wire names of messages that people type in snake_case."""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import inspect

from voltyard.ocpp.versions import Version


def with_wire_names(
    version: Version, action: str, payload: Mapping[str, Any]
) -> tuple[str, dict[str, Any]]:
    """An action and its request with wire names: boot_notification becomes BootNotification, and
    charge_point_vendor chargePointVendor. What is no name of that message stays as it is, for
    whoever makes a message himself may well make a wrong one."""
    name = _actions(version).get(_letters(action), action)
    known = version.actions.get(name)
    if known is None:
        return name, dict(payload)
    return name, _renamed(known.request, payload)


def _actions(version: Version) -> dict[str, str]:
    return {_letters(name): name for name in version.actions}


def _letters(name: str) -> str:
    return name.replace("_", "").lower()


def _renamed(kind: type[msgspec.Struct], payload: Mapping[str, Any]) -> dict[str, Any]:
    fields = {field.name: field for field in msgspec.structs.fields(kind)}
    by_wire_name = {field.encode_name: field for field in fields.values()}
    renamed: dict[str, Any] = {}
    for name, value in payload.items():
        field = by_wire_name.get(name) or fields.get(name)
        if field is None:
            renamed[name] = value
        else:
            renamed[field.encode_name] = _value(inspect.type_info(field.type), value)
    return renamed


def _value(kind: inspect.Type, value: Any) -> Any:
    match kind, value:
        case inspect.UnionType(types=types), _:
            for one in types:
                if isinstance(one, inspect.StructType | inspect.CollectionType):
                    return _value(one, value)
        case inspect.Metadata(type=inner), _:
            return _value(inner, value)
        case inspect.StructType(cls=cls), Mapping():
            return _renamed(cls, value)
        case inspect.CollectionType(item_type=item), list():
            return [_value(item, entry) for entry in value]
    return value
