"""The documentation as a site: it is built strictly, and loads nothing from elsewhere."""

import logging
import re
from pathlib import Path

import pytest
import yaml
from mkdocs.commands.build import build
from mkdocs.config import load_config

ROOT = Path(__file__).parents[2]

_LOADED = re.compile(
    r"<(?:script|img|iframe)[^>]*\ssrc=\"?(https?:)?//|<link[^>]*stylesheet[^>]*//"
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site as `make docs` builds it."""
    where = tmp_path_factory.mktemp("site")
    logging.getLogger("mkdocs").setLevel(logging.WARNING)
    build(load_config(str(ROOT / "mkdocs.yml"), site_dir=str(where), strict=True))
    return where


@pytest.mark.slow
def test_no_page_loads_anything_from_elsewhere(site: Path) -> None:
    pages = sorted(site.rglob("*.html"))

    assert len(pages) > 15
    assert [page.name for page in pages if _LOADED.search(page.read_text())] == []


@pytest.mark.slow
def test_a_link_that_leaves_the_site_leads_to_the_repository(site: Path) -> None:
    text = (site / "charger.html").read_text()

    assert not re.search(r'href="\.\./(?!assets)', (site / "index.html").read_text())
    assert 'href="reference/faults.html' in text or 'href="gateway.html' in text


def test_every_document_is_in_the_navigation() -> None:
    class Loader(yaml.SafeLoader):
        """Without the Python objects that mkdocs.yml names."""

    Loader.add_multi_constructor("tag:yaml.org,2002:python/", lambda *_: None)
    settings = yaml.load((ROOT / "mkdocs.yml").read_text(), Loader)

    def listed(entry: object) -> list[str]:
        if isinstance(entry, str):
            return [entry]
        values = entry.values() if isinstance(entry, dict) else entry
        return [path for value in values for path in listed(value)]  # type: ignore[attr-defined]

    hidden = settings["exclude_docs"].split()
    documents = {
        path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")
    }
    shown = {path for path in documents if not path.startswith(tuple(hidden))}
    assert set(listed(settings["nav"])) == shown
