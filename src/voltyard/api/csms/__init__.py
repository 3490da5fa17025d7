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
from voltyard.api.errors import BACKEND_PREFIX

__all__ = ["Csms", "csms_router"]

_ROUTERS = (
    chargers.router,
    commands.router,
    upkeep.router,
    transactions.router,
    history.router,
    settings.router,
    access.router,
)


def csms_router() -> APIRouter:
    """All of it; its routes find a `Csms` at `app.state.csms`."""
    router = APIRouter(prefix=BACKEND_PREFIX)
    for part in _ROUTERS:
        router.include_router(part)
    return router
