"""The reference of the API: /openapi.json for programs, /docs for people.

The page is made here, of HTML alone, since it must work without the internet, and what the
framework offers is loaded from a CDN.
"""

import asyncio
import json
from collections.abc import Sequence
from importlib.resources import files
from typing import Final

from fastapi import APIRouter, Response
from starlette.routing import BaseRoute

from voltyard.api.openapi import describe
from voltyard.api.reference.page import page

_HEADERS: Final = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; "
    "base-uri 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class Reference:
    """The description and its page, made when first asked for."""

    def __init__(self, routes: Sequence[BaseRoute]) -> None:
        self._routes = routes
        self._making: asyncio.Lock = asyncio.Lock()
        self._made: tuple[bytes, bytes] | None = None

    async def description(self) -> bytes:
        """The description as JSON."""
        return (await self._both())[0]

    async def page(self) -> bytes:
        """The description as HTML."""
        return (await self._both())[1]

    async def _both(self) -> tuple[bytes, bytes]:
        async with self._making:
            if self._made is None:
                # It takes a second, in which chargers must not wait.
                self._made = await asyncio.to_thread(_make, self._routes)
        return self._made


def _make(routes: Sequence[BaseRoute]) -> tuple[bytes, bytes]:
    description = describe(routes)
    return json.dumps(description).encode(), page(description).encode()


def reference_router(routes: Sequence[BaseRoute]) -> APIRouter:
    """/openapi.json, /docs and what that page loads; open to all."""
    router = APIRouter(include_in_schema=False)
    reference = Reference(routes)
    here = files(__name__)
    style, script = (here / "style.css").read_bytes(), (here / "search.js").read_bytes()

    @router.get("/openapi.json")
    async def description() -> Response:
        return Response(await reference.description(), media_type="application/json")

    @router.get("/docs")
    async def docs() -> Response:
        content = await reference.page()
        return Response(content, media_type="text/html; charset=utf-8", headers=_HEADERS)

    @router.get("/docs/style.css")
    async def stylesheet() -> Response:
        return Response(style, media_type="text/css; charset=utf-8", headers=_HEADERS)

    @router.get("/docs/search.js")
    async def search() -> Response:
        return Response(script, media_type="text/javascript; charset=utf-8", headers=_HEADERS)

    return router
