"""Write the tables of docs/faults.md from the data.

python tools/faults_tables.py          # write them
python tools/faults_tables.py --check  # fail where they are stale
"""

import argparse
import re
import sys
from pathlib import Path

from voltyard.catalogue.quirks.personalities import personalities
from voltyard.catalogue.quirks.quirk import Quirk, url_of
from voltyard.catalogue.quirks.table import QUIRKS

GUIDE = Path(__file__).parents[1] / "docs" / "faults.md"


def tables(text: str) -> str:
    """The guide with its tables as the data has them."""
    for name, table in (("quirks", _quirks()), ("personalities", _personalities())):
        begin, end = f"<!-- {name}: generated -->", f"<!-- /{name} -->"
        pattern = re.compile(f"{begin}.*?{end}", re.DOTALL)
        text = pattern.sub(lambda _, t=table, b=begin, e=end: f"{b}\n\n{t}\n\n{e}", text)  # type: ignore[misc]
    return text


def _quirks() -> str:
    rows = ["| id | name | where | what it does | parameters | seen by |", "| --- " * 6 + "|"]
    for quirk in QUIRKS:
        about = (
            quirk.about
            if len(quirk.versions) > 1
            else f"{quirk.about} OCPP {quirk.versions[0]} only."
        )
        rows.append(
            f"| {quirk.id} | `{quirk.name}` | {quirk.where} | {about} | {_parameters(quirk)} "
            f"| {_sources(quirk.sources)} |"
        )
    return "\n".join(rows)


def _parameters(quirk: Quirk) -> str:
    return "; ".join(
        f"`{one.name}` {', '.join(one.choices) if one.choices else _default(one.default)}"
        for one in quirk.parameters
    )


def _default(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:g}" if isinstance(value, float) else str(value) or "(any)"


def _sources(sources: tuple[str, ...]) -> str:
    return ", ".join(_source(source) for source in sources)


def _source(source: str) -> str:
    url = url_of(source)
    if not url.startswith("http"):
        return source
    return f"[{'supported devices' if url == source else source}]({url})"


def _personalities() -> str:
    rows = ["| slug | vendor, model | OCPP | what it does | seen by |", "| --- " * 5 + "|"]
    rows += [
        f"| `{one.slug}` | {one.vendor}, {one.model} | {', '.join(one.versions)} | {one.about} "
        f"| {_sources(one.sources)} |"
        for one in personalities().values()
    ]
    return "\n".join(rows)


def main() -> int:
    """Write or check the guide."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; 1 where stale")
    check = parser.parse_args().check
    text = GUIDE.read_text()
    fresh = tables(text)
    if check:
        return int(fresh != text)
    GUIDE.write_text(fresh)
    return 0


if __name__ == "__main__":
    sys.exit(main())
