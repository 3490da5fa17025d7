"""Values and records on lines that are safe to print, and such JSON."""

import json
import re
from collections.abc import Mapping
from typing import Any

from voltyard.kernel.text.printable_text import printable


def json_text(value: Any, indent: int | None = None) -> str:
    """JSON of the same meaning, in which no control is raw."""
    return re.sub(
        "[\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]",
        lambda found: f"\\u{ord(found[0]):04x}",
        json.dumps(value, ensure_ascii=False, indent=indent),
    )


def cell(value: Any) -> str:
    """A value on one line: nothing for none, yes and no, and no more digits than one reads."""
    match value:
        case None | "":
            return ""
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:.3f}".rstrip("0").rstrip(".")
        case list() if all(isinstance(one, str | int) for one in value):
            return ", ".join(map(cell, value))
        case list() | dict():
            return json_text(value)
    return printable(str(value))


def fields(record: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    """Names and values of a record; what is within a field has its name before it."""
    found: list[tuple[str, str]] = []
    for name, value in record.items():
        name = printable(f"{prefix}{name}")
        if isinstance(value, Mapping) and value:
            found += fields(value, f"{name}.")
        elif isinstance(value, list) and value and all(isinstance(one, dict) for one in value):
            for number, one in enumerate(value, start=1):
                found += fields(one, f"{name}.{number}.")
        else:
            found.append((name, cell(value)))
    return found
