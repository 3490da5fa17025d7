"""The tests mirror the source, and each of them says by itself what it holds.

`src/voltyard/charger/evse/connector.py` is tested in `tests/charger/evse/test_connector.py`, a
second file of it is `test_connector_<aspect>.py`. A file of a whole package has the package's name:
`tests/storage/backups/test_backups.py`, `tests/api/csms/test_csms_bad_input.py`.
"""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
TESTS = ROOT / "tests"
SOURCE = ROOT / "src" / "voltyard"

ACROSS_ROOMS = {
    "attack": "attacks on a whole server in a process of its own",
    "docs": "documents, and files that are delivered",
    "foreign": "other people's code at the far end of a socket",
    "server": "a whole server, or several",
    "tidy": "the style of the code",
    "tools": "programs for developers",
}
ELSEWHERE = {
    "fakes": "stand-ins in memory, held to the contracts of their ports",
}
"""Folders that are no rooms of the source, with the reason."""

ASSERTING = {
    "connected": "waits until a charger has its link",
    "done": "has a command carried out, and fails where it is not",
    "flows": "waits until chargers take so much power",
    "until": "waits for a condition, and fails where it does not come true",
}
"""Helpers that fail by themselves though their names do not say so."""

RAISES_NOTHING = ("_raise", "_raises", "_no_error")
"""Parts of the name of a test that only must not raise."""


@cache
def files_of_tests() -> dict[str, ast.Module]:
    """The modules of tests, by path from `tests`."""
    paths = sorted(TESTS.rglob("test_*.py"))
    return {str(path.relative_to(TESTS)): ast.parse(path.read_text()) for path in paths}


def is_across_rooms(path: str) -> bool:
    folder = str(Path(path).parent)
    return folder.split("/")[0] in ACROSS_ROOMS or folder in ELSEWHERE


def names_a_module(path: str) -> bool:
    folder = SOURCE / Path(path).parent
    stem = Path(path).stem.removeprefix("test_")
    modules = [one.stem for one in folder.glob("*.py") if one.stem != "__init__"]
    packages = [one.parent.name for one in folder.glob("*/__init__.py")]
    return any(
        stem == name or stem.startswith(f"{name}_") for name in (*modules, *packages, folder.name)
    )


def test_a_file_of_tests_is_where_its_module_is() -> None:
    astray = [
        path for path in files_of_tests() if not (is_across_rooms(path) or names_a_module(path))
    ]

    assert not astray, "tests/A/B/test_x.py is about src/voltyard/A/B/x.py"


def test_the_tables_name_only_what_there_is() -> None:
    folders = [*ACROSS_ROOMS, *ELSEWHERE]
    calls = {name for module in files_of_tests().values() for name in names_called(module)}

    assert [one for one in folders if not any((TESTS / one).glob("test_*.py"))] == []
    assert [one for one in ELSEWHERE if (SOURCE / one).exists()] == []
    assert sorted(ASSERTING.keys() - calls) == []


# --- imports -----------------------------------------------------------------------------------


def imported(module: ast.Module) -> Iterator[str]:
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""
            yield from (f"{node.module}.{one.name}" for one in node.names)


def test_no_file_of_tests_imports_another() -> None:
    files = {f"tests.{path[:-3].replace('/', '.')}" for path in files_of_tests()}
    found = [
        f"{path} imports {name}"
        for path, module in files_of_tests().items()
        for name in imported(module)
        if name in files
    ]

    assert not found, "what tests share is in a bench.py beside them, or in tests/fakes"


# --- assertions --------------------------------------------------------------------------------


def names_called(node: ast.AST) -> Iterator[str]:
    for call in ast.walk(node):
        if isinstance(call, ast.Call):
            function = call.func
            if isinstance(function, ast.Attribute):
                yield function.attr
            elif isinstance(function, ast.Name):
                yield function.id


def asserts(test: ast.AST) -> bool:
    return any(isinstance(node, ast.Assert) for node in ast.walk(test)) or any(
        name in ASSERTING
        or name in ("raises", "fail")
        or name.lstrip("_").split("_")[0] in ("assert", "check", "expect")
        for name in names_called(test)
    )


def test_a_test_asserts_something_or_says_that_nothing_is_raised() -> None:
    silent = [
        f"{path} {node.name}"
        for path, module in files_of_tests().items()
        for node in ast.walk(module)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
        and not asserts(node)
        and not any(f"{part}_" in f"{node.name}_" for part in RAISES_NOTHING)
    ]

    assert not silent, "assert something, or say in the name what raises nothing"
