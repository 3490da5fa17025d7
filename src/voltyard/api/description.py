"""The API's description of itself (OpenAPI 3.1), with what the framework does not know."""

from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from voltyard.api import errors, shapes
from voltyard.api.gate import is_gateway

_SCHEMES: Final = {
    "Bearer": {"type": "http", "scheme": "bearer"},
    "ApiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
}

# What the framework says of invalid requests; the backend answers them with 400, in its own shape.
_UNPROCESSABLE: Final = "422"
_FRAMEWORKS_OWN: Final = ("HTTPValidationError", "ValidationError")


def describe(app: FastAPI) -> dict[str, Any]:
    """The description of all of the app's routes."""
    found = get_openapi(
        title=app.title,
        version=app.version,
        description=app.description,
        routes=app.routes,
        openapi_version=app.openapi_version,
    )
    for path, methods in found["paths"].items():
        for operation in methods.values():
            if errors.is_backend(path):
                operation["responses"].pop(_UNPROCESSABLE, None)
            if errors.is_backend(path) or is_gateway(path):
                operation["security"] = [{scheme: []} for scheme in _SCHEMES]
    components = found.setdefault("components", {})
    components["securitySchemes"] = dict(_SCHEMES)
    components.setdefault("schemas", {}).update(shapes.schemas())
    _drop_unused(found, components["schemas"])
    return found


def install(app: FastAPI) -> None:
    """Have the app serve this description; it is made when it is first asked for."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = describe(app)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _drop_unused(found: dict[str, Any], schemas: dict[str, Any]) -> None:
    for name in _FRAMEWORKS_OWN:
        if name in schemas and f"#/components/schemas/{name}'" not in repr(found):
            del schemas[name]
