"""Base models and field types of the backend's bodies and answers. Names on the wire are written
down, as aliases."""

import re
from collections.abc import Sequence
from typing import Annotated, Any, Final, Literal, TypeAlias, TypeVar
from urllib.parse import urlsplit

from fastapi import Depends, Path, Query
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from voltyard.api.answer import Answer
from voltyard.api.request_body import RequestBody
from voltyard.kernel.addressing.addresses import networks
from voltyard.kernel.errors import Invalid
from voltyard.kernel.time import Instant, from_rfc3339, to_rfc3339

T = TypeVar("T")

LARGEST_INT: Final = 2**31 - 1
DEFAULT_LIMIT: Final = 50
LARGEST_LIMIT: Final = 100

EXAMPLE_CHARGER: Final = "CHARGER-001"
EXAMPLE_PAGINATION: Final = {"total": 1, "limit": DEFAULT_LIMIT, "offset": 0}


class BackendBody(RequestBody):
    """A request body of the backend; unknown fields are errors. A field we do not know is an error,
    for it would otherwise be ignored in silence."""

    model_config = ConfigDict(extra="forbid")


class BackendAnswer(Answer):
    """An answer of the backend."""


def example(**values: Any) -> ConfigDict:
    """A model's example for the API's description."""
    return ConfigDict(json_schema_extra={"example": values})


def _moment(value: Any) -> Any:
    if not isinstance(value, str):
        raise ValueError("must be a date and time as RFC 3339 has it, such as 2026-02-10T14:00:00Z")
    # In a query a bare + means a space, and offsets are often sent that way.
    text = value.strip()
    if len(text) > len("2026-02-10T14:00:00") and text[-6] == " ":
        text = f"{text[:-6]}+{text[-5:]}"
    at = from_rfc3339(text)
    to_rfc3339(at)  # a moment that cannot be told again, such as one of the year 10000, is none
    return at


Moment = Annotated[
    Instant,
    BeforeValidator(_moment),
    WithJsonSchema({"type": "string", "format": "date-time", "example": "2026-02-10T14:00:00Z"}),
]
"""A date and time from outside, as an instant."""


def _url(longest: int, *schemes: str) -> Any:
    """A URL of one of these schemes. What is told of it leaves out IPv6: no pattern can say it."""

    def check(value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme.lower() not in schemes or not parts.hostname:
            raise ValueError(f"must be a URL that begins with {', '.join(schemes)}")
        return value

    port = "(:[0-9]{1,4}|:[1-5][0-9]{4})?"
    told = rf"^({'|'.join(schemes)})://([!$-.0-9;=A-Za-z_~]+@)?[A-Za-z0-9._-]+{port}([/?#][!-~]*)?$"
    return Annotated[
        str,
        Field(max_length=longest, json_schema_extra={"pattern": told}),
        AfterValidator(check),
    ]


DownloadUrl = _url(512, "http", "https", "ftp")
UploadUrl = _url(512, "http", "https", "ftp", "ftps", "sftp")

HookUrl = _url(2048, "http", "https")
"""Target of the backend's POSTs."""

_CURRENT_OR_POWER: Final = re.compile(r"([0-9]{1,9}(?:\.[0-9])?) ?(A|W)")


def _current_or_power(value: str) -> str:
    if _CURRENT_OR_POWER.fullmatch(value) is None:
        raise ValueError("must be a number of amperes or watts, such as 16A or 11000W")
    return value


CurrentOrPower = Annotated[
    str,
    Field(json_schema_extra={"pattern": f"^{_CURRENT_OR_POWER.pattern}$"}),
    AfterValidator(_current_or_power),
]


def number_and_unit(value: str) -> tuple[float, Literal["A", "W"]]:
    """The two parts of a `CurrentOrPower`."""
    return float(value.rstrip(" AW")), "A" if value.endswith("A") else "W"


Natural = Annotated[int, Field(ge=0, le=LARGEST_INT)]
"""0, 1, 2, ..."""

Word = Annotated[str, Field(min_length=1, max_length=255)]

IdTag = Annotated[str, Field(min_length=1, max_length=255)]
"""The charger's version bounds it: 20 characters in 1.6, 36 in 2.x."""


class PaginationInfo(BackendAnswer):
    """Where in a list the answer is."""

    total: int
    limit: int
    offset: int


class Paging(BaseModel):
    """The part of a list that is asked for: limit and offset."""

    limit: int
    offset: int

    def of(self, total: int) -> PaginationInfo:
        """The page as the answer tells of it."""
        return PaginationInfo(total=total, limit=self.limit, offset=self.offset)

    def cut(self, whole: Sequence[T]) -> Sequence[T]:
        """The part of a list that is in memory."""
        return whole[self.offset : self.offset + self.limit]


async def _paging(
    limit: Annotated[int, Query(ge=1, le=LARGEST_LIMIT)] = DEFAULT_LIMIT,
    offset: Annotated[int, Query(ge=0, le=LARGEST_INT)] = 0,
) -> Paging:
    return Paging(limit=limit, offset=offset)


PagingDep: TypeAlias = Annotated[Paging, Depends(_paging)]
"""A dependency: limit and offset of the query."""


def moment(at: Instant | None) -> str | None:
    """An instant on its way out, with milliseconds and Z."""
    return None if at is None else to_rfc3339(at)


MomentOut = Annotated[str | None, BeforeValidator(moment)]
"""The same as a field of an answer."""


# --- fields that many bodies have -----------------------------------------------------------------

Box = Annotated[str, Path(alias="chargeBoxId", description="The charger's OCPP identity.")]
"""In a path."""

BoxId = Annotated[str, Field(serialization_alias="chargeBoxId")]
"""In an answer."""

Evse = Annotated[Natural | None, Field(alias="evseId", description="OCPP 2.x: which EVSE.")]

Connector = Annotated[Natural, Field(alias="connectorId")]

IdTagType = Annotated[
    Word | None,
    Field(
        alias="idTagType",
        description="OCPP 2.x: of the idToken; by default that of the id tag, else Central.",
    ),
]

Reason = Annotated[
    str | None,
    Field(
        exclude_if=lambda value: value is None, description="OCPP 2.x: the charger's reasonCode."
    ),
]


_BYTE: Final = r"(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
_IPV4_NETWORK: Final = rf"^{_BYTE}(\.{_BYTE}){{3}}(/(3[0-2]|[12]?\d))?$"


def _network(value: str) -> str:
    try:
        networks([value], "")
    except Invalid:
        raise ValueError("must be an address or a network, such as 192.0.2.0/24") from None
    return value


NetworkText = Annotated[
    str,
    Field(max_length=64, json_schema_extra={"pattern": _IPV4_NETWORK}),
    AfterValidator(_network),
]
"""An address or a network of them. Described as IPv4; IPv6 is taken as well."""
