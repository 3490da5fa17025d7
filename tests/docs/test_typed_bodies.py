"""What the documents send is known to the API, field by field.

The gateway passes over fields it does not know, so a misspelt one would be answered as if it were
right.
"""

import json
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.docs.walk import lines, steps, words

ROOT = Path(__file__).parents[2]
API = json.loads((ROOT / "openapi.json").read_text())
TASKS = ("ci", "field-faults", "webhooks", "record-and-replay", "energy-and-cost")
DOCUMENTS = [
    *(f"docs/{name}.md" for name in ("gateway", "backend", "charger", "faults")),
    *(f"docs/{name}.md" for name in TASKS),
]
PREFIXES = {
    "$gw": "/ocpp",
    "$away": "/ocpp",
    "$cs": "/api/v1",
    "$at": "/api/v1/chargers/x",
    "$hook": "/api/v1/webhooks/x",
}
"""What the documents' variables stand for."""

_URL = re.compile(r"(localhost:\d+|\$(?:gw|away|cs|at|hook)\b)([^?]*)")


def sent(command: str) -> Iterator[tuple[str, str, Any]]:
    """Path, method and body of each request of a command that types its body out."""
    typed_words = words(command)
    url = next((found for word in typed_words if (found := _URL.match(word))), None)
    for option, typed in pairwise(typed_words):
        if url is None or option != "-d" or typed[0] not in "{[":
            continue
        path = PREFIXES.get(url[1], "") + re.sub(r"\$\w+", "x", url[2]).rstrip("/")
        method = typed_words[typed_words.index("-X") + 1].lower() if "-X" in typed_words else "post"
        body, _ = json.JSONDecoder().raw_decode(re.sub(r": \$\w+", ': "x"', typed))
        yield path, method, body


def schema_of(path: str, method: str) -> dict[str, Any]:
    """What the API says of the body of a request."""
    for template, operations in API["paths"].items():
        if re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", template), path) and method in operations:
            body: dict[str, Any] = operations[method]["requestBody"]["content"]
            found: dict[str, Any] = body["application/json"]["schema"]
            return found
    raise AssertionError(f"there is no {method} {path}")


def unknown(value: Any, schema: dict[str, Any], where: str = "") -> list[str]:
    """The fields of a value that its schema does not have."""
    while "$ref" in schema:
        schema = API["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    choices = schema.get("anyOf") or schema.get("oneOf")
    if choices and "properties" not in schema:
        kind = "array" if isinstance(value, list) else "object"
        fitting = [one for one in choices if one.get("type", kind) == kind]
        return min((unknown(value, one, where) for one in fitting), key=len, default=[])
    if isinstance(value, list):
        return [name for one in value for name in unknown(one, schema.get("items", {}), where)]
    fields = schema.get("properties")
    if fields is None or not isinstance(value, dict):
        return []
    strange = [f"{where}.{name}" for name in value if name not in fields]
    for name in value.keys() & fields.keys():
        strange += unknown(value[name], fields[name], f"{where}.{name}")
    return strange


@pytest.mark.parametrize("name", DOCUMENTS)
def test_no_document_sends_a_field_that_is_unknown(name: str) -> None:
    commands = [one for step in steps(ROOT / name) for one in lines(step.command)]
    requests = [request for command in commands for request in sent(command)]

    assert len(requests) > 1
    for path, method, body in requests:
        assert unknown(body, schema_of(path, method)) == [], f"{method} {path}"
