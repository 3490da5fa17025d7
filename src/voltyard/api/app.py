"""The app: the routers it is given, behind one gate, with one translation of errors."""

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import APIRouter, FastAPI

from voltyard import __version__
from voltyard.api import description, errors
from voltyard.api.auth import Keys
from voltyard.api.gate import Gate
from voltyard.api.routers import joined

DESCRIPTION = """\
An EV-charging lab. Under `/ocpp`: the gateway, simulated chargers on demand. Under `/api/v1`: a
headless CSMS for any charger. A key is sent as `Authorization: Bearer <key>` or `X-API-Key: <key>`.
"""


def create_app(
    keys: Keys, routers: Sequence[APIRouter], state: Mapping[str, Any] | None = None
) -> FastAPI:
    """An app of these routers. `state` is what their dependencies find in `request.app.state`."""
    app = FastAPI(
        title="Voltyard",
        version=__version__,
        description=DESCRIPTION,
        docs_url="/docs",
        redoc_url=None,
    )
    for name, value in (state or {}).items():
        setattr(app.state, name, value)
    errors.install(app)
    description.install(app)
    app.add_middleware(Gate, keys=keys)
    app.routes.extend(joined(health_router(), *routers).routes)
    return app


def health_router() -> APIRouter:
    """`/health` needs no key and touches nothing: whoever gets an answer may begin."""
    router = APIRouter(tags=["server"])

    @router.get("/health", summary="Whether the server can serve")
    async def health() -> dict[str, str]:
        return {"status": "ok", "version": __version__}

    return router
