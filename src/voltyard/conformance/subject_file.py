"""The text of a subject's YAML file: each key with a comment on its meaning and its source."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import yaml

from voltyard.kernel.text.printable_text import printable

_WIDTH: Final = 96
_NEVER: Final = 10**6


class SubjectFile:
    """A subject's file, put together key by key."""

    def __init__(self, title: str) -> None:
        self._lines = _comment(title)

    def add(self, key: str, value: Any, comment: str) -> None:
        """Add a scalar, or a short list on one line."""
        self._lines += ["", *_comment(comment), f"{key}: {_flow(value)}"]

    def add_list(self, key: str, items: Iterable[tuple[str, str]], comment: str) -> None:
        """Add a list, each item with a note of its own."""
        lines = [_noted(f"- {_flow(item)}", note) for item, note in items]
        self._add_block(key, lines, "[]", comment)

    def add_mapping(self, key: str, items: Mapping[str, tuple[Any, str]], comment: str) -> None:
        """Add a mapping, each value with a note of its own."""
        lines = [
            _noted(f"  {_flow(name)}: {_flow(value)}", note)
            for name, (value, note) in items.items()
        ]
        self._add_block(key, lines, "{}", comment)

    def _add_block(self, key: str, lines: list[str], empty: str, comment: str) -> None:
        self._lines += ["", *_comment(comment)]
        self._lines += [f"{key}:", *lines] if lines else [f"{key}: {empty}"]

    def text(self) -> str:
        return "\n".join(self._lines) + "\n"


def _comment(text: str) -> list[str]:
    """The text as comments, broken between words."""
    lines = [""]
    for word in printable(text).split(" "):
        if lines[-1] and len(lines[-1]) + len(word) >= _WIDTH:
            lines.append("")
        lines[-1] += f" {word}" if lines[-1] else word
    return [f"# {line}" for line in lines]


def _noted(line: str, note: str) -> str:
    return f"{line}  # {printable(note)}" if note else line


def _flow(value: Any) -> str:
    """The value on one line, quoted where YAML would take it for something else."""
    text: str = yaml.safe_dump(value, default_flow_style=True, width=_NEVER, allow_unicode=True)
    return text.removesuffix("\n").removesuffix("\n...")
