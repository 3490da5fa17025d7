"""Error responses of the backend's operations, for the OpenAPI description."""

from typing import Any, Final

from voltyard.api.error_models import ErrorAnswer, error_response

_MEANINGS: Final[dict[int, tuple[str, str]]] = {
    400: ("VALIDATION_ERROR", "The request is malformed (BAD_REQUEST), or fields are at fault."),
    401: ("UNAUTHORIZED", "No key, or one that is not known."),
    403: ("FORBIDDEN", "The key lacks the scope, or is not of X-Organization-Id."),
    404: ("NOT_FOUND", "There is no such thing in the key's organization."),
    409: ("CONFLICT", "It clashes with what exists, or the charger was rejected at boot."),
    429: ("RATE_LIMIT_ERROR", "The organization's settings allow fewer requests a minute."),
    502: ("CHARGER_ERROR", "The charger answered with a CALLERROR; its code is in details."),
    503: (
        "SERVICE_UNAVAILABLE",
        "Nothing was sent: the charger is not connected, or its queue is full.",
    ),
    504: (
        "CHARGER_TIMEOUT",
        "The charger is connected and did not answer in time; or the command was sent, and the "
        "link went before the answer (OUTCOME_UNKNOWN). Either way it may have acted on it.",
    ),
}

_ALWAYS = (400, 401, 403, 429)

OF_A_CHARGER: Final = (404, 409, 502, 503, 504)
"""Beside those that are always possible: what a command to a charger may come to."""


def error_responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The `responses` of an operation that may fail with these, and those that are always
    possible."""
    return {status: _described(status) for status in sorted({*_ALWAYS, *statuses})}


def _described(status: int) -> dict[str, Any]:
    code, meaning = _MEANINGS[status]
    error = {"code": code, "message": meaning, "request_id": "req_4k2d8s1m0x7c9v3b"}
    example = {"success": False, "error": error}
    return error_response(ErrorAnswer, meaning, example)
