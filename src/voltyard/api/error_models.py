"""Models of error answers, for the OpenAPI description.

They are described by reference: as models of each response the framework would build a validator
for every error of every operation, which took a third of the server's start.
"""

from collections.abc import Iterable
from typing import Annotated, Any, Final

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from voltyard.api.description.plain_schemas import named


class ErrorDetails(BaseModel):
    """One fault of a request."""

    code: str
    message: str
    details: list[Annotated[dict[str, Any], named("FaultDetail")]] | None = None
    request_id: str


class ErrorAnswer(BaseModel):
    """The shape of every error under /api/v1."""

    success: bool = False
    error: ErrorDetails


class HttpErrorResponse(BaseModel):
    """The shape of an error under /ocpp."""

    detail: str


class FieldError(BaseModel):
    """One field of the request that is not acceptable."""

    field: str
    message: str


class ValidationErrorResponse(BaseModel):
    """The faults, field by field; a text where the body is not JSON at all."""

    detail: list[FieldError] | str


SHAPES: Final[tuple[type[BaseModel], ...]] = (
    ErrorAnswer,
    HttpErrorResponse,
    ValidationErrorResponse,
)

_REFERENCE: Final = "#/components/schemas/"


def error_response(shape: type[BaseModel], description: str, example: Any) -> dict[str, Any]:
    """One entry of an operation's `responses`."""
    schema = {"$ref": _REFERENCE + shape.__name__}
    return {
        "description": description,
        "content": {"application/json": {"schema": schema, "example": example}},
    }


def schemas(shapes: Iterable[type[BaseModel]] = SHAPES) -> dict[str, Any]:
    """The schemas that those references refer to."""
    _, found = models_json_schema(
        [(shape, "serialization") for shape in shapes], ref_template=_REFERENCE + "{model}"
    )
    defined: dict[str, Any] = found["$defs"]
    return defined


def answers(example: Any) -> dict[str, Any]:
    """An operation's answer by example, for its `responses`."""
    return {"content": {"application/json": {"example": example}}}
