"""The description of the whole surface: complete, fresh, and a page that needs nobody else."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, cast

import httpx
import jsonschema_rs
import pytest
from fastapi import FastAPI
from pydantic import ValidationError

from tests.surface import description
from voltyard.api.app import create_app
from voltyard.api.gateway.queued_commands import OPERATIONS, Operation
from voltyard.api.openapi import resolved
from voltyard.csms.commands.commands import COMMANDS
from voltyard.organizations.key_cache import Keys
from voltyard.server import routers
from voltyard.testing.processes import ServerProcess

OPEN_TO_ALL = {"/", "/health", "/health/live", "/health/ready"}
PLUG = next(one for one in OPERATIONS if one.event_type == "plug")


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in description()["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


ALL = [pytest.param(path, operation, id=f"{m} {path}") for m, path, operation in operations()]


def contents(operation: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Whose, and the JSON of the body and of every answer."""
    holders = {"body": operation.get("requestBody", {})}
    for status, response in operation["responses"].items():
        holders[status] = resolved(description(), response)
    for name, holder in holders.items():
        if "application/json" in holder.get("content", {}):
            yield name, holder["content"]["application/json"]


@cache
def validator_of(schema: str) -> Any:
    """Of a schema as JSON text; operations share most."""
    components = description()["components"]
    return jsonschema_rs.validator_for({**json.loads(schema), "components": components})


@pytest.mark.parametrize(("path", "operation"), ALL)
def test_an_operation_says_what_it_does_and_what_may_go_wrong(
    path: str, operation: dict[str, Any]
) -> None:
    assert operation["summary"] and operation["description"] and operation["tags"]
    errors = {status for status in operation["responses"] if status >= "400"}
    assert path in OPEN_TO_ALL or {"401", "403"} <= errors
    assert ("requestBody" in operation) <= ("413" in errors)
    for response in operation["responses"].values():
        assert resolved(description(), response)["description"]


@pytest.mark.parametrize(("path", "operation"), ALL)
def test_an_operation_has_an_example_of_its_body_and_of_every_answer(
    path: str, operation: dict[str, Any]
) -> None:
    for name, content in contents(operation):
        assert "example" in content, f"give {name} of {path} an example, in its model"
        validator = validator_of(json.dumps(content["schema"]))
        faults = [fault.message for fault in validator.iter_errors(content["example"])]
        assert faults == [], name


ALIKE: list[set[str]] = [
    {
        "POST /ocpp/chargers/{charger_id}/reset-charger",
        "POST /ocpp/chargers/{charger_id}/restart-charger",
    },
    {"POST /api/v1/chargers/{chargeBoxId}/remote-start", "POST /api/v1/transactions/start"},
]
"""Operations that change something, and answer alike."""


def test_the_example_of_an_answer_is_about_its_operation() -> None:
    answered: dict[str, set[str]] = {}
    for method, path, operation in operations():
        for name, content in contents(operation):
            # What is made, and what is changed, may both be answered by the thing as it is then.
            is_thing = method in ("PUT", "PATCH") or name == "201"
            if method != "GET" and name.startswith("2") and not is_thing:
                example = json.dumps(content["example"], sort_keys=True)
                answered.setdefault(example, set()).add(f"{method} {path}")

    assert [alike for alike in answered.values() if len(alike) > 1 and alike not in ALIKE] == []


@pytest.mark.parametrize("queued", OPERATIONS, ids=lambda one: one.path)
def test_the_example_of_a_queued_command_is_what_its_body_asks_for(queued: Operation) -> None:
    operation = description()["paths"][f"/ocpp/commands/{queued.path}"]["post"]
    example = dict(contents(operation))

    [one] = example["202"]["example"]["results"]
    assert one["command"]["event_type"] == queued.event_type
    assert example["body"]["example"]["event"].items() <= one["command"]["payload"].items()


def test_the_example_of_a_begun_command_has_its_name() -> None:
    names = [
        content["example"]["command"]
        for _, _, operation in operations()
        for name, content in contents(operation)
        if name == "202" and content["schema"].get("$ref", "").endswith("/Begun")
    ]

    assert len(names) == len(set(names)) > 20
    assert set(names) <= {kind.__struct_config__.tag for kind in COMMANDS}


def test_names_in_the_description_tell_nothing_of_our_modules() -> None:
    assert "voltyard__" not in json.dumps(description())


@cache
def app() -> FastAPI:
    """Of every route; describing them takes seconds."""
    return create_app(cast(Keys, None), routers())


@pytest.fixture
async def client() -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app()), base_url="http://lab")


async def test_the_committed_description_is_what_the_routes_say_and_served_without_a_key(
    client: httpx.AsyncClient,
) -> None:
    assert (await client.get("/openapi.json")).json() == description()


async def test_the_page_shows_every_operation_and_loads_from_nowhere_else(
    client: httpx.AsyncClient,
) -> None:
    page = await client.get("/docs")

    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert page.headers["Content-Security-Policy"].startswith("default-src 'self'")
    for _, _, operation in operations():
        assert f'<article id="{operation["operationId"]}">' in page.text
    loaded = re.findall(r'(?:src|rel="stylesheet" href)="([^"]+)"', page.text)
    assert sorted(loaded) == ["/docs/search.js", "/docs/style.css"]
    for path in loaded:
        assert (await client.get(path)).status_code == 200


@pytest.mark.service
def test_a_browser_shows_the_page_and_asks_nobody_else_for_anything(tmp_path: Path) -> None:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        if os.environ.get("CI"):
            pytest.fail("chromium is not installed")
        pytest.skip("chromium is not installed")
    log = tmp_path / "net.json"
    with ServerProcess(tmp_path / "data", "a-key") as server:
        command = [
            chromium,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            f"--user-data-dir={tmp_path / 'profile'}",
            "--enable-logging=stderr",
            f"--log-net-log={log}",
            "--virtual-time-budget=5000",
            "--dump-dom",
            f"{server.url}/docs",
        ]
        run = subprocess.run(command, capture_output=True, text=True, timeout=50, check=True)

    assert f"{len(ALL)} operations" in run.stdout
    assert run.stdout.count("<article") == len(ALL)
    asked = set(re.findall(r'"url":"(https?://[^"]+)"', log.read_text()))
    ours = {server.url + path for path in ("/docs", "/docs/style.css", "/docs/search.js")}
    assert ours <= asked  # and what the browser asks of its maker by itself
    assert "Content Security Policy" not in run.stderr, "the page asked somebody else"


TARGETS = [
    ({"charger_id": "CP-1"}, True),
    ({"charger_id": "CP-1", "location_id": None, "charger_ids": None}, True),
    ({"location_id": "L"}, True),
    ({"location_id": "L", "charger_ids": ["CP-1"]}, True),
    ({}, False),
    ({"charger_id": None}, False),
    ({"charger_ids": ["CP-1"]}, False),
    ({"charger_id": "CP-1", "location_id": "L"}, False),
    ({"charger_id": "CP-1", "charger_ids": ["CP-2"]}, False),
    ({"location_id": "L", "charger_ids": []}, False),
]
PACED = {"pacing": {"mode": "rolling", "at_once": 1}}


@pytest.mark.parametrize(
    ("body", "fits"),
    [
        *(({"target": target}, fits) for target, fits in TARGETS),
        ({"target": {"location_id": "L"}, **PACED}, True),
        ({"target": {"charger_id": "CP-1"}, "pacing": None}, True),
        ({"target": {"charger_id": "CP-1"}, **PACED}, False),
    ],
)
def test_the_description_knows_which_targets_the_gateway_takes(body: Any, fits: bool) -> None:
    schemas = description()["components"]
    schema = {"$ref": "#/components/schemas/PlugBody", "components": schemas}

    assert jsonschema_rs.validator_for(schema).is_valid(body) is fits
    if fits:
        PLUG.body.model_validate(body)
    else:
        with pytest.raises(ValidationError):
            PLUG.body.model_validate(body)
