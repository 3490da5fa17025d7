"""The backend over REST, under /api/v1."""

from fastapi import APIRouter

from voltyard.api.csms import (
    access,
    chargers,
    charging,
    command_history,
    commands,
    events,
    files,
    history,
    id_tags,
    local_list,
    remote,
    reservations,
    security,
    settings,
    transactions,
    upkeep,
    violations,
    webhooks,
)
from voltyard.api.csms.context import Csms
from voltyard.api.routers import joined

__all__ = ["Csms", "csms_router"]


def csms_router() -> APIRouter:
    """All of it; its routes find a `Csms` at `app.state.csms`."""
    return joined(
        chargers.router,
        commands.router,
        upkeep.router,
        charging.router,
        security.router,
        local_list.router,
        reservations.router,
        remote.router,
        transactions.router,
        id_tags.router,
        files.router,
        files.chargers_router,
        history.router,
        violations.router,
        violations.organization_router,
        command_history.router,
        settings.router,
        events.router,
        webhooks.router,
        access.router,
    )
