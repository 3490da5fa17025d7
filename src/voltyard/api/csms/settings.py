"""An organization's settings."""

from typing import Annotated, Any, Final, Literal

from msgspec.structs import replace
from pydantic import AfterValidator, Field

from voltyard.api.auth import Operator, Reader
from voltyard.api.csms.context import BackendDep
from voltyard.api.csms.error_responses import error_responses
from voltyard.api.csms.fields import BackendAnswer, BackendBody, HookUrl, example
from voltyard.api.description.named_types import (
    AuthorizationFallback,
    BootPolicy,
    NoCommonSubprotocol,
    ValidationMode,
)
from voltyard.api.errors import BACKEND_PREFIX
from voltyard.api.routers import api_router
from voltyard.csms.records import SettingsStored
from voltyard.events.webhook_signatures import check_secret
from voltyard.kernel import limits
from voltyard.kernel.errors import Invalid
from voltyard.kernel.masked_text import masked_text

router = api_router(
    prefix=BACKEND_PREFIX + "/settings", tags=["settings"], responses=error_responses()
)

_VALUES: Final = dict[str, Any](
    heartbeatInterval=300,
    unknownIdTags="auto",
    webSocketPingInterval=60,
    commandTimeout=30,
    validation="strict",
    bootPolicy="accept",
    allowEmptySubprotocol=False,
    noCommonSubprotocol="close",
    retentionDays=30,
    requestsPerMinute=None,
    authorizationUrl=None,
    authorizationTimeout=3,
    authorizationFallback="tags",
    operatorName=None,
)


def _secret(value: str) -> str:
    try:
        check_secret(value)
    except Invalid as error:
        raise ValueError(str(error)) from None
    return value


Secret = Annotated[str, AfterValidator(_secret)]


class SettingsChangeBody(BackendBody):
    """Settings to change; all others stay."""

    model_config = example(**_VALUES)

    heartbeat_interval_s: Annotated[int, Field(ge=1, le=86_400)] = Field(
        300, alias="heartbeatInterval", description="Seconds; a charger is told them as it boots."
    )
    unknown_id_tags: Literal["auto", "accept", "reject"] = Field(
        "auto",
        alias="unknownIdTags",
        description="Whether a tag that is not known may charge; auto: as long as none is.",
    )
    web_socket_ping_interval_s: Annotated[float, Field(ge=0, le=86_400)] = Field(
        60.0,
        alias="webSocketPingInterval",
        description="Seconds between pings of a charger; 0: none, and its heartbeats tell.",
    )
    command_timeout_s: Annotated[float, Field(ge=0.1, le=3_600)] = Field(
        30.0,
        alias="commandTimeout",
        description="Seconds for which a charger's answer is waited for (504 then).",
    )
    validation: ValidationMode = Field(
        "strict",
        description="Whether a message that strays from its schema is refused, or taken where "
        "its meaning survives. A charger may have its own.",
    )
    boot_policy: BootPolicy = Field(
        "accept",
        alias="bootPolicy",
        description="How a BootNotification is answered. A charger may have its own.",
    )
    allow_empty_subprotocol: bool = Field(
        False,
        alias="allowEmptySubprotocol",
        description="Whether a charger that names no subprotocol comes in, as one of OCPP 1.6.",
    )
    no_common_subprotocol: NoCommonSubprotocol = Field(
        "close",
        alias="noCommonSubprotocol",
        description="How a charger is turned away with which no subprotocol is common. close: the "
        "handshake is completed without one and the link is closed at once, as OCPP-J 3.2 has it; "
        "refuse: HTTP 400.",
    )
    retention_days: Annotated[int, Field(ge=1, le=36_500)] = Field(
        30,
        alias="retentionDays",
        description="Days for which frames, meter values, commands, connections, reservations and "
        "data transfers are kept; transactions stay.",
    )
    requests_per_minute: Annotated[int, Field(ge=1, le=1_000_000)] | None = Field(
        None,
        alias="requestsPerMinute",
        description="Requests of all keys of the organization together; null: no limit.",
    )
    authorization_url: HookUrl | None = Field(
        None,
        alias="authorizationUrl",
        description="Who is asked about every tag, by POST; null: the id tags decide.",
    )
    authorization_timeout_s: Annotated[float, Field(ge=0.1, le=limits.AUTHORIZATION_S)] = Field(
        3.0,
        alias="authorizationTimeout",
        description="Seconds for which its verdict is waited for.",
    )
    authorization_fallback: AuthorizationFallback = Field(
        "tags", alias="authorizationFallback", description="What decides where no verdict came."
    )
    operator_name: Annotated[str, Field(min_length=1, max_length=64)] | None = Field(
        None,
        alias="operatorName",
        description="The O of chargers' certificates: those issued here bear it, and those of "
        "another authority have to (2.0.1 A00.FR.404). Null: the organization's id, and any.",
    )
    authorization_secret: Secret | None = Field(
        None,
        alias="authorizationSecret",
        description="Signs the questions; whsec_ and base64. Null: a new one is made.",
    )


class SettingsAnswer(BackendAnswer):
    """The settings as they are. Intervals and time-outs in seconds."""

    model_config = example(**_VALUES, hasAuthorizationSecret=False)

    heartbeat_interval_s: int = Field(serialization_alias="heartbeatInterval")
    unknown_id_tags: str = Field(serialization_alias="unknownIdTags")
    web_socket_ping_interval_s: float = Field(serialization_alias="webSocketPingInterval")
    command_timeout_s: float = Field(serialization_alias="commandTimeout")
    validation: str
    boot_policy: str = Field(serialization_alias="bootPolicy")
    allow_empty_subprotocol: bool = Field(serialization_alias="allowEmptySubprotocol")
    no_common_subprotocol: NoCommonSubprotocol = Field(serialization_alias="noCommonSubprotocol")
    retention_days: int = Field(serialization_alias="retentionDays")
    requests_per_minute: int | None = Field(serialization_alias="requestsPerMinute")
    authorization_url: str | None = Field(serialization_alias="authorizationUrl")
    authorization_timeout_s: float = Field(serialization_alias="authorizationTimeout")
    authorization_fallback: AuthorizationFallback = Field(
        serialization_alias="authorizationFallback"
    )
    operator_name: str | None = Field(serialization_alias="operatorName")
    has_authorization_secret: bool = Field(serialization_alias="hasAuthorizationSecret")
    authorization_secret: str | None = Field(
        None,
        serialization_alias="authorizationSecret",
        exclude_if=lambda value: value is None,
        description="Where one was made just now; it is not shown again.",
    )


@router.get("", summary="The organization's settings")
async def get_organization_settings(here: BackendDep, principal: Reader) -> SettingsAnswer:
    """The settings of every charger that has none of its own."""
    row = here.backend.settings(principal.organization_id)
    if row.authorization_url is not None and not principal.may("operate"):
        row = replace(row, authorization_url=masked_text(row.authorization_url))
    return _answer(row)


@router.patch("", summary="Change settings")
async def update_organization_settings(
    body: SettingsChangeBody, here: BackendDep, principal: Operator
) -> SettingsAnswer:
    """Only the fields that are sent; they count from the next boot, connection, command or question
    about a tag on."""
    changes = {name: getattr(body, name) for name in body.model_fields_set}
    before = here.backend.settings(principal.organization_id).authorization_secret
    row = await here.backend.change_settings(principal.organization_id, **changes)
    known = (before, body.authorization_secret)
    return _answer(
        row, made=None if row.authorization_secret in known else row.authorization_secret
    )


def _answer(row: SettingsStored, made: str | None = None) -> SettingsAnswer:
    return SettingsAnswer.of_record(
        row,
        has_authorization_secret=row.authorization_secret is not None,
        authorization_secret=made,
    )
