"""Schemas as generators of clients take them, with the meaning that they had."""

import copy
import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest

from tests.surface import description
from voltyard.api.description.plain_schemas import NAME, PREFIX, make_plain

NULL = {"type": "null"}


def parts(schema: Any, at: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every schema within one, with its place; conditions are passed over, as generators do."""
    yield at, schema
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            yield from parts(schema[key], f"{at}.{key}")
    for key in ("anyOf", "oneOf", "allOf"):
        for number, one in enumerate(schema.get(key, ())):
            yield from parts(one, f"{at}.{key}.{number}")
    for name, one in schema.get("properties", {}).items():
        yield from parts(one, f"{at}.{name}")


def all_parts() -> Iterator[tuple[str, dict[str, Any]]]:
    for name, schema in description()["components"]["schemas"].items():
        yield from parts(schema, name)
    for path, methods in description()["paths"].items():
        for method, operation in methods.items():
            at = f"{method} {path}"
            for parameter in operation.get("parameters", ()):
                yield from parts(parameter["schema"], f"{at} {parameter['name']}")
            for holder in (operation.get("requestBody", {}), *operation["responses"].values()):
                for content in holder.get("content", {}).values():
                    yield from parts(content.get("schema", {}), at)


ALL = dict(all_parts())
SCHEMAS = description()["components"]["schemas"]


def test_a_union_is_one_of_references_and_of_what_has_no_name() -> None:
    for at, schema in ALL.items():
        branches = schema.get("anyOf") or schema.get("oneOf") or []
        assert not branches or any("$ref" in one for one in branches), f"{at}: types, as a list"
        assert NULL not in schema.get("oneOf", ()), f"{at}: null is no alternative of oneOf"
        assert all("properties" not in one for one in branches), f"{at}: name it, with named()"
        assert "allOf" not in schema, at


def test_a_parameter_is_left_out_and_never_null() -> None:
    for at, schema in ALL.items():
        if at.count(" ") == 2:
            assert NULL not in schema.get("anyOf", ()) and "null" not in schema.get("type", ""), at


def test_a_schema_has_a_name_for_a_class_and_no_other_title() -> None:
    for at, schema in ALL.items():
        assert schema.get("title") == (at if at in SCHEMAS else None), at
    for name in SCHEMAS:
        assert re.fullmatch(r"([A-Z][a-z0-9]*)+", name), f"{name} makes no good name of a class"


def test_an_enum_that_is_used_twice_or_may_be_null_has_a_name() -> None:
    places = defaultdict(list)
    for at, schema in ALL.items():
        if len(values := schema.get("enum", ())) > 1:
            assert at in SCHEMAS or None not in values, (
                f"{at}: name it, in api/description/named_types.py"
            )
            places[tuple(map(str, values))].append(at)

    assert len(places) > 40
    for values, found in places.items():
        assert len(found) == 1, (
            f"{values} is in {found}: name it, in api/description/named_types.py"
        )


def plain(schema: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """A schema in the plain form, and all that have a name."""
    described = {"components": {"schemas": {"Of": copy.deepcopy(schema)}}, "paths": {}}
    make_plain(described)
    schemas = described["components"]["schemas"]
    return schemas["Of"], schemas


VALUES: list[Any] = [None, True, 3, 3.5, -1, "", "abc", "a", [], ["a"], [3], {}, {"n": None}]
VALUES += [{"n": "a"}, {"n": 3}, {"n": {"n": "a"}}]


@pytest.mark.parametrize(
    ("schema", "form"),
    [
        ({"anyOf": [{"type": "string", "minLength": 1}, NULL], "title": "A"}, ["string", "null"]),
        ({"anyOf": [{"type": "integer"}, {"type": "number"}, NULL]}, ["number", "null"]),
        ({"anyOf": [{"type": "array", "items": {"type": "string"}}, NULL]}, ["array", "null"]),
        ({"anyOf": [{"type": "integer"}, {"type": "string"}]}, ["integer", "string"]),
        ({"anyOf": [{"type": "string", "enum": ["a", "b"]}, NULL]}, ["string", "null"]),
        ({"anyOf": [{"type": "string", "enum": ["a"]}, {"type": "integer"}]}, None),
        ({"anyOf": [{"type": "string", "enum": ["a"], NAME: "Letter"}, NULL]}, None),
        ({"oneOf": [{"type": "string"}, {"type": "integer", "minimum": 0}]}, None),
        ({"type": "object", "properties": {"n": {"anyOf": [{"type": "string"}, NULL]}}}, "object"),
    ],
)
def test_the_plain_form_takes_and_refuses_what_the_other_did(
    schema: dict[str, Any], form: Any
) -> None:
    before = jsonschema_rs.validator_for(schema)
    made, schemas = plain(schema)
    after = jsonschema_rs.validator_for({**made, "components": {"schemas": schemas}})

    assert made.get("type") == form
    assert [after.is_valid(one) for one in VALUES] == [before.is_valid(one) for one in VALUES]


def test_what_has_a_name_is_described_once_and_referred_to() -> None:
    letter = {"type": "string", "enum": ["a", "b"], NAME: "Letter"}
    made, schemas = plain(
        {
            "type": "object",
            "properties": {
                "one": {**letter, "title": "One", "description": "The first.", "default": "a"},
                "two": {"anyOf": [letter, NULL]},
            },
        }
    )

    assert schemas["Letter"] == {"type": "string", "enum": ["a", "b"], "title": "Letter"}
    assert made["properties"] == {
        "one": {"$ref": PREFIX + "Letter", "description": "The first.", "default": "a"},
        "two": {"anyOf": [{"$ref": PREFIX + "Letter"}, NULL]},
    }


def test_values_that_differ_in_case_or_sign_alone_have_constants_of_different_names() -> None:
    made, _ = plain({"type": "string", "enum": ["Faulted", "soc", "-soc", "faulted"]})
    other, _ = plain({"type": "string", "enum": ["Faulted", "soc"]})

    names = ["FAULTED", "SOC", "SOC_DESCENDING", "FAULTED_LOWERCASE"]
    assert made["x-enum-varnames"] == names
    assert "x-enum-varnames" not in other


def test_two_schemas_of_one_name_are_a_mistake() -> None:
    with pytest.raises(AssertionError, match="named Letter"):
        plain(
            {
                "properties": {
                    "one": {"type": "string", "enum": ["a", "b"], NAME: "Letter"},
                    "two": {"type": "string", "enum": ["a", "c"], NAME: "Letter"},
                }
            }
        )
