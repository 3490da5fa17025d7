"""Models of bodies and answers, made of the declarations of csms/commands."""

from collections.abc import Mapping
from inspect import cleandoc
from typing import Annotated, Any, Final, Literal, TypeVar, cast, get_args, get_origin

from msgspec import Struct
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, create_model

from voltyard.api.csms.fields import (
    EXAMPLE_CHARGER,
    BackendAnswer,
    BackendBody,
    BoxId,
    CurrentOrPower,
    DownloadUrl,
    Moment,
    Reason,
    UploadUrl,
    moment,
)
from voltyard.api.description.named_types import DECLARED
from voltyard.api.description.plain_schemas import named
from voltyard.csms.commands.declaration import (
    AnswerField,
    CommandOperation,
    DeclaredField,
    Kind,
    WireField,
    documentation,
    fields_of,
    merged,
    schema_name,
    struct_in,
)
from voltyard.csms.commands.shared import BackendCommand

Model = TypeVar("Model", bound=BaseModel)

_KINDS: Final[Mapping[Kind, Any]] = {
    "moment": Moment,
    "download_url": DownloadUrl,
    "upload_url": UploadUrl,
    "current_or_power": CurrentOrPower,
}
_OF_EVERY_ANSWER: Final[Mapping[str, tuple[Any, Any]]] = {
    "message": (str, ...),
    "charge_box_id": (BoxId, ...),
    "reason": (Reason, None),
}
_models: Final[dict[str, Any]] = {}
"""A model is made once: operations share answers."""


def _made(
    name: str,
    description: str,
    base: type[Model],
    fields: Mapping[str, Any],
    example: Mapping[str, Any] | None = None,
) -> type[Model]:
    shown: dict[str, Any] = {"example": dict(example)} if example else {}
    _models[name] = create_model(
        name,
        __base__=base,
        __config__=ConfigDict(json_schema_extra=shown),
        __doc__=description,
        **fields,
    )
    made: type[Model] = _models[name]
    return made


# --- bodies ---------------------------------------------------------------------------------------


def body_of(command: type[BackendCommand], operation: CommandOperation) -> type[BackendBody]:
    """The model of a command's body."""
    fields = _body_fields(command)
    for name, (type_, default) in operation.extra.items():
        fields[f"{name}_"] = (type_, Field(default, alias=name))
    described = documentation(command).body
    return _made(operation.body, described, BackendBody, fields, operation.example)


def _body_fields(declared: type[Struct]) -> dict[str, Any]:
    """Fields by attributes, which are named as the command's, with an underscore behind: `validate`
    is a method of every model."""
    found: dict[str, Any] = {}
    for one in fields_of(declared):
        if one.wire.is_asked:
            type_, said = asked(one)
            found[f"{one.name}_"] = (type_, Field(alias=one.wire_name, **said))
    return found


def asked(one: DeclaredField) -> tuple[Any, dict[str, Any]]:
    """The type of a field that a caller gives, and its default and description."""
    type_ = _KINDS[one.wire.kind] if one.wire.kind else _limited(one.type, one.wire)
    said: dict[str, Any] = {"description": one.wire.description or None}
    if one.is_nullable or one.wire.is_optional:
        return type_ | None, said | {"default": None}
    if one.is_required:
        return type_, said
    if isinstance(one.default, tuple | dict):
        return type_, said | {"default_factory": list if one.default == () else dict}
    return type_, said | {"default": one.default}


def _limited(type_: Any, wire: WireField) -> Any:
    names = ("ge", "le", "min_length", "max_length", "pattern")
    if wire.schema:
        return Annotated[type_, named(wire.schema)]
    limits = {name: getattr(wire, name) for name in names if getattr(wire, name) is not None}
    return Annotated[_read(type_), Field(**limits)] if limits else _read(type_)


def _read(type_: Any) -> Any:
    """A declared type as bodies have it."""
    if type_ in DECLARED:
        return DECLARED[type_]
    if get_origin(type_) is Annotated:
        plain, *notes = get_args(type_)
        return _limited(plain, merged(tuple(notes)))
    if get_origin(type_) is tuple:
        return list[_read(get_args(type_)[0])]  # type: ignore[misc]
    if (part := struct_in(type_)) is None:
        return type_
    return _made(schema_name(part), cleandoc(part.__doc__ or ""), BackendBody, _body_fields(part))


def given(body: BaseModel, declared: type[Struct]) -> dict[str, Any]:
    """The values of a body, by the names of the command's fields."""
    found = {name.removesuffix("_"): value for name, value in body}
    for one in fields_of(declared):
        part, value = one.struct, found.get(one.name)
        if isinstance(value, list):
            found[one.name] = tuple(part(**given(item, part)) if part else item for item in value)
        elif part is not None and value is not None:
            found[one.name] = part(**given(value, part))
    return found


# --- answers --------------------------------------------------------------------------------------


def answer_of(command: type[BackendCommand], operation: CommandOperation) -> type[BackendAnswer]:
    """The model of an operation's answer; one that several share is made of the first one's."""
    shape = operation.answer
    if (made := _models.get(shape.name)) is not None:
        return cast(type[BackendAnswer], made)
    known = {one.name: one for one in (*fields_of(command), *fields_of(command.result))}
    fields = {
        field.of: _OF_EVERY_ANSWER.get(field.of) or _told(known[field.of], field)
        for field in shape.fields
    }
    example = answer_example(command, operation)
    return _made(shape.name, documentation(command).answer, BackendAnswer, fields, example)


def answer_example(command: type[BackendCommand], operation: CommandOperation) -> dict[str, Any]:
    """The answer to the example of the body."""
    shown: dict[str, Any] = {"chargeBoxId": EXAMPLE_CHARGER, "status": "accepted"}
    shown |= operation.example
    shown |= operation.result
    wire_names = {one.name: one.wire_name for one in fields_of(command)}
    asked_for = {name: shown.get(wire_name) for name, wire_name in wire_names.items()}
    shown["message"] = message(operation, shown["status"], asked_for)
    wire_names |= {one.name: one.wire_name for one in fields_of(command.result)}
    wire_names["charge_box_id"] = "chargeBoxId"
    names = [one.name or wire_names.get(one.of, one.of) for one in operation.answer.fields]
    return {name: shown.get(name) for name in names if name != "reason"}


def _told(one: DeclaredField, field: AnswerField) -> tuple[Any, Any]:
    type_ = str if one.wire.kind else _written(one.type)
    if one.wire.schema:
        type_ = Annotated[type_, named(one.wire.schema)]
    if one.wire.kind == "moment":
        type_ = Annotated[str, BeforeValidator(moment)]
    if one.is_nullable or field.is_nullable:
        type_ = type_ | None
    name = field.name or one.wire_name
    return type_, Field(serialization_alias=name, description=one.wire.description or None)


def _written(type_: Any) -> Any:
    """A declared type as answers have it."""
    if get_origin(type_) is Annotated:
        return _written(get_args(type_)[0])
    if get_origin(type_) is Literal:
        return str
    if get_origin(type_) is tuple:
        return list[_written(get_args(type_)[0])]  # type: ignore[misc]
    part = struct_in(type_)
    if part is None:
        return type_
    fields = {one.name: _told(one, AnswerField(one.name)) for one in fields_of(part)}
    return _made(schema_name(part), cleandoc(part.__doc__ or ""), BackendAnswer, fields)


# --- messages -------------------------------------------------------------------------------------

_DONE: Final = frozenset({"accepted", "rejected", "scheduled", "not implemented", "not supported"})
"""Words of a charger for what it has done, or will not do."""


def message(operation: CommandOperation, status: str, asked_for: Mapping[str, Any]) -> str:
    """The charger's word in a sentence: one of the operation's, `<subject> <status> by charger`
    where that is one, or `<subject>: <status>, says charger`."""
    subject, said = operation.subject.format_map(asked_for), in_words(status)
    if status in operation.sentences:
        return operation.sentences[status].format_map(asked_for)
    return f"{subject} {said} by charger" if said in _DONE else f"{subject}: {said}, says charger"


def in_words(status: str) -> str:
    """`unlockFailed` and `UnknownVendorId` as `unlock failed` and `unknown vendor id`."""
    return "".join(f" {c.lower()}" if c.isupper() else c for c in status).strip()
