"""The reference of the API: /openapi.json for programs, /docs for people.

The page is made here, of HTML alone, since it must work without the internet, and what the
framework offers is loaded from a CDN.
"""

import asyncio
import gzip
import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Annotated, Final

from fastapi import APIRouter, Header, Response
from starlette.routing import BaseRoute

from voltyard.api.openapi import describe
from voltyard.api.reference.page import page
from voltyard.kernel.addressing.content_coding import takes_gzip

_HEADERS: Final = {
    "Cache-Control": "no-cache",
    "Vary": "Accept-Encoding",
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; "
    "base-uri 'none'; form-action 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


Coding = Annotated[str, Header(alias="Accept-Encoding")]


@dataclass(frozen=True)
class Document:
    """A document, plain and gzip'd; both are made once."""

    content: bytes
    gzipped: bytes
    media_type: str

    def answer(self, accept_encoding: str) -> Response:
        """The document in a coding that the client takes."""
        if not takes_gzip(accept_encoding):
            return Response(self.content, media_type=self.media_type, headers=_HEADERS)
        headers = _HEADERS | {"Content-Encoding": "gzip"}
        return Response(self.gzipped, media_type=self.media_type, headers=headers)


def _document(content: bytes, media_type: str) -> Document:
    return Document(content, gzip.compress(content, mtime=0), media_type)


class Reference:
    """The description and its page, made when first asked for."""

    def __init__(self, routes: Sequence[BaseRoute]) -> None:
        self._routes = routes
        self._making: asyncio.Lock = asyncio.Lock()
        self._made: tuple[Document, Document] | None = None

    async def description(self) -> Document:
        """The description as JSON."""
        return (await self._both())[0]

    async def page(self) -> Document:
        """The description as HTML."""
        return (await self._both())[1]

    async def _both(self) -> tuple[Document, Document]:
        async with self._making:
            if self._made is None:
                # It takes a second, in which chargers must not wait.
                self._made = await asyncio.to_thread(_make, self._routes)
        return self._made


def _make(routes: Sequence[BaseRoute]) -> tuple[Document, Document]:
    description = describe(routes)
    text, shown = json.dumps(description).encode(), page(description).encode()
    return _document(text, "application/json"), _document(shown, "text/html; charset=utf-8")


def reference_router(routes: Sequence[BaseRoute]) -> APIRouter:
    """/openapi.json, /docs and what that page loads; open to all."""
    router = APIRouter(include_in_schema=False)
    reference = Reference(routes)
    here = files(__name__)
    style = _document((here / "style.css").read_bytes(), "text/css; charset=utf-8")
    scripts = {
        name: _document((here / f"{name}.js").read_bytes(), "text/javascript; charset=utf-8")
        for name in ("search", "requests")
    }

    @router.get("/openapi.json")
    async def description(accept_encoding: Coding = "") -> Response:
        return (await reference.description()).answer(accept_encoding)

    @router.get("/docs")
    async def docs(accept_encoding: Coding = "") -> Response:
        return (await reference.page()).answer(accept_encoding)

    @router.get("/docs/style.css")
    async def stylesheet(accept_encoding: Coding = "") -> Response:
        return style.answer(accept_encoding)

    @router.get("/docs/search.js")
    async def search(accept_encoding: Coding = "") -> Response:
        return scripts["search"].answer(accept_encoding)

    @router.get("/docs/requests.js")
    async def requests(accept_encoding: Coding = "") -> Response:
        return scripts["requests"].answer(accept_encoding)

    return router
