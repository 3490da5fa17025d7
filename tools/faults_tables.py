"""Write the tables of docs/faults.md from the data.

python tools/faults_tables.py          # write them
python tools/faults_tables.py --check  # fail where they are stale
"""

import sys

from generated_blocks import ROOT, main, table
from voltyard.catalogue.quirks.personalities import personalities
from voltyard.catalogue.quirks.quirk import Quirk, url_of
from voltyard.catalogue.quirks.table import QUIRKS


def blocks() -> dict[str, str]:
    """Both tables."""
    return {"quirks": _quirks(), "personalities": _personalities()}


def _quirks() -> str:
    head = ("id", "name", "where", "what it does", "parameters", "seen by")
    return table(head, map(_quirk, QUIRKS))


def _quirk(quirk: Quirk) -> tuple[str, ...]:
    versions = f" OCPP {quirk.versions[0]} only." if len(quirk.versions) == 1 else ""
    return (
        str(quirk.id),
        f"`{quirk.name}`",
        quirk.where,
        quirk.about + versions,
        _parameters(quirk),
        _sources(quirk.sources),
    )


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
    return ", ".join(source_link(source) for source in sources)


def source_link(source: str) -> str:
    """A source as a link, where it is one."""
    url = url_of(source)
    if not url.startswith("http"):
        return source
    return f"[{'supported devices' if url == source else source}]({url})"


def _personalities() -> str:
    rows = (
        (
            f"`{one.slug}`",
            f"{one.vendor}, {one.model}",
            ", ".join(one.versions),
            one.about,
            _sources(one.sources),
        )
        for one in personalities().values()
    )
    return table(("slug", "vendor, model", "OCPP", "what it does", "seen by"), rows)


if __name__ == "__main__":
    sys.exit(main(__doc__, ROOT / "docs" / "faults.md", blocks))
