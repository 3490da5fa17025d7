"""REST of a server that stands by: it lives, is not ready, and does nothing else yet."""

from typing import Final

from fastapi import FastAPI, Request, Response

from voltyard import __version__
from voltyard.api import errors
from voltyard.api.health import ReadinessProblem, ReadinessResponse
from voltyard.kernel.errors import Unavailable
from voltyard.kernel.time import Instant, to_rfc3339

_MESSAGE: Final = "another server uses the database; this one takes over when that one ends"
_HINT: Final = "ask the server that is ready"
_METHODS: Final = ["GET", "POST", "PUT", "PATCH", "DELETE"]


def standby_app(since: Instant) -> FastAPI:
    """An app for as long as the server stands by, which it has done since then."""
    app = FastAPI(openapi_url=None)
    errors.install(app)

    @app.get("/health/live")
    async def get_liveness() -> dict[str, str]:
        return {"status": "ok", "version": __version__}

    @app.get("/health")
    @app.get("/health/ready")
    async def get_readiness(response: Response) -> ReadinessResponse:
        response.status_code = 503
        problem = ReadinessProblem(code="standby", message=_MESSAGE, since=to_rfc3339(since))
        return ReadinessResponse(status="unavailable", problems=[problem])

    @app.api_route("/{path:path}", methods=_METHODS)
    async def refuse(request: Request) -> Response:
        raise Unavailable(_MESSAGE, hint=_HINT)

    return app
