"""Declaration of a command: one class says what it is, how REST asks for it and what comes of it.

A command is a Struct. Its `rest` says how REST asks for it (None: only the program itself does); a
field's `BodyField` what its place in the body looks like, where that is not the same.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, reduce
from operator import or_
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Struct

from voltyard.catalogue.catalogue import Catalogue


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyField:
    """Annotation of a command's field: its face in the body of a request."""

    name: str = ""
    """Its own, where it is another than the command's."""
    type: Any = None
    """Likewise, without None."""
    default: Any = None
    """None: it may be left out or null, if the command's own may."""
    description: str = ""
    gt: float | None = None
    ge: float | None = None
    le: float | None = None
    min_length: int | None = None
    max_length: int | None = None
    pattern: str | None = None
    choices: tuple[str, ...] = ()
    """Values to suggest; `check` decides."""
    check: Callable[[Any], Any] | None = None
    """Gives the value, or raises ValueError."""
    is_asked: bool = True
    """Else no body has it."""
    is_shown: bool = False
    """A queued command shows it with the command's default where it was left out."""
    read: Callable[[Any, Catalogue], Any] | None = None
    """The command's value, of what the body has."""


@dataclass(frozen=True, slots=True, eq=False)
class BodySchema:
    """A named schema of the API's description; commands may share one."""

    name: str
    description: str
    example: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rest:
    """The operation of REST that asks for a command."""

    path: str
    """Below /ocpp/commands/."""
    name: str = ""
    """Its operationId, where that is another than the path: it begins with a verb."""
    summary: str
    description: str
    example: Mapping[str, Any] = field(default_factory=dict)
    """Of its event, unless `event` has one."""
    result: Mapping[str, Any] = field(default_factory=dict)
    """An example of what the charger answers."""
    event_type: str = ""
    """Its own, where it is another than the command's tag."""
    event: BodySchema | None = None
    """Schema of its event; None: named after the command."""
    body: BodySchema | None = None
    """Schema of the whole body, likewise."""
    has_own_route: bool = False
    """Answered otherwise than the queued ones: the route is in api/gateway/commands.py."""
    extra: tuple[tuple[str, BodyField, str], ...] = ()
    """Fields that only the body has: name, looks, and the field they follow."""
    arrange: Callable[[Mapping[str, Any], dict[str, Any]], dict[str, Any]] | None = None
    """The command's fields, of the body's and of what was read of them one by one."""


@dataclass(frozen=True, slots=True)
class BodyPart:
    """One field of a body, with what its declaration leaves to be derived filled in."""

    name: str
    type: Any
    looks: BodyField
    of: str | None
    """The command's field; None: the charger is not told."""
    is_required: bool
    is_nullable: bool
    default: Any
    shown: Any = None
    """The value that a queued command has where it was left out."""


def event_type_of(command: type[Struct]) -> str:
    """Name of a command in the queue."""
    rest = asked_by(command)
    return (rest.event_type if rest else "") or str(command.__struct_config__.tag)


def event_schema(command: type[Struct]) -> BodySchema:
    """Schema of a command's own part of the body."""
    rest = rest_of(command)
    about = " ".join((command.__doc__ or "").split("\n\n")[0].split())
    return rest.event or BodySchema(f"{command.__name__}Event", about, rest.example)


def body_schema(command: type[Struct]) -> BodySchema:
    """Schema of the whole body."""
    rest = rest_of(command)
    return rest.body or BodySchema(f"{command.__name__}Body", f"{rest.summary}.")


def operation_id(command: type[Struct]) -> str:
    """Name of the operation of REST that asks for a command."""
    rest = rest_of(command)
    return rest.name or rest.path.replace("-", "_")


def asked_by(command: type[Struct]) -> Rest | None:
    """The operation of REST that asks for it, if one does."""
    rest: Rest | None = getattr(command, "rest", None)
    return rest


def rest_of(command: type[Struct]) -> Rest:
    """Likewise, of a command that has one."""
    rest = asked_by(command)
    assert rest is not None, command
    return rest


@cache
def body_fields(command: type[Struct]) -> tuple[BodyPart, ...]:
    """Fields of a body, in order; of a Struct within one likewise."""
    hints = get_type_hints(command, include_extras=True)
    found = [_asked(one, hints[one.name]) for one in msgspec.structs.fields(command)]
    rest = asked_by(command)
    for name, looks, before in rest.extra if rest else ():
        place = [one.name for one in found].index(before) + 1
        found.insert(place, BodyPart(name, looks.type, looks, None, True, False, None))
    return tuple(one for one in found if one.looks.is_asked)


def arguments_of(
    command: type[Struct], body: Mapping[str, Any], catalogue: Catalogue
) -> dict[str, Any]:
    """The command's fields by name, of the body's."""
    found: dict[str, Any] = {}
    for one in body_fields(command):
        if one.of is None or one.name not in body:
            continue
        value = body[one.name]
        if value is None and not one.is_required:
            continue
        found[one.of] = _read(one, value, catalogue)
    rest = asked_by(command)
    return rest.arrange(body, found) if rest and rest.arrange else found


def _read(one: BodyPart, value: Any, catalogue: Catalogue) -> Any:
    if one.looks.read is not None:
        return one.looks.read(value, catalogue)
    if (within := within_list(one.type)) is not None:
        return [arguments_of(within, item, catalogue) for item in value]
    return value


def within_list(type_: Any) -> type[Struct] | None:
    """The Struct of which this is a list."""
    if get_origin(type_) not in (tuple, list):
        return None
    first = get_args(type_)[0]
    return first if isinstance(first, type) and issubclass(first, Struct) else None


def _asked(one: msgspec.structs.FieldInfo, hint: Any) -> BodyPart:
    looks = BodyField()
    if get_origin(hint) is Annotated:
        hint, *notes = get_args(hint)
        looks = next((note for note in notes if isinstance(note, BodyField)), looks)
    kinds = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
    own = reduce(or_, (kind for kind in kinds if kind is not NoneType))
    is_required = one.required
    return BodyPart(
        name=looks.name or one.name,
        type=own if looks.type is None else looks.type,
        looks=replace(looks, name=""),
        of=one.name,
        is_required=is_required,
        is_nullable=NoneType in kinds if is_required else looks.default is None,
        default=looks.default,
        shown=one.default if looks.is_shown else None,
    )
