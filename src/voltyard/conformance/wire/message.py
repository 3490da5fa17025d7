"""A message of the subject, and expectations of its fields."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from voltyard.conformance.wire.record import Record

_SHOWN_CHARACTERS: Final = 500


@dataclass(frozen=True)
class Expected:
    """A condition on a value, with the words for it."""

    words: str
    holds: Callable[[Any], bool]


class _Missing:
    def __repr__(self) -> str:
        return "nothing"


MISSING: Final = _Missing()
"""Stands for a field that is not there."""

ANY: Final = Expected("anything", lambda _: True)
PRESENT: Final = Expected("any value", lambda value: value is not MISSING)
ABSENT: Final = Expected("no such field", lambda value: value is MISSING)


def one_of(*values: Any) -> Expected:
    """One of these."""
    return Expected("one of " + ", ".join(map(repr, values)), lambda value: value in values)


def other_than(*values: Any) -> Expected:
    """A value that is there and none of these."""
    return Expected(
        "other than " + ", ".join(map(repr, values)),
        lambda value: value is not MISSING and value not in values,
    )


def at_least(least: float) -> Expected:
    """A number from `least` up."""
    return Expected(
        f"at least {least}", lambda value: isinstance(value, int | float) and value >= least
    )


def fitting(words: str, holds: Callable[[Any], bool]) -> Expected:
    """Any condition on a value that is there; `words` is how a report calls it."""
    return Expected(words, lambda value: value is not MISSING and holds(value))


@dataclass(frozen=True)
class ReceivedMessage:
    """The payload of a CALL or an answer that came from the subject."""

    action: str
    payload: dict[str, Any]
    record: Record = field(repr=False)
    frame: int
    """Its number in the record."""
    kind: str = "CALL"
    message_id: str = ""

    def __getitem__(self, path: str) -> Any:
        """The field at a path such as `idTagInfo.status` or `meterValue.0.timestamp`. The case
        fails where there is none."""
        found = self.get(path)
        if found is MISSING:
            raise self.broken(f"{path} in {self.name}", self._shown())
        return found

    def get(self, path: str) -> Any:
        """The field at a path, or MISSING."""
        at: Any = self.payload
        for part in path.split("."):
            if isinstance(at, list) and part.lstrip("-").isdigit():
                index = int(part)
                at = at[index] if -len(at) <= index < len(at) else MISSING
            elif isinstance(at, dict):
                at = at.get(part, MISSING)
            else:
                return MISSING
        return at

    def fits(self, expected: dict[str, Any]) -> bool:
        """True where each path has its value, or fits its `Expected`."""
        return all(_fits(self.get(path), value) for path, value in expected.items())

    def expect(self, expected: dict[str, Any] | None = None, rule: str = "", **fields: Any) -> None:
        """The case fails unless each path has its value, or fits its `Expected`."""
        for path, value in {**(expected or {}), **fields}.items():
            if not _fits(self.get(path), value):
                words = value.words if isinstance(value, Expected) else repr(value)
                raise self.broken(f"{path} of {self.name} is {words}", self._shown(), rule)

    def broken(self, expected: str, came: str = "", rule: str = "") -> Exception:
        """The error to raise where this message is not as it should be."""
        return self.record.broken(expected, came or self._shown(), rule=rule, frame=self.frame)

    @property
    def name(self) -> str:
        """The action, and the answer to it as such."""
        return self.action if self.kind == "CALL" else f"the answer to {self.action}"

    def _shown(self) -> str:
        return json.dumps(self.payload)[:_SHOWN_CHARACTERS]


def _fits(found: Any, expected: Any) -> bool:
    if isinstance(expected, Expected):
        return expected.holds(found)
    return bool(found == expected)
