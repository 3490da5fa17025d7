"""Names of code in the documents exist: files, folders, modules, classes and their members."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "voltyard"
DOCUMENTS = sorted(
    [ROOT / "ARCHITECTURE.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]
)
ROOTS = (ROOT, SOURCE)

_FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_QUOTED = re.compile(r"`([^`\n]+)`")
_PATH = re.compile(r"[\w.*-]+(/[\w.*-]+)+/?|\w+\.(py|md|toml)")
_MODULE = re.compile(r"voltyard(\.\w+)+")
_MEMBER = re.compile(r"([A-Z]\w+|limits)\.(\w+)")
# What the tools and tests leave in `build` is there after some of them only.
_FIRST = {entry.name for root in ROOTS for entry in root.iterdir()} - {"build"}


@cache
def classes() -> dict[str, set[str]]:
    """Every class of src with the names of what it has, and `limits` with its own."""
    found: dict[str, set[str]] = {}
    for path in SOURCE.rglob("*.py"):
        tree = ast.parse(path.read_text())
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                found.setdefault(node.name, set()).update(_names(node))
    limits = ast.parse((SOURCE / "kernel" / "limits.py").read_text())
    found["limits"] = _names(limits)
    return found


def _names(node: ast.ClassDef | ast.Module) -> set[str]:
    targets = [
        statement.target if isinstance(statement, ast.AnnAssign) else statement.targets[0]
        for statement in node.body
        if isinstance(statement, ast.AnnAssign | ast.Assign)
    ]
    return {target.id for target in targets if isinstance(target, ast.Name)} | {
        statement.name
        for statement in node.body
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef)
    }


def quoted(document: Path) -> list[str]:
    """What stands between backquotes, outside of blocks."""
    return _QUOTED.findall(_FENCED.sub("", document.read_text()))


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.stem)
def test_every_path_that_a_document_names_exists(document: Path) -> None:
    missing = [
        name
        for name in quoted(document)
        if _PATH.fullmatch(name)
        and name.split("/")[0] in _FIRST
        and not any(any(root.glob(name.rstrip("/"))) for root in ROOTS)
    ]

    assert missing == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.stem)
def test_every_module_that_a_document_names_exists(document: Path) -> None:
    missing = []
    for name in quoted(document):
        parts = name.split(".")[1:]
        if _MODULE.fullmatch(name) and parts[0] in _FIRST:
            path = SOURCE.joinpath(*parts)
            owner = path.parent
            holds = owner.with_suffix(".py") if owner.with_suffix(".py").exists() else owner
            is_name = holds.is_file() and re.search(rf"\b{parts[-1]}\b", holds.read_text())
            if not (path.exists() or path.with_suffix(".py").exists() or is_name):
                missing.append(name)

    assert missing == []


@pytest.mark.parametrize("name", ["ARCHITECTURE.md", "docs/flows.md", "docs/decisions"])
def test_every_member_of_a_class_that_the_map_names_exists(name: str) -> None:
    documents = [ROOT / name] if name.endswith(".md") else list((ROOT / name).glob("*.md"))
    missing = []
    for document in documents:
        for text in quoted(document):
            member = _MEMBER.match(text)
            if member is not None and member[2] not in classes().get(member[1], set()):
                missing.append(text)

    assert missing == []


def test_every_decision_is_in_the_index() -> None:
    folder = ROOT / "docs" / "decisions"
    index = (folder / "README.md").read_text()
    files = sorted(path for path in folder.glob("*.md") if path.name != "README.md")

    assert [path.name for path in files] == re.findall(r"\]\(([\w-]+\.md)\)", index)
    for path in files:
        title = path.read_text().partition("\n")[0].removeprefix("# ")
        assert f"[{title}]" in index
        assert re.search(r"^Decided on \d{4}-\d\d-\d\d; ", path.read_text(), re.MULTILINE)


def test_inputs_and_effects_of_the_charger_are_all_named_in_its_guide() -> None:
    text = (ROOT / "docs" / "charger.md").read_text()
    (inputs, effects) = re.findall(r"\(((?:`[A-Z]\w+`(?:, )?){5,})\)", text)

    for name, told in (("inputs", inputs), ("effects", effects)):
        tree = ast.parse((SOURCE / "charger" / f"{name}.py").read_text())
        alias = {"inputs": "Input", "effects": "Effect"}[name]
        (union,) = [
            node.value
            for node in tree.body
            if isinstance(node, ast.AnnAssign)
            and isinstance(node.target, ast.Name)
            and node.target.id == alias
        ]
        assert union is not None
        members = {node.id for node in ast.walk(union) if isinstance(node, ast.Name)}
        assert set(_QUOTED.findall(told)) == members
