"""Error responses of the gateway's operations, for the OpenAPI description."""

from typing import Any, Final

from voltyard.api.error_models import HttpErrorResponse, ValidationErrorResponse, error_response

_MEANINGS: Final[dict[int, tuple[str, str]]] = {
    400: (
        "The data is well-formed, and no charger can be like that.",
        "'CCS9' is not a known connector type",
    ),
    401: ("No key, or one that is not known.", "the key is not known, or has expired"),
    403: ("The key lacks the scope, or is not of X-Organization-Id.", "the key lacks the scope"),
    404: ("There is no such thing in this organization.", "there is no charger 'dep-123'"),
    409: (
        "It clashes with what exists, or the charger cannot take it now.",
        "the identity 'CP-TEST-001' is taken by another charger",
    ),
    429: (
        "The organization's settings allow fewer requests a minute.",
        "more than 600 requests within a minute",
    ),
    500: ("Something went wrong inside; the log has more.", "something went wrong inside"),
    503: ("It cannot be done now; try again later.", "the database does not keep up"),
    504: ("The charger has not answered in time.", "the charger has not answered within 30 s"),
}


def error_responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The `responses` of an operation that may fail with these, besides those that always may."""
    described: dict[int | str, dict[str, Any]] = {
        status: _described(status) for status in sorted({401, 403, 429, 500, *statuses})
    }
    invalid = error_response(
        ValidationErrorResponse,
        "The request is malformed, or fields are at fault.",
        {"detail": [{"field": "limit", "message": "must be at most 100"}]},
    )
    return {**described, 422: invalid}


def _described(status: int) -> dict[str, Any]:
    meaning, example = _MEANINGS[status]
    return error_response(HttpErrorResponse, meaning, {"detail": example})
