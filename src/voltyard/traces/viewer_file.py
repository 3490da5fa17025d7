"""A built viewer of one HTML file, and the same with something in it to view."""

import base64
from html import escape
from importlib.resources import files
from typing import Final

from voltyard.kernel.errors import Unavailable

FOLDER: Final = "viewer"
"""Of a built viewer, in its package; `make page` builds it from web/."""

_BUILD: Final = "run `make page` in the project's folder; a released wheel has it"


def read_viewer(package: str, kind: str) -> str:
    """The viewer of that kind as it was built. Unavailable where it was not."""
    try:
        return files(package).joinpath(FOLDER, f"{kind}.html").read_text(encoding="utf-8")
    except FileNotFoundError:
        raise Unavailable(f"the {kind} viewer was not built", hint=_BUILD) from None


def fill_viewer(viewer: str, kind: str, title: str, data: bytes) -> str:
    """The file. The data is in base64, so nothing in it can end the element that holds it, and the
    viewer shows it as text only."""
    named = f"<title>Voltyard {kind}</title>"
    place = f'<script type="application/octet-stream" id="{kind}"></script>'
    for part in (named, place):
        if viewer.count(part) != 1:
            raise Unavailable(f"the {kind} viewer was built otherwise", hint=_BUILD)
    before, after = viewer.split(place)
    before = before.replace(named, f"<title>{escape(title)}</title>")
    return before + place.replace("></", f">{base64.b64encode(data).decode()}</") + after
