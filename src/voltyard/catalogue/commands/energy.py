"""Commands of energy: what the vehicle draws, and what it is offered."""

from typing import Annotated, ClassVar

from msgspec import Struct

from voltyard.catalogue.commands.declaration import BodyField, BodySchema, Rest
from voltyard.catalogue.commands.shared import A_CONNECTOR, CONNECTOR_BODY, ConnectorCommand


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
