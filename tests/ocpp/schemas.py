"""The official schemas, valid payloads grown from them, and the same payloads with one fault.

Nothing here knows the generated messages: what it says about a payload is a second opinion.
"""

import json
from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from random import Random
from typing import Any

from voltyard.ocpp.payload import Payload
from voltyard.ocpp.versions import V16, V201, Version

MOMENTS = (
    "2026-11-21T09:00:00Z",
    "2026-11-21T09:00:00.123Z",
    "2026-11-21T09:00:00.123456789Z",
    "2024-02-29T23:59:59+01:00",
    "1970-01-01t00:00:00z",
    "2016-12-31T23:59:60Z",
)
CHARACTERS = 'aZ09 -_./"\\\x00\x1f\x7fé€\U0001f50c'


@dataclass(frozen=True, eq=False)
class Message:
    """One half of an action, with its schema."""

    version: Version
    action: str
    half: str
    kind: type[Payload]
    schema: dict[str, Any]
    """The official one."""
    agreed: dict[str, Any]
    """The same without the rules that are deliberately held differently (test_schema_agreement)."""

    def __str__(self) -> str:
        return f"{self.version.name} {self.action} {self.half}"


@cache
def messages() -> tuple[Message, ...]:
    """Every request and response of every version."""
    found = []
    for version, package, suffix in ((V16, "v16", ""), (V201, "v201", "Request")):
        folder = files("ocpp") / package / "schemas"
        for action in version.actions.values():
            for half, name, kind in (
                ("request", action.name + suffix, action.request),
                ("response", action.name + "Response", action.response),
            ):
                text = (folder / f"{name}.json").read_text(encoding="utf-8-sig")
                schema = json.loads(text)
                agreed = _agreed(version, action.name, schema)
                found.append(Message(version, action.name, half, kind, schema, agreed))
    return tuple(found)


def _agreed(version: Version, action: str, node: Any) -> Any:
    if isinstance(node, list):
        return [_agreed(version, action, inner) for inner in node]
    if not isinstance(node, dict):
        return node
    node = {key: _agreed(version, action, inner) for key, inner in node.items()}
    node.pop("multipleOf", None)
    if node.get("format") == "uri":
        del node["format"]
    if node.get("type") == "integer":
        node.setdefault("minimum", -(2**31))
        node.setdefault("maximum", 2**31 - 1)
    if version is V16 and action == "StopTransaction":
        if "Wh" in node.get("enum", ()):
            node["enum"].append("Hertz")
        sampled = node.get("properties", {}).get("sampledValue", {})
        if sampled:
            sampled["minItems"] = 1
    return node


def valid(schema: dict[str, Any], random: Random, *, full: bool = False) -> Any:
    """A payload the schema accepts; with `full`, one that has every field."""
    return _grow(schema, schema, random, full)


def _grow(root: dict[str, Any], node: dict[str, Any], random: Random, full: bool) -> Any:
    node = resolved(root, node)
    match node.get("type"):
        case "object":
            required = node.get("required", ())
            grown = {
                name: _grow(root, inner, random, full)
                for name, inner in node.get("properties", {}).items()
                if name in required or full or random.random() < 0.4
            }
            if is_open(node):
                grown["anything"] = random.choice([None, 1, "x", [None], {"vendorId": 0}])
            return grown
        case "array":
            most = node.get("maxItems", 3)
            least = node.get("minItems", 0)
            count = 1 if full else random.choice([least, least, min(most, least + 2), min(most, 5)])
            return [_grow(root, node["items"], random, full) for _ in range(count)]
        case "string" if "enum" in node:
            return random.choice(node["enum"])
        case "string" if node.get("format") == "date-time":
            return random.choice(MOMENTS)
        case "string":
            longest = node.get("maxLength", 30)
            length = random.choice([0, 1, longest, random.randint(0, longest)])
            return "".join(random.choices(CHARACTERS, k=length))
        case "integer":
            least = int(node.get("minimum", -(10**30)))
            most = int(node.get("maximum", 10**30))
            drawn = [0, 1, -1, least, most, random.randint(least, most), random.getrandbits(20)]
            return min(max(random.choice(drawn), least), most)
        case "number":
            return random.choice([0, 7, -3, 0.1, 8.1, 21.4, -2.5, 1e-7, 12345678.901])
        case "boolean":
            return random.random() < 0.5
        case _:
            return random.choice([None, 0, "x", [], {}, [{"a": None}], True])


def resolved(root: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    """The schema node itself, wherever it is defined."""
    while "$ref" in node:
        node = root["definitions"][node["$ref"].removeprefix("#/definitions/")]
    return node


def is_open(node: dict[str, Any]) -> bool:
    """Whether an object may have fields the schema does not name (CustomDataType)."""
    return "additionalProperties" not in node


def _changed(node: Any, path: tuple[str | int, ...], value: Any, *, is_missing: bool) -> Any:
    """The node with that value at the path, or without what is there."""
    if not path:
        return value
    changed = copy(node)
    first, *rest = path
    if is_missing and not rest:
        del changed[first]
    else:
        changed[first] = _changed(node[first], tuple(rest), value, is_missing=is_missing)
    return changed


@dataclass(frozen=True)
class Fault:
    """A payload with one thing wrong, and the neutral word for it."""

    word: str
    path: str
    payload: Any


def faults(schema: dict[str, Any], payload: Any) -> Iterator[Fault]:
    """The payload with one fault, for every fault it can have in every place. They share what is
    sound in them."""

    def broken(word: str, path: tuple[str | int, ...], value: Any) -> Fault:
        changed = _changed(payload, path, value, is_missing=word == "missing")
        return Fault(word, "$" + "".join(f"[{step!r}]" for step in path), changed)

    def walk(
        node: dict[str, Any], value: Any, path: tuple[str | int, ...], optional: bool
    ) -> Iterator[Fault]:
        node = resolved(schema, node)
        kind = node.get("type")
        if kind is None:
            return
        if optional:
            yield broken("null", path, None)
        elif path:
            yield broken("wrong type", path, None)
        if path:
            yield broken("wrong type", path, 12 if kind == "string" else "twelve")
            yield broken("wrong type", path, {} if kind == "array" else [])
        if kind == "object":
            for name, inner in node.get("properties", {}).items():
                required = name in node.get("required", ())
                if name in value:
                    yield from walk(inner, value[name], (*path, name), not required)
                if required:
                    yield broken("missing", (*path, name), None)
            if not is_open(node):
                yield broken("extra", path, {**value, "unheardOf": 1})
        elif kind == "array":
            if node.get("minItems"):
                yield broken("bad count", path, [])
            if "maxItems" in node:
                yield broken("bad count", path, value * (node["maxItems"] + 1))
            yield from walk(node["items"], value[0], (*path, 0), False)
        elif "enum" in node:
            yield broken("bad enum", path, "Unheard-of")
        elif node.get("format") == "date-time":
            yield broken("bad value", path, "2022-02-29T00:00:00Z")
            yield broken("bad value", path, "2022-02-28T00:00:00")
            yield broken("bad value", path, "yesterday")
        elif "maxLength" in node:
            yield broken("too long", path, "é" * (node["maxLength"] + 1))
        elif "minimum" in node:
            yield broken("bad value", path, int(node["minimum"]) - 1)
            if "maximum" in node:
                yield broken("bad value", path, int(node["maximum"]) + 1)

    yield from walk(schema, payload, (), False)
