"""Fields and schemas that several commands of a simulated charger have in common."""

from collections.abc import Mapping
from typing import Annotated, Any, Final

from msgspec import Struct

from voltyard.catalogue.charging_needs import VehicleNeeds, needs_of
from voltyard.catalogue.commands.declaration import BodyField, BodySchema
from voltyard.catalogue.vehicles import vehicle_of
from voltyard.kernel import limits
from voltyard.kernel.units import Amperes
from voltyard.physics.vehicle import Vehicle

LARGEST_INT: Final = 2**31 - 1
AN_ID_TAG: Final = "04A1B2C3D4E580"

IdTag = Annotated[str, BodyField(min_length=1, max_length=255)]
IdTokenType = Annotated[
    str | None,
    BodyField(
        min_length=1,
        max_length=20,
        description="OCPP 2.x: ISO14443, ISO15693, Central, ... Left out: the one that fits "
        "id_tag, ISO14443 for 8 or 14 hexadecimal characters, ISO15693 for 16, else Central.",
    ),
]
ItsVehicle = Annotated[
    Vehicle | None,
    BodyField(
        type=str | dict[str, Any],
        description="A name of the catalogue, or a description; left out: the charger's default.",
        read=vehicle_of,
    ),
]
ItsNeeds = Annotated[
    VehicleNeeds | None,
    BodyField(
        type=dict[str, Any],
        description="Charging needs that the vehicle tells (ISO 15118): energy_kwh, "
        "departure_time or departure_in_seconds, min_current_a, max_current_a, max_power_w, "
        "max_schedule_tuples, all of which may be left out. It negotiates a schedule before it "
        "charges (OCPP 2.x).",
        read=needs_of,
    ),
]
CableA = Annotated[
    Amperes | None,
    BodyField(
        gt=0,
        le=1_000,
        description="What its cable can carry in each phase, e.g. 20; left out: as much as the "
        "connector.",
    ),
]
ForSeconds = Annotated[float | None, BodyField(name="seconds", gt=0, le=limits.RECOVERY_S)]

A_CONNECTOR: Final = BodySchema(
    "ConnectorCommandEvent", "A connector.", {"evse_id": 2, "connector_id": 1}
)
CONNECTOR_BODY: Final = BodySchema("UnifiedConnectorRequest", "A command to a connector.")
NOTHING_MORE: Final = BodySchema("EmptyEvent", "Nothing needs to be said.")
PLAIN_BODY: Final = BodySchema("PlainCommandBody", "A command with nothing more to say.")
EMPTY_BODY: Final = BodySchema("EmptyCommandBody", "A command with nothing more to say.")


class ConnectorCommand(Struct, frozen=True, kw_only=True):
    """A command for one connector; in 1.6, connector n > 1 of EVSE 1 means connector n."""

    evse_id: Annotated[int, BodyField(ge=1, le=LARGEST_INT, is_shown=True)] = 1
    connector_id: Annotated[int, BodyField(ge=1, le=LARGEST_INT, is_shown=True)] = 1


class SessionCommand(ConnectorCommand, frozen=True, kw_only=True):
    """Likewise; where only a connector is named it is counted over the charger, each the first of
    its own EVSE."""

    evse_id: Annotated[int, BodyField(ge=1, le=LARGEST_INT)] = 1


def counted(body: Mapping[str, Any], read: dict[str, Any]) -> dict[str, Any]:
    """The arrangement of a SessionCommand."""
    if "evse_id" in body:
        return read
    return read | {"evse_id": body["connector_id"], "connector_id": 1}
