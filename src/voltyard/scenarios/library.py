"""Library of the scenarios that ship, by theme."""

from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from voltyard.kernel.errors import Invalid, NotFound
from voltyard.scenarios.form.commands import nearest
from voltyard.scenarios.form.reading import ScenarioDocument, read

_SUFFIX = ".yaml"


@cache
def shipped() -> dict[str, Traversable]:
    """The files of the scenarios that ship, by name, in the order of their themes."""
    folder = files(__package__).joinpath("ready")
    return {file.name.removesuffix(_SUFFIX): file for file in _files(folder)}


def _files(folder: Traversable) -> Iterator[Traversable]:
    for one in sorted(folder.iterdir(), key=lambda one: one.name):
        if one.is_dir():
            yield from _files(one)
        elif one.name.endswith(_SUFFIX):
            yield one


def text_of(name: str) -> str:
    """The YAML of a scenario that ships. NotFound where there is none of that name."""
    file = shipped().get(name)
    if file is None:
        guess = nearest(name, shipped())
        raise NotFound(f"no scenario {name!r} ships{guess}", hint="`voltyard scenarios` lists them")
    return file.read_text(encoding="utf-8")


def document_of(name: str) -> ScenarioDocument:
    """A scenario that ships."""
    return read(text_of(name), f"{name}{_SUFFIX}")


def found(file_or_name: str) -> ScenarioDocument:
    """The scenario in a file, or the one of that name that ships. NotFound, Invalid."""
    path = Path(file_or_name)
    is_file = path.suffix in (_SUFFIX, ".yml", ".json") or "/" in file_or_name
    if not is_file and not path.is_file():
        return document_of(file_or_name)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no UTF-8"
        raise Invalid(f"cannot read {path}: {why}") from error
    return read(text, str(path))
