"""Blocks of documents that are written from the code, each between two marks:

<!-- NAME: generated -->
<!-- /NAME -->
"""

import argparse
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def table(names: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table in Markdown."""
    head = list(names)
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def written(text: str, blocks: Mapping[str, str]) -> str:
    """The document with its blocks as they should be. Each has one place."""
    for name, block in blocks.items():
        begin, end = f"<!-- {name}: generated -->", f"<!-- /{name} -->"
        place = re.compile(re.escape(begin) + r".*?" + re.escape(end), re.DOTALL)
        parts = place.split(text)
        if len(parts) != 2:
            raise SystemExit(f"there are {len(parts) - 1} places for {name}")
        text = f"{parts[0]}{begin}\n\n{block}\n\n{end}{parts[1]}"
    return text


def main(about: str | None, document: Path, blocks: Callable[[], Mapping[str, str]]) -> int:
    """Write the blocks of a document, or with --check say whether they are as they should be."""
    parser = argparse.ArgumentParser(
        description=about, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true", help="write nothing; 1 where stale")
    arguments = parser.parse_args()
    text = document.read_text()
    fresh = written(text, blocks())
    if not arguments.check:
        document.write_text(fresh)
    elif fresh != text:
        print(f"{document.name} is stale: run python tools/{parser.prog}", file=sys.stderr)
        return 1
    return 0
