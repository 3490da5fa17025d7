"""Serves the page at `/`. The page is a client of the API; there is no private door here."""

from importlib.resources import files

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse

from voltyard.kernel.errors import NotFound

_FILES = {
    "index.html": "text/html; charset=utf-8",
    "style.css": "text/css; charset=utf-8",
    "yard.js": "text/javascript; charset=utf-8",
}
_HEADERS = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data:; style-src 'self'; "
        "frame-ancestors 'none'; base-uri 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def dashboard_router() -> APIRouter:
    """`/` and the files it loads."""
    router = APIRouter(tags=["server"])
    page = files("voltyard.dashboard") / "page"
    contents = {name: (page / name).read_bytes() for name in _FILES}

    @router.get("/", summary="The page", response_class=HTMLResponse)
    def index() -> Response:
        """What the yard is doing, in a browser; it asks for a key itself."""
        return _file("index.html")

    @router.get("/page/{name}", include_in_schema=False)
    def asset(name: str) -> Response:
        if name not in contents:
            raise NotFound(f"there is no {name}")
        return _file(name)

    def _file(name: str) -> Response:
        return Response(contents[name], media_type=_FILES[name], headers=_HEADERS)

    return router
