"""The description of the whole surface: complete, fresh, and a page that needs nobody else."""

import json
import re
from collections.abc import Iterator
from functools import cache
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
from voltyard.server.server import routers

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


VERBS = {
    "GET": "list get export stream download",
    "PUT": "set update send",
    "PATCH": "update",
    "DELETE": "delete clear cancel stop",
    "POST": "authorize call cancel change clear close create cut drop end furnish get inject "
    "install plug press proxy publish pull reboot register request resend reserve reset "
    "restart restore revoke rotate send set skew start stop swipe test transfer trigger "
    "unlock unplug unpublish update upload",
}
"""Verbs that an operation of a method may begin with; a POST may read, too, what a charger says."""


def test_an_operation_id_is_a_verb_and_a_noun_and_there_is_no_other_such() -> None:
    named: dict[str, str] = {}
    for method, path, operation in operations():
        name = operation["operationId"]
        assert re.fullmatch(r"[a-z]+(_[a-z]+){1,4}", name), f"{name}: snake_case, a verb and a noun"
        assert name.partition("_")[0] in VERBS[method].split(), f"{name}: {method} has other verbs"
        assert name not in named, f"{name} is {named[name]} and {path}: say which is the backend's"
        named[name] = path

    assert named["plug_connector"] == "/ocpp/commands/plug-connector"
    assert named["list_registered_chargers"] == "/api/v1/chargers"


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
        if name == "202" and content["schema"].get("$ref", "").endswith("/BegunCommandAnswer")
    ]

    assert len(names) == len(set(names)) > 20
    assert set(names) <= {kind.__struct_config__.tag for kind in COMMANDS}


def test_names_in_the_description_tell_nothing_of_our_modules() -> None:
    assert "voltyard__" not in json.dumps(description())


OCPP_NOUNS = frozenset({"Connector", "Reservation"})
"""Names of schemas that are one word."""


def test_schemas_have_names_that_a_developer_of_clients_expects() -> None:
    """A client's class says what it is, of all that its program imports beside it."""
    names = set(description()["components"]["schemas"])

    one_word = {name for name in names if len(re.findall("[A-Z][a-z0-9]*", name)) < 2}

    assert one_word == OCPP_NOUNS
    assert {name for name in names if re.search(r"(In|Out)$", name)} == set()


def referred_to(part: Any) -> set[str]:
    """The schemas that are referred to from there, directly or by way of others."""
    schemas = description()["components"]["schemas"]
    found: set[str] = set()
    left = set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(part)))
    while left:
        name = left.pop()
        found.add(name)
        left |= set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(schemas[name]))) - found
    return found


def test_what_a_patch_leaves_out_has_no_default_for_it_stays() -> None:
    of_patches = referred_to(
        [one["requestBody"] for method, _, one in operations() if method == "PATCH"]
    )
    of_others = referred_to(
        [
            {**one, "requestBody": None} if method == "PATCH" else one
            for method, _, one in operations()
        ]
    )

    alone = of_patches - of_others

    schemas = description()["components"]["schemas"]
    fields = {
        f"{name}.{field}": schema
        for name in alone
        for field, schema in schemas[name].get("properties", {}).items()
    }
    assert len(fields) > 30
    assert [name for name, schema in fields.items() if '"default"' in json.dumps(schema)] == []


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
        assert f'<article id="{operation["operationId"]}" ' in page.text
    loaded = re.findall(r'(?:src|rel="stylesheet" href)="([^"]+)"', page.text)
    assert sorted(loaded) == ["/docs/requests.js", "/docs/search.js", "/docs/style.css"]
    for path in loaded:
        assert (await client.get(path)).status_code == 200


async def test_the_page_and_the_description_are_compressed_where_that_is_taken(
    client: httpx.AsyncClient,
) -> None:
    for path in ("/docs", "/openapi.json", "/docs/style.css", "/docs/requests.js"):
        small = await client.get(path, headers={"Accept-Encoding": "gzip"})
        plain = await client.get(path, headers={"Accept-Encoding": "identity"})

        assert small.headers["Content-Encoding"] == "gzip"
        assert "Content-Encoding" not in plain.headers
        assert small.headers["Vary"] == plain.headers["Vary"] == "Accept-Encoding"
        assert small.content == plain.content  # httpx has unpacked it
        assert int(small.headers["Content-Length"]) < int(plain.headers["Content-Length"]) / 1.5


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
