"""Values that are typed in another form than the body of a request has them."""

import json
import sys
from typing import Any

from voltyard.kernel.errors import Invalid


def settings_of(typed: list[str]) -> dict[str, str]:
    """Settings of NAME=VALUE; a value may be empty, and may have more signs of equality."""
    found = {}
    for one in typed:
        name, sign, value = one.partition("=")
        if not sign or not name:
            raise Invalid(f"{one!r} is no NAME=VALUE")
        found[name] = value
    return found


def tag_entries(typed: list[str]) -> list[dict[str, str]]:
    """Entries of a local list."""
    return [{"id_tag": one} for one in typed]


def number_or_none(typed: str) -> int | None:
    """A number; `none` is none."""
    if typed.lower() in ("none", "null"):
        return None
    try:
        return int(typed)
    except ValueError:
        raise Invalid(f"{typed!r} is no whole number, and not none") from None


def json_object(typed: str) -> dict[str, Any]:
    """An object in JSON; `-` reads it from standard input."""
    text = sys.stdin.read() if typed == "-" else typed
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Invalid(f"not JSON: {error}") from None
    if not isinstance(value, dict):
        raise Invalid("not an object in JSON", hint="such as '{}'")
    return value


def numbers_of(typed: list[str]) -> dict[str, Any]:
    """Fields of NAME=VALUE whose values are numbers, true or false, as JSON has them."""
    found: dict[str, Any] = {}
    for name, value in settings_of(typed).items():
        try:
            found[name] = json.loads(value)
        except ValueError:
            raise Invalid(f"{name}: {value!r} is no number, nor true or false") from None
    return found
