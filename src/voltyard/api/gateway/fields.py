"""Base models and field types of the gateway's bodies and answers."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Generic, Self, TypeVar

from pydantic import BeforeValidator, ConfigDict, Field, PlainSerializer, WithJsonSchema

from voltyard.api.answer import Answer
from voltyard.api.request_body import RequestBody
from voltyard.kernel.time import DAY_S, Instant, to_rfc3339
from voltyard.yard.repositories import Listing, PageRequest

RecordT = TypeVar("RecordT")
AnswerT = TypeVar("AnswerT")

JsonSchema = dict[str, Any]

LARGEST_INT: Final = 2**31 - 1


class GatewayBody(RequestBody):
    """A request body of the gateway; unknown fields are passed over, as in the published API.
    Fields we do not know are passed over, as the published API does."""


class GatewayAnswer(Answer):
    """An answer of the gateway."""


def example(**values: Any) -> ConfigDict:
    """A model's example for the API's description."""
    return ConfigDict(json_schema_extra={"example": values})


def condition(
    *,
    if_: JsonSchema,
    then: JsonSchema | None = None,
    else_: JsonSchema | None = None,
    **values: Any,
) -> ConfigDict:
    """Fields that go together, for the API's description, with a model's example; the model itself
    must check it too. Generators of clients pass over a condition, and stumble over a union."""
    shown = {"example": values} if values else {}
    told = {"if": if_, "then": then, "else": else_}
    return ConfigDict(json_schema_extra={**{key: one for key, one in told.items() if one}, **shown})


def _to_instant(value: Any) -> Any:
    if isinstance(value, datetime):
        moment = value
    elif isinstance(value, str):
        # In a query a bare + means a space, and offsets are often sent that way.
        moment = datetime.fromisoformat(
            value.strip().replace(" ", "+", 1) if _spaced(value) else value
        )
    else:
        raise ValueError("must be a date and time, such as 2026-02-10T14:00:00Z")
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _spaced(value: str) -> bool:
    text = value.strip()
    return len(text) > len("2026-02-10T14:00:00") and text[-6] == " "


MomentIn = Annotated[
    Instant,
    BeforeValidator(_to_instant),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
"""A date and time from outside, as an instant; without a zone it is UTC."""


def _to_last_instant(value: Any) -> Any:
    if isinstance(value, str) and len(value) == len("2026-02-10"):
        return _to_instant(value) + DAY_S - 0.001  # moments are kept to the millisecond
    return _to_instant(value)


LastMomentIn = Annotated[
    Instant,
    BeforeValidator(_to_last_instant),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
"""As MomentIn, for the end of a range that is included: a mere date means that whole day."""

Moment = Annotated[
    Instant,
    PlainSerializer(to_rfc3339, return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
"""An instant on its way out, as a date and time."""

Total = Annotated[int, Field(examples=[1])]
"""Number of all there are."""
PageNumber = Annotated[int, Field(examples=[1])]
PageSize = Annotated[int, Field(examples=[50])]


class PageAnswer(GatewayAnswer, Generic[AnswerT]):
    """A page of a list."""

    data: list[AnswerT]
    total: Total
    page: PageNumber
    limit: PageSize

    @classmethod
    def of_listing(
        cls, listing: Listing[RecordT], page: PageRequest, shown: Callable[[RecordT], AnswerT]
    ) -> Self:
        """The page that was asked for, its records as `shown` has them."""
        data = [shown(entry) for entry in listing.entries]
        return cls(data=data, total=listing.total, page=page.number, limit=page.size)


Word = Annotated[str, Field(min_length=1, max_length=255)]
Prefix = Annotated[str, Field(max_length=200)]
"""Of identities."""
Url = Annotated[str, Field(min_length=1, max_length=2_000)]
Number = Annotated[int, Field(ge=1, le=LARGEST_INT)]
"""Of an EVSE or connector."""
