"""The gateway's HTTP surface, under /ocpp: simulated chargers on demand."""

from fastapi import APIRouter

from voltyard.api.gateway import (
    catalog,
    chargers,
    commands,
    days,
    events,
    faults,
    locations,
    logs,
    queued,
)
from voltyard.api.routers import joined


def gateway_router() -> APIRouter:
    """Every operation of the gateway; its routes find a `Lab` at `app.state.lab`."""
    return joined(
        catalog.router,
        chargers.router,
        faults.router,
        logs.router,
        locations.router,
        days.router,
        queued.router,
        commands.router,
        events.router,
    )
