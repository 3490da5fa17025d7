"""Hook of mkdocs: links that leave the site lead to the repository.

A document links to files of the repository, as GitHub shows them (`../SECURITY.md`). The site has
only some of docs/, so such a link becomes one to the file on GitHub.
"""

import posixpath
import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
REPOSITORY = "https://github.com/voltyard/voltyard/blob/main"

_LINK = re.compile(r"\]\((?!\w+:|#)([^)#\s]+)(#[^)\s]+)?\)")


def on_page_markdown(markdown: str, *, page: Any, files: Any, **_: Any) -> str:
    """The page's text with links to files of the site as they are, and to others on GitHub."""
    here = posixpath.dirname(page.file.src_uri)

    def led(link: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(here, link[1]))
        file = files.get_file_from_path(target)
        if file is not None and file.inclusion.is_included():
            return link[0]
        inside = posixpath.normpath(posixpath.join("docs", target))
        if not (ROOT / inside).exists():
            return link[0]  # dead: mkdocs says so
        return f"]({REPOSITORY}/{inside}{link[2] or ''})"

    return _LINK.sub(led, markdown)
