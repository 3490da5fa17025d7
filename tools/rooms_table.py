"""Write the tables of rooms in ARCHITECTURE.md from pyproject's layers and the code.

python tools/rooms_table.py          # write them
python tools/rooms_table.py --check  # fail where they are stale

A room's description is the first line of its docstring; its imports are read from its files.
"""

import ast
import sys
import tomllib
from pathlib import Path
from typing import Final

from generated_blocks import ROOT, main, table

SOURCE = ROOT / "src" / "voltyard"
DIVIDED: Final = ("charger", "csms", "yard", "runtimes", "storage", "conformance")
"""Rooms whose folders are listed too."""


def layers() -> list[list[str]]:
    """The layers of pyproject.toml, from above; rooms of one layer do not know each other."""
    contract = _contracts()[0]
    return [
        [room.strip() for room in layer.split("|") if room.strip() != "__main__"]
        for layer in contract["layers"]
        if layer.strip() != "__main__"
    ]


def _contracts() -> list[dict[str, list[str]]]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    contracts: list[dict[str, list[str]]] = settings["tool"]["importlinter"]["contracts"]
    return contracts


def about(path: Path) -> str:
    """The first sentence of a module's docstring."""
    text = ast.get_docstring(ast.parse(path.read_text())) or ""
    paragraph = " ".join(text.partition("\n\n")[0].split())
    return paragraph.partition(". ")[0].removesuffix(".")


def home(room: str) -> Path:
    """The file that describes a room."""
    package = SOURCE / room / "__init__.py"
    return package if package.exists() else SOURCE / f"{room}.py"


def imports(room: str) -> set[str]:
    """The rooms that a room imports."""
    at = home(room)
    files = at.parent.rglob("*.py") if at.name == "__init__.py" else [at]
    found: set[str] = set()
    for path in files:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("voltyard"):
                parts = (node.module or "").split(".")[1:2]
                found |= set(parts or [alias.name for alias in node.names])
            elif isinstance(node, ast.Import):
                found |= {
                    alias.name.split(".")[1]
                    for alias in node.names
                    if alias.name.startswith("voltyard.")
                }
    return {one for one in found - {room} if (SOURCE / one).exists() or home(one).exists()}


def forbidden(room: str) -> set[str]:
    """Rooms below that a contract of its own keeps a room from."""
    module = f"voltyard.{room}"
    return {
        other.removeprefix("voltyard.")
        for contract in _contracts()[1:]
        if module in contract["source_modules"]
        for other in contract["forbidden_modules"]
        if other.startswith("voltyard.")
    }


def rooms() -> str:
    """The rooms, from above, with what each may import and what it does import."""
    rows = []
    order = layers()
    for number, layer in enumerate(order):
        below = [room for lower in order[number + 1 :] for room in lower]
        for room in layer:
            used = imports(room)
            beside = [one for one in layer if one != room]
            never = beside + [one for one in below if one in forbidden(room)]
            now = " ".join(one for one in below if one in used)
            now += "".join(f" ({one}, for now)" for one in sorted(used - set(below)))
            rows.append((f"`{room}`", about(home(room)), now, " ".join(never)))
    return table(("room", "what is in it", "imports today", "never imports"), rows)


def folders() -> str:
    """The folders of the large rooms."""
    rows = []
    for room in DIVIDED:
        for package in sorted((SOURCE / room).glob("*/__init__.py")):
            name = f"{room}/{package.parent.name}"
            rows.append((f"[`{name}`](src/voltyard/{name})", about(package)))
    return table(("folder", "what is in it"), rows)


def blocks() -> dict[str, str]:
    """Both tables."""
    return {"rooms": rooms(), "folders": folders()}


if __name__ == "__main__":
    sys.exit(main(__doc__, ROOT / "ARCHITECTURE.md", blocks))
