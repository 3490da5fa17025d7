"""Schemas of the OpenAPI description, in the plain form that generators of clients take.

A null is one of the types (`type: [string, null]`) and no branch of a union, but beside a
reference; a part that several schemas share is a schema of its own, referred to; and titles are
those of whole schemas, for they become names of classes.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from pydantic import Field

Schema = dict[str, Any]

PREFIX: Final = "#/components/schemas/"
NAME: Final = "x-name"
"""Keyword of a part that is to be a schema of its own: its name."""
_NULL: Final = {"type": "null"}
_SUBSCHEMAS: Final = ("items", "additionalProperties", "if", "then", "else", "not")
_LISTS: Final = ("anyOf", "oneOf", "allOf")
_OF_ALL_TYPES: Final = frozenset({"enum", "const", "format"})
"""Keywords that would hold for the other types of a union, too."""
_OF_A_PLACE: Final = frozenset({"default", "description", "example", "examples", "writeOnly"})
"""Keywords that stay where a schema is used, when it gets a name."""


def named(name: str) -> Any:
    """An annotation of a type: its schema has that name, and is referred to where it is used."""
    return Field(json_schema_extra={NAME: name})


def make_plain(description: dict[str, Any]) -> None:
    """Put all schemas of a description into that form."""
    schemas = description["components"]["schemas"]
    for name, schema in list(schemas.items()):
        schemas[name] = {**_plain(schema), "title": name}
    for holder in _holders(description):
        holder["schema"] = _plain(_without_null(holder) if "in" in holder else holder["schema"])
    for name, schema in list(schemas.items()):
        schemas[name] = _with_references(schema, schemas)
    for holder in _holders(description):
        holder["schema"] = _with_references(holder["schema"], schemas)
    description["components"]["schemas"] = dict(sorted(schemas.items()))


def _holders(description: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Parameters and contents of the operations: whatever has a schema."""
    for methods in description["paths"].values():
        for operation in methods.values():
            yield from operation.get("parameters", ())
            for holder in (operation.get("requestBody", {}), *operation["responses"].values()):
                yield from (one for one in holder.get("content", {}).values() if "schema" in one)


def _without_null(parameter: dict[str, Any]) -> Schema:
    """A parameter that is left out is not null: a query has no such value."""
    schema: Schema = parameter["schema"]
    branches = [one for one in schema.get("anyOf", ()) if one != _NULL]
    if not branches:
        return schema
    rest = {key: value for key, value in schema.items() if key != "anyOf"}
    return rest | (branches[0] if len(branches) == 1 else {"anyOf": branches})


def _plain(schema: Schema) -> Schema:
    """The schema without titles, and without a union where a list of types says the same."""
    found = {key: value for key, value in schema.items() if key != "title"}
    for key in _SUBSCHEMAS:
        if isinstance(found.get(key), dict):
            found[key] = _plain(found[key])
    for key in _LISTS:
        if key in found:
            found[key] = [_plain(one) for one in found[key]]
    if "properties" in found:
        found["properties"] = {name: _plain(one) for name, one in found["properties"].items()}
    if names := _names_of_constants(found.get("enum", ())):
        found["x-enum-varnames"] = names
    return _merged(found) if "anyOf" in found and "type" not in found else found


def _names_of_constants(values: Sequence[Any]) -> list[str]:
    """Names for an enum's values, where those that generators make of them would be alike; else
    none."""
    texts = [str(one) for one in values]
    plain = [re.sub(r"\W", "_", one).strip("_").upper() for one in texts]
    if len(set(plain)) == len(plain):
        return []
    found: list[str] = []
    for text, name in zip(texts, plain, strict=True):
        if text.startswith("-"):
            found.append(f"{name}_DESCENDING")
        else:
            found.append(f"{name}_LOWERCASE" if name in found else name)
    assert len(set(found)) == len(found), f"constants of one name among {texts}"
    return found


def _merged(schema: Schema) -> Schema:
    """`anyOf` as one schema of several types, where its branches are no references and none has
    a keyword that would bind another."""
    branches: list[Schema] = schema["anyOf"]
    types = [one.get("type") for one in branches]
    others = [one for one in branches if one != _NULL]
    if not all(isinstance(one, str) for one in types) or any(NAME in one for one in branches):
        return schema
    if len(others) > 1 and any(_OF_ALL_TYPES & one.keys() for one in others):
        return schema
    if "number" in types:
        types = [one for one in types if one != "integer"]
    merged: Schema = {}
    for one in branches:
        merged |= one
    merged["type"] = types if len(types) > 1 else types[0]
    if "enum" in merged and "null" in types:
        merged["enum"] = [*merged["enum"], None]
    return merged | {key: value for key, value in schema.items() if key != "anyOf"}


def _with_references(schema: Schema, schemas: dict[str, Schema]) -> Schema:
    """The schema with references in the place of the parts that have names, which are put beside
    the others."""
    found = dict(schema)
    for key in _SUBSCHEMAS:
        if isinstance(found.get(key), dict):
            found[key] = _with_references(found[key], schemas)
    for key in _LISTS:
        if key in found:
            found[key] = [_with_references(one, schemas) for one in found[key]]
    if "properties" in found:
        found["properties"] = {
            name: _with_references(one, schemas) for name, one in found["properties"].items()
        }
    name = found.pop(NAME, None)
    return found if name is None else _referred(name, found, schemas)


def _referred(name: str, schema: Schema, schemas: dict[str, Schema]) -> Schema:
    """A reference to a part by name; what is said of its place stays there."""
    of_place = {key: value for key, value in schema.items() if key in _OF_A_PLACE}
    part = {key: value for key, value in schema.items() if key not in _OF_A_PLACE}
    known = schemas.setdefault(name, {**part, "title": name})
    assert known == {**part, "title": name}, f"two schemas are named {name}: {known} and {part}"
    return {"$ref": PREFIX + name, **of_place}
