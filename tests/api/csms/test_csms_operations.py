"""What holds for every operation, whoever added it: walked, not listed."""

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.api.bench import BOX, TOKEN, Lab
from tests.surface import description
from voltyard.api.openapi import resolved

PREFIX = "/api/v1"
ADMIN_ONLY = ("/auth/", "/organizations", "/audit-log")


def described() -> dict[str, Any]:
    """The API's description of the backend's part."""
    return description(PREFIX)


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in described()["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


ALL = [pytest.param(m, p, o, id=f"{m} {p.removeprefix(PREFIX)}") for m, p, o in operations()]


def concrete(path: str, **names: str) -> str:
    names = {"reservationId": "1", "messageId": "1", **names}
    return re.sub(r"\{(\w+)\}", lambda match: names.get(match[1], "unknown"), path)


def example_body(operation: dict[str, Any]) -> Any:
    """The example of the operation's body; None where it has none."""
    if "application/json" not in operation.get("requestBody", {}).get("content", {}):
        return None
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    references = [schema, *schema.get("anyOf", [])]
    name = next(one["$ref"] for one in references if "$ref" in one).rpartition("/")[2]
    return described()["components"]["schemas"][name]["example"]


async def asked(lab: Lab, method: str, path: str, body: Any, key: str | None) -> httpx.Response:
    headers = {} if key is None else {"X-API-Key": key}
    return await lab.client.request(method, path, json=body, headers=headers)


def check_shape(response: httpx.Response, code: str) -> None:
    body = response.json()
    assert set(body) == {"success", "error"} and body["success"] is False
    assert {"code", "message", "request_id"} <= set(body["error"])
    assert set(body["error"]) <= {"code", "message", "request_id", "details"}
    assert body["error"]["code"] == code


def streams(operation: dict[str, Any]) -> bool:
    return "text/event-stream" in operation["responses"].get("200", {}).get("content", {})


def test_the_walk_sees_what_the_contract_has() -> None:
    seen = {(method, path.removeprefix(PREFIX)) for method, path, _ in operations()}

    box = "/chargers/{chargeBoxId}"
    commands = (
        "reset unlock cache/clear trigger availability configuration/get configuration/change "
        "firmware/update firmware/signed-update diagnostics log data-transfer call remote-start "
        "reservations charging-profiles charging-profiles/composite certificates"
    )
    assert {("POST", f"{box}/{command}") for command in commands.split()} <= seen
    transaction = "/transactions/{transactionId}"
    assert {
        ("POST", "/chargers"),
        ("GET", "/chargers"),
        ("GET", box),
        ("PATCH", box),
        ("DELETE", box),
        ("PUT", f"{box}/charging-limit"),
        ("DELETE", f"{box}/charging-limit"),
        ("DELETE", f"{box}/charging-profiles"),
        ("DELETE", f"{box}/reservations/{{reservationId}}"),
        ("GET", f"{box}/certificates"),
        ("DELETE", f"{box}/certificates"),
        ("GET", f"{box}/data-transfer"),
        ("GET", f"{box}/messages"),
        ("GET", f"{box}/messages/export"),
        ("GET", f"{box}/violations"),
        ("GET", "/violations"),
        ("GET", "/violations/chargers"),
        ("GET", f"{box}/connections"),
        ("GET", f"{box}/commands"),
        ("POST", "/transactions/start"),
        ("POST", f"{transaction}/stop"),
        ("POST", f"{transaction}/close"),
        ("GET", transaction),
        ("GET", "/transactions"),
        ("GET", f"{transaction}/meter-values"),
        ("GET", f"{transaction}/charging-plan"),
        ("POST", "/id-tags"),
        ("GET", "/id-tags"),
        ("GET", "/id-tags/{idTag}"),
        ("PATCH", "/id-tags/{idTag}"),
        ("DELETE", "/id-tags/{idTag}"),
        ("GET", "/settings"),
        ("PATCH", "/settings"),
        ("POST", "/auth/api-keys"),
        ("POST", "/organizations"),
    } <= seen


@pytest.mark.alone
async def test_without_a_key_nothing_is_told(lab: Lab) -> None:
    for method, path, operation in operations():
        for key in (None, "wrong"):
            response = await asked(lab, method, concrete(path), example_body(operation), key)

            assert response.status_code == 401, (method, path)
            check_shape(response, "UNAUTHORIZED")


async def test_without_the_scope_nothing_is_done(lab: Lab) -> None:
    organization = lab.keys.organizations()[0].id
    _, reader = await lab.keys.add(organization, "reader", ["read"])
    _, operator = await lab.keys.add(organization, "operator", ["operate"])

    for method, path, operation in operations():
        if streams(operation):
            continue  # it has no end here; as a GET it is read like any other
        admin_only = path.removeprefix(PREFIX).startswith(ADMIN_ONLY)
        body = example_body(operation)
        read = await asked(lab, method, concrete(path), body, reader)
        operated = await asked(lab, method, concrete(path), body, operator)

        assert (read.status_code == 403) is (admin_only or method != "GET"), (method, path)
        assert (operated.status_code == 403) is admin_only, (method, path)
        if read.status_code == 403:
            check_shape(read, "FORBIDDEN")
        assert operated.status_code < 500 or operated.status_code == 503  # no charger is connected


async def test_what_is_another_organizations_is_not_there(lab: Lab) -> None:
    other = await lab.keys.add_organization("other")
    _, theirs = await lab.keys.add(other.id, "theirs", ["admin"])
    charger = await lab.connect("1.6", {})
    begun = {
        "connectorId": 1,
        "idTag": "DEADBEEF",
        "meterStart": 0,
        "timestamp": "2026-02-10T14:00:00Z",
    }
    number = (await lab.call(charger, "StartTransaction", begun))["transactionId"]

    for method, path, operation in operations():
        if "{" not in path:
            continue
        url = concrete(path, chargeBoxId=BOX, transactionId=str(number))
        response = await asked(lab, method, url, example_body(operation), theirs)

        assert response.status_code == 404, (method, path)
        check_shape(response, "NOT_FOUND")
    assert charger.asked == []
    assert (await lab.get(f"/chargers/{BOX}")).status_code == 200
    assert (await lab.get(f"/transactions/{number}")).json()["status"] == "in_progress"


async def test_a_body_that_is_not_json_or_no_object_is_400(lab: Lab) -> None:
    headers = {"X-API-Key": TOKEN, "Content-Type": "application/json"}
    for method, path, operation in operations():
        if example_body(operation) is None:
            continue
        for content, code in (('{"a": ', "BAD_REQUEST"), ("[1]", "VALIDATION_ERROR")):
            response = await lab.client.request(
                method, concrete(path), content=content, headers=headers
            )

            assert response.status_code == 400, (method, path)
            check_shape(response, code)


async def test_a_method_that_is_not_there_is_405(lab: Lab) -> None:
    for path, methods in described()["paths"].items():
        other = next(method for method in ("PUT", "PATCH") if method.lower() not in methods)
        response = await asked(lab, other, concrete(path), None, TOKEN)

        assert response.status_code == 405, path
        check_shape(response, "METHOD_NOT_ALLOWED")


@pytest.mark.parametrize(("method", "path", "operation"), ALL)
def test_every_operation_is_described(method: str, path: str, operation: dict[str, Any]) -> None:
    assert operation["summary"] and operation["description"] and operation["tags"]
    responses = operation["responses"]
    assert {"400", "401", "403"} <= set(responses)
    assert "422" not in responses
    assert "{" not in path or "404" in responses
    for status, told in responses.items():
        response = resolved(described(), told)
        assert response["description"]
        if status >= "400":
            example = response["content"]["application/json"]["example"]
            assert example["success"] is False


@pytest.mark.parametrize(("method", "path", "operation"), ALL)
def test_every_body_has_an_example(method: str, path: str, operation: dict[str, Any]) -> None:
    schemas = described()["components"]["schemas"]
    if "application/json" in operation.get("requestBody", {}).get("content", {}):
        assert isinstance(example_body(operation), dict)
    success = next(r for status, r in operation["responses"].items() if status < "300")
    for lines in ("text/event-stream", "application/x-ndjson"):
        if lines in success["content"]:
            assert success["content"][lines]["example"]
            return
    if "application/octet-stream" in success["content"]:
        return
    schema = success["content"]["application/json"]["schema"]
    for one in schema.get("anyOf", [schema]):
        assert schemas[one["$ref"].rpartition("/")[2]].get("example"), one


def test_the_description_has_both_headers_of_a_key() -> None:
    assert set(description()["components"]["securitySchemes"]) == {"ApiKey", "Bearer"}
