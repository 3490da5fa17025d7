"""The file of a load run, in YAML: read strictly, each complaint with its line and column."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Annotated, Any, Final, Literal, TypeVar

import msgspec
import yaml
from msgspec import Meta, Struct

from voltyard.kernel import limits
from voltyard.kernel.errors import Invalid
from voltyard.load.plans.durations import DURATION_PATTERN
from voltyard.load.plans.names import meant
from voltyard.load.plans.stages import FORMS, STAGE_PATTERN

Read = TypeVar("Read")

_Duration = Annotated[
    str,
    Meta(
        description="Such as 500ms, 30s, 2m or 1h.",
        extra_json_schema={"pattern": f"^{DURATION_PATTERN}$"},
    ),
]
_Stage = Annotated[
    str, Meta(description="; ".join(FORMS), extra_json_schema={"pattern": STAGE_PATTERN})
]
_Tag = Annotated[str, Meta(min_length=1, max_length=20)]


class FileCall(Struct, kw_only=True, forbid_unknown_fields=True, frozen=True):
    """Calls of one action, made whether or not earlier ones have been answered."""

    action: Annotated[str, Meta(description="An action of OCPP that chargers call.")]
    rate: Annotated[
        float, Meta(gt=0, le=limits.LOAD_CALLS_PER_S, description="A second, of all chargers.")
    ]
    payload: Annotated[
        dict[str, Any] | None, Meta(description="Sent as it is; some actions have one ready-made.")
    ] = None


class FileSessions(Struct, kw_only=True, forbid_unknown_fields=True, frozen=True):
    """Sessions of each charger, one after another."""

    every: Annotated[_Duration, Meta(description="From one's beginning to the next one's.")] = "60s"
    lasts: Annotated[_Duration, Meta(description="The length of each.")] = "30s"
    meter_values: Annotated[
        int, Meta(ge=1, le=3600, description="Seconds between two meter values.")
    ] = 10
    tags: Annotated[tuple[_Tag, ...], Meta(min_length=1, description="Id tags, in turn.")] = (
        "04D10000000000",
    )


class LoadFile(Struct, kw_only=True, forbid_unknown_fields=True, frozen=True):
    """A load run of `voltyard load`."""

    url: Annotated[str | None, Meta(description="The CSMS; the identity is appended.")] = None
    version: Annotated[Literal["1.6", "2.0.1", "mixed"], Meta(description="OCPP version.")] = "1.6"
    prefix: Annotated[
        str, Meta(max_length=40, description="Identities are PREFIX00001 and so on.")
    ] = "LOAD-"
    seed: Annotated[int, Meta(description="Of ids and back-off.")] = 7
    stages: Annotated[
        tuple[_Stage, ...],
        Meta(max_length=limits.LOAD_STAGES, description="In their order."),
    ] = ()
    calls: Annotated[
        tuple[FileCall, ...], Meta(description="Calls at rates fixed in advance.")
    ] = ()
    sessions: Annotated[
        FileSessions | None, Meta(description="Without it the chargers have no sessions.")
    ] = None
    thresholds: Annotated[
        tuple[str, ...],
        Meta(description="Such as 'BootNotification.p99 < 500ms'; they decide the exit code."),
    ] = ()


def load_schema() -> dict[str, Any]:
    """The JSON Schema of the file."""
    schema = msgspec.json.schema(LoadFile)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


class ReadPlanFile(Struct, frozen=True):
    """A file that has been read, with the places of what is in it."""

    content: LoadFile
    source: _Source

    def each(self, field: str, texts: Iterable[str], read: Callable[[str], Read]) -> list[Read]:
        """The readings of a list's texts; an Invalid of one says where it stands."""
        return [self.one(f"{field}[{number}]", text, read) for number, text in enumerate(texts)]

    def one(self, place: str, text: str, read: Callable[[str], Read]) -> Read:
        """The reading of a text; an Invalid says where it stands."""
        try:
            return read(text)
        except Invalid as error:
            where = self.source.place(f"$.{place}")
            raise Invalid(f"{where}: {error.message}", hint=error.advice) from None


class _Source(Struct, frozen=True):
    """The text of a file, as YAML's nodes."""

    name: str
    root: Any

    def place(self, path: str, key: str = "") -> str:
        """Name, line and column of a path such as `$.calls[0].rate`, or of a key there."""
        node = self.root
        for name, number in _STEP.findall(path):
            below = self._child(node, name, number)
            if below is None:
                break
            node = below
        mark = node.start_mark
        if key and isinstance(node, yaml.MappingNode):
            marks = [one.start_mark for one, _ in node.value if one.value == key]
            mark = marks[0] if marks else mark
        return f"{self.name}, line {mark.line + 1}, column {mark.column + 1}"

    def _child(self, node: Any, name: str, number: str) -> Any:
        if number and isinstance(node, yaml.SequenceNode) and int(number) < len(node.value):
            return node.value[int(number)]
        if name and isinstance(node, yaml.MappingNode):
            return next((value for one, value in node.value if one.value == name), None)
        return None


_STEP: Final = re.compile(r"\.(\w+)|\[(\d+)\]")
_AT: Final = re.compile(r"(.*?)(?: - at `(\$[^`]*)`)?", re.DOTALL)
_UNKNOWN: Final = re.compile(r"Object contains unknown field `(.*)`")
_KINDS: Final = {"calls": FileCall, "sessions": FileSessions}


def read_plan_file(file: Path) -> ReadPlanFile:
    """Read a file. Invalid, with line and column, where something in it cannot be."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no UTF-8"
        raise Invalid(f"cannot read {file}: {why}") from error
    loader = yaml.SafeLoader(text)
    try:
        root = loader.get_single_node()
        plain = None if root is None else loader.construct_document(root)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise Invalid(f"{file}: {_yaml_complaint(error)}") from None
    if not isinstance(plain, dict):
        raise Invalid(f"{file} has no load run", hint="such as 'stages: [ramp 10 over 5s]'")
    source = _Source(str(file), root)
    try:
        return ReadPlanFile(msgspec.convert(plain, LoadFile), source)
    except msgspec.ValidationError as error:
        raise _located(error, source) from None


def _yaml_complaint(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or " ".join(str(error).split())
    return f"line {mark.line + 1}, column {mark.column + 1}: {problem}" if mark else problem


def _located(error: msgspec.ValidationError, source: _Source) -> Invalid:
    found = _AT.fullmatch(str(error))
    assert found is not None, "everything matches"
    message, path = found[1], found[2] or "$"
    unknown = _UNKNOWN.fullmatch(message)
    if unknown is None:
        return Invalid(f"{source.place(path)}: {message[:1].lower()}{message[1:]}")
    top = _STEP.findall(path)
    kind: Any = _KINDS.get(top[0][0], LoadFile) if top else LoadFile
    known = kind.__struct_fields__
    return Invalid(
        f"{source.place(path, unknown[1])}: there is no {unknown[1]!r} here",
        hint=meant(unknown[1], known) or f"there is {', '.join(known)}",
    )
