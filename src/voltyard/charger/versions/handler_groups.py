"""Groups of handlers: made for one request or command from the parts they name, then dropped.

A group is a dataclass with slots whose fields are parts of the charger, by the names that the
charger has for them, or else other groups. It keeps nothing, so that a charger at rest has none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields
from functools import cache
from typing import Any, TypeAlias, TypeVar, get_type_hints

from voltyard.charger.versions.dialect import Refusal
from voltyard.ocpp.payload import Payload

Group = TypeVar("Group")

RequestHandler: TypeAlias = "tuple[type[Any], Callable[[Any, Any], Iterator[Payload | Refusal]]]"
"""A group, and its method for a request: the first value is the response, what follows happens
after it was sent."""


@cache
def needs_of(group: type[Any]) -> tuple[tuple[str, type[Any]], ...]:
    """The parts and groups that a group names, with their types."""
    hints = get_type_hints(group)
    return tuple((field.name, hints[field.name]) for field in fields(group))


def made(group: type[Group], parts: object) -> Group:
    """The group, with its parts: those of these names, and groups where there is none."""
    return group(
        *[
            getattr(parts, name) if hasattr(parts, name) else made(kind, parts)
            for name, kind in needs_of(group)  # type: ignore[arg-type]
        ]
    )
