"""Reading of scenarios from YAML: strict, with line and column of what is wrong."""

import re
from collections.abc import Mapping
from typing import Any, Final, TypeAlias, Union, get_args, get_origin, get_type_hints

import msgspec
import yaml
from msgspec import Struct

from voltyard.kernel import limits
from voltyard.kernel.errors import Invalid
from voltyard.scenarios.form.checking import FormProblem, Path
from voltyard.scenarios.form.commands import nearest
from voltyard.scenarios.form.form import NO_PARAMETERS, Parameter, Scenario
from voltyard.scenarios.form.rows import ScenarioRow, rows_of

Marks: TypeAlias = dict[Path, tuple[int, int]]
_PAUSES: Final = frozenset({"wait", "sleep", "delay", "pause"})
_UNKNOWN: Final = re.compile(r"Object contains unknown field `(.+)`")
_AT: Final = re.compile(r"^(.*?)(?: - at `(?:key in )?\$?(.*)`)?$", re.DOTALL)
_TOKEN: Final = re.compile(r"\.([^.\[]+)|\[(\d+|\.\.\.)\]")


class _Loader(yaml.SafeLoader):  # type: ignore[misc]
    """YAML as data, in which a moment is a text."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, rule) for tag, rule in rules if tag != "tag:yaml.org,2002:timestamp"]
    for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


class ScenarioDocument(Struct, frozen=True):
    """A scenario and the places of its parts in a text."""

    name: str
    """Of the file, as it is shown."""
    scenario: Scenario
    marks: Any

    def rows(self, given: Mapping[str, Parameter] = NO_PARAMETERS) -> list[ScenarioRow]:
        """The rows that are played. Invalid, with line and column, where one cannot be."""
        try:
            return list(rows_of(self.scenario, given))
        except FormProblem as problem:
            raise _invalid(self.name, self.marks, problem) from None


def read(text: str, name: str) -> ScenarioDocument:
    """A scenario in YAML. Invalid, with line and column, where it is none."""
    if len(text) > limits.SCENARIO_CHARS:
        raise Invalid(f"{name} is longer than {limits.SCENARIO_CHARS} characters")
    marks: Marks = {}
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        if node is None:
            raise Invalid(f"{name} is empty")
        _mark(node, (), marks, set())
        data = loader.construct_document(node)
    except FormProblem as problem:
        raise _invalid(name, marks, problem) from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
        raise Invalid(f"{name}{where}: this is no YAML: {error.problem}") from None
    except (yaml.YAMLError, RecursionError, ValueError, TypeError) as error:
        raise Invalid(f"{name}: this is no YAML: {' '.join(str(error).split())}") from None
    try:
        scenario = msgspec.convert(data, Scenario)
    except msgspec.ValidationError as error:
        raise _invalid(name, marks, _problem(str(error), data)) from None
    document = ScenarioDocument(name, scenario, marks)
    document.rows()
    return document


def _mark(node: Any, path: Path, marks: Marks, seen: set[int]) -> None:
    """Note where each part begins."""
    marks.setdefault(path, (node.start_mark.line + 1, node.start_mark.column + 1))
    if id(node) in seen:
        raise FormProblem(path, "an alias (*) is not taken here: write it out")
    seen.add(id(node))
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            here = (*path, key.value if isinstance(key.value, str) else "?")
            if here in marks:
                marks[here] = (key.start_mark.line + 1, key.start_mark.column + 1)
                raise FormProblem(here, f"{key.value} is there twice")
            marks[here] = (key.start_mark.line + 1, key.start_mark.column + 1)
            _mark(value, here, marks, seen)
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value):
            _mark(value, (*path, number), marks, seen)


def _problem(message: str, data: Any) -> FormProblem:
    """A complaint of msgspec as one that names the nearest key."""
    split = _AT.match(message)
    assert split is not None
    told = split[1]
    path: Path = tuple(
        int(index) if index.isdigit() else key or index
        for key, index in _TOKEN.findall(split[2] or "")
    )
    unknown = _UNKNOWN.match(told)
    path = _real(path, data, unknown[1] if unknown else "")
    if unknown is None:
        return FormProblem(path, _explained(told))
    key = unknown[1]
    struct = _struct_at(Scenario, path)
    known = frozenset(one.encode_name for one in msgspec.structs.fields(struct))
    if key in _PAUSES:
        return FormProblem(
            (*path, key),
            f"there is no {key}: a scenario waits for something (wait_for), never for a time alone",
        )
    guess = nearest(key, known) or f"; there are {', '.join(sorted(known))}"
    return FormProblem((*path, key), f"unknown key {key!r}{guess}")


def _explained(told: str) -> str:
    if told == "Expected `str`, got `int`" or told == "Expected `str`, got `float`":
        return f"{told}: put it in quotation marks"
    return told


def _real(path: Path, data: Any, key: str) -> Path:
    """The path with the right keys of tables in the places of `...`, which msgspec leaves open."""
    for number, token in enumerate(path):
        if token == "...":
            for name, value in data.items() if isinstance(data, Mapping) else ():
                rest = path[number + 1 :]
                inner = _at(value, tuple(one for one in rest if one != "..."))
                if isinstance(inner, Mapping) and key in inner:
                    return (*path[:number], name, *_real(rest, value, key))
            return path[:number]
        data = _at(data, (token,))
    return path


def _at(data: Any, path: Path) -> Any:
    for token in path:
        try:
            data = data[token]
        except (KeyError, IndexError, TypeError):
            return None
    return data


def _struct_at(kind: Any, path: Path) -> type[Struct]:
    """The Struct at a place of the form."""
    found: type[Struct] = kind
    for token in path:
        if isinstance(token, int):
            continue
        names = {one.encode_name: one.name for one in msgspec.structs.fields(found)}
        if token not in names:
            break
        inner = _struct_in(get_type_hints(found)[names[token]])
        if inner is None:
            break
        found = inner
    return found


def _struct_in(hint: Any) -> type[Struct] | None:
    if isinstance(hint, type) and issubclass(hint, Struct):
        return hint
    if get_origin(hint) in (Union, list, dict, tuple) or get_args(hint):
        for one in get_args(hint):
            if (found := _struct_in(one)) is not None:
                return found
    return None


def _invalid(name: str, marks: Marks, problem: FormProblem) -> Invalid:
    path = problem.path
    while path and path not in marks:
        path = path[:-1]
    line, column = marks.get(path, (1, 1))
    return Invalid(f"{name}:{line}:{column}: {problem.message}")
