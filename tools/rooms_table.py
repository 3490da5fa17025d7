"""Write the tables of rooms in ARCHITECTURE.md from pyproject's layers and the code.

python tools/rooms_table.py          # write them
python tools/rooms_table.py --check  # fail where they are stale

A room's description is the first line of its docstring; its imports are read from its files.
"""

import argparse
import ast
import sys
import tomllib
from pathlib import Path
from typing import Final

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "voltyard"
DOCUMENT = ROOT / "ARCHITECTURE.md"
DIVIDED: Final = ("charger", "csms", "yard", "runtimes", "storage")
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
    files = (SOURCE / room).rglob("*.py") if (SOURCE / room).is_dir() else [SOURCE / f"{room}.py"]
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
    lines = [
        "| room | what is in it | imports today | never imports |",
        "| --- | --- | --- | --- |",
    ]
    order = layers()
    for number, layer in enumerate(order):
        below = [room for lower in order[number + 1 :] for room in lower]
        for room in layer:
            used = imports(room)
            beside = [one for one in layer if one != room]
            never = beside + [one for one in below if one in forbidden(room)]
            now = " ".join(one for one in below if one in used)
            now += "".join(f" ({one}, for now)" for one in sorted(used - set(below)))
            lines.append(f"| `{room}` | {about(home(room))} | {now} | {' '.join(never)} |")
    return "\n".join(lines)


def folders() -> str:
    """The folders of the large rooms."""
    lines = ["| folder | what is in it |", "| --- | --- |"]
    for room in DIVIDED:
        for package in sorted((SOURCE / room).glob("*/__init__.py")):
            name = f"{room}/{package.parent.name}"
            lines.append(f"| [`{name}`](src/voltyard/{name}) | {about(package)} |")
    return "\n".join(lines)


def written(text: str) -> str:
    """The document with its tables as they should be."""
    for name, table in (("rooms", rooms()), ("folders", folders())):
        begin, end = f"<!-- {name}: generated -->", f"<!-- /{name} -->"
        before, found, rest = text.partition(begin)
        _, also_found, after = rest.partition(end)
        if not found or not also_found:
            raise SystemExit(f"{DOCUMENT} has no place for {name}")
        text = f"{before}{begin}\n\n{table}\n\n{end}{after}"
    return text


def main() -> int:
    """Write or check the document."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; 1 where stale")
    check = parser.parse_args().check
    text = DOCUMENT.read_text()
    fresh = written(text)
    if check and fresh != text:
        print("the rooms in ARCHITECTURE.md are stale: python tools/rooms_table.py")
    if check:
        return int(fresh != text)
    DOCUMENT.write_text(fresh)
    return 0


if __name__ == "__main__":
    sys.exit(main())
