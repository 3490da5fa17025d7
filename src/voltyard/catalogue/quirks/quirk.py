"""Quirk: a misbehaviour seen in the field, as data."""

import re
from typing import Literal, TypeAlias

from msgspec import Struct

Where: TypeAlias = Literal["handshake", "bytes", "payload", "timing", "state", "clock", "meter"]
"""Place that a quirk touches: the dial, a frame's text, a message's fields, when and in which order
messages go, what the charger does, its timestamps, its readings."""

Value: TypeAlias = bool | int | float | str

_ISSUE = re.compile(r"([\w.-]+/[\w.-]+)#(\d+)")

DEVICES = "https://github.com/lbbrhzn/ocpp/blob/main/docs/supported-devices.md"
"""Notes on chargers in the field, by the users of one backend."""


class Parameter(Struct, frozen=True, kw_only=True):
    """A parameter of a quirk, with its default and range."""

    name: str
    default: Value
    about: str
    choices: tuple[str, ...] = ()
    """Of a text: all it may be; empty: anything."""
    least: float | None = None
    most: float | None = None

    @property
    def kind(self) -> str:
        """boolean, integer, number or string, as in JSON."""
        if isinstance(self.default, bool):
            return "boolean"
        if isinstance(self.default, int):
            return "integer"
        return "number" if isinstance(self.default, float) else "string"


class Quirk(Struct, frozen=True, kw_only=True):
    """One misbehaviour."""

    id: str
    """Q01, ...: stable, and the same in facts and tests."""
    name: str
    where: Where
    about: str
    sources: tuple[str, ...]
    """Sources that have seen it: owner/repository#number, a URL, or the clause of a
    specification."""
    versions: tuple[str, ...] = ("1.6", "2.0.1")
    parameters: tuple[Parameter, ...] = ()
    probability: float = 1.0
    """Default probability."""

    def urls(self) -> tuple[str, ...]:
        """The sources as links, where they are any."""
        return tuple(url_of(source) for source in self.sources)


def url_of(source: str) -> str:
    """A source as a link; what is none stays as it is."""
    issue = _ISSUE.fullmatch(source)
    return f"https://github.com/{issue[1]}/issues/{issue[2]}" if issue else source


def choice(name: str, *choices: str, about: str) -> Parameter:
    """One of several words; the first unless said otherwise."""
    return Parameter(name=name, default=choices[0], choices=choices, about=about)


def number(name: str, default: float, least: float, most: float, about: str) -> Parameter:
    """A number, whole where its default is an int."""
    return Parameter(name=name, default=default, least=least, most=most, about=about)


def text(name: str, default: str, about: str) -> Parameter:
    """Any text."""
    return Parameter(name=name, default=default, about=about)


def flag(name: str, default: bool, about: str) -> Parameter:
    """Yes or no."""
    return Parameter(name=name, default=default, about=about)
