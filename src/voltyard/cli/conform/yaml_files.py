"""YAML files of `voltyard conform`, read strictly: each complaint has its line and column."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final, TypeVar, get_args, get_type_hints

import msgspec
import yaml

from voltyard.kernel.errors import Invalid

Content = TypeVar("Content", bound=msgspec.Struct)

_AT: Final = re.compile(r"(.*?)(?: - at `(?:key in )?\$([^`]*)`)?", re.DOTALL)
_UNKNOWN: Final = re.compile(r"Object contains unknown field `(.*)`", re.DOTALL)
_STEP: Final = re.compile(r"\.([^.\[]+)|\[(\d+|\.\.\.)\]")


def read_yaml(path: Path, kind: type[Content]) -> Content:
    """The content of a YAML file, as that Struct. Invalid, with line and column, where it is none;
    an unknown key is told with the nearest."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no UTF-8"
        raise Invalid(f"cannot read {path}: {why}") from None
    try:
        loader = yaml.SafeLoader(text)
        root = loader.get_single_node()
        plain = {} if root is None else loader.construct_document(root)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
        raise Invalid(f"{path}{where}: {error.problem}") from None
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise Invalid(f"{path}: this is no YAML: {' '.join(str(error).split())}") from None
    try:
        return msgspec.convert(plain, kind, dec_hook=_converted)
    except msgspec.ValidationError as error:
        raise _located(str(error), str(path), root, kind) from None


def _converted(kind: type, value: object) -> object:
    """The value of a key that names a file."""
    if kind is Path and isinstance(value, str):
        return Path(value)
    raise ValueError("expected the name of a file")


def _located(message: str, name: str, root: Any, kind: type[msgspec.Struct]) -> Invalid:
    found = _AT.fullmatch(message)
    assert found is not None, "everything matches"
    told, steps = found[1], [one[0] or one[1] for one in _STEP.findall(found[2] or "")]
    unknown = _UNKNOWN.fullmatch(told)
    key = "" if unknown is None else unknown[1]
    mark = _mark(root, steps, key)
    where = f"{name}:{mark.line + 1}:{mark.column + 1}" if mark else name
    if unknown is None:
        place = f"{'.'.join(steps)}: " if steps else ""
        return Invalid(f"{where}: {place}{told[:1].lower()}{told[1:]}")
    known = sorted(set(_keys(kind)))
    near = get_close_matches(key, known, n=2)
    hint = f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(known)}"
    return Invalid(f"{where}: unknown key {key!r}", hint=hint)


def _mark(node: Any, steps: list[str], key: str) -> Any:
    """The place of a key, or of a value, at those steps; `...` is any key of a mapping."""
    if node is None:
        return None
    if not steps:
        if not key:
            return node.start_mark
        marks = [one.start_mark for one, _ in _pairs(node) if one.value == key]
        return marks[0] if marks else None
    step, rest = steps[0], steps[1:]
    if isinstance(node, yaml.SequenceNode):
        if step.isdigit() and int(step) < len(node.value):
            return _mark(node.value[int(step)], rest, key)
        return None
    for one, value in _pairs(node):
        if step in ("...", one.value) and (found := _mark(value, rest, key)) is not None:
            return found
    return None


def _pairs(node: Any) -> list[tuple[Any, Any]]:
    return list(node.value) if isinstance(node, yaml.MappingNode) else []


def _keys(kind: type[msgspec.Struct]) -> Iterator[str]:
    """The keys of a Struct and of those within it."""
    for name, hint in get_type_hints(kind).items():
        if name in kind.__struct_fields__:
            yield name
            for inner in (hint, *get_args(hint)):
                if isinstance(inner, type) and issubclass(inner, msgspec.Struct):
                    yield from _keys(inner)
