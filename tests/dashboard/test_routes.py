"""The page at `/`: open to all, with nothing secret in it, and of use where it was not built."""

import gzip
from pathlib import Path
from typing import cast

import httpx
import pytest
from fastapi import FastAPI

from voltyard.api import errors
from voltyard.api.app import create_app
from voltyard.dashboard.routes import dashboard_router
from voltyard.organizations.key_cache import Keys
from voltyard.server.server import routers

SCRIPT = b"export const page = 1;\n" * 20


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """A page as the build leaves it: an index, assets, and gzip'd copies of them."""
    (tmp_path / "assets").mkdir()
    files = {"index.html": b"<!doctype html>", "assets/page-1a2b.js": SCRIPT}
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
        (tmp_path / f"{name}.gz").write_bytes(gzip.compress(content))
    (tmp_path / "assets" / "notes.txt").write_text("no part of it")
    (tmp_path / ".made-from").write_text("digest")
    return tmp_path


def visitor(page: Path) -> httpx.AsyncClient:
    app = FastAPI()
    errors.install(app)
    app.include_router(dashboard_router(page))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://page")


async def test_the_page_needs_no_key_and_is_asked_for_anew_each_time(built: Path) -> None:
    answer = await visitor(built).get("/")

    assert answer.status_code == 200
    assert answer.text == "<!doctype html>"
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"


async def test_it_may_load_what_is_served_with_it_and_nothing_else(built: Path) -> None:
    policy = (await visitor(built).get("/")).headers["content-security-policy"]

    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == rules["style-src"] == rules["connect-src"] == "'self'"
    assert rules["frame-ancestors"] == rules["base-uri"] == rules["form-action"] == "'none'"
    assert "unsafe" not in policy and "http" not in policy


async def test_its_files_are_named_after_their_content_and_kept_for_ever(built: Path) -> None:
    answer = await visitor(built).get("/page/assets/page-1a2b.js")

    assert answer.content == SCRIPT
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip, deflate, br", "gzip"),
        ("*", "gzip"),
        ("br, GZIP;q=0.5", "gzip"),
        ("identity", None),
        ("gzip;q=0", None),
        ("gzip; q=0.0, identity", None),
    ],
)
async def test_what_was_compressed_goes_to_those_who_take_it(
    built: Path, accepted: str, coding: str | None
) -> None:
    headers = {"Accept-Encoding": accepted}
    answer = await visitor(built).get("/page/assets/page-1a2b.js", headers=headers)

    assert answer.headers.get("content-encoding") == coding
    assert answer.headers["vary"] == "Accept-Encoding"
    assert answer.content == SCRIPT


@pytest.mark.parametrize(
    "path",
    [
        "assets/nothing.js",
        "assets/notes.txt",
        "assets/page-1a2b.js.gz",
        "index.html",
        ".made-from",
        "..%2Froutes.py",
        "assets/..%2F..%2Froutes.py",
        "%2Fetc%2Fpasswd",
        "",
    ],
)
async def test_what_is_no_part_of_the_page_is_not_found(built: Path, path: str) -> None:
    answer = await visitor(built).get(f"/page/{path}")

    assert answer.status_code == 404
    assert set(answer.json()) == {"detail"}


async def test_a_page_that_was_not_built_says_how_to_build_it(tmp_path: Path) -> None:
    answer = await visitor(tmp_path).get("/")

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "make page" in answer.text
    assert (await visitor(tmp_path).get("/page/assets/page-1a2b.js")).status_code == 404


async def test_the_page_and_what_it_leads_to_need_no_key() -> None:
    app = create_app(cast(Keys, None), routers())
    visitor = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://page")

    answers = {path: await visitor.get(path) for path in ("/", "/docs", "/openapi.json")}

    assert {path: one.status_code for path, one in answers.items()} == dict.fromkeys(answers, 200)
