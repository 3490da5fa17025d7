"""Field names of stored commands and results, as REST has them."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from msgspec import Struct

from voltyard.csms.commands.commands import COMMANDS
from voltyard.csms.commands.declaration import DeclaredField, fields_of
from voltyard.csms.commands.shared import BackendCommand
from voltyard.kernel.time import to_rfc3339

_BY_NAME: Final[Mapping[str, type[BackendCommand]]] = {
    str(command.__struct_config__.tag): command for command in COMMANDS
}


def request(command: str, kept: str) -> Any:
    """The command of that name, without what was left open."""
    return _told(msgspec.json.decode(kept), _BY_NAME.get(command))


def answer(command: str, kept: str | None) -> Any:
    """Its outcome; None where there is none yet."""
    known = _BY_NAME.get(command)
    return kept and _told(msgspec.json.decode(kept), known and known.result)


def _told(kept: Any, declared: type[Struct] | None) -> Any:
    if not isinstance(kept, dict) or declared is None:
        return kept  # what could not be read without its secrets
    known = {one.name: one for one in fields_of(declared)}
    return {
        known[name].wire_name if name in known else name: _value(value, known.get(name))
        for name, value in kept.items()
        if value is not None or (name in known and known[name].is_required)
    }


def _value(kept: Any, declared: DeclaredField | None) -> Any:
    if declared is None:
        return kept
    if declared.wire.kind == "moment" and kept is not None:
        return to_rfc3339(kept)
    if isinstance(kept, list):
        return [_told(one, declared.struct) for one in kept]
    return _told(kept, declared.struct)
