"""The published contract, operation by operation and field by field, against our own description.

Extra fields and statuses are allowed; missing ones are not.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests import surface

CONTRACT: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("contract.yaml").read_text())
OPERATIONS: dict[str, dict[str, Any]] = CONTRACT["operations"]

NEEDS_NO_KEY = {"GET /health", "GET /"}

PLAIN = {"str": "string", "int": "integer", "float": "number", "bool": "boolean"}


@pytest.fixture(scope="module")
def description() -> dict[str, Any]:
    return surface.description()


def ours(description: dict[str, Any], name: str) -> dict[str, Any]:
    method, path = name.split()
    found: dict[str, Any] = description["paths"].get(path, {}).get(method.lower())
    assert found, f"{name} is missing"
    return found


def test_the_contract_has_44_operations() -> None:
    assert len(OPERATIONS) == 44


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_answers_with_the_status_and_the_errors_of_the_contract(
    description: dict[str, Any], name: str
) -> None:
    documented = {int(status) for status in ours(description, name)["responses"]}

    (success,) = OPERATIONS[name]["answer"]
    errors = set() if name in NEEDS_NO_KEY else set(OPERATIONS[name]["errors"])
    assert {status for status in documented if status < 300} == {success}
    assert errors <= documented


@pytest.mark.parametrize("name", [one for one in OPERATIONS if "query" in OPERATIONS[one]])
def test_an_operation_takes_the_query_of_the_contract(
    description: dict[str, Any], name: str
) -> None:
    taken = {
        one["name"]: one
        for one in ours(description, name).get("parameters", [])
        if one["in"] == "query"
    }

    assert set(OPERATIONS[name]["query"]) <= set(taken)
    mandatory = {one for one, parameter in taken.items() if parameter["required"]}
    # The contract itself says that this one is required.
    assert mandatory <= {"charger_ids"}


@pytest.mark.parametrize("name", [one for one in OPERATIONS if "body" in OPERATIONS[one]])
def test_an_operation_takes_the_body_of_the_contract(
    description: dict[str, Any], name: str
) -> None:
    schema = ours(description, name)["requestBody"]["content"]["application/json"]["schema"]

    faults = list(Comparison(description, is_answer=False).of(OPERATIONS[name]["body"], schema, ""))

    assert faults == []


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_answers_with_the_model_of_the_contract(
    description: dict[str, Any], name: str
) -> None:
    ((status, model),) = OPERATIONS[name]["answer"].items()
    content = ours(description, name)["responses"][str(status)].get("content", {})
    if model == "None":
        assert content == {}
        return
    if name == "GET /":
        assert set(content) == {"text/html"}
        return

    schema = content["application/json"]["schema"]
    faults = list(Comparison(description, is_answer=True).of(model, schema, ""))

    assert faults == []


class Comparison:
    """Of a type of the contract with a JSON schema of ours; yields what does not agree."""

    def __init__(self, description: dict[str, Any], *, is_answer: bool) -> None:
        self._schemas = description["components"]["schemas"]
        self._is_answer = is_answer

    def of(self, wanted: Any, schema: dict[str, Any], where: str) -> Iterator[str]:
        """`wanted` is a type's spelling, or a model's fields."""
        schema = self._resolved(schema)
        if isinstance(wanted, str) and wanted in CONTRACT["models"]:
            wanted = CONTRACT["models"][wanted]
        if isinstance(wanted, dict):
            yield from self._fields(wanted, schema, where)
            return
        wanted = wanted.removesuffix("?")
        if wanted == "Any" or wanted.startswith("Union["):
            return
        if wanted in CONTRACT["models"]:
            yield from self.of(wanted, schema, where)
        elif listed := re.fullmatch(r"(?:List|Sequence)\[(.+)\]", wanted):
            yield from self._typed("array", schema, where)
            yield from self.of(listed[1], schema.get("items", {}), f"{where}[]")
        elif wanted.startswith("Dict["):
            yield from self._typed("object", schema, where)
        elif wanted.startswith("enum"):
            yield from self._enumerated(wanted, schema, where)
        elif wanted == "datetime":
            if schema.get("format") != "date-time":
                yield f"{where} is no date-time: {schema}"
        else:
            yield from self._typed(PLAIN[wanted], schema, where)

    def _fields(self, wanted: dict[str, str], schema: dict[str, Any], where: str) -> Iterator[str]:
        yield from self._typed("object", schema, where)
        fields, required = schema.get("properties", {}), set(schema.get("required", ()))
        for name, kind in wanted.items():
            if name not in fields:
                yield f"{where}.{name} is missing"
                continue
            optional = kind.endswith("?")
            if self._is_answer and not optional and name not in required:
                yield f"{where}.{name} may be missing"
            if not self._is_answer and optional and not self._may_be_left_out(name, schema):
                yield f"{where}.{name} is demanded"
            yield from self.of(kind, fields[name], f"{where}.{name}")
        if not self._is_answer and (demanded := required - set(wanted)):
            yield f"{where} demands {demanded}, of which the contract does not know"

    def _may_be_left_out(self, name: str, schema: dict[str, Any]) -> bool:
        field = schema["properties"][name]
        nullable = {"type": "null"} in field.get("anyOf", []) or "null" in field.get("type", "")
        return name not in schema.get("required", ()) and nullable

    def _typed(self, kind: str, schema: dict[str, Any], where: str) -> Iterator[str]:
        if schema.get("type") != kind:
            yield f"{where} is no {kind}: {schema}"

    def _enumerated(self, wanted: str, schema: dict[str, Any], where: str) -> Iterator[str]:
        words = set(re.findall(r"'([^']+)'", wanted))
        offered = set(schema.get("enum", ()))
        # An answer says nothing else; a body may be more.
        if not (offered <= words if self._is_answer else words <= offered):
            yield f"{where} is one of {offered}, not of {words}"

    def _resolved(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Without references, and without the null beside a type."""
        if "$ref" in schema:
            return self._resolved(self._schemas[schema["$ref"].rpartition("/")[2]])
        others = [one for one in schema.get("anyOf", []) if one != {"type": "null"}]
        if len(others) == 1:
            return self._resolved(others[0])
        types = schema.get("type")
        of_types = [one for one in types if one != "null"] if isinstance(types, list) else []
        return {**schema, "type": of_types[0]} if len(of_types) == 1 else schema
