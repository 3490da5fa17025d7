"""Before any route: keys, organizations, bounds; after it: errors in the surface's own shape."""

import stat
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Annotated

import httpx
import pytest
from fastapi import APIRouter, Depends
from pydantic import BaseModel

from voltyard.api.app import create_app
from voltyard.api.auth import requires
from voltyard.kernel import errors, limits
from voltyard.organizations.first_key import ensure_first_key
from voltyard.organizations.key_cache import Keys
from voltyard.organizations.organization import DEFAULT_ORGANIZATION_ID
from voltyard.organizations.scopes import Principal
from voltyard.storage.database.database import Database
from voltyard.storage.organizations import StoredKeys

TOKEN = "a-token-that-was-given"
NOW = 1_770_732_000.0

Reader = Annotated[Principal, Depends(requires("read"))]
Operator = Annotated[Principal, Depends(requires("operate"))]


class Body(BaseModel):
    number: int


def routes_under(prefix: str) -> APIRouter:
    router = APIRouter(prefix=prefix)
    raising: dict[str, Callable[[], Exception]] = {
        "invalid": lambda: errors.Invalid("bad profile", param="limit"),
        "not-found": lambda: errors.NotFound("no charger X"),
        "conflict": lambda: errors.Conflict("taken"),
        "wrong-state": lambda: errors.WrongState("not now"),
        "not-connected": lambda: errors.NotConnected("charger X is not connected"),
        "overfull": lambda: errors.Overfull("full"),
        "no-answer": lambda: errors.NoAnswer("no answer within 30 s"),
        "peer-error": lambda: errors.PeerError("refused", code="NotSupported", description="no"),
        "bug": lambda: KeyError("a secret of the inside"),
        "unlisted": lambda: errors.VoltyardError("a secret of the inside"),
    }

    @router.get("/who")
    async def who(principal: Reader) -> dict[str, str]:
        return {"organization": principal.organization_id}

    @router.post("/numbers")
    async def number(body: Body, _: Operator) -> Body:
        return body

    @router.get("/raise/{name}")
    async def fail(name: str, _: Reader) -> None:
        raise raising[name]()

    return router


class Door:
    """The app over HTTP, and what is behind it."""

    def __init__(self, client: httpx.AsyncClient, keys: Keys, database: Database) -> None:
        self.client = client
        self.database = database
        self.keys = keys
        self.now = NOW

    async def get(self, path: str, **headers: str) -> httpx.Response:
        return await self.client.get(path, headers={"X-API-Key": TOKEN, **headers})

    async def post(self, path: str, content: str, key: str = TOKEN) -> httpx.Response:
        headers = {"X-API-Key": key, "Content-Type": "application/json"}
        return await self.client.post(path, content=content, headers=headers)


@pytest.fixture
async def door(sqlite_directory: Path) -> AsyncIterator[Door]:
    database = await Database.open(sqlite_directory)
    await ensure_first_key(StoredKeys(database), sqlite_directory, TOKEN, NOW)
    holder: list[Door] = []
    keys = await Keys.load(StoredKeys(database), lambda: holder[0].now)
    app = create_app(keys, [routes_under("/api/v1"), routes_under("/ocpp")])
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://lab") as client:
        holder.append(Door(client, keys, database))
        yield holder[0]
    await database.close()


def backend_error(response: httpx.Response) -> dict[str, object]:
    body = response.json()
    assert body["success"] is False
    assert body["error"]["request_id"] == response.headers["X-Request-Id"]
    return {name: value for name, value in body["error"].items() if name != "request_id"}


async def test_health_needs_no_key(door: Door) -> None:
    response = await door.client.get("/health")

    assert (response.status_code, response.json()["status"]) == (200, "ok")


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": f"Bearer {TOKEN}"},
        {"Authorization": f"bearer  {TOKEN}"},
        {"X-API-Key": TOKEN},
    ],
)
@pytest.mark.parametrize("prefix", ["/api/v1", "/ocpp"])
async def test_one_key_serves_both_headers_on_both_surfaces(
    door: Door, prefix: str, headers: dict[str, str]
) -> None:
    response = await door.client.get(f"{prefix}/who", headers=headers)

    assert response.json() == {"organization": DEFAULT_ORGANIZATION_ID}


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-API-Key": ""},
        {"X-API-Key": "wrong"},
        {"Authorization": "Bearer wrong"},
        {"Authorization": f"Basic {TOKEN}"},
        {"X-API-Key": "naïve".encode("latin-1").decode("latin-1")},
    ],
)
async def test_no_key_or_a_wrong_one_is_unauthorized(door: Door, headers: dict[str, str]) -> None:
    raw = {name: value.encode("latin-1") for name, value in headers.items()}
    backend = await door.client.get("/api/v1/who", headers=raw)
    gateway = await door.client.get("/ocpp/who", headers=raw)

    assert backend.status_code == gateway.status_code == 401
    assert backend_error(backend)["code"] == "UNAUTHORIZED"
    assert list(gateway.json()) == ["detail"]
    assert gateway.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("path", ["/api/v1/nowhere", "/ocpp/nowhere", "/api/v1", "/ocpp"])
async def test_unknown_paths_need_a_key_as_well(door: Door, path: str) -> None:
    assert (await door.client.get(path)).status_code == 401


async def test_a_malformed_body_without_a_key_is_unauthorized_first(door: Door) -> None:
    response = await door.post("/api/v1/numbers", "{", key="wrong")

    assert response.status_code == 401


async def test_a_key_without_the_scope_is_forbidden(door: Door) -> None:
    _, reader = await door.keys.add(DEFAULT_ORGANIZATION_ID, "reader", ["read"])

    allowed = await door.get("/api/v1/who", **{"X-API-Key": reader})
    backend = await door.post("/api/v1/numbers", '{"number": 1}', reader)
    gateway = await door.post("/ocpp/numbers", '{"number": 1}', reader)

    assert allowed.status_code == 200
    assert (backend.status_code, backend_error(backend)["code"]) == (403, "FORBIDDEN")
    assert (gateway.status_code, list(gateway.json())) == (403, ["detail"])


async def test_a_wider_scope_includes_the_narrower(door: Door) -> None:
    _, operator = await door.keys.add(DEFAULT_ORGANIZATION_ID, "operator", ["operate"])

    assert (await door.get("/api/v1/who", **{"X-API-Key": operator})).status_code == 200


async def test_a_key_works_until_it_expires(door: Door) -> None:
    _, text = await door.keys.add(DEFAULT_ORGANIZATION_ID, "short", ["read"], NOW + 10)

    before = await door.get("/ocpp/who", **{"X-API-Key": text})
    door.now += 10
    after = await door.get("/ocpp/who", **{"X-API-Key": text})

    assert (before.status_code, after.status_code) == (200, 401)


async def test_a_revoked_key_is_worthless_at_once(door: Door) -> None:
    key, text = await door.keys.add(DEFAULT_ORGANIZATION_ID, "short", ["read"])

    await door.keys.revoke(key.id)

    assert (await door.get("/ocpp/who", **{"X-API-Key": text})).status_code == 401


async def test_keys_outlive_the_process_that_made_them(door: Door, tmp_path: Path) -> None:
    _, text = await door.keys.add(DEFAULT_ORGANIZATION_ID, "kept", ["read"], NOW + 100)

    database = await Database.open(tmp_path)
    again = await Keys.load(StoredKeys(database), lambda: NOW)

    assert again.principal(text).organization_id == DEFAULT_ORGANIZATION_ID
    await database.close()


async def test_the_last_use_of_a_key_is_written_down(door: Door, tmp_path: Path) -> None:
    key, text = await door.keys.add(DEFAULT_ORGANIZATION_ID, "kept", ["read"])

    door.now += 5
    await door.get("/ocpp/who", **{"X-API-Key": text})

    database = door.database
    await database.flush()
    again = await Keys.load(StoredKeys(database), lambda: NOW)
    (found,) = [one for one in again.keys(DEFAULT_ORGANIZATION_ID) if one.id == key.id]
    assert found.last_used_at == NOW + 5


async def test_an_admin_key_chooses_an_organization_at_the_gateway(door: Door) -> None:
    other = await door.keys.add_organization("other")

    by_id = await door.get("/ocpp/who", **{"X-Organization-Id": other.id})
    by_name = await door.get("/ocpp/who", **{"X-Organization-Id": "other"})
    own = await door.get("/ocpp/who", **{"X-Organization-Id": "default"})
    unknown = await door.get("/ocpp/who", **{"X-Organization-Id": "org_nowhere"})

    assert by_id.json() == by_name.json() == {"organization": other.id}
    assert own.json() == {"organization": DEFAULT_ORGANIZATION_ID}
    assert unknown.status_code == 403


async def test_another_key_may_only_name_its_own_organization(door: Door) -> None:
    other = await door.keys.add_organization("other")
    _, text = await door.keys.add(other.id, "theirs", ["operate"])

    own = await door.get("/ocpp/who", **{"X-API-Key": text, "X-Organization-Id": other.id})
    foreign = await door.get(
        "/ocpp/who", **{"X-API-Key": text, "X-Organization-Id": DEFAULT_ORGANIZATION_ID}
    )
    unknown = await door.get("/ocpp/who", **{"X-API-Key": text, "X-Organization-Id": "nowhere"})

    assert own.json() == {"organization": other.id}
    assert (foreign.status_code, unknown.status_code) == (403, 403)


@pytest.mark.parametrize(
    ("name", "status", "code"),
    [
        ("invalid", 400, "VALIDATION_ERROR"),
        ("not-found", 404, "NOT_FOUND"),
        ("conflict", 409, "CONFLICT"),
        ("wrong-state", 409, "CONFLICT"),
        ("not-connected", 503, "SERVICE_UNAVAILABLE"),
        ("overfull", 503, "SERVICE_UNAVAILABLE"),
        ("no-answer", 504, "CHARGER_TIMEOUT"),
        ("peer-error", 502, "CHARGER_ERROR"),
        ("bug", 500, "INTERNAL_ERROR"),
        ("unlisted", 500, "INTERNAL_ERROR"),
    ],
)
async def test_each_error_has_its_status_and_code(
    door: Door, name: str, status: int, code: str
) -> None:
    backend = await door.get(f"/api/v1/raise/{name}")
    gateway = await door.get(f"/ocpp/raise/{name}")

    assert (backend.status_code, backend_error(backend)["code"]) == (status, code)
    assert gateway.status_code == status
    assert isinstance(gateway.json()["detail"], str)


@pytest.mark.parametrize("path", ["/api/v1/raise/bug", "/ocpp/raise/bug", "/api/v1/raise/unlisted"])
async def test_what_is_inside_stays_inside_and_is_logged(
    door: Door, path: str, logged: list[dict[str, object]]
) -> None:
    response = await door.get(path)

    assert "secret" not in response.text
    (line,) = logged
    assert line["event"] == "request_failed"
    assert line["request_id"] == response.headers["X-Request-Id"]
    assert "secret" in repr(line["exc_info"])


async def test_a_chargers_own_error_is_in_the_details(door: Door) -> None:
    error = backend_error(await door.get("/api/v1/raise/peer-error"))

    assert error["details"] == [{"code": "NotSupported", "description": "no"}]


async def test_fields_at_fault_are_named(door: Door) -> None:
    backend = await door.post("/api/v1/numbers", '{"number": "one"}')
    gateway = await door.post("/ocpp/numbers", '{"number": "one"}')

    error = backend_error(backend)
    assert (backend.status_code, error["code"]) == (400, "VALIDATION_ERROR")
    assert [detail["field"] for detail in error["details"]] == ["number"]
    assert gateway.status_code == 422
    assert gateway.json()["detail"][0]["loc"] == ["body", "number"]
    assert "input" not in gateway.json()["detail"][0]


async def test_malformed_json_is_said_to_be_that(door: Door) -> None:
    backend = await door.post("/api/v1/numbers", '{"number": ')
    gateway = await door.post("/ocpp/numbers", '{"number": ')

    assert (backend.status_code, backend_error(backend)["code"]) == (400, "BAD_REQUEST")
    assert gateway.status_code == 422
    assert "not JSON" in gateway.json()["detail"]


@pytest.mark.parametrize(
    "body", [b'{"number": "\xff"}', b"[" * 100_000, b'{"number": ' + b"9" * 5_000 + b"}"]
)
async def test_json_that_nobody_can_read_is_malformed_too(door: Door, body: bytes) -> None:
    backend = await door.post("/api/v1/numbers", body)
    gateway = await door.post("/ocpp/numbers", body)

    assert (backend.status_code, backend_error(backend)["code"]) == (400, "BAD_REQUEST")
    assert gateway.status_code == 422
    assert "JSON" in gateway.json()["detail"]


async def test_unknown_paths_and_methods_have_the_surfaces_shape(door: Door) -> None:
    backend = await door.get("/api/v1/nowhere")
    gateway = await door.get("/ocpp/nowhere")
    method = await door.get("/api/v1/numbers")

    assert (backend.status_code, backend_error(backend)["code"]) == (404, "NOT_FOUND")
    assert (gateway.status_code, list(gateway.json())) == (404, ["detail"])
    assert (method.status_code, backend_error(method)["code"]) == (405, "METHOD_NOT_ALLOWED")
    assert method.headers["Allow"] == "POST"


async def test_a_body_beyond_the_bound_is_refused(door: Door) -> None:
    long = '{"number": 1' + " " * limits.REST_BODY_BYTES + "}"

    async def in_pieces() -> AsyncIterator[bytes]:
        yield long.encode()

    declared = await door.post("/api/v1/numbers", long)
    chunked = await door.client.post(
        "/ocpp/numbers", content=in_pieces(), headers={"X-API-Key": TOKEN}
    )

    assert (declared.status_code, chunked.status_code) == (413, 413)
    assert "longer than" in chunked.json()["detail"]


async def test_the_first_key_is_made_once_and_kept_for_its_owner_only(tmp_path: Path) -> None:
    database = await Database.open(tmp_path)

    first = await ensure_first_key(StoredKeys(database), tmp_path, None, NOW)
    again = await ensure_first_key(StoredKeys(database), tmp_path, None, NOW)

    file = tmp_path / "token"
    assert (first.is_new, again.is_new, again.text) == (True, False, first.text)
    assert file.read_text().strip() == first.text
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    keys = await Keys.load(StoredKeys(database), lambda: NOW)
    assert keys.principal(first.text).is_admin
    await database.close()


async def test_another_token_takes_the_place_of_the_former(tmp_path: Path) -> None:
    database = await Database.open(tmp_path)
    await ensure_first_key(StoredKeys(database), tmp_path, "the-former-token", NOW)

    await ensure_first_key(StoredKeys(database), tmp_path, TOKEN, NOW)

    keys = await Keys.load(StoredKeys(database), lambda: NOW)
    assert keys.principal(TOKEN).is_admin
    with pytest.raises(errors.Unauthorized):
        keys.principal("the-former-token")
    assert not (tmp_path / "token").exists()
    await database.close()
