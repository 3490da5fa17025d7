"""Health, readiness and Prometheus endpoints."""

from collections.abc import Mapping
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from voltyard import __version__
from voltyard.api.auth import Admin
from voltyard.api.error_models import HttpErrorResponse, error_response
from voltyard.kernel.time import to_rfc3339
from voltyard.vitals import Vitals

METRICS_PATH: Final = "/metrics"
METRICS_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

_HEALTHY: Final = {"status": "ok", "version": __version__}
_UNKNOWN: Final = {"detail": "the key is not known, or has expired"}
_FORBIDDEN: Final = {"detail": "the key lacks the scope admin"}
_NOT_READY: Final = {
    "status": "unavailable",
    "problems": [
        {
            "code": "database_fails",
            "message": "the database fails: database or disk is full",
            "since": "2026-02-10T14:00:00.000Z",
        }
    ],
}


class ReadinessProblem(BaseModel):
    """A problem that keeps the server from serving as it should."""

    code: str
    """database_fails, database_stalls, queue_full, disk_low, bus_gone or ending; of a node also
    server_silent or node_behind."""
    message: str
    since: str


class ReadinessResponse(BaseModel):
    """The readiness of the server for work, and the reasons against it."""

    status: str
    problems: list[ReadinessProblem]


def health_router() -> APIRouter:
    """`/health` and what is below it need no key."""
    router = APIRouter(tags=["server"])

    @router.get("/health", summary="Whether the server can serve", responses=_shown(200, _HEALTHY))
    async def get_health() -> dict[str, str]:
        """Answered without a key, as soon as the server can serve."""
        return dict(_HEALTHY)

    @router.get("/health/live", summary="Whether the server lives", responses=_shown(200, _HEALTHY))
    async def get_liveness() -> dict[str, str]:
        """Answered without a key, for as long as the process is worth keeping: what is wrong with
        the database or the disk would not be better after a restart."""
        return dict(_HEALTHY)

    @router.get(
        "/health/ready",
        summary="Whether the server should be sent work",
        responses={
            **_shown(200, {"status": "ok", "problems": []}),
            503: {
                "model": ReadinessResponse,
                **_example(_NOT_READY),
                "description": "It should not.",
            },
        },
    )
    async def get_readiness(request: Request, response: Response) -> ReadinessResponse:
        """503 while the database fails or stalls, the queue before it is full, the disk is all but
        full, or the bus is gone, at a node also while its server is silent or it goes by old
        settings, and once the server ends; `problems` says which, and since when. Needs no key."""
        vitals: Vitals = request.app.state.vitals
        problems = vitals.problems
        response.status_code = 503 if problems else 200
        return ReadinessResponse(
            status="unavailable" if problems else "ok",
            problems=[
                ReadinessProblem(code=one.code, message=one.message, since=to_rfc3339(one.since))
                for one in problems
            ],
        )

    @router.get(
        METRICS_PATH,
        summary="Figures for Prometheus",
        response_class=Response,
        responses={
            200: {"content": {METRICS_TYPE: {"example": "voltyard_links 2.0\n"}}},
            401: error_response(HttpErrorResponse, "No key, or one that is not known.", _UNKNOWN),
            403: error_response(HttpErrorResponse, "The key lacks the scope admin.", _FORBIDDEN),
        },
    )
    async def get_metrics(request: Request, principal: Admin) -> Response:
        """All organizations together, so the key needs the scope admin. There are as many series
        however many chargers there are."""
        # Its library would cost every start its time.
        from voltyard.api.metrics.exposition import metrics_text

        state = request.app.state
        text = metrics_text(
            state.vitals,
            state.database.writer,
            state.csms.backend,
            state.csms.webhooks,
            state.refused_keys,
            getattr(state, "yard", None),
        )
        return Response(text, media_type=METRICS_TYPE)

    return router


def _shown(status: int, example: Mapping[str, Any]) -> dict[int | str, dict[str, Any]]:
    return {status: _example(example)}


def _example(example: Mapping[str, Any]) -> dict[str, Any]:
    return {"content": {"application/json": {"example": dict(example)}}}
