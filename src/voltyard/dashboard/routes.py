"""Serves the page at `/`. The page is a client of the API; there is no private door here."""

from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Annotated, Final

from fastapi import APIRouter, Header, Response
from fastapi.responses import HTMLResponse

from voltyard.kernel.addressing.content_coding import takes_gzip
from voltyard.kernel.errors import NotFound

_MEDIA_TYPES: Final = {
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}
_ASSETS: Final = "assets"
"""The folder whose files have a digest of their content in their names."""

_HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Vary": "Accept-Encoding",
}
_FOREVER: Final = "public, max-age=31536000, immutable"

_NOT_BUILT: Final = b"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Voltyard</title>
<h1>Voltyard runs, and its page is not built</h1>
<p>In a checkout, <code>make page</code> builds it (<code>make demo</code> does so by itself); then
start the server again. Releases have it.</p>
<p>Everything else works without it: <a href="/docs">the API</a>,
<a href="/openapi.json">its OpenAPI document</a>, <a href="/health">the server's health</a>.</p>
"""


@dataclass(frozen=True)
class PageFile:
    """A file of the page, plain and gzip'd (None where there is no such copy)."""

    content: bytes
    gzipped: bytes | None
    media_type: str


def dashboard_router(page: Traversable | None = None) -> APIRouter:
    """`/` and the files it loads: of `page`, a folder, or of the one built into the package."""
    router = APIRouter(tags=["server"])
    contents = _read(page or files("voltyard.dashboard") / "page")
    index_file = contents.pop("index.html", PageFile(_NOT_BUILT, None, _MEDIA_TYPES["html"]))

    @router.get("/", summary="The page", response_class=HTMLResponse)
    def get_page(
        accept_encoding: Annotated[str, Header(include_in_schema=False)] = "",
    ) -> Response:
        """The yard in a browser: live, and to be driven by hand; it asks for a key itself."""
        return _answer(index_file, accept_encoding, "no-cache")

    @router.get("/page/{path:path}", include_in_schema=False)
    def asset(path: str, accept_encoding: Annotated[str, Header()] = "") -> Response:
        if path not in contents:
            raise NotFound(f"there is no {path}")
        return _answer(contents[path], accept_encoding, _FOREVER)

    return router


def _read(page: Traversable) -> dict[str, PageFile]:
    """The files of a built page by path; empty where it was not built."""
    if not (page / "index.html").is_file():
        return {}
    found = {"index.html": _file(page, "index.html")}
    assets = page / _ASSETS
    for entry in assets.iterdir() if assets.is_dir() else ():
        if entry.name.rpartition(".")[2] in _MEDIA_TYPES:
            found[f"{_ASSETS}/{entry.name}"] = _file(assets, entry.name)
    return found


def _file(folder: Traversable, name: str) -> PageFile:
    copy = folder / f"{name}.gz"
    gzipped = copy.read_bytes() if copy.is_file() else None
    media_type = _MEDIA_TYPES[name.rpartition(".")[2]]
    return PageFile((folder / name).read_bytes(), gzipped, media_type)


def _answer(file: PageFile, accept_encoding: str, caching: str) -> Response:
    headers = _HEADERS | {"Cache-Control": caching}
    if file.gzipped is not None and takes_gzip(accept_encoding):
        headers["Content-Encoding"] = "gzip"
        return Response(file.gzipped, media_type=file.media_type, headers=headers)
    return Response(file.content, media_type=file.media_type, headers=headers)
