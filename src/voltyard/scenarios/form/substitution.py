"""Substitution of `${name}` in a scenario's data."""

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any, Final

_PLACE: Final = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


class UnknownName(ValueError):
    """A name that stands for nothing."""

    def __init__(self, name: str, known: Mapping[str, Any]) -> None:
        near = get_close_matches(name, known, n=1)
        guess = f"; did you mean ${{{near[0]}}}?" if near else ""
        super().__init__(f"${{{name}}} stands for nothing{guess}")


def names_in(data: Any) -> Iterator[str]:
    """The names that occur in it."""
    if isinstance(data, str):
        yield from _PLACE.findall(data)
    elif isinstance(data, Mapping):
        for key, value in data.items():
            yield from names_in(key)
            yield from names_in(value)
    elif isinstance(data, list | tuple):
        for value in data:
            yield from names_in(value)


def substituted(data: Any, values: Mapping[str, Any], later: frozenset[str] = frozenset()) -> Any:
    """The data with values in the places of names; those of `later` stay. UnknownName for any
    other."""
    if isinstance(data, str):
        return _text(data, values, later)
    if isinstance(data, Mapping):
        return {
            _text(key, values, later): substituted(value, values, later)
            for key, value in data.items()
        }
    if isinstance(data, list | tuple):
        return [substituted(value, values, later) for value in data]
    return data


def _text(text: Any, values: Mapping[str, Any], later: frozenset[str]) -> Any:
    if not isinstance(text, str) or "${" not in text:
        return text
    whole = _PLACE.fullmatch(text)
    if whole is not None and whole[1] not in later:
        if whole[1] not in values:
            raise UnknownName(whole[1], values)
        return values[whole[1]]

    def value_of(found: re.Match[str]) -> str:
        name = found[1]
        if name in later:
            return found[0]
        if name not in values:
            raise UnknownName(name, values)
        return str(values[name])

    return _PLACE.sub(value_of, text)
