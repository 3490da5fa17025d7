"""Routers put together without being made again, and the two things that hold for every route of
the two APIs: no query parameter is ignored, and a name in a path may have any character in it."""

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any, Final
from urllib.parse import parse_qsl, unquote

from fastapi import APIRouter
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.types import Receive, Scope, Send

ENCODED: Final = "voltyard.encoded_path"
"""Mark of a scope whose path has names that are percent-encoded still."""
_NOT_DECODED: Final = re.compile(rb"%(25|2[fF])")


class ApiRoute(APIRoute):
    """A route of one of the APIs. A parameter of the query that it does not know is refused: a
    misspelt filter would else give everything, in silence."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.query_names = frozenset(_query_names(self.dependant))

    def answer_examples(self, body: Any) -> Mapping[str, Any]:
        """Examples of answers by status, where this operation's are other than its models'; `body`
        is the example of what is sent."""
        return {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle as the framework does. RequestValidationError for a parameter that is unknown."""
        if scope["query_string"] and scope["method"] in (self.methods or ()):
            self._check_query(scope["query_string"].decode("latin-1"))
        if ENCODED in scope:
            scope["path_params"] = _decoded(scope["path_params"])
        await super().handle(scope, receive, send)

    def _check_query(self, query: str) -> None:
        sent = dict.fromkeys(name for name, _ in parse_qsl(query, keep_blank_values=True))
        unknown = [name for name in sent if name not in self.query_names]
        if unknown:
            raise RequestValidationError(
                [
                    {"type": "extra_forbidden", "loc": ("query", name), "msg": self._said(name)}
                    for name in unknown
                ]
            )

    def _said(self, name: str) -> str:
        known = sorted(self.query_names)
        if not known:
            return "is no query parameter here: this operation has none"
        near = get_close_matches(name, known, n=1)
        meant = f"; did you mean {near[0]}?" if near else ""
        return f"is no query parameter here, where there are {', '.join(known)}{meant}"


def api_router(*, route_class: type[ApiRoute] = ApiRoute, **given: Any) -> APIRouter:
    """A router of one of the APIs."""
    return APIRouter(route_class=route_class, **given)


def joined(*routers: APIRouter) -> APIRouter:
    """One router with the very routes of these. `include_router` would analyse each anew, which
    doubled the time to the first answer; so each states its whole prefix itself."""
    one = APIRouter()
    for router in routers:
        one.routes.extend(router.routes)
    return one


def keep_slashes(scope: Scope) -> None:
    """Have a slash that was sent as %2F be a part of a name, not the end of one.

    The server has decoded the path by the time routes are looked for, and id tags may have slashes.
    Where there is one, the path is decoded anew but for %2F and %25; the route that is found
    decodes those, in the names it takes out of the path.
    """
    raw: bytes = scope.get("raw_path") or b""
    if b"%2F" in raw or b"%2f" in raw:
        scope["path"] = unquote(_NOT_DECODED.sub(rb"%25\1", raw).decode("latin-1"))
        scope[ENCODED] = True


def _decoded(names: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: unquote(value) if isinstance(value, str) else value for name, value in names.items()
    }


def _query_names(dependant: Dependant) -> Iterator[str]:
    """Names that are read of the query by a route, and by all that it depends on."""
    for field in dependant.query_params:
        yield field.alias
    for one in dependant.dependencies:
        yield from _query_names(one)
