"""The gateway's HTTP surface, under /ocpp: simulated chargers on demand."""

from fastapi import APIRouter

from voltyard.api.gateway import (
    catalogue,
    chargers,
    commands,
    days,
    events,
    faults,
    locations,
    queued_commands,
)
from voltyard.api.gateway.logs import frames, traces
from voltyard.api.gateway.samples import power_history, summary
from voltyard.api.routers import joined


def gateway_router() -> APIRouter:
    """Every operation of the gateway; its routes find a `Yard` at `app.state.yard`."""
    return joined(
        summary.router,
        power_history.router,
        catalogue.router,
        chargers.router,
        faults.router,
        frames.router,
        traces.router,
        locations.router,
        days.router,
        queued_commands.router,
        commands.router,
        events.router,
    )
