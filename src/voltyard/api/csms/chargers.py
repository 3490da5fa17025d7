"""Registered chargers: who may connect, and what is known of them."""

from typing import Annotated, Any, Final

from fastapi import Query
from pydantic import AfterValidator, Field

from voltyard.api.auth import Operator, Reader
from voltyard.api.csms.context import BackendContext, BackendDep
from voltyard.api.csms.error_responses import error_responses
from voltyard.api.csms.fields import (
    EXAMPLE_CHARGER,
    EXAMPLE_PAGINATION,
    BackendAnswer,
    BackendBody,
    Box,
    BoxId,
    MomentOut,
    Natural,
    NetworkText,
    PaginationInfo,
    PagingDep,
    example,
)
from voltyard.api.description.named_types import (
    BootPolicy,
    ConnectionStatus,
    TakeoverPolicy,
    ValidationMode,
)
from voltyard.api.errors import BACKEND_PREFIX
from voltyard.api.routers import api_router
from voltyard.csms.reading.charger_lists import ListedCharger, listed
from voltyard.csms.registry import ChargerChange, RegisteredCharger
from voltyard.kernel import limits

router = api_router(
    prefix=BACKEND_PREFIX + "/chargers", tags=["chargers"], responses=error_responses()
)

LONGEST_IDENTITY: Final = 48
"""OCPP 2.0.1 part 4, section 3.1.1 and its identifierString."""


def _identity(value: str) -> str:
    if value != value.strip() or value in (".", "..") or not value.isprintable():
        raise ValueError("must be printable, without spaces around it")
    if any(character in "/?#" for character in value):
        raise ValueError("must not contain / ? or #, for it is part of a URL's path")
    return value


Identity = Annotated[
    str,
    Field(
        min_length=1,
        max_length=LONGEST_IDENTITY,
        json_schema_extra={"pattern": r'^[!"$-,\-0->@-~]([ !"$-.0->@-~]*[!"$-.0->@-~])?$'},
    ),
    AfterValidator(_identity),
]
"""Name of a charger. Described by its printable ASCII, whatever else may be in it."""


_CONNECTOR: Final = {
    "connectorId": 1,
    "evseId": 1,
    "status": "Available",
    "errorCode": "NoError",
    "info": None,
    "lastUpdated": "2026-02-10T14:00:00.000Z",
}
_SUMMARY: Final = {
    "id": "chg_4k2d8s1m0x7c9v3b",
    "chargeBoxId": EXAMPLE_CHARGER,
    "name": "Bay A01",
    "location": "Depot north",
    "status": "online",
    "isOnline": True,
    "vendor": "ACME",
    "model": "DC-50",
    "ocppVersion": "1.6",
    "lastHeartbeat": "2026-02-10T14:00:00.000Z",
    "connectors": [_CONNECTOR],
}
_URL: Final = f"ws://127.0.0.1:9000/ocpp/{EXAMPLE_CHARGER}"
_DETAILS: Final = {
    **_SUMMARY,
    "serialNumber": "SN-1",
    "pinnedSerialNumber": None,
    "firmwareVersion": "1.2.3",
    "registeredAt": "2026-02-10T13:00:00.000Z",
    "registration": "accepted",
    "lastSeen": "2026-02-10T14:00:00.000Z",
    "isFlapping": False,
    "recentConnections": 1,
    "securityProfile": 0,
    "hasPassword": False,
    "connectedProfile": 0,
    "validation": None,
    "bootPolicy": None,
    "bootInterval": None,
    "allowConcurrentTransactions": True,
    "takeover": "newest",
    "allowedAddresses": [],
    "connectionUrl": _URL,
}
_NEW: Final[dict[str, Any]] = {
    **dict.fromkeys(_DETAILS),
    "id": "chg_4k2d8s1m0x7c9v3b",
    "chargeBoxId": EXAMPLE_CHARGER,
    "name": "Bay A01",
    "location": "Depot north",
    "status": "offline",
    "isOnline": False,
    "registeredAt": "2026-02-10T13:00:00.000Z",
    "registration": "unknown",
    "securityProfile": 0,
    "hasPassword": False,
    "allowConcurrentTransactions": True,
    "takeover": "newest",
    "allowedAddresses": [],
    "isFlapping": False,
    "recentConnections": 0,
    "connectors": [],
    "connectionUrl": _URL,
    "instructions": {
        "message": "Have the charger connect to this URL",
        "url": _URL,
        "protocol": "ocpp1.6",
    },
}


class ChargerChangeBody(BackendBody):
    """Fields that an operator may set. Null goes back to the default."""

    model_config = example(
        name="Bay A01", location="Depot north", bootPolicy="accept", validation="lenient"
    )

    name: Annotated[str, Field(max_length=255)] | None = None
    location: Annotated[str, Field(max_length=255)] | None = None
    password: Annotated[str, Field(min_length=1, max_length=128)] | None = None
    security_profile: Annotated[int, Field(ge=0, le=3)] = Field(0, alias="securityProfile")
    pinned_serial_number: Annotated[str, Field(min_length=1, max_length=64)] | None = Field(
        None,
        alias="pinnedSerialNumber",
        description="Its serial number, as the operator knows it: beside its identity the one "
        "common name of its certificates. What it tells of itself at boot is no such name.",
    )
    validation: ValidationMode | None = Field(
        None, description="Null: as the organization's setting says."
    )
    boot_policy: BootPolicy | None = Field(
        None,
        alias="bootPolicy",
        description="How its boot is answered; null: as the organization's setting says.",
    )
    boot_interval_s: Natural | None = Field(
        None,
        alias="bootInterval",
        description="Seconds it is told with that answer: between heartbeats, or until it boots "
        "again where it is not accepted. Null: heartbeatInterval, or 60.",
    )
    allow_concurrent_transactions: bool = Field(
        True,
        alias="allowConcurrentTransactions",
        description="Whether a tag that already charges somewhere may charge here too.",
    )

    takeover: TakeoverPolicy = Field(
        "newest",
        description="Which connection stays where another comes under its name: the newest, or the "
        "oldest for as long as it answers a ping (the other is answered 409).",
    )
    allowed_addresses: Annotated[list[NetworkText], Field(max_length=100)] = Field(
        [],
        alias="allowedAddresses",
        description="Addresses and networks that it may come from; from others it is answered 403. "
        "None: from any. Behind a proxy it takes VOLTYARD_TRUSTED_PROXIES.",
    )

    def change(self) -> ChargerChange:
        """The fields that were sent."""
        sent = self.model_fields_set & set(ChargerChange.__struct_fields__)
        fields = {name: getattr(self, name) for name in sent}
        if "allowed_addresses" in fields:
            fields["allowed_addresses"] = tuple(fields["allowed_addresses"])
        return ChargerChange(**fields)


class RegisterChargerBody(ChargerChangeBody):
    """A charger to be. Its identity is what it puts at the end of its URL."""

    model_config = example(chargeBoxId=EXAMPLE_CHARGER, name="Bay A01", location="Depot north")

    charge_box_id: Identity = Field(alias="chargeBoxId")


_LOCKED: Final = (
    "Give it a password first (PATCH): its security profile asks for one. Then have the charger "
    "connect to this URL"
)


class ConnectionInstructions(BackendAnswer):
    """How the charger gets here."""

    message: str
    url: str
    protocol: str


class Connector(BackendAnswer):
    """The last status a connector reported."""

    connector_id: int = Field(serialization_alias="connectorId")
    evse_id: int = Field(serialization_alias="evseId")
    status: str
    error_code: str = Field(serialization_alias="errorCode")
    info: str | None
    updated_at: MomentOut = Field(serialization_alias="lastUpdated")


class ChargerSummary(BackendAnswer):
    """A charger in a list."""

    model_config = example(**_SUMMARY)

    id: str
    charge_box_id: BoxId
    name: str | None
    location: str | None
    status: ConnectionStatus
    is_online: bool = Field(serialization_alias="isOnline")
    vendor: str | None
    model: str | None
    version: str | None = Field(serialization_alias="ocppVersion")
    last_heartbeat: MomentOut = Field(serialization_alias="lastHeartbeat")
    connectors: list[Connector]


class ChargerAnswer(ChargerSummary):
    """All that is known of a charger."""

    model_config = example(**_DETAILS)

    serial_number: str | None = Field(
        serialization_alias="serialNumber", description="As it told at its last boot."
    )
    pinned_serial_number: str | None = Field(serialization_alias="pinnedSerialNumber")
    firmware_version: str | None = Field(serialization_alias="firmwareVersion")
    registered_at: MomentOut = Field(serialization_alias="registeredAt")
    registration: str
    """The last answer to a BootNotification."""
    last_seen: MomentOut = Field(serialization_alias="lastSeen")
    is_flapping: bool = Field(
        serialization_alias="isFlapping", description="It connects again and again."
    )
    recent_connections: int = Field(
        serialization_alias="recentConnections",
        description=f"Opened within the last {limits.FLAPPING_WITHIN_S:g} s; "
        f"from {limits.FLAPPING_CONNECTIONS} on it is flapping.",
    )
    security_profile: int = Field(serialization_alias="securityProfile")
    has_password: bool = Field(serialization_alias="hasPassword")
    connected_profile: int | None = Field(
        serialization_alias="connectedProfile",
        description="The security profile that fits what it has shown to open its link: 3 a "
        "certificate, 2 a password over TLS, 1 a password, 0 nothing; null while it is offline.",
    )
    validation: str | None
    boot_policy: str | None = Field(serialization_alias="bootPolicy")
    boot_interval_s: int | None = Field(serialization_alias="bootInterval")
    allow_concurrent_transactions: bool = Field(serialization_alias="allowConcurrentTransactions")
    takeover: TakeoverPolicy
    allowed_addresses: list[str] = Field(serialization_alias="allowedAddresses")
    connection_url: str = Field(serialization_alias="connectionUrl")


class RegisteredAnswer(ChargerAnswer):
    """A charger that may connect from now on."""

    model_config = example(**_NEW)

    instructions: ConnectionInstructions


class ChargerList(BackendAnswer):
    """Chargers in the order they were registered."""

    model_config = example(chargers=[_SUMMARY], pagination=EXAMPLE_PAGINATION)

    chargers: list[ChargerSummary]
    pagination: PaginationInfo


class ChargerDeletionAnswer(BackendAnswer):
    """Confirmation that a charger was deleted."""

    model_config = example(message="Charger deleted successfully", chargeBoxId=EXAMPLE_CHARGER)

    message: str
    charge_box_id: BoxId


@router.post("", status_code=201, summary="Register a charger", responses=error_responses(409))
async def register_charger(
    body: RegisterChargerBody, here: BackendDep, principal: Operator
) -> RegisteredAnswer:
    """Only registered chargers may connect; all others are refused before the upgrade (404)."""
    charger = await here.backend.register(
        principal.organization_id, body.charge_box_id, body.change()
    )
    url = here.connection_url(charger)
    return RegisteredAnswer.of_record(
        charger.row,
        **_details(here, charger),
        instructions=ConnectionInstructions(
            message=_LOCKED if charger.is_locked else "Have the charger connect to this URL",
            url=url,
            protocol="ocpp1.6",
        ),
    )


@router.get("", summary="List chargers")
async def list_registered_chargers(
    here: BackendDep,
    principal: Reader,
    part: PagingDep,
    status: Annotated[ConnectionStatus | None, Query(description="Only these.")] = None,
) -> ChargerList:
    """In the order they were registered, each with its connectors as it last reported them."""
    online = None if status is None else status == "online"
    page = await here.lists.chargers(principal.organization_id, online, part)
    return ChargerList(
        chargers=[ChargerSummary.of_record(one.row, **_beside(one)) for one in page.items],
        pagination=part.of(page.total),
    )


@router.get("/{chargeBoxId}", summary="One charger", responses=error_responses(404))
async def get_registered_charger(box: Box, here: BackendDep, principal: Reader) -> ChargerAnswer:
    """With its connectors, as it last reported them."""
    charger = here.backend.charger(principal.organization_id, box)
    return ChargerAnswer.of_record(charger.row, **_details(here, charger))


@router.patch("/{chargeBoxId}", summary="Change a charger", responses=error_responses(404))
async def update_registered_charger(
    box: Box, body: ChargerChangeBody, here: BackendDep, principal: Operator
) -> ChargerAnswer:
    """Only the fields that are sent. A password counts from the next connection on; it is stored
    here, not sent to the charger."""
    charger = await here.backend.update(principal.organization_id, box, body.change())
    return ChargerAnswer.of_record(charger.row, **_details(here, charger))


@router.delete("/{chargeBoxId}", summary="Delete a charger", responses=error_responses(404))
async def delete_registered_charger(
    box: Box, here: BackendDep, principal: Operator
) -> ChargerDeletionAnswer:
    """Its socket is closed, its identity is free; its history stays readable."""
    await here.backend.delete(principal.organization_id, box)
    return ChargerDeletionAnswer(message="Charger deleted successfully", charge_box_id=box)


def _beside(charger: ListedCharger) -> dict[str, Any]:
    """The fields of a summary that are not the row's."""
    return {
        "status": "online" if charger.online else "offline",
        "is_online": charger.online,
        "last_heartbeat": charger.last_heartbeat_at,
        "connectors": _connectors(charger),
    }


def _details(here: BackendContext, charger: RegisteredCharger) -> dict[str, Any]:
    """The fields of the whole answer that are not the row's."""
    row, now = charger.row, here.clock()
    return {
        **_beside(listed(charger)),
        "last_seen": charger.last_seen_at,
        "is_flapping": charger.is_flapping(now),
        "recent_connections": charger.connections(now),
        "has_password": row.password_hash is not None or row.next_password_hash is not None,
        "connected_profile": None if charger.session is None else charger.session.profile,
        "connection_url": here.connection_url(charger),
    }


def _connectors(charger: ListedCharger) -> list[Connector]:
    """Connectors of the EVSEs; EVSE 0, the charger as a whole, is none."""
    return [Connector.of_record(one) for one in charger.connectors if one.evse_id > 0]
