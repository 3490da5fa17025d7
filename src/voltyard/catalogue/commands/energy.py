"""Commands of energy: what the vehicle draws, and what it is offered."""

from typing import Annotated, ClassVar, Final, Literal

from msgspec import Struct

from voltyard.catalogue.commands.declaration import BodyField, BodySchema, Rest
from voltyard.catalogue.commands.shared import (
    A_CONNECTOR,
    CONNECTOR_BODY,
    LARGEST_INT,
    ConnectorCommand,
)


class EvRequestsEnergy(ConnectorCommand, frozen=True, kw_only=True, tag="ev_requests_energy"):
    """The vehicle draws again (or from the start)."""

    rest: ClassVar = Rest(
        path="ev-requests-energy",
        name="request_energy",
        summary="The vehicle draws",
        description="Charging, where a transaction runs.",
        event=A_CONNECTOR,
        body=CONNECTOR_BODY,
    )


class EvStopsEnergy(ConnectorCommand, frozen=True, kw_only=True, tag="ev_stops_energy"):
    """The vehicle stops drawing: SuspendedEV while in transaction."""

    rest: ClassVar = Rest(
        path="ev-stops-energy",
        name="stop_energy",
        summary="The vehicle stops drawing",
        description="SuspendedEV, where a transaction runs.",
        event=A_CONNECTOR,
        body=CONNECTOR_BODY,
    )


class PowerUpdate(ConnectorCommand, frozen=True, kw_only=True, tag="power_update"):
    """Set the power the EVSE offers, W; 0 suspends, None ends the override. At most its rating is
    offered."""

    rest: ClassVar = Rest(
        path="power-update",
        name="update_power",
        summary="Offer a power",
        description="In W; 0 suspends, and no more than its rating is offered. null ends what an "
        "earlier one has set.",
        event=BodySchema(
            "PowerUpdateCommandEvent",
            "How much is offered; null: as much as its rating.",
            {"power_w": 7400, "evse_id": 1, "connector_id": 1},
        ),
        body=BodySchema("PowerUpdateBody", "The power to offer."),
    )

    power_w: Annotated[float | None, BodyField(type=int, ge=0, le=10_000_000)]


Source = Annotated[
    str,
    BodyField(
        type=Literal["EMS", "SO", "Other"],
        description="Who limits: an energy management system, the grid's system operator, or "
        "another.",
    ),
]
Scope = Annotated[
    int, BodyField(ge=0, le=LARGEST_INT, description="0: the whole charger.", is_shown=True)
]
A_SOURCE: Final = {"source": "EMS", "evse_id": 0}


class SetExternalLimit(Struct, frozen=True, kw_only=True, tag="external_limit"):
    """Another system than the CSMS limits an EVSE or the whole charger (OCPP 2.0.1 K11, K12).
    Done: {charging_profile_id}."""

    rest: ClassVar = Rest(
        path="external-limit",
        name="set_external_limit",
        summary="Limit from outside",
        description="An energy management system or a grid operator limits the charger, past its "
        "CSMS, which is told (2.x: NotifyChargingLimit). It takes the place of what the same "
        "source has set there before.",
        event=BodySchema(
            "ExternalLimitEvent", "A limit, and who sets it.", A_SOURCE | {"limit": 7400}
        ),
        body=BodySchema("ExternalLimitBody", "A limit from outside."),
        result={"charging_profile_id": -1},
    )

    limit: Annotated[float, BodyField(ge=0, le=10_000_000)]
    unit: Annotated[
        str,
        BodyField(
            type=Literal["W", "A"],
            description="W: of all phases together; A: in each phase, AC alone.",
        ),
    ] = "W"
    source: Source = "EMS"
    evse_id: Scope = 0
    duration_s: Annotated[
        int | None,
        BodyField(
            name="duration_seconds",
            ge=1,
            le=31_536_000,
            description="It is lifted by itself after so long. Left out: by clear-external-limit.",
        ),
    ] = None
    is_grid_critical: bool | None = None


class ClearExternalLimit(Struct, frozen=True, kw_only=True, tag="clear_external_limit"):
    """A system lifts the limit that it has set there (OCPP 2.0.1 K13)."""

    rest: ClassVar = Rest(
        path="clear-external-limit",
        summary="Lift a limit from outside",
        description="The limit of that source at that place ends, and the CSMS is told (2.x: "
        "ClearedChargingLimit).",
        event=BodySchema("ClearExternalLimitEvent", "Who lifts which limit.", A_SOURCE),
        body=BodySchema("ClearExternalLimitBody", "A limit from outside to be lifted."),
    )

    source: Source = "EMS"
    evse_id: Scope = 0


class Share(Struct, frozen=True):
    """The power that the site grants one EVSE."""

    evse_id: int
    power_w: float


class SiteShare(Struct, frozen=True, kw_only=True, tag="site_share"):
    """Power the site grants to EVSEs; carried out at once. Done: {settles_s} until it is down."""

    rest: ClassVar = None

    shares: tuple[Share, ...] = ()
    holds: bool = False
    """The site has a limit: EVSEs that know of none get nothing until they are given a share."""
    frees: bool = False
    """The site has no limit any more: no EVSE has a share, whatever `shares` says."""
