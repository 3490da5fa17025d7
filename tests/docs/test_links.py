"""Links within the documents lead somewhere, and every chapter of a guide is found from its top."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
GUIDES = ("gateway", "backend", "charger", "faults", "backup")

_LINK = re.compile(r"\]\((?!\w+:)([^)#\s]*)(?:#([^)\s]+))?\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)


def anchors(document: Path) -> list[str]:
    """The anchors of its headings, as GitHub makes them."""
    headings = _HEADING.findall(_FENCED.sub("", document.read_text()))
    return [re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)
def test_every_link_leads_to_a_file_and_a_heading(document: Path) -> None:
    for path, anchor in _LINK.findall(_FENCED.sub("", document.read_text())):
        target = (document.parent / path) if path else document
        assert target.exists(), path
        assert not anchor or anchor in anchors(target), f"{path}#{anchor}"


@pytest.mark.parametrize("name", GUIDES)
def test_a_guide_begins_with_its_chapters(name: str) -> None:
    top, *chapters = re.split(r"^## ", (ROOT / "docs" / f"{name}.md").read_text(), flags=re.M)
    titles = [chapter.partition("\n")[0] for chapter in chapters]

    told = re.search(r"^Chapters: (.+)\.$", top, re.MULTILINE)

    assert told is not None
    assert re.findall(r"\[([^]]+)\]\(#", told[1]) == titles
