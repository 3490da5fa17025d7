"""Translation of errors into HTTP, in the shape of the API that was asked.

Under /api/v1: {"success": false, "error": {"code", "message", "details"?, "request_id"}}; so too
under /files, where chargers come.
Everywhere else: {"detail": ...}, a text, or the list of fields at fault.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

import msgspec
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.routing import Match, Route
from starlette.types import Scope

from voltyard.kernel import errors, limits

BACKEND_PREFIX = "/api/v1"
CHARGERS_PREFIX = "/files/"
"""The path under which chargers bring and fetch files: the backend's, without a key."""

REQUEST_ID_HEADER = "X-Request-Id"
MAY_BE_ELSEWHERE: Final = "may_be_elsewhere"
"""Mark in the state of a scope: HeldElsewhere is not answered, but left to the edge (elsewhere)."""


@dataclass(frozen=True, slots=True)
class HttpError:
    """An error as it is answered: all that may be shown of it."""

    status: int
    code: str
    """As the backend's contract spells it."""
    message: str
    details: list[dict[str, Any]] = field(default_factory=list)
    headers: Mapping[str, str] = field(default_factory=dict)


# Subclasses come before what they derive from: the first that fits is taken.
STATUSES: Final[Sequence[tuple[type[errors.VoltyardError], int, str]]] = (
    (errors.Unauthorized, 401, "UNAUTHORIZED"),
    (errors.Forbidden, 403, "FORBIDDEN"),
    (errors.NotFound, 404, "NOT_FOUND"),
    (errors.Conflict, 409, "CONFLICT"),
    (errors.WrongState, 409, "CONFLICT"),
    (errors.Invalid, 400, "VALIDATION_ERROR"),
    (errors.TooOften, 429, "RATE_LIMIT_ERROR"),
    (errors.Overfull, 503, "SERVICE_UNAVAILABLE"),
    (errors.Unavailable, 503, "SERVICE_UNAVAILABLE"),
    (errors.HeldElsewhere, 503, "SERVICE_UNAVAILABLE"),
    (errors.NoAnswer, 504, "CHARGER_TIMEOUT"),
    (errors.OutcomeUnknown, 504, "OUTCOME_UNKNOWN"),
    (errors.PeerError, 502, "CHARGER_ERROR"),
)

_CODES: Final[Mapping[int, str]] = {
    400: "BAD_REQUEST",
    401: "UNAUTHORIZED",
    403: "FORBIDDEN",
    404: "NOT_FOUND",
    409: "CONFLICT",
    413: "CONTENT_TOO_LARGE",
    429: "RATE_LIMIT_ERROR",
    500: "INTERNAL_ERROR",
    503: "SERVICE_UNAVAILABLE",
}

TOO_LONG: Final = HttpError(
    413, _CODES[413], f"the body is longer than {limits.REST_BODY_BYTES} bytes"
)

INTERNAL: Final = HttpError(500, "INTERNAL_ERROR", "something went wrong inside; the log has more")


def of_error(error: errors.VoltyardError) -> HttpError:
    """One of the kernel's errors as seen from outside; one that is not listed is a bug."""
    for kind, status, code in STATUSES:
        if isinstance(error, kind):
            shown = msgspec.to_builtins(error.details, enc_hook=str)
            if "field" in shown:  # as where the framework finds a field at fault
                shown = {"field": shown.pop("field"), "message": error.message, **shown}
            details = [shown] if shown else []
            headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
            return HttpError(status, code, str(error), details, headers)
    return INTERNAL


def of_validation(error: RequestValidationError, *, backend: bool) -> HttpError:
    """Malformed JSON, or fields at fault."""
    found = error.errors()
    malformed = [one for one in found if one["type"] == "json_invalid"]
    if malformed:
        reason = str(malformed[0].get("ctx", {}).get("error", ""))
        message = "the body is not JSON" + (f": {reason}" if reason else "")
        return HttpError(400 if backend else 422, "BAD_REQUEST", message)
    details = [_fault(one) for one in found]
    names = ", ".join(dict.fromkeys(detail["field"] for detail in details))
    return HttpError(
        400 if backend else 422, "VALIDATION_ERROR", f"not acceptable: {names}", details
    )


def of_http(error: HTTPException, *, backend: bool) -> HttpError:
    """A refusal of the framework's own: unknown paths and methods, bodies that cannot be read."""
    status = error.status_code
    if status == 400 and error.__cause__ is not None:
        # Not UTF-8, nested too deep, a number without end: no JSON that anybody can read.
        return HttpError(400 if backend else 422, "BAD_REQUEST", "the body cannot be read as JSON")
    code = _CODES.get(status) or HTTPStatus(status).name
    return HttpError(status, code, str(error.detail), headers=error.headers or {})


def answer(problem: HttpError, *, path: str, request_id: str) -> JSONResponse:
    """The problem in the shape of the surface that was asked."""
    body: dict[str, Any]
    if has_backend_shape(path):
        error = {"code": problem.code, "message": problem.message}
        details = {"details": problem.details} if problem.details else {}
        body = {"success": False, "error": {**error, **details, "request_id": request_id}}
    elif problem.code == "VALIDATION_ERROR" and problem.status == 422:
        body = {"detail": problem.details}
    else:
        body = {"detail": _named(problem)}
    return JSONResponse(body, problem.status, headers=dict(problem.headers))


def _named(problem: HttpError) -> str:
    """The problem in one text, which names the field where the words themselves do not."""
    param = next((str(one["param"]) for one in problem.details if one.get("param")), None)
    if problem.status != 400 or param is None or param in problem.message:
        return problem.message
    return f"{param}: {problem.message}"


def is_backend(path: str) -> bool:
    """True where the path is the backend's."""
    return path == BACKEND_PREFIX or path.startswith(BACKEND_PREFIX + "/")


def has_backend_shape(path: str) -> bool:
    """True where errors have the backend's shape."""
    return is_backend(path) or path.startswith(CHARGERS_PREFIX)


def install(app: FastAPI) -> None:
    """Have the app answer errors this way. Unexpected ones are the gate's (api.middleware)."""

    async def known(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, errors.VoltyardError)
        problem = of_error(error)
        if problem is INTERNAL or _is_for_edge(error, request.scope):
            raise error
        return _answer(request, problem)

    async def invalid(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)
        return _answer(request, of_validation(error, backend=has_backend_shape(request.url.path)))

    async def refused(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HTTPException)
        if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            error.headers = {"Allow": ", ".join(_methods(app, request.scope))}
        return _answer(request, of_http(error, backend=has_backend_shape(request.url.path)))

    app.add_exception_handler(errors.VoltyardError, known)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, refused)


def _is_for_edge(error: Exception, scope: Scope) -> bool:
    """True where another process is to answer."""
    return isinstance(error, errors.HeldElsewhere) and MAY_BE_ELSEWHERE in scope.get("state", ())


def _methods(app: FastAPI, scope: Scope) -> list[str]:
    """Methods of the path, by all the routes that have it; the framework tells of one."""
    routes = [
        one
        for one in app.routes
        if isinstance(one, Route) and one.matches(scope)[0] is not Match.NONE
    ]
    # One route may have the path as it stands, and others with a name in the place of a part.
    exact = [one for one in routes if one.path == scope["path"]]
    return sorted({method for one in exact or routes for method in one.methods or ()})


def _answer(request: Request, problem: HttpError) -> JSONResponse:
    request_id = request.scope.get("state", {}).get("request_id", "")
    return answer(problem, path=request.url.path, request_id=request_id)


def _fault(one: Mapping[str, Any]) -> dict[str, Any]:
    """One field at fault, by its name in the body or query: `event.connector_id`, `limit`."""
    location = [str(part) for part in one["loc"]]
    if location and location[0] in ("body", "query", "path", "header"):
        location = location[1:] or location
    said = one["msg"].removeprefix("Value error, ")  # the library's words, not ours
    return {
        "field": ".".join(location),
        "message": said,
        "type": one["type"],
        "loc": list(one["loc"]),
        "msg": said,
    }
