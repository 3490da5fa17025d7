"""Request bodies of commands: target, pacing, and the event that the catalogue declares."""

from datetime import datetime
from typing import Annotated, Any, ClassVar, Final, Literal, TypeVar, get_args, get_origin

from msgspec import Struct
from pydantic import AfterValidator, ConfigDict, Field, create_model, model_validator

from voltyard.api.description.named_types import DECLARED
from voltyard.api.description.plain_schemas import named
from voltyard.api.gateway.fields import GatewayBody, MomentIn, Word, condition, example
from voltyard.catalogue.commands.declaration import (
    BodyField,
    BodyPart,
    BodySchema,
    body_fields,
    body_schema,
    event_schema,
    within_list,
)
from voltyard.kernel import limits

# --- targets -----------------------------------------------------------------------------------


class CommandTarget(GatewayBody):
    """One charger, or a location: all of its chargers, or those named in charger_ids."""

    model_config = condition(
        if_={"properties": {"charger_id": {"type": "string"}}, "required": ["charger_id"]},
        then={"properties": {"location_id": {"type": "null"}, "charger_ids": {"type": "null"}}},
        else_={"properties": {"location_id": {"type": "string"}}, "required": ["location_id"]},
        charger_id="CP-TEST-001",
    )

    charger_id: Word | None = None
    location_id: Word | None = None
    charger_ids: Annotated[list[Word], Field(min_length=1, max_length=10_000)] | None = None

    @model_validator(mode="after")
    def _is_one(self) -> "CommandTarget":
        if (self.charger_id is None) == (self.location_id is None):
            raise ValueError("exactly one of charger_id and location_id must be given")
        if self.charger_ids is not None and self.location_id is None:
            raise ValueError("charger_ids goes with location_id only")
        return self


class ChargerCommandTarget(GatewayBody):
    """One charger."""

    model_config = example(charger_id="CP-TEST-001")

    charger_id: Word


class ImmediatePacing(GatewayBody):
    """Every charger as soon as its turn comes."""

    model_config = ConfigDict(extra="forbid")

    mode: Literal["all_at_once"]


class StaggeredPacing(GatewayBody):
    """One charger after the other, so many seconds apart."""

    model_config = ConfigDict(extra="forbid")

    mode: Literal["staggered"]
    interval_s: Annotated[float, Field(gt=0, le=86_400)]


class RollingPacing(GatewayBody):
    """So many chargers at a time; the next begins when one of them has ended, however it ended."""

    model_config = ConfigDict(extra="forbid")

    mode: Literal["rolling"]
    at_once: Annotated[int, Field(ge=1, le=limits.BULK_CHARGERS)]


PacingBody = Annotated[
    ImmediatePacing | StaggeredPacing | RollingPacing,
    Field(discriminator="mode"),
    named("CommandPacing"),
]


# --- events ------------------------------------------------------------------------------------


class CommandEvent(GatewayBody):
    """A command's own part of a body, made of its declaration."""

    command: ClassVar[type[Struct]]

    def queued(self) -> dict[str, Any]:
        """The event as it is queued: what was given, and the defaults that are shown."""
        fields = body_fields(self.command)
        shown = {one.name: one.shown for one in fields if one.shown is not None}
        needed = {one.name: getattr(self, one.name) for one in fields if one.is_required}
        given = self.model_dump(exclude_none=True)
        return shown | given | {name: one for name, one in needed.items() if one is None}


Body = TypeVar("Body", bound=GatewayBody)
Model = TypeVar("Model", bound=GatewayBody)

_models: Final[dict[BodySchema, Any]] = {}


def body_of(command: type[Struct], shape: type[Body]) -> type[Body]:
    """Model of the body that asks for a command; `shape` is all of it but what its event has."""
    schema = body_schema(command)
    if schema not in _models:
        event = _event_of(command)
        needed = any(one.is_required for one in body_fields(command))
        _models[schema] = create_model(
            schema.name,
            __base__=shape,
            __doc__=schema.description,
            event=(event, ... if needed else event()),
        )
    made: type[Body] = _models[schema]
    return made


def _event_of(command: type[Struct]) -> type[CommandEvent]:
    schema = event_schema(command)
    if schema not in _models:
        made = _model(command, schema, CommandEvent)
        made.command = command
        _models[schema] = made
    event: type[CommandEvent] = _models[schema]
    return event


def _model(declared: type[Struct], schema: BodySchema, base: type[Model]) -> type[Model]:
    shown: dict[str, Any] = {"example": dict(schema.example)} if base is CommandEvent else {}
    fields: dict[str, Any] = {one.name: _field(one) for one in body_fields(declared)}
    return create_model(
        schema.name,
        __base__=base,
        __config__=ConfigDict(json_schema_extra=shown),
        __doc__=schema.description,
        **fields,
    )


def _field(one: BodyPart) -> tuple[Any, Any]:
    looks = one.looks
    type_: Any = Annotated[_type(one.type), _limits(looks)]
    if one.is_nullable:
        type_ = type_ | None
    if looks.check is not None:
        type_ = Annotated[type_, AfterValidator(looks.check)]
    said: dict[str, Any] = {"description": looks.description or None}
    if looks.choices:
        said["json_schema_extra"] = {"enum": list(looks.choices)}
    return type_, Field(... if one.is_required else one.default, **said)


def _limits(looks: BodyField) -> Any:
    return Field(
        gt=looks.gt,
        ge=looks.ge,
        le=looks.le,
        min_length=looks.min_length,
        max_length=looks.max_length,
        pattern=looks.pattern,
    )


def _type(declared: Any) -> Any:
    """A type as the gateway reads it."""
    if declared in DECLARED:
        return DECLARED[declared]
    if declared is datetime:
        return MomentIn
    if (within := within_list(declared)) is not None:
        return list[_model(within, _schema_of(within), GatewayBody)]  # type: ignore[misc]
    if get_origin(declared) is Annotated:
        plain, looks = get_args(declared)
        return Annotated[_type(plain), _limits(looks)]
    if get_origin(declared) is dict:
        return dict[tuple(map(_type, get_args(declared)))]  # type: ignore[misc]
    return declared


def _schema_of(part: type[Struct]) -> BodySchema:
    schema: BodySchema = getattr(part, "schema")  # noqa: B009 - Struct declares none
    return schema
