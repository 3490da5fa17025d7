"""Fields of a JSON schema as rows of a table, for the pages of docs/reference."""

from collections.abc import Iterator, Mapping
from typing import Any

from generated_blocks import table

Schema = Mapping[str, Any]


def fields_table(description: Schema, schema: Schema) -> str:
    """The fields of an object: name, type, and what is said of each. Empty where it has none."""
    whole = resolved(description, schema)
    needed = set(whole.get("required", ()))
    rows = [
        (
            f"`{name}`",
            kind_of(description, field),
            "yes" if name in needed else "",
            _about(description, field),
        )
        for name, field in whole.get("properties", {}).items()
    ]
    return table(("field", "type", "required", "what it is"), rows) if rows else ""


def resolved(description: Schema, schema: Schema) -> Schema:
    """The schema that a reference leads to."""
    while "$ref" in schema:
        schema = description["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


def kind_of(description: Schema, field: Schema) -> str:
    """The type of a field in words."""
    kinds = [_kind(description, one) for one in _choices(description, field)]
    return " or ".join(dict.fromkeys(kind for kind in kinds if kind)) or "any"


def _choices(description: Schema, field: Schema) -> Iterator[Schema]:
    """The types a field may have, without null."""
    field = resolved(description, field)
    inner = field.get("anyOf") or field.get("oneOf")
    if inner is None:
        if field.get("type") != "null":
            yield field
        return
    for one in inner:
        yield from _choices(description, one)


def _kind(description: Schema, one: Schema) -> str:
    if "enum" in one:
        return ", ".join(f"`{value}`" for value in one["enum"] if value is not None)
    kind = one.get("type", "")
    if isinstance(kind, list):
        kind = " or ".join(part for part in kind if part != "null")
    if kind == "array":
        return f"list of {kind_of(description, one.get('items', {}))}"
    if kind == "string" and one.get("format"):
        return f"string ({one['format']})"
    return str(kind)


def _about(description: Schema, field: Schema) -> str:
    limits = [part for one in _choices(description, field) for part in _limits(one)]
    text = field.get("description") or resolved(description, field).get("description", "")
    said = " ".join(text.split()).replace("|", "\\|")
    if said and not said.endswith("."):
        said += "."
    told = ", ".join(dict.fromkeys(limits))
    return f"{said} {told[:1].upper()}{told[1:]}.".strip() if told else said


def _limits(one: Schema) -> Iterator[str]:
    for key, words in (
        ("minimum", "at least {}"),
        ("exclusiveMinimum", "more than {}"),
        ("maximum", "at most {}"),
        ("maxLength", "at most {} characters"),
    ):
        if key in one:
            bound = one[key]
            if bound == 2**31 - 1:  # the integers of the database: nobody's limit
                continue
            yield words.format(f"{bound:,.10g}")
