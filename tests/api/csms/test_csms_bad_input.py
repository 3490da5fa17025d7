"""What cannot be, at every operation of the backend: each is refused with the field's name, reaches
no charger, and leaves everything as it was. Walked from the API's own description, not listed."""

import asyncio
import json
import re
import shutil
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests import postgres
from tests.api.bench import BOX, TOKEN, Lab, ScriptedCharger
from tests.api.conftest import House, alone
from tests.api.nodes_lab import nodes_lab
from tests.storage.contents import all_rows
from tests.surface import description
from voltyard.kernel import limits
from voltyard.storage.database.database import FILE_NAME

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
together = pytest.mark.asyncio(loop_scope="module")
"""In the loop of what they share."""

VALUES: Mapping[str, Any] = {
    "object": {"no": 1},
    "array": [["no"]],
    "string": "no such thing",
    "number": 17.5,
    "boolean": True,
    "null": None,
}
"""One of each JSON type."""
IDS = {
    "chargeBoxId": BOX,
    "idTag": "TAG-1",
    "messageId": "7",
    "reservationId": "7",
    "commandId": "cmd_none",
}
IDS["certificateId"] = "crt_none"
"""Of what there is; the rest is made."""


def resolved(schema: Any) -> Any:
    while "$ref" in schema:
        schema = description()["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    return schema


def variants(schema: Any) -> list[Any]:
    """The schemas that any of which will do."""
    schema = resolved(schema)
    inner = schema.get("anyOf") or schema.get("oneOf")
    if inner:
        return [one for each in inner for one in variants(each)]
    if not isinstance(said := schema.get("type"), list):
        return [schema]
    return [{"type": one} if one == "null" else {**schema, "type": one} for one in said]


def types(schema: Any) -> set[str]:
    """The JSON types that will do; empty: any."""
    found: set[str] = set()
    for one in variants(schema):
        said = one.get("type")
        if said is None and "enum" not in one and "const" not in one:
            return set()
        values = one.get("enum", [one["const"]] if "const" in one else [])
        found |= {said} if said else {"string" for value in values if isinstance(value, str)}
    return found


def wrong_values(schema: Any) -> Iterator[Any]:
    """Values that the schema does not take: of other types, and beyond its bounds."""
    taken = types(schema)
    if not taken:
        return
    for name, value in VALUES.items():
        if name not in taken:
            yield value
    for one in variants(schema):
        if "maxLength" in one:
            yield "x" * (one["maxLength"] + 1)
        if one.get("minLength"):
            yield "" if one["minLength"] == 1 else "x"
        if "enum" in one:
            yield "no such thing"
        if "maximum" in one:
            yield one["maximum"] + 1
        if "minimum" in one:
            yield one["minimum"] - 1
        if one.get("type") == "integer":
            yield "1"
            yield 10**400
        if one.get("type") == "string" and "enum" not in one:
            yield "a\0b"
            yield "a\ud800b"


def operations() -> list[tuple[str, str, Any]]:
    return [
        (method.upper(), path, operation)
        for path, methods in description()["paths"].items()
        for method, operation in methods.items()
        if path.startswith("/api/v1/")
    ]


def body_of(operation: Any) -> Any:
    """The schema of its JSON body; None where it has none."""
    content = operation.get("requestBody", {}).get("content", {})
    if "application/json" not in content:
        return None
    found = [one for one in variants(content["application/json"]["schema"]) if "properties" in one]
    return found[0] if found else None


BODIES = [
    pytest.param(method, path, schema, id=f"{method} {path.removeprefix('/api/v1')}")
    for method, path, operation in operations()
    if (schema := body_of(operation)) is not None
]


class Desk:
    """One who asks for what cannot be, where there is something of everything."""

    def __init__(self, lab: Lab, charger: ScriptedCharger, ids: Mapping[str, str]) -> None:
        self.lab = lab
        self.charger = charger
        self._ids = ids

    def url(self, path: str) -> str:
        return re.sub(r"\{(\w+)\}", lambda name: self._ids[name[1]], path)

    async def send(self, method: str, url: str, body: Any, kind: str = "application/json") -> Any:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"X-API-Key": TOKEN, "Content-Type": kind}
        async with asyncio.timeout(120):  # what is taken after all waits for its charger
            return await self.lab.client.request(method, url, content=content, headers=headers)

    async def refused(self, method: str, url: str, body: Any, field: str | None) -> None:
        """It is 400, and names that field."""
        response = await self.send(method, url, body)
        what = (method, url, str(body)[:300], response.text[:500])
        assert response.status_code == 400, what
        error = response.json()["error"]
        assert error["code"] == ("BAD_REQUEST" if field is None else "VALIDATION_ERROR"), what
        if field is not None:
            named = {detail["field"].split(".")[0] for detail in error["details"]}
            assert field in named, what
            assert field in error["message"], what

    async def everything(self) -> Any:
        """Every row of every table, and what the charger was asked."""
        return await self.lab.database.read(all_rows), list(self.charger.asked)


async def until_logged(lab: Lab, frames: int) -> None:
    """Frames are logged in batches."""
    async with asyncio.timeout(120):
        while True:
            logged = (await lab.get(f"/chargers/{BOX}/messages")).json()
            if logged["pagination"]["total"] >= frames:
                return
            await asyncio.sleep(0.01)


@pytest.fixture(
    scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.service)]
)
def lasting(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str | Path]:
    """`where`, for all tests of this file."""
    if request.param == "sqlite":
        directory = tmp_path_factory.mktemp("sqlite")
        shutil.copy(request.getfixturevalue("migrated_sqlite"), directory / FILE_NAME)
        yield directory
    else:
        url = request.getfixturevalue("migrated_postgres")
        yield url
        postgres.empty(url)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(
    lasting: str | Path, tmp_path_factory: pytest.TempPathFactory, house: House
) -> AsyncIterator[Desk]:
    """One for all tests, as none of them changes anything: alone, and with two nodes."""
    directory = tmp_path_factory.mktemp("desk")
    is_alone = isinstance(lasting, Path)
    made = alone(directory, lasting, house) if is_alone else nodes_lab(directory, lasting)
    async with made as lab:
        yield await opened(lab)


async def opened(lab: Lab) -> Desk:
    charger = await lab.connect("1.6", {})
    tag = (await lab.post("/id-tags", {"idTag": "TAG-1"})).json()
    # of what does not happen here: a delivery that is tried changes its row
    wanted = {"url": "http://127.0.0.1:9/", "events": ["charger.flapping"]}
    webhook = (await lab.post("/webhooks", wanted)).json()
    key = (await lab.post("/auth/api-keys", {"name": "a", "scopes": ["read"]})).json()
    organization = (await lab.post("/organizations", {"name": "theirs"})).json()
    tariff = (await lab.post("/tariffs", {"name": "Unused", "currency": "EUR"})).json()
    assert tag["idTag"] == "TAG-1"
    start = {"connectorId": 1, "idTag": "TAG-1", "meterStart": 0}
    started = await lab.call(
        charger, "StartTransaction", {**start, "timestamp": "2026-02-10T14:00:00Z"}
    )
    await until_logged(lab, 2)
    ids = {
        **IDS,
        "transactionId": str(started["transactionId"]),
        "webhookId": webhook["id"],
        "tariffId": tariff["id"],
        "keyId": key["id"],
        "organizationId": organization["id"],
    }
    return Desk(lab, charger, ids)


def test_every_body_is_known() -> None:
    assert len(BODIES) > 30
    for _, path, operation in operations():
        body = operation.get("requestBody")
        assert body is None or body_of(operation) is not None or path == "/api/v1/files"


@together
@pytest.mark.parametrize(("method", "path", "schema"), BODIES)
async def test_a_body_that_cannot_be_names_its_field_and_changes_nothing(
    desk: Desk, method: str, path: str, schema: Any
) -> None:
    url, good = desk.url(path), dict(schema.get("example", {}))
    before = await desk.everything()

    await desk.refused(method, url, {**good, "noSuchField": 1}, "noSuchField")
    for name in schema.get("required", []):
        await desk.refused(method, url, {k: v for k, v in good.items() if k != name}, name)
    tried = 0
    for name, one in schema["properties"].items():
        for value in wrong_values(one):
            await desk.refused(method, url, {**good, name: value}, name)
            tried += 1
    for value in ([good], "no", 17.5, True):
        await desk.refused(method, url, value, "body")
    await desk.refused(method, url, b'{"a": ', None)
    await desk.refused(method, url, b"\xff\xfe", None)

    assert tried >= 3
    assert await desk.everything() == before


@together
@pytest.mark.parametrize(("method", "path", "schema"), BODIES)
async def test_a_body_of_another_kind_or_beyond_the_bound_changes_nothing(
    desk: Desk, method: str, path: str, schema: Any
) -> None:
    url, good = desk.url(path), schema.get("example", {})
    before = await desk.everything()

    long = await desk.send(method, url, b"[" * (limits.REST_BODY_BYTES + 1))
    form = await desk.send(method, url, b"a=1", "application/x-www-form-urlencoded")
    text = await desk.send(method, url, json.dumps(good).encode(), "text/plain")

    assert [one.status_code for one in (long, form, text)] == [413, 400, 400]
    for one in (form, text):
        error = one.json()["error"]
        assert [detail["field"] for detail in error["details"]] == ["body"], one.text
    assert await desk.everything() == before


@together
@pytest.mark.parametrize(
    ("method", "path", "operation"),
    [
        pytest.param(*one, id=f"{one[0]} {one[1].removeprefix('/api/v1')}")
        for one in operations()
        if "{" in one[1] and "/files/" not in one[1]
    ],
)
async def test_an_id_that_nobody_has_is_404_and_named(
    desk: Desk, method: str, path: str, operation: Any
) -> None:
    schema = body_of(operation)
    good = None if schema is None else schema.get("example", {})
    before = await desk.everything()
    if path.endswith("/reservations/{reservationId}"):
        path = path.replace("{reservationId}", "7")  # the charger's to know, not ours
    path = path.replace("{messageId}", "7")  # likewise
    for name in re.findall(r"\{(\w+)\}", path):
        unknown = desk.url(path.replace(f"{{{name}}}", "987654"))

        response = await desk.lab.client.request(
            method, unknown, json=good, headers={"X-API-Key": TOKEN}
        )

        assert response.status_code == 404, (method, unknown, response.text)
        assert "987654" in response.json()["error"]["message"], response.text
    assert await desk.everything() == before


@together
@pytest.mark.parametrize(
    ("method", "path", "operation"),
    [
        pytest.param(*one, id=f"{one[0]} {one[1].removeprefix('/api/v1')}")
        for one in operations()
        if any(each["in"] == "query" for each in one[2].get("parameters", []))
        and "/files" not in one[1]
    ],
)
async def test_a_query_that_cannot_be_names_its_field_and_changes_nothing(
    desk: Desk, method: str, path: str, operation: Any
) -> None:
    schema = body_of(operation)
    good = None if schema is None else schema.get("example", {})
    before = await desk.everything()
    for one in operation["parameters"]:
        if one["in"] != "query":
            continue
        values = []
        for each in variants(one["schema"]):
            if each.get("type") in ("integer", "number", "boolean") or "enum" in each:
                values.append("no-such-thing")
            if "maximum" in each:
                values.append(str(each["maximum"] + 1))
            if "minimum" in each:
                values.append(str(each["minimum"] - 1))
            if each.get("format") == "date-time":
                values.append("yesterday")
        if any(each.get("type") == "string" for each in variants(one["schema"])) and not any(
            "enum" in each or "format" in each for each in variants(one["schema"])
        ):
            values = []
        for value in values:
            response = await desk.lab.client.request(
                method,
                desk.url(path),
                params={one["name"]: value},
                json=good,
                headers={"X-API-Key": TOKEN},
            )
            assert response.status_code == 400, (one["name"], value, response.text[:500])
            details = response.json()["error"]["details"]
            assert [detail["field"].split(".")[0] for detail in details] == [one["name"]]
    assert await desk.everything() == before
