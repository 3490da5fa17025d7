"""The ASGI app: the given routers behind one middleware, with one translation of errors."""

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import APIRouter, FastAPI

from voltyard import __version__
from voltyard.api import errors, openapi
from voltyard.api.access.audit_trail import AuditTrail
from voltyard.api.elsewhere.relay_gate import Elsewhere, RelayGate
from voltyard.api.health import health_router
from voltyard.api.middleware import RequestGate
from voltyard.api.reference import reference_router
from voltyard.api.routers import joined
from voltyard.organizations.key_cache import Keys
from voltyard.organizations.key_guesses import KeyGuesses
from voltyard.organizations.quotas import OrganizationQuotas
from voltyard.organizations.rates import Rates
from voltyard.ports.spans import NO_SPANS, Spans


def create_app(
    keys: Keys,
    routers: Sequence[APIRouter],
    state: Mapping[str, Any] | None = None,
    rates: Rates | None = None,
    guesses: KeyGuesses | None = None,
    trail: AuditTrail | None = None,
    quotas: OrganizationQuotas | None = None,
    spans: Spans = NO_SPANS,
    elsewhere: Elsewhere | None = None,
) -> FastAPI:
    """An app of these routers. `state` is what their dependencies find in `request.app.state`;
    without `rates` anybody may ask as often as they like, without `guesses` with any key, and
    without `trail` what they change is not noted. Answers tell what is left of `quotas`. `spans`
    are begun for those with a good key. What belongs `elsewhere` is carried out there, once it has
    passed the gate."""
    app = FastAPI(title=openapi.TITLE, version=__version__, openapi_url=None)
    for name, value in (state or {}).items():
        setattr(app.state, name, value)
    app.state.refused_keys = {} if guesses is None else guesses.counts
    if trail is not None:
        app.state.audit_log = trail.log
    errors.install(app)
    if elsewhere is not None:
        app.add_middleware(RelayGate, elsewhere=elsewhere)
    app.add_middleware(  # before the other one, as it was added later
        RequestGate,
        keys=keys,
        rates=rates,
        guesses=guesses,
        trail=trail,
        quotas=quotas,
        spans=spans,
    )
    parts = joined(health_router(), *routers)
    app.routes.extend([*parts.routes, *reference_router(parts.routes).routes])
    return app


def described(routers: Sequence[APIRouter]) -> dict[str, Any]:
    """The description of an app of these routers."""
    return openapi.describe(joined(health_router(), *routers).routes)
