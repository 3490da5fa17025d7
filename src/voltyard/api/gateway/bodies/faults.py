"""Request bodies of quirks and bad networks, described from their tables."""

from typing import Annotated, Any, Final

from pydantic import AfterValidator, ConfigDict, Field, RootModel, WithJsonSchema, field_validator

from voltyard.api.description.plain_schemas import NAME
from voltyard.api.gateway.fields import GatewayBody, example
from voltyard.api.request_body import check_text
from voltyard.catalogue.quirks.enabled import read
from voltyard.catalogue.quirks.personalities import personalities, personality_named
from voltyard.catalogue.quirks.quirk import Parameter, Quirk
from voltyard.catalogue.quirks.table import QUIRKS
from voltyard.kernel import limits
from voltyard.kernel.errors import Invalid

_SCHEDULE: Final[dict[str, Any]] = {
    "type": "object",
    "description": "from_s and to_s count from when the charger connected last; every: only each "
    "so many-th time it could act; once: never again after the first.",
    "additionalProperties": False,
    "properties": {
        "from_s": {"type": "number", "minimum": 0, "maximum": limits.RECOVERY_S},
        "to_s": {"type": "number", "minimum": 0, "maximum": limits.RECOVERY_S},
        "every": {"type": "integer", "minimum": 1},
        "once": {"type": "boolean"},
    },
    NAME: "QuirkSchedule",
}


def _parameter(parameter: Parameter) -> dict[str, Any]:
    schema: dict[str, Any] = {
        "type": parameter.kind,
        "default": parameter.default,
        "description": parameter.about,
    }
    if parameter.choices:
        schema["enum"] = list(parameter.choices)
    elif parameter.kind == "string":
        schema["maxLength"] = limits.QUIRK_TEXT_CHARS
    if parameter.least is not None:
        schema |= {"minimum": parameter.least, "maximum": parameter.most}
    return schema


def _parameters_of(quirk: Quirk) -> dict[str, Any]:
    parameters = {
        "type": "object",
        "additionalProperties": False,
        "properties": {one.name: _parameter(one) for one in quirk.parameters},
    }
    return {
        "description": quirk.about,
        "properties": {
            "name": {"enum": [quirk.name, quirk.id]},
            "probability": {"default": quirk.probability},
            "parameters": parameters,
        },
    }


_NAME: Final = {
    "type": "string",
    "enum": [name for quirk in QUIRKS for name in (quirk.name, quirk.id)],
    NAME: "QuirkName",
}
_TUNED: Final = {
    "type": "object",
    "description": "A quirk with what is to be otherwise than the catalogue has it.",
    "required": ["name"],
    "additionalProperties": False,
    "properties": {
        "name": _NAME,
        "probability": {"type": "number", "minimum": 0, "maximum": 1},
        "schedule": _SCHEDULE,
        "parameters": {"type": "object", "additionalProperties": True},
    },
    # Which parameters there are is said in a condition, which generators of clients pass over: one
    # class for each quirk would help nobody.
    "dependentSchemas": {"name": {"anyOf": [_parameters_of(quirk) for quirk in QUIRKS]}},
    NAME: "TunedQuirk",
}


def _described(schema: dict[str, Any]) -> None:
    schema.clear()
    schema |= {
        "description": "A quirk by name or id, or with its probability, schedule and parameters.",
        "anyOf": [_NAME, _TUNED],
    }


class QuirkChoice(RootModel[Any]):
    """A quirk by name or id, or with its probability, schedule and parameters."""

    model_config = ConfigDict(json_schema_extra=_described)

    @field_validator("root")
    @classmethod
    def _is_one(cls, root: Any) -> Any:
        check_text(root)
        try:
            return read(root).plain()
        except Invalid as error:
            raise ValueError(_said(error)) from None


def _said(error: Invalid) -> str:
    return f"{error.message} ({error.advice})" if error.advice else error.message


Quirks = Annotated[list[QuirkChoice], Field(max_length=limits.QUIRKS)]


def _personality(slug: str) -> str:
    try:
        return personality_named(slug).slug
    except Invalid as error:
        raise ValueError(_said(error)) from None


Personality = Annotated[
    str,
    AfterValidator(_personality),
    WithJsonSchema({"type": "string", "enum": list(personalities()), NAME: "PersonalityName"}),
]

_Share = Annotated[float, Field(ge=0, le=1)]
_Ms = Annotated[float, Field(ge=0, le=600_000)]
_Days = Annotated[float, Field(ge=0, le=30 * 86_400)]
_Year = Annotated[float, Field(ge=0, le=365 * 86_400)]


class NetworkBody(GatewayBody):
    """A network between the charger and its CSMS; what is left out is well with it."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"latency_ms": 200, "jitter_ms": 50, "loss": 0.01}},
    )

    latency_ms: _Ms = Field(0.0, description="Of each frame, each way.")
    jitter_ms: _Ms = Field(0.0, description="On top of it, at most.")
    loss: _Share = Field(0.0, description="Share of the frames that never arrive, each way.")
    duplicate: _Share = Field(0.0, description="Share of the frames that arrive twice.")
    reorder: _Share = Field(0.0, description="Share that is overtaken by what comes after.")
    breaks: _Share = Field(
        0.0, description="Share that breaks the link, and is lost with it, each way."
    )
    bytes_per_s: Annotated[float, Field(ge=0, le=1e9)] = Field(
        0.0, description="What it carries, each way; 0: any."
    )
    reads_per_s: Annotated[float, Field(ge=0, le=1e6)] = Field(
        0.0, description="Frames the charger reads: a slow reader. 0: any."
    )
    cut_every_s: _Days = Field(0.0, description="How long a link lives, on average; 0: for ever.")
    storm_every_s: _Days = Field(
        0.0,
        description="All chargers with it are cut at once, each time the clock is at a multiple "
        "of it; 0: never.",
    )
    half_open_after_s: _Days = Field(
        0.0, description="When a link falls silent, and nobody is told; 0: never."
    )
    half_open_for_s: _Days = Field(900.0, description="How long that lasts.")
    probability: _Share = Field(1.0, description="Share of the links that are on it.")
    from_s: _Year = Field(0.0, description="Only so long after the link came up.")
    to_s: _Year = Field(0.0, description="Not later than so long after; 0: to the end.")
    every: Annotated[int, Field(ge=1, le=10**9)] = Field(
        1, description="Only each so many-th link."
    )
    once: bool = Field(False, description="Only the first link it has come to.")


class QuirksBody(GatewayBody):
    """All the quirks that a charger is to have."""

    model_config = example(
        quirks=["no-pong", {"name": "flapping", "probability": 0.5, "parameters": {"least_s": 5}}]
    )

    quirks: Quirks
