"""The OpenAPI 3.1 description, completed beyond what FastAPI makes."""

from collections.abc import Sequence
from typing import Any, Final

from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute

from voltyard import __version__
from voltyard.api import error_models, errors
from voltyard.api.description.examples import add_examples
from voltyard.api.description.plain_schemas import make_plain
from voltyard.api.middleware import is_gateway
from voltyard.api.routers import ApiRoute

TITLE: Final = "Voltyard"

TEXT: Final = """\
An EV-charging lab. Under `/ocpp`: the gateway, simulated chargers on demand. Under `/api/v1`: a
headless CSMS for any charger. A key is sent as `Authorization: Bearer <key>` or `X-API-Key: <key>`.
"""

_SCHEMES: Final = {
    "Bearer": {"type": "http", "scheme": "bearer"},
    "ApiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
}

_ORGANIZATION: Final = {
    "name": "X-Organization-Id",
    "in": "header",
    "required": False,
    "description": "On behalf of which organization, by id or name. Only a key with the scope "
    "admin may name another than its own; what it may not name is 403, be there such or not.",
    "schema": {"type": "string"},
}

KEY_HEADER: Final = "Idempotency-Key"
REPLAYED_HEADER: Final = "Idempotency-Replayed"

_REPLAYED: Final = {
    "description": "`true` where the request was answered before under its key.",
    "schema": {"type": "string", "enum": ["true"]},
}

# What the framework says of invalid requests; the backend answers them with 400, in its own shape.
_UNPROCESSABLE: Final = "422"

_TOO_LONG: Final = "413"


def describe(routes: Sequence[BaseRoute]) -> dict[str, Any]:
    """The description of these routes."""
    found = get_openapi(
        title=TITLE, version=__version__, description=TEXT, routes=routes, openapi_version="3.1.0"
    )
    for path, methods in found["paths"].items():
        for operation in methods.values():
            _complete(path, operation)
    api_routes = [one for one in routes if isinstance(one, APIRoute) and one.include_in_schema]
    for route in api_routes:
        for method in route.methods or ():
            found["paths"][route.path_format][method.lower()]["operationId"] = route.name
    components = found.setdefault("components", {})
    components["securitySchemes"] = dict(_SCHEMES)
    components.setdefault("schemas", {}).update(error_models.schemas())
    add_examples(found)
    for route in api_routes:
        if isinstance(route, ApiRoute):
            for method in route.methods or ():
                _add_own_examples(route, found["paths"][route.path_format][method.lower()])
    make_plain(found)
    _drop_unused(found, components["schemas"])
    _drop_defaults_of_patches(found, components["schemas"])
    components["responses"] = _share_errors(found)
    return found


def _add_own_examples(route: ApiRoute, operation: dict[str, Any]) -> None:
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    for status, example in route.answer_examples(body.get("example")).items():
        operation["responses"][status]["content"]["application/json"]["example"] = example


def _complete(path: str, operation: dict[str, Any]) -> None:
    """Add what holds for every operation of its kind."""
    responses = operation["responses"]
    backend = errors.is_backend(path)
    if backend:
        responses.pop(_UNPROCESSABLE, None)
    if backend or is_gateway(path):
        operation["security"] = [{scheme: []} for scheme in _SCHEMES]
        operation.setdefault("parameters", []).append(dict(_ORGANIZATION))
    if any(one["name"] == KEY_HEADER for one in operation.get("parameters", ())):
        for status, response in responses.items():
            if status < "300":
                response.setdefault("headers", {})[REPLAYED_HEADER] = _REPLAYED
    if "requestBody" in operation:
        responses[_TOO_LONG] = _too_long(backend=backend)
    operation["responses"] = dict(sorted(responses.items()))


def _too_long(*, backend: bool) -> dict[str, Any]:
    said = errors.TOO_LONG
    meaning = f"{said.message[0].upper()}{said.message[1:]}."
    if not backend:
        return error_models.error_response(
            error_models.HttpErrorResponse, meaning, {"detail": said.message}
        )
    fault = {"code": said.code, "message": said.message, "request_id": "req_4k2d8s1m0x7c9v3b"}
    return error_models.error_response(
        error_models.ErrorAnswer, meaning, {"success": False, "error": fault}
    )


def _share_errors(found: dict[str, Any]) -> dict[str, Any]:
    """Put a reference in the place of each error that many operations describe alike; what is
    referred to."""
    shared: dict[str, Any] = {}
    for path, methods in found["paths"].items():
        surface = "Backend" if errors.is_backend(path) else "Gateway"
        for operation in methods.values():
            for status, response in operation["responses"].items():
                name = f"{surface}{status}"
                if status >= "400" and shared.setdefault(name, response) == response:
                    operation["responses"][status] = {"$ref": f"#/components/responses/{name}"}
    return dict(sorted(shared.items()))


def resolved(description: dict[str, Any], response: dict[str, Any]) -> dict[str, Any]:
    """An operation's response itself, where there may be a reference to it."""
    name = response.get("$ref", "").rpartition("/")[2]
    found: dict[str, Any] = description["components"]["responses"][name] if name else response
    return found


def _drop_unused(found: dict[str, Any], schemas: dict[str, Any]) -> None:
    """Of those that the framework puts in: its own errors, and enums that have another name."""
    while unused := schemas.keys() - _referred_to(found):
        for name in unused:
            del schemas[name]


def _drop_defaults_of_patches(found: dict[str, Any], schemas: dict[str, Any]) -> None:
    """Of the bodies of PATCH: what is absent stays as it is, whatever a model has in its place."""
    elsewhere: list[Any] = []
    bodies: list[Any] = []
    for methods in found["paths"].values():
        for method, operation in methods.items():
            body = operation.get("requestBody", {})
            (bodies if method == "patch" else elsewhere).append(body)
            elsewhere.append({**operation, "requestBody": {}})
    for name in _reachable(bodies, schemas) - _reachable(elsewhere, schemas):
        for field in schemas[name].get("properties", {}).values():
            field.pop("default", None)


def _reachable(part: Any, schemas: dict[str, Any]) -> set[str]:
    """The schemas that are referred to from there, or from one of those."""
    found: set[str] = set()
    new = _referred_to(part)
    while new := new - found:
        found |= new
        new = _referred_to([schemas[name] for name in new])
    return found


def _referred_to(part: Any) -> set[str]:
    if isinstance(part, list):
        return set().union(*map(_referred_to, part))
    if not isinstance(part, dict):
        return set()
    here = {part["$ref"].rpartition("/")[2]} if isinstance(part.get("$ref"), str) else set()
    return here.union(*map(_referred_to, part.values()))
