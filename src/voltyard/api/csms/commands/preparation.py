"""Preparation of commands that are not just what their bodies say."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, TypeAlias

from voltyard.api.csms.context import BackendContext
from voltyard.api.csms.fields import number_and_unit
from voltyard.api.csms.files import upload_place
from voltyard.csms.commands.charging import ReserveNow, SetChargingLimit
from voltyard.csms.commands.customers import CustomerInformation
from voltyard.csms.commands.maintenance import GetDiagnostics
from voltyard.csms.commands.security import ChangePassword, GetLog
from voltyard.csms.commands.shared import BackendCommand
from voltyard.csms.security.passwords import authorization_key, new_password
from voltyard.kernel.errors import Invalid
from voltyard.kernel.time import DAY_S
from voltyard.organizations.scopes import Principal

Prepare: TypeAlias = Callable[
    [BackendContext, Principal, str, dict[str, Any]], Awaitable[str | None]
]
"""Changes the fields that were given for a charger; the id of the command, where it is known
before."""


async def _token_type(
    here: BackendContext, principal: Principal, box: str, fields: dict[str, Any]
) -> None:
    fields["id_tag_type"] = here.token_type(
        principal.organization_id, fields["id_tag"], fields["id_tag_type"]
    )


async def _customer(
    here: BackendContext, principal: Principal, box: str, fields: dict[str, Any]
) -> None:
    named = ("id_tag", "hash_data", "customer_identifier")
    if sum(fields[name] is not None for name in named) != 1:
        raise Invalid("one of idTag, certificateHashData and customerIdentifier names the customer")
    if not fields["report"] and not fields["clear"]:
        raise Invalid("neither report nor clear", hint="say what the charger is to do")
    if fields["id_tag"] is not None:
        await _token_type(here, principal, box, fields)


async def _limit(
    here: BackendContext, principal: Principal, box: str, fields: dict[str, Any]
) -> None:
    fields["limit"], fields["unit"] = number_and_unit(fields["limit"])
    fields["since"] = here.clock() - DAY_S


async def _place(
    here: BackendContext, principal: Principal, box: str, fields: dict[str, Any]
) -> str | None:
    fields["location"], id = await upload_place(here, principal, box, fields["location"])
    return id


async def _password(
    here: BackendContext, principal: Principal, box: str, fields: dict[str, Any]
) -> None:
    charger = here.backend.charger(principal.organization_id, box)
    version = charger.session.version if charger.session is not None else charger.row.version
    is_key = fields.pop("encoding") == "hex" and version in (None, "1.6")
    text = fields["password"] or new_password()
    fields["password"] = authorization_key(text) if is_key else text


PREPARATIONS: Final[Mapping[type[BackendCommand], Prepare]] = {
    ReserveNow: _token_type,
    CustomerInformation: _customer,
    SetChargingLimit: _limit,
    GetDiagnostics: _place,
    GetLog: _place,
    ChangePassword: _password,
}
