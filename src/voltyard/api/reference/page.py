"""The HTML page of the API's description."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from itertools import groupby
from typing import Any

from voltyard.api.openapi import resolved

Description = dict[str, Any]
Schema = Mapping[str, Any]

_HEAD = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}: the API</title>
<link rel="stylesheet" href="/docs/style.css">
<link rel="icon" href="data:,">
<script src="/docs/search.js" type="module"></script>
<script src="/docs/requests.js" type="module"></script>
</head>
<body>
"""


def page(description: Description) -> str:
    """The whole page."""
    operations = [
        (method.upper(), path, operation)
        for path, methods in description["paths"].items()
        for method, operation in methods.items()
    ]
    by_tag = [
        (tag, list(those))
        for tag, those in groupby(sorted(operations, key=_place), key=lambda one: _tag(one[2]))
    ]
    title = escape(description["info"]["title"])
    parts = [
        _HEAD.format(title=title),
        f"<header><h1>{title} <small>{escape(description['info']['version'])}</small></h1>",
        _text(description["info"]["description"]),
        '<p><input type="search" id="search" aria-label="search" autofocus ',
        'placeholder="search operations, bodies and fields"> ',
        f'<span id="found">{len(operations)} operations</span>, ',
        'also as <a href="/openapi.json">openapi.json</a></p>',
        '<p><label>key <input type="password" id="key" autocomplete="off" '
        'placeholder="to send requests from here"></label> ',
        "<small>kept in this tab until it is closed</small></p></header>\n<nav>",
    ]
    for tag, those in by_tag:
        parts += [f"<h2>{escape(tag)}</h2><ul>", *(_link(*one) for one in those), "</ul>"]
    parts.append("</nav>\n<main>\n")
    for tag, those in by_tag:
        parts.append(f"<section><h2>{escape(tag)}</h2>\n")
        parts += [_operation(*one, description) for one in those]
        parts.append("</section>\n")
    return "".join([*parts, "</main></body></html>\n"])


def _place(one: tuple[str, str, Schema]) -> tuple[bool, str]:
    """Gateway before backend; within a tag as described."""
    return one[1].startswith("/api/"), _tag(one[2])


def _tag(operation: Schema) -> str:
    tags: list[str] = operation.get("tags", [])
    return tags[0] if tags else "other"


def _link(method: str, path: str, operation: Schema) -> str:
    anchor, summary = escape(operation["operationId"]), escape(operation["summary"])
    return f'<li data-of="{anchor}"><a href="#{anchor}">{summary}</a></li>'


def _operation(method: str, path: str, operation: Schema, description: Description) -> str:
    schemas = description["components"]["schemas"]
    responses = {
        status: resolved(description, response)
        for status, response in operation["responses"].items()
    }
    answers = [one for one in responses.items() if one[0] < "300"]
    errors = [one for one in responses.items() if one[0] >= "300"]
    return "".join(
        [
            f'<article id="{escape(operation["operationId"])}" data-method="{method}" '
            f'data-path="{escape(path)}">',
            f'<h3><b class="{method.lower()}">{method}</b> <code>{escape(path)}</code> ',
            f"{escape(operation['summary'])}</h3>",
            _text(operation.get("description", "")),
            _parameters(operation.get("parameters", [])),
            f"<pre class=request>{escape(_curl(method, path, operation))}</pre>",
            _fields_of(operation.get("requestBody", {}), schemas),
            *(_answer(status, answer, schemas) for status, answer in answers),
            _errors(errors),
            "</article>\n",
        ]
    )


def _curl(method: str, path: str, operation: Schema) -> str:
    """The request as one types it."""
    shown = re.sub(r"{(\w+)}", lambda name: "$" + name[1], path)
    required = [
        f"{one['name']}=..."
        for one in operation.get("parameters", [])
        if one["in"] == "query" and one["required"]
    ]
    query = "?" + "&".join(required) if required else ""
    lines = [f'curl -X {method} "$VOLTYARD{shown}{query}"']
    if "security" in operation:
        lines.append('-H "Authorization: Bearer $VOLTYARD_TOKEN"')
    body = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if body is not None:
        example = json.dumps(body.get("example", {}), indent=2, ensure_ascii=False)
        quoted = example.replace("'", "'\\''")
        lines += ["-H 'Content-Type: application/json'", f"-d '{quoted}'"]
    return " \\\n  ".join(lines)


def _parameters(parameters: list[Schema]) -> str:
    rows = [
        _row(
            f"<code>{escape(one['name'])}</code>",
            one["in"],
            escape(_kind(one["schema"])) + (", required" if one["required"] else ""),
            _inline(one.get("description", "")),
        )
        for one in parameters
    ]
    return f"<table class=parameters>{''.join(rows)}</table>" if rows else ""


def _answer(status: str, answer: Schema, schemas: Mapping[str, Schema]) -> str:
    content = answer.get("content", {}).get("application/json", {})
    example = content.get("example")
    shown = "" if example is None else _json(example)
    return f"<h4>{status}</h4>{shown}{_fields_of(answer, schemas)}"


def _errors(errors: Sequence[tuple[str, Schema]]) -> str:
    if not errors:
        return ""
    rows = []
    for status, error in errors:
        example = error.get("content", {}).get("application/json", {}).get("example", "")
        shown = escape(json.dumps(example, ensure_ascii=False))
        rows.append(_row(status, _inline(error["description"]), f"<code>{shown}</code>"))
    return f"<details><summary>errors</summary><table>{''.join(rows)}</table></details>"


def _fields_of(holder: Schema, schemas: Mapping[str, Schema]) -> str:
    """The fields of a body or an answer, with those of what is in them."""
    schema = holder.get("content", {}).get("application/json", {}).get("schema")
    if schema is None:
        return ""
    rows = [
        _row(f"<code>{escape(name)}</code>", escape(kind), _inline(said))
        for name, kind, said in _fields(schema, schemas, "", ())
    ]
    if not rows:
        return ""
    return f"<details><summary>fields</summary><table>{''.join(rows)}</table></details>"


def _fields(
    schema: Schema, schemas: Mapping[str, Schema], inside: str, seen: tuple[str, ...]
) -> Iterator[tuple[str, str, str]]:
    """(path, kind, description) of every field, however deep; each model once on its way down."""
    for one in [schema, *schema.get("anyOf", [])]:
        if "items" in one:
            yield from _fields(one["items"], schemas, f"{inside}[]" if inside else inside, seen)
        name = one.get("$ref", "").rpartition("/")[2]
        if name and name not in seen:
            yield from _fields(schemas[name], schemas, inside, (*seen, name))
        required = one.get("required", ())
        for field, of_field in one.get("properties", {}).items():
            path = f"{inside}.{field}" if inside else field
            kind = _kind(of_field) + (", required" if field in required else "")
            yield path, kind, of_field.get("description", "")
            yield from _fields(of_field, schemas, path, seen)


def _kind(schema: Schema) -> str:
    """A type in a few words."""
    if "anyOf" in schema:
        return " or ".join(_kind(one) for one in schema["anyOf"])
    if "enum" in schema:
        return " | ".join(str(one) for one in schema["enum"])
    if "const" in schema:
        return str(schema["const"])
    if "items" in schema:
        or_null = " or null" if "null" in schema.get("type", ()) else ""
        return f"list of {_kind(schema['items'])}{or_null}"
    types = schema.get("type") or schema.get("$ref", "any").rpartition("/")[2]
    first, *others = [types] if isinstance(types, str) else types
    return " or ".join([f"{schema.get('format', first)}{_bounds(schema)}", *others])


def _bounds(schema: Schema) -> str:
    low = schema.get("minimum", schema.get("exclusiveMinimum"))
    high = schema.get("maximum", schema.get("exclusiveMaximum"))
    if low is None and high is None:
        return ""
    return " " + "..".join("" if one is None else f"{one:.15g}" for one in (low, high))


def _row(*cells: str) -> str:
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def _json(value: Any) -> str:
    return f"<pre>{escape(json.dumps(value, indent=2, ensure_ascii=False))}</pre>"


def _text(text: str) -> str:
    return f"<p>{_inline(text)}</p>" if text else ""


def _inline(text: str) -> str:
    """Escaped, with what stands in backticks as code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))
