"""Errors have one shape in each half, and a request's id, on every path: walked, not listed."""

from collections.abc import AsyncIterator, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from tests.surface import description
from voltyard.api.app import create_app
from voltyard.api.csms import csms_router
from voltyard.api.errors import has_backend_shape, is_backend
from voltyard.api.gateway import gateway_router
from voltyard.kernel import limits
from voltyard.organizations.first_key import ensure_first_key
from voltyard.organizations.key_cache import Keys
from voltyard.organizations.rates import Rates
from voltyard.storage.database.database import Database
from voltyard.storage.organizations import StoredKeys

TOKEN = "a-token-that-was-given"
NOW = 1_770_732_000.0
FILES = "/api/v1/files"
"""Whose bodies are files, of another bound and no JSON."""
DEVICE_MODEL = "/ocpp/chargers/charger_id/device-model"
"""Whose body may be a list of anything, so far as its shape goes."""


@cache
def operations() -> list[tuple[str, str, bool]]:
    """(method, path, whether it has a body) of both halves."""
    paths = description()["paths"]
    return [
        (method.upper(), path.replace("{", "").replace("}", ""), "requestBody" in operation)
        for path, methods in paths.items()
        for method, operation in methods.items()
        if path.startswith(("/api/v1/", "/ocpp/"))
    ]


class _Backend:
    """What routes of the backend work with, of which nothing is asked for."""

    def called_at(self, host: str | None) -> "_Backend":
        return self


@pytest.fixture(autouse=True)
def logged() -> Iterator[list[Any]]:
    with capture_logs() as lines:
        yield lines
    assert lines == []  # nothing was unexpected


@pytest.fixture
async def keys(sqlite_directory: Path) -> AsyncIterator[Keys]:
    database = await Database.open(sqlite_directory)
    await ensure_first_key(StoredKeys(database), sqlite_directory, TOKEN, NOW)
    yield await Keys.load(StoredKeys(database), lambda: NOW)
    await database.close()


@pytest.fixture
async def client(keys: Keys) -> AsyncIterator[httpx.AsyncClient]:
    # Nothing here gets as far as what the routes work with.
    state = {"csms": _Backend(), "yard": object()}
    rates = Rates(lambda organization: None if organization == "org_default" else 1, lambda: NOW)
    app = create_app(keys, [csms_router(), gateway_router()], state, rates)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://yard") as client:
        yield client


def check(response: httpx.Response, path: str, statuses: set[int]) -> None:
    assert response.status_code in statuses, (response.request.method, path, response.text)
    assert response.headers["x-request-id"].startswith("req_")
    body = response.json()
    if has_backend_shape(path):
        assert set(body) == {"success", "error"} and body["success"] is False
        assert {"code", "message", "request_id"} <= set(body["error"])
        assert body["error"]["request_id"] == response.headers["x-request-id"]
    else:
        assert set(body) == {"detail"} and body["detail"]


def key(text: str = TOKEN) -> dict[str, str]:
    return {"X-API-Key": text}


async def test_401_without_a_key(client: httpx.AsyncClient) -> None:
    assert len(operations()) > 100
    for method, path, _ in operations():
        check(await client.request(method, path), path, {401})
        check(await client.request(method, path, headers=key("wrong")), path, {401})


async def test_403_without_the_scope(client: httpx.AsyncClient, keys: Keys) -> None:
    organization = keys.organizations()[0].id
    _, reader = await keys.add(organization, "reader", ["read"])
    for method, path, _ in operations():
        if method != "GET":
            check(await client.request(method, path, headers=key(reader)), path, {403})


async def test_404_and_405_where_nothing_is(client: httpx.AsyncClient) -> None:
    for _, path, _ in operations():
        check(await client.request("PROPFIND", path, headers=key()), path, {405})
        check(await client.get(f"{path}/no/where", headers=key()), path, {404, 405})


async def test_413_where_the_body_is_too_long(client: httpx.AsyncClient) -> None:
    long = b"[" * (limits.REST_BODY_BYTES + 1)
    for method, path, has_body in operations():
        if has_body and path != FILES:
            response = await client.request(method, path, content=long, headers=key())
            check(response, path, {413})


async def test_400_or_422_where_the_body_is_not_json(client: httpx.AsyncClient) -> None:
    for method, path, has_body in operations():
        if not has_body or path == FILES:
            continue
        expected = {400} if is_backend(path) else {422}
        for content, kind in (
            (b'{"a": ', "application/json"),
            (b"\xff\xfe", "application/json"),
            (b"[1]", "application/json"),
            (b"a=1", "application/x-www-form-urlencoded"),
        ):
            if path == DEVICE_MODEL and content == b"[1]":
                continue
            headers = key() | {"Content-Type": kind}
            response = await client.request(method, path, content=content, headers=headers)
            check(response, path, expected | {415})


async def test_429_beyond_the_bound(client: httpx.AsyncClient, keys: Keys) -> None:
    other = await keys.add_organization("other")
    _, theirs = await keys.add(other.id, "theirs", ["admin"])
    await client.get("/ocpp/nowhere", headers=key(theirs))
    for method, path, _ in operations():
        response = await client.request(method, path, headers=key(theirs))
        check(response, path, {429})
        assert response.headers["ratelimit-remaining"] == "0"
