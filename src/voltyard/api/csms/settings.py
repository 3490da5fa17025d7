"""An organization's settings."""

from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import Field

from voltyard.api.auth import Operator, Reader
from voltyard.api.csms.context import Here
from voltyard.api.csms.fields import Answer, Body, example
from voltyard.api.csms.problems import problems
from voltyard.api.errors import BACKEND_PREFIX
from voltyard.csms.records import SettingsStored

router = APIRouter(prefix=BACKEND_PREFIX + "/settings", tags=["settings"], responses=problems())

_EXAMPLE = example(
    heartbeatInterval=300,
    unknownIdTags="auto",
    webSocketPingInterval=60,
    commandTimeout=30,
    validation="strict",
    bootPolicy="accept",
    allowEmptySubprotocol=False,
    retentionDays=30,
)


class SettingsBody(Body):
    """Those to change; all others stay."""

    model_config = _EXAMPLE

    heartbeat_interval_s: Annotated[int, Field(ge=1, le=86_400)] = Field(
        300, alias="heartbeatInterval"
    )
    unknown_id_tags: Literal["auto", "accept", "reject"] = Field("auto", alias="unknownIdTags")
    web_socket_ping_interval_s: Annotated[float, Field(ge=0, le=86_400)] = Field(
        60.0, alias="webSocketPingInterval"
    )
    command_timeout_s: Annotated[float, Field(ge=0.1, le=3_600)] = Field(
        30.0, alias="commandTimeout"
    )
    validation: Literal["strict", "lenient"] = "strict"
    boot_policy: Literal["accept", "pending", "reject"] = Field("accept", alias="bootPolicy")
    allow_empty_subprotocol: bool = Field(False, alias="allowEmptySubprotocol")
    retention_days: Annotated[int, Field(ge=1, le=36_500)] = Field(30, alias="retentionDays")


class SettingsAnswer(Answer):
    """The settings as they are. Intervals and time-outs in seconds."""

    model_config = _EXAMPLE

    heartbeat_interval: int = Field(serialization_alias="heartbeatInterval")
    unknown_id_tags: str = Field(serialization_alias="unknownIdTags")
    web_socket_ping_interval: float = Field(serialization_alias="webSocketPingInterval")
    command_timeout: float = Field(serialization_alias="commandTimeout")
    validation: str
    boot_policy: str = Field(serialization_alias="bootPolicy")
    allow_empty_subprotocol: bool = Field(serialization_alias="allowEmptySubprotocol")
    retention_days: int = Field(serialization_alias="retentionDays")


@router.get("", summary="The organization's settings")
async def get_settings(here: Here, principal: Reader) -> SettingsAnswer:
    """What applies to every charger that has no setting of its own."""
    return _answer(here.backend.settings(principal.organization_id))


@router.patch("", summary="Change settings")
async def change_settings(body: SettingsBody, here: Here, principal: Operator) -> SettingsAnswer:
    """Only the fields that are sent; they count from the next boot, connection or command on."""
    changes = {name: getattr(body, name) for name in body.model_fields_set}
    return _answer(await here.backend.change_settings(principal.organization_id, **changes))


def _answer(row: SettingsStored) -> SettingsAnswer:
    return SettingsAnswer(
        heartbeat_interval=row.heartbeat_interval_s,
        unknown_id_tags=row.unknown_id_tags,
        web_socket_ping_interval=row.web_socket_ping_interval_s,
        command_timeout=row.command_timeout_s,
        validation=row.validation,
        boot_policy=row.boot_policy,
        allow_empty_subprotocol=row.allow_empty_subprotocol,
        retention_days=row.retention_days,
    )
