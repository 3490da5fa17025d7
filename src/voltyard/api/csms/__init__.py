"""The backend over REST, under /api/v1."""

from fastapi import APIRouter

from voltyard.api.csms import (
    access,
    chargers,
    commands,
    history,
    settings,
    transactions,
    upkeep,
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
        transactions.router,
        history.router,
        settings.router,
        access.router,
    )
