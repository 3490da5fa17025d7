"""Declaration of a command to a charger: one class has its fields, the operation of REST that asks
for it, and what that answers.

The docstring of a command that REST asks for is published: the operation's summary, below it the
description, then the body's and the answer's, where there is more to say of it. Any of them may
come to the errors of `api.csms.error_responses.OF_A_CHARGER`.
"""

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field, fields
from functools import cache
from inspect import cleandoc
from types import NoneType, UnionType
from typing import (
    Annotated,
    Any,
    Literal,
    TypeAlias,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

import msgspec
from msgspec import Struct

Kind: TypeAlias = Literal["moment", "download_url", "upload_url", "current_or_power"]
"""The form in which REST writes a value where its type does not say."""


@dataclass(frozen=True, slots=True)
class WireField:
    """Annotation of a field of a command or of a result: its name and its limits in REST."""

    name: str = ""
    """Its own, where it is another than the field's."""
    _: KW_ONLY
    kind: Kind | None = None
    schema: str = ""
    """The schema in the API's description, of an object whose fields are the charger's."""
    description: str = ""
    ge: int | None = None
    le: int | None = None
    min_length: int | None = None
    max_length: int | None = None
    pattern: str | None = None
    is_asked: bool = True
    """Else no body has it: api/csms/commands/preparation.py fills it in."""
    is_optional: bool = False
    """A body may leave it out: likewise."""


@dataclass(frozen=True, slots=True)
class AnswerField:
    """A field of an answer that is not as the result, or the command, has it."""

    of: str
    name: str = ""
    _: KW_ONLY
    is_nullable: bool = False


class AnswerShape:
    """An answer's schema in the API's description; operations may share one.

    Its fields are `message`, `charge_box_id`, and those of the result; what the result does not
    have is as the command asked for it."""

    def __init__(self, name: str, *fields: str | AnswerField) -> None:
        self.name = name
        self.fields = [AnswerField(one) if isinstance(one, str) else one for one in fields]


def status_answer(name: str, *more: str | AnswerField) -> AnswerShape:
    """An answer that tells the charger's status, and these fields."""
    return AnswerShape(name, "message", "charge_box_id", *more, "status", "reason")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CommandOperation:
    """The operation of REST that asks for a command."""

    name: str
    """Its operationId."""
    path: str = ""
    """Below /api/v1/chargers/{chargeBoxId}/, where it is another than the command's tag. A field of
    the command may be in it."""
    method: Literal["GET", "POST", "PUT", "DELETE"] = "POST"
    tag: str = "commands"
    body: str = ""
    """Its schema in the API's description; empty: the command's fields are in the path, or in the
    query."""
    is_body_optional: bool = False
    extra: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)
    """Fields of the body that the command has not, with type and default, for its preparation."""
    example: Mapping[str, Any] = field(default_factory=dict)
    """Of the body."""
    answer: AnswerShape
    subject: str = ""
    """The thing in `message` that the status is said of; it may name fields of the command."""
    sentences: Mapping[str, str] = field(default_factory=dict)
    """Other messages, by status."""
    result: Mapping[str, Any] = field(default_factory=dict)
    """An example of the result's fields, where it is not just accepted."""


@dataclass(frozen=True, slots=True)
class Documentation:
    """A command's docstring, in parts."""

    summary: str
    description: str
    body: str
    answer: str


def documentation(command: type[Struct]) -> Documentation:
    """The parts of its docstring: the first line, what follows, and what begins with `Body: ` and
    `Answer: `."""
    text, _, answer = cleandoc(command.__doc__ or "").partition("\n\nAnswer: ")
    text, _, body = text.partition("\n\nBody: ")
    summary, _, description = text.partition("\n\n")
    return Documentation(
        " ".join(summary.split()).removesuffix("."),
        description,
        body,
        answer or "The charger's word.",
    )


@dataclass(frozen=True, slots=True)
class DeclaredField:
    """A field of a command or of a result, with all that its annotations say."""

    name: str
    type: Any
    """Without None."""
    wire: WireField
    is_nullable: bool
    is_required: bool
    default: Any

    @property
    def wire_name(self) -> str:
        """Its name in REST."""
        return self.wire.name or self.name

    @property
    def struct(self) -> type[Struct] | None:
        """The Struct that it is, or is a list of."""
        return struct_in(self.type)


@cache
def fields_of(declared: type[Struct]) -> tuple[DeclaredField, ...]:
    """The fields of a command, of a result, or of a Struct within one."""
    hints = get_type_hints(declared, include_extras=True)
    return tuple(_declared(one, hints[one.name]) for one in msgspec.structs.fields(declared))


def struct_in(type_: Any) -> type[Struct] | None:
    """The Struct that a type is, or is a list of."""
    one = get_args(type_)[0] if get_origin(type_) is tuple else type_
    return one if isinstance(one, type) and issubclass(one, Struct) else None


def schema_name(part: type[Struct]) -> str:
    """The schema of a Struct within a command or a result."""
    name: str = getattr(part, "schema_name")  # noqa: B009 - Struct declares none
    return name


def _declared(one: msgspec.structs.FieldInfo, hint: Any) -> DeclaredField:
    hint, notes = _bare(hint)
    kinds = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
    [own] = [kind for kind in kinds if kind is not NoneType]
    own, inner = _bare(own)
    default = one.default
    if one.default_factory is not msgspec.NODEFAULT:
        default = one.default_factory()
    return DeclaredField(
        name=one.name,
        type=own,
        wire=merged((*inner, *notes)),
        is_nullable=NoneType in kinds,
        is_required=one.required,
        default=None if one.required else default,
    )


def _bare(hint: Any) -> tuple[Any, tuple[WireField, ...]]:
    """A type without its annotations, and those."""
    if get_origin(hint) is not Annotated:
        return hint, ()
    bare, *notes = get_args(hint)
    return bare, tuple(notes)


def merged(notes: tuple[WireField, ...]) -> WireField:
    """One annotation of several: an alias has limits, and a field of it a name."""
    said: dict[str, Any] = {}
    for note in notes:
        for one in fields(note):
            if (value := getattr(note, one.name)) != one.default:
                said[one.name] = value
    return WireField(**said)
