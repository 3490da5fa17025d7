"""Names of components and variables as answers repeat them."""

from __future__ import annotations

from typing import Final, TypeVar

from msgspec.structs import replace

from voltyard.ocpp.v201 import messages as m

_NAME_CHARACTERS: Final = 50
"""Longest name and instance of a component and a variable, by the schemas."""

_Named = TypeVar("_Named", m.Component, m.Variable)


def echoed(asked: _Named) -> _Named:
    """The component or variable that was asked for, as an answer may name it: a lenient charger
    reads names that are too long, and does not send any."""
    name, instance = asked.name, asked.instance or ""
    if len(name) <= _NAME_CHARACTERS and len(instance) <= _NAME_CHARACTERS:
        return asked
    return replace(
        asked, name=name[:_NAME_CHARACTERS], instance=instance[:_NAME_CHARACTERS] or None
    )
