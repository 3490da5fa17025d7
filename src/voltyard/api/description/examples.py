"""Examples of bodies and answers for the OpenAPI description.

A model says an example of itself, or is made of parts that do: then nobody has to write it.
"""

from collections.abc import Mapping
from typing import Any, Final

Schema = Mapping[str, Any]

_NONE: Final = object()
_PREFIX: Final = "#/components/schemas/"


def add_examples(description: dict[str, Any]) -> None:
    """Give every JSON body and every answer of the description an example, where one can be made
    of its schema and it has none of its own."""
    schemas = description["components"]["schemas"]
    for schema in schemas.values():
        if "example" in schema:
            schema["example"] = _with_nulls(schema["example"], schema, schemas)
    for methods in description["paths"].values():
        for operation in methods.values():
            for holder in (operation.get("requestBody", {}), *operation["responses"].values()):
                content = holder.get("content", {}).get("application/json")
                if content is None:
                    continue
                schema = content.get("schema", {})
                found = content.get("example", _NONE)
                if found is _NONE:
                    found = of_schema(schema, schemas)
                if found is not _NONE:
                    content["example"] = _with_nulls(found, schema, schemas)


def of_schema(schema: Schema, schemas: Mapping[str, Schema]) -> Any:
    """An example of what the schema describes; a private mark where none can be made."""
    if "example" in schema:
        return schema["example"]
    if schema.get("examples"):
        return schema["examples"][0]
    if "$ref" in schema:
        return of_schema(schemas[schema["$ref"].removeprefix(_PREFIX)], schemas)
    if "anyOf" in schema:
        made = [of_schema(one, schemas) for one in schema["anyOf"]]
        return next((one for one in made if one is not _NONE), _NONE)
    if "properties" in schema:
        return _of_object(schema, schemas)
    if schema.get("type") == "array":
        made_item = of_schema(schema.get("items", {}), schemas)
        return _NONE if made_item is _NONE else [made_item]
    return _NONE if schema.get("default") is None else schema["default"]


def _of_object(schema: Schema, schemas: Mapping[str, Schema]) -> Any:
    """Of the fields that have an example. None can be made where a mandatory one has none."""
    made = {}
    for name, field in schema["properties"].items():
        value = of_schema(field, schemas)
        if value is _NONE and name in schema.get("required", ()):
            return _NONE
        if value is not _NONE:
            made[name] = value
    return made


def _with_nulls(example: Any, schema: Schema, schemas: Mapping[str, Schema]) -> Any:
    """The example with every mandatory field: the framework has dropped those that are null."""
    if "$ref" in schema:
        return _with_nulls(example, schemas[schema["$ref"].removeprefix(_PREFIX)], schemas)
    if "anyOf" in schema and example is not None:
        return _with_nulls(example, schema["anyOf"][0], schemas)
    if isinstance(example, list):
        return [_with_nulls(one, schema.get("items", {}), schemas) for one in example]
    if not isinstance(example, dict):
        return example
    fields = schema.get("properties", {})
    nulls = [name for name in schema.get("required", ()) if _may_be_null(fields[name])]
    whole = {name: example.get(name) for name in fields if name in example or name in nulls}
    return {
        name: _with_nulls(value, fields.get(name, {}), schemas)
        for name, value in {**whole, **example}.items()
    }


def _may_be_null(schema: Schema) -> bool:
    return {"type": "null"} in schema.get("anyOf", ())
